"""Fetching what is there now: listed, brought here, imported, and told about on the way."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from muster.collect import taking
from muster.collect.bringing import brought
from muster.collect.collector import Collector, Left, Listed, Unavailable
from muster.collect.spans import Span
from muster.rounds.importer import ImportReport, UnknownZone

MOST_LEFT: Final = 5
"""Files named of those that could not be brought."""


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
    try:
        listed, wanted = await _list(collectors, spans, failures, tell)
        total = sum(len(files) for _, files in wanted)
        report = await _import(wanted, take, total, failures, tell)
    finally:
        for collector in collectors:
            await collector.close()
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


async def _import(
    wanted: Sequence[tuple[Collector, list[Listed]]], take: Take, total: int, failures: list[Failure], tell: Tell
) -> ImportReport:
    """What importing them did, portion by portion as they come here."""
    report = ImportReport()
    done = 0
    for collector, files in wanted:
        left: list[Left] = []
        tell(Progress(Phase.READING, collector.server, done, total))
        try:
            async with brought(collector, files, left) as portions:
                async for part in portions:
                    tell(Progress(Phase.IMPORTING, collector.server, done, total))
                    taking.add(report, await take(collector.server, part))
                    done += len(part)
        except (Unavailable, UnknownZone) as error:
            failures.append(Failure(collector.server, str(error)))
        failures += [Failure(collector.server, str(one.trouble)) for one in left[:MOST_LEFT] if one.trouble]
    return report
