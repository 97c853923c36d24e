"""One import: portions of files, a transaction each.

A portion holds whole evenings where it can. Whatever stops the import, what is committed is whole, and the next
import goes on from there. Files that can't be parsed are stored beside the good ones with their reason.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from muster.model.colours import clean
from muster.rounds.importer.ahead import in_order
from muster.rounds.importer.records import Arrival
from muster.rounds.importer.registry import decide
from muster.rounds.importer.replay import replay
from muster.rounds.importer.settle import settle
from muster.rounds.reading import FileResult, Reading, ReadJob, in_evenings, no_collection, read_portion, reopen
from muster.store import evenings, files, notes
from muster.store.engine import Store, Writer
from muster.store.files import FileRow, FileStatus, Server
from muster.store.rollups import Delta
from muster.store.schema import processed_files

PORTION = 150
"""Files a transaction, roughly: large enough to be quick, small enough for another writer to wait for."""

UNKNOWN_SERVER = "unknown"


class UnknownZone(ValueError):
    """A time zone that does not exist, or not the one a server was imported with."""


class ServerChoice(msgspec.Struct, frozen=True):
    """How files are assigned to game servers.

    `name` puts all of them to one server. Else the header's host name decides: by `hostnames` (clean host name
    → server) where it stands there, else it is the server's name. `zones` holds time zones by server;
    `default_zone` is for servers without one.
    """

    name: str | None = None
    hostnames: Mapping[str, str] = {}
    zones: Mapping[str, str] = {}
    default_zone: str = "UTC"

    def of(self, reading: Reading) -> str:
        """The server of a file."""
        if self.name:
            return self.name
        if reading.file is None:
            return UNKNOWN_SERVER
        host = clean(reading.file.header.server).strip() or UNKNOWN_SERVER
        return self.hostnames.get(host, host)


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
    """Imports round files into a store."""

    def __init__(self, store: Store, servers: ServerChoice | None = None) -> None:
        self._store = store
        self._choice = servers or ServerChoice()

    async def run(
        self, paths: Sequence[Path], *, retry: bool = False, progress: Callable[[int], None] = lambda _: None
    ) -> ImportReport:
        """Imports round files; `progress` is told how many more are done.

        `retry` reads contents again that were rejected before. Files that are known are passed over unread
        beyond their hash.
        """
        report = ImportReport()
        async with self._store.read() as reader:
            known = await files.known_content(reader, [path.name for path in paths])
        jobs = _jobs(paths, {} if retry else known)
        async for readings, results in in_order(jobs, read_portion, files=len(paths)):
            for result in results:
                report.add(result)
            with no_collection():
                await self._take(readings, report, retry)
            progress(len(readings) + len(results))
        return report

    async def take(self, readings: Sequence[Reading]) -> ImportReport:
        """Stores contents that were read elsewhere, in one transaction."""
        report = ImportReport()
        await self._take(readings, report, retry=False)
        return report

    async def _take(self, readings: Sequence[Reading], report: ImportReport, retry: bool) -> None:
        if not readings:
            return
        async with self._store.write() as writer:
            results, played, servers = await Intake(writer, self._choice).take(readings, retry)
        for result in results:
            report.add(result)
        report.played += played
        report.new_servers += servers


class Intake:
    """What one transaction takes in."""

    def __init__(self, writer: Writer, choice: ServerChoice) -> None:
        self._writer = writer
        self._choice = choice
        self._servers: dict[str, Server] = {}
        self._new: list[Server] = []

    async def take(
        self, readings: Sequence[Reading], retry: bool = False
    ) -> tuple[list[FileResult], list[str], list[Server]]:
        """Registers contents and settles the rounds they bring.

        Returns the result of each file, the files of new rounds, and servers not seen before.
        """
        self._servers = {server.name: server for server in await files.all_servers(self._writer)}
        by_key = {(self._choice.of(r), r.name.file, r.sha256): r for r in readings}
        stored = await files.related(self._writer, (r.name.file for r in readings), (r.sha256 for r in readings))
        before = {(row.server, row.filename, row.sha256): row for row in stored}
        first = await files.next_id(self._writer, processed_files)
        fresh = [key for key in by_key if key not in before]
        rows = [_file_row(first + n, key, by_key[key]) for n, key in enumerate(fresh)]
        if retry:
            stored = [_retried(row, by_key.get((row.server, row.filename, row.sha256))) for row in stored]
        after = decide([*stored, *rows])
        await self._register(after, before, by_key)
        played = await self._settle(after, before, by_key)
        if any(before.get((row.server, row.filename, row.sha256)) != row for row in after):
            await notes.change(self._writer)
        ended = {(row.server, row.filename, row.sha256): row for row in after}
        results = [_result(ended[key], before.get(key)) for key in by_key]
        return results, played, self._new

    async def _register(
        self,
        after: Sequence[FileRow],
        before: Mapping[tuple[str, str, bytes], FileRow],
        readings: Mapping[tuple[str, str, bytes], Reading],
    ) -> None:
        """Stores new files with their content, and what became of old ones."""
        keys = {row.id: (row.server, row.filename, row.sha256) for row in after}
        new = [row for row in after if keys[row.id] not in before]
        kept = {row.id: readings[keys[row.id]].packed for row in new if readings[keys[row.id]].packed}
        await files.add_files(self._writer, new, kept)
        changed = [row for row in after if keys[row.id] in before and row != before[keys[row.id]]]
        await files.set_status(self._writer, changed)

    async def _settle(
        self,
        after: Sequence[FileRow],
        before: Mapping[tuple[str, str, bytes], FileRow],
        readings: Mapping[tuple[str, str, bytes], Reading],
    ) -> list[str]:
        """Makes rounds of the files that now deserve it, and takes those away that no longer do."""
        arriving: dict[str, list[FileRow]] = {}
        leaving: list[int] = []
        for row in after:
            old = before.get((row.server, row.filename, row.sha256))
            was, now = old is not None and _is_round(old), _is_round(row)
            if now and not was:
                arriving.setdefault(row.server, []).append(row)
            elif was and not now:
                leaving.append(row.id)
        gone = await evenings.rounds_of_files(self._writer, leaving)
        delta = Delta()
        firsts = []
        played: list[str] = []
        for name in sorted({*arriving, *(row.server for row in after if row.id in leaving)}):
            server = await self._server(name)
            arrivals = [await self._arrival(row, server, readings) for row in arriving.get(name, [])]
            lost = [row for row in gone if row.server_id == server.id]
            settled = await settle(self._writer, server, arrivals, lost, delta)
            played += settled.played
            if settled.first_match:
                firsts.append((*settled.first_match, settled.appended))
        await delta.apply(self._writer)
        if firsts:
            played_at, match_id, _ = min(firsts)
            await replay(self._writer, played_at, match_id, all(appended for *_, appended in firsts))
        return played

    async def _arrival(
        self, row: FileRow, server: Server, readings: Mapping[tuple[str, str, bytes], Reading]
    ) -> Arrival:
        reading = readings.get((row.server, row.filename, row.sha256))
        file = reading.file if reading else None
        if file is None:
            packed = await files.content_by_hash(self._writer, row.sha256)
            assert packed is not None
            file = reopen(row.filename, packed)
        return Arrival(row.id, file, moment(file.name.stamp, server.timezone))

    async def _server(self, name: str) -> Server:
        """The server of a name, stored with its time zone when it is new."""
        wanted = self._choice.zones.get(name)
        if name not in self._servers:
            zone = wanted or self._choice.default_zone
            check_zone(zone)
            self._servers[name] = await files.add_server(self._writer, name, zone)
            self._new.append(self._servers[name])
        server = self._servers[name]
        if wanted and wanted != server.timezone:
            raise UnknownZone(
                f"server {name!r} was imported with time zone {server.timezone}; "
                f"to change it: muster rebuild --zone '{name}={wanted}'"
            )
        return server


def moment(stamp: datetime, zone: str) -> datetime:
    """A server's wall clock as a moment in UTC. The hour that autumn repeats is taken as its first run."""
    return stamp.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def check_zone(zone: str) -> None:
    """Raises UnknownZone for what is no time zone."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownZone(f"{zone!r} is no time zone; write it like Europe/Berlin") from None


async def _jobs(paths: Sequence[Path], known: Mapping[str, set[bytes]]) -> AsyncIterator[ReadJob]:
    """Portions of paths, each with what is known under its names."""
    for part in in_evenings(sorted(paths, key=lambda path: (path.name, str(path))), PORTION):
        yield part, {path.name: known[path.name] for path in part if path.name in known}


def _is_round(row: FileRow) -> bool:
    return row.status in (FileStatus.IMPORTED, FileStatus.EMPTY)


def _file_row(new_id: int, key: tuple[str, str, bytes], reading: Reading) -> FileRow:
    return FileRow(
        id=new_id,
        server=key[0],
        filename=key[1],
        sha256=key[2],
        size=reading.size,
        players=len(reading.file.players) if reading.file else None,
        status=FileStatus.REJECTED.value,
        reason=reading.reason,
        processed_at=datetime.now(UTC).replace(microsecond=0),
    )


def _retried(row: FileRow, reading: Reading | None) -> FileRow:
    """A row as another reading of the same content finds it."""
    if reading is None:
        return row
    players = len(reading.file.players) if reading.file else None
    return msgspec.structs.replace(row, players=players, status=FileStatus.REJECTED.value, reason=reading.reason)


def _result(row: FileRow, before: FileRow | None) -> FileResult:
    if before is not None and before.status == row.status:
        known = row.status != FileStatus.REJECTED
        return FileResult(row.filename, "known" if known else row.status, None if known else row.reason)
    return FileResult(row.filename, row.status, row.reason)
