"""What questions about the chat must answer, worked out from the messages themselves with lists and counters."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from muster.community.days import DayRule
from muster.model.chat import Channel, Community, Message, Person
from muster.stats import chat_source, periods
from muster.stats.values.chat import CommunityRef, Days
from muster.store import chat
from muster.store.engine import Store
from tests.community.telling import TOWN, VILLAGE, channel, person, recorder, said

RULE = DayRule("Europe/Berlin", 5)
NOW = datetime(2025, 6, 20, 4, 30, tzinfo=UTC)
"""Some days after the first message: half past six in Berlin, so it is the 20th."""
HERE = CommunityRef("discord", TOWN.key, TOWN.name)
NOTHING_IN_IT = "199"
"""Key of a forum: only its posts are written in."""


def places() -> list[Channel]:
    """Channels of two communities, threads of one of them, a post of a forum."""
    lobby, plans = channel(101), channel(102)
    return [
        lobby,
        plans,
        channel(103, parent=lobby.key),
        channel(104, parent=lobby.key),
        channel(105, parent=NOTHING_IN_IT),
        channel(201, VILLAGE),
    ]


def conversation(
    count: int,
    seed: int,
    users: int = 12,
    days: float = 9,
    where: Sequence[Channel] = (),
    people: Sequence[Person] = (),
) -> list[Message]:
    """Messages in the order of their numbers: some write much, some little, in bursts and alone."""
    dice = Random(seed)
    where = where or places()
    people = people or [person(500 + n, f"user {n}") for n in range(users)]
    found: list[Message] = []
    while len(found) < count:
        at, place = dice.uniform(0, days * 86_400), dice.choice(where)
        who = people[min(int(dice.expovariate(0.35)), len(people) - 1)]
        for _ in range(min(dice.choice((1, 2, 4, 8)), count - len(found))):
            values = {"reply_to": 7 if dice.random() < 0.2 else None, "mentions": dice.choice((0, 0, 2))}
            found.append(said(place, who, round(at, 3), len(found) % 64, attachments=1, **values))
            at += dice.choice((2, 30, 400, 899, 900, 901))
    return sorted(found, key=lambda message: message.number)


async def told(store: Store, folder: Path, messages: Iterable[Message], size: int = 100) -> None:
    """Counts messages as they come."""
    counting = recorder(store, folder, lambda: RULE, size=size, seconds=0.01)
    await counting.open()
    for message in messages:
        counting.offer(message)
    stop = asyncio.Event()
    stop.set()
    await counting.run(stop)


async def members(store: Store, *counts: tuple[str, int], late: bool = False, key: str = TOWN.key) -> None:
    """Stores counts of members by date."""
    rows = [(key, date.fromisoformat(day), count, late) for day, count in counts]
    async with store.write() as writer:
        await chat.put_member_counts(writer, rows)


def asked(words: str = "all") -> Days:
    """The days that words mean to somebody in Berlin."""
    today = RULE.day(NOW)
    local = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    return chat_source.days(periods.parse(words, local), today, RULE.begin)


def moment(message: Message) -> datetime:
    return datetime.fromtimestamp(message.sent_at / 1000, UTC)


class Retold:
    """A community on some days, from its messages."""

    def __init__(self, messages: Sequence[Message], days: Days | None = None, community: Community = TOWN) -> None:
        self.all = [m for m in messages if m.channel.community == community]
        self.days = days or asked()
        first, last = self.days.first or date.min, self.days.last or date.max
        self.some = [m for m in self.all if first <= RULE.day(moment(m)) <= last]

    def channels(self, messages: Iterable[Message]) -> list[tuple[str, int, int]]:
        """Key, own messages, those with threads; most first."""
        listed = list(messages)
        keys = {m.channel.key for m in listed} | {m.channel.parent for m in listed if m.channel.parent}
        counts = [
            (
                key,
                sum(m.channel.key == key for m in listed),
                sum(key in (m.channel.key, m.channel.parent) for m in listed),
            )
            for key in keys
        ]
        return sorted(counts, key=lambda one: (-one[2], one[0]))

    def top(self, place: str | None = None) -> list[tuple[int, str, int, int]]:
        """Rank, key, messages, active days."""
        wanted = [m for m in self.some if place is None or place in (m.channel.key, m.channel.parent)]
        counts = Counter(m.author.key for m in wanted)
        return [
            (
                1 + sum(other > n for other in counts.values()),
                key,
                n,
                len({RULE.day(moment(m)) for m in wanted if m.author.key == key}),
            )
            for key, n in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
        ]

    def sessions(self, key: str) -> list[tuple[datetime, str, int, int]]:
        """Begin, channel, seconds, messages; the latest first."""
        found = []
        for place in {m.channel.key for m in self.all}:
            run: list[int] = []
            moments = sorted(m.sent_at // 1000 for m in self.all if m.author.key == key and m.channel.key == place)
            for now, after in pairwise([*moments, 1 << 60]):
                run.append(now)
                if after - now > 15 * 60:
                    found.append((datetime.fromtimestamp(run[0], UTC), place, now - run[0], len(run)))
                    run = []
        begins, ends = self.days.begins, self.days.ends
        inside = [one for one in found if (begins is None or one[0] >= begins) and (ends is None or one[0] < ends)]
        return sorted(inside, key=lambda one: (-one[0].timestamp(), one[1]))

    def hours(self, key: str | None = None) -> tuple[int, ...]:
        """Messages by hour of the week."""
        counts = Counter(RULE.place(m.sent_at)[1] for m in self.all if key in (None, m.author.key))
        return tuple(counts[hour] for hour in range(168))

    def streaks(self, key: str) -> tuple[int, int]:
        """Days in a row now, and at most."""
        there = {RULE.day(moment(m)) for m in self.all if m.author.key == key}

        def back(day: date) -> int:
            return 1 + back(day - timedelta(days=1)) if day in there else 0

        today = self.days.today
        return back(today) or back(today - timedelta(days=1)), max(map(back, there))

    def activity(self, key: str) -> dict[str, Any]:
        """Fields of `Activity`."""
        own = [m for m in self.some if m.author.key == key]
        ever = [m for m in self.all if m.author.key == key]
        sessions = self.sessions(key)
        now, longest = self.streaks(key)
        return {
            "messages": len(own),
            "active_days": len({RULE.day(moment(m)) for m in own}),
            "rank": next((rank for rank, who, *_ in self.top() if who == key), None),
            "ranked": len(self.top()),
            "sessions": len(sessions),
            "seconds": sum(seconds for _, _, seconds, _ in sessions),
            "all_messages": len(ever),
            "replies": sum(m.reply_to is not None for m in ever),
            "mentions": sum(m.mentions for m in ever),
            "attachments": sum(m.attachments for m in ever),
            "first_at": min(map(moment, ever)),
            "last_at": max(map(moment, ever)),
            "streak": now,
            "longest_streak": longest,
            "hours": self.hours(key),
        }
