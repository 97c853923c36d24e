"""Two players side by side, as a radar."""

import math
from collections.abc import Sequence
from typing import Final

import msgspec

from muster.charts import style
from muster.charts.canvas import Canvas, Point, picture
from muster.charts.panels import card
from muster.charts.style import Box
from muster.charts.text import fit, width
from muster.stats.metrics import METRICS, value
from muster.stats.values import Career

SPOKES: Final = (
    "kd", "dpm", "accuracy", "headshot_rate", "survival", "objective_score", "support_score", "efficiency",
)  # fmt: skip
_HEIGHT: Final = 940
_HEADER: Final = 92
_RADIUS: Final = 265
_RINGS: Final = 4


class Spoke(msgspec.Struct, frozen=True):
    """One metric of the two: as text, and as a share of the greater one (None is unknown)."""

    title: str
    first: str
    second: str
    first_share: float | None
    second_share: float | None


def comparison(first: Career, second: Career) -> bytes:
    """Two players' metrics as a radar, PNG; each spoke ends at the better of the two."""
    compared = spokes(first, second)

    def paint(canvas: Canvas) -> None:
        page = Box(0, 0, style.WIDTH, _HEIGHT).inset(style.MARGIN)
        _names(canvas, page, first.player.name, second.player.name)
        box = Box(page.x, page.y + _HEADER, page.width, page.height - _HEADER)
        card(canvas, box, "Compared", "the rim is the higher of the two")
        _web(canvas, (box.x + box.width / 2, box.y + box.height / 2 + 10), compared)

    return picture(style.WIDTH, _HEIGHT, paint)


def spokes(first: Career, second: Career) -> tuple[Spoke, ...]:
    """What the radar compares, clockwise from the top."""
    found = []
    for key in SPOKES:
        metric = METRICS[key]
        a, b = value(key, first.totals), value(key, second.totals)
        rim = max(a or 0, b or 0)
        found.append(Spoke(metric.title, metric.show(a), metric.show(b), _share(a, rim), _share(b, rim)))
    return tuple(found)


def _share(amount: float | None, rim: float) -> float | None:
    return None if amount is None else amount / rim if rim else 0.0


def _names(canvas: Canvas, page: Box, first: str, second: str) -> None:
    middle, half = page.y + _HEADER / 2 - 8, page.width / 2
    room = half - 60
    canvas.text(page.x + 4, middle, fit(first, room, style.HEADLINE, bold=True), style.HEADLINE, style.FIRST, bold=True)
    canvas.text(page.x + half, middle, "vs", style.TITLE, style.QUIET, align="center")
    name = fit(second, room, style.HEADLINE, bold=True)
    canvas.text(page.right - 4, middle, name, style.HEADLINE, style.SECOND, bold=True, align="right")


def _web(canvas: Canvas, centre: Point, compared: Sequence[Spoke]) -> None:
    count = len(compared)
    for ring in range(_RINGS, 0, -1):
        corners = [_at(centre, i, count, ring / _RINGS) for i in range(count)]
        canvas.line([*corners, corners[0]], style.GRID, 1.5)
    for i, spoke in enumerate(compared):
        canvas.line([centre, _at(centre, i, count, 1)], style.GRID, 1.5)
        _label(canvas, _at(centre, i, count, 1.12), centre, spoke)
    first = [_at(centre, i, count, spoke.first_share or 0) for i, spoke in enumerate(compared)]
    second = [_at(centre, i, count, spoke.second_share or 0) for i, spoke in enumerate(compared)]
    canvas.area(second, style.SECOND, 0.18)
    canvas.area(first, style.FIRST, 0.18)
    canvas.line([*second, second[0]], style.SECOND, 4)
    canvas.line([*first, first[0]], style.FIRST, 4)
    canvas.dots([at for at, spoke in zip(second, compared, strict=True) if spoke.second_share], style.SECOND, 8)
    canvas.dots([at for at, spoke in zip(first, compared, strict=True) if spoke.first_share], style.FIRST, 8)


def _at(centre: Point, number: int, count: int, share: float) -> Point:
    angle = 2 * math.pi * number / count
    return centre[0] + _RADIUS * share * math.sin(angle), centre[1] - _RADIUS * share * math.cos(angle)


def _label(canvas: Canvas, at: Point, centre: Point, spoke: Spoke) -> None:
    """The metric and both values, on the outer side of the spoke's end."""
    x, y = at
    sideways = (x - centre[0]) / _RADIUS
    y += -20 if y < centre[1] - _RADIUS else 20 if y > centre[1] + _RADIUS else 0
    values = ((spoke.first, style.FIRST), (" · ", style.QUIET), (spoke.second, style.SECOND))
    wide = sum(width(text, style.BODY, True) for text, _ in values)
    title = width(spoke.title, style.SMALL)
    shift = 0 if sideways > 0.2 else 1 if sideways < -0.2 else 0.5
    canvas.text(x - shift * title, y - 17, spoke.title, style.SMALL, style.QUIET)
    left = x - shift * wide
    for text, colour in values:
        canvas.text(left, y + 17, text, style.BODY, colour, bold=True)
        left += width(text, style.BODY, True)
