"""The chat log as it is used: policies seen and set, messages found, written out and put back."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from muster.community import hidden, policies
from muster.community.archive import ChatLogError
from muster.community.events import before as before_drop
from muster.community.policies import Policy
from muster.model.chat import moment_of
from muster.pipelines.match import Ready
from muster.pipelines.values import Pipeline
from muster.store import chat, log, notes
from muster.store.engine import Reader, Store
from muster.store.log import LogChannel, PolicyRow, TextRow

DEFAULT = "default"
_PORTION = 5_000


class LoggedChannel(msgspec.Struct, frozen=True):
    """A channel, what is kept of it, and how many messages are kept now."""

    platform: str
    key: str
    name: str
    policy: Policy
    messages: int


async def overview(store: Store) -> list[LoggedChannel]:
    """Every channel that was ever seen, and the default; by name."""
    async with store.read() as reader:
        known = await policies.read(reader)
        platforms = {row.id: row.platform for row in await chat.all_communities(reader)}
        counts = await log.counts(reader)
        found = [
            LoggedChannel(
                platforms[row.community_id],
                row.key,
                row.name,
                known.of(platforms[row.community_id], row.key, row.name, row.parent),
                counts.get(row.id, 0),
            )
            for row in await chat.all_channels(reader)
        ]
        seen = {(one.platform, word) for one in found for word in (one.key, one.name)}
        found += [
            LoggedChannel(row.platform, row.channel, row.channel, known.of(row.platform, row.channel, row.channel), 0)
            for row in await log.policies(reader)
            if row.channel_key is None and (row.platform, row.channel) not in seen
        ]
    default = LoggedChannel("", DEFAULT, DEFAULT, known.default, 0)
    return [default, *sorted(found, key=lambda one: (one.name, one.key))]


async def set_policy(
    store: Store,
    platform: str,
    channel: str,
    *,
    on: bool | None = None,
    days: int | None = None,
    rate: float | None = None,
    steps: str | None = None,
) -> None:
    """Changes what is kept of a channel (id or name) or by default; what is not given stays as it is.

    `steps` is what happens before messages are deleted: `archive`, another shipped step, a stored pipeline, or
    `none`. Raises ChatLogError for steps that
    there are not, and for a name that several channels have.
    """
    async with store.write() as writer:
        if steps is not None and steps != "none":
            await before_drop.steps(writer, steps)
        known = await policies.read(writer)
        if channel == DEFAULT:
            values = {"enabled": on, "default_retention_days": days, "default_sampling_rate": rate}
            for name, value in values.items():
                if value is not None:
                    await notes.note(writer, f"chat_logging.{name}", value)
            if steps is not None:
                await notes.note(writer, "chat_logging.pre_drop_pipeline", None if steps == "none" else steps)
            return
        key, name = await _channel(writer, platform, channel)
        before = known.of(platform, key or channel, name)
        pipeline = before.pipeline if steps is None else None if steps == "none" else steps
        row = PolicyRow(
            platform,
            key or channel,
            key,
            before.enabled if on is None else on,
            before.retention_days if days is None else days,
            before.sampling_rate if rate is None else rate,
            pipeline,
        )
        await log.put_policy(writer, row)


async def search(
    store: Store, text: str, limit: int, *, community: tuple[str, str] | None = None, keys: Sequence[str] | None = None
) -> list[TextRow]:
    """Kept messages that contain a text, whatever its case, latest first; of a community (platform and key), and of
    channels by their keys, where they are given.
    """
    async with store.read() as reader:
        return await log.search(reader, text, limit, community=community, keys=keys)


async def export(store: Store, channel: str, to: Path) -> int:
    """Writes the kept messages of a channel (id or name), an object a line; returns how many."""
    count = 0
    async with store.read() as reader:
        found = [one for one in await log.log_channels(reader) if channel in (one.key, one.name)]
        if len(found) != 1:
            raise ChatLogError(f"{len(found) or 'no'} channels with kept messages are called {channel!r}; give an id")
        part = to.with_name(f".{to.name}.part")
        with part.open("wb") as stream:
            async for lines in _lines(reader, found[0]):
                stream.writelines(lines)
                count += len(lines)
        part.replace(to)
    return count


async def exported(store: Store, platform: str, key: str, most: int) -> tuple[bytes | None, int]:
    """The kept messages of a channel (its key), an object a line, and how many; None where that is more than `most`
    bytes.
    """
    content: list[bytes] = []
    size = 0
    async with store.read() as reader:
        for one in await log.log_channels(reader):
            if (one.platform, one.key) != (platform, key):
                continue
            async for lines in _lines(reader, one):
                content += lines
                size += sum(map(len, lines))
                if size > most:
                    return None, len(content)
    return b"".join(content), len(content)


async def _lines(reader: Reader, channel: LogChannel) -> AsyncIterator[list[bytes]]:
    """The kept messages of a channel in portions, each message a line of JSON."""
    first = 0
    while rows := await log.texts(reader, channel.id, first, 1 << 62, _PORTION):
        yield [msgspec.json.encode(row) + b"\n" for row in rows]
        first = rows[-1].number + 1


async def restore(store: Store, rows: Iterable[TextRow]) -> int:
    """Puts archived messages back, where their channel and author are known; returns how many were not there.

    What is nobody's stays away: an archive may be older than an erasure.
    """
    async with store.write() as writer:
        known = await hidden.read(writer)
        return await log.put_back(
            writer, [row for row in rows if moment_of(row.number) > known.until(row.platform, row.user)]
        )


def moment(row: TextRow) -> datetime:
    """When a message was written."""
    return datetime.fromtimestamp(moment_of(row.number) / 1000, UTC)


async def _channel(reader: Reader, platform: str, channel: str) -> tuple[str | None, str]:
    """Key and name of a channel that was seen; no key for a name that nobody has yet."""
    platforms = {row.id: row.platform for row in await chat.all_communities(reader)}
    rows = [row for row in await chat.all_channels(reader) if platforms[row.community_id] == platform]
    for row in rows:
        if row.key == channel:
            return row.key, row.name
    named = [row for row in rows if row.name == channel.removeprefix("#")]
    if len(named) > 1:
        raise ChatLogError(
            f"{len(named)} channels are called {channel!r}: give an id ({', '.join(r.key for r in named)})"
        )
    return (named[0].key, named[0].name) if named else (None, channel)


async def meant(store: Store, pipeline: Pipeline, limit: int) -> tuple[list[TextRow], int]:
    """Those of the latest kept messages that a pipeline means, and of how many they are."""
    async with store.read() as reader:
        rows = await log.search(reader, "", limit)
        communities = {row.id: (row.platform, row.key) for row in await chat.all_communities(reader)}
        parents = {(*communities[row.community_id], row.key): row.parent for row in await chat.all_channels(reader)}
    ready = Ready(pipeline)
    found = [
        row
        for row in reversed(rows)
        if ready.takes(before_drop.message_of(row, parents.get((row.platform, row.community, row.channel))))
    ]
    return found, len(rows)
