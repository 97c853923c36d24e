"""Pictures about one player: how he does from session to session, by map, by weapon."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from muster.charts import style
from muster.charts.canvas import Canvas, Point, picture
from muster.charts.labels import counted, map_labels, short_day, weapon_label
from muster.charts.panels import Bar, Bars, bar_rows, card, curve, grid, height_at, scale, sentence
from muster.charts.style import Box
from muster.charts.text import UNKNOWN, fit, width
from muster.stats.metrics import METRICS
from muster.stats.values import History, MapLine, Maps, SessionLine, WeaponLine, Weapons

MOST_SESSIONS: Final = 40
MOST_ROWS: Final = 14
_HEADER: Final = 92
_CHART: Final = 330
_GUTTER: Final = 76
_DATES: Final = 40
_BAR_ROW: Final = 44
_BAR_FRAME: Final = 76


class _Course(msgspec.Struct, frozen=True):
    """One chart of the trend: a metric, where a session has it, its colour."""

    metric: str
    value: Callable[[SessionLine], float | None]
    colour: str


_COURSES: Final = (
    _Course("dpm", lambda line: line.dpm, style.SKY),
    _Course("kd", lambda line: line.kd, style.GREEN),
    _Course("accuracy", lambda line: line.accuracy, style.PURPLE),
)


def player_trend(history: History) -> bytes:
    """DPM, K/D and accuracy of a player's latest sessions as PNG, the oldest on the left."""
    lines = tuple(reversed(history.sessions[:MOST_SESSIONS]))
    height = 2 * style.MARGIN + _HEADER + len(_COURSES) * (_CHART + style.GAP) - style.GAP + (_DATES if lines else 0)

    def paint(canvas: Canvas) -> None:
        page = Box(0, 0, style.WIDTH, height).inset(style.MARGIN)
        _header(canvas, page, history.player.name, sessions_note(lines, history.total))
        for number, course in enumerate(_COURSES):
            top = page.y + _HEADER + number * (_CHART + style.GAP)
            _course(canvas, Box(page.x, top, page.width, _CHART), course, lines)
        if lines:
            plot = _plot(Box(page.x + style.PADDING, 0, page.width - 2 * style.PADDING, 0))
            _dates(canvas, Box(plot.x, page.bottom - _DATES, plot.width, _DATES), lines)

    return picture(style.WIDTH, height, paint)


def map_bars(maps: Maps) -> bytes:
    """A player's DPM per map as PNG, most played first; blue where it is above his own average, orange below."""
    return _bars_picture(maps.player.name, ("DPM by map", "against own average · rounds"), map_rows(maps))


def weapon_bars(weapons: Weapons) -> bytes:
    """A player's kills per weapon as PNG, with accuracy and headshot rate."""
    return _bars_picture(weapons.player.name, ("Kills by weapon", "accuracy · headshot rate"), weapon_rows(weapons))


def map_rows(maps: Maps) -> Bars:
    """The rows of `map_bars`."""
    labels = map_labels(line.map for line in maps.maps)
    return _limited([_map_row(line, labels[line.map]) for line in maps.maps])


def weapon_rows(weapons: Weapons) -> Bars:
    """The rows of `weapon_bars`; weapons without a kill are none."""
    killing = sorted((line for line in weapons.weapons if line.totals.kills), key=lambda w: (-w.totals.kills, w.weapon))
    return _limited([_weapon_row(line) for line in killing])


def sessions_note(lines: Sequence[SessionLine], total: int) -> str:
    """Which sessions a trend shows: `last 20 of 57 sessions, 3 Aug – 12 Oct`. The lines run from old to new."""
    if not lines:
        return "no session yet"
    if len(lines) == 1:
        return short_day(lines[0].day)
    shown = f"{len(lines)} of {total} sessions" if total > len(lines) else counted(len(lines), "session")
    first, last = lines[0].day, lines[-1].day
    year = "" if first // 10000 == last // 10000 else f" {first // 10000}"
    return f"{shown}, {short_day(first)}{year} – {short_day(last)} {last // 10000}"


def _header(canvas: Canvas, page: Box, name: str, note: str = "") -> None:
    """The name over a picture, and a quiet note on the right."""
    middle = page.y + _HEADER / 2 - 8
    canvas.text(page.right - 4, middle, note, style.BODY, style.QUIET, align="right")
    name = fit(name, page.width - width(note, style.BODY) - 30, style.HEADLINE, bold=True)
    canvas.text(page.x + 4, middle, name, style.HEADLINE, bold=True)


def _course(canvas: Canvas, box: Box, course: _Course, lines: Sequence[SessionLine]) -> None:
    metric = METRICS[course.metric]
    values = [course.value(line) for line in lines]
    latest = f"latest {metric.show(values[-1])}" if values else ""
    room = card(canvas, box, metric.title, latest)
    if all(value is None for value in values):
        sentence(canvas, room, "Nothing known yet.")
        return
    plot = _plot(room)
    axis = scale(values, steps=3)
    grid(canvas, plot, axis)
    pitch = plot.width / len(values)
    spots: list[Point | None] = [
        None if value is None else (plot.x + (i + 0.5) * pitch, height_at(plot, axis, value))
        for i, value in enumerate(values)
    ]
    curve(canvas, spots, course.colour, dot=7)


def _plot(room: Box) -> Box:
    return Box(room.x + _GUTTER, room.y + 14, room.width - _GUTTER, room.height - 20)


def _dates(canvas: Canvas, box: Box, lines: Sequence[SessionLine]) -> None:
    pitch = box.width / len(lines)
    every = max(round(130 / pitch), 1)
    for number in range(len(lines) - 1, -1, -every):
        x = min(box.x + (number + 0.5) * pitch, box.right - 30)
        canvas.text(x, box.y + 24, short_day(lines[number].day), style.SMALL, style.QUIET, align="center")


def _bars_picture(name: str, title: tuple[str, str], bars: Bars) -> bytes:
    rows = max(len(bars.rows) + bool(bars.more), 2)
    height = 2 * style.MARGIN + _HEADER + rows * _BAR_ROW + _BAR_FRAME

    def paint(canvas: Canvas) -> None:
        page = Box(0, 0, style.WIDTH, height).inset(style.MARGIN)
        _header(canvas, page, name)
        room = card(canvas, Box(page.x, page.y + _HEADER, page.width, page.height - _HEADER), *title)
        if bars.rows:
            bar_rows(canvas, room, bars)
        else:
            sentence(canvas, room, "Nothing known yet.")

    return picture(style.WIDTH, height, paint)


def _limited(rows: Sequence[Bar]) -> Bars:
    shown = tuple(rows if len(rows) <= MOST_ROWS else rows[: MOST_ROWS - 1])
    full = max((bar.value for bar in shown if bar.value is not None), default=0)
    return Bars(shown, full, f"+{len(rows) - len(shown)} more" if len(rows) > len(shown) else "")


def _map_row(line: MapLine, label: str) -> Bar:
    metric, delta = METRICS["dpm"], line.dpm_delta
    colour = style.GREY if delta is None else style.SKY if delta >= 0 else style.ORANGE
    signed = metric.show(None) if delta is None else f"{delta:+.0f}".replace("-", "−")
    return Bar(label, line.dpm, metric.show(line.dpm), f"{signed} · {counted(line.totals.rounds, 'round')}", colour)


def _weapon_row(line: WeaponLine) -> Bar:
    shares = (METRICS["accuracy"].show(line.accuracy), METRICS["headshot_rate"].show(line.headshot_rate))
    detail = UNKNOWN if line.accuracy is None else " · ".join(shares)
    return Bar(weapon_label(line.weapon), line.totals.kills, f"{line.totals.kills:,}", detail, style.GREEN)
