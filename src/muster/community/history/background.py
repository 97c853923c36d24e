"""Importing while the bot runs: a folder of logs at low priority, and names that turn out to be channels."""

import asyncio
import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from typing import Final

import structlog

from muster.community.history.binding import bind
from muster.community.history.importer import HistoryImport, Run
from muster.community.history.throttle import GiveWay
from muster.community.register import Rules
from muster.store.engine import Store, StoreError

log = structlog.get_logger("muster.community")

_LOOK: Final = 30.0
"""Seconds between two looks for channels whose names were imported."""

_EVERY: Final = 20
"""Of these looks, each how manieth is also one for new lines."""

_KINDNESS: Final = 10
"""By how much the process that reads steps back (nice)."""


class Background:
    """A part of the running program. `aside` makes the process that reads; without a folder only names are bound."""

    def __init__(
        self, store: Store, rules: Rules, folder: Path | None, aside: Callable[[], AbstractAsyncContextManager[Run]]
    ) -> None:
        self._store = store
        self._rules = rules
        self._folder = folder
        self._aside = aside

    async def run(self, stop: asyncio.Event) -> None:
        """Imports what there is and what comes, until it is stopped; what was stored by then is whole."""
        stopping = asyncio.create_task(stop.wait())
        turn = 0
        try:
            while not stop.is_set():
                work = asyncio.create_task(self._import() if self._folder and turn % _EVERY == 0 else self._bind())
                await asyncio.wait((work, stopping), return_when=asyncio.FIRST_COMPLETED)
                if not work.done():
                    work.cancel()
                with suppress(asyncio.CancelledError):
                    try:
                        await work
                    except (StoreError, OSError) as error:
                        log.warning("the history can't be imported now", error=str(error))
                turn += 1
                await asyncio.wait((stopping,), timeout=_LOOK)
        finally:
            stopping.cancel()

    async def _import(self) -> None:
        assert self._folder is not None
        async with self._aside() as run:
            await run(os.nice, _KINDNESS)
            report = await HistoryImport(self._store, self._rules, run, GiveWay()).run(self._folder)
        if report.lines or report.exports:
            log.info("history imported", lines=report.lines, messages=report.messages, known=report.known)
        for day in report.pending:
            log.warning("a day of the history can't be read", guild=day.guild, day=day.day, reason=day.reason)

    async def _bind(self) -> None:
        await bind(self._store, self._rules)
