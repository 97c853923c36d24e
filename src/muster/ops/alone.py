"""One `muster run` to a database: two would answer every command twice."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Final

import structlog

from muster.ops.parts import Misconfigured
from muster.store.engine import Store, StoreError
from muster.store.sole import RUN, StillMine, sole

log = structlog.get_logger("muster")

GRACE: Final = 3.0
"""Seconds the one before may take to be gone: a service manager restarts faster than a database notices."""

AGAIN: Final = 0.2
CHECK: Final = 5.0
"""Seconds between two attempts, and between two looks whether the right is still there."""

Keep = Callable[[asyncio.Event], Awaitable[None]]


@asynccontextmanager
async def alone(store: Store) -> AsyncIterator[Keep]:
    """Claims the database; what it gives keeps the claim until it is stopped, also when the database was away.

    Both raise Misconfigured where another process has it; claiming raises StoreError where the database is away.
    """
    async with AsyncExitStack() as claim:
        mine = await _claim(store, claim)

        async def keep(stop: asyncio.Event) -> None:
            held: StillMine | None = mine
            while not stop.is_set():
                if held is not None and not await held():
                    await claim.aclose()
                    held = None
                if held is None:
                    with suppress(StoreError):
                        held = await _claim(store, claim)
                await _pause(stop, CHECK)

        yield keep


async def _claim(store: Store, claim: AsyncExitStack) -> StillMine:
    until = time.monotonic() + GRACE
    while True:
        async with AsyncExitStack() as attempt:
            mine = await attempt.enter_async_context(sole(store, *RUN))
            if mine is not None:
                claim.push_async_exit(attempt.pop_all())
                return mine
        if time.monotonic() > until:
            where = store.url.render_as_string(hide_password=True)
            raise Misconfigured(
                f"another `muster run` has the database {where}: stop that one first, or give this one a database "
                "of its own with DATABASE_URL or --db"
            )
        await asyncio.sleep(AGAIN)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
