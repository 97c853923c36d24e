"""How the parts of the running program are, as it last noted, and small questions that show it."""

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from muster.store.engine import Reader, Writer
from muster.store.outbox import PostStatus
from muster.store.schema import health_states, outbox

_O: Final = outbox.c
_OPEN: Final = (PostStatus.PENDING.value, PostStatus.SENDING.value)


async def note(writer: Writer, process: str, now: datetime, state: str) -> None:
    """Keeps how a process is, as JSON."""
    await writer.upsert(health_states, [(process, now, state)], {"noted": "new.noted", "state": "new.state"})


async def noted(reader: Reader) -> list[tuple[str, datetime, str]]:
    """Process, when, and how it was: JSON."""
    rows = await reader.all(sa.select(health_states).order_by(health_states.c.process))
    return [(row.process, row.noted, row.state) for row in rows]


async def posts_due(reader: Reader, now: datetime) -> datetime | None:
    """When what waits longest to be posted was due; None where nothing is."""
    query = sa.select(sa.func.min(_O.due_at)).where(_O.status.in_(_OPEN), _O.due_at <= now)
    found: datetime | None = await reader.scalar(query)
    return found


async def size(reader: Reader) -> int:
    """Bytes of the database."""
    if reader.dialect == "postgresql":
        return int(await reader.scalar(sa.text("SELECT pg_database_size(current_database())")))
    pages = int(await reader.scalar(sa.text("PRAGMA page_count")))
    return pages * int(await reader.scalar(sa.text("PRAGMA page_size")))
