"""Where answers come from: which rows count, which of them a scope covers, and whether rollups hold them.

Statements are built once for each shape of scope and filled with its values, so that none is built or compiled
anew for a question.
"""

from typing import Any, Final

import msgspec
import sqlalchemy as sa

from muster.model.rounds import Flag
from muster.model.trouble import Trouble
from muster.stats.once import once
from muster.stats.periods import Grain
from muster.stats.values.common import PlayerRef, Scope
from muster.store.engine import Reader
from muster.store.schema import (
    ALL_MAPS,
    ALL_MONTHS,
    player_rollup,
    player_stats,
    players,
    rounds,
    servers,
    weapon_rollup,
)

TEAMS: Final = {1: "A", 2: "B"}
"""How a persistent team of a match-up is called."""
SIDES: Final = {1: "axis", 2: "allies"}
"""How a side of a round is called; a spectator has none."""


class UnknownPlayer(Trouble):
    """No player has this key."""


class Shape(msgspec.Struct, frozen=True):
    """Which filters a scope has, whatever their values: what a prepared statement depends on."""

    grain: Grain
    map: bool
    server: bool

    @property
    def in_rollup(self) -> bool:
        """True where the player rollup answers: it has months and maps, but not months of a map, and no days."""
        return self.grain is Grain.ALL or (self.grain is Grain.MONTHS and not self.map)

    @property
    def maps_in_rollup(self) -> bool:
        """True where the player rollup answers for each map by itself."""
        return self.grain is Grain.ALL

    @property
    def in_weapon_rollup(self) -> bool:
        """True where the weapon rollup answers: it has months, no maps and no days."""
        return self.grain is not Grain.DAYS and not self.map


def shape_of(scope: Scope) -> Shape:
    """The shape of a scope."""
    return Shape(scope.period.grain, scope.map is not None, scope.server is not None)


def binds(scope: Scope) -> dict[str, Any]:
    """The values for the statements of its shape."""
    period = scope.period
    values: dict[str, Any] = {}
    if period.grain is not Grain.ALL:
        values.update(first_day=period.first_day, last_day=period.last_day)
        values.update(first_month=period.first_month, last_month=period.last_month)
    if scope.map is not None:
        values["map"] = scope.map
    if scope.server is not None:
        values["server"] = scope.server
    return values


def counts(rows: Any = player_stats) -> sa.ColumnElement[bool]:
    """Whether a player's row of a valid round counts: he was on a team, and his counters' base is known."""
    base_unknown = rows.c.flags.bitwise_and(int(Flag.BASE_UNKNOWN)) != 0
    return sa.and_(sa.or_(rows.c.seconds.is_(None), rows.c.seconds > 0), sa.not_(base_unknown))


def eligible() -> sa.ColumnElement[bool]:
    """The one rule of what is counted, for `player_stats` joined with `rounds`."""
    return sa.and_(rounds.c.valid, counts())


def within(shape: Shape) -> list[sa.ColumnElement[bool]]:
    """What a scope asks of `rounds`."""
    r = rounds.c
    asked: list[sa.ColumnElement[bool]] = []
    if shape.grain is not Grain.ALL:
        asked.append(r.day.between(sa.bindparam("first_day"), sa.bindparam("last_day")))
    if shape.map:
        asked.append(r.map == sa.bindparam("map"))
    if shape.server:
        asked.append(r.server_id == _server_id())
    return asked


def within_rollup(shape: Shape, weapons: bool = False, maps: bool = False) -> list[sa.ColumnElement[bool]]:
    """What a scope asks of `player_rollup` or `weapon_rollup`; of every map by itself where `maps`."""
    table = weapon_rollup if weapons else player_rollup
    asked: list[sa.ColumnElement[bool]] = []
    if not weapons and not maps:
        asked.append(table.c.map == (sa.bindparam("map") if shape.map else ALL_MAPS))
    if shape.grain is Grain.ALL:
        asked.append(table.c.month == ALL_MONTHS)
    else:
        asked.append(table.c.month.between(sa.bindparam("first_month"), sa.bindparam("last_month")))
    if shape.server:
        asked.append(table.c.server_id == _server_id())
    return asked


def _server_id() -> sa.ScalarSelect[int]:
    return sa.select(servers.c.id).where(servers.c.name == sa.bindparam("server")).scalar_subquery()


_PLAYER: Final = sa.select(players.c.id, players.c.key, players.c.name, players.c.is_bot).where(
    players.c.key == sa.bindparam("key")
)


async def player_of(reader: Reader, key: str) -> tuple[int, PlayerRef]:
    """The id and the value of a player. Raises UnknownPlayer."""
    row = await once(reader, ("player", key), lambda: reader.first(_PLAYER, {"key": key}))
    if row is None:
        raise UnknownPlayer(key)
    return row.id, PlayerRef(row.key, row.name, row.is_bot)
