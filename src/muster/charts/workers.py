"""Processes that draw, so that no picture holds up the event loop."""

import asyncio
import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import ParamSpec

P = ParamSpec("P")


class ChartWorkers:
    """A few processes that turn values into pictures: `await workers.draw(pictures.session_picture, overview)`.

    They start with the first picture, or with `warm`. One that dies is replaced and its picture drawn again, once.
    """

    def __init__(self, max_workers: int = 1) -> None:
        self._max_workers = max_workers
        self._pool: ProcessPoolExecutor | None = None
        self._closed = False

    async def warm(self) -> None:
        """Start a worker and have it draw once, so that the first picture is as quick as the others."""
        await self.draw(_first_picture)

    async def draw(self, function: Callable[P, bytes], *args: P.args, **kwargs: P.kwargs) -> bytes:
        """What a function of a module answers for these values, from another process.

        Raises what the function raises, and BrokenProcessPool where the process died twice.
        """
        pool = self._running()
        try:
            return await self._ask(pool, function, *args, **kwargs)
        except BrokenProcessPool:
            self._drop(pool)
        return await self._ask(self._running(), function, *args, **kwargs)

    async def close(self) -> None:
        """Let the pictures in work be finished, and end the processes. A second call does nothing."""
        self._closed = True
        pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(pool.shutdown, cancel_futures=True)

    def _running(self) -> ProcessPoolExecutor:
        if self._closed:
            raise RuntimeError("the chart workers are closed")
        if self._pool is None:
            # Spawned, not forked: this process has threads, sockets and a database open.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._max_workers, mp_context=context, initializer=_start)
        return self._pool

    async def _ask(
        self, pool: ProcessPoolExecutor, function: Callable[P, bytes], *args: P.args, **kwargs: P.kwargs
    ) -> bytes:
        return await asyncio.wrap_future(pool.submit(_drawn, function, *args, **kwargs))

    def _drop(self, pool: ProcessPoolExecutor) -> None:
        """Forget a broken pool; somebody else's new one stays."""
        if self._pool is pool:
            self._pool = None
        pool.shutdown(wait=False)


def _start() -> None:
    """Make a new process a worker: Ctrl-C is its parent's affair, and it goes when its parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_follow_parent, daemon=True).start()
    _first_picture()
    gc.collect()
    gc.freeze()


def _drawn(function: Callable[P, bytes], /, *args: P.args, **kwargs: P.kwargs) -> bytes:
    """The picture, and nothing left of its making: a figure is cyclic garbage of some 10 MB that adds up."""
    try:
        return function(*args, **kwargs)
    finally:
        gc.collect()


def _follow_parent() -> None:
    """A parent that was killed cannot end its workers, and their queue would keep them waiting for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _first_picture() -> bytes:
    """Import what draws, and read the fonts."""
    from muster.charts import player, radar, session  # noqa: F401
    from muster.charts.canvas import Canvas, picture
    from muster.charts.text import printable

    def paint(canvas: Canvas) -> None:
        for bold in (False, True):
            canvas.text(10, 16, printable("Ωx"), 20, bold=bold)
        canvas.dots([(5, 5)], "white", 3)

    return picture(64, 32, paint)
