"""Exports as files small enough to be sent along: made in a process of their own."""

import asyncio
import io
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import msgspec

from muster.stats import export, files
from muster.stats.values import Scope
from muster.store.engine import Reader, Store, parse_url

MOST: Final = 8_000_000
"""Bytes Discord takes from everybody."""

BY_PLAYER: Final = ("player_rounds", "weapon_rounds", "matches", "ratings")
BY_SESSION: Final = ("player_rounds", "weapon_rounds", "rounds", "matches", "sessions")
"""Exports that can be of one player, or of one session."""


class TooLarge(Exception):
    """There is more than can be sent along."""


class Wanted(msgspec.Struct, frozen=True):
    """What is to be exported: an export's name, a format, what part of the history, of whom, of which session."""

    table: str
    form: str
    scope: Scope
    player: str = ""
    session: str = ""


class Exported(msgspec.Struct, frozen=True):
    """A file, and how many rows are in it."""

    content: bytes
    rows: int


def make(url: str, wanted: Wanted, most: int) -> Exported:
    """Makes a file of at most so many bytes. Raises TooLarge."""
    return asyncio.run(_make(url, wanted, most))


async def _make(url: str, wanted: Wanted, most: int) -> Exported:
    columns = export.COLUMNS[wanted.table]
    async with Store(parse_url(url)) as store, store.read() as reader:
        rows = _rows(reader, wanted)
        if wanted.form != "parquet":
            sink = _Bounded(most)
            count = await files.write(rows, columns, wanted.form, sink)
            return Exported(sink.getvalue().encode(), count)
        with tempfile.TemporaryDirectory(prefix="muster-export-") as folder:
            path = Path(folder) / "export.parquet"
            count = await files.write(rows, columns, wanted.form, path)
            return Exported(_read(path, most), count)


async def _rows(reader: Reader, wanted: Wanted) -> AsyncIterator[export.Row]:
    """The rows that are asked for."""
    of_session: set[str] = set()
    if wanted.session and wanted.table == "weapon_rounds":
        async for row in export.rows(reader, "rounds", wanted.scope):
            if row["session_id"] == wanted.session:
                of_session.add(row["file"])
    async for row in export.rows(reader, wanted.table, wanted.scope):
        if wanted.player and not _is_of(row, wanted.player):
            continue
        if wanted.session and row.get("session_id") != wanted.session and row.get("file") not in of_session:
            continue
        yield row


def _is_of(row: export.Row, player: str) -> bool:
    return player in (row.get("guid"), *row.get("team_a", ()), *row.get("team_b", ()))


def _read(path: Path, most: int) -> bytes:
    if path.stat().st_size > most:
        raise TooLarge
    return path.read_bytes()


class _Bounded(io.StringIO):
    """Text that may not become too large."""

    def __init__(self, most: int) -> None:
        super().__init__(newline="")
        self._left = most

    def write(self, text: str, /) -> int:
        """Takes text, or raises TooLarge."""
        self._left -= len(text.encode())
        if self._left < 0:
            raise TooLarge
        return super().write(text)
