"""At which hours of the week a community, or somebody in it, writes."""

import sqlalchemy as sa

from muster.stats.chat_source import chatter, community_id
from muster.stats.values.chat import HOURS_OF_A_WEEK, ActiveHours, CommunityRef
from muster.store.engine import Reader
from muster.store.schema import user_hours


async def active_hours(reader: Reader, community: CommunityRef, timezone: str, key: str | None = None) -> ActiveHours:
    """The 168 hours, of everybody or of one user; `timezone` is the clock they were counted by.

    Raises UnknownChatter.
    """
    user_id, user = (None, None) if key is None else await chatter(reader, community, key)
    return ActiveHours(community, user, timezone, await hours(reader, community, user_id))


async def hours(reader: Reader, community: CommunityRef, user_id: int | None) -> tuple[int, ...]:
    """Messages by hour of the week."""
    h = user_hours.c
    query = sa.select(h.hour, sa.func.sum(h.messages)).where(h.community_id == community_id(community)).group_by(h.hour)
    if user_id is not None:
        query = query.where(h.user_id == user_id)
    found = {hour: int(messages) for hour, messages in await reader.all(query)}
    return tuple(found.get(hour, 0) for hour in range(HOURS_OF_A_WEEK))
