"""Where answers about the chat come from: the community, its channels, the days asked for."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from muster.model.trouble import Trouble
from muster.stats.periods import Grain, Period
from muster.stats.values.chat import ChannelCount, ChannelRef, Chatter, CommunityRef, Days
from muster.store.engine import Reader
from muster.store.schema import channels, communities, user_days, user_totals, users, voice_days

EPOCH: Final = date(1970, 1, 1)

Begin = Callable[[date], datetime]
"""When a day of the community begins."""


class UnknownChatter(Trouble):
    """Nobody of this key was ever counted in the community; the message is for who asked."""


class UnknownChannel(Trouble):
    """Nothing was counted in a channel of this name; the message is for who asked."""


class UnknownCommunity(Trouble):
    """Nothing was counted in such a community, or several are meant; the message is for who asked."""


def days(period: Period, today: date, begin: Begin) -> Days:
    """The days of a period on a community's own clock."""
    if period.grain is Grain.ALL:
        return Days(today)
    first, last = _date(period.first_day), _date(period.last_day)
    ends = _begin(last + timedelta(days=1), begin) if last < date.max else None
    return Days(today, period, first, last, _begin(first, begin), ends)


def _begin(day: date, begin: Begin) -> datetime:
    """When a day begins; at the ends of the calendar, where a clock may have no such moment, its first or last."""
    if date.min.year < day.year < date.max.year:
        return begin(day)
    ends_of_time = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    return ends_of_time[day.year == date.max.year]


def _date(number: int) -> date:
    return date(number // 10000, number // 100 % 100, number % 100)


def number(day: date) -> int:
    """A day as the store counts it: since 1970."""
    return (day - EPOCH).days


def community_id(community: CommunityRef) -> sa.ScalarSelect[int]:
    """The id of a community in the store."""
    c = communities.c
    return sa.select(c.id).where(c.platform == community.platform, c.key == community.key).scalar_subquery()


def of_user_days(community: CommunityRef, asked: Days | None, channel: ChannelRef | None = None) -> list[Any]:
    """What is asked of `user_days` joined with `channels`: the community, the days, a channel with its threads."""
    wanted: list[Any] = [channels.c.community_id == community_id(community)]
    if asked is not None and asked.first is not None and asked.last is not None:
        wanted.append(user_days.c.day.between(number(asked.first), number(asked.last)))
    if channel is not None:
        wanted.append(sa.or_(channels.c.key == channel.key, channels.c.parent == channel.key))
    return wanted


WRITTEN: Final = user_days.join(channels, channels.c.id == user_days.c.channel_id)
"""Messages by user, channel and day, with the channel."""


async def all_communities(reader: Reader) -> tuple[CommunityRef, ...]:
    """The communities anything was counted in, by name."""
    c = communities.c
    rows = await reader.all(sa.select(c.platform, c.key, c.name).order_by(c.name, c.platform, c.key))
    return tuple(CommunityRef(*row) for row in rows)


async def community_of(reader: Reader, platform: str, key: str) -> CommunityRef | None:
    """A community by its key; None where nothing was counted in it."""
    c = communities.c
    row = await reader.first(sa.select(c.platform, c.key, c.name).where(c.platform == platform, c.key == key))
    return None if row is None else CommunityRef(*row)


async def find_community(reader: Reader, text: str | None) -> CommunityRef:
    """The community of a key or name; without one the only one there is. Raises UnknownCommunity."""
    everyone = await all_communities(reader)
    if not everyone:
        raise UnknownCommunity("nothing is counted yet: `muster run` counts what is written once the bot is online")
    wanted = (text or "").strip().lower()
    found = [one for one in everyone if wanted in ("", one.key.lower(), one.name.lower())]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(f"{one.name} ({one.key})" for one in found or everyone)
    raise UnknownCommunity(f"say which community: {listed}" if found else f"there is no {text!r}, but {listed}")


async def chatter(reader: Reader, community: CommunityRef, key: str) -> tuple[int, Chatter]:
    """The id and the value of somebody who wrote, or was in voice, in a community. Raises UnknownChatter."""
    query = sa.select(users.c.user_id, users.c.key, users.c.global_username)
    row = await reader.first(
        query.where(users.c.platform == community.platform, users.c.key == key, was_there(community))
    )
    if row is None:
        raise UnknownChatter(f"nobody of the key {key!r} has written here since messages are counted")
    return row.user_id, Chatter(row.key, row.global_username)


def was_there(community: CommunityRef) -> sa.ColumnElement[bool]:
    """Whether somebody of `users` wrote, or was in voice, in a community."""
    wrote = sa.select(user_totals.c.user_id).where(
        user_totals.c.user_id == users.c.user_id, user_totals.c.community_id == community_id(community)
    )
    joined = voice_days.join(channels, channels.c.id == voice_days.c.channel_id)
    spoke = sa.select(voice_days.c.user_id).select_from(joined)
    spoke = spoke.where(voice_days.c.user_id == users.c.user_id, channels.c.community_id == community_id(community))
    return sa.or_(wrote.correlate(users).exists(), spoke.correlate(users).exists())


async def channels_of(reader: Reader, community: CommunityRef) -> dict[str, ChannelRef]:
    """The channels of a community by key, those too that only threads hang on."""
    c = channels.c
    rows = await reader.all(sa.select(c.key, c.name, c.parent).where(c.community_id == community_id(community)))
    found = {row.key: ChannelRef(*row) for row in rows}
    for one in list(found.values()):
        if one.parent is not None:
            found.setdefault(one.parent, ChannelRef(one.parent, ""))
    return found


async def find_channel(
    reader: Reader, community: CommunityRef, text: str, seen: Callable[[ChannelRef], bool] = lambda _: True
) -> ChannelRef:
    """A channel by key, name, or the beginning that only its name has, of those that are `seen`.

    Raises UnknownChannel.
    """
    known = {key: one for key, one in (await channels_of(reader, community)).items() if seen(one)}
    wanted = text.strip().removeprefix("<#").removesuffix(">").removeprefix("#").lower()
    if wanted in known:
        return known[wanted]
    named = [one for one in known.values() if one.name.lower() == wanted]
    fitting = named or [one for one in known.values() if wanted and one.name.lower().startswith(wanted)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        listed = ", ".join(sorted(one.name for one in fitting)[:8])
        raise UnknownChannel(f"several channels go by {text!r}: {listed}; mention the one you mean")
    raise UnknownChannel(f"nothing was counted in a channel called {text!r}")


def rolled_up(rows: Iterable[tuple[str, int]], known: dict[str, ChannelRef]) -> tuple[ChannelCount, ...]:
    """Messages by channel, a thread's in its parent's sum too, most first."""
    own: Counter[str] = Counter()
    together: Counter[str] = Counter()
    for key, messages in rows:
        own[key] += messages
        together[key] += messages
        parent = known[key].parent if key in known else None
        if parent is not None:
            together[parent] += messages
    counts = [ChannelCount(known.get(key) or ChannelRef(key, ""), own[key], together[key]) for key in together]
    return tuple(sorted(counts, key=lambda one: (-one.with_threads, one.channel.key)))
