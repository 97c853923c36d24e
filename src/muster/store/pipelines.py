"""Event pipelines as rows, the sums they keep, and who read the chat log."""

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec
import sqlalchemy as sa

from muster.store.engine import Reader, Writer
from muster.store.files import next_id
from muster.store.schema import (
    channels,
    chat_log_access,
    chat_summary_hours,
    chat_summary_users,
    communities,
    event_pipelines,
)

_E = event_pipelines.c


class PipelineRow(msgspec.Struct, frozen=True):
    """A row of `event_pipelines`; filters and actions are JSON."""

    name: str
    priority: int
    enabled: bool
    stop_on_match: bool
    stop_on_error: bool
    filters: str
    actions: str


class Summary(msgspec.Struct, frozen=True):
    """What a pipeline summed up of a channel in a month (YYYYMM). `hours`: messages by hour of the day, in UTC.

    `stage`: `live`, or `drop` for what was summed up before it was deleted.
    """

    pipeline: str
    stage: str
    platform: str
    channel: str
    channel_name: str
    month: int
    messages: int
    users: int
    characters: int
    hours: tuple[int, ...]

    @property
    def mean_length(self) -> float:
        """Characters a message."""
        return self.characters / self.messages if self.messages else 0.0


class Access(msgspec.Struct, frozen=True):
    """Somebody (`platform:key`) looked into the chat log, or changed what is kept of it."""

    at: datetime
    who: str
    action: str
    about: str


async def all_of_them(reader: Reader) -> list[PipelineRow]:
    """Every pipeline, in the order they are asked in."""
    names = (_E[name] for name in PipelineRow.__struct_fields__)
    query = sa.select(*names).order_by(_E.priority, _E.name)
    return [PipelineRow(*row) for row in await reader.all(query)]


async def put(writer: Writer, row: PipelineRow) -> None:
    """Stores a pipeline in the place of the one of its name."""
    await remove(writer, row.name)
    await writer.run(sa.insert(event_pipelines).values(msgspec.structs.asdict(row)))


async def remove(writer: Writer, name: str) -> bool:
    """Forgets a pipeline; False where there was none. What it summed up stays."""
    return await writer.run(sa.delete(event_pipelines).where(_E.name == name)) > 0


SumKey = tuple[str, str, int, int]
"""Pipeline, stage, channel, month (YYYYMM)."""


async def add_sums(
    writer: Writer,
    users: Mapping[tuple[SumKey, int], tuple[int, int]],
    hours: Mapping[tuple[SumKey, int], int],
) -> None:
    """Adds messages and characters by user, and messages by hour of the day, to what is summed up."""
    await writer.upsert(
        chat_summary_users,
        [(*key, user, *sums) for (key, user), sums in users.items()],
        {"messages": "old.messages + new.messages", "characters": "old.characters + new.characters"},
    )
    await writer.upsert(
        chat_summary_hours,
        [(*key, hour, messages) for (key, hour), messages in hours.items()],
        {"messages": "old.messages + new.messages"},
    )


async def summaries(reader: Reader) -> list[Summary]:
    """Everything that was summed up, by pipeline, channel and month."""
    u = chat_summary_users.c
    hours: dict[tuple[str, str, int, int], list[int]] = {}
    for pipeline, stage, channel, month, hour, messages in await reader.all(sa.select(chat_summary_hours)):
        hours.setdefault((pipeline, stage, channel, month), [0] * 24)[hour] = messages
    key = (u.pipeline, u.stage, u.channel_id, u.month)
    query = (
        sa.select(
            *key,
            communities.c.platform,
            channels.c.key,
            channels.c.name,
            sa.func.sum(u.messages),
            sa.func.count(),
            sa.func.sum(u.characters),
        )
        .join_from(chat_summary_users, channels, channels.c.id == u.channel_id)
        .join(communities, communities.c.id == channels.c.community_id)
        .group_by(*key, communities.c.platform, channels.c.key, channels.c.name)
        .order_by(u.pipeline, u.stage, channels.c.name, channels.c.key, u.month)
    )
    found = []
    for pipeline, stage, channel, month, platform, key_of, name, messages, users, characters in await reader.all(query):
        by_hour = tuple(hours.get((pipeline, stage, channel, month), ()))
        sums = int(messages), users, int(characters)
        found.append(Summary(pipeline, stage, platform, key_of, name, month, *sums, by_hour))
    return found


async def note_access(writer: Writer, who: str, action: str, about: str) -> None:
    """Notes who looked into the chat log, or changed what is kept of it."""
    row = await next_id(writer, chat_log_access), datetime.now(UTC).replace(microsecond=0), who, action, about
    await writer.insert(chat_log_access, [row])


async def accesses(reader: Reader, limit: int) -> list[Access]:
    """Who looked into the chat log, the latest first."""
    a = chat_log_access.c
    query = sa.select(a.at, a.who, a.action, a.about).order_by(a.id.desc()).limit(limit)
    return [Access(*row) for row in await reader.all(query)]
