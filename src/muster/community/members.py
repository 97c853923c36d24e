"""How many members a community has, once a day at the hour its day begins."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import structlog

from muster.community.register import Rules
from muster.model.chat import Community
from muster.store import chat
from muster.store.engine import Store, StoreError

log = structlog.get_logger("muster.community")

PUNCTUAL = timedelta(minutes=10)
"""How long after the hour a count still counts as taken at it."""

_LOOK = 30.0
"""Seconds between two looks at the clock."""

_NOBODY = 0.2
"""The same before any community is known: a connection is just being made."""


Present = Callable[[], Iterable[Community]]
"""The communities that are there."""

Ask = Callable[[Community], Awaitable[int | None]]
"""The members of a community; None where it can't be asked now."""


class Snapshots:
    """Takes the count of every community once a day, and what was missed while the program was down as soon as it can.

    `now` is the clock.
    """

    def __init__(
        self,
        store: Store,
        rules: Rules,
        present: Present,
        ask: Ask,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._rules = rules
        self._present = present
        self._ask = ask
        self._now = now

    async def run(self, stop: asyncio.Event) -> None:
        """Takes counts as they become due, until it is stopped."""
        while not stop.is_set():
            try:
                await self.take()
            except StoreError as error:
                log.warning("members can't be counted now", error=str(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _LOOK if self._present() else _NOBODY)

    async def take(self, *, again: bool = False) -> int:
        """Takes the counts of today that are missing; `again`: all of them anew. Returns how many were taken."""
        now = self._now()
        async with self._store.read() as reader:
            taken = await chat.member_days(reader, now.date() - timedelta(days=2))
        fresh: list[tuple[str, date, int, bool]] = []
        for community in self._present():
            rule = self._rules(community.platform, community.key)
            day = rule.day(now)
            if again or (community.key, day) not in taken:
                members = await self._ask(community)
                if members is not None:
                    fresh.append((community.key, day, members, now - rule.begin(day) > PUNCTUAL))
        if fresh:
            async with self._store.write() as writer:
                await chat.put_member_counts(writer, fresh)
        return len(fresh)
