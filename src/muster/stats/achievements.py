"""Milestones a player is on his way to, counted from his totals."""

from bisect import bisect_right
from collections.abc import Iterable
from typing import Final

import msgspec

from muster.stats.metrics import METRICS
from muster.stats.players import career, weapons
from muster.stats.values.common import EVERYTHING, Scope, Totals
from muster.stats.values.progress import Achievements, Milestone
from muster.store.engine import Reader

SESSIONS: Final = "sessions"
KNIFE_KILLS: Final = "knife_kills"
KNIVES: Final = ("KNIFE", "KNIFE_KBAR")


class Ladder(msgspec.Struct, frozen=True):
    """The milestones of one count: a key of `METRICS`, `sessions` or `knife_kills`."""

    key: str
    steps: tuple[int, ...]


LADDERS: Final = (
    Ladder("rounds", (10, 50, 100, 250, 500, 1_000, 2_500, 5_000)),
    Ladder(SESSIONS, (5, 10, 25, 50, 100, 250, 500)),
    Ladder("hours", (5, 10, 25, 50, 100, 250, 500, 1_000)),
    Ladder("rounds_won", (10, 25, 50, 100, 250, 500, 1_000, 2_500)),
    Ladder("kills", (100, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000)),
    Ladder("headshot_kills", (25, 100, 250, 500, 1_000, 2_500, 5_000, 10_000)),
    Ladder("damage_given", (50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000)),
    Ladder("useful_kills", (50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000)),
    Ladder("kill_assists", (50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000)),
    Ladder("gibs", (50, 100, 250, 500, 1_000, 2_500, 5_000)),
    Ladder("multi3", (5, 10, 25, 50, 100, 250)),
    Ladder("multi4", (1, 5, 10, 25, 50, 100)),
    Ladder(KNIFE_KILLS, (1, 5, 10, 25, 50, 100)),
    Ladder("revives_given", (25, 100, 250, 500, 1_000, 2_500, 5_000, 10_000)),
    Ladder("dynamites_planted", (5, 10, 25, 50, 100, 250, 500)),
    Ladder("dynamites_defused", (5, 10, 25, 50, 100, 250, 500)),
    Ladder("objectives_stolen", (5, 10, 25, 50, 100, 250, 500)),
    Ladder("objectives_returned", (5, 10, 25, 50, 100, 250, 500)),
    Ladder("repairs", (5, 10, 25, 50, 100, 250, 500)),
)
"""What there is to reach."""


async def achievements(reader: Reader, key: str, scope: Scope = EVERYTHING) -> Achievements:
    """How far a player is on every ladder. Raises UnknownPlayer."""
    own = await career(reader, key, scope)
    arms = await weapons(reader, key, scope)
    knifed = sum(line.totals.kills for line in arms.weapons if line.weapon in KNIVES)
    found = tuple(milestone(ladder, count(ladder.key, own.totals, own.sessions, knifed)) for ladder in LADDERS)
    return Achievements(own.player, scope, own.totals.rounds, found)


def milestone(ladder: Ladder, value: float | None) -> Milestone:
    """Where a value stands on a ladder."""
    level = bisect_right(ladder.steps, value or 0)
    coming = ladder.steps[level] if level < len(ladder.steps) else None
    return Milestone(
        key=ladder.key,
        value=value,
        level=level,
        levels=len(ladder.steps),
        reached=ladder.steps[level - 1] if level else None,
        next=coming,
        share=1.0 if coming is None else (value or 0) / coming,
    )


def crossed(ladder: Ladder, before: float | None, now: float | None) -> tuple[int, ...]:
    """The steps of a ladder that are reached now and were not before."""
    return ladder.steps[bisect_right(ladder.steps, before or 0) : bisect_right(ladder.steps, now or 0)]


def nearest(milestones: Iterable[Milestone]) -> Milestone | None:
    """The one with the shortest way left to its next step."""
    open_ones = [m for m in milestones if m.next is not None and m.value]
    return max(open_ones, key=lambda m: m.share, default=None)


def count(key: str, totals: Totals, sessions: int, knife_kills: int) -> float | None:
    """How much of a ladder's count there is in these sums; None where nothing is known."""
    if key == SESSIONS:
        return sessions if totals.rounds else None
    if key == KNIFE_KILLS:
        return knife_kills if totals.rounds else None
    return METRICS[key].of(totals)
