"""Taking files in where the event loop of the program is not held up by it: jobs for a process of their own."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec

from muster.rounds.importer import Importer, ImportReport, ServerChoice
from muster.rounds.importer.importer import OnTaken
from muster.rounds.importer.intake import Intake
from muster.rounds.importer.servers import UNKNOWN_SERVER
from muster.rounds.reading import Reading, unpack_portion
from muster.store import admin
from muster.store.engine import Store, parse_url


class Place(msgspec.Struct, frozen=True):
    """Where files go: the database, how they find their server, and what is told of new rounds."""

    url: str
    choice: ServerChoice
    on_taken: OnTaken | None = None


def take(place: Place, paths: Sequence[Path]) -> ImportReport:
    """Imports a portion of files. What failed before is tried again."""
    return asyncio.run(_take(place, paths))


def take_again(place: Place) -> ImportReport:
    """Reads everything again that is kept and could not be parsed."""
    return asyncio.run(_take_again(place))


def add(total: ImportReport, part: ImportReport) -> None:
    """Adds what a portion did to what others did."""
    for status, count in part.counts.items():
        total.counts[status] = total.counts.get(status, 0) + count
    total.notable += part.notable
    total.played += part.played
    total.new_servers += part.new_servers


async def _take(place: Place, paths: Sequence[Path]) -> ImportReport:
    async with Store(parse_url(place.url)) as store:
        async with store.read() as reader:
            failed = await admin.failed_names(reader)
        importer = Importer(store, place.choice, place.on_taken)
        report = await importer.run([path for path in paths if path.name not in failed])
        again = [path for path in paths if path.name in failed]
        if again:
            add(report, await importer.run(again, retry=True))
    return report


async def _take_again(place: Place) -> ImportReport:
    report = ImportReport()
    async with Store(parse_url(place.url)) as store:
        async with store.read() as reader:
            kept = await admin.failed_contents(reader)
        by_server: dict[str, list[tuple[str, bytes, bytes]]] = {}
        for server, filename, sha256, packed in kept:
            by_server.setdefault(server, []).append((filename, sha256, packed))
        for job in by_server.items():
            server, readings = unpack_portion(job)
            # A file that could not be read has no server yet: its header tells as soon as it can.
            choice = place.choice if server == UNKNOWN_SERVER else msgspec.structs.replace(place.choice, name=server)
            add(report, await _judge(store, msgspec.structs.replace(place, choice=choice), readings))
    return report


async def _judge(store: Store, place: Place, readings: Sequence[Reading]) -> ImportReport:
    report = ImportReport()
    async with store.write() as writer:
        taken = await Intake(writer, place.choice).take(readings, retry=True)
        if place.on_taken is not None and taken.played:
            await place.on_taken(writer, taken.played)
    for result in taken.results:
        report.add(result)
    report.played += [file for _, file in taken.played]
    report.new_servers += taken.servers
    return report
