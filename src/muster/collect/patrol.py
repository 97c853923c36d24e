"""A distant folder that goes on being taken in, whatever becomes of its host, the way there and the database."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog

from muster.collect import clock
from muster.collect.bringing import brought
from muster.collect.collector import Left, Listed
from muster.collect.pace import LINGER, Pace
from muster.collect.sftp import SftpCollector
from muster.collect.state import SOUND, Sign, State, Unavailable, no_store
from muster.collect.watchlist import QUIET, Watchlist
from muster.rounds.importer import Importer, ImportReport, UnknownZone
from muster.rounds.importer.importer import PORTION
from muster.store import files as register
from muster.store.engine import Store, StoreError

log = structlog.get_logger("muster.collect")

GRAIN: Final = 3.0
"""Seconds after a change of a folder in which another one may bear the same time, which comes in whole seconds."""

GLANCE: Final = 0.4
"""Seconds between two looks at files that may still be written."""

FEW: Final = 50
"""Files that are asked for one by one; for more the folder is listed."""

RELIST: Final = 300.0
"""Seconds after which a folder is listed although its time is the same."""

LEAST: Final = 0.5
AFTER_FAILURE: Final = 5.0
"""Seconds between two looks, and after one that failed, however often it is nudged."""

DENIED_PAUSE: Final = 30.0
"""Seconds after which a file is tried again that may not be read."""

LIVE: Final = 60.0
MOST_FRESH: Final = 2
"""The clock is told by files that came since the last look: that long ago at most, and so few that they were played."""


class Patrol:
    """Looks at a folder again and again. `done` is told what came of each import; set `nudge` to have it look at once.

    `tick` gives seconds that only go on.
    """

    def __init__(
        self,
        collector: SftpCollector,
        store: Store,
        importer: Importer,
        sign: Sign,
        zone: str,
        *,
        done: Callable[[ImportReport], None] = lambda _: None,
        pace: Pace | None = None,
        quiet: float | None = None,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self.nudge = asyncio.Event()
        self.looks = 0
        self._collector = collector
        self._store = store
        self._importer = importer
        self._sign = sign
        self._zone = zone
        self._done = done
        self._pace = pace or Pace()
        self._quiet = {} if quiet is None else {"quiet": quiet}
        self._tick = tick
        self._list: Watchlist | None = None
        self._changed: tuple[float, float] | None = None
        self._stop = asyncio.Event()
        self._listed = 0.0
        self._files: dict[str, Listed] = {}
        self._looked: float | None = None
        self._denied: dict[str, Unavailable] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Takes in what is there and what comes, until it is stopped; what fails is shown and tried again."""
        self._stop = stop
        try:
            while not stop.is_set():
                pause = await self._turn()
                self.looks += 1
                await self._wait(stop, pause)
        finally:
            await self._collector.close()

    async def _turn(self) -> float:
        """One look; the seconds until the next."""
        try:
            await self._look()
        except Unavailable as error:
            self._sign.bad(error)
            return self._pace.after_failure(error.state)
        except StoreError as error:
            # What is stored and what is not is read anew from the register.
            self._list = None
            trouble = no_store(error)
            self._sign.bad(trouble)
            return self._pace.after_failure(trouble.state)
        except UnknownZone as error:
            self._sign.bad(Unavailable(str(error), "", State.SETTINGS))
            return self._pace.after_failure(State.SETTINGS)
        except OSError as error:
            self._sign.bad(Unavailable(f"files can't be taken in here ({error})", "look into Muster's log"))
            log.warning("a look failed", server=self._collector.server, exc_info=error)
            return self._pace.after_failure(State.UNREACHABLE)
        now = self._tick()
        pause = self._pace.after(now)
        due = self._list.due(now) if self._list is not None else None
        if self._list is not None and self._list.growing(now):
            pause = min(pause, GLANCE)
        return pause if due is None else min(pause, max(due, 0.05))

    async def _look(self) -> None:
        """Lists the folder where it may have changed, and imports what is whole."""
        nudged = self.nudge.is_set()
        self.nudge.clear()
        if self._list is None:
            self._list, self._changed = Watchlist(await self._known(), **self._quiet), None
        changed, now = await self._collector.changed(), self._tick()
        growing = self._list.growing(now)
        if nudged or len(growing) > FEW or not self._same(changed, now):
            await self._read(self._list, changed)
        elif growing:
            # Only these can have changed: they are asked for, not everything that is there.
            await self._glance(self._list, set(growing))
        if self._denied:
            self._sign.bad(_summary(list(self._denied.values())))
        else:
            self._sign.good()
        self._looked = self._tick()

    async def _read(self, watchlist: Watchlist, changed: float) -> None:
        files = await self._collector.entries()
        now = self._listed = self._tick()
        if self._changed is None or self._changed[0] != changed:
            self._changed = (changed, now)
        self._files = {file.name: file for file in files}
        await self._bring(watchlist, now)

    async def _glance(self, watchlist: Watchlist, names: set[str]) -> None:
        known = [file for name, file in self._files.items() if name in names]
        now = {file.name: file for file in await self._collector.again(known)}
        kept = {name: file for name, file in self._files.items() if name not in names}
        self._files = kept | now
        await self._bring(watchlist, self._tick())

    async def _bring(self, watchlist: Watchlist, now: float) -> None:
        """Imports what is whole of the files as they are now."""
        files = list(self._files.values())
        ready = watchlist.look(files, now)
        self._tell_time(files, watchlist.fresh, now)
        self._denied = {name: trouble for name, trouble in self._denied.items() if name in self._files}
        if not ready:
            return
        left = {one.name: one.trouble for one in await self._take(watchlist, ready)}
        late = self._tick()
        for file in ready:
            trouble = left.get(file.name)
            self._denied.pop(file.name, None)
            if trouble is not None:
                self._denied[file.name] = trouble
            if file.name in left:
                watchlist.put_off(file, late + (DENIED_PAUSE if trouble else QUIET))

    def _same(self, changed: float, now: float) -> bool:
        """Whether nothing can have come or gone."""
        if self._changed is None:
            return False
        return self._changed[0] == changed and now - self._changed[1] > GRAIN and now - self._listed < RELIST

    async def _known(self) -> dict[str, set[int]]:
        async with self._store.read() as reader:
            return await register.sizes(reader, self._collector.server)

    async def _take(self, watchlist: Watchlist, ready: Sequence[Listed]) -> list[Left]:
        """Imports files; those that were left."""
        left: list[Left] = []
        so_far = 0

        def progress(count: int) -> None:
            nonlocal so_far
            so_far += count
            if len(ready) > PORTION:
                log.info("taking in", server=self._collector.server, files=so_far, of=len(ready))

        try:
            async with brought(self._collector, ready, left) as portions:
                names = [file.name for file in ready]
                report = await self._importer.follow(self._until_stopped(portions), names, progress=progress)
                self._tell(report)
        except Unavailable:
            # What is stored and what is not is read anew from the register.
            self._list = None
            raise
        gone = {one.name for one in left}
        watchlist.done(file for file in ready if file.name not in gone)
        return left

    async def _until_stopped(self, portions: AsyncIterator[list[Path]]) -> AsyncIterator[list[Path]]:
        """Portions as long as it is not stopped: what is begun is finished, the rest comes after the next start."""
        async for part in portions:
            yield part
            if self._stop.is_set():
                return

    def _tell(self, report: ImportReport) -> None:
        if report.played:
            self._sign.came(max(report.played))
        counts = {name: count for name, count in report.counts.items() if name != "known"}
        if counts:
            log.info("files taken in", server=self._collector.server, **counts)
        for result in report.notable:
            log.warning("a file was not taken in", file=result.file, status=result.status, reason=result.reason)
        self._done(report)

    def _tell_time(self, files: Sequence[Listed], fresh: Sequence[Listed], now: float) -> None:
        """Looks at the server's clock, where files tell it, and whether people are playing."""
        here = datetime.now(UTC)
        newest = max((file.written for file in files), default=0.0)
        if fresh or abs(here.timestamp() - newest) < LINGER:
            self._pace.came(now)
        live = self._looked is not None and now - self._looked < LIVE
        if live and 0 < len(fresh) <= MOST_FRESH:
            self._sign.clock(clock.judge(max(fresh, key=lambda file: file.written), self._zone, here))
        elif wrong := clock.ahead(files, here):
            self._sign.clock(wrong)

    async def _wait(self, stop: asyncio.Event, seconds: float) -> None:
        """Until the time is over, it is nudged, or stopped."""
        least = LEAST if self._sign.health.state in SOUND else AFTER_FAILURE
        waits = [asyncio.ensure_future(event.wait()) for event in (stop, self.nudge)]
        try:
            done, _ = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if waits[1] in done and not stop.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.shield(waits[0]), min(least, seconds))
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)


def _summary(troubles: Sequence[Unavailable]) -> Unavailable:
    """What is wrong with several files, by the first of them."""
    first = troubles[0]
    more = f" and {len(troubles) - 1} more" if len(troubles) > 1 else ""
    return Unavailable(f"{first.what}{more}", first.cure, first.state)
