"""Giving way: an import within the bot's process works in small pieces and rests between them."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

FULL: Final = 8_000_000
"""Bytes read at once where nothing else wants the machine."""

_LEAST, _MOST = 50_000, 1_000_000
_LATE = 0.02
"""Seconds by which the event loop may be late before the import takes smaller pieces and rests longer."""

_STEP = 0.01


class Throttle:
    """How much is read at once, and the rest after it."""

    size: int = FULL

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """A piece of work. Here nothing gives way."""
        yield


class GiveWay(Throttle):
    """Half of the time is rest at least; where the event loop becomes late, pieces shrink and rests grow."""

    def __init__(self) -> None:
        self.size = 4 * _LEAST
        self._rest = 1.0

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """A piece of work, the look at how late the loop became, and the rest."""
        late = [0.0]
        looking = asyncio.create_task(_look(late))
        started = time.monotonic()
        try:
            yield
        finally:
            looking.cancel()
        if late[0] > _LATE:
            self.size, self._rest = max(self.size // 2, _LEAST), min(self._rest * 2, 8.0)
        else:
            self.size, self._rest = min(self.size * 5 // 4, _MOST), max(self._rest * 0.8, 1.0)
        await asyncio.sleep((time.monotonic() - started) * self._rest)


async def _look(late: list[float]) -> None:
    """Keeps the worst lateness of the event loop."""
    while True:
        due = time.monotonic() + _STEP
        await asyncio.sleep(_STEP)
        late[0] = max(late[0], time.monotonic() - due)
