"""The teams of a gaming session: who stood for which, what they did, how they attacked and defended."""

from collections.abc import Iterable, Sequence
from statistics import median

from muster.stats import sessions
from muster.stats.matches import first_attackers
from muster.stats.rounds import last_round, round_page
from muster.stats.rows import StatRow, added, heads_by, rows_by, usual
from muster.stats.source import TEAMS
from muster.stats.values.common import PlayerRef, RoundHead
from muster.stats.values.evenings import MatchUp, RoundPage, SessionOverview
from muster.stats.values.teams import Attacks, MatchUpSheet, TeamEvening, TeamMember, TeamSheet
from muster.store.engine import Reader

_OTHER = {"A": "B", "B": "A"}


async def last_teams(reader: Reader) -> TeamEvening | None:
    """The teams of the session that ended last; None where there is none."""
    return await _evening(reader, await sessions.last_session(reader))


async def teams_of(reader: Reader, session_id: str) -> TeamEvening | None:
    """The teams of a session; None where there is none of this id."""
    return await _evening(reader, await sessions.session(reader, session_id))


async def sides_of(reader: Reader, session_id: str | None = None) -> RoundPage | None:
    """The last round of a session, or of all, with who stood on which side; None where there is none."""
    if session_id is None:
        return await last_round(reader)
    evening = await teams_of(reader, session_id)
    return None if evening is None else await round_page(reader, evening.last_file, evening.overview.head.server)


async def _evening(reader: Reader, overview: SessionOverview | None) -> TeamEvening | None:
    if overview is None:
        return None
    session_id = overview.head.session_id
    heads = await heads_by(reader, session_id=session_id)
    rows = await rows_by(reader, session_id=session_id)
    return TeamEvening(
        overview=overview,
        match_ups=tuple(_sheet(one, heads, rows) for one in overview.match_ups),
        last_file=list(heads.values())[-1].file,
    )


def _sheet(one: MatchUp, heads: dict[int, RoundHead], rows: Sequence[StatRow]) -> MatchUpSheet:
    of_it = {i: head for i, head in heads.items() if head.match_up == one.match_up}
    counting = [row for row in rows if row.eligible and row.round_id in of_it]
    valid = [head for head in of_it.values() if head.valid]
    return MatchUpSheet(
        result=one,
        rounds=len(valid),
        team_a=_team("A", one.team_a, counting, valid),
        team_b=_team("B", one.team_b, counting, valid),
    )


def _team(team: str, roster: Iterable[PlayerRef], rows: Sequence[StatRow], heads: Sequence[RoundHead]) -> TeamSheet:
    own = [row for row in rows if TEAMS.get(row.team or 0) == team]
    others = [row for row in rows if TEAMS.get(row.team or 0) == _OTHER[team]]
    members = (_member(player, own, others) for player in roster)
    return TeamSheet(
        team=team,
        members=tuple(sorted(members, key=lambda m: (-m.totals.rounds, -(m.dpm or 0), m.player.key))),
        totals=added(row.totals for row in own),
        rounds_won=sum(head.winner_team == team for head in heads),
        rounds_lost=sum(head.winner_team == _OTHER[team] for head in heads),
        attack=attacks(head for head in heads if first_attackers(head) == team),
        defence=attacks(head for head in heads if first_attackers(head) == _OTHER[team]),
    )


def _member(player: PlayerRef, own: Sequence[StatRow], others: Sequence[StatRow]) -> TeamMember:
    totals = added(row.totals for row in own if row.player.key == player.key)
    elsewhere = sum(row.player.key == player.key for row in others)
    return TeamMember(player, totals, **usual(totals), elsewhere=elsewhere)


def attacks(heads: Iterable[RoundHead]) -> Attacks:
    """What became of the attacks of these rounds."""
    listed = list(heads)
    times = [head.seconds for head in listed if head.outcome == "completed"]
    if not times:
        return Attacks(rounds=len(listed))
    return Attacks(len(listed), len(times), min(times), median(times))
