"""Looking after a database: what is in it, how large it is, whether its schema is the right one, tidying it up."""

import asyncio
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from muster.store.drivers import driver_errors
from muster.store.engine import Reader, Store, StoreError, parse_url
from muster.store.files import FileRow, FileStatus
from muster.store.schema import (
    gaming_sessions,
    links,
    matches,
    metadata,
    outbox,
    player_aliases,
    player_stats,
    players,
    processed_files,
    ratings,
    raw_files,
    rounds,
    servers,
    weapon_stats,
)
from muster.store.upgrade import head, is_compared, revision

VIEWS: Final = (
    "chat_messages",
    "eligible_stats",
    "log_migration_dates",
    "match_ups",
    "player_comprehensive_stats",
    "session_teams",
    "team_history",
    "user_stats",
)
"""The views that the migrations make."""

_F = processed_files.c


class SchemaCheck(msgspec.Struct, frozen=True):
    """A database's schema beside that of this program. `lacking` breaks it, `extra` does no harm."""

    revision: str | None
    head: str
    lacking: tuple[str, ...]
    extra: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether it is what the migrations make."""
        return self.revision == self.head and not self.lacking


class TableInfo(msgspec.Struct, frozen=True):
    """A table, or a view; rows of views are not counted: they are derived from the tables' rows."""

    name: str
    rows: int | None


class Records(msgspec.Struct, frozen=True):
    """What is stored, counted. `files` by status; `players` without bots."""

    files: dict[str, int]
    contents: int
    servers: int
    rounds: int
    valid_rounds: int
    sessions: int
    matches: int
    players: int
    bots: int
    names: int
    player_rows: int
    weapon_rows: int
    rated: int
    links: int
    posts: int


class DatabaseSize(msgspec.Struct, frozen=True):
    """Bytes. `tables` with their indexes, the largest first, None where the engine does not tell.

    `free` is room within the file, `log` what is written but not yet in it, `disk` what is left on the disk; None
    where they mean nothing.
    """

    total: int
    free: int | None
    log: int | None
    disk: int | None
    tables: tuple[tuple[str, int], ...] | None


class Engine(msgspec.Struct, frozen=True):
    """The engine under a database, and its name there."""

    name: str
    version: str
    database: str


class Pulse(msgspec.Struct, frozen=True):
    """Signs of life. `last_import` is when a file came last, `last_round` when a round ended last."""

    last_import: datetime | None
    last_round: datetime | None
    rounds_today: int
    rounds: int


def check_schema(url: str) -> SchemaCheck:
    """Compares tables, columns, types, indexes and views with what the migrations make. Takes a while.

    For a process that has nothing else to do. Raises StoreError.
    """
    return asyncio.run(schema_of(url))


async def schema_of(url: str) -> SchemaCheck:
    """The same where a loop runs already."""
    async with Store(parse_url(url)) as store:
        async with store.read() as reader:
            now = await revision(reader)
        try:
            async with store.engine.connect() as connection:
                found, views = await connection.run_sync(_look)
        except (SQLAlchemyError, OSError) as error:
            raise StoreError(f"can't look at the schema: {_first_line(error)}") from error
    told = [_difference(one) for entry in found for one in (entry if isinstance(entry, list) else [entry])]
    lacking = [text for text, is_extra in told if not is_extra]
    lacking += [f"view {view} is missing" for view in VIEWS if view not in views]
    return SchemaCheck(now, head(), tuple(sorted(lacking)), tuple(sorted(text for text, is_extra in told if is_extra)))


def _look(connection: sa.Connection) -> tuple[list[Any], set[str]]:
    """Differences as Alembic has them, and the views that are there."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    configured = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_compared})
    return list(compare_metadata(configured, metadata)), set(sa.inspect(connection).get_view_names())


def _difference(found: Sequence[Any]) -> tuple[str, bool]:
    """One difference in words, and whether it is only something more. What is to be added is what is missing."""
    kind, *about = found
    action, _, what = kind.partition("_")
    if action == "modify":
        _, table, column, *_ = about
        return f"column {table}.{column} has another {what}", what == "comment"
    one = about[-1]
    if what == "column":
        name = f"{about[1]}.{one.name}"
    else:
        name = one.name or f"of {one.table.name} ({', '.join(column.name for column in one.columns)})"
    return f"{what} {name} is {'missing' if action == 'add' else 'not Muster’s'}", action == "remove"


async def tables(reader: Reader) -> tuple[TableInfo, ...]:
    """Tables with their rows, then views, both by name."""
    found = await reader.all(_SQLITE_NAMES if reader.dialect == "sqlite" else _POSTGRESQL_NAMES)
    return tuple([TableInfo(row.name, None if row.is_view else await _count(reader, row.name)) for row in found])


async def records(reader: Reader) -> Records:
    """Counts what is stored."""
    row = await reader.first(_RECORDS)
    assert row is not None
    return Records(files=dict(map(tuple, await reader.all(_BY_STATUS))), **row._mapping)


async def recent_files(reader: Reader, limit: int) -> list[FileRow]:
    """The files that came last, the latest first."""
    query = sa.select(processed_files).order_by(_F.processed_at.desc(), _F.id.desc()).limit(limit)
    return [FileRow(*row) for row in await reader.all(query)]


async def failed_files(reader: Reader, limit: int) -> tuple[list[FileRow], int]:
    """Files that can't be parsed, the latest first, and how many there are in all."""
    query = sa.select(processed_files).where(_FAILED).order_by(_F.processed_at.desc(), _F.id.desc()).limit(limit)
    count = await reader.scalar(sa.select(sa.func.count()).select_from(processed_files).where(_FAILED))
    return [FileRow(*row) for row in await reader.all(query)], int(count)


async def failed_names(reader: Reader) -> set[str]:
    """Names under which something came that can't be parsed."""
    return {row.filename for row in await reader.all(sa.select(_F.filename).where(_FAILED))}


async def failed_contents(reader: Reader) -> list[tuple[str, str, bytes, bytes]]:
    """Server, file name, hash and compressed content of the files that can't be parsed and are kept."""
    query = sa.select(_F.server, _F.filename, _F.sha256, raw_files.c.content)
    joined = query.join_from(processed_files, raw_files, raw_files.c.file_id == _F.id).where(_FAILED)
    return [
        (row.server, row.filename, row.sha256, row.content)
        for row in await reader.all(joined.order_by(_F.server, _F.filename, _F.id))
    ]


async def known_names(reader: Reader) -> set[str]:
    """Every file name that is registered."""
    found: set[str] = set()
    async for part in reader.stream(sa.select(_F.filename).distinct()):
        found.update(row.filename for row in part)
    return found


async def pulse(reader: Reader, day: int) -> Pulse:
    """Signs of life; `day` is today as YYYYMMDD."""
    row = await reader.first(_PULSE, {"day": day})
    assert row is not None
    return Pulse(*row)


async def engine_of(store: Store, reader: Reader) -> Engine:
    """Which engine it is, and what the database is called: never where it lies, or who may use it."""
    if reader.dialect == "sqlite":
        version = await reader.scalar(sa.text("SELECT sqlite_version()"))
        return Engine("SQLite", str(version), Path(store.url.database or "").name)
    version = await reader.scalar(sa.text("SHOW server_version"))
    return Engine("PostgreSQL", str(version).split()[0], store.url.database or "")


async def size(store: Store, reader: Reader) -> DatabaseSize:
    """How large it is, table by table."""
    if reader.dialect == "postgresql":
        total = int(await reader.scalar(sa.text("SELECT pg_database_size(current_database())")))
        found = tuple((row.name, int(row.size)) for row in await reader.all(_POSTGRESQL_SIZES))
        return DatabaseSize(total, None, None, None, found)
    page = int(await reader.scalar(sa.text("PRAGMA page_size")))
    free = page * int(await reader.scalar(sa.text("PRAGMA freelist_count")))
    total, log, disk = _on_disk(Path(store.url.database or ""))
    return DatabaseSize(total, free, log, disk, await _sqlite_sizes(reader))


async def vacuum(store: Store) -> None:
    """Gives back the room of what is gone, and lets the database look at its data again. Raises StoreError."""
    try:
        async with store.engine.connect() as connection:
            # Outside a transaction, which only the driver's own connection can do.
            driver: Any = (await connection.get_raw_connection()).driver_connection
            if store.dialect == "postgresql":
                await driver.execute("VACUUM (ANALYZE)")
            else:
                await driver.execute("VACUUM")
                # Whoever still reads the old state keeps the log; he is not waited for.
                (patience,) = await (await driver.execute("PRAGMA busy_timeout")).fetchone()
                await driver.execute("PRAGMA busy_timeout=500")
                await driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                await driver.execute(f"PRAGMA busy_timeout={int(patience)}")
    except driver_errors() as error:
        raise StoreError(f"can't vacuum the database: {_first_line(error)}") from error
    if store.dialect == "sqlite":
        await store.learn()


def _on_disk(path: Path) -> tuple[int, int, int]:
    """Bytes of the file and of its log, and what is left on the disk."""
    log = Path(f"{path}-wal")
    return path.stat().st_size, log.stat().st_size if log.exists() else 0, shutil.disk_usage(path.parent).free


async def _count(reader: Reader, table: str) -> int:
    return int(await reader.scalar(sa.select(sa.func.count()).select_from(sa.table(table))))


async def _sqlite_sizes(reader: Reader) -> tuple[tuple[str, int], ...] | None:
    """From a virtual table that not every SQLite has."""
    try:
        return tuple((row.name, int(row.size)) for row in await reader.all(_SQLITE_SIZES))
    except DBAPIError:
        return None


def _first_line(error: Exception) -> str:
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _rows(table: sa.Table, *where: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
    return sa.select(sa.func.count()).select_from(table).where(*where).scalar_subquery()


_FAILED: Final = _F.status == FileStatus.REJECTED.value
_BY_STATUS: Final = sa.select(_F.status, sa.func.count()).group_by(_F.status).order_by(_F.status)
_RECORDS: Final = sa.select(
    _rows(raw_files).label("contents"),
    _rows(servers).label("servers"),
    _rows(rounds).label("rounds"),
    _rows(rounds, rounds.c.valid).label("valid_rounds"),
    _rows(gaming_sessions).label("sessions"),
    _rows(matches).label("matches"),
    _rows(players, sa.not_(players.c.is_bot)).label("players"),
    _rows(players, players.c.is_bot).label("bots"),
    _rows(player_aliases).label("names"),
    _rows(player_stats).label("player_rows"),
    _rows(weapon_stats).label("weapon_rows"),
    _rows(ratings).label("rated"),
    _rows(links).label("links"),
    _rows(outbox).label("posts"),
)
_PULSE: Final = sa.select(
    sa.select(sa.func.max(_F.processed_at)).scalar_subquery(),
    sa.select(sa.func.max(rounds.c.played_at)).scalar_subquery(),
    _rows(rounds, rounds.c.day == sa.bindparam("day")),
    _rows(rounds),
)
_SQLITE_NAMES: Final = sa.text(
    "SELECT name, type = 'view' AS is_view FROM sqlite_master WHERE type IN ('table', 'view') "
    "AND name NOT LIKE 'sqlite/_%' ESCAPE '/' ORDER BY is_view, name"
)
_POSTGRESQL_NAMES: Final = sa.text(
    "SELECT relname AS name, relkind IN ('v', 'm') AS is_view FROM pg_class "
    "WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm') "
    "AND NOT relispartition "
    'ORDER BY is_view, relname COLLATE "C"'
)
_SQLITE_SIZES: Final = sa.text(
    "SELECT coalesce(m.tbl_name, s.name) AS name, sum(s.pgsize) AS size FROM dbstat s "
    "LEFT JOIN sqlite_master m ON m.name = s.name WHERE s.aggregate = TRUE GROUP BY 1 ORDER BY 2 DESC, 1"
)
_POSTGRESQL_SIZES: Final = sa.text(
    "SELECT relname AS name, CASE WHEN relkind = 'p' THEN "
    "(SELECT coalesce(sum(pg_total_relation_size(relid)), 0) FROM pg_partition_tree(oid)) "
    "ELSE pg_total_relation_size(oid) END AS size FROM pg_class "
    "WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'm') AND NOT relispartition "
    'ORDER BY size DESC, relname COLLATE "C"'
)
