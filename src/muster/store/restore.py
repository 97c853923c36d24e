"""A backup brought back: looked at first, restored, and compared with what it said when it was made."""

import asyncio
import os
import re
import shutil
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
import sqlalchemy as sa

from muster.store import backup_files
from muster.store.admin import tables
from muster.store.backup import said_by
from muster.store.backup_files import BackupRefused, Note
from muster.store.drivers import driver_errors
from muster.store.engine import Reader, Store, parse_url
from muster.store.programs import program
from muster.store.sole import RUN, sole
from muster.store.upgrade import head, revisions

_SQLITE: Final = b"SQLite format 3\x00"
_DUMP: Final = b"PGDMP"
_IN_DUMP: Final = re.compile(r"^COPY [^\n]*alembic_version[^\n]*\n([^\n]+)\n", re.MULTILINE)
_TABLES: Final = {
    "sqlite": "SELECT count(*) FROM sqlite_master WHERE type = 'table'",
    "postgresql": "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()",
}
_CLEAR: Final = """
DO $$ DECLARE one record; BEGIN
FOR one IN SELECT relname, relkind FROM pg_class WHERE relnamespace = current_schema()::regnamespace
    AND relkind IN ('r', 'p', 'v', 'm') ORDER BY relkind IN ('r', 'p') LOOP
  EXECUTE format('DROP %s IF EXISTS %I CASCADE', CASE one.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN
    'MATERIALIZED VIEW' ELSE 'TABLE' END, one.relname);
END LOOP; END $$
"""


class Restored(msgspec.Struct, frozen=True):
    """What was brought back. `compared`: with the note beside the backup; without one with the file alone."""

    database: str
    revision: str
    fingerprint: str
    rows: int
    compared: bool
    needs_upgrade: bool


async def restore(file: Path, url: str, *, force: bool = False) -> Restored:
    """Brings a backup back into an empty database; with `force` in place of what is there.

    Raises StoreError, its message with the cure, where the file is damaged, foreign or of a newer program, where the
    database holds something, or where it does not say afterwards what it said when the backup was made.
    """
    note = await asyncio.to_thread(_sound_note, file)
    async with Store(parse_url(url)) as store:
        try:
            found = await _look(file, store.dialect)
            if found not in revisions():
                raise BackupRefused(f"{file} is at revision {found}, newer than this program's {head()}: update Muster")
            await _be_free(store, force)
            async with sole(store, *RUN) as mine:
                if mine is None:
                    raise BackupRefused(f"a `muster run` uses {store.shown}: stop it first")
                if store.dialect == "sqlite":
                    return await _bring_file(file, store, found, note)
                return await _bring_dump(file, store, found, note)
        except driver_errors() as error:
            lines = str(getattr(error, "orig", None) or error).strip().splitlines()
            raise BackupRefused(f"can't restore {file}: {lines[0] if lines else type(error).__name__}") from error


def _sound_note(file: Path) -> Note | None:
    if not file.is_file():
        raise BackupRefused(f"there is no file {file}")
    note = backup_files.read(file)
    if note is not None and (why := backup_files.damage(file, note)) is not None:
        raise BackupRefused(f"{file} is damaged ({why}): take another backup")
    return note


async def _look(file: Path, dialect: str) -> str:
    """The revision of a backup. Raises BackupRefused where it is none, or none for this kind of database."""
    start = await asyncio.to_thread(_beginning, file)
    kind = "sqlite" if start.startswith(_SQLITE) else "postgresql" if start.startswith(_DUMP) else None
    if kind is None:
        raise BackupRefused(f"{file} is no backup: neither an SQLite database nor a dump of pg_dump's custom format")
    if kind != dialect:
        names = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
        raise BackupRefused(f"{file} is a backup of {names[kind]}: give it a database of {names[kind]} with --db")
    found = await (asyncio.to_thread(_look_in_file, file) if kind == "sqlite" else _look_in_dump(file))
    if found is None:
        raise BackupRefused(f"{file} holds somebody else's tables: it is no backup of Muster's")
    return found


def _beginning(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(len(_SQLITE))


def _look_in_file(file: Path) -> str | None:
    connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        (sound,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if sound != "ok":
            raise BackupRefused(f"{file} is damaged ({sound.splitlines()[-1]}): take another backup")
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise BackupRefused(f"{file} is damaged ({error}): take another backup") from error
    finally:
        connection.close()
    return str(row[0]) if row else None


async def _look_in_dump(file: Path) -> str | None:
    try:
        # To nowhere: everything is read and unpacked, and what can't be is told before anything is touched.
        await program("pg_restore", None, f"--file={os.devnull}", str(file))
        told = await program("pg_restore", None, "--data-only", "--table=alembic_version", "--file=-", str(file))
    except BackupRefused as error:
        if "is not on this machine" in str(error):
            raise
        raise BackupRefused(f"{file} is damaged ({error}): take another backup") from error
    found = _IN_DUMP.search(told)
    return found[1].strip() if found else None


async def _be_free(store: Store, force: bool) -> None:
    if not await asyncio.to_thread(_is_there, store) or force:
        return
    async with store.read() as reader:
        tables = int(await reader.scalar(sa.text(_TABLES[store.dialect])))
    if tables:
        raise BackupRefused(f"{store.shown} is not empty: choose another database, or replace all of it with --force")


def _is_there(store: Store) -> bool:
    """Whether there is a database; else its folder is made."""
    path = Path(store.url.database or "")
    path.parent.mkdir(parents=True, exist_ok=True)
    return store.dialect == "postgresql" or path.exists()


async def _bring_file(file: Path, store: Store, found: str, note: Note | None) -> Restored:
    """Copies it beside its place, compares, and only then puts it there."""
    target = Path(store.url.database or "")
    part = target.with_name(f".{target.name}.restoring")
    try:
        await asyncio.to_thread(shutil.copyfile, file, part)
        async with Store(parse_url(str(part))) as copy, copy.read() as reader:
            told = await _compared(reader, store.shown, found, note)
        await store.close()
        for rest in ("-wal", "-shm"):
            target.with_name(target.name + rest).unlink(missing_ok=True)
        part.replace(target)
    finally:
        for rest in ("", "-wal", "-shm"):
            with suppress(OSError):
                part.with_name(part.name + rest).unlink(missing_ok=True)
    return told


async def _bring_dump(file: Path, store: Store, found: str, note: Note | None) -> Restored:
    async with store.write() as writer:
        await writer.run(sa.text(_CLEAR))
    await program(
        "pg_restore", store.url, "--no-owner", "--no-acl", "--exit-on-error", "--single-transaction", str(file)
    )
    async with store.read() as reader:
        return await _compared(reader, store.shown, found, note)


async def _compared(reader: Reader, shown: str, found: str, note: Note | None) -> Restored:
    """What a restored database says. Raises BackupRefused where that is not what was noted."""
    if found == head():
        said = await said_by(reader)
        mark, rows = said.fingerprint, said.rows
    else:
        # The fingerprint asks for columns of today; rows can be counted at any revision.
        mark, rows = "", {table.name: table.rows for table in await tables(reader) if table.rows is not None}
    if note is not None:
        differing = [name for name, count in note.rows.items() if rows.get(name) != count]
        if mark and mark != note.fingerprint:
            differing.append("the fingerprint")
        if differing:
            raise BackupRefused(
                f"{shown} does not say what was backed up ({', '.join(differing[:3])}): take another backup"
            )
    return Restored(shown, found, mark, sum(rows.values()), note is not None, found != head())
