"""The night's work: one job after another at a set hour, each once, and what was missed as soon as it can be."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
import structlog

from muster.store import jobs
from muster.store.engine import Store, StoreError
from muster.store.sole import sole

log = structlog.get_logger("muster.ops")

LOOK: Final = 30.0
"""Seconds between two looks at the clock."""

RIGHT: Final = ("night", 0x6D757374 + 2)
"""The right to do the night's work for a database."""


class JobFailed(Exception):
    """A job could not be done; the message names the cure."""


class Job(msgspec.Struct, frozen=True):
    """Something done once a night. `work` returns what came of it in words, and raises JobFailed or StoreError."""

    name: str
    work: Callable[[], Coroutine[Any, Any, str]]


class Schedule(msgspec.Struct, frozen=True):
    """When nights are: at an hour in a time zone."""

    zone: str
    hour: int

    def last(self, now: datetime) -> datetime:
        """The latest night that has begun. An hour that the clock skips in spring is the one after."""
        local = now.astimezone(ZoneInfo(self.zone))
        for days in (0, 1):
            day = local.date() - timedelta(days=days)
            at = datetime(day.year, day.month, day.day, self.hour, tzinfo=ZoneInfo(self.zone)).astimezone(UTC)
            if at <= now:
                break
        return at


class Night:
    """Does the jobs of the night in their order. `told` hears how each ended."""

    def __init__(
        self,
        store: Store,
        schedule: Schedule,
        work: Sequence[Job],
        told: Callable[[str, str, bool], None] = lambda *_: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._schedule = schedule
        self._work = work
        self._told = told
        self._clock = clock

    async def run(self, stop: asyncio.Event) -> None:
        """Does what is due until it is stopped; what it is at then is done after the next start."""
        while not stop.is_set():
            try:
                await self.look(stop)
            except StoreError as error:
                log.warning("the night's work waits for the database", error=str(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK)

    async def look(self, stop: asyncio.Event | None = None) -> list[str]:
        """Does the jobs that are due and that no other process is at; returns their names."""
        due = self._schedule.last(self._clock())
        async with self._store.read() as reader:
            known = await jobs.runs(reader)
        names = [job.name for job in self._work]
        if not any(jobs.is_due(known.get(name), due, self._clock()) for name in names):
            return []
        done: list[str] = []
        async with sole(self._store, *RIGHT) as mine:
            if mine is None:
                return []
            async with self._store.write() as writer:
                await jobs.skip(writer, names, due, self._clock())
            for job in self._work:
                if (stop is None or not stop.is_set()) and await mine() and await self._do(job, due):
                    done.append(job.name)
        return done

    async def _do(self, job: Job, due: datetime) -> bool:
        async with self._store.write() as writer:
            if not await jobs.begin(writer, job.name, due, self._clock()):
                return False
        began = self._clock()
        said, well = await _outcome(job)
        async with self._store.write() as writer:
            await jobs.end(writer, job.name, self._clock(), said, well=well)
        seconds = round((self._clock() - began).total_seconds(), 1)
        (log.info if well else log.error)("the night's work", job=job.name, well=well, said=said, seconds=seconds)
        self._told(job.name, said, well)
        return True


async def _outcome(job: Job) -> tuple[str, bool]:
    """What came of a job, and whether it went well. One that breaks must not break the program night after night."""
    task = asyncio.ensure_future(job.work())
    try:
        await asyncio.wait((task,))
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise
    error = task.exception()
    if error is None:
        return task.result(), True
    if isinstance(error, JobFailed | StoreError | OSError):
        return str(error), False
    log.error("a job broke", job=job.name, exc_info=error)
    return f"it broke: {error!r}", False
