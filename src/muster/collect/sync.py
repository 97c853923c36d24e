"""Fetching what is there now: listed, brought here, imported, and told about on the way."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

import msgspec

from muster.collect import taking
from muster.collect.collector import Collector, Listed, Unavailable
from muster.collect.spans import Span
from muster.rounds.importer import ImportReport, UnknownZone
from muster.rounds.importer.importer import PORTION
from muster.rounds.reading import in_evenings


class Phase(StrEnum):
    """What is being done."""

    LISTING = "listing"
    READING = "reading"
    IMPORTING = "importing"


class Progress(msgspec.Struct, frozen=True):
    """How far it is: `done` of `total`, servers while listing, files else."""

    phase: Phase
    server: str
    done: int
    total: int


class Failure(msgspec.Struct, frozen=True):
    """A game server whose files could not be had, and why."""

    server: str
    reason: str


class SyncReport(msgspec.Struct, frozen=True):
    """What came of it: files `listed` in all, `wanted` for their time, and what importing them did."""

    listed: int
    wanted: int
    imported: ImportReport
    failures: tuple[Failure, ...]


Take = Callable[[str, list[Path]], Awaitable[ImportReport]]
"""Imports files of a game server."""

Tell = Callable[[Progress], None]


async def sync(collectors: Sequence[Collector], spans: Mapping[str, Span], take: Take, tell: Tell) -> SyncReport:
    """Imports what the collectors have within the span of each server. One that fails does not stop the others."""
    failures: list[Failure] = []
    listed, wanted = await _list(collectors, spans, failures, tell)
    total = sum(len(files) for _, files in wanted)
    here = await _bring(wanted, failures, tell)
    report = await _import(here, take, total, failures, tell)
    return SyncReport(listed, total, report, tuple(failures))


async def _list(
    collectors: Sequence[Collector], spans: Mapping[str, Span], failures: list[Failure], tell: Tell
) -> tuple[int, list[tuple[Collector, list[Listed]]]]:
    """How many files there are, and those that are wanted, by collector."""
    listed = 0
    wanted: list[tuple[Collector, list[Listed]]] = []
    for place, collector in enumerate(collectors):
        tell(Progress(Phase.LISTING, collector.server, place, len(collectors)))
        try:
            files = await collector.listing()
        except Unavailable as error:
            failures.append(Failure(collector.server, str(error)))
        else:
            listed += len(files)
            wanted.append((collector, spans[collector.server].of(files)))
    return listed, wanted


async def _bring(
    wanted: Sequence[tuple[Collector, list[Listed]]], failures: list[Failure], tell: Tell
) -> list[tuple[str, list[Path]]]:
    """Their paths on this machine, by server."""
    total, here = sum(len(files) for _, files in wanted), 0
    found: list[tuple[str, list[Path]]] = []
    for collector, files in wanted:
        tell(Progress(Phase.READING, collector.server, here, total))
        try:
            paths = await collector.fetch(files)
        except Unavailable as error:
            failures.append(Failure(collector.server, str(error)))
        else:
            here += len(paths)
            found.append((collector.server, sorted(paths, key=lambda path: (path.name, str(path)))))
    return found


async def _import(
    here: Sequence[tuple[str, list[Path]]], take: Take, total: int, failures: list[Failure], tell: Tell
) -> ImportReport:
    """What importing them did."""
    report = ImportReport()
    done = 0
    for server, paths in here:
        try:
            for part in in_evenings(paths, PORTION):
                tell(Progress(Phase.IMPORTING, server, done, total))
                taking.add(report, await take(server, part))
                done += len(part)
        except UnknownZone as error:
            failures.append(Failure(server, str(error)))
    return report
