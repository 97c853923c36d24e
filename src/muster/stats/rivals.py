"""Two players against each other and together; a player's regular opponents and partners."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import sqlalchemy as sa

from muster.stats.formulas import SURE, interval, per_minute, percent
from muster.stats.metrics import value
from muster.stats.players import totals_of
from muster.stats.results import dates, within_matches
from muster.stats.rows import line
from muster.stats.source import Shape, binds, counts, player_of, shape_of, within
from muster.stats.sums import NAMES, per_row, summed
from muster.stats.values.common import EVERYTHING, PlayerRef, Record, Scope, Totals
from muster.stats.values.players import Companions, Company, HeadToHead, Together
from muster.store.engine import Reader
from muster.store.schema import match_players, matches, player_stats, players, rounds

REGULAR: Final = 10
"""Shared rounds from which on somebody is a regular partner or opponent."""


async def head_to_head(reader: Reader, first: str, second: str, scope: Scope = EVERYTHING) -> HeadToHead:
    """Two players over the eligible rounds both stood on a side in. Raises UnknownPlayer."""
    first_id, one = await player_of(reader, first)
    second_id, other = await player_of(reader, second)
    values = {**binds(scope), **dates(scope), "player": first_id, "other": second_id}
    shared = {row.same: row for row in await reader.all(_shared(shape_of(scope)), values)}
    own, others = [await totals_of(reader, player_id, scope) for player_id in (first_id, second_id)]
    record = await reader.first(_record(shape_of(scope)), values)
    return HeadToHead(
        first=one,
        second=other,
        scope=scope,
        opposed=_together(one, other, shared.get(0)),
        together=_together(one, other, shared.get(1)),
        matches=Record(*record) if record else Record(),
        first_dpm=value("dpm", own),
        second_dpm=value("dpm", others),
    )


async def opponents(
    reader: Reader, key: str, scope: Scope = EVERYTHING, *, min_rounds: int = REGULAR, limit: int = 10
) -> Companions:
    """Whom a player meets on the other side, most shared rounds first, without bots. Raises UnknownPlayer."""
    return await _companions(reader, key, scope, 0, min_rounds, limit)


async def teammates(
    reader: Reader, key: str, scope: Scope = EVERYTHING, *, min_rounds: int = REGULAR, limit: int = 10
) -> Companions:
    """Who stands beside a player, most shared rounds first, without bots. Raises UnknownPlayer."""
    return await _companions(reader, key, scope, 1, min_rounds, limit)


async def _companions(reader: Reader, key: str, scope: Scope, same: int, min_rounds: int, limit: int) -> Companions:
    player_id, player = await player_of(reader, key)
    own = await totals_of(reader, player_id, scope)
    usual = value("dpm", own)
    values = {**binds(scope), "player": player_id, "same": same, "least": min_rounds, "limit": limit}
    rows = await reader.all(_company(shape_of(scope)), values)
    found = tuple(_one_company(row, usual) for row in rows)
    return Companions(player, usual, value("win_rate", own), found)


def _one_company(row: "sa.Row[Any]", usual: float | None) -> Company:
    decided = row.won + row.lost
    dpm = per_minute(row.damage, row.seconds)
    return Company(
        player=PlayerRef(row.key, row.name),
        rounds=row.rounds,
        won=row.won,
        lost=row.lost,
        win_rate=percent(row.won, decided),
        win_margin=_half_width(row.won, decided) if decided else None,
        dpm=dpm,
        dpm_delta=None if dpm is None or usual is None else dpm - usual,
    )


def _half_width(won: int, n: int) -> float:
    """Half the width of a share's 95 % interval, in percentage points."""
    low, high = interval(won, n, SURE)
    return (high - low) / 2


def _together(first: PlayerRef, second: PlayerRef, row: "sa.Row[Any] | None") -> Together:
    cells: Sequence[int] = row[1:] if row is not None else [0] * (2 * len(NAMES))
    own, others = Totals(*cells[: len(NAMES)]), Totals(*cells[len(NAMES) :])
    one, other = line(first, own), line(second, others)
    return Together(
        rounds=own.rounds,
        first=one,
        second=other,
        won=own.rounds_won,
        lost=own.rounds_lost,
        undecided=own.rounds - own.rounds_won - own.rounds_lost,
        dpm_delta=None if one.dpm is None or other.dpm is None else one.dpm - other.dpm,
    )


def _both(own: Any, other: Any) -> sa.Join:
    """A player's rows beside another's (or everybody's) of the same rounds."""
    shared = sa.and_(other.c.round_id == own.c.round_id, other.c.player_id != own.c.player_id)
    return sa.join(own, rounds, rounds.c.id == own.c.round_id).join(other, shared)


def _on_sides(shape: Shape, own: Any, other: Any) -> list[sa.ColumnElement[bool]]:
    sides = [row.c.side.in_([1, 2]) for row in (own, other)]
    return [
        own.c.player_id == sa.bindparam("player"),
        rounds.c.valid,
        counts(own),
        counts(other),
        *sides,
        *within(shape),
    ]


@cache
def _shared(shape: Shape) -> sa.Select[Any]:
    own, other = player_stats.alias("own"), player_stats.alias("other")
    same = sa.case((own.c.side == other.c.side, 1), else_=0).label("same")
    own_sums = [summed(per_row(own)[name], name) for name in NAMES]
    other_sums = [summed(per_row(other)[name], f"other_{name}") for name in NAMES]
    asked = [*_on_sides(shape, own, other), other.c.player_id == sa.bindparam("other")]
    return (
        sa.select(same, *own_sums, *other_sums).select_from(_both(own, other)).where(*asked).group_by(sa.text("same"))
    )


@cache
def _company(shape: Shape) -> sa.Select[Any]:
    own, other = player_stats.alias("own"), player_stats.alias("other")
    of_own = per_row(own)
    wanted = {"won": "rounds_won", "lost": "rounds_lost", "damage": "timed_damage", "seconds": "seconds"}
    sums = [summed(of_own[measure], label) for label, measure in wanted.items()]
    same = sa.case((own.c.side == other.c.side, 1), else_=0) == sa.bindparam("same")
    n = sa.func.count().label("rounds")
    asked = [*_on_sides(shape, own, other), same]
    counted = (
        sa.select(other.c.player_id, n, *sums)
        .select_from(_both(own, other))
        .where(*asked)
        .group_by(other.c.player_id)
        .having(sa.func.count() >= sa.bindparam("least"))
        .subquery()
    )
    c = counted.c
    return (
        sa.select(players.c.key, players.c.name, c.rounds, c.won, c.lost, c.damage, c.seconds)
        .join_from(counted, players, players.c.id == c.player_id)
        .where(sa.not_(players.c.is_bot))
        .order_by(c.rounds.desc(), players.c.key)
        .limit(sa.bindparam("limit"))
    )


@cache
def _record(shape: Shape) -> sa.Select[Any]:
    """Valid matches in different teams: won, drawn, lost by the first."""
    m, own, other = matches.c, match_players.alias("own"), match_players.alias("other")
    ahead = sa.case((own.c.team == 1, m.score_a - m.score_b), else_=m.score_b - m.score_a)
    results: list[sa.ColumnElement[Any]] = [
        sa.func.count(sa.case((condition, 1))) for condition in (ahead > 0, ahead == 0, ahead < 0)
    ]
    opposed = sa.and_(other.c.match_id == own.c.match_id, other.c.team != own.c.team)
    asked = [own.c.player_id == sa.bindparam("player"), other.c.player_id == sa.bindparam("other"), m.valid]
    return (
        sa.select(*results)
        .select_from(sa.join(own, other, opposed).join(matches, m.match_id == own.c.match_id))
        .where(*asked, *within_matches(shape))
    )
