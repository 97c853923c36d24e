"""Axis and Allies: what attacks come to on each map, and both sides over many rounds."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import sqlalchemy as sa

from muster.stats.rows import added
from muster.stats.source import SIDES, Shape, binds, counts, shape_of, within
from muster.stats.sums import per_row, summed
from muster.stats.values.common import EVERYTHING, Scope, Totals
from muster.stats.values.teams import Attacks, FastAttack, MapAttacks, Objectives, Sides, SideSheet
from muster.store.engine import Reader
from muster.store.schema import player_stats, rounds, servers

MEASURED: Final = (
    *("rounds", "seconds", "timed_damage", "kills", "deaths", "aimed_hits", "aimed_shots"),
    *("damage_given", "damage_received", "useful_kills", "useful_of_kills"),
)
"""The measures that a side's totals hold."""
FASTEST: Final = 10
"""How many of the fastest attacks on a map are told."""
_R, _P = rounds.c, player_stats.c
_PER_ROW: Final = per_row()


async def sides(reader: Reader, scope: Scope = EVERYTHING) -> Sides:
    """Both sides over the valid rounds of a scope whose attackers are known."""
    shape, values = shape_of(scope), binds(scope)
    found = {
        row.defender: row for row in await reader.all(_attacks(shape, ("defender",)), values) if row.defender in SIDES
    }
    rows = await reader.all(_measures(shape), values)
    axis, allies = (_side(side, found, rows) for side in SIDES)
    return Sides(scope, axis, allies)


async def objectives(reader: Reader, scope: Scope = EVERYTHING) -> Objectives:
    """Attacks per map and attacking side over the valid rounds of a scope; of one map also per round and the best."""
    shape, values = shape_of(scope), binds(scope)
    found = await reader.all(_attacks(shape, ("map", "defender")), values)
    told = [row for row in found if row.defender in SIDES]
    if not shape.map:
        return Objectives(scope, tuple(_on_map(row, ()) for row in told), ())
    by_round = {
        (row.defender, row.round): _told(row)
        for row in await reader.all(_attacks(shape, ("map", "defender", "round")), values)
    }
    fastest = await reader.all(_fastest(shape), {**values, "limit": FASTEST})
    return Objectives(
        scope=scope,
        maps=tuple(
            _on_map(row, tuple(by_round.get((row.defender, number), Attacks()) for number in (1, 2))) for row in told
        ),
        fastest=tuple(
            FastAttack(row.seconds, SIDES[3 - row.defender], row.round, row.file, row.server) for row in fastest
        ),
    )


def _on_map(row: "sa.Row[Any]", by_round: tuple[Attacks, ...]) -> MapAttacks:
    return MapAttacks(row.map, SIDES[3 - row.defender], _told(row), by_round)


def _told(row: "sa.Row[Any] | None") -> Attacks:
    return Attacks() if row is None else Attacks(row.rounds, row.completed, row.best, row.median)


def _side(side: int, found: "dict[int, sa.Row[Any]]", rows: Sequence["sa.Row[Any]"]) -> SideSheet:
    other = 3 - side
    wins = {number: sum(getattr(row, f"won_{number}") for row in found.values()) for number in SIDES}
    own = [row for row in rows if row.side == side]
    return SideSheet(
        side=SIDES[side],
        rounds=sum(row.rounds for row in found.values()),
        won=wins[side],
        lost=wins[other],
        attack=_told(found.get(other)),
        defence=_told(found.get(side)),
        attacking=_totals(row for row in own if row.defender == other),
        defending=_totals(row for row in own if row.defender == side),
        totals=_totals(own),
    )


def _totals(rows: Any) -> Totals:
    return added(Totals(**{name: getattr(row, name) for name in MEASURED}) for row in rows)


@cache
def _attacks(shape: Shape, by: tuple[str, ...]) -> sa.Select[Any]:
    """Attacks by columns of `rounds`: how many, how many completed, best and median time, wins of each side."""
    own = [_R[name] for name in by]
    completed = _R.outcome == "completed"
    group: dict[str, Any] = {"partition_by": [*own, completed]}
    numbered = (
        sa.select(
            *own,
            _R.winner,
            completed.label("done"),
            _R.seconds,
            sa.func.row_number().over(**group, order_by=_R.seconds).label("place"),
            sa.func.count().over(**group).label("of"),
        )
        .where(_R.valid, *within(shape))
        .subquery()
    )
    n = numbered.c
    # The one in the middle, or the two: twice its place is within 2 of their number.
    middle = sa.and_(n.done, (2 * n.place).between(n.of, n.of + 2))
    columns = [n[name] for name in by]
    return (
        sa.select(
            *columns,
            sa.func.count().label("rounds"),
            sa.func.count(sa.case((n.done, 1))).label("completed"),
            sa.func.min(sa.case((n.done, n.seconds))).label("best"),
            sa.func.avg(sa.case((middle, n.seconds))).label("median"),
            *(sa.func.count(sa.case((n.winner == number, 1))).label(f"won_{number}") for number in SIDES),
        )
        .group_by(*columns)
        .order_by(sa.func.count().desc(), *columns)
    )


@cache
def _measures(shape: Shape) -> sa.CompoundSelect[Any]:
    """What everybody did, by side, and by who defended. Four sums of all are faster than one in groups."""
    return sa.union_all(*(_measured(shape, side, defender) for side in SIDES for defender in SIDES))


def _measured(shape: Shape, side: int, defender: int) -> sa.Select[Any]:
    asked = sa.select(_R.id).where(_R.valid, _R.defender == sa.literal_column(str(defender)), *within(shape))
    columns: list[sa.ColumnElement[Any]] = [
        sa.literal_column(str(side)).label("side"),
        sa.literal_column(str(defender)).label("defender"),
        *(summed(_PER_ROW[name], name) for name in MEASURED),
    ]
    return sa.select(*columns).where(_P.round_id.in_(asked), counts(), _P.side == sa.literal_column(str(side)))


@cache
def _fastest(shape: Shape) -> sa.Select[Any]:
    return (
        sa.select(_R.seconds, _R.defender, _R.round, _R.file, servers.c.name.label("server"))
        .join_from(rounds, servers, servers.c.id == _R.server_id)
        .where(_R.valid, _R.outcome == "completed", _R.defender.in_(tuple(SIDES)), *within(shape))
        .order_by(_R.seconds, _R.played_at, _R.file)
        .limit(sa.bindparam("limit"))
    )
