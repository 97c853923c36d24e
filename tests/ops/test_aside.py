"""A process for heavy work: it does what it is told, in order, and goes."""

import asyncio
import os
import signal
import time

import psutil
import pytest

from muster.ops.aside import AsideDied, aside, done_aside


def pid() -> int:
    return os.getpid()


def sleep(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def fail() -> None:
    raise ValueError("as asked")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def test_work_is_done_elsewhere_and_errors_come_back() -> None:
    async with aside() as run:
        first = await run(pid)
        assert first != os.getpid()
        with pytest.raises(ValueError, match="as asked"):
            await run(fail)
        assert await run(pid) == first
        began = time.perf_counter()
        working = asyncio.create_task(run(sleep, 0.3))
        await asyncio.sleep(0.01)
        assert time.perf_counter() - began < 0.2
        assert await working == first
    assert not psutil.pid_exists(first)


async def test_a_process_that_dies_is_told() -> None:
    with pytest.raises(AsideDied):
        await done_aside(die)
