"""Work that would hold up the event loop, done in a process of its own that lives as long as there is some."""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager
from multiprocessing.connection import wait
from typing import Any, TypeVar

T = TypeVar("T")

Run = Callable[..., Coroutine[Any, Any, Any]]
"""Calls a function of a module with values that can be pickled, over there, and returns what it returns."""


class AsideDied(ChildProcessError):
    """The process ended before its work was done: out of memory, or killed."""


@asynccontextmanager
async def aside() -> AsyncIterator[Run]:
    """A process that does one piece of work after another. What it began when the block ends is finished first."""
    # Spawned, not forked: this process has threads, sockets and a database open.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(1, mp_context=context, initializer=_start)

    async def run(function: Callable[..., T], /, *values: Any) -> T:
        try:
            return await asyncio.wrap_future(pool.submit(function, *values))
        except BrokenProcessPool:
            raise AsideDied("the helping process ended before its work was done") from None

    try:
        yield run
    finally:
        await asyncio.to_thread(pool.shutdown, cancel_futures=True)


async def done_aside(function: Callable[..., T], /, *values: Any) -> T:
    """One piece of work."""
    async with aside() as run:
        result: T = await run(function, *values)
    return result


def _start() -> None:
    """Ctrl-C is the parent's affair, and the process goes when its parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    """A parent that was killed cannot end it, and its queue would keep it waiting for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
