"""Watching a folder that a game server writes to."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from watchfiles import awatch

from muster.rounds.importer import find

SETTLE_SECONDS = 0.25
"""How long a file must not change before it is read: servers write in pieces."""

RESCAN_SECONDS = 30
"""How often the folder is listed although nothing was announced, for file systems that announce nothing."""


async def watch(folder: Path, stop: asyncio.Event | None = None) -> AsyncIterator[list[Path]]:
    """Yields round files that are new or changed and no longer growing; first those that are there already."""
    stop = stop or asyncio.Event()
    seen: dict[Path, tuple[int, int]] = {}
    changes = awatch(
        folder,
        stop_event=stop,
        rust_timeout=RESCAN_SECONDS * 1000,
        yield_on_timeout=True,
        debounce=100,
        step=20,
        recursive=True,
    )
    if ready := await _ready(folder, seen):
        yield ready
    async for _ in changes:
        if ready := await _ready(folder, seen):
            yield ready


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
