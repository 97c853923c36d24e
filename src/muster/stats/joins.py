"""Who came and went, by day."""

from datetime import date, timedelta

import sqlalchemy as sa

from muster.stats.chat_source import EPOCH, community_id, number
from muster.stats.values.chat import CommunityRef, Days
from muster.store.engine import Reader
from muster.store.schema import member_events


async def by_day(reader: Reader, community: CommunityRef, asked: Days) -> dict[date, tuple[int, int]]:
    """How many joined and how many left, of the days on which anybody did."""
    e = member_events.c
    wanted = [e.community_id == community_id(community)]
    if asked.first is not None and asked.last is not None:
        wanted.append(e.day.between(number(asked.first), number(asked.last)))
    joined = sa.func.sum(sa.case((e.joined, 1), else_=0))
    query = sa.select(e.day, joined, sa.func.count()).where(*wanted).group_by(e.day)
    rows = await reader.all(query)
    return {EPOCH + timedelta(days=day): (int(came), int(all_) - int(came)) for day, came, all_ in rows}
