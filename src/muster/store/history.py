"""The tables of the import of logs: moments of messages, progress, channels known by name only."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from muster.store.chat import NOBODY, ChannelRow, CommunityRow, UserRow, next_user
from muster.store.engine import Reader, Writer
from muster.store.schema import (
    channels,
    chat_sessions,
    communities,
    history_channels,
    log_bad_lines,
    log_migration_state,
    message_counts,
    message_moments,
    user_days,
    user_hours,
    user_totals,
    users,
)

FIRST_ID: Final = 1 << 30
"""Communities and channels that an import makes have ids from here on; those below are the live counter's to give."""

UNHEARD: Final = -1
"""The mark of a channel that nobody has listened to yet."""

_BAD_LINES: Final = 100
"""Bad lines kept of a day."""

_M = message_moments.c
_S = log_migration_state.c


class StateRow(msgspec.Struct, frozen=True):
    """A row of `log_migration_state`."""

    guild_id: str
    day: str
    byte_offset: int = 0
    status: str = "pending"
    reason: str | None = None
    lines: int = 0
    messages: int = 0
    known: int = 0
    edits: int = 0
    bad: int = 0


class MomentRow(msgspec.Struct, frozen=True):
    """A row of `message_moments`."""

    user_id: int
    channel_id: int
    day: int
    exact: bytes
    logged: bytes


async def states(reader: Reader, guild: str | None = None) -> dict[tuple[str, str], StateRow]:
    """How far days have come, by server and day; of one server, or of all."""
    query = sa.select(log_migration_state).order_by(_S.guild_id, _S.day)
    if guild is not None:
        query = query.where(_S.guild_id == guild)
    return {(row.guild_id, row.day): row for row in (StateRow(*each) for each in await reader.all(query))}


async def put_states(writer: Writer, rows: Sequence[StateRow]) -> None:
    """Stores how far days have come."""
    fresh = {name: f"new.{name}" for name in StateRow.__struct_fields__[2:]}
    await writer.upsert(log_migration_state, [msgspec.structs.astuple(row) for row in rows], fresh)


async def last_dates(reader: Reader) -> dict[str, str]:
    """The last day of each server that was read to its end."""
    view = sa.table("log_migration_dates", sa.column("guild_id"), sa.column("last_date"))
    return {row.guild_id: row.last_date for row in await reader.all(sa.select(view))}


async def bad_lines(reader: Reader) -> list[tuple[str, str, int, str]]:
    """Server, day, line and reason of lines that can't be read."""
    b = log_bad_lines.c
    rows = await reader.all(sa.select(log_bad_lines).order_by(b.guild_id, b.day, b.line))
    return [(guild, day, line, reason) for guild, day, line, reason in rows]


async def add_bad_lines(writer: Writer, rows: Iterable[tuple[str, str, int, str]]) -> None:
    """Keeps the first bad lines of each day."""
    rows = list(rows)
    for guild, day in {row[:2] for row in rows}:
        b = log_bad_lines.c
        there = sa.select(sa.func.count()).where(b.guild_id == guild, b.day == day)
        room = _BAD_LINES - int(await writer.scalar(there))
        await writer.insert(log_bad_lines, [row for row in rows if row[:2] == (guild, day)][: max(room, 0)])


async def community(writer: Writer, platform: str, key: str, name: str | None = None) -> CommunityRow:
    """A community, made where there is none. Without a name its key is its name."""
    c = communities.c
    query = sa.select(communities).where(c.platform == platform, c.key == key)
    if found := await writer.first(query):
        if name is not None and found.name == key:
            await writer.run(sa.update(communities).where(c.id == found.id).values(name=name))
        return CommunityRow(*found)
    row = CommunityRow(await _next(writer, communities), platform, key, name or key, 0)
    await writer.insert(communities, [msgspec.structs.astuple(row)])
    return row


async def channels_of(reader: Reader, community_id: int) -> list[ChannelRow]:
    """The channels of a community."""
    return [
        ChannelRow(*row) for row in await reader.all(sa.select(channels).where(channels.c.community_id == community_id))
    ]


async def made_elsewhere(reader: Reader, rows: Sequence[CommunityRow]) -> list[CommunityRow]:
    """Those of communities that are stored under another id."""
    c = communities.c
    found = [CommunityRow(*row) for row in await reader.among(sa.select(communities), c.key, {row.key for row in rows})]
    own = {(row.platform, row.key): row.id for row in rows}
    return [row for row in found if own.get((row.platform, row.key), row.id) != row.id]


async def unheard(reader: Reader, rows: Sequence[ChannelRow]) -> list[ChannelRow]:
    """Those of channels that are stored under another id, and that nobody has listened to."""
    c = channels.c
    query = sa.select(channels).where(c.mark == UNHEARD)
    found = [ChannelRow(*row) for row in await reader.among(query, c.key, {row.key for row in rows})]
    own = {(row.community_id, row.key): row.id for row in rows}
    return [row for row in found if own.get((row.community_id, row.key), row.id) != row.id]


async def all_named(reader: Reader) -> list[ChannelRow]:
    """The channels of which an import knows no more than the name, of all communities."""
    query = sa.select(channels).where(channels.c.id >= FIRST_ID, channels.c.key.startswith("#"))
    return [ChannelRow(*row) for row in await reader.all(query)]


async def make_channels(
    writer: Writer, community_id: int, new: Sequence[tuple[str, str, str | None]]
) -> list[ChannelRow]:
    """Makes channels from key, name and parent."""
    first = await _next(writer, channels) if new else 0
    rows = [ChannelRow(first + n, community_id, *each, UNHEARD) for n, each in enumerate(new)]
    await writer.insert(channels, [msgspec.structs.astuple(row) for row in rows])
    return rows


async def drop_channel(writer: Writer, channel_id: int) -> None:
    """Forgets a channel that nothing is counted under any more."""
    await writer.run(sa.delete(history_channels).where(history_channels.c.channel_id == channel_id))
    await writer.run(sa.delete(channels).where(channels.c.id == channel_id))


async def _next(writer: Writer, table: sa.Table) -> int:
    highest = await writer.scalar(sa.select(sa.func.max(table.c.id)).where(table.c.id >= FIRST_ID))
    return FIRST_ID if highest is None else int(highest) + 1


async def user_ids(writer: Writer, platform: str, people: Mapping[str, str | None]) -> dict[str, int]:
    """Ids of users by key, made where there are none. A name of None is not known: then the key is the name."""
    u = users.c
    query = sa.select(users).where(u.platform == platform)
    found = {row.key: row for row in (UserRow(*each) for each in await writer.among(query, u.key, people))}
    new = [key for key in people if key not in found]
    first = await next_user(writer) if new else 0
    made = {key: first + n for n, key in enumerate(new)}
    await writer.insert(users, [(user, platform, key, people[key] or key) for key, user in made.items()])
    for row in found.values():
        name = people[row.key]
        if name is not None and row.global_username == row.key:
            await writer.run(sa.update(users).where(u.user_id == row.user_id).values(global_username=name))
    return {key: row.user_id for key, row in found.items()} | made


async def counted_days(reader: Reader, channel_ids: Iterable[int], first: int, last: int) -> set[int]:
    """The channels in which something is counted between two days (since 1970, as communities cut them)."""
    d = user_days.c
    query = sa.select(d.channel_id).distinct().where(d.day.between(first, last))
    return {channel for (channel,) in await reader.among(query, d.channel_id, channel_ids)}


async def moments(
    reader: Reader, user_ids: Iterable[int], channel_ids: Sequence[int], first: int, last: int
) -> list[MomentRow]:
    """The moments of users in channels between two UTC days."""
    query = sa.select(message_moments).where(_M.channel_id.in_(channel_ids), _M.day.between(first, last))
    return [MomentRow(*row) for row in await reader.among(query, _M.user_id, user_ids)]


async def moments_of_channel(reader: Reader, channel_id: int, most: int) -> list[MomentRow]:
    """All moments in a channel that are nobody's, and of the first users there, until there are about so many rows."""
    d = user_days.c
    people = sa.select(d.user_id).where(d.channel_id == channel_id).group_by(d.user_id).order_by(d.user_id)
    wanted = [NOBODY, *(user for (user,) in await reader.all(people.limit(most)))]
    query = sa.select(message_moments).where(_M.channel_id == channel_id)
    return [MomentRow(*row) for row in await reader.among(query, _M.user_id, wanted)]


async def add_moments(writer: Writer, rows: Sequence[tuple[int, int, int, bytes, bytes]]) -> None:
    """Adds moments by user, channel and UTC day: exact ones, logged ones."""
    joined = "CAST(old.{0} || new.{0} AS BLOB)" if writer.dialect == "sqlite" else "old.{0} || new.{0}"
    await writer.upsert(message_moments, rows, {name: joined.format(name) for name in ("exact", "logged")})


async def drop_moments(writer: Writer, users_of_it: Iterable[int], channel_id: int) -> None:
    """Forgets the moments of users in a channel."""
    gone = sa.delete(message_moments).where(_M.channel_id == channel_id, _M.user_id == sa.bindparam("u"))
    await writer.run(gone, [{"u": user} for user in users_of_it])


async def imported_until(reader: Reader, since: int) -> dict[int, tuple[int, int]]:
    """Channels into which something later than `since` was imported: until when; of that with exact times."""
    h = history_channels.c
    return {
        channel: (until, exact)
        for channel, until, exact in await reader.all(sa.select(history_channels).where(h.until >= since))
    }


async def put_imported(writer: Writer, rows: Sequence[tuple[int, int, int]]) -> None:
    """Notes until when (of all, of messages with exact times) something was imported into channels."""
    most = "max" if writer.dialect == "sqlite" else "greatest"
    fresh = {name: f"{most}(old.{name}, new.{name})" for name in ("until", "exact_until")}
    await writer.upsert(history_channels, rows, fresh)


async def drop_nothing(
    writer: Writer,
    days: Iterable[tuple[str, str]],
    of_users: Iterable[tuple[int, int]],
    hours: Iterable[tuple[int, int]],
) -> None:
    """Deletes rows that count 0, of (community, channel) by key, (user, channel) and (user, community)."""
    c, d, h, t = message_counts.c, user_days.c, user_hours.c, user_totals.c
    a: sa.BindParameter[Any] = sa.bindparam("a")
    b: sa.BindParameter[Any] = sa.bindparam("b")
    hours = list(hours)
    for statement, keys in (
        (sa.delete(message_counts).where(c.server_id == a, c.channel_id == b, c.message_count == 0), days),
        (sa.delete(user_days).where(d.user_id == a, d.channel_id == b, d.messages == 0), of_users),
        (sa.delete(user_hours).where(h.user_id == a, h.community_id == b, h.messages == 0), hours),
        (sa.delete(user_totals).where(t.user_id == a, t.community_id == b, t.messages == 0), hours),
    ):
        await writer.run(statement, [{"a": first, "b": second} for first, second in keys])


async def drop_sessions(writer: Writer, session_ids: Iterable[int]) -> None:
    """Deletes sessions."""
    gone = sa.delete(chat_sessions).where(chat_sessions.c.session_id == sa.bindparam("s"))
    await writer.run(gone, [{"s": session} for session in session_ids])


async def moments_at_ends(reader: Reader, user: int, community_id: int) -> list[MomentRow]:
    """The moments of a user's first two and last two days in each channel of a community."""
    days = sa.select(_M.channel_id, _M.day).where(
        _M.user_id == user,
        _M.channel_id.in_(sa.select(channels.c.id).where(channels.c.community_id == community_id)),
    )
    by_channel: dict[int, list[int]] = {}
    for channel, day in await reader.all(days.order_by(_M.channel_id, _M.day)):
        by_channel.setdefault(channel, []).append(day)
    rows: list[MomentRow] = []
    for channel, found in by_channel.items():
        wanted = {*found[:2], *found[-2:]}
        query = sa.select(message_moments).where(_M.user_id == user, _M.channel_id == channel, _M.day.in_(wanted))
        rows += [MomentRow(*row) for row in await reader.all(query)]
    return rows


async def ends(reader: Reader, keys: Iterable[tuple[int, int]]) -> dict[tuple[int, int], tuple[int, int]]:
    """The first and the last moment of users in communities."""
    t = user_totals.c
    query = sa.select(t.user_id, t.community_id, t.first_at, t.last_at)
    rows = await reader.among(query, t.user_id, {user for user, _ in keys})
    return {(user, community): (first, last) for user, community, first, last in rows}


async def set_ends(writer: Writer, rows: Sequence[tuple[int, int, int, int]]) -> None:
    """Sets the first and the last moment of users in communities."""
    t = user_totals.c
    names = ("a", "b", "first_at", "last_at")
    statement = sa.update(user_totals).where(t.user_id == sa.bindparam("a"), t.community_id == sa.bindparam("b"))
    await writer.run(
        statement.values(first_at=sa.bindparam("first_at"), last_at=sa.bindparam("last_at")),
        [dict(zip(names, row, strict=True)) for row in rows],
    )
