"""Answers about teams: those of an evening, both sides, line-ups, pairs, attacks, and balanced splits."""

from datetime import datetime

import msgspec

from muster.stats.values.common import PlayerLine, PlayerRef, Record, Scope, Totals
from muster.stats.values.evenings import MatchUp, SessionOverview


class Attacks(msgspec.Struct, frozen=True):
    """Attacks over valid rounds, and how many of them completed. `best` and `median` are their times in seconds.

    Seen by those who defend, a round that was not completed is one they held.
    """

    rounds: int = 0
    completed: int = 0
    best: float | None = None
    median: float | None = None

    @property
    def held(self) -> int:
        """Rounds that were not completed."""
        return self.rounds - self.completed

    @property
    def success(self) -> float | None:
        """Share of attacks that completed, percent."""
        return 100 * self.completed / self.rounds if self.rounds else None

    @property
    def stopped(self) -> float | None:
        """Share of attacks that were held, percent."""
        return 100 * self.held / self.rounds if self.rounds else None


class TeamMember(PlayerLine, frozen=True):
    """A player of one team of a match-up: his numbers in the eligible rounds he stood for it.

    He is listed with the team he gave more rounds; `elsewhere` counts eligible rounds for the other one.
    """

    elsewhere: int


class TeamSheet(msgspec.Struct, frozen=True):
    """One team (`A` or `B`) of a match-up over its valid rounds, its members by rounds, then dpm.

    `totals` are of everybody who stood for it, round by round, bots too. `attack` are its own attacks, `defence`
    those of the other team.
    """

    team: str
    members: tuple[TeamMember, ...]
    totals: Totals
    rounds_won: int
    rounds_lost: int
    attack: Attacks
    defence: Attacks


class MatchUpSheet(msgspec.Struct, frozen=True):
    """Two teams of an evening. `rounds` counts valid rounds, of which some may have no winner."""

    result: MatchUp
    rounds: int
    team_a: TeamSheet
    team_b: TeamSheet


class TeamEvening(msgspec.Struct, frozen=True):
    """The teams of a gaming session. `last_file` is its last round."""

    overview: SessionOverview
    match_ups: tuple[MatchUpSheet, ...]
    last_file: str


class SideSheet(msgspec.Struct, frozen=True):
    """One side over valid rounds. `attack` are its own attacks, `defence` those of the other side.

    The totals are over eligible rows, as attackers, as defenders and all in all. They hold no other measures than
    `teams_sides.MEASURED`.
    """

    side: str
    rounds: int
    won: int
    lost: int
    attack: Attacks
    defence: Attacks
    attacking: Totals
    defending: Totals
    totals: Totals


class Sides(msgspec.Struct, frozen=True):
    """Both sides within a scope."""

    scope: Scope
    axis: SideSheet
    allies: SideSheet


class MapAttacks(msgspec.Struct, frozen=True):
    """Attacks of one side on one map; `by_round` are those in round 1 and in round 2, where asked for."""

    map: str
    side: str
    attacks: Attacks
    by_round: tuple[Attacks, ...] = ()


class FastAttack(msgspec.Struct, frozen=True):
    """A completed attack. The file begins with the server's date."""

    seconds: float
    side: str
    round: int
    file: str
    server: str


class Objectives(msgspec.Struct, frozen=True):
    """Attacks per map and side, most rounds first; `fastest` where the scope names a map."""

    scope: Scope
    maps: tuple[MapAttacks, ...]
    fastest: tuple[FastAttack, ...]


class Tally(msgspec.Struct, frozen=True):
    """Valid matches of a team: results, and points of both."""

    record: Record = Record()
    points: int = 0
    conceded: int = 0

    @property
    def matches(self) -> int:
        """How many there were."""
        return self.record.won + self.record.drawn + self.record.lost

    @property
    def win_rate(self) -> float | None:
        """Matches won of those that somebody won, percent."""
        decided = self.record.won + self.record.lost
        return 100 * self.record.won / decided if decided else None


class Mate(msgspec.Struct, frozen=True):
    """Somebody in the same team, in how many matches."""

    player: PlayerRef
    matches: int


class Night(msgspec.Struct, frozen=True):
    """A player's team in one match-up. `team` (`A` or `B`) is the one he gave more matches; results are as the team
    he played each match for. `day` is YYYYMMDD on the server's clock. Mates come by matches, without bots.
    """

    session_id: str
    match_up: int
    server: str
    day: int
    team: str
    tally: Tally
    mates: tuple[Mate, ...]


class Lineup(msgspec.Struct, frozen=True):
    """The same people in one team, without bots. `last_played` is the end of their last match."""

    players: tuple[PlayerRef, ...]
    tally: Tally
    last_played: datetime


class TeamHistory(msgspec.Struct, frozen=True):
    """A player's teams, latest first: `nights` of `total`."""

    player: PlayerRef
    scope: Scope
    nights: tuple[Night, ...]
    total: int


class TeamsOf(msgspec.Struct, frozen=True):
    """The teams a player played in, put together. `lineups` (of `total`) come by matches, then the latest first."""

    player: PlayerRef
    scope: Scope
    tally: Tally
    sessions: int
    mates: tuple[Mate, ...]
    lineups: tuple[Lineup, ...]
    total: int


class Meeting(msgspec.Struct, frozen=True):
    """Two players' teams against each other in one match-up, or on one map: results as the first one sees them.

    `session_id` and `day` go with a match-up, `map` with a map.
    """

    tally: Tally
    rounds_won: int
    rounds_lost: int
    session_id: str = ""
    match_up: int = 0
    day: int = 0
    map: str = ""


class Versus(msgspec.Struct, frozen=True):
    """Two players' teams against each other over valid matches: in all, by match-up (latest first) and by map."""

    first: PlayerRef
    second: PlayerRef
    scope: Scope
    total: Meeting
    match_ups: tuple[Meeting, ...]
    maps: tuple[Meeting, ...]


class Pair(msgspec.Struct, frozen=True):
    """Two players in one team, over valid matches. Win rates are percent of decided matches.

    `expected` is the mean of both players' own win rates, `low` and `high` the ends of the 95 % interval of the
    pair's, `gain` its win rate minus the expected one and `sure_gain` the same from `low`: what orders pairs.
    """

    first: PlayerRef
    second: PlayerRef
    tally: Tally
    expected: float | None
    low: float | None
    high: float | None
    gain: float | None
    sure_gain: float | None


class BestPairs(msgspec.Struct, frozen=True):
    """Pairs by `sure_gain`, of `total` with at least `least` decided matches together; `left_out` have fewer.

    `player` is set where only his pairs were asked for.
    """

    scope: Scope
    player: PlayerRef | None
    least: int
    pairs: tuple[Pair, ...]
    total: int
    left_out: int


class Share(msgspec.Struct, frozen=True):
    """One player of a pair: all his matches of the scope, and those without the other one in his team."""

    player: PlayerRef
    usual: Tally
    apart: Tally


class Synergy(msgspec.Struct, frozen=True):
    """Two players in one team. `against` are matches in different teams, as the first one sees them."""

    scope: Scope
    pair: Pair
    first: Share
    second: Share
    against: Tally


class Seat(msgspec.Struct, frozen=True):
    """A player to be put into a team. `shown` is his rating in points; `is_new`: he has none yet, a newcomer's."""

    player: PlayerRef
    mu: float
    sigma: float
    shown: int
    is_new: bool


class Split(msgspec.Struct, frozen=True):
    """Two teams, each by rating. `margin` is the first one's advantage in deviations."""

    first: tuple[Seat, ...]
    second: tuple[Seat, ...]
    margin: float


class Balance(msgspec.Struct, frozen=True):
    """The most even splits of some players, the best first. `is_exact`: none is better; else none was found.

    `matches` were used to fit `scale`, by which a margin becomes a chance; None without any.
    """

    splits: tuple[Split, ...]
    is_exact: bool
    matches: int
    scale: float | None
