"""How collectors are, as the running program last noted it."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa

from muster.store.engine import Reader, Writer
from muster.store.schema import collector_states


class CollectorRow(msgspec.Struct, frozen=True):
    """A row of `collector_states`."""

    server: str
    kind: str
    place: str
    state: str
    since: datetime
    detail: str
    cure: str
    looked: datetime | None
    came: datetime | None
    newest: str | None
    noted: datetime


_CHANGING = [column.name for column in collector_states.columns if not column.primary_key]


async def note(writer: Writer, rows: Sequence[CollectorRow]) -> None:
    """Stores how these are now; others stay."""
    # Without a round since the start what was known of the last one stays.
    sets = {name: f"coalesce(new.{name}, old.{name})" for name in _CHANGING}
    await writer.upsert(collector_states, [msgspec.structs.astuple(row) for row in rows], sets)


async def noted(reader: Reader) -> list[CollectorRow]:
    """Everything that was noted, by server and kind."""
    columns = collector_states.c
    return [
        CollectorRow(*row)
        for row in await reader.all(sa.select(collector_states).order_by(columns.server, columns.kind))
    ]
