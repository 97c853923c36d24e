"""Parts that several pictures are made of: a card with its title, rows of bars, a scale of round numbers."""

import math
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

import msgspec

from muster.charts import style
from muster.charts.canvas import Canvas, Point
from muster.charts.style import Box
from muster.charts.text import fit, printable, width

HEAD: Final = 56
"""Height of a card's title line."""
_TALLEST_ROW: Final = 46
_EDGE: Final = 7
_ALONE: Final = 7
_FILL: Final = 0.55
_ROUNDING: Final = 1e-9
_SAME: Final = 1e-6


class Bar(msgspec.Struct, frozen=True):
    """One row: its label, what its length stands for (None is unknown), the value as text, something beside it."""

    label: str
    value: float | None
    shown: str
    detail: str
    colour: str


class Bars(msgspec.Struct, frozen=True):
    """Rows in the order they are drawn. `full` is the value of a whole row, `more` what to say of rows left out."""

    rows: tuple[Bar, ...]
    full: float
    more: str = ""


def card(canvas: Canvas, box: Box, title: str, note: str = "") -> Box:
    """A card with its title on the left and a quiet note on the right; answers the room below them."""
    canvas.box(box, style.CARD, style.RADIUS)
    inner = box.inset(style.PADDING)
    middle = box.y + HEAD / 2 + 4
    canvas.text(inner.x, middle, title, style.TITLE, bold=True)
    if note:
        room = inner.width - width(title, style.TITLE, True) - style.PADDING
        canvas.text(inner.right, middle, fit(note, room, style.SMALL), style.SMALL, style.QUIET, align="right")
    return Box(inner.x, box.y + HEAD, inner.width, box.height - HEAD - style.PADDING + 4)


def sentence(canvas: Canvas, box: Box, text: str) -> None:
    """A quiet sentence in the middle of a card that has nothing to show."""
    middle = (box.y + box.bottom) / 2
    canvas.text(
        box.x + box.width / 2, middle, fit(text, box.width, style.BODY), style.BODY, style.QUIET, align="center"
    )


def bar_rows(canvas: Canvas, box: Box, bars: Bars) -> None:
    """Rows with the label on the bar, values and details in columns on the right."""
    pitch = min(box.height / (len(bars.rows) + bool(bars.more)), _TALLEST_ROW)
    thickness = min(pitch - 4, 38)
    detail = max((width(printable(bar.detail), style.SMALL) for bar in bars.rows), default=0)
    shown = max((width(printable(bar.shown), style.BODY, True) for bar in bars.rows), default=0)
    columns = Box(box.x, 0, box.width - detail - (14 if detail else 0), 0), shown
    for number, bar in enumerate(bars.rows):
        _bar_row(canvas, Box(box.x, box.y + number * pitch, box.width, thickness), bar, bars.full, columns)
    if bars.more:
        middle = box.y + len(bars.rows) * pitch + thickness / 2
        canvas.text(box.x, middle, fit(bars.more, box.width, style.SMALL), style.SMALL, style.QUIET)


def _bar_row(canvas: Canvas, row: Box, bar: Bar, full: float, columns: tuple[Box, float]) -> None:
    values, shown = columns
    track = Box(row.x, row.y, values.width - shown - 12, row.height)
    middle = row.y + row.height / 2
    canvas.box(track, style.TRACK, 5)
    share = min(max((bar.value or 0) / full, 0), 1) if full > 0 else 0
    if share:
        canvas.box(Box(track.x, track.y, max(track.width * share, _EDGE), track.height), bar.colour, 5, _FILL)
    canvas.box(Box(track.x, track.y, _EDGE, track.height), bar.colour, 3)
    label = fit(bar.label, track.width - _EDGE - 16, style.BODY)
    canvas.text(track.x + _EDGE + 9, middle, label, style.BODY)
    canvas.text(values.right, middle, printable(bar.shown), style.BODY, bold=True, align="right")
    if bar.detail:
        canvas.text(row.right, middle, printable(bar.detail), style.SMALL, style.QUIET, align="right")


class Scale(msgspec.Struct, frozen=True):
    """An axis of round numbers."""

    low: float
    high: float
    step: float

    def share(self, value: float) -> float:
        """Where a value stands, from 0 at the low end to 1 at the high one."""
        return (value - self.low) / (self.high - self.low)

    def marks(self) -> tuple[float, ...]:
        """The numbers to be written along it."""
        return tuple(self.low + i * self.step for i in range(round((self.high - self.low) / self.step) + 1))


def scale(values: Iterable[float | None], steps: int = 4) -> Scale:
    """An axis of about so many steps that holds these values; it begins above 0 where they all do."""
    known = [value for value in values if value is not None]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    span = high - low
    if span < _SAME * max(high, 1):
        span = max(high, 1)
    rough = span / steps
    unit = 10 ** math.floor(math.log10(rough))
    step = next(unit * factor for factor in (1, 2, 2.5, 5, 10) if unit * factor >= rough * (1 - _ROUNDING))
    first = math.floor(low / step + _ROUNDING)
    last = max(math.ceil(high / step - _ROUNDING), first + 1)
    return Scale(first * step, last * step, step)


def grid(canvas: Canvas, box: Box, axis: Scale) -> None:
    """Quiet lines across the box, each with its number on the left."""
    for mark in axis.marks():
        y = round(height_at(box, axis, mark)) + 0.5
        canvas.line([(box.x, y), (box.right, y)], style.GRID, 1)
        canvas.text(box.x - 10, y, f"{mark:.6g}", style.SMALL, style.QUIET, align="right")


def height_at(box: Box, axis: Scale, value: float) -> float:
    """The y of a value in a box that shows the axis from its lower to its upper edge."""
    return box.bottom - box.height * axis.share(value)


def curve(canvas: Canvas, spots: Sequence[Point | None], colour: str, *, dot: float = 0) -> None:
    """A line through the spots, broken where nothing is known, with dots of a radius on it.

    A spot without a neighbour is always a dot.
    """
    for known, run in groupby(spots, key=lambda spot: spot is not None):
        points = [spot for spot in run if spot is not None]
        if not known:
            continue
        if len(points) > 1:
            canvas.line(points, style.CARD, 9)
            canvas.line(points, colour, 5)
        if dot or len(points) == 1:
            canvas.dots(points, colour, dot or _ALONE)
