"""The register of files: what arrived, under which name, and what became of it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec
import sqlalchemy as sa

from muster.store.engine import Reader, Writer
from muster.store.schema import processed_files, raw_files, servers

_FEW = 500
"""Names that are looked up one by one; for more the whole register is read at once."""


class FileStatus(StrEnum):
    """What became of a file's content."""

    IMPORTED = "imported"
    EMPTY = "empty"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"


class FileRow(msgspec.Struct, frozen=True):
    """A row of `processed_files`."""

    id: int
    server: str
    filename: str
    sha256: bytes
    size: int
    players: int | None
    status: str
    reason: str | None
    processed_at: datetime


class Server(msgspec.Struct, frozen=True):
    """A game server; `timezone` is an IANA name."""

    id: int
    name: str
    timezone: str


async def all_servers(reader: Reader) -> list[Server]:
    """Every game server that files came from."""
    return [Server(*row) for row in await reader.all(sa.select(servers).order_by(servers.c.name))]


async def add_server(writer: Writer, name: str, timezone: str) -> Server:
    """A new game server."""
    server = Server(await next_id(writer, servers), name, timezone)
    await writer.insert(servers, [msgspec.structs.astuple(server)])
    return server


async def set_timezone(writer: Writer, server: Server, timezone: str) -> None:
    """Changes a server's time zone. Its rounds keep their moments until they are derived anew."""
    await writer.run(sa.update(servers).where(servers.c.id == server.id).values(timezone=timezone))


async def next_id(reader: Reader, table: sa.Table) -> int:
    """The id after the greatest one. Ids are given out under the writer's lock."""
    return int(await reader.scalar(sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0)))) + 1


async def known_content(reader: Reader, filenames: Sequence[str], *, rejected: bool = True) -> dict[str, set[bytes]]:
    """File name → hashes of every content that came under it. May hold more names than were asked for.

    Without `rejected` only of what could be read.
    """
    known: dict[str, set[bytes]] = {}
    columns = processed_files.c
    query = sa.select(columns.filename, columns.sha256)
    if not rejected:
        query = query.where(columns.status != FileStatus.REJECTED)
    few = len(filenames) <= _FEW
    for filename, sha256 in await (reader.among(query, columns.filename, filenames) if few else reader.all(query)):
        known.setdefault(filename, set()).add(sha256)
    return known


async def sizes(reader: Reader, server: str) -> dict[str, set[int]]:
    """File name → bytes of every content that came of a game server under it, line ends of one byte."""
    query = sa.select(processed_files.c.filename, processed_files.c.size).where(processed_files.c.server == server)
    found: dict[str, set[int]] = {}
    for filename, size in await reader.all(query):
        found.setdefault(filename, set()).add(size)
    return found


async def related(reader: Reader, filenames: Iterable[str], hashes: Iterable[bytes]) -> list[FileRow]:
    """Every row that shares a name or a content with these, and what those share in turn."""
    found: dict[int, FileRow] = {}
    names, contents = set(filenames), set(hashes)
    todo_names, todo_contents = list(names), list(contents)
    columns = processed_files.c
    while todo_names or todo_contents:
        rows = await reader.among(sa.select(processed_files), columns.filename, todo_names)
        rows += await reader.among(sa.select(processed_files), columns.sha256, todo_contents)
        found.update((row.id, FileRow(*row)) for row in rows)
        todo_names = [row.filename for row in rows if row.filename not in names]
        todo_contents = [row.sha256 for row in rows if row.sha256 not in contents]
        names.update(todo_names)
        contents.update(todo_contents)
    return list(found.values())


async def add_files(writer: Writer, rows: Sequence[FileRow], contents: Mapping[int, bytes]) -> None:
    """Registers files; `contents` maps the id of each file whose content is kept to its compressed bytes."""
    await writer.insert(processed_files, [msgspec.structs.astuple(row) for row in rows])
    await writer.insert(raw_files, list(contents.items()))


async def replace_contents(writer: Writer, contents: Mapping[int, bytes]) -> None:
    """Stores compressed contents by file id, over those that are there."""
    await writer.upsert(raw_files, list(contents.items()), {"content": "new.content"})


async def judge(writer: Writer, rows: Iterable[FileRow]) -> None:
    """Stores server, status, reason and number of players of rows that stand already."""
    names = ("server", "status", "reason", "players")
    statement = (
        sa.update(processed_files)
        .where(processed_files.c.id == sa.bindparam("row_id"))
        .values({name: sa.bindparam(f"new_{name}") for name in names})
    )
    await writer.run(
        statement, [{"row_id": row.id, **{f"new_{name}": getattr(row, name) for name in names}} for row in rows]
    )


async def contents(reader: Reader, file_ids: Sequence[int]) -> dict[int, bytes]:
    """Compressed contents by file id."""
    rows = await reader.among(sa.select(raw_files), raw_files.c.file_id, file_ids)
    return {row.file_id: row.content for row in rows}


async def content_by_hash(reader: Reader, sha256: bytes) -> bytes | None:
    """The compressed content with this hash, under whatever name it came first."""
    joined = processed_files.join(raw_files, raw_files.c.file_id == processed_files.c.id)
    query = sa.select(raw_files.c.content).select_from(joined).where(processed_files.c.sha256 == sha256)
    return await reader.scalar(query)  # type: ignore[no-any-return]
