"""Reading and parsing the next portion in a second process while this one stores the last."""

import asyncio
import os
import pickle
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

from muster.rounds.worker import HEADER

Job = TypeVar("Job")
Result = TypeVar("Result")

WORTHWHILE = 400
"""Files from which on a second process earns back its start."""


async def in_order(jobs: AsyncIterator[Job], function: Callable[[Job], Result], *, files: int) -> AsyncIterator[Result]:
    """Results of `function` for each job, in order; for many files one job ahead in another process.

    `function` must be importable and jobs picklable. Should the other process die, the work goes on in this one.
    """
    if files < WORTHWHILE or (os.cpu_count() or 1) < 2:
        async for job in jobs:
            yield function(job)
        return
    worker = await _Worker.start()
    try:
        before: tuple[Job, asyncio.Task[Any]] | None = None
        async for job in jobs:
            now = (job, asyncio.create_task(worker.call(function, job)))
            if before is not None:
                yield await before[1]
            # The first job is done here while the other process starts, and the second there meanwhile.
            before = now
            await asyncio.sleep(0)
        if before is not None:
            yield await before[1]
    finally:
        await worker.stop()


class _Worker:
    """The other process. It ends by itself when this one is gone, because its standard input ends."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._turn = asyncio.Lock()
        self._alive = True

    @classmethod
    async def start(cls) -> "_Worker":
        """Starts the process, apart from this terminal: Ctrl-C is this process's business."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "muster.rounds.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
            limit=1 << 22,
        )
        return cls(process)

    async def call(self, function: Callable[[Job], Result], job: Job) -> Result:
        """Has a job done there, or here where the process is no more."""
        async with self._turn:
            if self._alive:
                try:
                    return await self._ask(function, job)
                except (OSError, asyncio.IncompleteReadError):
                    self._alive = False
            return function(job)

    async def _ask(self, function: Callable[[Job], Result], job: Job) -> Result:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        request = pickle.dumps((function, job), pickle.HIGHEST_PROTOCOL)
        stdin.write(HEADER.pack(len(request)) + request)
        await stdin.drain()
        (size,) = HEADER.unpack(await stdout.readexactly(HEADER.size))
        result: Result = pickle.loads(await stdout.readexactly(size))
        return result

    async def stop(self) -> None:
        """Ends the process."""
        self._alive = False
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
