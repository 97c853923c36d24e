"""A leaderboard: who leads by a metric, by how much, and who was left out."""

from rich.console import Group, RenderableType
from rich.text import Text

from muster.cli.show import figures, style, text
from muster.cli.show.grid import Column, Grid, Row, Section
from muster.cli.show.pieces import Bar, Prose, page, remark
from muster.stats.formulas import NO_DATA
from muster.stats.metrics import METRICS
from muster.stats.values import Entry, Leaderboard


def render(value: Leaderboard) -> RenderableType:
    """The ranking, the metric's meaning above, the gates below."""
    if not value.entries:
        return page(_title(value), Text("Nobody to rank here."), remark(*_gates(value)))
    most = max(entry.value for entry in value.entries)
    columns = [
        Column("#"),
        Column("Player", left=True, least=16, most=28),
        Column(figures.headed(value.metric), style=style.DECIDES),
        Column("±"),
        Column("", 1, left=True, least=6, most=24),
        Column("Rounds"),
        Column("Hours", 2),
    ]
    timed = any(entry.minutes is not None for entry in value.entries)
    rows = [_entry(value.metric, entry, most, timed) for entry in value.entries]
    return page(_title(value), Grid(columns, [Section(rows)]), remark(*_gates(value)))


def _title(value: Leaderboard) -> RenderableType:
    metric = METRICS[value.metric]
    order = " (lowest first)" if value.ascending else ""
    scope = text.joined(*text.scope(value.scope, value.weapon))
    title = Text.assemble((f"{metric.title}{order}", style.TITLE), " · ", scope)
    # What a metric says of all weapons is not what it says of one.
    return title if value.weapon else Group(title, Prose(Text(metric.definition)))


def _entry(metric: str, entry: Entry, most: float, timed: bool) -> Row:
    hours = NO_DATA if entry.minutes is None else figures.bare("hours", entry.minutes / 60)
    return [
        text.number(entry.rank),
        Text(text.name(entry.player), style.BEST if entry.rank == 1 else ""),
        figures.bare(metric, entry.value),
        "" if entry.uncertainty is None else text.number(entry.uncertainty),
        Bar(entry.value / most if most > 0 else 0),
        text.number(entry.rounds),
        hours if timed else "",
    ]


def _gates(value: Leaderboard) -> list[str]:
    """Who is ranked at all."""
    asked = [f"{value.min_rounds:,} rounds"] if value.min_rounds else []
    asked += [f"{value.min_shots:,} shots"] if value.min_shots else []
    last = value.offset + len(value.entries)
    part = f"places {value.offset + 1:,} to {last:,} of {value.total:,}"
    return [
        part if 0 < len(value.entries) < value.total else f"{value.total:,} ranked",
        f"asks for {' and '.join(asked)}" if asked else "",
        f"{value.left_out:,} left out with fewer" if value.left_out else "nobody left out",
    ]
