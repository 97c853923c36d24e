"""What an import of logs did, and how far imports have come."""

from typing import TYPE_CHECKING, Final

from rich.console import Group, RenderableType
from rich.text import Text

from muster.cli.show import style, text
from muster.cli.show.grid import Column, Grid, Row, Section
from muster.cli.show.pieces import page

if TYPE_CHECKING:
    from muster.community.history.report import HistoryReport
    from muster.community.history.status import GuildStatus

_MOST: Final = 20
"""Lines of a list that are shown."""


def render(value: "HistoryReport") -> RenderableType:
    """The report of an import."""
    if not (value.lines or value.exports or value.pending):
        return Text("Nothing new to import.")
    counts: list[tuple[int, str, str]] = [
        (value.messages, "messages", style.GOOD),
        (value.known, "of them counted before, live or by another import", ""),
        (value.edits, "edits, which count nothing", ""),
        (value.bad, "lines that can't be read", style.BAD),
        (value.unfinished, "last lines that are not written to their end", ""),
        (value.lines, f"lines, in {value.days:,} days read to their end", ""),
        (value.exports, "exports of channels", ""),
    ]
    rows: list[Row] = [
        [Text(text.number(count), look if count else ""), what]
        for n, (count, what, look) in enumerate(counts)
        if count or n == 0
    ]
    return page(
        Grid([Column("", style=style.HEAD), Column("", left=True)], [Section(rows)]),
        _listed("Can't be read yet", [f"{day.guild} {day.day}: {day.reason}" for day in value.pending]),
        _listed("Bad lines", [f"{bad.guild} {bad.day} line {bad.line}: {bad.reason}" for bad in value.bad_lines]),
        _listed(
            "Known by name only, until Muster sees a channel of that name",
            [f"#{name} in {guild}" for guild, name in value.unbound],
        ),
    )


def status(values: "list[GuildStatus]") -> RenderableType:
    """How far the imports of servers have come."""
    if not values:
        return Text("Nothing was imported yet: muster history import FOLDER")
    columns = [Column("Server", left=True), Column("last day", left=True)]
    columns += [Column(name) for name in ("days", "pending", "messages", "known", "edits", "bad")]
    rows: list[Row] = [
        [
            text.plain(each.guild),
            each.last_date or "–",
            *(text.number(n) for n in (each.days, each.pending, each.messages, each.known, each.edits, each.bad)),
        ]
        for each in values
    ]
    bad = [f"{each.guild} {line.day} line {line.line}: {line.reason}" for each in values for line in each.bad_lines]
    pending = [f"{each.guild} {day.day}: {day.reason}" for each in values for day in each.pending_days]
    return page(Grid(columns, [Section(rows)]), _listed("Can't be read yet", pending), _listed("Bad lines", bad))


def _listed(title: str, lines: list[str]) -> RenderableType | None:
    if not lines:
        return None
    shown = [Text(f"   {text.plain(line)}") for line in lines[:_MOST]]
    if len(lines) > _MOST:
        shown.append(Text(f"   and {len(lines) - _MOST:,} more; --json lists them"))
    return Group(Text(f" {title}", style.HEAD), *shown)
