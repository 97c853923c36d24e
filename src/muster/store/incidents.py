"""What admins are told of: one row and one message each, from when it is wrong until it is right again."""

from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy as sa

from muster.store.engine import Reader, Writer
from muster.store.schema import incidents

_I: Final = incidents.c


class Incident(msgspec.Struct, frozen=True):
    """A row of `incidents`. `tried`: it may have been posted; `shown`: what its message says, "" before it is there."""

    id: str
    key: str
    channel_id: int
    title: str
    detail: str
    cure: str
    opened: datetime
    closed: datetime | None = None
    tried: bool = False
    message_id: int | None = None
    shown: str = ""

    @property
    def words(self) -> str:
        """What its message has to say: another text, another look."""
        over = "" if self.closed is None else f"{self.closed.timestamp():.0f}"
        return "\n".join((self.title, self.detail, self.cure, over))


async def unfinished(reader: Reader) -> list[Incident]:
    """Those that are not over, and those whose end was not told."""
    query = sa.select(incidents).order_by(_I.opened, _I.id)
    rows = [Incident(*row) for row in await reader.all(query.where(_I.closed.is_(None)))]
    rows += [Incident(*row) for row in await reader.all(query.where(_I.closed.is_not(None)).limit(1000))]
    return [row for row in rows if row.closed is None or row.shown != row.words]


async def put(writer: Writer, one: Incident) -> None:
    """Keeps how an incident is."""
    names = [column.name for column in incidents.columns if not column.primary_key]
    await writer.upsert(incidents, [msgspec.structs.astuple(one)], {name: f"new.{name}" for name in names})


async def forget(writer: Writer, before: datetime) -> None:
    """Removes those that were over before a moment."""
    await writer.run(sa.delete(incidents).where(_I.closed < before))
