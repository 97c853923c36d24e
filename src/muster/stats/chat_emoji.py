"""Which emoji somebody writes."""

import sqlalchemy as sa

from muster.stats.chat_source import community_id
from muster.stats.values.chat import CommunityRef, EmojiCount
from muster.store.engine import Reader
from muster.store.schema import user_emoji


async def favourites(
    reader: Reader, community: CommunityRef, user_id: int, *, limit: int = 5
) -> tuple[EmojiCount, ...]:
    """The emoji somebody writes most, of all time; equals by code point."""
    e = user_emoji.c
    query = sa.select(e.emoji, e.name, e.uses).where(e.user_id == user_id, e.community_id == community_id(community))
    rows = await reader.all(query.order_by(e.uses.desc(), e.emoji).limit(limit))
    return tuple(EmojiCount(row.emoji, row.name, int(row.uses)) for row in rows)
