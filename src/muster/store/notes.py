"""Small things kept beside the facts: the version of the data, settings changed at run time, links to players."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from muster.store.engine import Reader, Writer
from muster.store.schema import bot_config, data_version, links

_ANSWERS = 1
"""The row of `data_version` for answers about rounds."""
_NAMES = 3
"""The row that counts how often names were counted anew; it is not there before the first time."""


class Link(msgspec.Struct, frozen=True):
    """A Discord user who is a player. `linked_by` is the user who confirmed it."""

    user_id: int
    player_key: str
    linked_by: int
    linked_at: datetime


async def version(reader: Reader) -> int:
    """The version of the data: an answer holds as long as it stays the same."""
    return int(await reader.scalar(sa.select(data_version.c.version).where(data_version.c.id == _ANSWERS)))


async def change(writer: Writer) -> None:
    """Says that answers may be other ones after this transaction."""
    await writer.run(
        sa.update(data_version).where(data_version.c.id == _ANSWERS).values(version=data_version.c.version + 1)
    )


async def recounts(reader: Reader) -> int:
    """How often names were counted anew. While it stays the same, names only came with rounds of greater ids."""
    return int(await reader.scalar(sa.select(data_version.c.version).where(data_version.c.id == _NAMES)) or 0)


async def recounted(writer: Writer) -> None:
    """Says that names of players are not only more than they were."""
    await writer.upsert(data_version, [(_NAMES, 1)], {"version": "old.version + 1"})


async def noted(reader: Reader, key: str) -> Any:
    """The value of a setting changed at run time, None where it was not."""
    value = await reader.scalar(sa.select(bot_config.c.value).where(bot_config.c.key == key))
    return None if value is None else msgspec.json.decode(value)


async def note(writer: Writer, key: str, value: Any) -> None:
    """Keeps the value of a setting changed at run time; None forgets it."""
    await writer.run(sa.delete(bot_config).where(bot_config.c.key == key))
    if value is not None:
        await writer.insert(bot_config, [(key, msgspec.json.encode(value).decode())])


async def link_of(reader: Reader, user_id: int) -> Link | None:
    """The player a user is linked to."""
    row = await reader.first(sa.select(links).where(links.c.user_id == user_id))
    return None if row is None else Link(*row)


async def linked_user(reader: Reader, player_key: str) -> Link | None:
    """The user who is linked to a player."""
    row = await reader.first(sa.select(links).where(links.c.player_key == player_key))
    return None if row is None else Link(*row)


async def link(writer: Writer, user_id: int, player_key: str, linked_by: int) -> None:
    """Links a user to a player; earlier links of either are gone."""
    await writer.run(sa.delete(links).where(sa.or_(links.c.user_id == user_id, links.c.player_key == player_key)))
    await writer.insert(links, [(user_id, player_key, linked_by, datetime.now(UTC).replace(microsecond=0))])


async def unlink(writer: Writer, user_id: int) -> bool:
    """Forgets a user's link; False where there was none."""
    return await writer.run(sa.delete(links).where(links.c.user_id == user_id)) > 0


async def unlink_wholly(writer: Writer, user_id: int) -> int:
    """Forgets a user's link, and that he confirmed those of others (0 did, then); returns how many rows that were."""
    gone = await writer.run(sa.delete(links).where(links.c.user_id == user_id))
    return gone + await writer.run(sa.update(links).where(links.c.linked_by == user_id).values(linked_by=0))
