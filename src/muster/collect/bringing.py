"""Files on their way here: portion after portion, the next one fetched while the last is imported."""

import asyncio
import shutil
import tempfile
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from muster.collect.collector import Brought, Collector, Left, Listed
from muster.collect.state import Unavailable, no_place
from muster.rounds.importer.importer import PORTION
from muster.rounds.reading import in_evenings

KEPT: Final = 3
"""Portions that stay here behind the newest one: the importer may still be reading them."""


@asynccontextmanager
async def brought(
    collector: Collector, files: Sequence[Listed], left: list[Left]
) -> AsyncIterator[AsyncIterator[list[Path]]]:
    """Portions of files, whole evenings where possible. What could not be brought is added to `left`.

    They are copies in a temporary folder that is gone with the block, each portion a while after it was given.
    Where the collector fails there are no more portions, and leaving the block raises Unavailable: what came before
    can still be imported.
    """
    root = _made()
    troubles: list[Unavailable] = []
    portions = _portions(collector, files, left, root, troubles)
    try:
        yield portions
    finally:
        await portions.aclose()
        await asyncio.to_thread(shutil.rmtree, root, ignore_errors=True)
    for trouble in troubles:
        raise trouble


async def _portions(
    collector: Collector, files: Sequence[Listed], left: list[Left], root: Path, troubles: list[Unavailable]
) -> AsyncGenerator[list[Path], None]:
    parts = deque(enumerate(in_evenings(sorted(files, key=lambda file: (file.name, file.place)), PORTION)))
    coming = _begun(collector, parts, root)
    try:
        while coming is not None:
            number, task = coming
            found = await task
            left += found.left
            coming = _begun(collector, parts, root)
            yield found.paths
            await asyncio.to_thread(shutil.rmtree, root / str(number - KEPT), ignore_errors=True)
    except Unavailable as trouble:
        troubles.append(trouble)
    finally:
        if coming is not None:
            coming[1].cancel()
            await asyncio.gather(coming[1], return_exceptions=True)


def _begun(
    collector: Collector, parts: deque[tuple[int, list[Listed]]], root: Path
) -> tuple[int, asyncio.Task[Brought]] | None:
    """The next portion, on its way; None where there are no more."""
    if not parts:
        return None
    number, part = parts.popleft()
    return number, asyncio.create_task(_fetched(collector, part, root / str(number)))


async def _fetched(collector: Collector, part: Sequence[Listed], folder: Path) -> Brought:
    _make(folder)
    return await collector.fetch(part, folder)


def _made() -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix="muster-rounds-"))
    except OSError as error:
        raise no_place(error, Path(tempfile.gettempdir())) from error


def _make(folder: Path) -> None:
    try:
        folder.mkdir()
    except OSError as error:
        raise no_place(error, folder.parent) from error
