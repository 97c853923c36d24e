"""What looking after a database tells: differences to a recount, and what it holds."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from muster.cli.show import style, text
from muster.cli.show.grid import Column, Grid, Section
from muster.cli.show.pieces import Prose, page

if TYPE_CHECKING:
    from muster.rounds.importer.rebuild import Difference


def differences(value: Sequence["Difference"]) -> RenderableType:
    """What a recount found, table by table."""
    if not value:
        return Text("Everything agrees: what is stored is what the kept files give.", style.GOOD)
    what = text.counted(len(value), "table differs", "tables differ")
    head = Text(f"{what} from a recount of the kept files.", style.BAD)
    advice = Text("muster rebuild derives everything anew from the kept files.")
    return page(head, *(_difference(one) for one in value), advice)


def _difference(one: "Difference") -> RenderableType:
    title = Text.assemble((text.plain(one.table), style.HEAD), f": {text.counted(one.rows, 'row')}")
    rows = [*_rows("stored", one.stored_only), *_rows("recounted", one.recounted_only)]
    rest = one.rows - len(rows)
    more = [Text(f" and {rest:,} more")] if rest > 0 else []
    return Group(title, *rows, *more)


def _rows(label: str, rows: Sequence[str]) -> list[RenderableType]:
    mark = "-" if label == "stored" else "+"
    return [Prose(Text.assemble((f"{mark} only {label}: ", style.BAD), text.plain(row)), 1) for row in rows]


def pairs(value: Sequence[tuple[str, str]]) -> RenderableType:
    """Labels and what stands behind them."""
    rows = [[text.plain(label), text.plain(said)] for label, said in value]
    return Grid([Column("", left=True, style=style.HEAD), Column("", left=True, least=20)], [Section(rows)])
