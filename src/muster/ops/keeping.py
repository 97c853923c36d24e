"""What is done at night: a backup that is known to be good, old messages go, the database is tidied."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Final

from muster.community.archive import ChatLogError
from muster.config import Settings
from muster.ops.aside import AsideDied, done_aside
from muster.ops.night import Job, JobFailed
from muster.store import admin, backup, backup_files
from muster.store.engine import Store

BACKUP: Final = "backup"
OLD_BACKUPS: Final = "old backups"
OLD_MESSAGES: Final = "old messages"
TIDYING: Final = "tidying the database"
"""The jobs."""

LOOSE: Final = 0.2
"""Share of an SQLite file that is empty from which on it is written anew."""


def jobs_of(settings: Settings, store: Store, purge: Callable[[datetime], Awaitable[str]] | None) -> Iterator[Job]:
    """The night's work, in its order. `purge` deletes old messages, where they are kept."""
    if settings.backup_nightly:
        yield Job(BACKUP, partial(_back_up, settings, store))
        yield Job(OLD_BACKUPS, partial(_rotate, settings))
    if purge is not None:
        yield Job(OLD_MESSAGES, partial(_purge, purge))
    yield Job(TIDYING, partial(_tidy, store))


async def _back_up(settings: Settings, store: Store) -> str:
    url = store.url.render_as_string(hide_password=False)
    try:
        made = await done_aside(backup.make, url, settings.backups)
    except AsideDied as error:
        raise JobFailed(f"{error}: is there enough memory?") from error
    if not made.checked:
        raise JobFailed(f"{made.path} was made and not checked: {made.why_not}")
    return f"{made.path}, {made.size:,} bytes, restored and compared"


async def _rotate(settings: Settings) -> str:
    """Removes what is too old, after every backup was read again."""
    folder = settings.backups
    harmed = await asyncio.to_thread(backup_files.damaged, folder)
    if harmed:
        # What is damaged is left for a person to look at, and nothing old goes while it may be needed.
        named = ", ".join(f"{one.file.name}: {one.why}" for one in harmed[:3])
        raise JobFailed(f"damaged in {folder}: {named}; check the disk, then remove what is damaged")
    gone = await asyncio.to_thread(
        backup_files.rotate, folder, datetime.now(UTC), settings.backup_days, settings.backup_least
    )
    left = await asyncio.to_thread(backup_files.kept, folder)
    return f"{len(left)} kept and as they were written, {len(gone)} removed"


async def _purge(purge: Callable[[datetime], Awaitable[str]]) -> str:
    try:
        return await purge(datetime.now(UTC))
    except ChatLogError as error:
        raise JobFailed(str(error)) from error


async def _tidy(store: Store) -> str:
    """Lets the database look at its data again. An SQLite file is written anew where much of it is empty."""
    if store.dialect == "sqlite":
        async with store.read() as reader:
            size = await admin.size(store, reader)
        free, disk = size.free or 0, size.disk or 0
        if free < LOOSE * size.total or disk < 2 * size.total:
            await store.learn()
            return f"analysed; {free:,} of {size.total:,} bytes are empty"
    await admin.vacuum(store)
    return "vacuumed and analysed"
