"""Answers about one player beyond his totals: standings side by side, milestones, courses, spreads, company judged."""

from enum import StrEnum

import msgspec

from muster.stats.values.common import PlayerRef, RoundHead, Scope, Totals, WeaponLine
from muster.stats.values.players import Career, Company, HeadToHead, History, MapLine, Maps, Recent, Weapons
from muster.stats.values.rankings import Gates, Standing


class SheetLine(msgspec.Struct, frozen=True):
    """One metric of a player. `value` is in the metric's unit; `per_round` goes with sums only.

    `rank` is of `total` ranked players, None where he has too few rounds or no value.
    """

    metric: str
    value: float | None
    per_round: float | None
    rank: int | None
    total: int


class Sheet(msgspec.Struct, frozen=True):
    """A player by some metrics, in the order asked for."""

    player: PlayerRef
    scope: Scope
    totals: Totals
    gates: Gates
    lines: tuple[SheetLine, ...]


class Best(msgspec.Struct, frozen=True):
    """A player's best single round by something: `what` is a field of a round row, or `dpm`."""

    what: str
    value: float
    head: RoundHead


class Combat(msgspec.Struct, frozen=True):
    """How a player fights: by metrics, and his best rounds."""

    sheet: Sheet
    bests: tuple[Best, ...]


class Objectives(msgspec.Struct, frozen=True):
    """What a player does for the objective: by metrics, and per map."""

    sheet: Sheet
    maps: Maps


class Profile(msgspec.Struct, frozen=True):
    """A player from all sides. `badges` are standings he can be proud of."""

    career: Career
    badges: tuple[Standing, ...]
    combat: Sheet
    objectives: Sheet
    weapons: Weapons
    maps: Maps


class Summary(msgspec.Struct, frozen=True):
    """A player in short. `best_map` is the one with the highest DPM among those played often enough.

    `favourite` is the weapon with most kills.
    """

    career: Career
    best_map: MapLine | None
    favourite: WeaponLine | None
    recent: Recent


class Milestone(msgspec.Struct, frozen=True):
    """How far a player is on one ladder of milestones.

    `value` is None where nothing is known. `level` counts the `levels` he has reached; `reached` is the highest of
    them, `next` the one to come (None at the top). `share` is the way from zero to `next`, 0 to 1.
    """

    key: str
    value: float | None
    level: int
    levels: int
    reached: int | None
    next: int | None
    share: float


class Unlock(msgspec.Struct, frozen=True):
    """A step of a ladder that a player has reached."""

    player: PlayerRef
    key: str
    step: int


class Achievements(msgspec.Struct, frozen=True):
    """A player's milestones."""

    player: PlayerRef
    scope: Scope
    rounds: int
    milestones: tuple[Milestone, ...]


class Direction(StrEnum):
    """Where a course leads, as far as it can be told from chance (95 %)."""

    RISING = "rising"
    FALLING = "falling"
    OPEN = "no trend"
    TOO_FEW = "too few"


class Course(msgspec.Struct, frozen=True):
    """A metric over sessions: a straight line laid through them, each weighing as many rounds as were played.

    `first` and `last` are the line's ends, `slope` its change per session; None with fewer than two sessions.
    """

    metric: str
    sessions: int
    first: float | None
    last: float | None
    slope: float | None
    direction: Direction


class Trend(msgspec.Struct, frozen=True):
    """A player's sessions, and where DPM, K/D and accuracy lead."""

    scope: Scope
    history: History
    courses: tuple[Course, ...]


class Spread(msgspec.Struct, frozen=True):
    """How a metric varies from round to round: least, quartiles, greatest."""

    metric: str
    rounds: int
    least: float
    quarter: float
    median: float
    three_quarters: float
    greatest: float


class Steadiness(msgspec.Struct, frozen=True):
    """How much a player varies. `standing` is by the metric `consistency`, which asks for `needed` rounds.

    `mean` and `deviation` (sample, n − 1) are of DPM over the `rounds` of more than 60 s; None where too few.
    """

    player: PlayerRef
    scope: Scope
    totals: Totals
    standing: Standing
    needed: int
    rounds: int
    mean: float | None
    deviation: float | None
    spreads: tuple[Spread, ...]
    best: Best | None
    worst: Best | None


class Verdict(StrEnum):
    """How results with (or against) somebody compare with what is usual."""

    SURELY_BETTER = "surely better"
    LIKELY_BETTER = "likely better"
    OPEN = "no clear difference"
    LIKELY_WORSE = "likely worse"
    SURELY_WORSE = "surely worse"


class Judged(msgspec.Struct, frozen=True):
    """A regular partner or opponent. `win_delta` is in percentage points against the player's usual win rate."""

    company: Company
    win_delta: float | None
    verdict: Verdict


class CompanyKept(msgspec.Struct, frozen=True):
    """Whom a player plays with or against, judged; for partners the best first, for opponents the hardest first.

    `usual_win_rate` in percent, `usual_dpm` HP/min, over all his rounds of the scope. Partners and opponents with
    fewer than `min_rounds` shared rounds are not in it.
    """

    player: PlayerRef
    scope: Scope
    rounds: int
    usual_win_rate: float | None
    usual_dpm: float | None
    min_rounds: int
    people: tuple[Judged, ...]


class Comparison(msgspec.Struct, frozen=True):
    """Two careers side by side, and the two against each other and together."""

    first: Career
    second: Career
    head_to_head: HeadToHead
