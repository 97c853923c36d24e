"""Ratings: PlackettLuce (openskill) per match by persistent teams, and how often its forecasts come true.

The state is replayed from the first match, so the order of arrival does not matter. openskill's own win
forecast is over-confident; one scale, fitted on the matches at hand, sets it right before a chance is shown.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec
from openskill.models import PlackettLuce

_MODEL = PlackettLuce()
BETA = _MODEL.beta


class Skill(msgspec.Struct, frozen=True):
    """A player's rating: mean and standard deviation."""

    mu: float = _MODEL.mu
    sigma: float = _MODEL.sigma

    @property
    def conservative(self) -> float:
        """mu - 3 sigma: what the player is worth with near certainty. Rankings go by it."""
        return self.mu - 3 * self.sigma


class Contest(msgspec.Struct, frozen=True):
    """A match as ratings see it: keys of both teams, sorted, and their points."""

    match_id: str
    team_a: tuple[str, ...]
    team_b: tuple[str, ...]
    score_a: int
    score_b: int


class Rated(msgspec.Struct, frozen=True):
    """What a contest did. `margin` is team A's advantage before it, in standard deviations."""

    match_id: str
    margin: float
    after: dict[str, Skill]


class Calibration(msgspec.Struct, frozen=True):
    """How good the forecasts are. Log-loss per match, natural logarithm; a coin has ln 2 = 0.693."""

    matches: int
    scale: float
    log_loss: float
    log_loss_uncalibrated: float
    log_loss_coin: float
    accuracy: float | None


def margin(team_a: Iterable[Skill], team_b: Iterable[Skill]) -> float:
    """Advantage of team A: difference of summed means over the deviation of the difference.

    The denominator is the one of openskill's `predict_win`: sqrt(n * beta^2 + sum of sigma^2).
    """
    a, b = list(team_a), list(team_b)
    variance = sum(skill.sigma**2 for skill in (*a, *b)) + (len(a) + len(b)) * BETA**2
    return (sum(skill.mu for skill in a) - sum(skill.mu for skill in b)) / math.sqrt(variance)


def chance(advantage: float, scale: float) -> float:
    """Probability that the side with this margin wins: Phi(scale * margin)."""
    return 0.5 * (1 + math.erf(scale * advantage / math.sqrt(2)))


def rate(contest: Contest, skills: Mapping[str, Skill]) -> Rated:
    """Ratings after one contest; who is not in `skills` starts as a newcomer."""
    teams = [[skills.get(key) or Skill() for key in team] for team in (contest.team_a, contest.team_b)]
    ratings = [[_MODEL.rating(mu=skill.mu, sigma=skill.sigma) for skill in team] for team in teams]
    after = _MODEL.rate(ratings, ranks=[-contest.score_a, -contest.score_b])
    return Rated(
        match_id=contest.match_id,
        margin=margin(teams[0], teams[1]),
        after={
            key: Skill(float(rating.mu), float(rating.sigma))
            for team, result in zip((contest.team_a, contest.team_b), after, strict=True)
            for key, rating in zip(team, result, strict=True)
        },
    )


def calibrate(forecasts: Sequence[tuple[float, float]]) -> Calibration | None:
    """Fits the scale of `chance` on margins and results (1 won by A, 0.5 drawn, 0 lost); None without any."""
    if not forecasts:
        return None
    scale = _minimum(lambda s: _log_loss(forecasts, s))
    decided = [(m, result) for m, result in forecasts if result != 0.5 and m]
    right = sum((m > 0) == (result == 1) for m, result in decided)
    return Calibration(
        matches=len(forecasts),
        scale=scale,
        log_loss=_log_loss(forecasts, scale),
        log_loss_uncalibrated=_log_loss(forecasts, 1.0),
        log_loss_coin=math.log(2),
        accuracy=right / len(decided) if decided else None,
    )


def _log_loss(forecasts: Sequence[tuple[float, float]], scale: float) -> float:
    total = 0.0
    for advantage, result in forecasts:
        p = min(max(chance(advantage, scale), 1e-9), 1 - 1e-9)
        total -= result * math.log(p) + (1 - result) * math.log(1 - p)
    return total / len(forecasts)


def _minimum(f: Callable[[float], float], low: float = 0.0, high: float = 4.0) -> float:
    """Golden-section search; the loss is convex enough in the scale."""
    ratio = (math.sqrt(5) - 1) / 2
    a, b = high - ratio * (high - low), low + ratio * (high - low)
    at_a, at_b = f(a), f(b)
    for _ in range(40):
        if at_a <= at_b:
            high, b, at_b = b, a, at_a
            a = high - ratio * (high - low)
            at_a = f(a)
        else:
            low, a, at_a = a, b, at_b
            b = low + ratio * (high - low)
            at_b = f(b)
    return round((low + high) / 2, 4)
