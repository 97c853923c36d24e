"""A right that one process at a time has: an advisory lock on PostgreSQL, a locked file beside an SQLite database.

Both end with the process that holds them, however it ends.
"""

import fcntl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from muster.store.engine import Store, StoreError

RUN: Final = ("run", 0x6D757372)
"""The right to count and answer for a database; the key spells "musr"."""

StillMine = Callable[[], Awaitable[bool]]
"""Whether the right is still there: a connection that broke took it along."""


@asynccontextmanager
async def sole(store: Store, name: str, key: int) -> AsyncIterator[StillMine | None]:
    """The right of this name (`key` on PostgreSQL) for as long as the block lasts; None where another process has it.

    Raises StoreError where the database can't be asked.
    """
    if store.dialect == "postgresql":
        async with _by_database(store, key) as mine:
            yield mine
    else:
        async with _by_file(Path(f"{store.url.database}.{name}")) as mine:
            yield mine


@asynccontextmanager
async def _by_database(store: Store, key: int) -> AsyncIterator[StillMine | None]:
    try:
        connection = await store.engine.connect()
    except (SQLAlchemyError, OSError) as error:
        raise StoreError(f"can't ask the database for a lock: {error}") from error
    try:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        got = await _ask(connection, "SELECT pg_try_advisory_lock(:key)", key)
        if got is None:
            raise StoreError("can't ask the database for a lock: the connection broke")
        yield (lambda: _alive(connection)) if got else None
    finally:
        # A pooled connection would keep the lock: it is given back, or the connection is gone for good.
        if not await _ask(connection, "SELECT pg_advisory_unlock_all() IS NOT NULL", None):
            await connection.invalidate()
        await connection.close()


async def _alive(connection: AsyncConnection) -> bool:
    return await _ask(connection, "SELECT true", None) is True


async def _ask(connection: AsyncConnection, sql: str, key: int | None) -> bool | None:
    """The answer to a question; None where the connection is broken."""
    try:
        return bool(await connection.scalar(sa.text(sql), {} if key is None else {"key": key}))
    except (SQLAlchemyError, OSError):
        return None


@asynccontextmanager
async def _by_file(path: Path) -> AsyncIterator[StillMine | None]:
    try:
        file = path.open("ab")
    except OSError as error:
        raise StoreError(f"can't lock {path}: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield _certainly


async def _certainly() -> bool:
    return True
