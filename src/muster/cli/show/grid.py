"""A table that fits: columns aligned, the least important left out where the width does not suffice."""

from collections.abc import Iterable, Sequence
from typing import Final, Protocol

import msgspec
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.text import Text

from muster.cli.show import style

GAP: Final = 2
MARGIN: Final = 1


class Plot(Protocol):
    """A cell that draws itself as wide as it may."""

    def draw(self, width: int) -> Text:
        """The drawing, at most `width` cells."""


Cell = str | Text | Plot
Row = Sequence[Cell]


class Column(msgspec.Struct, frozen=True):
    """A column. Those with the highest `drop` go first where it gets tight; 0 stays.

    `least` and `most`: a column of words may be cut down to `least` cells, and never takes more than `most`.
    """

    title: str
    drop: int = 0
    left: bool = False
    style: str = style.PLAIN
    least: int = 0
    most: int = 0


class Section(msgspec.Struct, frozen=True):
    """Rows that belong together, with a line above them and a row of totals below, where there are any."""

    rows: Sequence[Row]
    title: Text | None = None
    total: Row | None = None


class Grid:
    """Columns and sections of rows. A column whose every cell is empty is not shown. Nothing ever wraps."""

    def __init__(self, columns: Sequence[Column], sections: Iterable[Section], title: Text | None = None) -> None:
        self._columns = columns
        self._sections = list(sections)
        self._title = title
        rows = [row for section in self._sections for row in _rows(section)]
        self._used = [i for i in range(len(columns)) if not rows or any(row[i] != "" for row in rows)]
        self._natural = [self._natural_width(i, rows) for i in range(len(columns))]

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """As wide as its content, as narrow as it has to be."""
        wanted = MARGIN + _total([self._natural[i] for i in self._used])
        return Measurement(min(wanted, options.max_width), min(wanted, options.max_width))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The lines."""
        widths = self._widths(options.max_width - MARGIN)
        for line in self._lines(widths):
            line.no_wrap, line.overflow = True, "ellipsis"
            line.rstrip()
            yield line

    def _lines(self, widths: dict[int, int]) -> Iterable[Text]:
        if self._title is not None:
            yield self._title
        if any(self._columns[i].title for i in widths):
            yield self._line([column.title for column in self._columns], widths, head=True)
            yield Text(" " * MARGIN + "─" * _total(list(widths.values())))
        for number, section in enumerate(self._sections):
            if number and (section.title is not None or not section.rows):
                yield Text()
            if section.title is not None:
                yield Text(" " * MARGIN).append_text(section.title)
            for row in section.rows:
                yield self._line(row, widths)
            if section.total is not None:
                yield self._line(section.total, widths, style.HEAD)

    def _line(self, row: Row, widths: dict[int, int], base: str = "", head: bool = False) -> Text:
        line = Text(" " * MARGIN, no_wrap=True)
        for place, (i, width) in enumerate(widths.items()):
            column = self._columns[i]
            text = _text(row[i], width)
            text.stylize_before(style.HEAD if head else f"{base} {column.style}".strip())
            text.truncate(width, overflow="ellipsis")
            text.align("left" if column.left else "right", width)
            line.append(" " * (GAP if place else 0)).append_text(text)
        return line

    def _natural_width(self, i: int, rows: Sequence[Row]) -> int:
        column = self._columns[i]
        wanted = max([cell_len(column.title), *(_wanted(row[i], column) for row in rows)])
        return min(wanted, column.most) if column.most else wanted

    def _least_width(self, i: int) -> int:
        return min(self._columns[i].least or self._natural[i], self._natural[i])

    def _widths(self, room: int) -> dict[int, int]:
        """Width by the index of each column that stays."""
        kept = list(self._used)
        while _total([self._least_width(i) for i in kept]) > room:
            first_to_go = max(kept, key=lambda i: self._columns[i].drop)
            if not self._columns[first_to_go].drop:
                break
            kept.remove(first_to_go)
        widths = {i: self._natural[i] for i in kept}
        while _total(list(widths.values())) > room:
            elastic = [i for i in kept if widths[i] > self._least_width(i)]
            if not elastic:
                break
            widths[max(elastic, key=lambda i: widths[i])] -= 1
        return widths


def _rows(section: Section) -> list[Row]:
    return [*section.rows, *([section.total] if section.total is not None else [])]


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * max(len(widths) - 1, 0)


def _text(cell: Cell, width: int) -> Text:
    if isinstance(cell, Text):
        return cell.copy()
    return Text(cell) if isinstance(cell, str) else cell.draw(width)


def _wanted(cell: Cell, column: Column) -> int:
    if isinstance(cell, Text):
        return cell.cell_len
    return cell_len(cell) if isinstance(cell, str) else column.most
