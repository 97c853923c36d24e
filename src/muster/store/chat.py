"""The chat's tables: marks of channels, people, and what is added to the counts."""

import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime

import msgspec
import sqlalchemy as sa

from muster.store.engine import Reader, Writer
from muster.store.schema import (
    channels,
    chat_sessions,
    communities,
    data_version,
    message_counts,
    quarantine,
    recent_numbers,
    user_counts,
    user_days,
    user_hours,
    user_totals,
    users,
)

_BATCHES = 2
"""The row of `data_version` that counts batches of messages."""

_LAST_ERASED = 11
"""The row of `data_version` with the greatest id of a user who was erased; it is not there before the first one."""

NOBODY = 0
"""The id of a user that stands for whoever does not want to be counted. He has no row in `users`."""


class CommunityRow(msgspec.Struct, frozen=True):
    """A row of `communities`."""

    id: int
    platform: str
    key: str
    name: str
    heard_until: int


class ChannelRow(msgspec.Struct, frozen=True):
    """A row of `channels`."""

    id: int
    community_id: int
    key: str
    name: str
    parent: str | None
    mark: int


class UserRow(msgspec.Struct, frozen=True):
    """A row of `users`."""

    user_id: int
    platform: str
    key: str
    global_username: str


class SessionRow(msgspec.Struct, frozen=True):
    """A stored session of a user in a channel, in seconds since 1970."""

    session_id: int
    user_id: int
    channel_id: int
    start: int
    end: int
    messages: int


async def all_communities(reader: Reader) -> list[CommunityRow]:
    """Every community."""
    return [CommunityRow(*row) for row in await reader.all(sa.select(communities))]


async def all_channels(reader: Reader) -> list[ChannelRow]:
    """Every channel with its mark."""
    return [ChannelRow(*row) for row in await reader.all(sa.select(channels))]


async def recent(reader: Reader) -> dict[int, list[int]]:
    """The numbers that are counted beyond the mark, by channel; some of them may not be beyond it any more."""
    found: dict[int, list[int]] = {}
    for channel_id, packed in await reader.all(sa.select(recent_numbers.c.channel_id, recent_numbers.c.numbers)):
        found.setdefault(channel_id, []).extend(_little(array("q", packed)))
    return found


async def users_of(reader: Reader, platform: str, keys: Sequence[str]) -> list[UserRow]:
    """The users of a platform who have one of the keys."""
    if not keys:
        return []
    query = sa.select(users).where(users.c.platform == platform, users.c.key.in_(keys))
    return [UserRow(*row) for row in await reader.all(query)]


async def next_user(reader: Reader) -> int:
    """The id the next new user gets: one that nobody had before."""
    erased = sa.select(data_version.c.version).where(data_version.c.id == _LAST_ERASED).scalar_subquery()
    row = await reader.first(sa.select(sa.func.max(users.c.user_id), erased))
    return max((int(last or 0) for last in row or ()), default=0) + 1


async def never_again(writer: Writer, user_id: int) -> None:
    """Says that a user's id will not be given to anybody else."""
    most = "max" if writer.dialect == "sqlite" else "greatest"
    await writer.upsert(data_version, [(_LAST_ERASED, user_id)], {"version": f"{most}(old.version, new.version)"})


async def put_communities(writer: Writer, rows: Sequence[CommunityRow]) -> None:
    """Stores new communities, and what is other than before of known ones."""
    fresh = {name: f"new.{name}" for name in ("name", "heard_until")}
    await writer.upsert(communities, [msgspec.structs.astuple(row) for row in rows], fresh)


async def put_channels(writer: Writer, rows: Sequence[ChannelRow]) -> None:
    """Stores new channels, and other names and marks of known ones."""
    fresh = {name: f"new.{name}" for name in ("name", "parent", "mark")}
    await writer.upsert(channels, [msgspec.structs.astuple(row) for row in rows], fresh)


async def put_users(writer: Writer, rows: Sequence[UserRow]) -> None:
    """Stores new users, and other names of known ones."""
    await writer.upsert(
        users, [msgspec.structs.astuple(row) for row in rows], {"global_username": "new.global_username"}
    )


async def note_recent(writer: Writer, numbers: Mapping[int, Sequence[int]], marks: Mapping[int, int]) -> None:
    """Keeps numbers of messages beyond the mark, by channel, and forgets those up to the new marks."""
    r = recent_numbers.c
    gone = sa.delete(recent_numbers).where(r.channel_id == sa.bindparam("c"), r.last <= sa.bindparam("m"))
    await writer.run(gone, [{"c": channel_id, "m": mark} for channel_id, mark in marks.items()])
    rows = [(channel, max(found), _little(array("q", found)).tobytes()) for channel, found in numbers.items()]
    await writer.insert(recent_numbers, rows)


def _little(values: "array[int]") -> "array[int]":
    if sys.byteorder == "big":
        values.byteswap()
    return values


async def add_days(writer: Writer, rows: Iterable[tuple[str, str, date, int]]) -> None:
    """Adds messages to the days of channels: keys of community and channel, date, messages."""
    now = datetime.now(UTC)
    sums = {"message_count": "old.message_count + new.message_count", "updated_at": "new.updated_at"}
    await writer.upsert(message_counts, [(*row, now, now) for row in rows], sums)


async def add_user_days(writer: Writer, days: Mapping[tuple[int, int, int], int]) -> None:
    """Adds messages by user, channel and day."""
    await writer.upsert(user_days, [(*key, n) for key, n in days.items()], {"messages": "old.messages + new.messages"})


async def add_user_hours(writer: Writer, hours: Mapping[tuple[int, int, int], int]) -> None:
    """Adds messages by user, community and hour of the week."""
    rows = [(*key, n) for key, n in hours.items()]
    await writer.upsert(user_hours, rows, {"messages": "old.messages + new.messages"})


async def add_totals(writer: Writer, rows: Sequence[tuple[int, ...]]) -> None:
    """Adds to what users did in communities; rows in the order of the table's columns."""
    least, most = ("min", "max") if writer.dialect == "sqlite" else ("least", "greatest")
    sums = {name: f"old.{name} + new.{name}" for name in ("messages", "replies", "mentions", "attachments")}
    ends = {"first_at": f"{least}(old.first_at, new.first_at)", "last_at": f"{most}(old.last_at, new.last_at)"}
    await writer.upsert(user_totals, rows, sums | ends)


async def next_session(reader: Reader) -> int:
    """The id the next new session gets."""
    return int(await reader.scalar(sa.select(sa.func.coalesce(sa.func.max(chat_sessions.c.session_id), 0)))) + 1


async def sessions_near(reader: Reader, keys: Sequence[tuple[int, int]], start: int, end: int) -> list[SessionRow]:
    """The sessions of users in channels that are not over before `start` and not begun after `end` (seconds)."""
    s = chat_sessions.c
    query = sa.select(s.session_id, s.user_id, s.channel_id, s.joined_at, s.left_at, s.message_count).where(
        s.user_id.in_(sorted({user for user, _ in keys})),
        s.channel_id.in_(sorted({channel for _, channel in keys})),
        s.left_at >= datetime.fromtimestamp(start, UTC),
        s.joined_at <= datetime.fromtimestamp(end, UTC),
    )
    wanted = set(keys)
    return [
        SessionRow(session_id, user, channel, int(joined.timestamp()), int(left.timestamp()), messages)
        for session_id, user, channel, joined, left, messages in await reader.all(query)
        if (user, channel) in wanted
    ]


async def put_sessions(
    writer: Writer, rows: Sequence[SessionRow], places: Mapping[int, tuple[str, str]], gone: Sequence[int]
) -> None:
    """Stores sessions as they are now; `places`: platform and key of channels. `gone` were joined to others."""
    await writer.run(
        sa.delete(chat_sessions).where(chat_sessions.c.session_id == sa.bindparam("s")), [{"s": each} for each in gone]
    )
    full = [
        (
            row.session_id,
            *places[row.channel_id],
            row.channel_id,
            row.user_id,
            datetime.fromtimestamp(row.start, UTC),
            datetime.fromtimestamp(row.end, UTC),
            row.end - row.start,
            row.messages,
        )
        for row in rows
    ]
    fresh = ("joined_at", "left_at", "session_duration_seconds", "message_count")
    await writer.upsert(chat_sessions, full, {name: f"new.{name}" for name in fresh})


async def put_member_counts(writer: Writer, rows: Sequence[tuple[str, date, int, bool]]) -> None:
    """Members of communities on dates; another count of the same date takes the place of the first. Last: late."""
    now = datetime.now(UTC)
    full = [(key, day, count, now, late) for key, day, count, late in rows]
    await writer.upsert(user_counts, full, {name: f"new.{name}" for name in ("user_count", "created_at", "late")})


async def member_days(reader: Reader, since: date) -> set[tuple[str, date]]:
    """Communities and dates from `since` on whose members are counted."""
    u = user_counts.c
    rows = await reader.all(sa.select(u.server_id, u.date).where(u.date >= since))
    return {(key, day) for key, day in rows}


async def set_aside(writer: Writer, source: str, rows: Sequence[tuple[bytes, str]]) -> None:
    """Keeps rows that can't be stored, with the reason of each."""
    first = int(await writer.scalar(sa.select(sa.func.coalesce(sa.func.max(quarantine.c.id), 0)))) + 1
    now = datetime.now(UTC)
    await writer.insert(quarantine, [(first + n, source, reason, row, now) for n, (row, reason) in enumerate(rows)])


async def batches(reader: Reader) -> int:
    """How many batches of messages were ever committed."""
    return int(await reader.scalar(sa.select(data_version.c.version).where(data_version.c.id == _BATCHES)))


async def number_batch(writer: Writer, number: int) -> None:
    """Notes the number of the batch that this transaction stores."""
    await writer.run(sa.update(data_version).where(data_version.c.id == _BATCHES).values(version=number))
