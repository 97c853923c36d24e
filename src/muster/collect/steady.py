"""A watched folder that goes on being taken in, whatever becomes of the folder and the database meanwhile."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from muster.collect.folder import watch
from muster.collect.state import Sign, State, Unavailable, no_store
from muster.rounds.importer import Importer, ImportReport
from muster.store.engine import StoreError

log = structlog.get_logger("muster.collect")

FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 10.0
"""Seconds between two attempts to store files: doubled each time."""

FOLDER_PAUSE: Final = 2.0
"""Seconds between two looks for a folder that is not there."""


class Steady:
    """Imports what a folder holds and what comes; `done` is told what came of each portion.

    A folder that is not there, or can't be read, is waited for; so is a database that refuses. Set `nudge` to have
    it look at once.
    """

    def __init__(
        self,
        importer: Importer,
        folder: Path,
        sign: Sign,
        done: Callable[[ImportReport], None] = lambda _: None,
    ) -> None:
        self.nudge = asyncio.Event()
        self._importer = importer
        self._folder = folder
        self._sign = sign
        self._done = done

    async def run(self, stop: asyncio.Event) -> None:
        """Goes on until it is stopped."""
        while not stop.is_set():
            try:
                async for files in watch(self._folder, stop, self.nudge, self._sign.good):
                    report = await _stored(self._importer, files, stop, self._sign)
                    if report is not None:
                        _tell(self._folder, report)
                        if report.played:
                            self._sign.came(max(report.played))
                        self._done(report)
            except OSError as error:
                self._sign.bad(_unwatched(self._folder, error))
            await _pause(stop, FOLDER_PAUSE)


def _unwatched(folder: Path, error: OSError) -> Unavailable:
    what = f"{folder} can't be watched ({error.strerror or error})"
    if folder.exists():
        return Unavailable(what, "let Muster's user read it; it is tried again", State.DENIED)
    return Unavailable(what, "make it, mount it, or set `folder` right; it is tried again", State.MISSING)


async def _stored(importer: Importer, files: Sequence[Path], stop: asyncio.Event, sign: Sign) -> ImportReport | None:
    """Imports files, again and again where the database refuses; None where it was stopped before."""
    pause = FIRST_PAUSE
    while not stop.is_set():
        try:
            return await importer.run(files)
        except StoreError as error:
            sign.bad(no_store(error))
            log.warning("rounds wait for the database", files=len(files), again_in=pause, error=str(error))
            await _pause(stop, pause)
            pause = min(pause * 2, LONGEST_PAUSE)
    return None


def _tell(folder: Path, report: ImportReport) -> None:
    """What an import did, where it did anything."""
    counts = {name: count for name, count in report.counts.items() if name != "known"}
    if counts:
        log.info("files taken in", folder=str(folder), **counts)
    for result in report.notable:
        log.warning("a file was not taken in", file=result.file, status=result.status, reason=result.reason)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
