"""Keeps the book of evenings going: who is in voice and what time it is, at every change and every half minute."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from muster.announce.book import Book
from muster.announce.life import Asked, Event, State, Tick, Voice, step
from muster.announce.news import utc_now
from muster.announce.waiting import first_of
from muster.store.engine import Store, StoreError

log = structlog.get_logger("muster.announce")

CHECK: Final = 30.0
"""Seconds between two looks where nothing was heard: an event that got lost is noticed then."""

GRACE: Final = timedelta(minutes=5)
"""How long after a start nothing is decided while Discord has not told who is in voice."""

SPACING: Final = 1.0
"""Seconds that news of voice wait for more."""


class Keeper:
    """Tells the book what is seen. `occupancy`: how many people are in voice, None where it can't be seen now.

    `watches`: whether there are voice channels to look at. `done` is called where something is to be posted.
    """

    def __init__(
        self,
        store: Store,
        book: Book,
        occupancy: Callable[[], int | None],
        *,
        watches: bool,
        done: Callable[[], None] = lambda: None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.book = book
        self._store = store
        self._occupancy = occupancy
        self._watches = watches
        self._done = done
        self._clock = clock
        self._since = clock()
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Says that somebody joined or left a voice channel."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Keeps evenings until it is stopped. While the database is away they wait: what is seen then counts."""
        told = ""
        while not stop.is_set():
            try:
                await self.check()
                told = ""
            except StoreError as error:
                if told != str(error):
                    told = str(error)
                    log.warning("evenings wait for the database", error=told)
            await first_of(self._woken.wait(), stop.wait(), seconds=CHECK)
            if self._woken.is_set():
                await first_of(stop.wait(), seconds=SPACING)
                self._woken.clear()

    async def check(self) -> None:
        """Looks once. Nothing is written where nothing changes."""
        now = self._clock().replace(microsecond=0)
        voice = self._occupancy() if self._watches else None
        if self._watches and voice is None and now - self._since < GRACE:
            return
        event = Voice(voice) if self._watches else Tick()
        async with self._store.read() as reader:
            before = await self.book.state(reader, voice)
        after, decided = step(before, event, now, self.book.rules)
        if after != before or decided:
            await self._tell(event, now, voice)

    async def begin(self) -> bool:
        """Begins an evening because somebody wants it; False where one goes on."""
        return bool(await self._tell(Asked(True), self._clock(), self._seen()))

    async def end(self) -> bool:
        """Ends it because somebody wants it; False where none goes on."""
        return bool(await self._tell(Asked(False), self._clock(), self._seen()))

    async def state(self) -> State:
        """What is known now."""
        async with self._store.read() as reader:
            return await self.book.state(reader, self._seen())

    def _seen(self) -> int | None:
        return self._occupancy() if self._watches else None

    async def _tell(self, event: Event, now: datetime, voice: int | None) -> bool:
        async with self._store.write() as writer:
            decided = await self.book.tell(writer, [event], now, voice)
        if decided:
            self._done()
        return bool(decided)
