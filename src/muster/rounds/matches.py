"""Matches and sessions: a map's two rounds as one result, and an evening as one whole."""

from collections.abc import Sequence

import msgspec

from muster.model.rounds import Outcome
from muster.rounds.pairing import Head, Placement
from muster.rounds.teams import TEAM_A, TEAM_B, Lineup, Membership, Stand, Unit, chain


class Half(msgspec.Struct, frozen=True):
    """One round of an evening with what teams and results need of it."""

    head: Head
    place: Placement
    defender: int
    outcome: Outcome | None
    seconds: float
    valid: bool
    stands: tuple[Stand, ...]


class Match(msgspec.Struct, frozen=True):
    """Round 1 and round 2 of a map. Rosters are keys sorted; scores are points of 2."""

    match_id: str
    match_up: int
    map: str
    first: Half
    second: Half
    score_a: int
    score_b: int
    roster: dict[str, "Share"]
    valid: bool


class Share(msgspec.Struct, frozen=True):
    """A player's part in a match: his team, seconds on it over both rounds, whether he stood on the other too."""

    team: int
    seconds: int
    both: bool
    is_bot: bool


class Session(msgspec.Struct, frozen=True):
    """One evening on one server."""

    session_id: str
    halves: tuple[Half, ...]
    lineups: dict[str, Lineup]
    """File → the line-up of its unit."""
    matches: tuple[Match, ...]

    def membership(self, file: str, key: str) -> Membership | None:
        """A player's team in a round; None for somebody who only watched."""
        return self.lineups[file].teams[file].get(key)


def session_id(first: str, server: str) -> str:
    """The stamp of an evening's first round, as its file is named, and the server."""
    return f"{first[:17]}@{server}"


def match_id(first: Head, server: str) -> str:
    """The stamp and map of round 1, and the server."""
    return f"{first.file[:17]}-{first.map}@{server}"


def arrange(halves: Sequence[Half], server: str) -> Session:
    """Teams, match-ups and results of one evening's rounds, which come in the order they were played."""
    by_file = {half.head.file: half for half in halves}
    units: list[tuple[Half, ...]] = []
    for half in halves:
        partner = by_file.get(half.place.partner or "")
        if partner is None:
            units.append((half,))
        elif half.head.round == 2:
            units.append((partner, half))
    units.sort(key=lambda unit: (unit[-1].head.played_at, unit[-1].head.file))
    lineups = chain([_unit(unit) for unit in units])
    matches = [
        _match(unit[0], unit[1], lineup, server)
        for unit, lineup in zip(units, lineups, strict=True)
        if len(unit) == 2 and unit[0].outcome and unit[1].outcome
    ]
    return Session(
        session_id=session_id(halves[0].head.file, server),
        halves=tuple(halves),
        lineups={half.head.file: lineup for unit, lineup in zip(units, lineups, strict=True) for half in unit},
        matches=tuple(matches),
    )


def map_score(first: Outcome, second: Outcome) -> tuple[int, int]:
    """Points of the team that attacks in round 1 and of the team that attacks in round 2.

    Whoever attacks second and completes has beaten the time.
    """
    if second is Outcome.COMPLETED:
        return 0, 2
    return (2, 0) if first is Outcome.COMPLETED else (1, 1)


def _unit(unit: Sequence[Half]) -> Unit:
    return Unit(tuple((half.head.file, half.head.round, half.stands) for half in unit))


def _match(first: Half, second: Half, lineup: Lineup, server: str) -> Match:
    assert first.outcome is not None
    assert second.outcome is not None
    points = map_score(first.outcome, second.outcome)
    first_attackers = lineup.team_on(3 - first.defender, 1)
    score_a, score_b = points if first_attackers == TEAM_A else points[::-1]
    return Match(
        match_id=match_id(first.head, server),
        match_up=lineup.match_up,
        map=first.head.map,
        first=first,
        second=second,
        score_a=score_a,
        score_b=score_b,
        roster=_roster((first, second), lineup),
        valid=first.valid and second.valid,
    )


def _roster(halves: Sequence[Half], lineup: Lineup) -> dict[str, Share]:
    """Who played for which team. Somebody seen on both belongs to the one he gave more time."""
    seconds: dict[str, dict[int, int]] = {}
    bots: set[str] = set()
    for half in halves:
        for stand in half.stands:
            membership = lineup.teams[half.head.file].get(stand.key)
            if membership is None or stand.seconds == 0:
                continue
            times = seconds.setdefault(stand.key, {})
            # Without times in the file a round counts as the round's duration.
            times[membership.team] = times.get(membership.team, 0) + (stand.seconds or round(half.seconds))
            if stand.is_bot:
                bots.add(stand.key)
    return {
        key: Share(
            team=TEAM_A if times.get(TEAM_A, 0) >= times.get(TEAM_B, 0) else TEAM_B,
            seconds=sum(times.values()),
            both=len(times) > 1,
            is_bot=key in bots,
        )
        for key, times in sorted(seconds.items())
    }
