"""A session that somebody began by command, kept in `bot_config` until it is ended."""

from datetime import datetime
from typing import Any

import msgspec

from muster.stats.live import LONGEST
from muster.store import notes
from muster.store.engine import Reader, Writer


class Started(msgspec.Struct, frozen=True):
    """When it began, and by which user in which channel; None where it was not a user: `source` says what began it."""

    since: datetime
    by: int | None
    channel: int | None
    source: str = "command"


async def started(reader: Reader, guild: int, now: datetime) -> Started | None:
    """The session going on in a server; None where there is none, or it was left open for too long."""
    value: Any = await notes.noted(reader, _key(guild))
    found = None if value is None else msgspec.convert(value, Started)
    return None if found is None or now - found.since > LONGEST else found


async def start(writer: Writer, guild: int, session: Started) -> None:
    """Keeps a session as going on."""
    await notes.note(writer, _key(guild), msgspec.to_builtins(session))


async def end(writer: Writer, guild: int) -> None:
    """Forgets it."""
    await notes.note(writer, _key(guild), None)


def _key(guild: int) -> str:
    return f"session:{guild}"
