"""What one transaction takes in: contents are registered, judged, and made rounds where they deserve it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from muster.rounds.importer.follow_up import FollowUp
from muster.rounds.importer.records import Arrival
from muster.rounds.importer.registry import decide
from muster.rounds.importer.servers import UNKNOWN_SERVER, ServerChoice, UnknownZone, check_zone, moment
from muster.rounds.importer.settle import settle
from muster.rounds.reading import FileResult, Reading, reopen
from muster.store import evenings, files, notes
from muster.store.engine import Writer
from muster.store.files import FileRow, FileStatus, Server
from muster.store.schema import processed_files

Content = tuple[str, bytes]
"""A file name and the hash of what stands in it: a reading's identity."""


class Taken(msgspec.Struct, frozen=True):
    """What an intake did: the result of each file, the new rounds as (server, file), and servers not seen before."""

    results: list[FileResult]
    played: list[tuple[str, str]]
    servers: list[Server]


class Intake:
    """Takes contents in, within a transaction.

    `follow_up` gathers what is to be done afterwards, for many intakes at once; without it each does its own.
    """

    def __init__(self, writer: Writer, choice: ServerChoice, follow_up: FollowUp | None = None) -> None:
        self._writer = writer
        self._choice = choice
        self._follow_up = follow_up or FollowUp()
        self._alone = follow_up is None
        self._servers: dict[str, Server] = {}
        self._new: list[Server] = []

    async def take(self, readings: Sequence[Reading], retry: bool = False) -> Taken:
        """Registers contents and settles the rounds they bring. `retry`: what was rejected is judged anew."""
        self._servers = {server.name: server for server in await files.all_servers(self._writer)}
        by_content = {(r.name.file, r.sha256): r for r in readings}
        stored = await files.related(self._writer, (r.name.file for r in readings), (r.sha256 for r in readings))
        before = {row.id: row for row in stored}
        if retry:
            stored = [self._retried(row, by_content.get((row.filename, row.sha256))) for row in stored]
        fresh = await self._fresh(stored, by_content)
        after = decide([*stored, *fresh])
        await self._register(after, before, by_content)
        played = await self._settle(after, before, by_content)
        if any(before.get(row.id) != row for row in after):
            await notes.change(self._writer)
        ours = {(self._choice.of(reading), *content) for content, reading in by_content.items()}
        results = [_result(row, before.get(row.id)) for row in after if (row.server, row.filename, row.sha256) in ours]
        return Taken(results, played, self._new)

    async def _fresh(self, stored: Sequence[FileRow], readings: Mapping[Content, Reading]) -> list[FileRow]:
        """Rows of contents that are not registered for their server yet."""
        known = {(row.server, row.filename, row.sha256) for row in stored}
        first = await files.next_id(self._writer, processed_files)
        new = [r for content, r in readings.items() if (self._choice.of(r), *content) not in known]
        return [_file_row(first + n, self._choice.of(reading), reading) for n, reading in enumerate(new)]

    def _retried(self, row: FileRow, reading: Reading | None) -> FileRow:
        """A row as another reading of its content finds it. Who could not be read gets his server only now."""
        if reading is None:
            return row
        players = len(reading.file.players) if reading.file else None
        server = self._choice.of(reading) if row.server == UNKNOWN_SERVER and reading.file else row.server
        status = FileStatus.REJECTED.value
        return msgspec.structs.replace(row, server=server, players=players, status=status, reason=reading.reason)

    async def _register(
        self, after: Sequence[FileRow], before: Mapping[int, FileRow], readings: Mapping[Content, Reading]
    ) -> None:
        """Stores new files with their content, and what became of old ones."""
        new = [row for row in after if row.id not in before]
        packed = {row.id: readings[row.filename, row.sha256].packed for row in new}
        await files.add_files(self._writer, new, {row_id: content for row_id, content in packed.items() if content})
        changed = [row for row in after if row.id in before and row != before[row.id]]
        await files.judge(self._writer, changed)
        # What can be read now may have been kept damaged, or not at all.
        read = [row for row in changed if before[row.id].players is None and row.players is not None]
        found = {row.id: readings[row.filename, row.sha256].packed for row in read}
        await files.replace_contents(self._writer, {row_id: content for row_id, content in found.items() if content})

    async def _settle(
        self, after: Sequence[FileRow], before: Mapping[int, FileRow], readings: Mapping[Content, Reading]
    ) -> list[tuple[str, str]]:
        """Makes rounds of the files that now deserve it, and takes those away that no longer do."""
        arriving: dict[str, list[FileRow]] = {}
        leaving: dict[int, str] = {}
        for row in after:
            was, now = row.id in before and _is_round(before[row.id]), _is_round(row)
            if now and not was:
                arriving.setdefault(row.server, []).append(row)
            elif was and not now:
                leaving[row.id] = row.server
        gone = await evenings.rounds_of_files(self._writer, list(leaving))
        played: list[tuple[str, str]] = []
        for name in sorted({*arriving, *leaving.values()}):
            server = await self._server(name)
            arrivals = [await self._arrival(row, server, readings) for row in arriving.get(name, [])]
            lost = [row for row in gone if row.server_id == server.id]
            settled = await settle(self._writer, server, arrivals, lost, self._follow_up.delta)
            played += [(name, file) for file in settled.played]
            self._follow_up.note(settled)
        if self._alone:
            await self._follow_up.carry_out(self._writer)
        return played

    async def _arrival(self, row: FileRow, server: Server, readings: Mapping[Content, Reading]) -> Arrival:
        reading = readings.get((row.filename, row.sha256))
        file = reading.file if reading else None
        if file is None:
            packed = await files.content_by_hash(self._writer, row.sha256)
            assert packed is not None
            file = reopen(row.filename, packed)
        likely = reading.likely if reading else None
        return Arrival(row.id, file, moment(file.name.stamp, server.timezone), row.sha256, likely)

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


def _is_round(row: FileRow) -> bool:
    return row.status in (FileStatus.IMPORTED, FileStatus.EMPTY)


def _file_row(new_id: int, server: str, reading: Reading) -> FileRow:
    return FileRow(
        id=new_id,
        server=server,
        filename=reading.name.file,
        sha256=reading.sha256,
        size=reading.size,
        players=len(reading.file.players) if reading.file else None,
        status=FileStatus.REJECTED.value,
        reason=reading.reason,
        processed_at=datetime.now(UTC).replace(microsecond=0),
    )


def _result(row: FileRow, before: FileRow | None) -> FileResult:
    if before is not None and before.status == row.status:
        known = row.status != FileStatus.REJECTED
        return FileResult(row.filename, "known" if known else row.status, None if known else row.reason)
    return FileResult(row.filename, row.status, row.reason)
