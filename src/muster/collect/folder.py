"""Watching a folder that a game server writes to."""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from pathlib import Path

from muster.rounds.importer import find

SETTLE_SECONDS = 0.25
"""How long a file must not change before it is read: servers write in pieces."""

RESCAN_SECONDS = 30
"""How often the folder is listed although nothing was announced, for file systems that announce nothing."""


async def watch(
    folder: Path,
    stop: asyncio.Event | None = None,
    nudge: asyncio.Event | None = None,
    looked: Callable[[], None] = lambda: None,
) -> AsyncIterator[list[Path]]:
    """Yields round files that are new or changed and no longer growing; first those that are there already.

    `nudge` has it look at once, for file systems that announce nothing; `looked` is called after each look.
    """
    from watchfiles import awatch  # only who watches pays for it

    stopping = asyncio.create_task((stop or asyncio.Event()).wait())
    nudge = nudge or asyncio.Event()
    nudged = asyncio.create_task(nudge.wait())
    seen: dict[Path, tuple[int, int]] = {}
    ended = asyncio.Event()
    changes = awatch(
        folder,
        # An event of its own: where awatch is cancelled it sets it.
        stop_event=ended,
        rust_timeout=RESCAN_SECONDS * 1000,
        yield_on_timeout=True,
        debounce=100,
        step=20,
        recursive=True,
    )
    # Listening begins before the first look: what comes while that is imported would wait for the next listing.
    told = asyncio.create_task(_told(changes))
    try:
        await asyncio.sleep(0)
        while True:
            if ready := await _ready(folder, seen):
                yield ready
            if os.access(folder, os.R_OK | os.X_OK):
                looked()
            await asyncio.wait((told, stopping, nudged), return_when=asyncio.FIRST_COMPLETED)
            if stopping.done() or (told.done() and not told.result()):
                return
            if nudged.done():
                nudge.clear()
                nudged = asyncio.create_task(nudge.wait())
            if told.done():
                told = asyncio.create_task(_told(changes))
    finally:
        ended.set()
        stopping.cancel()
        nudged.cancel()
        await asyncio.gather(told, stopping, nudged, return_exceptions=True)
        await changes.aclose()


async def _told(changes: AsyncGenerator[object, None]) -> bool:
    """Waits for the next change, or the time to look anyway; False where there are no more."""
    async for _ in changes:
        return True
    return False


async def _ready(folder: Path, seen: dict[Path, tuple[int, int]]) -> list[Path]:
    """Files whose size or time is not what it was, once they have stopped changing."""
    now = _marks(folder)
    changed = [path for path, mark in now.items() if seen.get(path) != mark]
    while changed:
        await asyncio.sleep(SETTLE_SECONDS)
        before, now = now, _marks(folder)
        settled = [path for path in changed if path in now and now[path] == before.get(path)]
        if settled or not any(path in now for path in changed):
            seen.update((path, now[path]) for path in settled)
            return settled
    return []


def _marks(folder: Path) -> dict[Path, tuple[int, int]]:
    marks: dict[Path, tuple[int, int]] = {}
    for path in find([folder])[0]:
        try:
            status = path.stat()
        except FileNotFoundError:
            continue
        marks[path] = (status.st_size, status.st_mtime_ns)
    return marks
