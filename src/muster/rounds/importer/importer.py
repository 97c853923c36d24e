"""One import: portions of files, a transaction each.

A portion holds whole evenings where it can. Whatever stops the import, what is committed is whole, and the next
import goes on from there. Files that can't be parsed are stored beside the good ones with their reason.
"""

import time
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from muster.rounds.importer.ahead import in_order
from muster.rounds.importer.intake import Intake
from muster.rounds.importer.servers import ServerChoice
from muster.rounds.reading import FileResult, Reading, ReadJob, in_evenings, no_collection, read_portion
from muster.store import files
from muster.store.engine import Store, Writer
from muster.store.files import Server

PORTION = 130
"""Files a transaction, roughly: large enough to be quick, small enough for another writer to wait for."""

MANY = 300
"""New rounds in one import after which the database learns what it holds."""

OnTaken = Callable[[Writer, Sequence[tuple[str, str]]], Awaitable[None]]


class ImportReport(msgspec.Struct):
    """What an import did, file by file where there is something to say."""

    counts: dict[str, int] = msgspec.field(default_factory=dict)
    notable: list[FileResult] = msgspec.field(default_factory=list)
    played: list[str] = msgspec.field(default_factory=list)
    """Files of rounds that are new."""
    new_servers: list[Server] = msgspec.field(default_factory=list)

    def add(self, result: FileResult) -> None:
        """Notes a result."""
        self.counts[result.status] = self.counts.get(result.status, 0) + 1
        if result.reason is not None:
            self.notable.append(result)

    def refuse(self, path: str, reason: str) -> None:
        """Notes a path that was not tried."""
        self.add(FileResult(path, "refused", reason))


class Importer:
    """Imports round files into a store.

    `on_taken` is called within each transaction with the rounds that are new, as (server, file): what it writes is
    committed with them or not at all.
    """

    def __init__(self, store: Store, servers: ServerChoice | None = None, on_taken: OnTaken | None = None) -> None:
        self._store = store
        self._choice = servers or ServerChoice()
        self._on_taken = on_taken
        self.timed: Callable[[float, int], None] = lambda *_: None
        """Is told of every transaction with contents: how many seconds it took, and how many rounds are new."""

    async def run(
        self, paths: Sequence[Path], *, retry: bool = False, progress: Callable[[int], None] = lambda _: None
    ) -> ImportReport:
        """Imports round files; `progress` is told how many more are done.

        `retry` reads contents again that were rejected before. Files that are known are passed over unread
        beyond their hash.
        """
        return await self._run(_portions(paths), [path.name for path in paths], retry, progress)

    async def follow(
        self,
        portions: AsyncIterable[list[Path]],
        names: Sequence[str],
        *,
        progress: Callable[[int], None] = lambda _: None,
    ) -> ImportReport:
        """Imports portions of files as they come, each while the next one is on its way.

        `names` are those of all the files. A portion must be there until the third one after it is asked for.
        """
        return await self._run(portions, names, False, progress)

    async def _run(
        self, portions: AsyncIterable[list[Path]], names: Sequence[str], retry: bool, progress: Callable[[int], None]
    ) -> ImportReport:
        report = ImportReport()
        async with self._store.read() as reader:
            known = await files.known_content(reader, names, rejected=not retry)
        async for readings, results in in_order(_jobs(portions, known), read_portion, files=len(names)):
            for result in results:
                report.add(result)
            with no_collection():
                await self._take(readings, report, retry)
            progress(len(readings) + len(results))
        if len(report.played) >= MANY:
            await self._store.learn()
        return report

    async def take(self, readings: Sequence[Reading]) -> ImportReport:
        """Stores contents that were read elsewhere, in one transaction."""
        report = ImportReport()
        await self._take(readings, report, retry=False)
        return report

    async def _take(self, readings: Sequence[Reading], report: ImportReport, retry: bool) -> None:
        if not readings:
            return
        began = time.perf_counter()
        async with self._store.write() as writer:
            taken = await Intake(writer, self._choice).take(readings, retry)
            if self._on_taken is not None and taken.played:
                await self._on_taken(writer, taken.played)
        self.timed(time.perf_counter() - began, len(taken.played))
        for result in taken.results:
            report.add(result)
        report.played += [file for _, file in taken.played]
        report.new_servers += taken.servers


async def _portions(paths: Sequence[Path]) -> AsyncIterator[list[Path]]:
    """Whole evenings, as many as make a portion."""
    for part in in_evenings(sorted(paths, key=lambda path: (path.name, str(path))), PORTION):
        yield part


async def _jobs(portions: AsyncIterable[list[Path]], known: Mapping[str, set[bytes]]) -> AsyncIterator[ReadJob]:
    """Portions of paths, each with what is known under its names."""
    async for part in portions:
        yield part, {path.name: known[path.name] for path in part if path.name in known}
