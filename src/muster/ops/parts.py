"""The parts of a running program: begun together, and over together."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

import msgspec
import structlog

log = structlog.get_logger("muster")


_HOUR: Final = 3600.0

PAUSE = 5.0
"""Seconds before a part that broke begins again."""

LONGEST_STOP = 8.0
"""Seconds that all parts together have to finish what they are at: a stop takes less than 10."""


class Misconfigured(Exception):
    """Something only a person can set right; the message is one line that names the cure."""


class PartDied(Exception):
    """A part ended that should have gone on. Its name, and why: the error, or None where it just ended."""

    def __init__(self, name: str, error: BaseException | None) -> None:
        super().__init__(f"{name}: {error}" if error else f"{name}: it ended")
        self.name = name
        self.error = error


class Part(msgspec.Struct, frozen=True):
    """Something that runs until it is stopped. `patience`: seconds it has to finish what it is at.

    `restarts`: times within an hour that it may begin again after it broke, where the others do without it meanwhile.
    """

    name: str
    run: Callable[[asyncio.Event], Awaitable[None]]
    patience: float = 2.0
    restarts: int = 0


async def supervise(parts: Sequence[Part], stop: asyncio.Event) -> None:
    """Runs parts until `stop` is set or one of them ends, then stops them one after another in the order given.

    Raises PartDied where one ended by itself.
    """
    stops = [asyncio.Event() for _ in parts]
    tasks = [asyncio.create_task(_run(part, its), name=part.name) for part, its in zip(parts, stops, strict=True)]
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((*tasks, stopped), return_when=asyncio.FIRST_COMPLETED)
        dead = next((task for task in tasks if task.done()), None)
    finally:
        stopped.cancel()
        until = asyncio.get_running_loop().time() + LONGEST_STOP
        for part, task, its in zip(parts, tasks, stops, strict=True):
            its.set()
            await _end(part, task, until)
    if dead is not None:
        raise PartDied(dead.get_name(), dead.exception())


async def _run(part: Part, stop: asyncio.Event) -> None:
    """Runs a part; one that breaks begins again as often as it may. What only a person can set right ends it."""
    if not part.restarts:
        return await part.run(stop)
    broken: deque[float] = deque(maxlen=part.restarts + 1)
    while True:
        once = asyncio.ensure_future(part.run(stop))
        try:
            await asyncio.wait((once,))
        except asyncio.CancelledError:
            once.cancel()
            await asyncio.gather(once, return_exceptions=True)
            raise
        broken.append(asyncio.get_running_loop().time())
        too_often = len(broken) > part.restarts and broken[-1] - broken[0] < _HOUR
        error = once.exception()
        if stop.is_set() or too_often or isinstance(error, Misconfigured):
            return await once
        log.error("a part broke and begins again", part=part.name, times=len(broken), exc_info=error)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), PAUSE)


async def _end(part: Part, task: asyncio.Task[None], until: float) -> None:
    """Waits for a part to finish; one that takes too long, or that there is no time left for, is broken off."""
    left = until - asyncio.get_running_loop().time()
    await asyncio.wait((task,), timeout=max(min(part.patience, left), 0.0))
    if not task.done():
        log.warning("broken off", part=part.name)
        task.cancel()
        await asyncio.wait((task,), timeout=1.0 if left > 0 else 0.1)
    if task.done() and not task.cancelled() and (error := task.exception()) is not None:
        log.debug("ended with an error", part=part.name, error=str(error))
