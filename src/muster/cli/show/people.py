"""When a name means several players, or none."""

from rich.console import RenderableType
from rich.text import Text

from muster.cli.show import style, text
from muster.cli.show.grid import Column, Grid, Row, Section
from muster.cli.show.pieces import page, remark
from muster.stats.values import Choice, Nobody


def choice(value: Choice) -> RenderableType:
    """Did you mean …"""
    columns = [
        Column("Player", left=True, least=16, most=28),
        Column("fits by the name", left=True, least=12, most=28),
        Column("GUID", left=True),
        Column("Rounds"),
    ]
    rows: list[Row] = [
        [Text(text.name(c.player), style.HEAD), text.alias(c.alias), text.plain(c.player.key), text.number(c.rounds)]
        for c in value.candidates
    ]
    grid = Grid(columns, [Section(rows)])
    return page(Text("Did you mean …", style.TITLE), grid, remark("ask again with more of the name, or with the GUID"))


def nobody(value: Nobody) -> RenderableType:
    """Nobody found."""
    return Text.assemble("Nobody goes by anything like ", (text.alias(value.text), style.HEAD), ".")
