"""Persistent teams: who stood with whom through an evening, although everybody swaps sides at half time.

A file tells sides. A team is a side in round 1 and the other side in round 2, chained from map to map by the
players it shares with the line-up before. When one of the two line-ups is mostly new, another opponent came
and a new match-up begins, with results of its own.
"""

from collections.abc import Iterable, Sequence

import msgspec

from muster.model.rounds import Side
from muster.rounds.infer import Evidence, infer_sides

TEAM_A, TEAM_B = 1, 2


class Stand(msgspec.Struct, frozen=True):
    """A player's presence in a round. Seconds are None where the file has no times."""

    key: str
    side: int
    seconds: int | None
    is_bot: bool = False


class Unit(msgspec.Struct, frozen=True):
    """What is chained: the rounds of one map, round 1 and round 2 of a match or one of them alone."""

    rounds: tuple[tuple[str, int, tuple[Stand, ...]], ...]
    """File, round number and who was there."""


class Lineup(msgspec.Struct, frozen=True):
    """A unit with its teams. `axis_team` is the team on the Axis side of the unit's round 1."""

    match_up: int
    axis_team: int
    teams: dict[str, dict[str, "Membership"]]
    """File → player key → team."""

    def team_on(self, side: int, round_number: int) -> int:
        """The team that stands on a side of a round."""
        return self.axis_team if (side == Side.AXIS) == (round_number == 1) else 3 - self.axis_team


class Membership(msgspec.Struct, frozen=True):
    """A player's team in one round. `both`: the unit saw him on both teams. `confidence` is None where read."""

    team: int
    both: bool = False
    confidence: float | None = None


class _MatchUp:
    """The two teams of a match-up so far: everybody's last team, and the last line-up of each."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.member: dict[str, int] = {}
        self.seen: dict[str, int] = {}
        self.last: dict[int, set[str]] = {TEAM_A: set(), TEAM_B: set()}

    def overlap(self, players: set[str], team: int) -> int:
        """How many of these players were last seen on a team."""
        return sum(self.member.get(key) == team for key in players)

    def is_continued(self, players: set[str], team: int) -> bool:
        """True unless less than half of the smaller line-up is known from before."""
        smaller = min(len(players), len(self.last[team]))
        return 2 * self.overlap(players, team) >= smaller

    def take(self, players: set[str], team: int) -> None:
        """Notes a line-up."""
        for key in players:
            self.seen[key] = self.seen.get(key, 0) + 1 if self.member.get(key) == team else 1
            self.member[key] = team
        if players:
            self.last[team] = players


def chain(units: Sequence[Unit]) -> list[Lineup]:
    """Teams and match-ups of one evening's units, in the order they were played."""
    lineups: list[Lineup] = []
    current = _MatchUp(1)
    for unit in units:
        axis, allies = _groups(unit)
        team = _assign(current, axis - allies, allies - axis)
        if team is None:
            current = _MatchUp(current.number + 1 if lineups else 1)
            team = TEAM_A
        lineup = Lineup(current.number, team, {})
        for file, number, stands in unit.rounds:
            lineup.teams[file] = _memberships(lineup, number, stands, axis & allies, current)
        current.take(axis - allies, team)
        current.take(allies - axis, 3 - team)
        lineups.append(lineup)
    return lineups


def _groups(unit: Unit) -> tuple[set[str], set[str]]:
    """The players on the Axis side of round 1 or the Allied side of round 2, and the others."""
    axis: set[str] = set()
    allies: set[str] = set()
    for _, number, stands in unit.rounds:
        for stand in stands:
            if stand.is_bot or stand.side == Side.SPECTATOR:
                continue
            (axis if (stand.side == Side.AXIS) == (number == 1) else allies).add(stand.key)
    return axis, allies


def _assign(current: _MatchUp, axis: set[str], allies: set[str]) -> int | None:
    """The team on the Axis side, or None where a line-up is too new to go on with."""
    straight = current.overlap(axis, TEAM_A) + current.overlap(allies, TEAM_B)
    crossed = current.overlap(axis, TEAM_B) + current.overlap(allies, TEAM_A)
    team = TEAM_B if crossed > straight else TEAM_A
    if current.is_continued(axis, team) and current.is_continued(allies, 3 - team):
        return team
    return None


def _memberships(
    lineup: Lineup, number: int, stands: Iterable[Stand], both: set[str], current: _MatchUp
) -> dict[str, Membership]:
    """Teams of the players of a round; who ended as a spectator is placed by what is known of him."""
    placed: dict[str, Membership] = {}
    lacking: list[Stand] = []
    for stand in stands:
        if stand.side == Side.SPECTATOR:
            lacking.append(stand)
        else:
            placed[stand.key] = Membership(lineup.team_on(stand.side, number), stand.key in both)
    if lacking:
        counts = [sum(m.team == team for m in placed.values()) for team in (TEAM_A, TEAM_B)]
        evidence = [_evidence(stand.key, current) for stand in lacking if stand.seconds != 0]
        for guess in infer_sides(evidence, counts[0], counts[1]):
            placed[guess.key] = Membership(guess.side, confidence=guess.confidence)
    return placed


def _evidence(key: str, current: _MatchUp) -> Evidence:
    seen = current.seen.get(key, 0)
    return Evidence(
        key=key,
        rounds_first=seen if current.member.get(key) == TEAM_A else 0,
        rounds_second=seen if current.member.get(key) == TEAM_B else 0,
    )
