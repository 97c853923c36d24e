"""Answers as pages: plain values that fit into Discord's limits, before they become embeds."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from muster.bot.text import block

TITLE, DESCRIPTION, FIELD_NAME, FIELD_VALUE, FOOTER, FIELDS, TOTAL = 256, 4096, 256, 1024, 2048, 25, 6000
"""Discord's limits of an embed, in characters and fields."""

ROWS: Final = 15
"""Rows of a table on one page: what a phone shows without much scrolling."""

BLUE, GREEN, ORANGE, RED, GREY = 0x56B4E9, 0x2FB385, 0xE69F00, 0xD55E00, 0x8A8D93


class Field(msgspec.Struct, frozen=True):
    """A field of a page."""

    name: str
    value: str
    inline: bool = True


class Option(msgspec.Struct, frozen=True):
    """Something that stands on a page and can be opened: what a menu calls it, and its id."""

    label: str
    value: str
    description: str = ""


class Page(msgspec.Struct, frozen=True):
    """One embed. `label` is what a menu of views calls it; pages in a row with the same one are one view.

    `file` names the picture or upload of the answer that goes with this page, where not all pages show it.
    `options` can be opened from this page, where the command says how.
    """

    title: str
    description: str = ""
    fields: tuple[Field, ...] = ()
    footer: str = ""
    colour: int = BLUE
    label: str = ""
    file: str = ""
    options: tuple[Option, ...] = ()

    def __post_init__(self) -> None:
        """Refuses what Discord would refuse: a page is made to fit, never cut."""
        parts = ((self.title, TITLE), (self.description, DESCRIPTION), (self.footer, FOOTER))
        if any(len(text) > limit for text, limit in parts) or len(self.fields) > FIELDS:
            raise ValueError(f"page {self.title[:40]!r} is larger than Discord takes")
        for field in self.fields:
            if not (0 < len(field.name) <= FIELD_NAME and 0 < len(field.value) <= FIELD_VALUE):
                raise ValueError(f"field {field.name[:40]!r} of page {self.title[:40]!r} does not fit")
        if self.size > TOTAL:
            raise ValueError(f"page {self.title[:40]!r} has {self.size} characters, Discord takes {TOTAL}")

    @property
    def size(self) -> int:
        """Characters that count for Discord's limit of the whole."""
        fields = sum(len(field.name) + len(field.value) for field in self.fields)
        return len(self.title) + len(self.description) + len(self.footer) + fields


class Picture(msgspec.Struct, frozen=True):
    """A picture to be drawn: a function of `charts.pictures` and what it draws. `file` is its name in the post."""

    file: str
    function: Callable[..., bytes]
    arguments: tuple[Any, ...]


class Upload(msgspec.Struct, frozen=True):
    """A file to be sent along."""

    file: str
    content: bytes


class Answer(msgspec.Struct, frozen=True):
    """What a command answers: pages to leaf through, or views to choose from, with a picture or a file.

    `views`: the pages are different views with labels, not a sequence. `private`: only the asker sees it.
    `secret`: private, and rather not shown at all than to others. `at`: the page that is shown first.
    """

    pages: tuple[Page, ...]
    picture: Picture | None = None
    upload: Upload | None = None
    views: bool = False
    private: bool = False
    at: int = 0
    secret: bool = False

    @property
    def by_page(self) -> bool:
        """Whether pages say which file goes with them."""
        return any(page.file for page in self.pages)


def said(title: str, text: str = "", *, colour: int = BLUE, private: bool = False) -> Answer:
    """An answer of one short page."""
    return Answer((Page(title, text, colour=colour),), private=private)


def in_pages(
    title: str,
    lines: Sequence[str],
    *,
    head: Sequence[str] = (),
    above: str = "",
    footer: str = "",
    colour: int = BLUE,
    label: str = "",
    rows: int = ROWS,
) -> tuple[Page, ...]:
    """Lines of a table as pages of a code block each; `head` and `above` stand on every page."""
    pages: list[Page] = []
    room = DESCRIPTION - len(above) - sum(len(line) + 1 for line in head) - 20
    part: list[str] = []
    parts: list[list[str]] = []
    for line in lines:
        if part and (len(part) >= rows or sum(len(each) + 1 for each in part) + len(line) > room):
            parts.append(part)
            part = []
        part.append(line)
    parts.append(part)
    for number, each in enumerate(parts, 1):
        table = block([*head, *each]) if each else ""
        count = f"page {number} of {len(parts)}" if len(parts) > 1 else ""
        pages.append(
            Page(
                title,
                "\n".join(text for text in (above, table) if text),
                footer=" · ".join(text for text in (footer, count) if text),
                colour=colour,
                label=label,
            )
        )
    return tuple(pages)


class Table(msgspec.Struct, frozen=True):
    """Lines for a code block; `above` is a line of text over it. Both it and `head` stand on every page it takes."""

    lines: tuple[str, ...]
    head: tuple[str, ...] = ()
    above: str = ""

    def shown(self, lines: Sequence[str]) -> str:
        """Some of the lines, as they stand on a page."""
        return (f"{self.above}\n" if self.above else "") + block([*self.head, *lines])


def in_parts(
    title: str,
    parts: Sequence[str | Table],
    *,
    footer: str = "",
    colour: int = BLUE,
    label: str = "",
    file: str = "",
    rows: int = DESCRIPTION,
) -> tuple[Page, ...]:
    """Texts and tables one below the other on as many pages as they need, at most `rows` lines of tables on each.

    A table that fits on a page is not torn apart. A text has to be shorter than DESCRIPTION.
    """
    pages: list[list[str]] = [[]]
    taken = 0
    for part in parts:
        if isinstance(part, str):
            if not _fits(pages[-1], part):
                pages.append([])
                taken = 0
            pages[-1].append(part)
            continue
        rest = part.lines
        while rest:
            whole = len(rest) <= rows and _fits([], part.shown(rest))
            count = _most_lines(pages[-1], part, rest[: rows - taken])
            if pages[-1] and count < len(rest) and (whole or count == 0):
                pages.append([])
                taken = 0
                continue
            pages[-1].append(part.shown(rest[: max(count, 1)]))
            rest, taken = rest[max(count, 1) :], taken + max(count, 1)
    counts = [f"page {number} of {len(pages)}" if len(pages) > 1 else "" for number in range(1, len(pages) + 1)]
    return tuple(
        Page(
            title,
            "\n".join(page),
            footer=" · ".join(text for text in (footer, count) if text),
            colour=colour,
            label=label,
            file=file,
        )
        for page, count in zip(pages, counts, strict=True)
    )


def _fits(page: Sequence[str], part: str) -> bool:
    return sum(len(each) + 1 for each in page) + len(part) <= DESCRIPTION


def _most_lines(page: Sequence[str], table: Table, lines: Sequence[str]) -> int:
    """How many of the lines fit on what is left of a page."""
    count = len(lines)
    while count and not _fits(page, table.shown(lines[:count])):
        count -= 1
    return count
