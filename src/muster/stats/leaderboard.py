"""Who is best at something, and where somebody stands."""

from bisect import bisect_left
from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa

from muster.model.fields import AIMED, WEAPONS
from muster.model.trouble import Trouble
from muster.stats import ratings
from muster.stats.formulas import Kind, Metric
from muster.stats.memory import remembered
from muster.stats.metrics import METRICS, WEAPON_METRICS
from muster.stats.ranking import Candidate, Ranking, percentile, ranking
from muster.stats.source import Shape, binds, shape_of
from muster.stats.sums import WEAPON_COLUMNS, totals_by_player, weapon_totals_by_player
from muster.stats.values.common import EVERYTHING, PlayerRef, Scope, Totals, WeaponTotals
from muster.stats.values.rankings import GATES, Entry, Gates, Leaderboard, Standing
from muster.stats.weapons import weapon_index
from muster.store.engine import Reader
from muster.store.schema import players

_GATED = ("rounds", "seconds", "aimed_shots")


class NotForWeapon(Trouble):
    """A metric that says nothing about a single weapon, or not about this one."""


async def leaderboard(
    reader: Reader,
    metric: str,
    scope: Scope = EVERYTHING,
    *,
    weapon: str | None = None,
    worst_first: bool = False,
    gates: Gates = GATES,
    limit: int = 10,
    offset: int = 0,
) -> Leaderboard:
    """Players by a metric (a key of `METRICS`), without bots.

    Sums come greatest first, ratios best first; `worst_first` puts the worst first. With a weapon its own rounds
    and shots count for the gates. Raises UnknownWeapon, and NotForWeapon.
    """
    asked = METRICS[metric]
    ascending = _ascending(asked, worst_first)
    min_rounds, min_shots = asked.gate(gates)
    if weapon is None:
        ranked = _ranked(asked, (await _everybody(reader, (asked,), scope))[0], ascending, gates)
    else:
        index = _checked_weapon(asked, weapon)
        weapon = WEAPONS[index]
        ranked = _ranked(asked, await _weapon_users(reader, asked, index, scope), ascending, gates)
    return Leaderboard(
        metric=metric,
        scope=scope,
        weapon=weapon,
        ascending=ascending,
        entries=tuple(_entry(place.rank, place.candidate) for place in ranked.places[offset : offset + limit]),
        offset=offset,
        total=len(ranked.places),
        left_out=ranked.left_out,
        min_rounds=min_rounds,
        min_shots=min_shots,
    )


async def standings(
    reader: Reader, key: str, metrics: Sequence[str], scope: Scope = EVERYTHING, *, gates: Gates = GATES
) -> tuple[Standing, ...]:
    """Where a player stands by each of some metrics, as the leaderboards have it."""

    async def rank_everybody() -> list[_Board]:
        asked = [METRICS[metric] for metric in metrics]
        people = await remembered(reader, ("people", scope), lambda: _people(reader, list(METRICS.values()), scope))
        return [
            _board(metric, await ratings.candidates(reader, scope), gates)
            if metric.kind is Kind.RATING
            else _board_of(metric, people, gates)
            for metric in asked
        ]

    boards = await remembered(reader, ("boards", tuple(metrics), scope, gates), rank_everybody)
    return tuple(board.standing(key) for board in boards)


async def standings_with(
    reader: Reader, key: str, weapon: str, scope: Scope = EVERYTHING, *, gates: Gates = GATES
) -> tuple[Standing, ...]:
    """Where a player stands with a weapon, by each metric to be proud of that fits it. Raises UnknownWeapon."""
    index = weapon_index(weapon)
    proud = [METRICS[name] for name in WEAPON_METRICS if METRICS[name].higher_is_better]
    asked = [
        metric for metric in proud if index in AIMED or ("headshots" not in metric.needs and not metric.shots_gate)
    ]

    async def rank_users() -> list[_Board]:
        return [_board(metric, await _weapon_users(reader, metric, index, scope), gates) for metric in asked]

    boards = await remembered(reader, ("weapon boards", index, scope, gates), rank_users)
    return tuple(board.standing(key) for board in boards)


class _Board(msgspec.Struct, frozen=True):
    """Everybody's value by one metric, and the order of those who are ranked, to be looked up.

    `deciding` is what the order goes by, least first; `order` holds the same of everybody, sorted.
    """

    metric: str
    values: dict[str, float]
    deciding: dict[str, float]
    order: list[float]

    def standing(self, key: str) -> Standing:
        """A player's."""
        deciding = self.deciding.get(key)
        rank = None if deciding is None else bisect_left(self.order, deciding) + 1
        return Standing(
            metric=self.metric,
            value=self.values.get(key),
            rank=rank,
            total=len(self.order),
            percentile=None if rank is None else percentile(rank, len(self.order)),
            left_out=len(self.values) - len(self.order),
        )


def _board(metric: Metric, field: Sequence[Candidate], gates: Gates) -> _Board:
    """The board of candidates."""
    min_rounds, min_shots = metric.gate(gates)
    sign = 1 if _ascending(metric, worst_first=False) else -1
    passed = [c for c in field if c.rounds >= min_rounds and c.shots >= min_shots]
    deciding = {c.player.key: sign * c.deciding for c in passed}
    return _Board(metric.key, {c.player.key: c.value for c in field}, deciding, sorted(deciding.values()))


def _board_of(metric: Metric, people: Sequence[tuple[PlayerRef, Totals]], gates: Gates) -> _Board:
    """The same of everybody's sums, without a value for each candidate: there are hundreds, and dozens of metrics."""
    min_rounds, min_shots = metric.gate(gates)
    sign = 1 if _ascending(metric, worst_first=False) else -1
    values: dict[str, float] = {}
    deciding: dict[str, float] = {}
    for player, totals in people:
        value = metric.of(totals)
        if value is not None:
            values[player.key] = value
            if totals.rounds >= min_rounds and totals.aimed_shots >= min_shots:
                deciding[player.key] = sign * value
    return _Board(metric.key, values, deciding, sorted(deciding.values()))


def _ascending(metric: Metric, worst_first: bool) -> bool:
    if worst_first:
        return metric.higher_is_better
    return metric.kind is Kind.RATIO and not metric.higher_is_better


def _ranked(metric: Metric, field: Sequence[Candidate], ascending: bool, gates: Gates) -> Ranking:
    min_rounds, min_shots = metric.gate(gates)
    return ranking(field, ascending=ascending, min_rounds=min_rounds, min_shots=min_shots)


def _entry(rank: int, c: Candidate) -> Entry:
    minutes = c.seconds / 60 if c.seconds else None
    return Entry(rank, c.player, c.value, c.rounds, minutes, c.uncertainty)


def _checked_weapon(metric: Metric, weapon: str) -> int:
    index = weapon_index(weapon)
    if metric.of_weapon is None:
        raise NotForWeapon(f"{metric.title} says nothing about one weapon; ask for {', '.join(WEAPON_METRICS)}")
    if metric.shots_gate and index not in AIMED:
        raise NotForWeapon(f"{metric.title} is for weapons that can score headshots, and {WEAPONS[index]} can't")
    return index


async def _everybody(reader: Reader, metrics: Sequence[Metric], scope: Scope) -> list[list[Candidate]]:
    """The field of each metric: everybody but bots who has a value."""
    summed = [metric for metric in metrics if metric.kind is not Kind.RATING]
    people = await _people(reader, summed, scope) if summed else []
    return [
        await ratings.candidates(reader, scope) if metric.kind is Kind.RATING else _field(metric, people)
        for metric in metrics
    ]


async def _people(reader: Reader, metrics: Sequence[Metric], scope: Scope) -> list[tuple[PlayerRef, Totals]]:
    """Everybody but bots, with the measures that the gates and these metrics need."""
    names = tuple(dict.fromkeys((*_GATED, *(name for metric in metrics for name in metric.needs))))
    rows = await reader.all(_totals(shape_of(scope), names), binds(scope))
    return [(PlayerRef(key, name), Totals(**dict(zip(names, sums, strict=True)))) for key, name, *sums in rows]


def _field(metric: Metric, people: Sequence[tuple[PlayerRef, Totals]]) -> list[Candidate]:
    return [
        Candidate(player, value, t.rounds, t.seconds, t.aimed_shots)
        for player, t in people
        if (value := metric.of(t)) is not None
    ]


async def _weapon_users(reader: Reader, metric: Metric, index: int, scope: Scope) -> list[Candidate]:
    assert metric.of_weapon is not None
    rows = await reader.all(_weapon_totals(shape_of(scope)), {**binds(scope), "weapon": index})
    field = []
    for key, name, *sums in rows:
        w = WeaponTotals(*sums)
        value = metric.of_weapon(w)
        if value is not None:
            field.append(Candidate(PlayerRef(key, name), value, w.rounds, None, w.shots))
    return field


@cache
def _totals(shape: Shape, names: tuple[str, ...]) -> sa.Select[Any]:
    return _with_names(totals_by_player(shape, names), names)


@cache
def _weapon_totals(shape: Shape) -> sa.Select[Any]:
    return _with_names(weapon_totals_by_player(shape), WEAPON_COLUMNS)


def _with_names(totals: sa.Select[Any], names: tuple[str, ...]) -> sa.Select[Any]:
    """Key and name of everybody but bots, before his sums."""
    t = totals.subquery()
    return (
        sa.select(players.c.key, players.c.name, *(t.c[name] for name in names))
        .join_from(t, players, players.c.id == t.c.player_id)
        .where(sa.not_(players.c.is_bot))
    )
