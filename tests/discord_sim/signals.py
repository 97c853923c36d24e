"""Waiting for something to become true, without missing the moment."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Signal:
    """Fired at every change; whoever waits looks again."""

    def __init__(self) -> None:
        self._event: asyncio.Event | None = None

    def fire(self) -> None:
        if self._event is not None:
            self._event.set()
            self._event = None

    async def until(self, look: Callable[[], T | None], within: float, what: str) -> T:
        """What `look` gives as soon as it gives something. TimeoutError names what was waited for."""
        try:
            async with asyncio.timeout(within):
                while not (found := look()):
                    if self._event is None:
                        self._event = asyncio.Event()
                    await self._event.wait()
                return found
        except TimeoutError:
            raise TimeoutError(f"{what}: not within {within} s") from None
