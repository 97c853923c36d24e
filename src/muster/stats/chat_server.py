"""A community day by day: members, messages, who writes, where."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from muster.stats import joins, voice
from muster.stats.chat_source import EPOCH, WRITTEN, channels_of, of_user_days, rolled_up
from muster.stats.values.chat import CommunityRef, Days, ServerActivity, ServerDay
from muster.store.engine import Reader
from muster.store.schema import message_counts, user_counts, user_days

Counted = tuple[date, int, bool]
"""A count of members: its day, how many, whether it was late."""


async def server_activity(reader: Reader, community: CommunityRef, asked: Days) -> ServerActivity:
    """A community on the days asked for."""
    m = message_counts.c
    wanted = [m.server_id == community.key, *_between(m.date, asked)]
    sums = sa.func.sum(m.message_count)
    by_day = {day: int(n) for day, n in await reader.all(sa.select(m.date, sums).where(*wanted).group_by(m.date))}
    by_channel = await reader.all(sa.select(m.channel_id, sums).where(*wanted).group_by(m.channel_id))
    before, counts = await _members(reader, community, asked)
    in_voice, moves = await voice.by_day(reader, community, asked), await joins.by_day(reader, community, asked)
    last = counts[-1][1] if counts else None
    first = before if before is not None else counts[0][1] if counts else None
    return ServerActivity(
        community=community,
        days=asked,
        daily=_daily(by_day, await _writers_by_day(reader, community, asked), before, counts, in_voice, moves),
        messages=sum(by_day.values()),
        writers=await _writers(reader, community, asked),
        members=last,
        change=None if last is None or first is None else last - first,
        channels=rolled_up([(key, int(n)) for key, n in by_channel], await channels_of(reader, community)),
        voice_seconds=sum(in_voice.values()),
        in_voice=await voice.people(reader, community, asked),
        joined=sum(came for came, _ in moves.values()),
        left=sum(went for _, went in moves.values()),
    )


def _between(column: Any, asked: Days) -> list[Any]:
    return [] if asked.first is None or asked.last is None else [column.between(asked.first, asked.last)]


async def _members(reader: Reader, community: CommunityRef, asked: Days) -> tuple[int | None, Sequence[Counted]]:
    """The count before the days asked for, and those of them."""
    u = user_counts.c
    own = sa.select(u.date, u.user_count, u.late).where(u.server_id == community.key)
    rows = await reader.all(own.where(*_between(u.date, asked)).order_by(u.date))
    before = None
    if asked.first is not None:
        earlier = await reader.first(own.where(u.date < asked.first).order_by(u.date.desc()).limit(1))
        before = None if earlier is None else int(earlier.user_count)
    return before, [(row.date, int(row.user_count), bool(row.late)) for row in rows]


async def _writers_by_day(reader: Reader, community: CommunityRef, asked: Days) -> dict[date, int]:
    d = user_days.c
    query = sa.select(d.day, sa.func.count(d.user_id.distinct())).select_from(WRITTEN)
    rows = await reader.all(query.where(*of_user_days(community, asked)).group_by(d.day))
    return {EPOCH + timedelta(days=day): int(n) for day, n in rows}


async def _writers(reader: Reader, community: CommunityRef, asked: Days) -> int:
    query = sa.select(sa.func.count(user_days.c.user_id.distinct())).select_from(WRITTEN)
    return int(await reader.scalar(query.where(*of_user_days(community, asked))))


def _daily(
    messages: dict[date, int],
    writers: dict[date, int],
    before: int | None,
    counts: Sequence[Counted],
    in_voice: dict[date, int],
    moves: dict[date, tuple[int, int]],
) -> tuple[ServerDay, ...]:
    """Every day from the first with anything known to the last: a day in between without a message had none."""
    members = {day: (count, late) for day, count, late in counts}
    known = messages.keys() | members.keys() | writers.keys() | in_voice.keys() | moves.keys()
    if not known:
        return ()
    found: list[ServerDay] = []
    for offset in range((max(known) - min(known)).days + 1):
        day = min(known) + timedelta(days=offset)
        count, late = members.get(day, (None, False))
        change = None if count is None or before is None else count - before
        spent, (came, went) = in_voice.get(day, 0), moves.get(day, (0, 0))
        found.append(ServerDay(day, messages.get(day, 0), writers.get(day, 0), count, change, late, spent, came, went))
        before = before if count is None else count
    return tuple(found)
