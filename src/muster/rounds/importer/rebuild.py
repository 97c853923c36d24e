"""Deriving everything anew from the contents that are kept: in place, or beside, to compare."""

import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import msgspec
import sqlalchemy as sa

from muster.rounds.filename import read_name
from muster.rounds.importer.ahead import in_order
from muster.rounds.importer.follow_up import FollowUp
from muster.rounds.importer.intake import Intake
from muster.rounds.importer.servers import UNKNOWN_SERVER, ServerChoice, UnknownZone, check_zone
from muster.rounds.reading import UnpackJob, is_sound, no_collection, unpack_portion
from muster.store import files, notes
from muster.store.engine import Reader, Record, Store, Writer, parse_url
from muster.store.fingerprint import QUERIES, digest, logical_rows, row_hash
from muster.store.schema import DERIVED, players, processed_files, raw_files, servers
from muster.store.upgrade import upgrade

_PORTION = 200
_FOLLOWED = 4000
"""Files after which sums and ratings are brought up to date: the rarer the cheaper, and the more memory it takes."""

_PENDING = "pending"
Progress = Callable[[int], None]


class Difference(msgspec.Struct, frozen=True):
    """A table that is not what the kept contents give: rows only in the store, rows only in the recount."""

    table: str
    stored_only: list[str]
    recounted_only: list[str]
    rows: int


async def count_contents(store: Store) -> int:
    """How many kept contents there are to derive from."""
    async with store.read() as reader:
        return int(await reader.scalar(sa.select(sa.func.count()).select_from(raw_files)))


async def rebuild(
    store: Store,
    zones: Mapping[str, str] | None = None,
    progress: Progress = lambda _: None,
    choice: ServerChoice | None = None,
) -> int:
    """Empties what is derived and derives it anew, in one transaction; returns the number of contents.

    `zones` gives servers another time zone first. `choice` finds the server of a content that could not be read
    before and now can.
    """
    async with store.write(large=True) as writer:
        await _change_zones(writer, zones or {})
        for table in (*DERIVED, players):
            await writer.run(sa.delete(table))
        with_content = processed_files.c.id.in_(sa.select(raw_files.c.file_id))
        await writer.run(
            sa.update(processed_files).where(with_content).values(status=_PENDING, players=None, reason=None)
        )
        await notes.change(writer)
        await notes.recounted(writer)
        return await _derive_all(writer, writer, progress, choice or ServerChoice())


async def verify(store: Store, progress: Progress = lambda _: None) -> list[Difference]:
    """Recounts everything in a scratch database and names what differs from the store."""
    with tempfile.TemporaryDirectory(prefix="muster-verify-") as folder:
        async with Store(parse_url(str(Path(folder) / "recount.db"))) as scratch, store.read() as reader:
            await upgrade(scratch)
            async with scratch.write(large=True) as writer:
                await _copy_register(reader, writer)
                await _derive_all(reader, writer, progress, ServerChoice())
            async with scratch.read() as recount:
                found = [await _compare(reader, recount, table) for table in QUERIES]
            damaged = await _damaged(reader)
    return [difference for difference in (damaged, *found) if difference is not None]


async def _copy_register(reader: Reader, writer: Writer) -> None:
    """Servers, and files whose content is not kept: nothing can be derived from those."""
    await writer.insert(servers, [tuple(row) for row in await reader.all(sa.select(servers))])
    without = processed_files.c.id.not_in(sa.select(raw_files.c.file_id))
    rows = await reader.all(sa.select(processed_files).where(without))
    await writer.insert(processed_files, [tuple(row) for row in rows if row.status == files.FileStatus.REJECTED])


async def _derive_all(reader: Reader, writer: Writer, progress: Progress, choice: ServerChoice) -> int:
    """Takes in every kept content of `reader`, server by server in the order of names."""
    total = int(await reader.scalar(sa.select(sa.func.count()).select_from(raw_files)))
    follow_up, waiting = FollowUp(), 0
    async for server, readings in in_order(_kept(reader), unpack_portion, files=total):
        with no_collection():
            known = choice if server == UNKNOWN_SERVER else ServerChoice(name=server)
            await Intake(writer, known, follow_up).take(readings, retry=True)
            waiting += len(readings)
            if waiting >= _FOLLOWED:
                await follow_up.carry_out(writer)
                waiting = 0
        progress(len(readings))
    await follow_up.carry_out(writer)
    return total


async def _kept(reader: Reader) -> AsyncIterator[UnpackJob]:
    """Kept contents in portions of one server that end between evenings."""
    f = processed_files.c
    # A duplicate has its own row and its own kept content; both names are needed to decide between them.
    rows = await reader.all(sa.select(f.id, f.server, f.filename, f.sha256).order_by(f.server, f.filename, f.id))
    part: list[Record] = []
    for row in rows:
        if part and (row.server != part[0].server or _is_full(part, row.filename)):
            yield part[0].server, await _contents(reader, part)
            part = []
        part.append(row)
    if part:
        yield part[0].server, await _contents(reader, part)


def _is_full(part: list[Record], filename: str) -> bool:
    if len(part) < _PORTION:
        return False
    pause = read_name(filename).stamp - read_name(part[-1].filename).stamp
    return pause.total_seconds() > 3 * 3600 or len(part) >= 4 * _PORTION


async def _contents(reader: Reader, part: list[Record]) -> list[tuple[str, bytes, bytes]]:
    packed = await files.contents(reader, [row.id for row in part])
    return [(row.filename, row.sha256, packed[row.id]) for row in part if row.id in packed]


async def _change_zones(writer: Writer, zones: Mapping[str, str]) -> None:
    known = {server.name: server for server in await files.all_servers(writer)}
    for name, zone in zones.items():
        if name not in known:
            raise UnknownZone(f"there is no server {name!r}; known are: {', '.join(known) or 'none'}")
        check_zone(zone)
        await files.set_timezone(writer, known[name], zone)


async def _compare(reader: Reader, recount: Reader, table: str) -> Difference | None:
    if await digest(reader, table) == await digest(recount, table):
        return None
    stored = {row_hash(row): row async for row in logical_rows(reader, table)}
    again = {row_hash(row): row async for row in logical_rows(recount, table)}
    stored_only = [repr(stored[key]) for key in stored.keys() - again.keys()]
    again_only = [repr(again[key]) for key in again.keys() - stored.keys()]
    return Difference(table, sorted(stored_only)[:10], sorted(again_only)[:10], len(stored_only) + len(again_only))


async def _damaged(reader: Reader) -> Difference | None:
    """Kept contents that no longer have the hash they came with."""
    query = sa.select(processed_files.c.filename, processed_files.c.sha256, raw_files.c.content).join(
        raw_files, raw_files.c.file_id == processed_files.c.id
    )
    damaged: list[str] = []
    async for part in reader.stream(query, 200):
        for filename, sha256, packed in part:
            if not is_sound(packed, sha256):
                damaged.append(filename)
    return Difference("raw_files", sorted(damaged)[:10], [], len(damaged)) if damaged else None
