"""Connections and transactions, alike on SQLite and PostgreSQL.

There is one writer at a time: SQLite's own lock, an advisory lock on PostgreSQL. Readers never wait for it.
"""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import aiosqlite
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from muster.model.trouble import Trouble
from muster.store.quick import QuickConnection
from muster.store.schema import UtcTime

WRITER_LOCK = 0x6D757374
"""Key of PostgreSQL's advisory lock for the one writer ("must")."""

_BUSY_SECONDS = 60
_READ_CACHE, _WRITE_CACHE, _LARGE_CACHE = 1_000, 8_000, 64_000
"""KiB of pages that SQLite keeps in memory: for each reading connection, for the writing one, for a rebuild."""

_LOG_PAGES = 4_000
"""Pages of 4 KiB after which SQLite's log is carried over into the file: what changes often, not each time."""

_MOST_VALUES = 10_000
"""Values asked for in one statement; PostgreSQL takes 32,767 parameters."""

_CONNECTIONS = 4
"""Connections that are kept open; questions are short, more would only hold memory."""
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}


_CURES = {
    "unable to open database file": "check that its folder is there and that Muster's user may write in it",
    "readonly database": "Muster's user must be able to write the file and the folder it is in",
    "disk is full": "make room and do the same again, what was stored before is whole",
    "No space left": "make room on the database's disk and do the same again, what was stored before is whole",
    "disk I/O error": "check the disk, and the room on it",
    "is not a database": "choose another file with --db",
    "malformed": "the file is damaged, bring back a backup",
    "is locked": "another program holds it for long, close that and do the same again",
    "Connect call failed": "is PostgreSQL running there, and is the port right?",
    "Name or service not known": "check the host's name in the URL",
    "Temporary failure in name resolution": "check the host's name in the URL",
    "No such file or directory": "is PostgreSQL running, and is its socket in that folder?",
    "authentication failed": "check user and password in the URL",
    "no password supplied": "the URL needs a password, or PGPASSWORD",
    '" does not exist': "make it first: createuser, createdb",
    "permission denied": "the user needs rights on the database: GRANT ALL, or make him its owner",
}
"""What a driver says → what helps."""


class StoreError(Trouble):
    """The database can't be used as asked; the message names the cure."""


class RowRefused(StoreError):
    """The database is there and does not take a row: a value that has no place in it."""


class DriverFailed(Exception):
    """What a driver raised that was used without SQLAlchemy. `is_row`: it speaks of a row, not of the database."""

    def __init__(self, error: Exception, *, is_row: bool) -> None:
        super().__init__(str(error))
        self.is_row = is_row


Row = tuple[Any, ...]
Record = sa.Row[*tuple[Any, ...]]


class Reader:
    """One transaction that reads a single, unchanging state of the database."""

    def __init__(
        self, connection: AsyncConnection, memory: dict[Any, Any] | None = None, kept: dict[str, Any] | None = None
    ) -> None:
        self._connection = connection
        self.memory: dict[Any, Any] = {} if memory is None else memory
        """What questions keep between them, for as long as the store is open."""
        self.kept: dict[str, Any] = {} if kept is None else kept
        """The same of those that bring it up to date themselves after a commit."""

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._connection.dialect.name

    async def all(self, statement: sa.Executable, parameters: Mapping[str, Any] | None = None) -> Sequence[Record]:
        """Every row of a query."""
        return (await self._connection.execute(statement, parameters)).all()

    async def first(self, statement: sa.Executable, parameters: Mapping[str, Any] | None = None) -> Record | None:
        """The first row of a query, or None."""
        return (await self._connection.execute(statement, parameters)).first()

    async def scalar(self, statement: sa.Executable, parameters: Mapping[str, Any] | None = None) -> Any:
        """The first column of the first row, or None."""
        return (await self._connection.execute(statement, parameters)).scalar()

    async def among(
        self, statement: sa.Select[Any], column: sa.ColumnElement[Any], values: Iterable[Any]
    ) -> list[Record]:
        """Every row of a query whose column has one of these values, however many they are."""
        wanted = list(values)
        rows: list[Record] = []
        if wanted:
            statement = statement.where(column.in_(sa.bindparam("among", expanding=True)))
        for at in range(0, len(wanted), _MOST_VALUES):
            rows += await self.all(statement, {"among": wanted[at : at + _MOST_VALUES]})
        return rows

    async def stream(self, statement: sa.Executable, size: int = 1000) -> AsyncIterator[Sequence[Record]]:
        """A query's rows in portions, for results that should not be held at once."""
        result = await self._connection.stream(statement)
        async for part in result.partitions(size):
            yield part


class Writer(Reader):
    """The one transaction that writes. It is committed when its block ends and rolled back on any error."""

    async def run(
        self, statement: sa.Executable, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> int:
        """Executes a statement, once for each of the parameters; returns the rows it touched, where known."""
        if isinstance(parameters, Sequence) and not parameters:
            return 0
        result = await self._connection.execute(statement, parameters)
        return getattr(result, "rowcount", -1)

    async def run_sync(self, function: Callable[[sa.Connection], None]) -> None:
        """Runs a function that wants a plain connection: a migration."""
        await self._connection.run_sync(function)

    async def insert(self, table: sa.Table, rows: Sequence[Row], columns: Sequence[str] | None = None) -> None:
        """Inserts rows, as fast as the driver can: COPY on PostgreSQL, executemany on SQLite."""
        if not rows:
            return
        names = list(columns) if columns else [column.name for column in table.columns]
        async with self._driver() as driver:
            if self.dialect == "postgresql":
                await driver.copy_records_to_table(table.name, records=rows, columns=names)
                return
            quoted = ",".join(f'"{name}"' for name in names)
            plain = self._plain(table, names, rows)
            await driver.insert(f'INSERT INTO "{table.name}" ({quoted})', plain, len(names))

    async def script(self, statements: Sequence[str]) -> None:
        """Executes statements without parameters one after the other, on one way to the database."""
        async with self._driver() as driver:
            if self.dialect == "postgresql":
                await driver.execute(";\n".join(statements))
            else:
                await driver.all_of(statements)

    async def upsert(self, table: sa.Table, rows: Sequence[Row], update: Mapping[str, str]) -> None:
        """Inserts full rows; where the primary key stands already, sets columns to the SQL given for each.

        In that SQL `old.` is the stored row and `new.` the one inserted.
        """
        if not rows:
            return
        keys = ",".join(f'"{column.name}"' for column in table.primary_key.columns)
        sets = ",".join(
            f'"{name}" = ' + sql.replace("old.", f"{table.name}.").replace("new.", "excluded.")
            for name, sql in update.items()
        )
        names = [column.name for column in table.columns]
        quoted = ",".join(f'"{name}"' for name in names)
        conflict = f"ON CONFLICT ({keys}) DO UPDATE SET {sets}"
        async with self._driver() as driver:
            if self.dialect == "sqlite":
                marks = ",".join("?" * len(names))
                plain = self._plain(table, names, rows)
                await driver.executemany(f"INSERT INTO {table.name} ({quoted}) VALUES ({marks}) {conflict}", plain)
                return
            await driver.execute(f"CREATE TEMP TABLE incoming (LIKE {table.name}) ON COMMIT DROP")
            await driver.copy_records_to_table("incoming", records=rows, columns=names)
            await driver.execute(f"INSERT INTO {table.name} ({quoted}) SELECT {quoted} FROM incoming {conflict}")
            await driver.execute("DROP TABLE incoming")

    @asynccontextmanager
    async def _driver(self) -> AsyncIterator[Any]:
        """The driver's own connection; what it raises is a DriverFailed."""
        driver = (await self._connection.get_raw_connection()).driver_connection
        errors: tuple[type[Exception], ...] = (sqlite3.Error,)
        of_rows: tuple[type[Exception], ...] = (
            ValueError,
            OverflowError,
            sqlite3.DataError,
            sqlite3.IntegrityError,
            sqlite3.InterfaceError,
            sqlite3.ProgrammingError,
        )
        if self.dialect == "postgresql":
            import asyncpg

            errors = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
            of_rows = (ValueError, OverflowError, asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)
        try:
            yield driver
        except (*errors, *of_rows) as error:
            raise DriverFailed(error, is_row=isinstance(error, of_rows)) from error

    @staticmethod
    def _plain(table: sa.Table, names: Sequence[str], rows: Sequence[Row]) -> Sequence[Row]:
        """Rows with moments and dates as SQLite keeps them."""
        kinds = [table.columns[name].type for name in names]
        times = [i for i, kind in enumerate(kinds) if isinstance(kind, UtcTime)]
        dates = [i for i, kind in enumerate(kinds) if isinstance(kind, sa.Date)]
        if not times and not dates:
            return rows
        plain = []
        for row in rows:
            cells = list(row)
            for i in times:
                if cells[i] is not None:
                    cells[i] = int(cells[i].timestamp())
            for i in dates:
                cells[i] = cells[i].isoformat()
            plain.append(tuple(cells))
        return plain


class Store:
    """A database. Close it with `close`, or use it as an async context manager.

    `name` is what PostgreSQL's list of connections shows of this process (`application_name`), its number behind it.
    """

    def __init__(self, url: URL, name: str = "muster") -> None:
        self.url = url
        self._engine = _engine(url, name)
        self._writing = asyncio.Lock()
        self._memory: dict[Any, Any] = {}
        self._kept: dict[str, Any] = {}

    @property
    def engine(self) -> AsyncEngine:
        """The engine, for migrations."""
        return self._engine

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @property
    def shown(self) -> str:
        """The URL for people: without the driver and the password."""
        return self.url.set(drivername=self.dialect).render_as_string(hide_password=True)

    async def __aenter__(self) -> "Store":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reader]:
        """A transaction that reads. Raises StoreError where the database refuses."""
        async with self._connected() as connection:
            if self.dialect == "postgresql":
                await connection.execution_options(isolation_level="REPEATABLE READ")
            async with connection.begin():
                yield Reader(connection, self._memory, self._kept)

    @asynccontextmanager
    async def write(self, *, large: bool = False) -> AsyncIterator[Writer]:
        """The transaction that writes; waits for other writers, also those of other processes.

        `large` gives a transaction that touches the whole database more memory for pages. Raises StoreError where
        the database refuses.
        """
        async with self._writing, self._connected() as connection:
            await connection.execution_options(muster_writes=True)
            await self._keep_pages(connection, _LARGE_CACHE if large else _WRITE_CACHE)
            async with connection.begin():
                if self.dialect == "postgresql":
                    await connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})"))
                yield Writer(connection)
            await self._keep_pages(connection, _READ_CACHE)

    async def _keep_pages(self, connection: AsyncConnection, size: int) -> None:
        """How many KiB of an SQLite file a connection keeps. Said to the driver: it needs no transaction."""
        if self.dialect == "sqlite":
            await Writer(connection).script([f"PRAGMA cache_size=-{size}"])

    async def learn(self) -> None:
        """Lets the database look at its data again, so that it plans queries well after much has come in."""
        async with self._connected() as connection, connection.begin():
            if self.dialect == "sqlite":
                await connection.execute(sa.text("PRAGMA analysis_limit=400"))
            await connection.execute(sa.text("ANALYZE"))

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        try:
            connection = await self._engine.connect()
        except (DBAPIError, OSError, NoneFree) as error:
            raise self._refused(error) from error
        try:
            yield connection
        except (DBAPIError, DriverFailed) as error:
            raise self._refused(error) from error
        finally:
            await connection.close()

    def _refused(self, error: Exception) -> StoreError:
        """What a driver raised as one line that names the database, without its password, and the cure if known."""
        said = str(getattr(error, "orig", None) or error).strip().splitlines()
        cause = said[0] if said else type(error).__name__
        if isinstance(error, DataError | IntegrityError) or (isinstance(error, DriverFailed) and error.is_row):
            return RowRefused(f"{self.shown} does not take a row: {cause}")
        cure = next((f"; {cure}" for sign, cure in _CURES.items() if sign in cause), "")
        return StoreError(f"can't use the database {self.shown}: {cause}{cure}")

    async def close(self) -> None:
        """Closes all connections."""
        await self._engine.dispose()


def parse_url(text: str) -> URL:
    """The URL of a database: `sqlite:///path`, `postgresql://…`, or the path of an SQLite file."""
    if "://" not in text:
        return URL.create(_DRIVERS["sqlite"], database=str(Path(text).expanduser()))
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # the latter for a port that is none, and its text may be a password
        raise StoreError(
            "the database URL can't be read; it looks like sqlite:///path or postgresql://user@host/name"
        ) from None
    driver = _DRIVERS.get(url.drivername)
    if driver is None:
        raise StoreError(f"{url.drivername}:// is no database Muster knows; use sqlite:// or postgresql://")
    if driver.startswith("sqlite") and not url.database:
        raise StoreError("the database URL names no file; it looks like sqlite:///path/to/muster.db")
    return url.set(drivername=driver)


def _engine(url: URL, name: str) -> AsyncEngine:
    if url.drivername.startswith("sqlite"):
        engine = create_async_engine(
            url,
            connect_args={"timeout": _BUSY_SECONDS, "async_creator_fn": _open_sqlite},
            pool_reset_on_return=None,  # every transaction of ours is ended where it began
            pool_size=_CONNECTIONS,
            max_overflow=2 * _CONNECTIONS,
        )
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
        return engine
    # Small pages of the plan cache would hide behind a pooler; asyncpg's own prepared statements stay on.
    told = {"server_settings": {"application_name": f"{name} {os.getpid()}"}}
    return create_async_engine(url, pool_size=5, max_overflow=5, pool_pre_ping=True, connect_args=told)


async def _open_sqlite(*place: Any, **options: Any) -> aiosqlite.Connection:
    """A connection; of one that can't be made no thread is left, which would complain once the loop is closed.

    Transactions are begun by us; write-ahead log; a commit survives the process, an fsync waits for checkpoints.
    """
    opening: Callable[[], sqlite3.Connection] = partial(sqlite3.connect, *place, isolation_level=None, **options)
    connection = QuickConnection(opening)
    connection._thread.daemon = True
    try:
        await connection
        await _into_wal(connection)
        for pragma in (
            "synchronous=NORMAL",
            f"wal_autocheckpoint={_LOG_PAGES}",
            f"cache_size=-{_READ_CACHE}",
            "temp_store=MEMORY",
            "foreign_keys=ON",
        ):
            await connection.execute(f"PRAGMA {pragma}")
    except (sqlite3.Error, asyncio.CancelledError):
        await connection.close()
        connection._thread.join()  # it was told to end: a moment
        raise
    return connection


async def _into_wal(connection: aiosqlite.Connection) -> None:
    """Sets the write-ahead log. Two that do so at once on a new file lock each other out, and SQLite does not wait."""
    until = asyncio.get_running_loop().time() + _BUSY_SECONDS
    while True:
        try:
            await connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or asyncio.get_running_loop().time() > until:
                raise
            await asyncio.sleep(0.05)
        else:
            return


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("muster_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
