"""Rows of rounds, sessions and matches, made of what is known about an evening."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from muster.model.rounds import DerivedRound, RoundFile, Status
from muster.rounds.importer.rows import day_of, roster_text
from muster.rounds.likely import Likely
from muster.rounds.matches import Match, Session
from muster.rounds.pairing import Placement
from muster.store.evenings import MatchPlayerRow, MatchRow, RoundRow, SessionRow


class Arrival(msgspec.Struct, frozen=True):
    """A file that became a round. `likely`: as it was derived ahead."""

    file_id: int
    file: RoundFile
    played_at: datetime
    sha256: bytes
    likely: Likely | None


def round_row(
    row: RoundRow, place: Placement, derived: DerivedRound | None, session: Session | None, match_id: str | None
) -> RoundRow:
    """The row of a round as it should be now: what its place, its derivation and its evening say."""
    if derived is not None:
        row = msgspec.structs.replace(
            row,
            outcome=derived.outcome.value if derived.outcome else None,
            seconds=derived.seconds,
            valid=derived.valid,
            flags=derived.flags,
        )
    lineup = session.lineups[row.file] if session else None
    return msgspec.structs.replace(
        row,
        status=place.status.value,
        partner=place.partner,
        session_id=session.session_id if session else None,
        match_id=match_id,
        match_up=lineup.match_up if lineup else None,
        axis_team=lineup.team_on(1, row.round) if lineup else None,
    )


def new_round(arrival: Arrival, new_id: int, server_id: int) -> RoundRow:
    """A new row with what the file says, as if it stood alone."""
    file = arrival.file
    header = file.header
    return RoundRow(
        id=new_id,
        file_id=arrival.file_id,
        server_id=server_id,
        file=file.name.file,
        played_at=arrival.played_at,
        day=day_of(file.name.stamp),
        map=header.map,
        config=header.config,
        round=header.round,
        defender=header.defender,
        winner=header.winner,
        timelimit=header.timelimit,
        next_timelimit=header.next_timelimit,
        roster=roster_text(file),
        carries=any(line.rounds for line in file.players),
        players=len(file.players),
        outcome=None,
        seconds=0.0,
        status=Status.EMPTY.value,
        valid=False,
        flags=0,
        partner=None,
        session_id=None,
        match_id=None,
        match_up=None,
        axis_team=None,
    )


def session_row(session: Session, server_id: int) -> SessionRow:
    """The row of an evening."""
    heads = [half.head for half in session.halves]
    present = {s.key for half in session.halves for s in half.stands if s.seconds != 0 and not s.is_bot}
    return SessionRow(
        session_id=session.session_id,
        server_id=server_id,
        started_at=heads[0].played_at,
        ended_at=heads[-1].played_at,
        day=int(heads[0].file[:10].replace("-", "")),
        rounds=len(heads),
        matches=len(session.matches),
        players=len(present),
        match_ups=max(lineup.match_up for lineup in session.lineups.values()),
    )


def match_rows(
    match: Match, session: Session, server_id: int, ids: Mapping[str, int]
) -> tuple[MatchRow, list[MatchPlayerRow]]:
    """The rows of a match and of its players, by id; not rated yet."""
    row = MatchRow(
        match_id=match.match_id,
        session_id=session.session_id,
        match_up=match.match_up,
        server_id=server_id,
        map=match.map,
        played_at=match.second.head.played_at,
        first_file=match.first.head.file,
        second_file=match.second.head.file,
        first_seconds=match.first.seconds,
        second_seconds=match.second.seconds,
        score_a=match.score_a,
        score_b=match.score_b,
        valid=match.valid,
        margin=None,
    )
    roster = [
        MatchPlayerRow(match.match_id, ids[key], share.team, share.seconds, share.both, None, None)
        for key, share in match.roster.items()
    ]
    return row, sorted(roster, key=lambda player: player.player_id)


def unrated(match: MatchRow, roster: Iterable[MatchPlayerRow]) -> tuple[MatchRow, list[MatchPlayerRow]]:
    """A stored match without its ratings, to compare it with a new one."""
    plain = [msgspec.structs.replace(player, mu=None, sigma=None) for player in roster]
    return msgspec.structs.replace(match, margin=None), sorted(plain, key=lambda player: player.player_id)
