"""The two tables of a message tracker: members and messages of servers by date, written and read by themselves."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from muster.store.chat import add_days, put_member_counts
from muster.store.engine import Reader, Writer
from muster.store.schema import message_counts, user_counts


class UserCount(msgspec.Struct, frozen=True):
    """A row of `user_counts`: the members of a server on a day. `late`: not counted at the hour the day began."""

    server_id: str
    date: date
    user_count: int
    created_at: datetime
    late: bool = False


class MessageCount(msgspec.Struct, frozen=True):
    """A row of `message_counts`: the messages of a channel on a day. A thread's stand under the thread."""

    server_id: str
    channel_id: str
    date: date
    message_count: int


async def put_user_count(writer: Writer, server_id: str, day: date, count: int) -> None:
    """Stores a count of members; the latest of a day stays."""
    await put_member_counts(writer, [(server_id, day, count, False)])


async def add_messages(writer: Writer, server_id: str, channel_id: str, day: date, count: int) -> None:
    """Adds messages to a channel's day."""
    await add_days(writer, [(server_id, channel_id, day, count)])


async def user_counts_of(
    reader: Reader, server_id: str | None, start: date | None, end: date | None
) -> list[UserCount]:
    """Counts of members by date, both ends included; of every server where none is named."""
    u = user_counts.c
    query = sa.select(u.server_id, u.date, u.user_count, u.created_at, u.late).order_by(u.server_id, u.date)
    rows = await reader.all(query.where(*_asked(u.server_id, server_id), *_within(u.date, start, end)))
    return [UserCount(key, day, int(n), at.astimezone(UTC), bool(late)) for key, day, n, at, late in rows]


async def message_counts_of(
    reader: Reader, server_id: str | None, channel_id: str | None, start: date | None, end: date | None
) -> list[MessageCount]:
    """Counts of messages by date and channel, both ends included; of every server and channel where none is named."""
    m = message_counts.c
    query = sa.select(m.server_id, m.channel_id, m.date, m.message_count).order_by(m.server_id, m.date, m.channel_id)
    wanted = [*_asked(m.server_id, server_id), *_asked(m.channel_id, channel_id), *_within(m.date, start, end)]
    rows = await reader.all(query.where(*wanted))
    return [MessageCount(server, channel, day, int(count)) for server, channel, day, count in rows]


async def members_before(reader: Reader, server_ids: Sequence[str], day: date) -> dict[str, int]:
    """The last count of members before a day, by server."""
    u = user_counts.c
    latest = sa.select(u.server_id, sa.func.max(u.date).label("date")).where(u.date < day).group_by(u.server_id)
    last = latest.subquery()
    query = sa.select(u.server_id, u.user_count).join(
        last, sa.and_(last.c.server_id == u.server_id, last.c.date == u.date)
    )
    return {row.server_id: int(row.user_count) for row in await reader.among(query, u.server_id, server_ids)}


def _asked(column: Any, value: str | None) -> list[Any]:
    return [] if value is None else [column == value]


def _within(column: Any, start: date | None, end: date | None) -> list[Any]:
    return [*([] if start is None else [column >= start]), *([] if end is None else [column <= end])]
