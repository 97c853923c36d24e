"""Channels of lines: a line has a name and no id."""

from collections.abc import Iterable, Sequence

from muster.store import history
from muster.store.chat import ChannelRow
from muster.store.engine import Writer


def key_of(name: str) -> str:
    """The key of a channel of which nothing but the name is known."""
    return f"#{name}"


def bound(name: str, channels: Iterable[ChannelRow]) -> ChannelRow | None:
    """The channel of a community that a name means: the oldest that has it; a thread only if no other has it."""
    named = [row for row in channels if row.name == name and not row.key.startswith("#")]
    plain = [row for row in named if row.parent is None]
    if plain:
        return min(plain, key=lambda row: (len(row.key), row.key))
    return named[0] if len(named) == 1 else None


async def channels(writer: Writer, community_id: int, names: Sequence[str]) -> dict[str, ChannelRow]:
    """The channels of names, made where no channel of the community has the name."""
    known = await history.channels_of(writer, community_id)
    by_key = {row.key: row for row in known}
    found = {name: bound(name, known) or by_key.get(key_of(name)) for name in names}
    new = [name for name, row in found.items() if row is None]
    made = await history.make_channels(writer, community_id, [(key_of(name), name, None) for name in new])
    return {name: row for name, row in found.items() if row is not None} | dict(zip(new, made, strict=True))
