"""Text for Discord: names that can't format or mention, tables that stay aligned."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from rich.cells import cell_len, set_cell_size

from muster.stats.words import clock as clock
from muster.stats.words import plain as plain

WIDTH: Final = 40
"""Characters of a table's line that a phone shows without wrapping."""

NARROW: Final = 32
"""The same of a table in an embed on a phone of 390 points: what tables should keep to where they can."""

_MARKDOWN = re.compile(r"([\\*_~`|>#\[\]()<:@+.-])")
ZERO_WIDTH = "\u200b"


def name(text: str, fallback: str = "(no name)") -> str:
    """A name for running text: nothing in it formats, links or mentions."""
    visible = plain(text) or fallback
    return _MARKDOWN.sub(r"\\\1", visible).replace("\\@", f"@{ZERO_WIDTH}")


def called(text: str, fallback: str = "(no name)", longest: int = 40) -> str:
    """The same for names that may be too long for where they stand."""
    visible = plain(text) or plain(fallback)
    return name(visible if len(visible) <= longest else f"{visible[: longest - 1]}…")


def cell(text: str, fallback: str = "(no name)") -> str:
    """A name for a code block: it can't end the block."""
    return plain(text).replace("`", "'") or fallback


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, width: int = WIDTH, gap: str = " ") -> list[str]:
    """Lines of a table for a code block: the first column on the left gives way, the others stand on the right.

    No line is wider than `width` cells; numbers are never cut. `gap` stands between columns.
    """
    columns = list(zip(*([head] if not rows else [head, *rows]), strict=True))
    widths = [max(cell_len(text) for text in column) for column in columns]
    rest = sum(widths[1:]) + len(gap) * (len(widths) - 1)
    widths[0] = max(min(widths[0], width - rest), 4)
    return [_line(row, widths, gap) for row in ([head, *rows] if any(head) else rows)]


def _line(row: Sequence[str], widths: Sequence[int], gap: str) -> str:
    first = fit(row[0], widths[0])
    others = (" " * (width - cell_len(text)) + text for text, width in zip(row[1:], widths[1:], strict=True))
    return gap.join((first, *others)).rstrip()


def fit(text: str, width: int) -> str:
    """A text of exactly this width; what is cut off leaves a mark."""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, width - 1) + "…"


def block(lines: Sequence[str]) -> str:
    """Lines as a code block."""
    return "```\n" + "\n".join(lines) + "\n```"


def span(seconds: float) -> str:
    """A long duration in hours and minutes."""
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def number(value: int | None) -> str:
    """A whole number with thousands apart; `–` where unknown."""
    return "–" if value is None else f"{value:,}"


def counted(count: int, noun: str) -> str:
    """`1 round`, `1,800 rounds`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def moment(at: datetime, style: str = "f") -> str:
    """A moment as Discord shows it, on each reader's own clock: `f` date and time, `t` time, `R` how long ago."""
    return f"<t:{int(at.timestamp())}:{style}>"
