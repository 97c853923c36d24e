"""What an import did: counts, files with something to say, servers that are new."""

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from rich.console import Group, RenderableType
from rich.text import Text

from muster.cli.show import style, text
from muster.cli.show.grid import Column, Grid, Row, Section
from muster.cli.show.pieces import Prose, page

if TYPE_CHECKING:
    from muster.rounds.importer import FileResult, ImportReport
    from muster.store.files import Server

_STATUS: Final = {
    "imported": "imported",
    "known": "known before, passed over",
    "empty": "without players",
    "duplicate": "the same content under another name",
    "superseded": "replaced by another file of the same round",
    "rejected": "rejected: they can't be parsed; kept, with the reason",
    "unreadable": "could not be read",
    "refused": "no round files, though named",
    "not round files": "other files in the folders, left alone",
}
_STYLES: Final = {"imported": style.GOOD, "rejected": style.BAD, "unreadable": style.BAD, "refused": style.BAD}
_MOST_REASONS = 20
_MOST_FILES = 5


def render(value: "ImportReport") -> RenderableType:
    """The report."""
    if not value.counts:
        return Text("No round files found.")
    return page(_counts(value), _notable(value.notable), _servers(value.new_servers))


def _counts(value: "ImportReport") -> RenderableType:
    known = [status for status in _STATUS if status in value.counts]
    others = [status for status in value.counts if status not in _STATUS]
    rows: list[Row] = [
        [Text(text.number(value.counts[status]), _STYLES.get(status, "")), _STATUS.get(status, text.plain(status))]
        for status in (*known, *others)
    ]
    return Grid([Column("Files", style=style.HEAD), Column("", left=True)], [Section(rows)])


def _notable(results: Sequence["FileResult"]) -> RenderableType | None:
    """Reasons, each with the files it goes with."""
    by_reason: dict[tuple[str, str], list[str]] = {}
    for result in results:
        by_reason.setdefault((result.status, result.reason or ""), []).append(result.file)
    if not by_reason:
        return None
    parts: list[RenderableType] = [_reason(*key, files) for key, files in list(by_reason.items())[:_MOST_REASONS]]
    if len(by_reason) > _MOST_REASONS:
        parts.append(Text(f" and {len(by_reason) - _MOST_REASONS:,} more reasons; --json lists all"))
    return page(*parts)


def _reason(status: str, reason: str, files: Sequence[str]) -> RenderableType:
    lines = [text.plain(file) for file in files[:_MOST_FILES]]
    if len(files) > _MOST_FILES:
        lines.append(f"and {len(files) - _MOST_FILES:,} more")
    head = Text.assemble((text.plain(status), _STYLES.get(status, style.HEAD)), ": ", text.plain(reason))
    return Group(Prose(head, 1), Prose(Text("\n".join(lines)), 3))


def _servers(servers: Sequence["Server"]) -> RenderableType | None:
    if not servers:
        return None
    columns = [Column("New game server", left=True, least=12, most=40), Column("its clock", left=True)]
    grid = Grid(columns, [Section([[text.plain(server.name), text.plain(server.timezone)] for server in servers])])
    wrong = Text(" If a server's clock runs in another zone, say so once, with its name and zone:\n")
    command = shlex.quote(f"{text.plain(servers[0].name)}=Europe/Berlin")
    wrong.append(f"   muster rebuild --zone {command}", style.HEAD)
    return Group(grid, wrong)
