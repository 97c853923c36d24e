"""Ordering players by a value: gates, ranks, places. Pure."""

from bisect import bisect_left
from collections.abc import Sequence

import msgspec

from muster.stats.values.common import PlayerRef


class Candidate(msgspec.Struct, frozen=True):
    """A player with the value he would be ranked by, and what the gates look at."""

    player: PlayerRef
    value: float
    rounds: int
    seconds: int | None = None
    shots: int = 0
    uncertainty: int | None = None
    order: float | None = None
    """What decides, where that is finer than the value."""

    @property
    def deciding(self) -> float:
        """What the order goes by."""
        return self.value if self.order is None else self.order


class Ranked(msgspec.Struct, frozen=True):
    """A candidate with his rank; equal values share one."""

    rank: int
    candidate: Candidate


class Ranking(msgspec.Struct, frozen=True):
    """Everybody who passed the gates, in order, and how many did not."""

    places: tuple[Ranked, ...]
    left_out: int


def percentile(rank: int, total: int) -> float | None:
    """Share of the other players of a ranking who are ranked no better, in percent; None for the only one."""
    others = total - 1
    return 100 * (others - rank + 1) / others if others else None


def ranking(candidates: Sequence[Candidate], *, ascending: bool, min_rounds: int, min_shots: int) -> Ranking:
    """Who passes the gates, best first; more rounds break a tie of the order, not of the rank."""
    passed = [c for c in candidates if c.rounds >= min_rounds and c.shots >= min_shots]
    sign = 1 if ascending else -1
    passed.sort(key=lambda c: (sign * c.deciding, -c.rounds, c.player.key))
    deciding = [sign * c.deciding for c in passed]
    places = tuple(Ranked(bisect_left(deciding, value) + 1, c) for value, c in zip(deciding, passed, strict=True))
    return Ranking(places, len(candidates) - len(passed))
