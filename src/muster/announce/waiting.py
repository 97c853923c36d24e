"""Waiting for one of several things."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, Final

AGAIN: Final = 1.0
"""Seconds until something that does not end is cancelled once more."""


async def first_of(*waits: Coroutine[Any, Any, object], seconds: float | None = None) -> None:
    """Waits until one of these is over, or the time is. What is not is cancelled; an error is raised."""
    tasks = [asyncio.create_task(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _ended(tasks)
    for task in done:
        task.result()


async def _ended(tasks: Sequence[asyncio.Task[object]]) -> None:
    """Cancels what is not done until it is: before Python 3.12 `asyncio.wait_for`, which discord.py connects by, loses
    a cancellation that comes together with its result.
    """
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=AGAIN)
    await asyncio.gather(*tasks, return_exceptions=True)
