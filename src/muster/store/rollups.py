"""Keeping the rollups up: adding and taking away contributions of player rows."""

from collections.abc import Iterable, Sequence
from operator import add, sub
from typing import TypeVar

import sqlalchemy as sa

from muster.store.engine import Writer
from muster.store.measures import MEASURES, Sample, measure
from muster.store.schema import ALL_MAPS, ALL_MONTHS, player_rollup, weapon_rollup

PlayerKey = tuple[str, int, int, int]
"""Map, month, player id, server id: the primary key of `player_rollup`."""
WeaponKey = tuple[int, int, int, int]
"""Weapon, month, player id, server id: the primary key of `weapon_rollup`."""

Key = TypeVar("Key", PlayerKey, WeaponKey)

_SET_PLAYER = {m.name: f"old.{m.name} + new.{m.name}" for m in MEASURES}
_SET_WEAPON = {n: f"old.{n} + new.{n}" for n in ("rounds", "hits", "shots", "kills", "deaths", "headshots")}


class Delta:
    """What a transaction changes in the rollups. Sums of whole numbers: the order of changes does not matter."""

    def __init__(self) -> None:
        # By map and month; what a rollup keeps of them is folded when it is written.
        self._players: dict[PlayerKey, list[int]] = {}
        self._weapons: dict[WeaponKey, list[int]] = {}

    def player(self, sign: int, map_: str, month: int, player_id: int, server_id: int, sample: Sample) -> None:
        """Adds (sign 1) or takes away (sign -1) a player row."""
        _combine(self._players, (map_, month, player_id, server_id), measure(sample), sign)

    def weapons(self, sign: int, month: int, player_id: int, server_id: int, rows: Iterable[Sequence[int]]) -> None:
        """Adds or takes away weapon rows: weapon, hits, shots, kills, deaths, headshots."""
        for weapon, hits, shots, kills, deaths, headshots in rows:
            key = (weapon, month, player_id, server_id)
            sums = self._weapons.get(key)
            if sums is None:
                sums = self._weapons[key] = [0, 0, 0, 0, 0, 0]
            sums[0] += sign
            sums[1] += sign * hits
            sums[2] += sign * shots
            sums[3] += sign * kills
            sums[4] += sign * deaths
            sums[5] += sign * headshots

    async def apply(self, writer: Writer) -> None:
        """Writes the changes; rows that no round is left of go."""
        by_player, by_weapon = self._folded()
        gone = sorted({key[2] for sums in (by_player, by_weapon) for key, values in sums.items() if values[0] < 0})
        await writer.upsert(player_rollup, [(*k, *sums) for k, sums in by_player.items() if any(sums)], _SET_PLAYER)
        await writer.upsert(weapon_rollup, [(*k, *sums) for k, sums in by_weapon.items() if any(sums)], _SET_WEAPON)
        if gone:
            for table in (player_rollup, weapon_rollup):
                await writer.run(sa.delete(table).where(table.c.rounds == 0, table.c.player_id.in_(gone)))
        self._players.clear()
        self._weapons.clear()

    def _folded(self) -> tuple[dict[PlayerKey, list[int]], dict[WeaponKey, list[int]]]:
        """The changes by every key that a rollup has: in all, by month, by map; by weapon and by its month."""
        by_player: dict[PlayerKey, list[int]] = {}
        for (map_, month, player_id, server_id), sums in self._players.items():
            for key in ((ALL_MAPS, ALL_MONTHS), (ALL_MAPS, month), (map_, ALL_MONTHS)):
                _combine(by_player, (*key, player_id, server_id), sums, 1)
        by_weapon: dict[WeaponKey, list[int]] = {}
        for (weapon, month, player_id, server_id), sums in self._weapons.items():
            for kept in (ALL_MONTHS, month):
                _combine(by_weapon, (weapon, kept, player_id, server_id), sums, 1)
        return by_player, by_weapon


def _combine(sums: dict[Key, list[int]], key: Key, values: list[int], sign: int) -> None:
    before = sums.get(key)
    if before is None:
        sums[key] = list(values) if sign > 0 else [-value for value in values]
    else:
        sums[key] = list(map(add if sign > 0 else sub, before, values))
