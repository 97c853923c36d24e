"""How long people are in voice, where, and who most."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

import sqlalchemy as sa

from muster.stats.chat_source import EPOCH, community_id, number
from muster.stats.values.chat import ChannelRef, Chatter, CommunityRef, Days, VoiceChannel
from muster.stats.values.presence import TopVoice, VoiceEntry
from muster.store.engine import Reader
from muster.store.schema import channels, users, voice_days, voice_sessions

_D: Final = voice_days.c
_V: Final = voice_sessions.c
_SPENT: Final = voice_days.join(channels, channels.c.id == _D.channel_id)
"""Time in voice by user, channel and day, with the channel."""
_SUM: Final = sa.func.sum(_D.milliseconds)


async def top_voice(
    reader: Reader, community: CommunityRef, asked: Days, *, limit: int = 10, offset: int = 0
) -> TopVoice:
    """People by time in voice, on the days asked for; equals by key."""
    sums = sa.select(_D.user_id, _SUM.label("spent"), sa.func.count(_D.day.distinct()).label("days"))
    by_user = sums.select_from(_SPENT).where(*of_voice_days(community, asked)).group_by(_D.user_id).subquery()
    total, spent = (await reader.all(sa.select(sa.func.count(), sa.func.sum(by_user.c.spent))))[0]
    rank = sa.func.rank().over(order_by=by_user.c.spent.desc()).label("rank")
    page = (
        sa.select(users.c.key, users.c.global_username, by_user.c.spent, by_user.c.days, rank)
        .join_from(by_user, users, users.c.user_id == by_user.c.user_id)
        .order_by(by_user.c.spent.desc(), users.c.key)
        .limit(limit)
        .offset(offset)
    )
    entries = tuple(
        VoiceEntry(row.rank, Chatter(row.key, row.global_username), _seconds(row.spent), int(row.days))
        for row in await reader.all(page)
    )
    return TopVoice(community, asked, entries, offset, int(total), _seconds(spent))


async def channels_of_voice(
    reader: Reader, community: CommunityRef, user_id: int, asked: Days | None
) -> tuple[VoiceChannel, ...]:
    """Somebody's seconds in voice by channel, most first."""
    h = channels.c
    query = (
        sa.select(h.key, h.name, h.parent, _SUM.label("spent"))
        .select_from(_SPENT)
        .where(*of_voice_days(community, asked), _D.user_id == user_id)
        .group_by(h.key, h.name, h.parent)
    )
    rows = sorted(await reader.all(query), key=lambda row: (-row.spent, row.key))
    return tuple(VoiceChannel(ChannelRef(row.key, row.name, row.parent), _seconds(row.spent)) for row in rows)


async def seconds_of(reader: Reader, community: CommunityRef, user_id: int) -> int:
    """Somebody's seconds in voice, of all time."""
    query = sa.select(_SUM).select_from(_SPENT).where(*of_voice_days(community, None), _D.user_id == user_id)
    return _seconds(await reader.scalar(query))


async def by_day(reader: Reader, community: CommunityRef, asked: Days) -> dict[date, int]:
    """Everybody's seconds in voice by day."""
    query = sa.select(_D.day, _SUM).select_from(_SPENT).where(*of_voice_days(community, asked)).group_by(_D.day)
    return {EPOCH + timedelta(days=day): _seconds(spent) for day, spent in await reader.all(query)}


async def people(reader: Reader, community: CommunityRef, asked: Days) -> int:
    """How many different people were in voice."""
    query = sa.select(sa.func.count(_D.user_id.distinct())).select_from(_SPENT).where(*of_voice_days(community, asked))
    return int(await reader.scalar(query))


async def spans_of(reader: Reader, community: CommunityRef, user_id: int) -> Sequence[tuple[int, int]]:
    """From when to when (milliseconds since 1970) somebody was in voice, of all time."""
    joined = voice_sessions.join(channels, channels.c.id == _V.channel_id)
    query = sa.select(_V.joined_at, _V.left_at).select_from(joined)
    rows = await reader.all(
        query.where(_V.user_id == user_id, channels.c.community_id == community_id(community)).order_by(_V.joined_at)
    )
    return [(int(begin), int(end)) for begin, end in rows]


def of_voice_days(community: CommunityRef, asked: Days | None) -> list[Any]:
    """What is asked of `voice_days` joined with `channels`."""
    wanted: list[Any] = [channels.c.community_id == community_id(community)]
    if asked is not None and asked.first is not None and asked.last is not None:
        wanted.append(_D.day.between(number(asked.first), number(asked.last)))
    return wanted


def _seconds(milliseconds: Any) -> int:
    return int(milliseconds or 0) // 1000
