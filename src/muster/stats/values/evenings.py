"""Answers about rounds, matches and gaming sessions."""

from datetime import datetime

import msgspec

from muster.stats.values.common import PlayerLine, PlayerRef, Result, RoundHead, Totals, WeaponLine


class RoundPlayer(PlayerLine, frozen=True):
    """A player in one round. `side` `axis`, `allies` or None; `team` `A`, `B` or None.

    `eligible`: whether this row counts in statistics. `confidence` (0 to 1) goes with a team that was inferred.
    """

    side: str | None
    team: str | None
    eligible: bool
    confidence: float | None
    killing_spree: int
    death_spree: int
    flags: tuple[str, ...]


class SideReport(msgspec.Struct, frozen=True):
    """One side of a round, its players by kills, then damage. `result` is None where nobody won."""

    side: str
    team: str | None
    attacks: bool
    result: Result | None
    players: tuple[RoundPlayer, ...]
    totals: Totals


class RoundPage(msgspec.Struct, frozen=True):
    """A round with everybody who played it. `others` played but ended as spectators of unknown side.

    `leaders` are the five best by kills, then damage. Totals are over everybody shown.
    """

    head: RoundHead
    axis: SideReport
    allies: SideReport
    others: tuple[RoundPlayer, ...]
    leaders: tuple[RoundPlayer, ...]
    totals: Totals


class MatchPlayer(PlayerLine, frozen=True):
    """A player in one match. `both`: he stood on both teams and is listed where he stood longer.

    `seconds` on a team over both rounds. `rating` and `rating_change` are in shown points after the match.
    """

    seconds: int
    both: bool
    rating: int | None
    rating_change: int | None


class TeamReport(msgspec.Struct, frozen=True):
    """One team of a match (`A` or `B`), its players by kills, then damage."""

    team: str
    score: int
    result: Result
    players: tuple[MatchPlayer, ...]
    totals: Totals


class MatchPage(msgspec.Struct, frozen=True):
    """A map played both ways. `first_attackers` is the team that attacked in round 1.

    `margin` is team A's rating advantage before it, in deviations; None where it was not rated.
    `leaders` are the five best by kills, then damage.
    """

    match_id: str
    match_up_id: str
    session_id: str
    server: str
    map: str
    played_at: datetime
    valid: bool
    rounds: tuple[RoundHead, RoundHead]
    first_attackers: str
    team_a: TeamReport
    team_b: TeamReport
    leaders: tuple[MatchPlayer, ...]
    margin: float | None


class SessionHead(msgspec.Struct, frozen=True):
    """A gaming session. `started_at` is the first round's end, `seconds` runs from its start to the last one's end.

    `day` is YYYYMMDD on the server's clock. `rounds` counts files with players, of any status.
    """

    session_id: str
    server: str
    started_at: datetime
    ended_at: datetime
    day: int
    seconds: float
    rounds: int
    matches: int
    players: int
    match_ups: int


class SessionList(msgspec.Struct, frozen=True):
    """Sessions, latest first: from `offset` on, of `total`."""

    sessions: tuple[SessionHead, ...]
    offset: int
    total: int


class PlayedMap(msgspec.Struct, frozen=True):
    """A map as it was played: both rounds, or the one there is. Scores by team where it is a match.

    `first_attackers` is the team that attacked in round 1.
    """

    map: str
    match_id: str | None
    match_up: int | None
    first: RoundHead | None
    second: RoundHead | None
    score_a: int | None
    score_b: int | None
    first_attackers: str | None


class MatchUp(msgspec.Struct, frozen=True):
    """Two teams that kept playing each other within a session.

    Rosters hold everybody who played for a team, without bots. Scores sum the map scores of valid matches.
    """

    match_up: int
    match_up_id: str
    team_a: tuple[PlayerRef, ...]
    team_b: tuple[PlayerRef, ...]
    matches: int
    score_a: int
    score_b: int
    maps_won_a: int
    maps_won_b: int
    maps_drawn: int


class Stint(msgspec.Struct, frozen=True):
    """A player's team (`A` or `B`) in one match-up: the one he gave more rounds."""

    match_up: int
    team: str


class SessionPlayer(PlayerLine, frozen=True):
    """A player over a session's eligible rounds. `maps` counts maps, `stints` his team per match-up.

    Sprees are his best and worst of a round; `won`, `drawn` and `lost` count matches he played.
    """

    maps: int
    stints: tuple[Stint, ...]
    won: int
    drawn: int
    lost: int
    killing_spree: int
    death_spree: int


class Award(msgspec.Struct, frozen=True):
    """Who was best by a metric (a key of `METRICS`), among players with at least `min_rounds` rounds.

    `key` is `most_kills`, `best_accuracy`, `most_damage`, `most_revives` or `mvp`.
    """

    key: str
    metric: str
    player: PlayerRef
    value: float
    min_rounds: int
    min_shots: int


class TrendPlayer(msgspec.Struct, frozen=True):
    """A player at one point of a session."""

    player: PlayerRef
    team: str | None
    kills: int
    deaths: int
    dpm: float | None
    accuracy: float | None


class TrendPoint(msgspec.Struct, frozen=True):
    """One valid round of a session in the course of time: kills by team, everybody's numbers."""

    head: RoundHead
    kills_a: int
    kills_b: int
    dpm: float | None
    players: tuple[TrendPlayer, ...]


class MapShare(msgspec.Struct, frozen=True):
    """How much of a session a map was: valid rounds, seconds of play, kills."""

    map: str
    rounds: int
    seconds: float
    kills: int


class SessionOverview(msgspec.Struct, frozen=True):
    """A gaming session from end to end. Numbers are over eligible rounds; `played` lists every round.

    `players` come by dpm, `played` and `trend` in the order of time, `weapons` and `maps` most used first.
    """

    head: SessionHead
    totals: Totals
    players: tuple[SessionPlayer, ...]
    played: tuple[PlayedMap, ...]
    match_ups: tuple[MatchUp, ...]
    awards: tuple[Award, ...]
    weapons: tuple[WeaponLine, ...]
    maps: tuple[MapShare, ...]
    trend: tuple[TrendPoint, ...]
