"""The measures of the rollups as SQL over rounds: for scopes that no rollup holds, number for number the same."""

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from muster.model.rounds import Flag
from muster.stats.source import Shape, eligible, within, within_rollup
from muster.store.measures import MEASURES, SHORT_ROUND
from muster.store.schema import player_rollup, player_stats, rounds, weapon_rollup, weapon_stats

NAMES: Final = tuple(measure.name for measure in MEASURES)
"""The measures, in the order of `Totals`."""

WEAPON_COLUMNS: Final = ("rounds", "hits", "shots", "kills", "deaths", "headshots")
"""The sums of a weapon, in the order of `WeaponTotals`."""


class _HalfEven(FunctionElement[int]):
    """A number >= 0 rounded to a whole one, halves to the even one: what Python's `round` does."""

    name = "half_even"
    type = sa.BigInteger()
    inherit_cache = True


@compiles(_HalfEven, "postgresql")
def _half_even_postgresql(element: _HalfEven, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST(round({compiler.process(element.clauses, **kw)}) AS BIGINT)"


@compiles(_HalfEven)
def _half_even(element: _HalfEven, compiler: SQLCompiler, **kw: Any) -> str:
    x = f"({compiler.process(element.clauses, **kw)})"
    down = f"CAST({x} AS INTEGER)"
    return f"(CAST({x} + 0.5 AS INTEGER) - ({x} - {down} = 0.5 AND {down} % 2 = 0))"


def _one_if(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.case((condition, 1), else_=0)


def _if(condition: sa.ColumnElement[bool], value: Any) -> sa.ColumnElement[int]:
    return sa.case((condition, value), else_=0)


def _own(rows: Any) -> dict[str, sa.ColumnElement[int]]:
    """The measures that are not plain columns."""
    p, r = rows.c, rounds.c
    pct_known = sa.and_(p.time_played_pct.is_not(None), p.seconds.is_not(None))
    outlier = p.flags.bitwise_and(int(Flag.DENIED_OUTLIER)) != 0
    denied_known = sa.and_(p.denied_playtime.is_not(None), sa.not_(outlier))
    steady = p.seconds > sa.literal_column(str(SHORT_ROUND))
    on_side = sa.and_(r.winner != 0, p.side.in_([1, 2]))
    tenths = _HalfEven(sa.cast(p.damage_given, sa.Double()) * sa.literal_column("600") / p.seconds)
    return {
        "rounds": sa.literal_column("1", sa.Integer),
        "rounds_won": _one_if(sa.and_(on_side, p.side == r.winner)),
        "rounds_lost": _one_if(sa.and_(on_side, p.side != r.winner)),
        "seconds": p.seconds,
        "timed_damage": _if(p.seconds.is_not(None), p.damage_given),
        "alive_seconds": _if(pct_known, _HalfEven(p.time_played_pct * p.seconds / sa.literal_column("100"))),
        "alive_of_seconds": _if(pct_known, p.seconds),
        "alive_damage": _if(pct_known, p.damage_given),
        "useful_of_kills": _if(p.useful_kills.is_not(None), p.kills),
        "denied_playtime": _if(denied_known, p.denied_playtime),
        "denied_of_seconds": _if(denied_known, p.seconds),
        "repairs_of_rounds": _one_if(p.repairs.is_not(None)),
        "revives_of_rounds": _one_if(p.revives_given.is_not(None)),
        "dpm_rounds": _one_if(steady),
        "dpm_sum": _if(steady, tenths),
        "dpm_squares": _if(steady, tenths * tenths),
    }


def per_row(rows: Any = player_stats) -> Mapping[str, sa.ColumnElement[int]]:
    """Every measure of one row of `player_stats`, or of an alias of it, joined with `rounds`."""
    own = _own(rows)
    return {name: own[name] if name in own else rows.c[name] for name in NAMES}


_PER_ROW: Final = per_row()


def summed(value: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[int]:
    """A sum of whole numbers, 0 of none. PostgreSQL adds bigints up to numeric, hence the cast."""
    return sa.cast(sa.func.coalesce(sa.func.sum(value), 0), sa.BigInteger()).label(name)


def sums(names: tuple[str, ...], in_rollup: bool) -> list[sa.ColumnElement[Any]]:
    """Measures added up, from the player rollup or from rounds."""
    if in_rollup:
        return [summed(player_rollup.c[name], name) for name in names]
    return [summed(_PER_ROW[name], name) for name in names]


def weapon_sums(table: sa.Table) -> list[sa.ColumnElement[Any]]:
    """A weapon's numbers added up, from its rollup or from `weapon_stats`."""
    if table is weapon_stats:
        counted = sa.func.count().label("rounds")
        return [counted, *(summed(table.c[name], name) for name in WEAPON_COLUMNS[1:])]
    return [summed(table.c[name], name) for name in WEAPON_COLUMNS]


def totals_by_player(shape: Shape, names: tuple[str, ...]) -> sa.Select[Any]:
    """Measures of everybody within a scope of this shape: `player_id` and the measures by name."""
    if shape.in_rollup:
        player_id = player_rollup.c.player_id
        return sa.select(player_id, *sums(names, True)).where(*within_rollup(shape)).group_by(player_id)
    player_id = player_stats.c.player_id
    return (
        sa.select(player_id, *sums(names, False))
        .join_from(player_stats, rounds, rounds.c.id == player_stats.c.round_id)
        .where(eligible(), *within(shape))
        .group_by(player_id)
    )


def weapon_totals_by_player(shape: Shape) -> sa.Select[Any]:
    """One weapon (bound as `weapon`) of everybody within a scope of this shape: `player_id` and its sums."""
    if shape.in_weapon_rollup:
        w = weapon_rollup.c
        return (
            sa.select(w.player_id, *weapon_sums(weapon_rollup))
            .where(w.weapon == sa.bindparam("weapon"), *within_rollup(shape, weapons=True))
            .group_by(w.player_id)
        )
    w, r = weapon_stats.c, counted_rows(shape).c
    return (
        sa.select(w.player_id, *weapon_sums(weapon_stats))
        .join_from(r.round_id.table, weapon_stats, sa.and_(w.round_id == r.round_id, w.player_id == r.player_id))
        .where(w.weapon == sa.bindparam("weapon"))
        .group_by(w.player_id)
    )


def counted_rows(shape: Shape, *more: sa.ColumnElement[bool]) -> sa.CTE:
    """Round and player ids of the rows that count within a scope of this shape.

    Materialised, because SQLite without statistics would rather walk through all weapons of all time.
    """
    p = player_stats.c
    rows = sa.select(p.round_id, p.player_id).join_from(player_stats, rounds, rounds.c.id == p.round_id)
    return rows.where(eligible(), *within(shape), *more).cte("counted").prefix_with("MATERIALIZED")
