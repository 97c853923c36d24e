"""What is stored of a person, and what a request did."""

from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.text import Text

from muster.cli.show import style, text
from muster.cli.show.grid import Column, Grid, Row, Section
from muster.cli.show.pieces import page

if TYPE_CHECKING:
    from muster.community.privacy import Done, Stored


def stored(found: "Stored") -> RenderableType:
    """What is stored of a person."""
    name = text.plain(found.name) if found.name else "nobody who was counted"
    counts: list[tuple[int, str]] = [
        (found.sessions, "sessions"),
        (found.texts, "kept texts"),
        (found.archived, "texts in the archive"),
        (found.waiting, "messages on disk that wait for the database"),
        (found.set_aside, "messages that could not be stored"),
    ]
    rows: list[Row] = [[text.number(count), what] for count, what in counts if count]
    return page(
        Text(f" {text.plain(found.platform)} {text.plain(found.user)}: {name}", style=style.HEAD),
        Text(f" {_standing(found)}"),
        _communities(found),
        _channels(found),
        Grid([Column("", style=style.HEAD), Column("", left=True)], [Section(rows)]) if rows else None,
        Text(f" linked to the player {text.plain(found.player)}") if found.player else None,
        *(Text(f" {text.minute(one.at)} UTC: {one.action}, asked by {_who(one.asked_by)}") for one in found.requests),
    )


def _standing(found: "Stored") -> str:
    if found.opted_out:
        return "opted out: messages count for their channels alone"
    if found.hidden_until is not None:
        return f"what was written before {text.minute(found.hidden_until)} UTC is nobody's"
    return "nothing is stored" if found.is_nothing else "counted"


def _who(asked_by: str) -> str:
    return "the operator" if asked_by == "operator" else "the person"


def _communities(found: "Stored") -> RenderableType | None:
    if not found.communities:
        return None
    columns = [
        Column("Community", left=True),
        Column("messages"),
        Column("first", left=True),
        Column("last", left=True),
    ]
    rows: list[Row] = [
        [text.plain(one.name), text.number(one.messages), text.minute(one.first_at), text.minute(one.last_at)]
        for one in found.communities
    ]
    return Grid(columns, [Section(rows)])


def _channels(found: "Stored") -> RenderableType | None:
    if not found.channels:
        return None
    columns = [Column("Channel", left=True), Column("messages"), Column("days")]
    rows: list[Row] = [
        [text.plain(f"#{one.name}"), text.number(one.messages), text.number(one.days)] for one in found.channels
    ]
    return Grid(columns, [Section(rows)])


def done(what: "Done", *, is_for_good: bool) -> RenderableType:
    """What was erased."""
    counts = [*what.rows.items(), ("the archive", what.archived), ("messages that waited on disk", what.waiting)]
    lines = [f"   {name}: {count:,}" for name, count in counts if count]
    head = "Counted no longer." if is_for_good else "Erased." if lines else "There was nothing to erase."
    return page(Text(f" {head}"), *(Text(line) for line in lines))
