"""Gaming sessions: which there were, and one of them from end to end."""

from datetime import timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from muster.stats import evening
from muster.stats.periods import Grain
from muster.stats.rows import heads_by, rows_by
from muster.stats.source import Shape, binds, eligible, shape_of
from muster.stats.sums import weapon_sums
from muster.stats.values.common import EVERYTHING, Scope, WeaponTotals
from muster.stats.values.evenings import SessionHead, SessionList, SessionOverview
from muster.stats.weapons import most_used_first, weapon_line
from muster.store.engine import Reader
from muster.store.schema import gaming_sessions, matches, player_stats, rounds, servers, weapon_stats

_S, _R, _P, _W = gaming_sessions.c, rounds.c, player_stats.c, weapon_stats.c


async def session_list(reader: Reader, scope: Scope = EVERYTHING, *, limit: int = 20, offset: int = 0) -> SessionList:
    """Sessions that began within the period, with a round on the map if one is asked for; latest first."""
    shape = shape_of(scope)
    rows = await reader.all(_page(shape), {**binds(scope), "limit": limit, "offset": offset})
    total = await reader.scalar(_count(shape), binds(scope))
    return SessionList(tuple(_head(row) for row in rows), offset, total)


async def last_session(reader: Reader, server: str | None = None) -> SessionOverview | None:
    """The session that ended last, or is still going on; None where there is none."""
    latest = await session_list(reader, Scope(server=server), limit=1)
    return await session(reader, latest.sessions[0].session_id) if latest.sessions else None


async def session(reader: Reader, session_id: str) -> SessionOverview | None:
    """A session by its id; None where there is none."""
    row = await reader.first(_BY_ID, {"session": session_id})
    if row is None:
        return None
    heads = await heads_by(reader, session_id=session_id)
    rows = await rows_by(reader, session_id=session_id)
    scores = {match.match_id: match for match in await reader.all(_SCORES, {"session": session_id})}
    weapons = await reader.all(_WEAPONS, {"session": session_id})
    lines = most_used_first(weapon_line(index, WeaponTotals(*sums)) for index, *sums in weapons)
    return evening.overview(_head(row), heads, rows, scores, lines)


def _head(row: "sa.Row[Any]") -> SessionHead:
    began_at = row.started_at - timedelta(seconds=row.first_seconds or 0)
    return SessionHead(
        session_id=row.session_id,
        server=row.server,
        started_at=row.started_at,
        ended_at=row.ended_at,
        day=row.day,
        seconds=(row.ended_at - began_at).total_seconds(),
        rounds=row.rounds,
        matches=row.matches,
        players=row.players,
        match_ups=row.match_ups,
    )


def _select() -> sa.Select[Any]:
    of_first = (
        sa.select(sa.func.max(_R.seconds))
        .where(_R.session_id == _S.session_id, _R.played_at == _S.started_at)
        .scalar_subquery()
    )
    columns = (_S.started_at, _S.ended_at, _S.day, _S.rounds, _S.matches, _S.players, _S.match_ups)
    named = servers.c.name.label("server")
    return sa.select(_S.session_id, named, *columns, of_first.label("first_seconds")).join_from(
        gaming_sessions, servers, servers.c.id == _S.server_id
    )


def _asked(shape: Shape) -> list[sa.ColumnElement[bool]]:
    asked: list[sa.ColumnElement[bool]] = []
    if shape.grain is not Grain.ALL:
        asked.append(_S.day.between(sa.bindparam("first_day"), sa.bindparam("last_day")))
    if shape.map:
        asked.append(_S.session_id.in_(sa.select(_R.session_id).where(_R.map == sa.bindparam("map"))))
    if shape.server:
        asked.append(servers.c.name == sa.bindparam("server"))
    return asked


@cache
def _page(shape: Shape) -> sa.Select[Any]:
    latest_first = (_S.ended_at.desc(), _S.session_id.desc())
    page = _select().where(*_asked(shape)).order_by(*latest_first)
    return page.limit(sa.bindparam("limit")).offset(sa.bindparam("offset"))


@cache
def _count(shape: Shape) -> sa.Select[Any]:
    joined = gaming_sessions.join(servers, servers.c.id == _S.server_id)
    return sa.select(sa.func.count()).select_from(joined).where(*_asked(shape))


_BY_ID = _select().where(_S.session_id == sa.bindparam("session"))
_SCORES = sa.select(
    matches.c.match_id, matches.c.match_up, matches.c.score_a, matches.c.score_b, matches.c.valid
).where(matches.c.session_id == sa.bindparam("session"))
_WEAPONS = (
    sa.select(_W.weapon, *weapon_sums(weapon_stats))
    .join_from(rounds, player_stats, _P.round_id == _R.id)
    .join(weapon_stats, sa.and_(_W.round_id == _P.round_id, _W.player_id == _P.player_id))
    .where(_R.session_id == sa.bindparam("session"), eligible())
    .group_by(_W.weapon)
)
