"""Somebody's sessions in the channels of a community."""

from typing import Any

import sqlalchemy as sa

from muster.stats.chat_source import chatter, community_id
from muster.stats.values.chat import ChannelRef, ChatSession, ChatSessions, CommunityRef, Days
from muster.store.engine import Reader
from muster.store.schema import channels, chat_sessions

_S = chat_sessions.c


async def sessions_of(
    reader: Reader, community: CommunityRef, key: str, asked: Days, *, limit: int = 20, offset: int = 0
) -> ChatSessions:
    """Sessions that began on the days asked for, the latest first. Raises UnknownChatter."""
    user_id, user = await chatter(reader, community, key)
    total, seconds, messages = await session_sums(reader, community, user_id, asked)
    columns = (channels.c.key, channels.c.name, channels.c.parent, _S.joined_at, _S.session_duration_seconds)
    page = (
        sa.select(*columns, _S.message_count)
        .join_from(chat_sessions, channels, channels.c.id == _S.channel_id)
        .where(*_asked(community, user_id, asked))
        .order_by(_S.joined_at.desc(), channels.c.key)
        .limit(limit)
        .offset(offset)
    )
    found = tuple(
        ChatSession(ChannelRef(channel, name, parent), began, length, written)
        for channel, name, parent, began, length, written in await reader.all(page)
    )
    return ChatSessions(community, user, asked, found, offset, total, seconds, messages)


async def session_sums(reader: Reader, community: CommunityRef, user_id: int, asked: Days) -> tuple[int, int, int]:
    """How many sessions of a user began on these days, the seconds and the messages in them."""
    sums = (sa.func.count(), sa.func.sum(_S.session_duration_seconds), sa.func.sum(_S.message_count))
    joined = chat_sessions.join(channels, channels.c.id == _S.channel_id)
    row = await reader.first(sa.select(*sums).select_from(joined).where(*_asked(community, user_id, asked)))
    assert row is not None
    count, seconds, messages = row
    return int(count), int(seconds or 0), int(messages or 0)


def _asked(community: CommunityRef, user_id: int, asked: Days) -> list[Any]:
    wanted: list[Any] = [_S.user_id == user_id, channels.c.community_id == community_id(community)]
    if asked.begins is not None:
        wanted.append(_S.joined_at >= asked.begins)
    if asked.ends is not None:
        wanted.append(_S.joined_at < asked.ends)
    return wanted
