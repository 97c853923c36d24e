"""A copy of a database that is known to be good: made while it is in use, restored into a scratch database, compared.

SQLite's own backup makes it, or `pg_dump`. What is compared is the fingerprint of the very state that was copied. What
it has to say is noted beside it, so that it can be compared again whenever it is needed.
"""

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from muster import __version__
from muster.store import backup_files
from muster.store.admin import TableInfo, tables
from muster.store.backup_files import BackupRefused as BackupRefused
from muster.store.backup_files import Note
from muster.store.drivers import driver_errors, of_postgresql
from muster.store.engine import Reader, Store, parse_url
from muster.store.fingerprint import fingerprint
from muster.store.programs import program
from muster.store.upgrade import revision

_AGAIN = ("", *(f"-{number}" for number in range(2, 10)))
"""What the name of a backup ends with when there is one of the same second."""


class Said(msgspec.Struct, frozen=True):
    """What a database says: its schema, its fingerprint, and the rows of every table."""

    revision: str | None
    fingerprint: str
    tables: tuple[TableInfo, ...]

    @property
    def rows(self) -> dict[str, int]:
        """The rows of every table."""
        return {table.name: table.rows for table in self.tables if table.rows is not None}


class Backup(msgspec.Struct, frozen=True):
    """A backup that was made. `checked`: it was restored and says the same as the database; else `why_not` tells."""

    path: str
    size: int
    fingerprint: str
    checked: bool
    why_not: str = ""


def make(url: str, folder: Path, at: datetime | None = None) -> Backup:
    """Makes and checks a backup in a folder, in a process that has nothing else to do. Raises BackupRefused."""
    return asyncio.run(backup(url, folder, at))


async def backup(url: str, folder: Path, at: datetime | None = None) -> Backup:
    """Makes and checks a backup in a folder. Raises BackupRefused."""
    async with Store(parse_url(url)) as store:
        sqlite = store.dialect == "sqlite"
        stem = Path(store.url.database or "muster").stem
        restored: Said | None
        part, file = _prepare(folder, f"{stem}-{at or datetime.now(UTC):%Y%m%d-%H%M%S}", "db" if sqlite else "dump")
        try:
            if sqlite:
                said = await _copy_sqlite(store, part)
                restored, why_not = await _restore_sqlite(part), ""
            else:
                said = await _dump(store, part)
                restored, why_not = await _restore_dump(store, part)
            if restored is not None and restored != said:
                raise BackupRefused("the copy does not say what the database says: check the disk and the memory")
            note = Note(
                made_at=at or datetime.now(UTC),
                version=__version__,
                dialect=store.dialect,
                revision=said.revision,
                fingerprint=said.fingerprint,
                rows=said.rows,
                size=part.stat().st_size,
                sha256=await asyncio.to_thread(backup_files.digest, part),
                checked=restored == said,
            )
            # The note first: a file with a name of ours and without one would be nobody's.
            backup_files.write(file, note)
            part.rename(file)
        except driver_errors() as error:
            raise BackupRefused(f"can't make a backup in {folder}: {_first_line(error)}") from error
        finally:
            with suppress(OSError):
                part.unlink()
    return Backup(str(file), note.size, said.fingerprint, note.checked, why_not)


def _prepare(folder: Path, stem: str, ending: str) -> tuple[Path, Path]:
    """An empty file to write into, that nobody else may read, and its name to be: one that no other backup has."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in (folder / f"{stem}{again}.{ending}" for again in _AGAIN):
            part = file.with_name(f".{file.name}.part")
            with suppress(FileExistsError):
                part.touch(mode=0o600, exist_ok=False)
                if not file.exists():
                    return part, file
                part.unlink()
    except OSError as error:
        raise BackupRefused(f"can't make a backup in {folder}: {error.strerror}") from error
    raise BackupRefused(f"{len(_AGAIN)} backups of one second are in {folder}: what makes so many?")


async def said_by(reader: Reader) -> Said:
    """What a database says now."""
    return Said(await revision(reader), (await fingerprint(reader))[0], await tables(reader))


async def _copy_sqlite(store: Store, to: Path) -> Said:
    """Copies the file as one transaction sees it; returns what that transaction sees."""
    target = sqlite3.connect(to, check_same_thread=False)
    try:
        async with _snapshot(store) as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            await driver.backup(target, pages=-1)
            return await said_by(Reader(connection))
    finally:
        target.close()


async def _restore_sqlite(source: Path) -> Said:
    with tempfile.TemporaryDirectory(prefix="muster-backup-") as folder:
        scratch = Path(folder) / "restored.db"
        await asyncio.to_thread(shutil.copyfile, source, scratch)
        async with Store(parse_url(str(scratch))) as store, store.read() as reader:
            sound = await reader.scalar(sa.text("PRAGMA integrity_check"))
            if sound != "ok":
                raise BackupRefused(f"the copy is damaged ({sound}): check the disk, then `muster verify`")
            return await said_by(reader)


async def _dump(store: Store, to: Path) -> Said:
    """Has `pg_dump` write what one transaction sees; returns what that transaction sees."""
    async with _snapshot(store) as connection:
        snapshot = await connection.scalar(sa.text("SELECT pg_export_snapshot()"))
        await program("pg_dump", store.url, "--format=custom", f"--snapshot={snapshot}", f"--file={to}")
        return await said_by(Reader(connection))


async def _restore_dump(store: Store, source: Path) -> tuple[Said | None, str]:
    """What is in a scratch database restored from a dump, or why there is none."""
    scratch = f"muster_check_{uuid4().hex[:12]}"
    try:
        await _outside(store, f'CREATE DATABASE "{scratch}" TEMPLATE template0')
    except of_postgresql("InsufficientPrivilegeError"):
        return None, f"the user {store.url.username} may not create databases: ALTER ROLE {store.url.username} CREATEDB"
    try:
        url = store.url.set(database=scratch)
        await program("pg_restore", url, "--no-owner", "--no-acl", "--exit-on-error", str(source))
        async with Store(url) as restored, restored.read() as reader:
            return await said_by(reader), ""
    finally:
        await _outside(store, f'DROP DATABASE "{scratch}"')


@asynccontextmanager
async def _snapshot(store: Store) -> AsyncIterator[AsyncConnection]:
    """A transaction that sees one state of the database from here on."""
    async with store.engine.connect() as connection:
        if store.dialect == "postgresql":
            await connection.execution_options(isolation_level="REPEATABLE READ")
        async with connection.begin():
            await connection.execute(sa.text("SELECT count(*) FROM alembic_version"))
            yield connection


async def _outside(store: Store, statement: str) -> None:
    """Runs a statement that no transaction may hold."""
    async with store.engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await driver.execute(statement)


def _first_line(error: Exception) -> str:
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
