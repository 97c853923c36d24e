"""What is older than its channel's policy goes, after the steps that the policy wants before."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from muster.community import policies
from muster.community.archive import Archive, ArchiveError, ChatLogError
from muster.community.events import before
from muster.community.events.before import Steps
from muster.community.policies import Policies, Policy
from muster.model.chat import number_at
from muster.pipelines.match import Ready
from muster.store import log, privacy
from muster.store.engine import Store
from muster.store.log import LogChannel, TextRow

_PORTION = 20_000
_CHUNK = 5_000
"""Messages in a file of the archive, and messages deleted in one transaction."""


class Purged(msgspec.Struct):
    """What a run did: messages deleted and archived, months dropped whole, channels kept because a step failed."""

    deleted: int = 0
    archived: int = 0
    months: list[str] = msgspec.field(default_factory=list)
    failed: dict[str, str] = msgspec.field(default_factory=dict)


class Retention:
    """Deletes what is due. `archive` is where messages go that are to be kept elsewhere."""

    def __init__(self, store: Store, archive: Archive | None) -> None:
        self._store = store
        self._archive = archive

    async def nightly(self, now: datetime) -> str:
        """Deletes what is due and makes the months to come; returns what was done in words.

        Raises ChatLogError where a channel's messages were kept because a step before deletion failed.
        """
        async with self._store.write() as writer:
            await log.make_months(writer, log.months_ahead(now, 2))
        done = await self.purge(now)
        if done.failed:
            raise ChatLogError("kept: " + "; ".join(f"{name}: {why}" for name, why in done.failed.items()))
        return f"{done.deleted:,} deleted, {done.archived:,} of them archived, {len(done.months)} months dropped"

    async def purge(self, now: datetime) -> Purged:
        """Deletes every message that is older than its channel keeps."""
        done = Purged()
        async with self._store.read() as reader:
            known = await policies.read(reader)
            channels = await log.log_channels(reader)
        oldest_wanted = number_at(int(now.timestamp() * 1000))
        for channel in channels:
            until = _cutoff(_policy(known, channel), now)
            wanted = until
            if channel.oldest < until:
                try:
                    await self._empty(channel, until, _policy(known, channel), done)
                except ChatLogError as error:
                    done.failed[channel.name] = str(error)
                    wanted = channel.oldest
            oldest_wanted = min(oldest_wanted, wanted)
        async with self._store.write() as writer:
            done.months = await log.drop_months(writer, oldest_wanted)
        return done

    async def _empty(self, channel: LogChannel, until: int, policy: Policy, done: Purged) -> None:
        """Deletes a channel's messages up to a number, portion by portion, each after the steps before deletion.

        Raises ChatLogError where a step can't be done: nothing of its portion is deleted then.
        """
        async with self._store.read() as reader:
            wanted = await before.steps(reader, policy.pipeline)
        if wanted.archive and self._archive is None:
            raise ArchiveError("no place to archive to: set `chat_archive` to a folder")
        ready = Ready(wanted.pipeline) if wanted.pipeline else None
        first = channel.oldest
        while True:
            async with self._store.read() as reader:
                seen = await privacy.changes(reader)
                rows = await log.texts(reader, channel.id, first, until, _PORTION)
            if not rows:
                return
            meant = before.chosen(ready, rows, channel)
            if wanted.archive and self._archive is not None and meant:
                file = await asyncio.to_thread(self._archive.write, meant, wanted.folder)
                async with self._store.read() as reader:
                    if await privacy.changes(reader) != seen:
                        # Somebody was erased meanwhile, and may stand in the file.
                        await asyncio.to_thread(self._archive.drop, file)
                        continue
                done.archived += len(meant)
            await self._delete(channel, rows, {row.number for row in meant}, wanted, done)
            first = rows[-1].number + 1

    async def _delete(
        self, channel: LogChannel, rows: Sequence[TextRow], meant: set[int], wanted: Steps, done: Purged
    ) -> None:
        """Deletes messages in chunks; what is summed up of a chunk stands or falls with its deletion."""
        for at in range(0, len(rows), _CHUNK):
            part = rows[at : at + _CHUNK]
            async with self._store.write() as writer:
                if wanted.sums:
                    await before.sum_up(writer, wanted, [row for row in part if row.number in meant], channel)
                done.deleted += await log.drop_span(writer, channel.id, part[0].number, part[-1].number)


def _policy(known: Policies, channel: LogChannel) -> Policy:
    return known.of(channel.platform, channel.key, channel.name, channel.parent)


def _cutoff(policy: Policy, now: datetime) -> int:
    """The first number that is still to be kept."""
    return number_at(int((now - timedelta(days=policy.retention_days)).timestamp() * 1000))
