"""One match: a map played both ways, by its id."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from muster.stats.before import ratings_before
from muster.stats.formulas import shown_rating
from muster.stats.results import rating_change, result_of
from muster.stats.rounds import LEADERS
from muster.stats.rows import StatRow, added, best_first, heads_by, rows_by, usual
from muster.stats.source import TEAMS
from muster.stats.values.common import PlayerRef, RoundHead
from muster.stats.values.evenings import MatchPage, MatchPlayer, TeamReport
from muster.store.engine import Reader
from muster.store.schema import match_players, matches, players, servers

_M, _P = matches.c, match_players.c


def match_up_id(session_id: str, match_up: int) -> str:
    """The name of a match-up: its session's, and its number there."""
    return f"{session_id}#{match_up}"


def first_attackers(first: RoundHead) -> str | None:
    """The team (`A` or `B`) that attacked in this round."""
    if first.axis_team is None or first.defender is None:
        return None
    axis_attacks = first.defender == "allies"
    return first.axis_team if axis_attacks else {"A": "B", "B": "A"}[first.axis_team]


async def last_match(reader: Reader) -> MatchPage | None:
    """The valid match that ended last; None where there is none."""
    match_id = await reader.scalar(_LAST)
    return None if match_id is None else await match_page(reader, match_id)


async def match_page(reader: Reader, match_id: str) -> MatchPage | None:
    """A match by its id; None where there is none."""
    row = await reader.first(_MATCH, {"match": match_id})
    if row is None:
        return None
    first, second = (await heads_by(reader, session_id=row.session_id, match_id=match_id)).values()
    stats: dict[str, list[StatRow]] = {}
    for stat in await rows_by(reader, session_id=row.session_id, match_id=match_id):
        stats.setdefault(stat.player.key, []).append(stat)
    roster = await reader.all(_ROSTER, {"match": match_id})
    before = await ratings_before(reader, row.played_at, match_id, [one.id for one in roster if one.mu is not None])
    listed = [(one.team, _player(one, stats.get(one.key, []), before.get(one.id))) for one in roster]
    team_a, team_b = (_team(team, row, [player for own, player in listed if own == team]) for team in (1, 2))
    return MatchPage(
        match_id=match_id,
        match_up_id=match_up_id(row.session_id, row.match_up),
        session_id=row.session_id,
        server=row.server,
        map=row.map,
        played_at=row.played_at,
        valid=row.valid,
        rounds=(first, second),
        first_attackers=first_attackers(first) or "A",
        team_a=team_a,
        team_b=team_b,
        leaders=tuple(sorted((*team_a.players, *team_b.players), key=best_first)[:LEADERS]),
        margin=row.margin,
    )


def _team(team: int, match: "sa.Row[Any]", players: Sequence[MatchPlayer]) -> TeamReport:
    return TeamReport(
        team=TEAMS[team],
        score=match.score_a if team == 1 else match.score_b,
        result=result_of(team, match.score_a, match.score_b),
        players=tuple(sorted(players, key=best_first)),
        totals=added(player.totals for player in players),
    )


def _player(row: "sa.Row[Any]", stats: Sequence[StatRow], before: tuple[float, float] | None) -> MatchPlayer:
    totals = added(stat.totals for stat in stats)
    return MatchPlayer(
        player=PlayerRef(row.key, row.name, row.is_bot),
        totals=totals,
        **usual(totals),
        seconds=row.seconds,
        both=row.both,
        rating=None if row.mu is None else shown_rating(row.mu, row.sigma),
        rating_change=rating_change(row.mu, row.sigma, *(before or (None, None))),
    )


_MATCH = (
    sa.select(matches, servers.c.name.label("server"))
    .join_from(matches, servers, servers.c.id == _M.server_id)
    .where(_M.match_id == sa.bindparam("match"))
)
_ROSTER = (
    sa.select(
        players.c.id, players.c.key, players.c.name, players.c.is_bot, _P.team, _P.seconds, _P.both, _P.mu, _P.sigma
    )
    .join_from(match_players, players, players.c.id == _P.player_id)
    .where(_P.match_id == sa.bindparam("match"))
)
_LAST = sa.select(_M.match_id).where(_M.valid).order_by(_M.played_at.desc(), _M.match_id.desc()).limit(1)
