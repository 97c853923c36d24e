"""SQLite's connection, with one hand-over to its thread for a statement.

A cursor of aiosqlite goes to the connection's thread four times for a query: to be made, to execute, to fetch, to be
closed. Most results are small, and each way costs more than the query itself; this one does all of it in one go.
"""

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any

import aiosqlite

_MOST_VALUES = 10_000
"""Values of one INSERT; SQLite takes 32,766. Each execution of a statement takes the interpreter from other threads."""

_FEW = 50
"""Rows of an INSERT of what is left."""

_FIRST = 1000
"""Rows fetched along with the execution; a larger result is fetched on as it is asked for."""


class QuickConnection(aiosqlite.Connection):
    """A connection whose cursors wait until there is something to execute."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, iter_chunk_size=64)

    def cursor(self) -> "QuickCursor":  # type: ignore[override]
        """A cursor; nothing happens yet."""
        return QuickCursor(self)

    async def all_of(self, statements: Sequence[str]) -> None:
        """Executes statements one after the other."""
        await self._execute(self._all_of, statements)  # type: ignore[no-untyped-call]

    async def insert(self, into: str, rows: Sequence[Sequence[Any]], width: int) -> None:
        """Inserts rows of so many values."""
        await self._execute(self._insert, into, rows, width)  # type: ignore[no-untyped-call]

    # In the connection's thread

    def _all_of(self, statements: Sequence[str]) -> None:
        for statement in statements:
            self._conn.execute(statement)

    def _insert(self, into: str, rows: Sequence[Sequence[Any]], width: int) -> None:
        one = "(" + ",".join("?" * width) + ")"
        done = 0
        for size in (_MOST_VALUES // width, _FEW):
            statement = f"{into} VALUES " + ",".join([one] * size)
            for at in range(done, len(rows) - size + 1, size):
                self._conn.execute(statement, [*chain.from_iterable(rows[at : at + size])])
                done = at + size
        if done < len(rows):
            self._conn.executemany(f"{into} VALUES {one}", rows[done:])


class QuickCursor:
    """As much of aiosqlite's cursor as SQLAlchemy uses."""

    def __init__(self, connection: QuickConnection) -> None:
        self._connection = connection
        self._open: sqlite3.Cursor | None = None
        self._rows: deque[Any] = deque()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> "QuickCursor":
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> "QuickCursor":
        """Executes a statement and fetches the first rows of its result."""
        await self._do(lambda: self._executed(sql, parameters))
        return self

    async def executemany(self, sql: str, parameters: Iterable[Any]) -> "QuickCursor":
        """Executes a statement for each of the parameters."""
        await self._do(lambda: self._executed_many(sql, parameters))
        return self

    async def fetchone(self) -> Any:
        """The next row, or None."""
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        """The next rows."""
        wanted = size or self.arraysize
        while len(self._rows) < wanted and self._open is not None:
            await self._do(lambda: self._fetch(max(wanted - len(self._rows), _FIRST)))
        return [self._rows.popleft() for _ in range(min(wanted, len(self._rows)))]

    async def fetchall(self) -> list[Any]:
        """All rows that are left."""
        if self._open is not None:
            await self._do(lambda: self._fetch(None))
        rows = list(self._rows)
        self._rows.clear()
        return rows

    async def close(self) -> None:
        """Forgets the result."""
        self._rows.clear()
        if self._open is not None:
            await self._do(self._close)

    async def _do(self, function: Callable[[], None]) -> None:
        await self._connection._execute(function)  # type: ignore[no-untyped-call]

    # In the connection's thread

    def _executed(self, sql: str, parameters: Any) -> None:
        self._close()
        cursor = self._open = self._connection._conn.cursor()
        try:
            cursor.execute(sql, parameters)
        except BaseException:
            self._close()
            raise
        self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid
        if self.description is None:
            self._close()
        else:
            self._fetch(_FIRST)

    def _executed_many(self, sql: str, parameters: Any) -> None:
        cursor = self._connection._conn.executemany(sql, parameters)
        self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid
        cursor.close()

    def _fetch(self, size: int | None) -> None:
        assert self._open is not None
        rows = self._open.fetchall() if size is None else self._open.fetchmany(size)
        self._rows.extend(rows)
        if size is None or len(rows) < size:
            self._close()

    def _close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None
