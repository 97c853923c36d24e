"""Pictures of a community: members and messages day by day, and at which hours of the week people write."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

import msgspec

from muster.charts import style
from muster.charts.canvas import Canvas, Point, picture
from muster.charts.labels import counted, short_day
from muster.charts.panels import card, curve, grid, height_at, scale, sentence
from muster.charts.style import Box
from muster.charts.text import fit, width
from muster.stats.values.chat import HOURS_OF_A_WEEK, ServerActivity, ServerDay

MOST_DAYS: Final = 366
"""Days a picture shows, the latest."""

_HEADER: Final = 92
_CHART: Final = 320
_GUTTER: Final = 96
_DATES: Final = 40
_DAY_NAMES: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOURS_A_DAY: Final = 24
_ROW: Final = 62
_HOURS_LINE: Final = 44
_NAMES: Final = 68
_DOTTED: Final = 45
"""Up to so many days each has a dot."""


class _Course(msgspec.Struct, frozen=True):
    """One chart: what it is called, what a day has of it, its colour, the values its axis has to hold."""

    title: str
    value: Callable[[ServerDay], float | None]
    colour: str
    least: tuple[float, ...] = (0.0,)


_COURSES: Final = (
    _Course("Members", lambda day: day.members, style.SKY, ()),
    _Course("Messages", lambda day: day.messages, style.GREEN),
    _Course("People who wrote", lambda day: day.writers, style.PURPLE),
)


def server_activity(activity: ServerActivity) -> bytes:
    """Members, messages and writers of a community by day as PNG."""
    days = activity.daily[-MOST_DAYS:]
    height = 2 * style.MARGIN + _HEADER + len(_COURSES) * (_CHART + style.GAP) - style.GAP + (_DATES if days else 0)

    def paint(canvas: Canvas) -> None:
        page = Box(0, 0, style.WIDTH, height).inset(style.MARGIN)
        _header(canvas, page, activity.community.name, days_note(days, len(activity.daily)))
        for number, course in enumerate(_COURSES):
            top = page.y + _HEADER + number * (_CHART + style.GAP)
            _course(canvas, Box(page.x, top, page.width, _CHART), course, days)
        if days:
            plot = _plot(Box(page.x + style.PADDING, 0, page.width - 2 * style.PADDING, 0))
            _dates(canvas, Box(plot.x, page.bottom - _DATES, plot.width, _DATES), [day.day for day in days])

    return picture(style.WIDTH, height, paint)


def week(name: str, note: str, hours: Sequence[int]) -> bytes:
    """Messages by hour of the week as PNG: a row for each day, the brighter the more. `hours`: 168, Monday first."""
    assert len(hours) == HOURS_OF_A_WEEK
    below = _HEADER + 2 * style.PADDING + len(_DAY_NAMES) * _ROW + _HOURS_LINE
    height = 2 * style.MARGIN + below

    def paint(canvas: Canvas) -> None:
        page = Box(0, 0, style.WIDTH, height).inset(style.MARGIN)
        _header(canvas, page, name, note)
        frame = Box(page.x, page.y + _HEADER, page.width, page.height - _HEADER)
        canvas.box(frame, style.CARD, style.RADIUS)
        room = frame.inset(style.PADDING)
        cells = Box(room.x + _NAMES, room.y, room.width - _NAMES, len(_DAY_NAMES) * _ROW)
        most = max(hours)
        for place, messages in enumerate(hours):
            _cell(canvas, cells, place, messages / most if most else 0)
        for number, day in enumerate(_DAY_NAMES):
            canvas.text(room.x, cells.y + (number + 0.5) * _ROW - 2, day, style.SMALL, style.QUIET)
        pitch = cells.width / _HOURS_A_DAY
        for hour in range(0, _HOURS_A_DAY, 3):
            middle = cells.x + (hour + 0.5) * pitch
            canvas.text(middle, cells.bottom + 22, str(hour), style.SMALL, style.QUIET, align="center")

    return picture(style.WIDTH, height, paint)


def days_note(days: Sequence[ServerDay], total: int) -> str:
    """Which days a picture shows: `1 Jun – 9 Jun 2025`."""
    if not days:
        return "no day yet"
    first, last = _number(days[0].day), _number(days[-1].day)
    year = "" if first // 10000 == last // 10000 else f" {first // 10000}"
    part = f"last {len(days)} of {counted(total, 'day')}, " if total > len(days) else ""
    span = short_day(last) if first == last else f"{short_day(first)}{year} – {short_day(last)}"
    return f"{part}{span} {last // 10000}"


def _number(day: date) -> int:
    return day.year * 10000 + day.month * 100 + day.day


def _header(canvas: Canvas, page: Box, name: str, note: str) -> None:
    middle = page.y + _HEADER / 2 - 8
    canvas.text(page.right - 4, middle, note, style.BODY, style.QUIET, align="right")
    room = page.width - width(note, style.BODY) - 30
    canvas.text(page.x + 4, middle, fit(name, room, style.HEADLINE, bold=True), style.HEADLINE, bold=True)


def _course(canvas: Canvas, box: Box, course: _Course, days: Sequence[ServerDay]) -> None:
    values = [course.value(day) for day in days]
    known = [value for value in values if value is not None]
    room = card(canvas, box, course.title, f"latest {known[-1]:,.0f}" if known else "")
    if not known:
        sentence(canvas, room, "Not counted on these days.")
        return
    plot = _plot(room)
    axis = scale([*values, *course.least], steps=3)
    grid(canvas, plot, axis)
    pitch = plot.width / len(values)
    spots: list[Point | None] = [
        None if value is None else (plot.x + (i + 0.5) * pitch, height_at(plot, axis, value))
        for i, value in enumerate(values)
    ]
    curve(canvas, spots, course.colour, dot=6 if len(values) <= _DOTTED else 0)


def _plot(room: Box) -> Box:
    return Box(room.x + _GUTTER, room.y + 14, room.width - _GUTTER, room.height - 20)


def _dates(canvas: Canvas, box: Box, days: Sequence[date]) -> None:
    pitch = box.width / len(days)
    every = max(round(130 / pitch), 1)
    for number in range(len(days) - 1, -1, -every):
        x = min(box.x + (number + 0.5) * pitch, box.right - 30)
        canvas.text(x, box.y + 24, short_day(_number(days[number])), style.SMALL, style.QUIET, align="center")


def _cell(canvas: Canvas, cells: Box, place: int, share: float) -> None:
    """An hour: a square on its track, the brighter the larger its share of the busiest hour."""
    day, hour = divmod(place, _HOURS_A_DAY)
    pitch = cells.width / _HOURS_A_DAY
    box = Box(cells.x + hour * pitch + 2, cells.y + day * _ROW + 2, pitch - 4, _ROW - 4)
    canvas.box(box, style.TRACK, 5)
    if share:
        # Half an hour's share looks half as bright, and one message can be told from none.
        canvas.box(box, style.YELLOW, 5, 0.15 + 0.85 * share)
