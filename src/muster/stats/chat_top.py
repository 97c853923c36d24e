"""Who writes most."""

from typing import Any

import sqlalchemy as sa

from muster.stats.chat_source import WRITTEN, community_id, of_user_days
from muster.stats.values.chat import ChannelRef, Chatter, ChatterEntry, CommunityRef, Days, TopChatters
from muster.store.engine import Reader
from muster.store.schema import user_days, user_totals, users


async def top_chatters(
    reader: Reader,
    community: CommunityRef,
    asked: Days,
    channel: ChannelRef | None = None,
    *,
    limit: int = 10,
    offset: int = 0,
) -> TopChatters:
    """People by messages, of a channel with its threads or of all channels; equals by key."""
    sums = by_user(community, asked, channel).subquery()
    total, messages = (await reader.all(sa.select(sa.func.count(), sa.func.sum(sums.c.messages))))[0]
    page = (
        sa.select(
            users.c.user_id,
            users.c.key,
            users.c.global_username,
            sums.c.messages,
            sa.func.rank().over(order_by=sums.c.messages.desc()).label("rank"),
        )
        .join_from(sums, users, users.c.user_id == sums.c.user_id)
        .order_by(sums.c.messages.desc(), users.c.key)
        .limit(limit)
        .offset(offset)
    )
    rows = await reader.all(page)
    active = await _active_days(reader, [row.user_id for row in rows], of_user_days(community, asked, channel))
    entries = tuple(
        ChatterEntry(row.rank, Chatter(row.key, row.global_username), int(row.messages), active.get(row.user_id, 0))
        for row in rows
    )
    return TopChatters(community, asked, channel, entries, offset, int(total), int(messages or 0))


def by_user(community: CommunityRef, asked: Days, channel: ChannelRef | None = None) -> sa.Select[Any]:
    """Messages by user; from the totals where all days and channels are asked for."""
    if asked.first is None and channel is None:
        t = user_totals.c
        return sa.select(t.user_id, t.messages).where(t.community_id == community_id(community))
    sums = sa.select(user_days.c.user_id, sa.func.sum(user_days.c.messages).label("messages"))
    wanted = of_user_days(community, asked, channel)
    return sums.select_from(WRITTEN).where(*wanted).group_by(user_days.c.user_id)


async def _active_days(reader: Reader, user_ids: list[int], wanted: list[Any]) -> dict[int, int]:
    active = sa.func.count(user_days.c.day.distinct()).label("days")
    counted = sa.select(user_days.c.user_id, active).select_from(WRITTEN)
    query = counted.where(*wanted).group_by(user_days.c.user_id)
    return {row.user_id: row.days for row in await reader.among(query, user_days.c.user_id, user_ids)}
