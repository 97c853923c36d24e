"""Where a player is going: a straight line through his sessions, and whether it can be told from chance."""

import math
from collections.abc import Sequence
from typing import Final

import msgspec

from muster.stats.history import history
from muster.stats.values.common import EVERYTHING, Scope
from muster.stats.values.progress import Course, Direction, Trend
from muster.store.engine import Reader

FEWEST: Final = 4
"""Sessions from which on a trend is looked for."""
COURSES: Final = ("dpm", "kd", "accuracy")
_T_95: Final = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13, 2.12, 2.11)
"""Student's t, 95 %, two-sided, by degrees of freedom from 1 on; 2.09 and less after that."""
_T_MANY: Final = 2.09


class Point(msgspec.Struct, frozen=True):
    """A session's value, at its place among the sessions, and the rounds it rests on."""

    at: int
    value: float
    weight: int


async def trend(reader: Reader, key: str, scope: Scope = EVERYTHING, *, limit: int = 40) -> Trend:
    """A player's latest sessions, and where they lead. Raises UnknownPlayer."""
    found = await history(reader, key, scope, limit=limit)
    lines = found.sessions[::-1]
    courses = []
    for metric in COURSES:
        points = [
            Point(at, value, line.totals.rounds)
            for at, line in enumerate(lines)
            if (value := getattr(line, metric)) is not None
        ]
        courses.append(course(metric, points))
    return Trend(scope, found, tuple(courses))


def course(metric: str, points: Sequence[Point]) -> Course:
    """The line of least squares through the points, each by its weight."""
    if len(points) < 2:
        return Course(metric, len(points), None, None, None, Direction.TOO_FEW)
    weight = sum(p.weight for p in points)
    middle = sum(p.weight * p.at for p in points) / weight
    mean = sum(p.weight * p.value for p in points) / weight
    spread = sum(p.weight * (p.at - middle) ** 2 for p in points)
    slope = sum(p.weight * (p.at - middle) * (p.value - mean) for p in points) / spread
    first, last = (mean + slope * (p.at - middle) for p in (points[0], points[-1]))
    left = sum(p.weight * (p.value - mean - slope * (p.at - middle)) ** 2 for p in points)
    return Course(metric, len(points), first, last, slope, _direction(len(points), slope, spread, left))


def _direction(sessions: int, slope: float, spread: float, left: float) -> Direction:
    """Whether a slope is more than chance: greater than its own uncertainty by Student's t."""
    if sessions < FEWEST:
        return Direction.TOO_FEW
    freedom = sessions - 2
    uncertainty = math.sqrt(left / freedom / spread)
    t = _T_95[freedom - 1] if freedom <= len(_T_95) else _T_MANY
    if not slope or abs(slope) < t * uncertainty:
        return Direction.OPEN
    return Direction.RISING if slope > 0 else Direction.FALLING
