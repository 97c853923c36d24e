"""A list of gaming sessions."""

from rich.console import RenderableType
from rich.text import Text

from muster.cli.show import style, text
from muster.cli.show.grid import Column, Grid, Row, Section
from muster.cli.show.pieces import heading, page, remark
from muster.stats.values import SessionHead, SessionList


def render(value: SessionList) -> RenderableType:
    """A row per session, the latest first."""
    if not value.sessions:
        return Text("No sessions here.")
    columns = [
        Column("Day", left=True, style=style.HEAD),
        Column("From, to", 2, left=True),
        Column("Length"),
        Column("Rounds"),
        Column("Matches"),
        Column("Players"),
        Column("Match-ups", 4),
        Column("Server", 3, left=True, least=8, most=28),
    ]
    several = len({head.server for head in value.sessions}) > 1
    rows = [_row(head, several) for head in value.sessions]
    last = value.offset + len(rows)
    part = f"{value.offset + 1:,} to {last:,} of {value.total:,}" if len(rows) < value.total else ""
    below = remark("days are the servers' own", part)
    return page(Grid(columns, [Section(rows)], heading("Gaming sessions")), below)


def _row(head: SessionHead, several: bool) -> Row:
    return [
        text.weekday(head.day),
        text.hours_of_day(head.ended_at, head.seconds),
        text.span(head.seconds),
        text.number(head.rounds),
        text.number(head.matches),
        text.number(head.players),
        text.number(head.match_ups),
        text.plain(head.server) if several else "",
    ]
