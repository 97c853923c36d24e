"""The one sender: what stands in the outbox goes to Discord, channel by channel, in order, once.

A row is marked `sending` before it goes and `sent` after Discord has it. Between the two only Discord knows; so after
a start, a broken connection or any other doubt the channel is read before the next post. A nonce covers what is
still on its way then.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from muster.announce.carrier import Carrier
from muster.announce.lane import Lane
from muster.announce.news import utc_now
from muster.announce.waiting import first_of
from muster.store import outbox
from muster.store.engine import Store, StoreError
from muster.store.sole import StillMine, sole

log = structlog.get_logger("muster.announce")

POLL: Final = 1.0
"""Seconds between two looks at the outbox, where nobody said that there is something."""

WAIT: Final = 2.0
"""Seconds until a sender that may not send asks again."""

FLUSH: Final = 4.0
"""Seconds a stop leaves for what is due."""

LOCK: Final = 0x6D757373
"""Key of PostgreSQL's advisory lock for the one sender ("muss")."""


class Sender:
    """Sends posts as long as it runs. `keep`: what waited longer when it begins is not sent any more."""

    def __init__(
        self,
        store: Store,
        carrier: Carrier,
        *,
        admin_channel: int | None = None,
        keep: timedelta = timedelta(hours=6),
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._carrier = carrier
        self._admin = admin_channel
        self._keep = keep
        self._clock = clock
        self._woken = asyncio.Event()
        self._lanes: dict[int, Lane] = {}
        self._running: dict[int, asyncio.Task[None]] = {}

    def wake(self) -> None:
        """Says that something was committed."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Sends until it is stopped, then what is due, for a few seconds; what is left stays in the outbox."""
        told = ""
        while not stop.is_set():
            try:
                async with sole(self._store, "sender", LOCK) as mine:
                    if mine is not None:
                        told = ""
                        await self._send(mine, stop)
                        continue
                why = "another process sends the posts; this one takes over when it ends"
            except StoreError as error:
                why = f"posts wait: {error}"
            if why != told:
                log.warning(why)
                told = why
            await first_of(stop.wait(), seconds=WAIT)

    async def _send(self, mine: StillMine, stop: asyncio.Event) -> None:
        """Sends as long as this process may."""
        try:
            await first_of(self._carrier.ready(), stop.wait())
            if stop.is_set():
                return
            await self._tidy()
            while not stop.is_set() and await mine():
                self._woken.clear()
                await self._look()
                await first_of(self._woken.wait(), stop.wait(), seconds=POLL)
            if stop.is_set():
                await self._flush()
        finally:
            await self._halt()

    async def _tidy(self) -> None:
        """Takes up what was parked; what waited too long for a sender would be no news any more."""
        oldest = self._clock() - self._keep
        async with self._store.write() as writer:
            await outbox.unpark(writer, oldest)
            expired = await outbox.expire(writer, oldest)
        if expired:
            log.warning("posts were too old to be sent", count=expired)

    async def _look(self) -> None:
        """Sets every channel going that something is due in."""
        for channel in [channel for channel, task in self._running.items() if task.done()]:
            self._running.pop(channel).result()
        async with self._store.read() as reader:
            channels = await outbox.channels_due(reader, self._clock())
        for channel in channels:
            if channel not in self._running:
                self._running[channel] = asyncio.create_task(self._lane(channel).drain())

    def _lane(self, channel: int) -> Lane:
        if channel not in self._lanes:
            self._lanes[channel] = Lane(
                self._store, self._carrier, channel, admin=self._admin, keep=self._keep, clock=self._clock
            )
        return self._lanes[channel]

    async def _flush(self) -> None:
        await self._look()
        if self._running:
            await asyncio.wait(self._running.values(), timeout=FLUSH)

    async def _halt(self) -> None:
        """Ends what is still going on. What was on its way is looked for in the channel next time."""
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)
        self._running.clear()
        self._lanes.clear()
