"""One player: his career, his maps, his weapons."""

from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa

from muster.stats.formulas import Metric
from muster.stats.metrics import METRICS
from muster.stats.once import once
from muster.stats.ratings import rating_of
from muster.stats.results import record_of
from muster.stats.rows import added
from muster.stats.source import Shape, binds, eligible, player_of, shape_of, within, within_rollup
from muster.stats.sums import NAMES, counted_rows, sums, weapon_sums
from muster.stats.values.common import EVERYTHING, Scope, Totals, WeaponTotals
from muster.stats.values.players import Alias, Career, MapLine, Maps, Weapons
from muster.stats.weapons import most_used_first, weapon_line
from muster.store.engine import Reader
from muster.store.schema import (
    ALL_MAPS,
    player_aliases,
    player_rollup,
    player_stats,
    rounds,
    weapon_rollup,
    weapon_stats,
)


async def career(reader: Reader, key: str, scope: Scope = EVERYTHING) -> Career:
    """A player's totals, results, rating and names. Raises UnknownPlayer."""
    player_id, player = await player_of(reader, key)
    aliases = [Alias(*row) for row in await reader.all(_ALIASES, {"player": player_id})]
    return Career(
        player=player,
        scope=scope,
        totals=await totals_of(reader, player_id, scope),
        matches=await record_of(reader, player_id, scope),
        sessions=await sessions_of(reader, player_id, scope),
        rating=await rating_of(reader, player_id),
        first_seen=min((alias.first_seen for alias in aliases), default=None),
        last_seen=max((alias.last_seen for alias in aliases), default=None),
        aliases=tuple(aliases),
    )


async def totals_of(reader: Reader, player_id: int, scope: Scope) -> Totals:
    """The measures of a player within a scope; zeros where he has no eligible round in it."""
    asked = {**binds(scope), "player": player_id}
    row = await once(reader, ("totals", player_id, scope), lambda: reader.first(_totals(shape_of(scope)), asked))
    assert row is not None
    return Totals(*row)


async def sessions_of(reader: Reader, player_id: int, scope: Scope = EVERYTHING) -> int:
    """How many gaming sessions a player has an eligible round in, within a scope."""
    return int(await reader.scalar(_session_count(shape_of(scope)), {**binds(scope), "player": player_id}))


async def maps(reader: Reader, key: str, scope: Scope = EVERYTHING) -> Maps:
    """A player per map, against his own average over all maps of the scope. Raises UnknownPlayer."""
    player_id, player = await player_of(reader, key)
    wide = msgspec.structs.replace(scope, map=None)
    rows = await reader.all(_totals_by_map(shape_of(wide)), {**binds(wide), "player": player_id})
    by_map = {map_: Totals(*totals) for map_, *totals in rows}
    overall = added(by_map.values())
    lines = [_map_line(map_, totals, overall) for map_, totals in by_map.items() if scope.map in (None, map_)]
    return Maps(player, overall, tuple(sorted(lines, key=lambda line: (-line.totals.rounds, line.map))))


async def weapons(reader: Reader, key: str, scope: Scope = EVERYTHING) -> Weapons:
    """A player per weapon, most kills first. Raises UnknownPlayer."""
    player_id, player = await player_of(reader, key)
    rows = await reader.all(_weapons(shape_of(scope)), {**binds(scope), "player": player_id})
    return Weapons(player, most_used_first(weapon_line(index, WeaponTotals(*totals)) for index, *totals in rows))


def _map_line(map_: str, totals: Totals, overall: Totals) -> MapLine:
    def delta(metric: Metric) -> float | None:
        own, usually = metric.of(totals), metric.of(overall)
        return None if own is None or usually is None else own - usually

    return MapLine(
        map=map_,
        totals=totals,
        kd=METRICS["kd"].of(totals),
        dpm=METRICS["dpm"].of(totals),
        accuracy=METRICS["accuracy"].of(totals),
        kd_delta=delta(METRICS["kd"]),
        dpm_delta=delta(METRICS["dpm"]),
        accuracy_delta=delta(METRICS["accuracy"]),
    )


def _his_rows(shape: Shape) -> list[sa.ColumnElement[bool]]:
    return [player_stats.c.player_id == sa.bindparam("player"), eligible(), *within(shape)]


@cache
def _totals(shape: Shape) -> sa.Select[Any]:
    if shape.in_rollup:
        his = player_rollup.c.player_id == sa.bindparam("player")
        return sa.select(*sums(NAMES, True)).where(his, *within_rollup(shape))
    joined = player_stats.join(rounds, rounds.c.id == player_stats.c.round_id)
    return sa.select(*sums(NAMES, False)).select_from(joined).where(*_his_rows(shape))


@cache
def _totals_by_map(shape: Shape) -> sa.Select[Any]:
    r = player_rollup.c
    if shape.maps_in_rollup:
        asked = [r.player_id == sa.bindparam("player"), r.map != ALL_MAPS, *within_rollup(shape, maps=True)]
        return sa.select(r.map, *sums(NAMES, True)).where(*asked).group_by(r.map)
    joined = player_stats.join(rounds, rounds.c.id == player_stats.c.round_id)
    query = sa.select(rounds.c.map, *sums(NAMES, False)).select_from(joined)
    return query.where(*_his_rows(shape)).group_by(rounds.c.map)


@cache
def _weapons(shape: Shape) -> sa.Select[Any]:
    if shape.in_weapon_rollup:
        w = weapon_rollup.c
        asked = [w.player_id == sa.bindparam("player"), *within_rollup(shape, weapons=True)]
        return sa.select(w.weapon, *weapon_sums(weapon_rollup)).where(*asked).group_by(w.weapon)
    rows = counted_rows(shape, player_stats.c.player_id == sa.bindparam("player"))
    w = weapon_stats.c
    joined = rows.join(weapon_stats, sa.and_(w.round_id == rows.c.round_id, w.player_id == rows.c.player_id))
    return sa.select(w.weapon, *weapon_sums(weapon_stats)).select_from(joined).group_by(w.weapon)


@cache
def _session_count(shape: Shape) -> sa.Select[Any]:
    joined = player_stats.join(rounds, rounds.c.id == player_stats.c.round_id)
    return sa.select(sa.func.count(rounds.c.session_id.distinct())).select_from(joined).where(*_his_rows(shape))


_A = player_aliases.c
_ALIASES = (
    sa.select(_A.name, _A.rounds, _A.first_seen, _A.last_seen)
    .where(_A.player_id == sa.bindparam("player"))
    .order_by(_A.last_seen.desc(), _A.rounds.desc(), _A.name)
)
