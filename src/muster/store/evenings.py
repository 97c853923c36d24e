"""Rounds and what is derived from their place in an evening: reading a neighbourhood, writing what changed."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa

from muster.model.fields import KEPT
from muster.store.engine import Reader, Writer
from muster.store.schema import (
    gaming_sessions,
    match_players,
    matches,
    player_stats,
    players,
    rounds,
    weapon_stats,
)


class RoundRow(msgspec.Struct, frozen=True):
    """A row of `rounds`."""

    id: int
    file_id: int
    server_id: int
    file: str
    played_at: datetime
    day: int
    map: str
    config: str
    round: int
    defender: int
    winner: int
    timelimit: float | None
    next_timelimit: float | None
    roster: str
    carries: bool
    players: int
    outcome: str | None
    seconds: float
    status: str
    valid: bool
    flags: int
    partner: str | None
    session_id: str | None
    match_id: str | None
    match_up: int | None
    axis_team: int | None


class StandRow(msgspec.Struct, frozen=True):
    """A stored player row, as far as teams are concerned."""

    round_id: int
    player_id: int
    key: str
    is_bot: bool
    side: int
    seconds: int | None
    team: int | None
    confidence: float | None
    flags: int


class SessionRow(msgspec.Struct, frozen=True):
    """A row of `gaming_sessions`."""

    session_id: str
    server_id: int
    started_at: datetime
    ended_at: datetime
    day: int
    rounds: int
    matches: int
    players: int
    match_ups: int


class MatchRow(msgspec.Struct, frozen=True):
    """A row of `matches`."""

    match_id: str
    session_id: str
    match_up: int
    server_id: int
    map: str
    played_at: datetime
    first_file: str
    second_file: str
    first_seconds: float
    second_seconds: float
    score_a: int
    score_b: int
    valid: bool
    margin: float | None


class MatchPlayerRow(msgspec.Struct, frozen=True):
    """A row of `match_players`."""

    match_id: str
    player_id: int
    team: int
    seconds: int
    both: bool
    mu: float | None
    sigma: float | None


async def rounds_near(
    reader: Reader, server_id: int, spans: Sequence[tuple[datetime, datetime]], gap: timedelta
) -> list[RoundRow]:
    """Every round of the sessions that come within `gap` of one of the spans of time."""
    if not spans:
        return []
    s = gaming_sessions.c
    start, end = min(first for first, _ in spans), max(last for _, last in spans)
    sessions = await reader.all(
        sa.select(s.session_id, s.started_at, s.ended_at).where(
            s.server_id == server_id, s.ended_at >= start - gap, s.started_at <= end + gap
        )
    )
    near = [
        session.session_id
        for session in sessions
        if any(session.ended_at >= first - gap and session.started_at <= last + gap for first, last in spans)
    ]
    return [RoundRow(*row) for row in await reader.among(sa.select(rounds), rounds.c.session_id, near)]


async def rounds_of_files(reader: Reader, file_ids: Sequence[int]) -> list[RoundRow]:
    """The rounds that files were stored as."""
    return [RoundRow(*row) for row in await reader.among(sa.select(rounds), rounds.c.file_id, file_ids)]


async def stands_of(reader: Reader, round_ids: Sequence[int]) -> dict[int, list[StandRow]]:
    """Round id → who is stored for it."""
    stands: dict[int, list[StandRow]] = {}
    p = player_stats.c
    query = sa.select(
        p.round_id,
        p.player_id,
        players.c.key,
        players.c.is_bot,
        p.side,
        p.seconds,
        p.team,
        p.confidence,
        p.flags,
    ).join(players, players.c.id == p.player_id)
    for row in await reader.among(query, p.round_id, round_ids):
        stands.setdefault(row.round_id, []).append(StandRow(*row))
    return stands


_SAMPLED = ("kills", "deaths", "headshots", "hits", "shots", "aimed_hits", "aimed_shots", "seconds", "flags")


async def sample_rows(reader: Reader, round_ids: Sequence[int]) -> dict[int, list[tuple[int, int, tuple[Any, ...]]]]:
    """Round id → (player id, side, the columns of a rollup's sample: sums, seconds, flags, kept fields)."""
    samples: dict[int, list[tuple[int, int, tuple[Any, ...]]]] = {}
    p = player_stats.c
    query = sa.select(p.round_id, p.player_id, p.side, *(p[name] for name in (*_SAMPLED, *KEPT)))
    for row in await reader.among(query, p.round_id, round_ids):
        samples.setdefault(row[0], []).append((row[1], row[2], tuple(row[3:])))
    return samples


async def weapon_rows(reader: Reader, round_ids: Sequence[int]) -> list[tuple[int, ...]]:
    """Rows of `weapon_stats` of these rounds."""
    return [tuple(row) for row in await reader.among(sa.select(weapon_stats), weapon_stats.c.round_id, round_ids)]


async def add_rounds(writer: Writer, rows: Sequence[RoundRow]) -> None:
    """Stores new rounds."""
    await writer.insert(rounds, [msgspec.structs.astuple(row) for row in rows])


async def replace_rounds(writer: Writer, rows: Sequence[RoundRow]) -> None:
    """Stores changed rounds over the old ones."""
    await writer.run(
        sa.delete(rounds).where(rounds.c.id == sa.bindparam("round_id")), [{"round_id": r.id} for r in rows]
    )
    await add_rounds(writer, rows)


async def remove_rounds(writer: Writer, round_ids: Sequence[int]) -> None:
    """Takes rounds away with all their rows."""
    await remove_rows(writer, round_ids)
    await writer.run(sa.delete(rounds).where(rounds.c.id == sa.bindparam("i")), [{"i": i} for i in round_ids])


async def remove_rows(writer: Writer, round_ids: Sequence[int]) -> None:
    """Takes away the player and weapon rows of rounds."""
    for table in (player_stats, weapon_stats):
        await writer.run(sa.delete(table).where(table.c.round_id == sa.bindparam("i")), [{"i": i} for i in round_ids])


async def set_teams(writer: Writer, rows: Iterable[tuple[int, int, int | None, float | None, int]]) -> None:
    """Stores teams of player rows: round id, player id, team, confidence, flags."""
    await writer.run(_set_team(), [{"r": r, "p": p, "t": t, "c": c, "f": f} for r, p, t, c, f in rows])


@cache
def _set_team() -> sa.Update:
    p = player_stats.c
    return (
        sa.update(player_stats)
        .where(p.round_id == sa.bindparam("r"), p.player_id == sa.bindparam("p"))
        .values(team=sa.bindparam("t"), confidence=sa.bindparam("c"), flags=sa.bindparam("f"))
    )


async def sessions_of(reader: Reader, session_ids: Sequence[str]) -> list[SessionRow]:
    """Sessions by id."""
    found = await reader.among(sa.select(gaming_sessions), gaming_sessions.c.session_id, session_ids)
    return [SessionRow(*row) for row in found]


async def replace_sessions(writer: Writer, gone: Iterable[str], rows: Sequence[SessionRow]) -> None:
    """Takes sessions away and stores others."""
    s = gaming_sessions.c
    await writer.run(sa.delete(gaming_sessions).where(s.session_id == sa.bindparam("s")), [{"s": s} for s in gone])
    await writer.insert(gaming_sessions, [msgspec.structs.astuple(row) for row in rows])


async def matches_of(reader: Reader, session_ids: Sequence[str]) -> dict[str, tuple[MatchRow, list[MatchPlayerRow]]]:
    """Match id → the stored match and its players, of these sessions."""
    found: dict[str, tuple[MatchRow, list[MatchPlayerRow]]] = {
        row.match_id: (MatchRow(*row), [])
        for row in await reader.among(sa.select(matches), matches.c.session_id, session_ids)
    }
    query = sa.select(match_players).join(matches, matches.c.match_id == match_players.c.match_id)
    for row in await reader.among(query, matches.c.session_id, session_ids):
        found[row.match_id][1].append(MatchPlayerRow(*row))
    return found


async def replace_matches(
    writer: Writer, gone: Sequence[str], rows: Sequence[MatchRow], rosters: Sequence[MatchPlayerRow]
) -> None:
    """Takes matches away with their players and stores others."""
    for table in (matches, match_players):
        await writer.run(sa.delete(table).where(table.c.match_id == sa.bindparam("m")), [{"m": m} for m in gone])
    await writer.insert(matches, [msgspec.structs.astuple(row) for row in rows])
    await writer.insert(match_players, [msgspec.structs.astuple(row) for row in rosters])
