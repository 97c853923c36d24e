"""Text for pictures: what the font can draw, how wide it is, what of it fits."""

import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import msgspec
from matplotlib.font_manager import get_font
from matplotlib.ft2font import LoadFlags

from muster.charts.style import BOLD, REGULAR

UNKNOWN: Final = "–"
ELLIPSIS: Final = "…"
MISSING: Final = "□"
_CONTROL: Final = frozenset({"Cc", "Cf", "Cs"})
_SPACE: Final = frozenset({"Zs", "Zl", "Zp"})


class Placed(msgspec.Struct, frozen=True):
    """A word of a flowing text: its line, and how far from the line's start it stands."""

    line: int
    offset: float
    text: str
    colour: str | None = None


@lru_cache(maxsize=4096)
def printable(text: str) -> str:
    """The text as one line of characters the font has; one it lacks becomes its plain form or `□`.

    Controls and direction marks go, and so do all but the first of several marks on a letter.
    """
    kept: list[str] = []
    for character in unicodedata.normalize("NFC", text):
        category = unicodedata.category(character)
        if category in _SPACE or character in "\t\n\r":
            kept.append(" ")
        elif category.startswith("M"):
            if kept and not unicodedata.category(kept[-1]).startswith("M") and ord(character) in _glyphs():
                kept.append(character)
        elif category not in _CONTROL:
            kept.append(_drawable(character))
    return " ".join("".join(kept).split()) or UNKNOWN


def _drawable(character: str) -> str:
    if ord(character) in _glyphs():
        return character
    plain = unicodedata.normalize("NFKD", character)
    kept = [c for c in plain if ord(c) in _glyphs() and not unicodedata.category(c).startswith(("M", "Z", "C"))]
    return "".join(kept) or MISSING


@cache
def _glyphs() -> frozenset[int]:
    return frozenset(get_font(REGULAR).get_charmap()) & frozenset(get_font(BOLD).get_charmap())


@lru_cache(maxsize=8192)
def width(text: str, size: float, bold: bool = False) -> float:
    """The width in pixels of a printable text."""
    path: Path = BOLD if bold else REGULAR
    font = get_font(path)
    font.clear()
    font.set_size(size, 72)
    font.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    return font.get_width_height()[0] / 64


def fit(text: str, room: float, size: float, *, bold: bool = False, end: str = ELLIPSIS) -> str:
    """The text made printable, cut where it is wider than `room` pixels and ended with `…`."""
    text = printable(text)
    if width(text, size, bold) <= room:
        return text
    fits, too_long = 0, len(text)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if width(text[:middle].rstrip() + end, size, bold) <= room:
            fits = middle
        else:
            too_long = middle
    return text[:fits].rstrip() + end


def flow(names: Sequence[str], room: float, lines: int, size: float, widest: float) -> tuple[Placed, ...]:
    """Names set one after the other on at most so many lines; `+n more` stands for those without a place.

    No name is wider than `widest`.
    """
    cut = [fit(name, min(widest, room), size) for name in names]
    for count in range(len(cut), -1, -1):
        words = cut[:count] + ([f"+{len(cut) - count} more"] if count < len(cut) else [])
        placed = _set(words, room, size)
        if not placed or placed[-1].line < lines:
            return placed
    return ()


def _set(words: Sequence[str], room: float, size: float) -> tuple[Placed, ...]:
    line, offset, placed = 0, 0.0, []
    gap = size * 0.8
    for word in words:
        wide = width(word, size)
        if offset and offset + wide > room:
            line, offset = line + 1, 0.0
        placed.append(Placed(line, offset, word))
        offset += wide + gap
    return tuple(placed)
