"""Connections lost again and again while a test runs.

async with sim.storm(every=2.0, how=(Drop.RESET, Drop.LOST)) as storm: …
"""

import asyncio
from collections.abc import Sequence
from types import TracebackType

from tests.discord_sim.faults import Faults
from tests.discord_sim.gateway import Drop, Gateway


class Storm:
    """Drops every connection every so many seconds (± `jitter`, a share), in the ways given, one after another."""

    def __init__(
        self, gateway: Gateway, faults: Faults, every: float, how: Sequence[Drop], jitter: float, most: int | None
    ) -> None:
        self.drops = 0  # how often a connection was really there to be lost
        self._gateway = gateway
        self._faults = faults
        self._every = every
        self._how = how
        self._jitter = jitter
        self._most = most
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Storm":
        self._task = asyncio.create_task(self._blow())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def over(self) -> None:
        """Until the last of the drops (`most`) is done."""
        assert self._task is not None
        await self._task

    async def _blow(self) -> None:
        while self._most is None or self.drops < self._most:
            await asyncio.sleep(self._every * (1 + self._faults.dice.uniform(-self._jitter, self._jitter)))
            if self._gateway.drop(self._how[self.drops % len(self._how)]):
                self.drops += 1
