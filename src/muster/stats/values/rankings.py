"""Answers that order players."""

import msgspec

from muster.stats.values.common import PlayerRef, Scope


class Gates(msgspec.Struct, frozen=True):
    """How much a player must have played to be ranked: eligible rounds, and aimed shots for accuracy."""

    sum_rounds: int = 10
    ratio_rounds: int = 20
    aimed_shots: int = 500


GATES = Gates()


class Entry(msgspec.Struct, frozen=True):
    """One place of a ranking. Equal values share a rank. `value` is in the metric's unit.

    `minutes` is time on a team, where known (None for a weapon's ranking). `uncertainty` goes with ratings only.
    """

    rank: int
    player: PlayerRef
    value: float
    rounds: int
    minutes: float | None
    uncertainty: int | None = None


class Leaderboard(msgspec.Struct, frozen=True):
    """A ranking: `entries` from `offset` on, of `total` ranked players. `metric` is a key of `METRICS`.

    `left_out` players have a value but too few rounds or shots for `min_rounds` and `min_shots`.
    """

    metric: str
    scope: Scope
    weapon: str | None
    ascending: bool
    entries: tuple[Entry, ...]
    offset: int
    total: int
    left_out: int
    min_rounds: int
    min_shots: int


class Standing(msgspec.Struct, frozen=True):
    """Where a player stands by one metric.

    `rank` is None where he has no value or not enough rounds. `percentile` is the share of the other ranked
    players who are not better, percent. `left_out` players have a value but too few rounds or shots.
    """

    metric: str
    value: float | None
    rank: int | None
    total: int
    percentile: float | None
    left_out: int = 0


class LadderEntry(msgspec.Struct, frozen=True):
    """One place of the rating ladder. `shown` and `uncertainty` (one sigma) are in shown points."""

    rank: int
    player: PlayerRef
    mu: float
    sigma: float
    shown: int
    uncertainty: int
    matches: int
    rounds: int


class Ladder(msgspec.Struct, frozen=True):
    """Players by rating, `entries` from `offset` on, of `total`; `left_out` have too few rounds."""

    entries: tuple[LadderEntry, ...]
    offset: int
    total: int
    left_out: int
    min_rounds: int


class Skill(msgspec.Struct, frozen=True):
    """A player's rating as mean and deviation; None for who has none yet."""

    player: PlayerRef
    mu: float | None
    sigma: float | None


class Forecast(msgspec.Struct, frozen=True):
    """A rated match: team A's advantage before it in deviations, and its result (1 won, 0.5 drawn, 0 lost)."""

    match_id: str
    margin: float
    result: float
