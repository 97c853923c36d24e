"""Gaming sessions as a list to open one from."""

from collections.abc import Sequence
from typing import Final

from muster.bot import text
from muster.bot.pages import Answer, Option, Page, said
from muster.bot.show.board import scope as scope_words
from muster.bot.show.session import weekday
from muster.stats.values import Scope, SessionHead, SessionList

ROWS: Final = 15
"""Sessions on a page."""

LONGEST_VALUE: Final = 100
"""Characters of a menu's value that Discord takes."""


def history(found: SessionList, asked: Scope) -> Answer:
    """Pages of sessions, the latest first."""
    if not found.sessions:
        return said("Gaming sessions", f"-# {scope_words(asked)}\nNo session there.")
    rows = [_row(head) for head in found.sessions]
    head, *lines = text.table(("day", "rds", "maps", "plrs", "length"), rows)
    starts = range(0, len(lines), ROWS)
    pages = [
        _page(found, asked, [head, *lines[at : at + ROWS]], found.sessions[at : at + ROWS], number, len(starts))
        for number, at in enumerate(starts, 1)
    ]
    return Answer(tuple(pages))


def _page(
    found: SessionList, asked: Scope, lines: Sequence[str], heads: Sequence[SessionHead], number: int, of: int
) -> Page:
    more = found.total - len(found.sessions)
    left = [f"{text.number(more)} earlier ones: name a month"] if more > 0 else []
    footer = [text.counted(found.total, "session"), *left]
    footer += [f"page {number} of {of}"] if of > 1 else []
    above = f"-# {scope_words(asked)} · latest first · days are the servers' own · maps: played both ways"
    return Page(
        "Gaming sessions",
        f"{above}\n{text.block(lines)}",
        footer=" · ".join(footer),
        options=tuple(_option(head) for head in heads if len(head.session_id) <= LONGEST_VALUE),
    )


def _row(head: SessionHead) -> tuple[str, ...]:
    return (weekday(head.day), str(head.rounds), str(head.matches), str(head.players), text.span(head.seconds))


def _option(head: SessionHead) -> Option:
    facts = f"{text.counted(head.rounds, 'round')} · {text.counted(head.players, 'player')}"
    return Option(f"{weekday(head.day)} · {facts}", head.session_id, f"{text.span(head.seconds)} · {head.session_id}")
