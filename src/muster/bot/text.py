"""Text for Discord: names that can't format or mention, tables that stay aligned."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len, set_cell_size

WIDTH: Final = 40
"""Characters of a table's line that a phone shows without wrapping."""

_MARKDOWN = re.compile(r"([\\*_~`|>#\[\]()<:@+.-])")
_INVISIBLE = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))
ZERO_WIDTH = "\u200b"


def plain(text: str) -> str:
    """Text without controls, direction overrides and invisible characters."""
    return "".join(c for c in text if unicodedata.category(c) not in _INVISIBLE or c == " ").strip()


def name(text: str, fallback: str = "(no name)") -> str:
    """A name for running text: nothing in it formats, links or mentions."""
    visible = plain(text) or fallback
    return _MARKDOWN.sub(r"\\\1", visible).replace("\\@", f"@{ZERO_WIDTH}")


def cell(text: str, fallback: str = "(no name)") -> str:
    """A name for a code block: it can't end the block."""
    return plain(text).replace("`", "'") or fallback


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, width: int = WIDTH) -> list[str]:
    """Lines of a table for a code block: the first column on the left gives way, the others stand on the right.

    No line is wider than `width` cells; numbers are never cut.
    """
    columns = list(zip(*([head] if not rows else [head, *rows]), strict=True))
    widths = [max(cell_len(text) for text in column) for column in columns]
    rest = sum(widths[1:]) + len(widths) - 1
    widths[0] = max(min(widths[0], width - rest), 4)
    return [_line(row, widths) for row in ([head, *rows] if any(head) else rows)]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first = _fit(row[0], widths[0])
    others = (" " * (width - cell_len(text)) + text for text, width in zip(row[1:], widths[1:], strict=True))
    return " ".join((first, *others)).rstrip()


def _fit(text: str, width: int) -> str:
    """A text of exactly this width; what is cut off leaves a mark."""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, width - 1) + "…"


def block(lines: Sequence[str]) -> str:
    """Lines as a code block."""
    return "```\n" + "\n".join(lines) + "\n```"


def clock(seconds: float | None) -> str:
    """M:SS of a duration; `–` where unknown."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02}"


def span(seconds: float) -> str:
    """A long duration in hours and minutes."""
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def number(value: int | None) -> str:
    """A whole number with thousands apart; `–` where unknown."""
    return "–" if value is None else f"{value:,}"
