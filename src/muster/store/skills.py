"""Stored ratings: the state before a match, and what a replay changed."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from muster.store.engine import Reader, Record, Writer
from muster.store.schema import UtcTime, match_players, matches, players, ratings


class RatedMatch(msgspec.Struct, frozen=True):
    """A valid match as a replay needs it: player ids by team."""

    match_id: str
    played_at: datetime
    score_a: int
    score_b: int
    team_a: tuple[int, ...]
    team_b: tuple[int, ...]


def _when() -> sa.ColumnElement[Any]:
    """A match's place in time. Compared as a pair, the index on both columns serves."""
    return sa.tuple_(matches.c.played_at, matches.c.match_id)


def _moment(played_at: datetime, match_id: str) -> sa.ColumnElement[Any]:
    return sa.tuple_(sa.literal(played_at, UtcTime), sa.literal(match_id))


async def is_latest(reader: Reader, played_at: datetime, match_id: str) -> bool:
    """True where no rated match was played after this one."""
    m = matches.c
    later = _when() > _moment(played_at, match_id)
    return (await reader.first(sa.select(m.match_id).where(later, m.margin.is_not(None)).limit(1))) is None


async def state_before(reader: Reader, played_at: datetime, match_id: str) -> dict[int, tuple[float, float, int]]:
    """Player id → mu, sigma and number of rated matches before a match."""
    m, p = matches.c, match_players.c
    earlier = _when() < _moment(played_at, match_id)
    query = (
        sa.select(p.player_id, p.mu, p.sigma)
        .join(matches, m.match_id == p.match_id)
        .where(earlier, p.mu.is_not(None))
        .order_by(m.played_at, m.match_id)
    )
    state: dict[int, tuple[float, float, int]] = {}
    for player_id, mu, sigma in await reader.all(query):
        state[player_id] = (mu, sigma, state.get(player_id, (0.0, 0.0, 0))[2] + 1)
    return state


async def current(reader: Reader, player_ids: Iterable[int]) -> dict[int, tuple[float, float, int]]:
    """Player id → mu, sigma and number of rated matches, now."""
    rows = await reader.among(sa.select(ratings), ratings.c.player_id, player_ids)
    return {row.player_id: (row.mu, row.sigma, row.matches) for row in rows}


async def matches_from(reader: Reader, played_at: datetime, match_id: str) -> AsyncIterator[RatedMatch]:
    """Valid matches from one on, in the order they were played, without bots."""
    m, p = matches.c, match_players.c
    later = _when() >= _moment(played_at, match_id)
    query = (
        sa.select(m.match_id, m.played_at, m.score_a, m.score_b, p.player_id, p.team)
        .join(match_players, m.match_id == p.match_id)
        .join(players, players.c.id == p.player_id)
        .where(later, m.valid, sa.not_(players.c.is_bot))
        .order_by(m.played_at, m.match_id, players.c.key)
    )
    head: Record | None = None
    teams: dict[int, list[int]] = {1: [], 2: []}
    async for part in reader.stream(query):
        for row in part:
            if head is not None and row.match_id != head.match_id:
                yield _rated(head, teams)
                teams = {1: [], 2: []}
            head = row
            teams[row.team].append(row.player_id)
    if head is not None:
        yield _rated(head, teams)


def _rated(head: Record, teams: dict[int, list[int]]) -> RatedMatch:
    return RatedMatch(head.match_id, head.played_at, head.score_a, head.score_b, tuple(teams[1]), tuple(teams[2]))


async def store_ratings(
    writer: Writer,
    margins: Sequence[tuple[str, float | None]],
    after: Sequence[tuple[str, int, float, float]],
) -> None:
    """Stores margins by match id, and mu and sigma by match and player."""
    await writer.run(
        sa.update(matches).where(matches.c.match_id == sa.bindparam("m")).values(margin=sa.bindparam("x")),
        [{"m": match_id, "x": margin} for match_id, margin in margins],
    )
    p = match_players.c
    await writer.run(
        sa.update(match_players)
        .where(p.match_id == sa.bindparam("m"), p.player_id == sa.bindparam("p"))
        .values(mu=sa.bindparam("u"), sigma=sa.bindparam("s")),
        [{"m": m, "p": p, "u": mu, "s": sigma} for m, p, mu, sigma in after],
    )


async def replace_current(writer: Writer, state: dict[int, tuple[float, float, int]], everyone: bool) -> None:
    """Stores current ratings of some players, or of everyone who has one."""
    if everyone:
        await writer.run(sa.delete(ratings))
    await writer.upsert(
        ratings,
        [(player_id, *values) for player_id, values in state.items()],
        {"mu": "new.mu", "sigma": "new.sigma", "matches": "new.matches"},
    )
