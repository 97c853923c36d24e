"""What somebody does in a community: how much he writes, where, when, how regularly."""

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from muster.stats import chat_emoji, chat_hours, voice
from muster.stats.chat_sessions import session_sums
from muster.stats.chat_source import WRITTEN, channels_of, chatter, community_id, number, of_user_days, rolled_up
from muster.stats.chat_top import by_user
from muster.stats.values.chat import Activity, CommunityRef, Days
from muster.store.engine import Reader
from muster.store.schema import channels, user_days, user_totals


async def activity(reader: Reader, community: CommunityRef, key: str, asked: Days) -> Activity:
    """Everything about one user, of the days asked for. Raises UnknownChatter."""
    user_id, user = await chatter(reader, community, key)
    wanted = [*of_user_days(community, asked), user_days.c.user_id == user_id]
    written = sa.select(channels.c.key, user_days.c.day, user_days.c.messages).select_from(WRITTEN).where(*wanted)
    rows = await reader.all(written)
    messages = sum(row.messages for row in rows)
    everybody = by_user(community, asked).subquery()
    ranked, ahead = await _rank(reader, everybody, messages)
    total = await reader.first(
        sa.select(user_totals).where(
            user_totals.c.user_id == user_id, user_totals.c.community_id == community_id(community)
        )
    )
    sessions, seconds, _ = await session_sums(reader, community, user_id, asked)
    in_voice = await voice.channels_of_voice(reader, community, user_id, asked)
    now, longest = streaks(await _days(reader, community, user_id), number(asked.today))
    return Activity(
        community=community,
        user=user,
        days=asked,
        messages=messages,
        active_days=len({row.day for row in rows}),
        rank=ahead + 1 if messages else None,
        ranked=ranked,
        channels=rolled_up(((row.key, row.messages) for row in rows), await channels_of(reader, community)),
        sessions=sessions,
        seconds=seconds,
        all_messages=total.messages if total else 0,
        replies=total.replies if total else 0,
        mentions=total.mentions if total else 0,
        attachments=total.attachments if total else 0,
        first_at=_moment(total.first_at) if total else None,
        last_at=_moment(total.last_at) if total else None,
        streak=now,
        longest_streak=longest,
        hours=await chat_hours.hours(reader, community, user_id),
        voice_seconds=sum(one.seconds for one in in_voice),
        voice_channels=in_voice,
        all_voice_seconds=await voice.seconds_of(reader, community, user_id),
        emoji=await chat_emoji.favourites(reader, community, user_id),
    )


def streaks(days: Sequence[int], today: int) -> tuple[int, int]:
    """Days in a row up to today or yesterday, and the most there ever were; `days` ascending, each once."""
    now = run = longest = 0
    before: int | None = None
    for day in days:
        run = run + 1 if before is not None and day == before + 1 else 1
        longest = max(longest, run)
        # Today is not over: who wrote yesterday has not missed a day yet.
        if day in (today - 1, today):
            now = run
        before = day
    return now, longest


async def _days(reader: Reader, community: CommunityRef, user_id: int) -> list[int]:
    """Every day with a message of a user."""
    query = (
        sa.select(user_days.c.day)
        .distinct()
        .select_from(WRITTEN)
        .where(*of_user_days(community, None), user_days.c.user_id == user_id)
        .order_by(user_days.c.day)
    )
    return [row.day for row in await reader.all(query)]


async def _rank(reader: Reader, sums: sa.Subquery, messages: int) -> tuple[int, int]:
    """How many wrote at all, and how many of them more."""
    more = sa.func.sum(sa.case((sums.c.messages > messages, 1), else_=0))
    ranked, ahead = (await reader.all(sa.select(sa.func.count(), more).select_from(sums)))[0]
    return int(ranked), int(ahead or 0)


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
