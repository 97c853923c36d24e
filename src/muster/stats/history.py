"""One player in the course of time: a row per session, and his last rounds."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from muster.stats.results import OwnMatch, counted, matches_in_sessions
from muster.stats.rows import StatRow, added, heads_of, line, row_of, rows_of_player, select_rows, usual
from muster.stats.source import SIDES, TEAMS, Shape, binds, eligible, player_of, shape_of, within
from muster.stats.values.common import EVERYTHING, RoundHead, Scope
from muster.stats.values.players import History, Recent, RecentRound, SessionLine
from muster.store.engine import Reader
from muster.store.schema import gaming_sessions, player_stats, rounds, servers


async def history(reader: Reader, key: str, scope: Scope = EVERYTHING, *, limit: int = 10, offset: int = 0) -> History:
    """A player's sessions with an eligible round in the scope, latest first. Raises UnknownPlayer."""
    player_id, player = await player_of(reader, key)
    shape = shape_of(scope)
    values = {**binds(scope), "player": player_id}
    page = await reader.all(_sessions(shape), {**values, "limit": limit, "offset": offset})
    total = page[0].total if page else await reader.scalar(_session_count(shape), values)
    session_ids = [row.session_id for row in page]
    stats = await _rows_by_session(reader, shape, {**values, "sessions": session_ids})
    own = await matches_in_sessions(reader, player_id, session_ids)
    lines = [
        _session_line(session, stats[session.session_id], [m for m in own if m.session_id == session.session_id])
        for session in page
    ]
    return History(player, tuple(lines), offset, total)


async def recent(reader: Reader, key: str, scope: Scope = EVERYTHING, *, limit: int = 10) -> Recent:
    """A player's last eligible rounds, latest first. Raises UnknownPlayer."""
    player_id, player = await player_of(reader, key)
    values = {**binds(scope), "player": player_id, "limit": limit}
    ids = [row.id for row in await reader.all(_last_rounds(shape_of(scope)), values)]
    stats = {row.round_id: row for row in await rows_of_player(reader, player_id, ids)}
    heads = await heads_of(reader, ids)
    return Recent(player, tuple(_recent_round(heads[i], stats[i]) for i in ids))


def _recent_round(head: RoundHead, row: StatRow) -> RecentRound:
    return RecentRound(
        head=head,
        line=line(row.player, row.totals),
        side=SIDES.get(row.side),
        team=TEAMS.get(row.team or 0),
        result=row.result,
    )


def _session_line(
    session: "sa.Row[Any]", played: Sequence[tuple[str, StatRow]], own: Sequence[OwnMatch]
) -> SessionLine:
    totals = added(row.totals for _, row in played)
    changes = [match.change for match in own if match.change is not None]
    metrics = usual(totals)
    return SessionLine(
        session_id=session.session_id,
        server=session.name,
        started_at=session.started_at,
        day=session.day,
        maps=tuple(dict.fromkeys(map_ for map_, _ in played)),
        totals=totals,
        kd=metrics["kd"],
        dpm=metrics["dpm"],
        accuracy=metrics["accuracy"],
        matches=counted(match.result for match in own),
        rating_change=sum(changes) if changes else None,
    )


async def _rows_by_session(
    reader: Reader, shape: Shape, values: dict[str, Any]
) -> dict[str, list[tuple[str, StatRow]]]:
    """Session id → map and row of each of his eligible rounds there, in the order they were played."""
    found: dict[str, list[tuple[str, StatRow]]] = {}
    for session_id, map_, *row in await reader.all(_rows_in(shape), values):
        found.setdefault(session_id, []).append((map_, row_of(row)))
    return found


def _his_rounds(shape: Shape, *columns: Any) -> sa.Select[Any]:
    joined = player_stats.join(rounds, rounds.c.id == player_stats.c.round_id)
    return sa.select(*columns).select_from(joined).where(
        player_stats.c.player_id == sa.bindparam("player"), eligible(), *within(shape)
    )  # fmt: skip


@cache
def _sessions(shape: Shape) -> sa.Select[Any]:
    own = _his_rounds(shape, rounds.c.session_id).distinct().subquery()
    s = gaming_sessions.c
    total = sa.func.count().over().label("total")
    return (
        sa.select(s.session_id, servers.c.name, s.started_at, s.day, total)
        .join_from(own, gaming_sessions, s.session_id == own.c.session_id)
        .join(servers, servers.c.id == s.server_id)
        .order_by(s.started_at.desc(), s.session_id.desc())
        .limit(sa.bindparam("limit"))
        .offset(sa.bindparam("offset"))
    )


@cache
def _session_count(shape: Shape) -> sa.Select[Any]:
    return _his_rounds(shape, sa.func.count(rounds.c.session_id.distinct()))


@cache
def _rows_in(shape: Shape) -> sa.Select[Any]:
    """His eligible rows of some sessions, found by session rather than by going through all of his."""
    r = rounds.c
    asked = [
        r.session_id.in_(sa.bindparam("sessions", expanding=True)),
        player_stats.c.player_id == sa.bindparam("player"),
        eligible(),
        *within(shape),
    ]
    return select_rows(r.session_id, r.map).where(*asked).order_by(r.played_at, r.file)


@cache
def _last_rounds(shape: Shape) -> sa.Select[Any]:
    r = rounds.c
    return _his_rounds(shape, r.id).order_by(r.played_at.desc(), r.file.desc()).limit(sa.bindparam("limit"))
