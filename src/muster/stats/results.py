"""Matches as one player's results: won, drawn, lost, and what they did to his rating."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa

from muster.stats.formulas import RATING_BASE, shown_rating
from muster.stats.periods import Grain
from muster.stats.source import Shape, binds, shape_of
from muster.stats.values.common import Record, Result, Scope
from muster.store.engine import Reader
from muster.store.schema import match_players, matches, servers

_M, _P = matches.c, match_players.c


class OwnMatch(msgspec.Struct, frozen=True):
    """A valid match of one player. `change` is what it did to his shown rating, None where it was not rated."""

    session_id: str
    match_id: str
    result: Result
    change: int | None


def result_of(team: int, score_a: int, score_b: int) -> Result:
    """A match as a team (1 or 2) sees it."""
    own, other = (score_a, score_b) if team == 1 else (score_b, score_a)
    if own == other:
        return Result.DRAWN
    return Result.WON if own > other else Result.LOST


def counted(results: Iterable[Result]) -> Record:
    """Results counted."""
    listed = list(results)
    return Record(*(listed.count(result) for result in (Result.WON, Result.DRAWN, Result.LOST)))


async def record_of(reader: Reader, player_id: int, scope: Scope) -> Record:
    """A player's valid matches within a scope. A match belongs to the day its round 2 ended."""
    values = {**binds(scope), **dates(scope), "player": player_id}
    row = await reader.first(_record(shape_of(scope)), values)
    assert row is not None
    return Record(*row)


async def matches_in_sessions(reader: Reader, player_id: int, session_ids: Sequence[str]) -> list[OwnMatch]:
    """A player's valid matches of some sessions, in the order they were played."""
    rows = await reader.all(_IN_SESSIONS, {"player": player_id, "sessions": list(session_ids)})
    return [
        OwnMatch(
            session_id=row.session_id,
            match_id=row.match_id,
            result=result_of(row.team, row.score_a, row.score_b),
            change=rating_change(row.mu, row.sigma, row.mu_before, row.sigma_before),
        )
        for row in rows
    ]


def rating_change(
    mu: float | None, sigma: float | None, mu_before: float | None, sigma_before: float | None
) -> int | None:
    """Shown points a match brought; whoever had no rating before had a newcomer's."""
    if mu is None or sigma is None:
        return None
    before = RATING_BASE if mu_before is None or sigma_before is None else shown_rating(mu_before, sigma_before)
    return shown_rating(mu, sigma) - before


def _before(value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """A value after the rated match before this one, of one player's matches."""
    return sa.func.lag(value).over(partition_by=_P.mu.is_(None), order_by=[_M.played_at, _M.match_id])


def dates(scope: Scope) -> dict[str, str]:
    """A period as file names have it: they begin with the server's local date."""
    if scope.period.grain is Grain.ALL:
        return {}
    first, last = (f"{day // 10000:04d}-{day // 100 % 100:02d}-{day % 100:02d}" for day in _ends(scope))
    return {"first_date": first, "last_date": last + "~"}


def _ends(scope: Scope) -> tuple[int, int]:
    return scope.period.first_day, scope.period.last_day


@cache
def _record(shape: Shape) -> sa.Select[Any]:
    difference = sa.case((_P.team == 1, _M.score_a - _M.score_b), else_=_M.score_b - _M.score_a)
    asked = [_P.player_id == sa.bindparam("player"), _M.valid, *within_matches(shape)]
    results: list[sa.ColumnElement[Any]] = [_how_many(c) for c in (difference > 0, difference == 0, difference < 0)]
    return sa.select(*results).join_from(match_players, matches, _M.match_id == _P.match_id).where(*asked)


def within_matches(shape: Shape) -> list[sa.ColumnElement[bool]]:
    """What a scope asks of `matches`."""
    asked: list[sa.ColumnElement[bool]] = []
    if shape.grain is not Grain.ALL:
        asked += [_M.second_file >= sa.bindparam("first_date"), _M.second_file <= sa.bindparam("last_date")]
    if shape.map:
        asked.append(_M.map == sa.bindparam("map"))
    if shape.server:
        named = sa.select(servers.c.id).where(servers.c.name == sa.bindparam("server"))
        asked.append(_M.server_id == named.scalar_subquery())
    return asked


def _how_many(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.count(sa.case((condition, 1)))


def _in_sessions() -> sa.Select[Any]:
    own = (
        sa.select(
            _M.session_id,
            _M.match_id,
            _M.played_at,
            _M.score_a,
            _M.score_b,
            _P.team,
            _P.mu,
            _P.sigma,
            _before(_P.mu).label("mu_before"),
            _before(_P.sigma).label("sigma_before"),
        )
        .join_from(match_players, matches, _M.match_id == _P.match_id)
        .where(_P.player_id == sa.bindparam("player"), _M.valid)
        .subquery()
    )
    wanted = own.c.session_id.in_(sa.bindparam("sessions", expanding=True))
    return sa.select(own).where(wanted).order_by(own.c.played_at, own.c.match_id)


_IN_SESSIONS = _in_sessions()
