"""Evenings as they are lived: when they began and ended and by what, over all game servers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from muster.store import notes
from muster.store.engine import Reader, Writer
from muster.store.files import next_id
from muster.store.schema import evenings

_E = evenings.c
_NOTE: Final = "evenings"


class EveningRow(msgspec.Struct, frozen=True):
    """A row of `evenings`."""

    id: int
    name: str
    since: datetime
    until: datetime | None
    source: str
    reason: str | None
    last_round: datetime | None
    last_file: datetime | None
    held: bool


async def going_on(reader: Reader) -> EveningRow | None:
    """The evening that goes on; there is one at most."""
    row = await reader.first(sa.select(evenings).where(_E.until.is_(None)).order_by(_E.id.desc()).limit(1))
    return None if row is None else EveningRow(*row)


async def named(reader: Reader, name: str) -> EveningRow | None:
    """An evening by its name."""
    row = await reader.first(sa.select(evenings).where(_E.name == name))
    return None if row is None else EveningRow(*row)


async def around(reader: Reader, first: datetime, last: datetime) -> list[EveningRow]:
    """Evenings that overlap a span of time."""
    query = sa.select(evenings).where(_E.since <= last, sa.or_(_E.until.is_(None), _E.until >= first))
    return [EveningRow(*row) for row in await reader.all(query.order_by(_E.since, _E.id))]


async def begin(writer: Writer, since: datetime, source: str, until: datetime | None = None) -> EveningRow:
    """Stores an evening that begins; `until`: that is over already."""
    number = await next_id(writer, evenings)
    row = EveningRow(number, f"evening-{since:%Y-%m-%d}-{number}", since, until, source, None, None, None, False)
    await writer.insert(evenings, [msgspec.structs.astuple(row)])
    return row


async def change(writer: Writer, row: EveningRow) -> None:
    """Stores what has become of an evening."""
    values = {name: value for name, value in msgspec.structs.asdict(row).items() if name not in ("id", "name")}
    await writer.run(sa.update(evenings).where(_E.id == row.id).values(values))


async def noted(reader: Reader) -> Any:
    """What is kept between evenings, as it was given to `note`."""
    return await notes.noted(reader, _NOTE)


async def note(writer: Writer, value: Any) -> None:
    """Keeps something between evenings."""
    await notes.note(writer, _NOTE, value)


async def all_of(reader: Reader) -> Sequence[EveningRow]:
    """Every evening, in the order they began."""
    return [EveningRow(*row) for row in await reader.all(sa.select(evenings).order_by(_E.since, _E.id))]
