"""The course of an evening: everybody's damage per minute round by round, over the maps that were played."""

from typing import Final

from muster.charts import style
from muster.charts.canvas import Canvas, Point
from muster.charts.evening import Line, Tile, best_line, tiles
from muster.charts.panels import HEAD, Scale, card, curve, grid, height_at, scale, sentence
from muster.charts.style import Box
from muster.charts.text import fit, printable, width
from muster.stats.values import SessionOverview, TrendPoint

_GUTTER: Final = 62
_TILE: Final = 62
_TILE_OF_TWO: Final = 84
"""Its height where a map's name stands on two lines."""
_NARROW: Final = 80
_NARROWEST: Final = 50
"""A tile narrower than this has no room for words, only for its colour."""
_SIZES: Final = (style.SMALL, 20, 18, 16)
"""Sizes of a map's name, the first that fits."""
_EDGES: Final = 8
_LINE: Final = 22
_SCORE: Final = 28
_MARK: Final = 44
_ASIDE: Final = 0.2
"""How far the teams stand from the middle of their round, of the room it has."""
_DOT: Final = (3.5, 6.5)
_LONGEST_NAME: Final = 330
_LEAST_DPM: Final = 100.0
"""The axis goes up to here at least."""


def timeline(canvas: Canvas, box: Box, overview: SessionOverview) -> None:
    """The card of the time trend."""
    best = best_line(overview)
    room = card(canvas, box, "DPM round by round")
    if not overview.trend:
        sentence(canvas, room, "No valid round yet.")
        return
    _legend(canvas, Box(room.x, box.y, room.width, HEAD), best)
    pitch = (room.width - _GUTTER) / len(overview.trend)
    shown = tiles(overview)
    lines = [_lines(tile.label, tile.count * pitch - _EDGES) for tile in shown]
    height = _TILE_OF_TWO if max(map(len, lines)) > 1 else _TILE
    plot = Box(room.x + _GUTTER, room.y + 16, room.width - _GUTTER, room.height - height - 28)
    known = [p.dpm for point in overview.trend for p in point.players if p.dpm is not None]
    least = [_LEAST_DPM] if max(known, default=0) < _LEAST_DPM else []
    axis = scale([*known, *least], int(plot.height // _MARK))
    grid(canvas, plot, axis)
    for tile, words in zip(shown, lines, strict=True):
        x = plot.x + tile.first * pitch
        if tile.first:
            canvas.line([(round(x) + 0.5, plot.y), (round(x) + 0.5, plot.bottom)], style.GRID, 1)
        _tile(canvas, Box(x + 2, plot.bottom + 14, tile.count * pitch - 4, height), tile, words)
    for number, point in enumerate(overview.trend):
        _swarm(canvas, Box(plot.x + number * pitch, plot.y, pitch, plot.height), point, axis, best)
    curve(canvas, _spots(plot, axis, tuple(point.dpm for point in overview.trend)), style.TEXT)
    if best:
        curve(canvas, _spots(plot, axis, best.values), style.YELLOW, dot=min(pitch / 3, 7))


def _legend(canvas: Canvas, box: Box, best: Line | None) -> None:
    x, middle = box.right, box.y + box.height / 2 + 4
    entries = [("everybody", style.TEXT)]
    if best:
        entries.insert(0, (fit(best.label, _LONGEST_NAME, style.SMALL), style.YELLOW))
    for label, colour in entries:
        canvas.text(x, middle, printable(label), style.SMALL, style.QUIET, align="right")
        x -= width(printable(label), style.SMALL) + 12
        canvas.line([(x - 34, middle), (x, middle)], colour, 5)
        x -= 34 + 26


def _swarm(canvas: Canvas, column: Box, point: TrendPoint, axis: Scale, best: Line | None) -> None:
    """A round's players: team A left of the middle, team B right of it, those of neither in the middle."""
    smallest, largest = _DOT
    radius = min(max(column.width / 9, smallest), largest)
    aside = {"A": -_ASIDE, "B": _ASIDE}
    for team in (None, "A", "B"):
        x = column.x + column.width / 2 + aside.get(team or "", 0) * min(column.width, 130)
        others = [p for p in point.players if best is None or p.player.key != best.key]
        known = sorted(p.dpm for p in others if p.team == team and p.dpm is not None)
        # A step aside for every second one, so that near equals do not hide each other.
        dots = [(x + (i % 2 - 0.5) * radius * 1.6, height_at(column, axis, dpm)) for i, dpm in enumerate(known)]
        canvas.dots(dots, style.team_colour(team), radius, 0.8)


def _spots(plot: Box, axis: Scale, values: tuple[float | None, ...]) -> list[Point | None]:
    pitch = plot.width / len(values)
    return [
        None if value is None else (plot.x + (i + 0.5) * pitch, height_at(plot, axis, value))
        for i, value in enumerate(values)
    ]


def _lines(label: str, room: float) -> tuple[str, ...]:
    """A map's name on one line, or broken after an underscore onto two; what does not fit ends with `…`."""
    usual = _SIZES[1]
    if width(printable(label), usual) <= room:
        return (label,)
    cuts = [i + 1 for i, character in enumerate(label[:-1]) if character == "_" and i]
    if not cuts:
        return (label,)
    cut = min(cuts, key=lambda at: max(width(printable(part), usual) for part in (label[:at], label[at:])))
    return label[:cut], label[cut:]


def _tile(canvas: Canvas, box: Box, tile: Tile, lines: tuple[str, ...]) -> None:
    """A map below its rounds, coloured by who won it."""
    canvas.box(box, tile.colour, 6, 0.5)
    middle, narrow = box.x + box.width / 2, box.width < _NARROW
    if box.width < _NARROWEST:
        return
    room = box.width - _EDGES + 4
    fitting = (size for size in _SIZES if all(width(printable(line), size) <= room for line in lines))
    size = next(fitting, _SIZES[-1])
    bottom = box.height - (_SCORE if tile.score else 0)
    for number, line in enumerate(lines):
        y = box.y + bottom / 2 + (number - (len(lines) - 1) / 2) * _LINE
        canvas.text(middle, y, fit(line, room, size), size, align="center")
    score = tile.score.replace(" ", "") if narrow else tile.score
    canvas.text(middle, box.bottom - _SCORE / 2 - 2, score, style.SMALL, bold=True, align="center")
