"""What is looked at every few seconds: the database, posts, collectors, the night's work, backups, disks."""

import asyncio
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

from muster.config import Settings, default_database
from muster.ops.disk import DiskGuard
from muster.ops.health import Health, Level, Look, Vital
from muster.ops.keeping import BACKUP
from muster.store import backup_files, collectors, jobs, outbox
from muster.store import health as store_health
from muster.store.engine import Store, StoreError

POSTS_LATE: Final = 300.0
"""Seconds after which a post that is due is late."""

BACKUP_OLD: Final = 50 * 3600.0
"""Seconds: with an older backup two nights are missing."""

SPILL_LARGE: Final = 1_000_000
"""Bytes of messages on disk from which on they are said to pile up."""

_SOUND: Final = ("ok", "clock off", "waiting")


def folders_of(settings: Settings, store: Store) -> list[Path]:
    """Where this program writes."""
    database = Path(store.url.database or "").absolute()
    own = database.parent if store.dialect == "sqlite" else default_database().parent
    return list(dict.fromkeys([own, settings.backups]))


class Looks:
    """Looks for a program with these settings. `started`: what is missing then may still come."""

    def __init__(self, settings: Settings, store: Store, health: Health, guard: DiskGuard) -> None:
        self._settings = settings
        self._store = store
        self._figures = health.figures
        self._guard = guard
        self._started = health.clock()
        self._newest: datetime | None = None

    async def database(self, now: datetime) -> Iterable[Vital]:
        """Whether the database answers, and what it says of posts, collectors and the night."""
        began = time.perf_counter()
        try:
            async with self._store.read() as reader:
                counts = await outbox.counts(reader)
                self._figures["muster_database_answer_seconds"] = time.perf_counter() - began
                self._figures["muster_database_bytes"] = float(await store_health.size(reader))
                due = await store_health.posts_due(reader, now)
                states = await collectors.noted(reader)
                runs = await jobs.runs(reader)
        except StoreError as error:
            return [Vital("database", Level.FAILING, None, None, str(error), "start it; everything goes on by itself")]
        found = [Vital("database", done=now, lag=0.0), self._posts(counts, due, now)]
        servers = {server.name for server in self._settings.servers}
        found += [self._collector(row) for row in states if row.server in servers]
        found += [self._job(run) for run in runs.values() if run.job != BACKUP]
        if self._settings.backup_nightly:
            found.append(await self._backup(runs.get(BACKUP), now))
        return found

    async def disk(self, _: datetime) -> Iterable[Vital]:
        """Whether there is room."""
        vital = await asyncio.to_thread(self._guard.look)
        self._figures["muster_disk_free_bytes"] = self._guard.free
        return [vital]

    def _posts(self, counts: dict[str, int], due: datetime | None, now: datetime) -> Vital:
        parked = counts.get("parked", 0) + counts.get("failed", 0)
        waiting = counts.get("pending", 0) + counts.get("sending", 0) if due is not None else 0
        self._figures["muster_posts_waiting"] = float(waiting)
        self._figures["muster_posts_parked"] = float(parked)
        lag = 0.0 if due is None else (now - due).total_seconds()
        if counts.get("parked"):
            what = f"{counts['parked']:,} posts are laid aside: their channel takes nothing"
            return Vital("posts", Level.FAILING, None, lag, what, "let the bot write to it, or set another channel")
        if lag > POSTS_LATE and self._settings.discord_token:
            return Vital("posts", Level.LAGGING, None, lag, f"what is due waits for {lag:,.0f} s", "")
        return Vital("posts", Level.OK, None, lag)

    def _collector(self, row: collectors.CollectorRow) -> Vital:
        lag = None if row.looked is None else max((row.noted - row.looked).total_seconds(), 0.0)
        level = Level.OK if row.state in _SOUND else Level.FAILING
        detail = "" if level is Level.OK else f"{row.state}: {row.detail}"
        return Vital(f"collector {row.server} ({row.kind})", level, row.came or row.looked, lag, detail, row.cure)

    def _job(self, run: jobs.JobRun) -> Vital:
        failed = _failed(run)
        return Vital(run.job, Level.FAILING if failed else Level.OK, run.succeeded, None, run.said if failed else "")

    async def _backup(self, run: jobs.JobRun | None, now: datetime) -> Vital:
        """One that was made by hand is as good as the night's."""
        kept = await asyncio.to_thread(backup_files.kept, self._settings.backups)
        newest = next((one.note.made_at for one in kept if one.note.checked), None)
        age = (now - (newest or self._started)).total_seconds()
        if newest is not None:
            self._figures["muster_backup_age_seconds"] = age
        what, cure = "", "`muster backup` makes one now"
        if run is not None and _failed(run) and run.began is not None and (newest is None or newest < run.began):
            what, cure = run.said, "`muster backup` tries again"
        elif age > BACKUP_OLD:
            what = f"the newest good backup is {age / 3600:,.0f} h old" if newest else "there is no backup"
        if what:
            return Vital("backup", Level.FAILING, newest, age, what, cure)
        return Vital("backup", Level.OK, newest, age if newest else None)


def _failed(run: jobs.JobRun) -> bool:
    """Whether a job ended last without success."""
    return run.began is not None and run.ended is not None and run.succeeded != run.ended


def spill_look(pending: Callable[[], int], spilled: Callable[[], int], figures: dict[str, float]) -> Look:
    """Whether messages pile up on disk."""

    async def look(_: datetime) -> Iterable[Vital]:
        size = spilled()
        figures["muster_messages_pending"] = float(pending())
        figures["muster_spill_bytes"] = float(size)
        if size >= SPILL_LARGE:
            what = f"{size / 1_000_000:,.1f} MB of messages wait on disk for the database"
            return [Vital("spill", Level.FAILING, None, None, what, "start the database; they are counted then")]
        return [Vital("spill")]

    return look
