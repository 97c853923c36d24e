"""An import: what is to be read, read aside, stored here, a batch at a time, from where the last one stopped."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import msgspec

from muster.community.history import exports, tree
from muster.community.history.binding import bind
from muster.community.history.reading import Batch, Job, Piece, read
from muster.community.history.report import BadLine, HistoryReport, PendingDay
from muster.community.history.storing import Moved, store, store_export
from muster.community.history.throttle import Throttle
from muster.community.history.tree import Day
from muster.community.register import Rules
from muster.model.chat import Message, Platform
from muster.store import history
from muster.store.engine import Store
from muster.store.history import StateRow

Run = Callable[..., Coroutine[Any, Any, Any]]
"""Calls a function of a module with values and returns what it returns, in another process or thread."""

_PIECES = 200
"""Days read at once, however short they are."""

_MESSAGES = 20_000
"""Messages of an export in one transaction."""


class HistoryImport:
    """Imports logs. Every batch is one transaction; whatever ends an import, the next goes on after the last batch."""

    def __init__(
        self, store: Store, rules: Rules, run: Run = asyncio.to_thread, throttle: Throttle | None = None
    ) -> None:
        self._store = store
        self._rules = rules
        self._run = run
        self._throttle = throttle or Throttle()
        self._left: dict[tuple[str, str], tuple[Day, int]] = {}
        self._progress: Callable[[int], None] = lambda _: None
        self._report = HistoryReport()

    async def run(
        self, path: Path, begin: Callable[[int], Callable[[int], None]] = lambda _: lambda _: None
    ) -> HistoryReport:
        """Imports a tree of logs, or exports. `begin` is told the bytes there are; what it returns, those done.

        Raises OSError where the folder itself can't be read.
        """
        started = time.monotonic()
        self._report = HistoryReport()
        await bind(self._store, self._rules)
        days, files = await asyncio.to_thread(tree.found, path)
        await self._plan(days)
        self._progress = begin(
            sum(size for _, size in files) + sum((day.size or 0) - start for day, start in self._left.values())
        )
        async for batch in self._batches():
            async with self._throttle.working():
                await self._take(batch)
        for file, size in files:
            await self._export(file)
            self._progress(size)
        unbound = await bind(self._store, self._rules)
        self._report.unbound = sorted((community.name, row.name) for community, row in unbound)
        self._report.seconds = time.monotonic() - started
        return self._report

    async def _plan(self, days: Sequence[Day]) -> None:
        """What is left to read. Days that can't be read stay pending."""
        async with self._store.read() as reader:
            states = await history.states(reader)
        pending: list[StateRow] = []
        for day in days:
            key = (day.guild, day.day)
            state = states.get(key) or StateRow(*key)
            if day.size is None:
                self._report.pending.append(PendingDay(*key, day.reason or ""))
                pending.append(msgspec.structs.replace(state, status="pending", reason=day.reason))
            elif day.size > state.byte_offset or state.status != "done":
                self._left[key] = (day, state.byte_offset)
        if pending:
            async with self._store.write() as writer:
                await history.put_states(writer, pending)

    async def _batches(self) -> AsyncIterator[Batch]:
        """Batches, read one ahead."""
        ahead = self._next()
        try:
            while ahead is not None:
                batch: Batch = await ahead
                for progress in batch.progress:
                    if progress.reason is None and not progress.is_done:
                        piece = progress.piece
                        day = Day(batch.guild, piece.day, piece.path, piece.size)
                        self._left = {(batch.guild, piece.day): (day, progress.end)} | self._left
                ahead = self._next()
                yield batch
                ahead = ahead or self._next()
        finally:
            if ahead is not None:
                ahead.cancel()

    def _next(self) -> "asyncio.Task[Batch] | None":
        """Begins to read the next pieces: of one server, about as many bytes as are read at once."""
        pieces: list[Piece] = []
        guild, room = "", self._throttle.size
        for key, (day, start) in list(self._left.items()):
            if pieces and (day.guild != guild or room <= 0 or len(pieces) == _PIECES):
                break
            guild, size = day.guild, day.size or 0
            pieces.append(Piece(day.day, day.path, start, min(size, start + room), size))
            room -= size - start
            del self._left[key]
        if not pieces:
            return None
        rule = self._rules(Platform.DISCORD, guild)
        return asyncio.create_task(self._run(read, Job(guild, pieces, rule.timezone, rule.cutoff_hour)))

    async def _take(self, batch: Batch) -> None:
        """Stores a batch, unless another import has been there: then its days are looked at again."""
        try:
            async with self._store.write() as writer:
                known = await store(writer, batch, self._rules(Platform.DISCORD, batch.guild))
        except Moved:
            await self._look_again(batch)
            return
        report = self._report
        report.known += known
        for progress in batch.progress:
            key, found = (batch.guild, progress.piece.day), progress.read
            if progress.reason is not None:
                report.pending.append(PendingDay(*key, progress.reason))
                continue
            report.days += progress.is_done
            report.lines += found.lines
            report.messages += found.messages
            report.edits += found.edits
            report.bad += found.bad
            report.unfinished += progress.unfinished
            self._progress(progress.end - progress.piece.start)
        if any(progress.read.bad for progress in batch.progress):
            async with self._store.read() as reader:
                await self._list_bad(await history.bad_lines(reader), batch)

    async def _list_bad(self, rows: Sequence[tuple[str, str, int, str]], batch: Batch) -> None:
        days = {progress.piece.day for progress in batch.progress}
        listed = set(self._report.bad_lines)
        new = [BadLine(*row) for row in rows if row[0] == batch.guild and row[1] in days]
        self._report.bad_lines += [line for line in new if line not in listed]

    async def _look_again(self, batch: Batch) -> None:
        async with self._store.read() as reader:
            states = await history.states(reader, batch.guild)
        for progress in batch.progress:
            piece, key = progress.piece, (batch.guild, progress.piece.day)
            state = states.get(key) or StateRow(*key)
            self._progress(max(state.byte_offset - piece.start, 0))
            if state.byte_offset < piece.size and state.status != "done":
                day = Day(batch.guild, piece.day, piece.path, piece.size)
                self._left[key] = (day, state.byte_offset)

    async def _export(self, file: Path) -> None:
        """Imports an export. Its messages have times of Discord's own, so a repeated import adds nothing."""
        try:
            channel, messages = await self._run(exports.read, file)
        except (OSError, exports.NoExport) as error:
            self._report.pending.append(PendingDay("", file.name, str(error)))
            return
        rule = self._rules(Platform.DISCORD, channel.community.key)
        self._report.exports += 1
        for part in _parts(messages):
            async with self._throttle.working(), self._store.write() as writer:
                self._report.known += await store_export(writer, channel, part, rule)
            self._report.messages += len(part)


def _parts(messages: Sequence[Message]) -> list[Sequence[Message]]:
    """Portions that begin at another moment than the one before ends: messages of one moment are told apart by it."""
    parts: list[Sequence[Message]] = []
    start = 0
    while start < len(messages):
        end = min(start + _MESSAGES, len(messages))
        while end < len(messages) and messages[end].sent_at == messages[end - 1].sent_at:
            end += 1
        parts.append(messages[start:end])
        start = end
    return parts
