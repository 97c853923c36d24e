"""What a metric is, and the arithmetic metrics are made of."""

import math
from collections.abc import Callable
from enum import StrEnum
from typing import Final

import msgspec

from muster.stats.values.common import Totals, WeaponTotals
from muster.stats.values.rankings import Gates

NO_DATA: Final = "–"
CONSISTENCY_ROUNDS: Final = 10
RATING_BASE: Final = 1000
RATING_SCALE: Final = 40
SURE: Final = 1.96
"""Deviations from the mean that 95 % of results stay within."""
LIKELY: Final = 1.28
"""The same of 80 %."""


class Kind(StrEnum):
    """Sums grow with play, ratios do not; the rating is neither a sum nor a ratio of sums."""

    SUM = "sum"
    RATIO = "ratio"
    RATING = "rating"


class Metric(msgspec.Struct, frozen=True):
    """A metric. `of` answers its value in `unit`; `of_weapon` the same for one weapon, where that makes sense.

    `needs` names the measures that `of` looks at. `shots_gate`: rankings also ask for enough aimed shots.
    """

    key: str
    title: str
    unit: str
    decimals: int
    kind: Kind
    definition: str
    needs: tuple[str, ...]
    of: Callable[[Totals], float | None]
    of_weapon: Callable[[WeaponTotals], float | None] | None = None
    higher_is_better: bool = True
    shots_gate: bool = False
    aliases: tuple[str, ...] = ()

    def show(self, value: float | None) -> str:
        """A value as text: thousands with a comma, `%` and `h` behind it, `–` where there is none."""
        if value is None:
            return NO_DATA
        return f"{value:,.{self.decimals}f}{_SUFFIX.get(self.unit, '')}"

    def gate(self, gates: Gates) -> tuple[int, int]:
        """Rounds and aimed shots a player needs to be ranked by it."""
        rounds = gates.ratio_rounds if self.kind is Kind.RATIO else gates.sum_rounds
        return rounds, gates.aimed_shots if self.shots_gate else 0


def shown_rating(mu: float, sigma: float) -> int:
    """A rating as people see it: 1000 + 40 (mu - 3 sigma). A newcomer has 1000."""
    return round(RATING_BASE + RATING_SCALE * (mu - 3 * sigma))


def shown_uncertainty(sigma: float) -> int:
    """One standard deviation of a rating in shown points. A newcomer has 333."""
    return round(RATING_SCALE * sigma)


def kill_ratio(kills: int, deaths: int) -> float:
    """Kills per death; without a death, kills."""
    return kills / deaths if deaths else float(kills)


def per_minute(amount: int, seconds: int | None) -> float | None:
    """An amount per minute."""
    return amount * 60 / seconds if seconds else None


def percent(part: int, whole: int) -> float | None:
    """A share in percent."""
    return 100 * part / whole if whole else None


def ratio(part: int, whole: int) -> float | None:
    """A plain quotient."""
    return part / whole if whole else None


def interval(won: int, n: int, z: float) -> tuple[float, float]:
    """Between which percentages a share lies that was seen as `won` of `n` (Wilson's score interval)."""
    share = won / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # The ends of none and of all are exact; computed they may lie beyond by a hair, and a hair would be a verdict.
    return 100 * (middle - half) if won else 0.0, 100 * (middle + half) if won < n else 100.0


def kd(t: Totals) -> float | None:
    """Kills per death over eligible rounds."""
    return kill_ratio(t.kills, t.deaths) if t.rounds else None


def objective_score(t: Totals) -> float | None:
    """Objectives per round, each kind over the rounds that tell it."""
    always = t.dynamites_planted + t.dynamites_defused + t.objectives_stolen + t.objectives_returned
    return _per_known_round((always, t.rounds), (t.repairs, t.repairs_of_rounds))


def support_score(t: Totals) -> float | None:
    """Revives and assists per round, each over the rounds that tell it."""
    return _per_known_round((t.kill_assists, t.rounds), (t.revives_given, t.revives_of_rounds))


def consistency(t: Totals) -> float | None:
    """How little the damage per minute varies from round to round, 0 to 100."""
    n = t.dpm_rounds
    if n < CONSISTENCY_ROUNDS or t.dpm_sum <= 0:
        return None
    # Whole numbers up to the root: n times the sum of squares minus the square of the sum loses nothing.
    deviation: float = math.sqrt((n * t.dpm_squares - t.dpm_sum**2) / (n * (n - 1)))
    return min(max(100 * (1 - deviation * n / t.dpm_sum), 0.0), 100.0)


def _per_known_round(*components: tuple[int, int]) -> float | None:
    """Components per round, each over the rounds that tell it, added up."""
    known = [part / rounds for part, rounds in components if rounds]
    return sum(known) if known else None


_SUFFIX: Final = {"%": "%", "h": " h"}
