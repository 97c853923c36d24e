"""Kept messages in Parquet files, and back: zstd, one file for each channel and portion, read and written by DuckDB."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from muster.model.trouble import Trouble
from muster.store import privacy
from muster.store.log import TextRow

_COLUMNS: Final = {
    "platform": "VARCHAR",
    "community": "VARCHAR",
    "channel": "VARCHAR",
    "channel_name": "VARCHAR",
    "number": "BIGINT",
    "user": "VARCHAR",
    "user_name": "VARCHAR",
    "text": "VARCHAR",
    "rate": "DOUBLE",
    "metadata": "VARCHAR",
}
_PARQUET: Final = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 12, PARQUET_VERSION v2"
_NAMES: Final = ", ".join(f'"{name}"' for name in _COLUMNS)


class ChatLogError(Trouble):
    """What was asked of the chat log can't be done; the message says why, and what would help."""


class ArchiveError(ChatLogError):
    """The archive can't be written or read; nothing was deleted because of it."""


class Archive:
    """A folder that holds archived messages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, rows: Sequence[TextRow], under: str = "") -> str:
        """Writes messages of one channel and reads them back; returns where they are. Raises ArchiveError.

        `under` keeps what only some of the messages were chosen for in a folder of its own.
        """
        first = rows[0]
        folder = self.folder / under / first.platform / first.community / first.channel
        target = str(folder / f"{first.number}-{rows[-1].number}.parquet")
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArchiveError(f"the archive {self.folder} can't be written to: {error.strerror}") from error
        with tempfile.TemporaryDirectory(prefix="muster-archive-") as scratch:
            lines = Path(scratch) / "rows.jsonl"
            lines.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
            types = ", ".join(f"'{name}': '{kind}'" for name, kind in _COLUMNS.items())
            source = f"read_json('{lines}', format = 'newline_delimited', columns = {{{types}}})"
            self._run(f"COPY (SELECT {_NAMES} FROM {source}) TO '{_quoted(target)}' ({_PARQUET})")
        if list(self.read(target)) != list(rows):
            raise ArchiveError(f"{target} does not read back as it was written")
        return target

    def read(self, file: str) -> Iterator[TextRow]:
        """The messages of one file, in order."""
        for row in self._run(f"SELECT {_NAMES} FROM read_parquet('{_quoted(file)}') ORDER BY number"):
            yield TextRow(*row)

    def files(self) -> list[str]:
        """Every file of the archive."""
        rows = self._run(f"SELECT file FROM glob('{_quoted(str(self.folder))}/**/*.parquet') ORDER BY file")
        return [file for (file,) in rows]

    def search(self, text: str, limit: int) -> list[TextRow]:
        """Messages that contain a text, latest first, whatever its case."""
        if not self.files():
            return []
        wanted = _quoted(text)
        return [
            TextRow(*row)
            for row in self._run(
                f"SELECT {_NAMES} FROM read_parquet('{_quoted(str(self.folder))}/**/*.parquet') "
                f"WHERE contains(lower(text), lower('{wanted}')) ORDER BY number DESC LIMIT {int(limit)}"
            )
        ]

    def of(self, platform: str, user: str) -> list[TextRow]:
        """Somebody's messages, in order."""
        if not self.files():
            return []
        where = f"platform = '{_quoted(platform)}' AND \"user\" = '{_quoted(user)}'"
        source = f"read_parquet('{_quoted(str(self.folder))}/**/*.parquet')"
        return [TextRow(*row) for row in self._run(f"SELECT {_NAMES} FROM {source} WHERE {where} ORDER BY number")]

    def erase(self, platform: str, user: str) -> int:
        """Takes somebody's messages out of every file, and his id out of those of others.

        Returns how many messages went.
        """
        erased = 0
        for file in self.files():
            rows = list(self.read(file))
            left = [
                msgspec.structs.replace(row, text=privacy.without(row.text, user))
                for row in rows
                if (row.platform, row.user) != (platform, user)
            ]
            if left == rows:
                continue
            erased += len(rows) - len(left)
            if left and self.write(left, self._under(file)) == file:
                continue
            Path(file).unlink()
        return erased

    def drop(self, file: str) -> None:
        """Takes a file away."""
        Path(file).unlink(missing_ok=True)

    def _under(self, file: str) -> str:
        """The folder of its own that a file stands in, empty where it stands in none."""
        parts = Path(file).relative_to(self.folder).parts
        return "" if len(parts) == 4 else str(Path(*parts[:-4]))

    def _run(self, statement: str) -> list[tuple[Any, ...]]:
        import duckdb

        try:
            with duckdb.connect() as connection:
                return connection.execute(statement).fetchall()
        except (duckdb.Error, OSError) as error:
            raise ArchiveError(f"the archive {self.folder} can't be used: {str(error).splitlines()[0]}") from error


def _quoted(text: str) -> str:
    return text.replace("'", "''")
