"""Line-ups: with whom a player stood in a team, what came of it, and how two players' teams did against each other."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final, TypeVar

import msgspec
import sqlalchemy as sa

from muster.stats.results import counted, dates, result_of, within_matches
from muster.stats.source import TEAMS, Shape, binds, player_of, shape_of
from muster.stats.values.common import EVERYTHING, PlayerRef, Scope
from muster.stats.values.teams import Lineup, Mate, Meeting, Night, Tally, TeamHistory, TeamsOf, Versus
from muster.store.engine import Reader
from muster.store.schema import gaming_sessions, match_players, matches, players, rounds, servers

MATES: Final = 8
"""How many of the most frequent mates are told."""
_M, _P, _S, _R = matches.c, match_players.c, gaming_sessions.c, rounds.c
_KEY = TypeVar("_KEY")
People = Mapping[int, PlayerRef]
"""Players by id, without bots."""


class Own(msgspec.Struct, frozen=True):
    """A valid match of a player: his team and everybody in it by id."""

    ids: frozenset[int]
    match_id: str
    session_id: str
    match_up: int
    map: str
    played_at: datetime
    score_a: int
    score_b: int
    team: int

    @property
    def evening(self) -> tuple[str, int]:
        """The match-up."""
        return self.session_id, self.match_up


async def team_history(reader: Reader, key: str, scope: Scope = EVERYTHING, *, limit: int = 50) -> TeamHistory:
    """A player's team in each match-up with a valid match, latest first. Raises UnknownPlayer."""
    player_id, player = await player_of(reader, key)
    by_evening = grouped(await own_matches(reader, player_id, scope), lambda own: own.evening)
    shown = dict(list(by_evening.items())[:limit])
    people = await people_of(reader, (own for listed in shown.values() for own in listed))
    days = await _days(reader, {session_id for session_id, _ in shown})
    nights = tuple(_night(listed, player_id, people, days[listed[0].session_id]) for listed in shown.values())
    return TeamHistory(player, scope, nights, len(by_evening))


async def teams_with(reader: Reader, key: str, scope: Scope = EVERYTHING, *, limit: int = 30) -> TeamsOf:
    """The teams a player played in, line-up by line-up. Raises UnknownPlayer."""
    player_id, player = await player_of(reader, key)
    own = await own_matches(reader, player_id, scope)
    people = await people_of(reader, own)
    by_lineup = grouped(own, lambda one: one.ids.intersection(people))
    ordered = sorted(by_lineup.items(), key=lambda item: (-len(item[1]), -item[1][0].played_at.timestamp()))
    return TeamsOf(
        player=player,
        scope=scope,
        tally=tally(own),
        sessions=len({one.session_id for one in own}),
        mates=_mates(own, player_id, people)[:MATES],
        lineups=tuple(_lineup(ids, listed, people) for ids, listed in ordered[:limit]),
        total=len(by_lineup),
    )


async def versus(reader: Reader, first: str, second: str, scope: Scope = EVERYTHING) -> Versus:
    """Two players' teams against each other over valid matches. Raises UnknownPlayer."""
    first_id, one = await player_of(reader, first)
    second_id, other = await player_of(reader, second)
    theirs = {match.match_id: match.team for match in await own_matches(reader, second_id, scope)}
    own = [
        match
        for match in await own_matches(reader, first_id, scope)
        if theirs.get(match.match_id, match.team) != match.team
    ]
    sessions = {match.session_id for match in own}
    winners = await _winners(reader, sessions)
    days = await _days(reader, sessions)
    return Versus(
        first=one,
        second=other,
        scope=scope,
        total=_meeting(own, winners),
        match_ups=tuple(
            msgspec.structs.replace(
                _meeting(listed, winners), session_id=session_id, match_up=number, day=days[session_id][0]
            )
            for (session_id, number), listed in grouped(own, lambda match: match.evening).items()
        ),
        maps=tuple(
            msgspec.structs.replace(_meeting(listed, winners), map=name)
            for name, listed in sorted(
                grouped(own, lambda match: match.map).items(), key=lambda item: (-len(item[1]), item[0])
            )
        ),
    )


async def own_matches(reader: Reader, player_id: int, scope: Scope) -> list[Own]:
    """A player's valid matches within a scope, latest first. A match belongs to the day its round 2 ended."""
    values = {**binds(scope), **dates(scope), "player": player_id}
    rows = await reader.all(_own(shape_of(scope)), values)
    return [Own(frozenset(map(int, row.ids.split(","))), *row[1:]) for row in rows]


async def people_of(reader: Reader, own: Iterable[Own]) -> People:
    """Everybody in these matches' teams but bots, by id."""
    return await named(reader, {i for one in own for i in one.ids})


async def named(reader: Reader, ids: Iterable[int]) -> dict[int, PlayerRef]:
    """Players by id, without bots."""
    return {row.id: PlayerRef(row.key, row.name) for row in await reader.all(_NAMES, {"ids": list(ids)})}


def tally(own: Iterable[Own]) -> Tally:
    """Matches counted, as the player's team saw each."""
    listed = list(own)
    return Tally(
        record=counted(result_of(one.team, one.score_a, one.score_b) for one in listed),
        points=sum(one.score_a if one.team == 1 else one.score_b for one in listed),
        conceded=sum(one.score_b if one.team == 1 else one.score_a for one in listed),
    )


def grouped(own: Iterable[Own], by: Callable[[Own], _KEY]) -> dict[_KEY, list[Own]]:
    """Matches by something, in the order they come."""
    found: dict[_KEY, list[Own]] = {}
    for one in own:
        found.setdefault(by(one), []).append(one)
    return found


def _night(own: Sequence[Own], player_id: int, people: People, where: tuple[int, str]) -> Night:
    teams = Counter(one.team for one in own)
    day, server = where
    return Night(
        session_id=own[0].session_id,
        match_up=own[0].match_up,
        server=server,
        day=day,
        team=TEAMS[1 if teams[1] >= teams[2] else 2],
        tally=tally(own),
        mates=_mates(own, player_id, people),
    )


def _mates(own: Sequence[Own], player_id: int, people: People) -> tuple[Mate, ...]:
    counts = Counter(i for one in own for i in one.ids if i != player_id and i in people)
    mates = (Mate(people[i], count) for i, count in counts.items())
    return tuple(sorted(mates, key=lambda mate: (-mate.matches, mate.player.name.lower(), mate.player.key)))


def _lineup(ids: Iterable[int], own: Sequence[Own], people: People) -> Lineup:
    listed = sorted((people[i] for i in ids), key=lambda player: (player.name.lower(), player.key))
    return Lineup(tuple(listed), tally(own), max(one.played_at for one in own))


def _meeting(own: Sequence[Own], winners: Mapping[str, Sequence[int]]) -> Meeting:
    teams = [(one.team, team) for one in own for team in winners.get(one.match_id, ())]
    won = sum(own_team == team for own_team, team in teams)
    return Meeting(tally(own), won, len(teams) - won)


async def _winners(reader: Reader, sessions: Iterable[str]) -> dict[str, list[int]]:
    """Match → the teams (1 or 2) that won its rounds."""
    found: dict[str, list[int]] = {}
    for match_id, winner, axis_team in await reader.all(_ROUNDS, {"sessions": list(sessions)}):
        found.setdefault(match_id, []).append(axis_team if winner == 1 else 3 - axis_team)
    return found


async def _days(reader: Reader, sessions: Iterable[str]) -> dict[str, tuple[int, str]]:
    """Session → its day and server."""
    rows = await reader.all(_DAYS, {"sessions": list(sessions)})
    return {row.session_id: (row.day, row.name) for row in rows}


@cache
def _own(shape: Shape) -> sa.Select[Any]:
    own, mate = match_players.alias("own"), match_players.alias("mate")
    together = sa.and_(mate.c.match_id == own.c.match_id, mate.c.team == own.c.team)
    ids = sa.func.aggregate_strings(sa.cast(mate.c.player_id, sa.Text()), ",").label("ids")
    columns = (_M.match_id, _M.session_id, _M.match_up, _M.map, _M.played_at, _M.score_a, _M.score_b, own.c.team)
    return (
        sa.select(ids, *columns)
        .select_from(sa.join(own, matches, _M.match_id == own.c.match_id).join(mate, together))
        .where(own.c.player_id == sa.bindparam("player"), _M.valid, *within_matches(shape))
        .group_by(*columns)
        .order_by(_M.played_at.desc(), _M.match_id.desc())
    )


_NAMES: Final = sa.select(players.c.id, players.c.key, players.c.name).where(
    players.c.id.in_(sa.bindparam("ids", expanding=True)), sa.not_(players.c.is_bot)
)
_DAYS: Final = (
    sa.select(_S.session_id, _S.day, servers.c.name)
    .join_from(gaming_sessions, servers, servers.c.id == _S.server_id)
    .where(_S.session_id.in_(sa.bindparam("sessions", expanding=True)))
)
_ROUNDS: Final = sa.select(_R.match_id, _R.winner, _R.axis_team).where(
    _R.session_id.in_(sa.bindparam("sessions", expanding=True)),
    _R.match_id.is_not(None),
    _R.winner.in_((1, 2)),
    _R.axis_team.is_not(None),
)
