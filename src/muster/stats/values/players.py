"""Answers about one player, or two."""

from datetime import datetime

import msgspec

from muster.stats.values.common import (
    PlayerLine,
    PlayerRef,
    Rating,
    Record,
    Result,
    RoundHead,
    Scope,
    Totals,
    WeaponLine,
)


class Found(msgspec.Struct, frozen=True):
    """The one player a text means."""

    player: PlayerRef


class Candidate(msgspec.Struct, frozen=True):
    """A player a text may mean. `alias` is the name that fits it; `score` says how well, 0 to 100."""

    player: PlayerRef
    alias: str
    rounds: int
    score: float


class Choice(msgspec.Struct, frozen=True):
    """Several players a text may mean, the best first: ask, never take the first."""

    candidates: tuple[Candidate, ...]


class Nobody(msgspec.Struct, frozen=True):
    """Nobody goes by anything like this text."""

    text: str


class Alias(msgspec.Struct, frozen=True):
    """A name a player went by, clean, in how many rounds (of any status) and when (UTC)."""

    name: str
    rounds: int
    first_seen: datetime
    last_seen: datetime


class Career(msgspec.Struct, frozen=True):
    """A player's totals within a scope, and what does not depend on it: rating, aliases, first and last seen.

    `matches` counts valid matches within the scope, `sessions` the gaming sessions he has an eligible round in.
    """

    player: PlayerRef
    scope: Scope
    totals: Totals
    matches: Record
    sessions: int
    rating: Rating | None
    first_seen: datetime | None
    last_seen: datetime | None
    aliases: tuple[Alias, ...]


class MapLine(msgspec.Struct, frozen=True):
    """A player on one map; deltas are against his own value over all maps of the scope."""

    map: str
    totals: Totals
    kd: float | None
    dpm: float | None
    accuracy: float | None
    kd_delta: float | None
    dpm_delta: float | None
    accuracy_delta: float | None


class Maps(msgspec.Struct, frozen=True):
    """A player per map, most rounds first; `overall` is what the deltas are against."""

    player: PlayerRef
    overall: Totals
    maps: tuple[MapLine, ...]


class Weapons(msgspec.Struct, frozen=True):
    """A player per weapon, most kills first."""

    player: PlayerRef
    weapons: tuple[WeaponLine, ...]


class SessionLine(msgspec.Struct, frozen=True):
    """A player in one gaming session. `day` is YYYYMMDD on the server's clock.

    `rating_change` is in shown points over the session's rated matches, None where none was rated.
    """

    session_id: str
    server: str
    started_at: datetime
    day: int
    maps: tuple[str, ...]
    totals: Totals
    kd: float | None
    dpm: float | None
    accuracy: float | None
    matches: Record
    rating_change: int | None


class History(msgspec.Struct, frozen=True):
    """A player's sessions, latest first: `sessions` from `offset` on, of `total`."""

    player: PlayerRef
    sessions: tuple[SessionLine, ...]
    offset: int
    total: int


class RecentRound(msgspec.Struct, frozen=True):
    """A player in one round. `side` is `axis`, `allies` or None; `team` `A`, `B` or None."""

    head: RoundHead
    line: PlayerLine
    side: str | None
    team: str | None
    result: Result | None


class Recent(msgspec.Struct, frozen=True):
    """A player's eligible rounds, latest first."""

    player: PlayerRef
    rounds: tuple[RecentRound, ...]


class Together(msgspec.Struct, frozen=True):
    """Two players over the rounds they shared: results as the first one sees them, each one's numbers there.

    `undecided` counts rounds without a winner.
    """

    rounds: int
    first: PlayerLine
    second: PlayerLine
    won: int
    lost: int
    undecided: int
    dpm_delta: float | None
    """dpm of the first minus dpm of the second."""


class HeadToHead(msgspec.Struct, frozen=True):
    """Two players: against each other (opposite sides) and together (same side), over eligible rounds.

    `matches` are valid matches against each other as the first one sees them. `first_dpm` and `second_dpm` are
    their usual ones, over all their rounds of the scope.
    """

    first: PlayerRef
    second: PlayerRef
    scope: Scope
    opposed: Together
    together: Together
    matches: Record
    first_dpm: float | None
    second_dpm: float | None


class Company(msgspec.Struct, frozen=True):
    """One regular partner or opponent: rounds shared, the asker's results and dpm there.

    `dpm_delta` is against his own usual dpm, `win_rate` percent of decided rounds, `win_margin` the half width of
    its 95 % interval (percentage points).
    """

    player: PlayerRef
    rounds: int
    won: int
    lost: int
    win_rate: float | None
    win_margin: float | None
    dpm: float | None
    dpm_delta: float | None


class Companions(msgspec.Struct, frozen=True):
    """A player's regular partners or opponents, most rounds first."""

    player: PlayerRef
    own_dpm: float | None
    own_win_rate: float | None
    companions: tuple[Company, ...]
