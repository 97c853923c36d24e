"""Backups come back as they were made, and what is no good backup is refused before anything is touched."""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from muster.cli import app
from muster.community.days import DayRule
from muster.community.recorder import Recorder
from muster.community.spill import Spill
from muster.store import backup, backup_files
from muster.store.admin import tables
from muster.store.backup_files import BackupRefused, Note
from muster.store.engine import Store, parse_url
from muster.store.restore import restore
from muster.store.sole import RUN, sole
from tests.building import put_pair
from tests.community.telling import talk
from tests.importer.working import change, mark, opened, query, take
from tests.store.tools import use_the_servers_own_tools

AT = datetime(2025, 11, 30, 20, 15, 5, tzinfo=UTC)


@pytest.fixture
def url(db_url: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    use_the_servers_own_tools(db_url, request, monkeypatch)
    return db_url


@pytest.fixture
def other(url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of another database of the kind, to restore into."""
    if url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'other' / 'muster.db'}"
        return
    cluster = request.getfixturevalue("postgres")
    name = f"{parse_url(url).database}_other"
    yield cluster.create_database(name)
    cluster.drop_database(name)


async def made(url: str, folder: Path, days: int = 1) -> Path:
    """A backup of a database with some rounds."""
    async with opened(url) as store:
        for day in range(1, days + 1):
            put_pair(folder / "files", f"2025-01-{day:02d}")
        await take(store, folder / "files")
        text = store.url.render_as_string(hide_password=False)
    return Path((await backup.backup(text, folder / "backups", AT)).path)


async def test_a_backup_comes_back(url: str, other: str, tmp_path: Path) -> None:
    file = await made(url, tmp_path)
    done = await restore(file, other)
    assert done.compared
    assert not done.needs_upgrade
    async with opened(url) as here, opened(other) as there:
        assert done.fingerprint == await mark(here) == await mark(there)
        # It is a database to go on with.
        put_pair(tmp_path / "more", "2025-02-11")
        await take(there, tmp_path / "more")
        assert (await query(there, "SELECT count(*) FROM rounds"))[0][0] == 4


async def test_two_of_one_second_are_two(url: str, tmp_path: Path) -> None:
    first = await made(url, tmp_path)
    others = await asyncio.gather(*(backup.backup(url, tmp_path / "backups", AT) for _ in range(2)))
    files = {first, *(Path(other.path) for other in others)}
    assert len(files) == 3
    assert {one.file for one in backup_files.kept(tmp_path / "backups")} == files
    assert not list((tmp_path / "backups").glob(".*.part"))


async def test_what_is_there_is_replaced_only_by_force(url: str, other: str, tmp_path: Path) -> None:
    file = await made(url, tmp_path)
    async with opened(other) as store:
        put_pair(tmp_path / "theirs", "2024-05-25")
        await take(store, tmp_path / "theirs")
        before = await mark(store)
    with pytest.raises(BackupRefused, match="is not empty: choose another database, or replace all of it with --force"):
        await restore(file, other)
    async with opened(other) as store:
        assert await mark(store) == before
        await change(store, "CREATE TABLE somebodys (id INTEGER)")
    done = await restore(file, other, force=True)
    async with opened(other) as store:
        assert await mark(store) == done.fingerprint != before
        async with store.read() as reader:
            assert "somebodys" not in {table.name for table in await tables(reader)}


async def test_a_program_that_runs_is_not_pulled_away_under(url: str, other: str, tmp_path: Path) -> None:
    file = await made(url, tmp_path)
    async with opened(other) as store, sole(store, *RUN) as mine:
        assert mine is not None
        with pytest.raises(BackupRefused, match=r"a `muster run` uses .*: stop it first"):
            await restore(file, other, force=True)


@pytest.mark.parametrize("harm", ["flipped", "cut", "without a note"])
async def test_a_damaged_one_is_refused_before_anything_is_touched(
    url: str, other: str, tmp_path: Path, harm: str
) -> None:
    file = await made(url, tmp_path)
    data = bytearray(file.read_bytes())
    if harm == "cut":
        del data[-len(data) // 3 :]
    else:
        for at in range(len(data) // 2, len(data) // 2 + 4096):
            data[at] ^= 0xFF
    file.write_bytes(data)
    if harm == "without a note":
        backup_files.note_of(file).unlink()
    async with opened(other) as store:
        before = await mark(store)
    with pytest.raises(BackupRefused, match=r"is damaged \(.*\): take another backup"):
        await restore(file, other, force=True)
    async with opened(other) as store:
        assert await mark(store) == before
    assert [one.file for one in backup_files.damaged(file.parent)] == ([] if harm == "without a note" else [file])


async def test_without_its_note_it_comes_back_and_says_so(url: str, other: str, tmp_path: Path) -> None:
    file = await made(url, tmp_path)
    backup_files.note_of(file).unlink()
    done = await restore(file, other)
    assert not done.compared
    async with opened(url) as store:
        assert done.fingerprint == await mark(store)


async def test_one_that_says_something_else_is_told(url: str, other: str, tmp_path: Path) -> None:
    file = await made(url, tmp_path)
    note = backup_files.read(file)
    assert note is not None
    backup_files.write(file, msgspec.structs.replace(note, rows=note.rows | {"rounds": 3}))
    with pytest.raises(BackupRefused, match=r"does not say what was backed up \(rounds\)"):
        await restore(file, other)


async def test_one_of_a_newer_program(url: str, other: str, tmp_path: Path) -> None:
    async with opened(url) as store:
        await change(store, "UPDATE alembic_version SET version_num = '9999'")
        text = store.url.render_as_string(hide_password=False)
    file = Path((await backup.backup(text, tmp_path / "backups", AT)).path)
    with pytest.raises(BackupRefused, match=r"is at revision 9999, newer than this program's .*: update Muster"):
        await restore(file, other)


async def test_what_is_no_backup(url: str, other: str, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    with pytest.raises(BackupRefused, match="there is no file"):
        await restore(file, other)
    file.write_text("milk, eggs")
    with pytest.raises(BackupRefused, match="is no backup: neither an SQLite database nor a dump"):
        await restore(file, other)
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE notes (text TEXT)")
    connection.close()
    wanted = "holds somebody else's tables" if url.startswith("sqlite") else "is a backup of SQLite: give it a database"
    with pytest.raises(BackupRefused, match=wanted):
        await restore(foreign, other)


async def test_a_backup_under_load_is_of_one_state(url: str, other: str, tmp_path: Path) -> None:
    """Rounds and messages come in all the while: the copy says what the database said at one moment."""
    async with opened(url) as store, under_load(store, tmp_path) as going_on:
        text = store.url.render_as_string(hide_password=False)
        await going_on()
        done = await backup.backup(text, tmp_path / "backups", AT)
        await going_on()
        assert done.checked
        assert await mark(store) != done.fingerprint, "more came in since"
        told = await restore(Path(done.path), other)
    assert told.fingerprint == done.fingerprint
    async with opened(other) as store:
        assert await mark(store) == done.fingerprint
        ((rounds,),) = await query(store, "SELECT count(*) FROM rounds")
        ((messages,),) = await query(store, "SELECT sum(messages) FROM user_totals")
    assert rounds >= 2
    assert messages > 0


@asynccontextmanager
async def under_load(store: Store, folder: Path) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Imports and messages, until the block ends; what it gives waits until more of both came in."""
    stop, rounds, counted = asyncio.Event(), 0, 0
    recorder = Recorder(store, lambda *_: DayRule(), Spill(folder / "spill"), size=20, seconds=0.01, look_back=1 << 50)
    messages = talk(20_000, 7, users=50, channels=5, hours=100)

    async def importing() -> None:
        nonlocal rounds
        while not stop.is_set():
            number = rounds % 600  # no two days and hours have the same content
            put_pair(folder / f"in-{rounds}", f"2025-01-{1 + number // 24:02d}", number % 24)
            await take(store, folder / f"in-{rounds}")
            rounds += 1

    async def talking() -> None:
        nonlocal counted
        while not stop.is_set():
            for message in messages[counted : counted + 20]:
                recorder.offer(message)
            while recorder.waiting and not stop.is_set():
                await asyncio.sleep(0.01)
            counted += 20

    async def going_on() -> None:
        before = rounds, counted
        while rounds < before[0] + 1 or counted <= before[1]:
            await asyncio.sleep(0.01)

    tasks = [asyncio.create_task(work) for work in (recorder.run(stop), importing(), talking())]
    await recorder.ready()
    try:
        yield going_on
    finally:
        stop.set()
        await asyncio.gather(*tasks)


def note_at(made_at: datetime, file: Path) -> None:
    file.write_bytes(b"copy")
    sha256 = backup_files.digest(file)
    backup_files.write(file, Note(made_at, "0", "sqlite", "0001", "f", {}, 4, sha256, True))


def test_rotation_by_days_and_by_number(tmp_path: Path) -> None:
    for age in range(10):
        at = AT - timedelta(days=age)
        note_at(at, tmp_path / f"muster-{at:%Y%m%d-%H%M%S}.db")
    strange = [tmp_path / "muster-20200101-000000.db", tmp_path / "holiday.json"]
    for file in strange:
        file.write_text("{}")
    gone = backup_files.rotate(tmp_path, AT, 5, 3)
    assert [file.name[7:15] for file in gone] == ["20251124", "20251123", "20251122", "20251121"]
    assert len(backup_files.kept(tmp_path)) == 6
    assert all(file.exists() for file in strange)
    assert len(backup_files.rotate(tmp_path, AT + timedelta(days=400), 5, 3)) == 3
    assert len(backup_files.kept(tmp_path)) == 3, "the newest stay however old they are"
    assert len(list(tmp_path.iterdir())) == 6 + 2


def test_what_was_left_unfinished_goes(tmp_path: Path) -> None:
    part, other = tmp_path / ".muster-20251101-040000.db.part", tmp_path / ".muster-20251130-040000.db.part"
    for file, at in ((part, AT - timedelta(days=3)), (other, AT)):
        file.write_text("half")
        os.utime(file, (at.timestamp(),) * 2)
    backup_files.rotate(tmp_path, AT, 5, 3)
    assert [file.name for file in tmp_path.iterdir()] == [other.name]


async def test_on_the_command_line(tmp_path: Path) -> None:
    database = tmp_path / "muster.db"
    async with opened(str(database)) as store:
        put_pair(tmp_path / "files", "2025-01-01")
        await take(store, tmp_path / "files")
        fingerprint = await mark(store)

    def typed(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, list(words))
        return result.exit_code, result.output

    code, said = await asyncio.to_thread(typed, "backup", "--out", str(tmp_path / "out"), "--db", str(database))
    assert code == 0
    assert "restored and compared: good" in said
    assert fingerprint in said
    (file,) = (tmp_path / "out").glob("*.db")
    code, said = await asyncio.to_thread(typed, "restore", str(file), "--db", str(tmp_path / "new.db"))
    assert code == 0
    assert fingerprint in said
    code, said = await asyncio.to_thread(typed, "restore", str(file), "--db", str(tmp_path / "new.db"))
    assert (code, "is not empty" in said) == (1, True)
    code, said = await asyncio.to_thread(typed, "restore", str(file))
    assert (code, "say which database" in said) == (2, True)
    shutil.copyfile(file, tmp_path / "alone.db")
    code, said = await asyncio.to_thread(typed, "restore", str(tmp_path / "alone.db"), "--db", str(tmp_path / "b.db"))
    assert (code, "no note beside" in said) == (0, True)
