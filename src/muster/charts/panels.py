"""Parts that several pictures are made of: a card with its title, rows of bars, a scale of round numbers."""

import math
from collections.abc import Sequence
from typing import Final

import msgspec

from muster.charts import style
from muster.charts.canvas import Canvas
from muster.charts.style import Box
from muster.charts.text import fit, printable, width

HEAD: Final = 56
"""Height of a card's title line."""
_TALLEST_ROW: Final = 46
_EDGE: Final = 7
_FILL: Final = 0.5


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
    canvas.text(inner.x, middle, printable(title), style.TITLE, bold=True)
    if note:
        room = inner.width - width(printable(title), style.TITLE, True) - style.PADDING
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


def scale(values: Sequence[float | None], steps: int = 4) -> tuple[float, float]:
    """The top of an axis from 0 that holds these values, and the distance of its grid lines: round numbers."""
    highest = max((value for value in values if value is not None), default=0)
    if highest <= 0:
        return 1.0, 1.0
    rough = highest / steps
    unit = 10 ** math.floor(math.log10(rough))
    step = next(unit * factor for factor in (1, 2, 2.5, 5, 10) if unit * factor >= rough * (1 - 1e-9))
    return step * math.ceil(highest / step - 1e-9), step


def grid(canvas: Canvas, box: Box, top: float, step: float) -> None:
    """Quiet lines across the box from 0 to `top`, each with its number on the left."""
    for number in range(round(top / step) + 1):
        y = round(box.bottom - box.height * number * step / top) + 0.5
        canvas.line([(box.x, y), (box.right, y)], style.GRID, 1)
        canvas.text(box.x - 10, y, f"{number * step:g}", style.SMALL, style.QUIET, align="right")
