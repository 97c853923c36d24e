"""Looking after a database, on both engines: what is counted is there, drift is named, backups are good."""

import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from muster.store import admin, backup, backup_files
from muster.store.engine import Reader, Store, StoreError, parse_url
from muster.store.schema import metadata
from muster.store.upgrade import head
from tests.building import put_pair
from tests.importer.working import change, mark, opened, query, take
from tests.store.tools import use_the_servers_own_tools

AT = datetime(2025, 11, 30, 20, 15, 5, tzinfo=UTC)


async def filled(store: Store, folder: Path) -> None:
    """Two evenings, and a file that can't be read."""
    put_pair(folder, "2025-01-01")
    put_pair(folder, "2025-01-02")
    (folder / "2025-01-03-200000-supply-round-1.txt").write_text("junk")
    await take(store, folder)


async def test_a_fresh_schema_is_right(db_url: str) -> None:
    async with opened(db_url) as store:
        found = await admin.schema_of(store.url.render_as_string(hide_password=False))
        assert found == admin.SchemaCheck(head(), head(), (), ())
        assert found.ok


async def test_drift_is_named(db_url: str) -> None:
    async with opened(db_url) as store:
        for statement in (
            "DROP TABLE weapon_rollup",
            "DROP INDEX rounds_day",
            "DROP VIEW match_ups",
            "ALTER TABLE players ADD COLUMN shoe_size INTEGER",
            "ALTER TABLE servers DROP COLUMN timezone",
            "CREATE TABLE theirs (id INTEGER)",
        ):
            await change(store, statement)
        found = await admin.schema_of(db_url)
    assert not found.ok
    assert found.lacking == (
        "column servers.timezone is missing",
        "index rounds_day is missing",
        "index weapon_rollup_player is missing",
        "table weapon_rollup is missing",
        "view match_ups is missing",
    )
    assert found.extra == ("column players.shoe_size is not Muster’s", "table theirs is not Muster’s")


async def test_another_type_and_an_older_revision(db_url: str) -> None:
    async with opened(db_url) as store:
        await change(store, "DROP VIEW match_ups")
        await change(store, "ALTER TABLE matches DROP COLUMN margin")
        await change(store, "ALTER TABLE matches ADD COLUMN margin TEXT")
        await change(store, "UPDATE alembic_version SET version_num = '0001'")
        found = await admin.schema_of(db_url)
    assert "column matches.margin has another type" in found.lacking
    assert (found.revision, found.head) == ("0001", head())


async def test_tables_are_counted(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store:
        await filled(store, tmp_path)
        await change(store, 'CREATE TABLE "x; DROP TABLE rounds" (id INTEGER)')
        async with store.read() as reader:
            found = await admin.tables(reader)
    rows = {one.name: one.rows for one in found}
    assert set(rows) == {*metadata.tables, "alembic_version", "x; DROP TABLE rounds", *admin.VIEWS}
    assert rows["rounds"] == 4
    assert rows["raw_files"] == 5
    assert all(rows[view] is None for view in admin.VIEWS)
    tables = [one.name for one in found if one.rows is not None]
    assert tables == sorted(tables)


async def test_records_and_pulse_of_an_empty_database(db_url: str) -> None:
    async with opened(db_url) as store, store.read() as reader:
        found = await admin.records(reader)
        assert (found.files, found.rounds, found.players) == ({}, 0, 0)
        assert await admin.pulse(reader, 20250101) == admin.Pulse(None, None, 0, 0)
        assert await admin.recent_files(reader, 5) == []
        assert await admin.failed_files(reader, 5) == ([], 0)


async def test_records_and_pulse(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store:
        await filled(store, tmp_path)
        async with store.read() as reader:
            found = await admin.records(reader)
            pulse = await admin.pulse(reader, 20250102)
            engine = await admin.engine_of(store, reader)
        for field, sql in {
            "rounds": "SELECT count(*) FROM rounds",
            "valid_rounds": "SELECT count(*) FROM rounds WHERE valid",
            "sessions": "SELECT count(*) FROM gaming_sessions",
            "matches": "SELECT count(*) FROM matches",
            "players": "SELECT count(*) FROM players WHERE NOT is_bot",
            "names": "SELECT count(*) FROM player_aliases",
            "player_rows": "SELECT count(*) FROM player_stats",
            "weapon_rows": "SELECT count(*) FROM weapon_stats",
        }.items():
            assert getattr(found, field) == (await query(store, sql))[0][0] > 0, field
    assert found.files == {"imported": 4, "rejected": 1}
    assert (pulse.rounds_today, pulse.rounds) == (2, 4)
    assert pulse.last_round == datetime(2025, 1, 2, 20, 10, tzinfo=UTC)
    assert pulse.last_import is not None
    assert engine.name == ("SQLite" if store.dialect == "sqlite" else "PostgreSQL")
    assert engine.version[0].isdigit()
    assert "/" not in engine.database


async def test_files_that_came_and_files_that_failed(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store:
        await filled(store, tmp_path)
        async with store.read() as reader:
            recent = await admin.recent_files(reader, 3)
            failed, count = await admin.failed_files(reader, 10)
            names = await admin.failed_names(reader)
            contents = await admin.failed_contents(reader)
            known = await admin.known_names(reader)
    bad = "2025-01-03-200000-supply-round-1.txt"
    assert recent[0].filename == bad
    assert len(recent) == 3
    assert ([row.filename for row in failed], count, names) == ([bad], 1, {bad})
    assert [(server, name) for server, name, *_ in contents] == [("unknown", bad)]
    assert len(known) == 5


async def test_sizes_add_up(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store:
        await filled(store, tmp_path)
        async with store.read() as reader:
            found = await admin.size(store, reader)
    assert found.tables is not None
    assert 0 < sum(size for _, size in found.tables) <= found.total + (found.log or 0)
    sizes = [size for _, size in found.tables]
    assert sizes == sorted(sizes, reverse=True)
    assert {name for name, _ in found.tables} >= set(metadata.tables)


async def test_vacuum_gives_room_back_and_changes_nothing(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store:
        await filled(store, tmp_path)
        before = await mark(store)
        await change(store, "CREATE TABLE waste (text TEXT)")
        async with store.write() as writer:
            await writer.run(sa.text("INSERT INTO waste VALUES (:text)"), [{"text": "x" * 1000}] * 2000)
        await change(store, "DELETE FROM waste")
        async with store.read() as reader:
            large = await admin.size(store, reader)
        async with store.read() as reader:
            # A reader that is at it holds nothing up.
            await reader.scalar(sa.text("SELECT count(*) FROM rounds"))
            await admin.vacuum(store)
        async with store.read() as reader:
            small = await admin.size(store, reader)
        assert small.total < large.total + (large.log or 0) - 1_000_000
        assert await mark(store) == before


async def test_a_database_that_is_gone_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="can't use the database"):
        await admin.schema_of(f"sqlite:///{tmp_path}/no/folder/x.db")


async def test_a_backup_is_checked_by_restoring_it(
    db_url: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer's fingerprint is the database's, and the file holds it all: links and settings too."""
    use_the_servers_own_tools(db_url, request, monkeypatch)
    async with opened(db_url) as store:
        await filled(store, tmp_path / "files")
        await change(store, "INSERT INTO bot_config VALUES ('answer', '42')")
        url = store.url.render_as_string(hide_password=False)
        made = await backup.backup(url, tmp_path / "backups", AT)
        assert made.checked
        assert made.why_not == ""
        assert made.fingerprint == await mark(store)
        if store.dialect == "postgresql":
            assert await query(store, "SELECT datname FROM pg_database WHERE datname LIKE 'muster_check%'") == []
    file = Path(made.path)
    assert "-20251130-201505." in file.name
    assert made.size == file.stat().st_size > 0
    assert file.stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in (tmp_path / "backups").iterdir()) == [file.name, f"{file.name}.json"]
    note = backup_files.read(file)
    assert note is not None
    assert (note.fingerprint, note.size, note.checked) == (made.fingerprint, made.size, True)
    assert note.rows["bot_config"] == 1
    assert backup_files.damage(file, note) is None
    assert backup_files.note_of(file).stat().st_mode & 0o077 == 0
    if db_url.startswith("sqlite"):
        with sqlite3.connect(file) as connection:
            assert connection.execute("SELECT value FROM bot_config WHERE key = 'answer'").fetchone() == ("42",)
        connection.close()


async def test_what_is_written_meanwhile_is_not_in_it(
    db_url: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy is of one moment: a write between copying and comparing makes no difference."""
    use_the_servers_own_tools(db_url, request, monkeypatch)
    said = backup.said_by
    async with opened(db_url) as store:
        await filled(store, tmp_path / "files")
        before = await mark(store)

        async def written_first(reader: Reader) -> backup.Said:
            if not await query(store, "SELECT 1 FROM servers WHERE name = 'late'"):
                await change(store, "INSERT INTO servers VALUES (77, 'late', 'UTC')")
            return await said(reader)

        monkeypatch.setattr(backup, "said_by", written_first)
        made = await backup.backup(store.url.render_as_string(hide_password=False), tmp_path / "backups", AT)
        assert made.checked
        assert made.fingerprint == before != await mark(store)


async def test_a_copy_that_differs_is_not_kept(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = shutil.copyfile

    def damaged(source: Path, to: Path) -> None:
        copy(source, to)
        with sqlite3.connect(to) as connection:
            connection.execute("DELETE FROM weapon_stats WHERE round_id = 1")
        connection.close()

    async with opened(sqlite_url) as store:
        await filled(store, tmp_path / "files")
        monkeypatch.setattr(shutil, "copyfile", damaged)
        with pytest.raises(backup.BackupRefused, match="does not say what the database says"):
            await backup.backup(sqlite_url, tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


async def test_no_backup_where_nothing_may_be_written(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    async with opened(sqlite_url):
        with pytest.raises(backup.BackupRefused, match="can't make a backup in"):
            await backup.backup(sqlite_url, tmp_path / "file" / "backups")


async def test_without_the_tools_it_says_what_to_install(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    async with opened(postgresql_url):
        with pytest.raises(backup.BackupRefused, match="pg_dump is not on this machine: install"):
            await backup.backup(postgresql_url, tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


async def test_who_may_not_make_databases_gets_an_unchecked_backup(
    postgresql_url: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    expect_pg_error: Callable[[str], None],
) -> None:
    use_the_servers_own_tools(postgresql_url, request, monkeypatch)
    expect_pg_error("permission denied to create database")
    async with opened(postgresql_url) as store:
        await filled(store, tmp_path / "files")
        await change(store, "DROP ROLE IF EXISTS limited")
        await change(store, "CREATE ROLE limited LOGIN")
        await change(store, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO limited")
        url = parse_url(postgresql_url).set(username="limited")
        made = await backup.backup(url.render_as_string(hide_password=False), tmp_path / "backups", AT)
        await change(store, "DROP OWNED BY limited")
        await change(store, "DROP ROLE limited")
    assert not made.checked
    assert "ALTER ROLE limited CREATEDB" in made.why_not
    assert made.size > 0
