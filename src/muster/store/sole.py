"""A right that one process at a time has: an advisory lock on PostgreSQL, a locked file beside an SQLite database.

Both end with the process that holds them, however it ends.
"""

import fcntl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from muster.store.engine import Store, StoreError

Right = tuple[str, int]
"""What a right is called, and its key on PostgreSQL."""

RUN: Final[Right] = ("run", 0x6D757372)
"""The right to count and answer for a database; the key spells "musr"."""

_NOTICED: Final = {"tcp_keepalives_idle": 30, "tcp_keepalives_interval": 10, "tcp_keepalives_count": 3}
"""Seconds and tries after which the server lets go of a machine that went away without a word; else it takes hours."""

StillMine = Callable[[], Awaitable[bool]]
"""Whether the right is still there: a connection that broke took it along."""


class Taken(NamedTuple):
    """The right of this name is another process's."""

    name: str


@asynccontextmanager
async def soles(store: Store, rights: Sequence[Right]) -> AsyncIterator[StillMine | Taken]:
    """Several rights for as long as the block lasts, all of them or none. Raises StoreError like `sole`."""
    if store.dialect == "postgresql":
        async with _by_database(store, rights) as mine:
            yield mine
        return
    async with AsyncExitStack() as files:
        for name, _ in rights:
            if await files.enter_async_context(_by_file(Path(f"{store.url.database}.{name}"))) is None:
                await files.aclose()
                yield Taken(name)
                return
        yield _certainly


@asynccontextmanager
async def sole(store: Store, name: str, key: int) -> AsyncIterator[StillMine | None]:
    """The right of this name (`key` on PostgreSQL) for as long as the block lasts; None where another process has it.

    Raises StoreError where the database can't be asked.
    """
    async with soles(store, [(name, key)]) as mine:
        yield None if isinstance(mine, Taken) else mine


@asynccontextmanager
async def _by_database(store: Store, rights: Sequence[Right]) -> AsyncIterator[StillMine | Taken]:
    try:
        connection = await store.engine.connect()
    except (SQLAlchemyError, OSError) as error:
        raise StoreError(f"can't ask the database for a lock: {error}") from error
    try:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        for name, seconds in _NOTICED.items():
            await _ask(connection, f"SELECT set_config('{name}', '{seconds}', false) IS NOT NULL", None)
        taken = await _lock(connection, rights)
        yield taken or (lambda: _alive(connection))
    finally:
        # A pooled connection would keep the lock: it is given back, or the connection is gone for good.
        if not await _ask(connection, "SELECT pg_advisory_unlock_all() IS NOT NULL", None):
            await connection.invalidate()
        await connection.close()


async def _lock(connection: AsyncConnection, rights: Sequence[Right]) -> Taken | None:
    """Takes rights one after another, as far as the first that is another process's. Raises StoreError."""
    for name, key in rights:
        got = await _ask(connection, "SELECT pg_try_advisory_lock(:key)", key)
        if got is None:
            raise StoreError("can't ask the database for a lock: the connection broke")
        if not got:
            await _ask(connection, "SELECT pg_advisory_unlock_all() IS NOT NULL", None)
            return Taken(name)
    return None


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
