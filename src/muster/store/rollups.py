"""Keeping the rollups up: adding and taking away contributions of player rows."""

from collections.abc import Iterable, Sequence
from operator import add, sub

import sqlalchemy as sa

from muster.store.engine import Writer
from muster.store.measures import MEASURES, Sample, measure
from muster.store.schema import ALL_MAPS, ALL_MONTHS, player_rollup, weapon_rollup

PlayerKey = tuple[str, int, int, int]
"""Map, month, player id, server id: the primary key of `player_rollup`."""
WeaponKey = tuple[int, int, int, int]
"""Weapon, month, player id, server id: the primary key of `weapon_rollup`."""

_SET_PLAYER = {m.name: f"old.{m.name} + new.{m.name}" for m in MEASURES}
_SET_WEAPON = {n: f"old.{n} + new.{n}" for n in ("rounds", "hits", "shots", "kills", "deaths", "headshots")}


class Delta:
    """What a transaction changes in the rollups. Sums of whole numbers: the order of changes does not matter."""

    def __init__(self) -> None:
        self._players: dict[PlayerKey, list[int]] = {}
        self._weapons: dict[WeaponKey, list[int]] = {}

    def player(self, sign: int, map_: str, month: int, player_id: int, server_id: int, sample: Sample) -> None:
        """Adds (sign 1) or takes away (sign -1) a player row: in all, by month and by map."""
        values = measure(sample)
        for key in (
            (ALL_MAPS, ALL_MONTHS, player_id, server_id),
            (ALL_MAPS, month, player_id, server_id),
            (map_, ALL_MONTHS, player_id, server_id),
        ):
            before = self._players.get(key)
            if before is None:
                self._players[key] = list(values) if sign > 0 else [-value for value in values]
            else:
                self._players[key] = list(map(add if sign > 0 else sub, before, values))

    def weapons(self, sign: int, month: int, player_id: int, server_id: int, rows: Iterable[Sequence[int]]) -> None:
        """Adds or takes away weapon rows: weapon, hits, shots, kills, deaths, headshots."""
        for weapon, hits, shots, kills, deaths, headshots in rows:
            for key in ((weapon, ALL_MONTHS, player_id, server_id), (weapon, month, player_id, server_id)):
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
        gone = self._gone()
        await writer.upsert(
            player_rollup, [(*key, *sums) for key, sums in self._players.items() if any(sums)], _SET_PLAYER
        )
        await writer.upsert(
            weapon_rollup, [(*key, *sums) for key, sums in self._weapons.items() if any(sums)], _SET_WEAPON
        )
        if gone:
            for table in (player_rollup, weapon_rollup):
                await writer.run(sa.delete(table).where(table.c.rounds == 0, table.c.player_id.in_(gone)))
        self._players.clear()
        self._weapons.clear()

    def _gone(self) -> list[int]:
        """Players who may have lost their last round somewhere."""
        losers = {key[2] for key, sums in self._players.items() if sums[0] < 0}
        losers.update(key[2] for key, sums in self._weapons.items() if sums[0] < 0)
        return sorted(losers)
