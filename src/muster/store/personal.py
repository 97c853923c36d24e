"""Everything that is stored of one person, table by table."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from muster.model.chat import moment_of
from muster.store import awareness
from muster.store.engine import Reader
from muster.store.schema import (
    channels,
    chat_log,
    chat_sessions,
    communities,
    member_events,
    message_moments,
    quarantine,
    user_days,
    user_emoji,
    user_hours,
    user_totals,
    user_words,
    voice_sessions,
)


class OfCommunity(msgspec.Struct, frozen=True):
    """What somebody did in a community: messages, those of them that reply, mention or attach, the first, the last."""

    community: str
    name: str
    messages: int
    replies: int
    mentions: int
    attachments: int
    first_at: datetime
    last_at: datetime


class OfChannel(msgspec.Struct, frozen=True):
    """Messages in a channel, and the days on which they were written."""

    community: str
    channel: str
    name: str
    messages: int
    days: int


class OfDay(msgspec.Struct, frozen=True):
    """Messages in a channel on a day: days since 1970, as the community cuts them."""

    channel: str
    day: int
    messages: int


class OfHour(msgspec.Struct, frozen=True):
    """Messages at an hour of the week; Monday 0:00 is 0."""

    community: str
    hour: int
    messages: int


class OfSession(msgspec.Struct, frozen=True):
    """A session in a channel."""

    channel: str
    joined_at: datetime
    left_at: datetime
    messages: int


class OfMoments(msgspec.Struct, frozen=True):
    """The moments of messages in a channel on a UTC day (since 1970): of the platform, and of another bot's log."""

    channel: str
    day: int
    exact: bytes
    logged: bytes


class OfText(msgspec.Struct, frozen=True):
    """A kept text. `archived`: it is in the archive, not in the database."""

    community: str
    channel: str
    number: int
    sent_at: datetime
    text: str
    metadata: str | None
    archived: bool = False


class OfVoice(msgspec.Struct, frozen=True):
    """A session in voice."""

    channel: str
    joined_at: datetime
    left_at: datetime


class OfMembership(msgspec.Struct, frozen=True):
    """Somebody joined a community, or left it."""

    community: str
    at: datetime
    joined: bool


class OfEmoji(msgspec.Struct, frozen=True):
    """How often somebody used an emoji; `name` of a custom one."""

    community: str
    emoji: str
    name: str
    uses: int


class OfWords(msgspec.Struct, frozen=True):
    """How many words somebody wrote, and those of them that are kept as a sample."""

    community: str
    words: int
    sample: list[str]


async def voice_of(reader: Reader, user: int) -> list[OfVoice]:
    """Sessions in voice, the oldest first."""
    v = voice_sessions.c
    query = sa.select(channels.c.key, v.joined_at, v.left_at).join_from(
        voice_sessions, channels, channels.c.id == v.channel_id
    )
    rows = await reader.all(query.where(v.user_id == user).order_by(v.joined_at, channels.c.key))
    return [OfVoice(channel, _moment(joined), _moment(left)) for channel, joined, left in rows]


async def memberships_of(reader: Reader, user: int) -> list[OfMembership]:
    """When somebody joined and left, the oldest first."""
    e, c = member_events.c, communities.c
    query = sa.select(c.key, e.at, e.joined).join_from(member_events, communities, c.id == e.community_id)
    rows = await reader.all(query.where(e.user_id == user).order_by(e.at, c.key))
    return [OfMembership(community, _moment(at), joined) for community, at, joined in rows]


async def emoji_of(reader: Reader, user: int) -> list[OfEmoji]:
    """Emoji by community, the most used first."""
    e, c = user_emoji.c, communities.c
    query = sa.select(c.key, e.emoji, e.name, e.uses).join_from(user_emoji, communities, c.id == e.community_id)
    return [
        OfEmoji(*row)
        for row in await reader.all(query.where(e.user_id == user).order_by(c.key, e.uses.desc(), e.emoji))
    ]


async def words_of(reader: Reader, user: int) -> list[OfWords]:
    """The samples of words, by community."""
    w, c = user_words.c, communities.c
    query = sa.select(c.key, c.id).join_from(user_words, communities, c.id == w.community_id).where(w.user_id == user)
    found: list[OfWords] = []
    for key, community in await reader.all(query.order_by(c.key)):
        words, tokens = await awareness.sample(reader, user, community)
        found.append(OfWords(key, words, sorted(word for _, word in tokens)))
    return found


async def communities_of(reader: Reader, user: int) -> list[OfCommunity]:
    """What somebody did in each community, by key."""
    t, c = user_totals.c, communities.c
    query = sa.select(c.key, c.name, t.messages, t.replies, t.mentions, t.attachments, t.first_at, t.last_at)
    joined = query.join_from(user_totals, communities, c.id == t.community_id).where(t.user_id == user)
    rows = await reader.all(joined.order_by(c.key))
    return [OfCommunity(*row[:-2], *(_moment(at) for at in row[-2:])) for row in rows]


async def channels_of(reader: Reader, user: int) -> list[OfChannel]:
    """Messages and days in each channel, most messages first."""
    d = user_days.c
    total = sa.func.sum(d.messages)
    query = (
        sa.select(communities.c.key, channels.c.key, channels.c.name, total, sa.func.count())
        .join_from(user_days, channels, channels.c.id == d.channel_id)
        .join(communities, communities.c.id == channels.c.community_id)
        .where(d.user_id == user)
        .group_by(communities.c.key, channels.c.key, channels.c.name)
        .order_by(total.desc(), channels.c.key)
    )
    rows = await reader.all(query)
    return [OfChannel(community, key, name, int(messages), days) for community, key, name, messages, days in rows]


async def days_of(reader: Reader, user: int) -> list[OfDay]:
    """Messages by channel and day."""
    d = user_days.c
    query = sa.select(channels.c.key, d.day, d.messages).join_from(user_days, channels, channels.c.id == d.channel_id)
    return [OfDay(*row) for row in await reader.all(query.where(d.user_id == user).order_by(channels.c.key, d.day))]


async def hours_of(reader: Reader, user: int) -> list[OfHour]:
    """Messages by community and hour of the week."""
    h, c = user_hours.c, communities.c
    query = sa.select(c.key, h.hour, h.messages).join_from(user_hours, communities, c.id == h.community_id)
    return [OfHour(*row) for row in await reader.all(query.where(h.user_id == user).order_by(c.key, h.hour))]


async def sessions_of(reader: Reader, user: int) -> list[OfSession]:
    """Sessions, the oldest first."""
    s = chat_sessions.c
    query = sa.select(s.channel, s.joined_at, s.left_at, s.message_count).where(s.user_id == user)
    return [OfSession(*row) for row in await reader.all(query.order_by(s.joined_at, s.session_id))]


async def moments_of(reader: Reader, user: int) -> list[OfMoments]:
    """Moments of messages by channel and day."""
    m = message_moments.c
    query = sa.select(channels.c.key, m.day, m.exact, m.logged)
    joined = query.join_from(message_moments, channels, channels.c.id == m.channel_id).where(m.user_id == user)
    return [OfMoments(*row) for row in await reader.all(joined.order_by(channels.c.key, m.day))]


async def texts_of(reader: Reader, user: int) -> list[OfText]:
    """Kept texts, the oldest first."""
    c = chat_log.c
    query = (
        sa.select(communities.c.key, channels.c.key, c.number, c.message_text, c.metadata)
        .join_from(chat_log, channels, channels.c.id == c.channel_id)
        .join(communities, communities.c.id == channels.c.community_id)
        .where(c.user_id == user)
    )
    rows = await reader.all(query.order_by(c.number, channels.c.key))
    return [
        OfText(community, channel, number, _moment(moment_of(number)), text, metadata)
        for community, channel, number, text, metadata in rows
    ]


async def counts_of(reader: Reader, user: int) -> tuple[int, int]:
    """How many sessions and kept texts there are."""
    found = []
    for table in (chat_sessions, chat_log):
        query = sa.select(sa.func.count()).select_from(table).where(table.c.user_id == user)
        found.append(int(await reader.scalar(query)))
    return found[0], found[1]


async def set_aside(reader: Reader) -> Sequence[Any]:
    """What could not be stored: the bytes of each row."""
    return [row for (row,) in await reader.all(sa.select(quarantine.c.row).order_by(quarantine.c.id))]


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
