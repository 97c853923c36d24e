"""Connections and transactions, alike on both databases: URLs, one writer, unchanging readers, moments."""

import asyncio
import gc
import sqlite3
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa

from muster.store.engine import Store, StoreError, parse_url
from muster.store.files import Server, add_server, all_servers
from muster.store.quick import QuickConnection
from muster.store.schema import player_aliases as aliases
from muster.store.schema import players, ratings, servers
from muster.store.upgrade import check, upgrade
from tests.importer.working import opened, query, start

# --------------------------------------------------------------------------------------------------------------- URLs


@pytest.mark.parametrize(
    ("text", "driver", "database"),
    [
        ("muster.db", "sqlite+aiosqlite", "muster.db"),
        ("/var/lib/muster.db", "sqlite+aiosqlite", "/var/lib/muster.db"),
        ("sqlite:///muster.db", "sqlite+aiosqlite", "muster.db"),
        ("sqlite:////var/lib/muster.db", "sqlite+aiosqlite", "/var/lib/muster.db"),
        ("sqlite+aiosqlite:///muster.db", "sqlite+aiosqlite", "muster.db"),
        ("postgres://me@host/muster", "postgresql+asyncpg", "muster"),
        ("postgresql://me:pw@host:5433/muster", "postgresql+asyncpg", "muster"),
        ("postgresql+asyncpg://me@/muster?host=/run", "postgresql+asyncpg", "muster"),
    ],
)
def test_urls(text: str, driver: str, database: str) -> None:
    url = parse_url(text)
    assert (url.drivername, url.database) == (driver, database)


def test_a_path_may_begin_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/tmp/ann")
    assert parse_url("~/muster.db").database == "/tmp/ann/muster.db"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mysql://me:hunter2@host/muster", "mysql:// is no database Muster knows; use sqlite:// or postgresql://"),
        ("postgresql+psycopg2://me:hunter2@host/x", "postgresql+psycopg2:// is no database Muster knows"),
        ("sqlite://", "names no file"),
        ("sqlite:///", "names no file"),
        ("://", "can't be read"),
        ("postgresql://me:hunter2@host:port/muster", "can't be read"),
        ("postgresql://me:hunter2", "can't be read"),
        ("postgresql://me:hunter2/muster", "can't be read"),
    ],
)
def test_a_wrong_url_is_an_error_that_names_the_right_form(text: str, message: str) -> None:
    with pytest.raises(StoreError) as refused:
        parse_url(text)
    assert message in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "cure"),
    [
        ("postgresql://me:hunter2@127.0.0.1:1/muster", "is PostgreSQL running there"),
        ("postgresql://me:hunter2@host.invalid/muster", "check the host's name"),
        ("postgresql://me:hunter2@/muster?host=/nowhere", "is its socket in that folder"),
    ],
)
async def test_a_database_out_of_reach_is_named_with_its_cure_and_without_its_password(url: str, cure: str) -> None:
    async with Store(parse_url(url)) as store:
        for attempt in (upgrade, check):
            with pytest.raises(StoreError, match="can't use the database") as refused:
                await attempt(store)
            assert cure in str(refused.value)
            assert "hunter2" not in str(refused.value)
            assert "\n" not in str(refused.value)


async def test_a_database_that_does_not_exist(postgresql_url: str) -> None:
    async with Store(parse_url(postgresql_url.replace("/test_", "/no_test_"))) as store:
        with pytest.raises(StoreError, match="does not exist"):
            await upgrade(store)


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but a page of notes\n" * 100)
    before, threads = path.read_bytes(), threading.active_count()
    try:
        async with Store(parse_url(str(path))) as store:
            with pytest.raises(StoreError, match="file is not a database; choose another file with --db"):
                await upgrade(store)
        assert path.read_bytes() == before
        assert threading.active_count() == threads
    finally:
        gc.collect()  # one left over would complain later, in another test
        await asyncio.sleep(0.1)


async def test_a_new_file_that_somebody_writes_is_waited_for(tmp_path: Path) -> None:
    """SQLite does not wait by itself there: two that make the same database would stop each other."""
    first = sqlite3.connect(tmp_path / "muster.db", isolation_level=None, check_same_thread=False)
    first.execute("CREATE TABLE t (x)")
    first.execute("BEGIN IMMEDIATE")
    first.execute("INSERT INTO t VALUES (1)")
    asyncio.get_running_loop().call_later(0.3, first.execute, "COMMIT")
    async with Store(parse_url(str(tmp_path / "muster.db"))) as store, store.read() as reader:
        assert await reader.scalar(sa.text("SELECT count(*) FROM t")) == 1
        assert await reader.scalar(sa.text("PRAGMA journal_mode")) == "wal"
    first.close()


async def test_a_folder_is_no_database(tmp_path: Path) -> None:
    async with Store(parse_url(str(tmp_path))) as store:
        with pytest.raises(StoreError, match="unable to open database file"):
            await upgrade(store)
    await asyncio.sleep(0.1)  # aiosqlite's thread still has something to tell this loop


async def test_missing_folders_are_made(tmp_path: Path) -> None:
    async with opened(str(tmp_path / "some" / "where" / "muster.db")) as store:
        assert await query(store, "SELECT count(*) FROM rounds") == [(0,)]


async def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    async with Store(parse_url(str(tmp_path / "file" / "muster.db"))) as store:
        with pytest.raises(StoreError, match="can't make the folder"):
            await upgrade(store)


# ------------------------------------------------------------------------------------------------------- transactions


async def names(store: Store) -> list[str]:
    async with store.read() as reader:
        return [server.name for server in await all_servers(reader)]


async def add_and_fail(store: Store, error: type[BaseException]) -> None:
    async with store.write() as writer:
        await add_server(writer, error.__name__, "UTC")
        raise error


async def test_a_transaction_is_kept_whole_or_not_at_all(db_url: str) -> None:
    async with opened(db_url) as store:
        async with store.write() as writer:
            await add_server(writer, "kept", "UTC")
        for error in (ZeroDivisionError, asyncio.CancelledError, KeyboardInterrupt):
            with pytest.raises(error):
                await add_and_fail(store, error)
        assert await names(store) == ["kept"]


async def test_one_writer_at_a_time(db_url: str) -> None:
    """Four writers of two stores count up: nobody overwrites another's step."""

    async def count_up(store: Store) -> None:
        for _ in range(5):
            async with store.write() as writer:
                (mu,) = await writer.first(sa.select(ratings.c.mu)) or (0.0,)
                await asyncio.sleep(0.001)
                await writer.upsert(ratings, [(1, mu + 1, 0.0, 0)], {"mu": "new.mu"})

    async with opened(db_url) as one, opened(db_url) as two:
        await asyncio.gather(*(count_up(store) for store in (one, two, one, two)))
        assert await query(one, "SELECT mu FROM ratings") == [(20.0,)]


HOLD = """
import asyncio, sys
from muster.store.engine import Store, parse_url
from muster.store.files import add_server

async def main(url):
    async with Store(parse_url(url)) as store, store.write() as writer:
        await add_server(writer, "first", "UTC")
        print("holding", flush=True)
        await asyncio.sleep(0.7)

asyncio.run(main(sys.argv[1]))
"""


async def test_a_writer_waits_for_one_of_another_process(db_url: str) -> None:
    async with opened(db_url) as store:
        other = start(HOLD, db_url)
        assert other.stdout is not None
        assert other.stdout.readline() == "holding\n"
        started = time.monotonic()
        assert await names(store) == []  # readers do not wait
        assert time.monotonic() - started < 0.5
        async with store.write() as writer:
            assert [server.name for server in await all_servers(writer)] == ["first"]
            assert time.monotonic() - started > 0.4
            assert (await add_server(writer, "second", "UTC")).id == 2
        other.communicate()
        assert other.returncode == 0


async def test_a_reader_sees_one_state(db_url: str) -> None:
    async with opened(db_url) as store:
        async with store.read() as reader:
            assert await all_servers(reader) == []
            async with store.write() as writer:
                await add_server(writer, "late", "UTC")
            assert await all_servers(reader) == []
        assert await names(store) == ["late"]


async def test_a_reader_does_not_write(db_url: str) -> None:
    """What is read in a transaction is given back as it was."""
    async with opened(db_url) as store, store.read() as reader:
        assert not hasattr(reader, "run")
        assert not hasattr(reader, "insert")


async def test_many_rows_come_in_portions(db_url: str) -> None:
    async with opened(db_url) as store:
        async with store.write() as writer:
            await writer.insert(servers, [(n, f"s{n}", "UTC") for n in range(2500)])
        async with store.read() as reader:
            parts = [len(part) async for part in reader.stream(sa.select(servers))]
        assert parts == [1000, 1000, 500]


async def test_insert_and_upsert(db_url: str) -> None:
    async with opened(db_url) as store:
        async with store.write() as writer:
            await writer.insert(ratings, [])
            await writer.upsert(ratings, [], {"mu": "new.mu"})
            await writer.insert(ratings, [(1, 1.5, 2.5, 3), (2, 5.0, 1.0, 1)])
            rows = [(1, 10.0, 0.5, 4), (3, 7.0, 7.0, 7)]
            await writer.upsert(ratings, rows, {"mu": "new.mu", "matches": "old.matches + new.matches"})
            await writer.upsert(ratings, [(2, 0.0, 0.0, 1)], {"matches": "old.matches + new.matches"})
        assert await query(store, "SELECT * FROM ratings ORDER BY player_id") == [
            (1, 10.0, 2.5, 7),
            (2, 5.0, 1.0, 2),
            (3, 7.0, 7.0, 7),
        ]


async def test_text_is_kept_as_it_is_and_sorted_by_its_bytes(db_url: str) -> None:
    texts = ["a", "B", "b", "á", "_", "Z", " ", "", "名", "\U0001f42d", "a\u202eb", "'; --", "%s", "\\", "\r\t"]
    async with opened(db_url) as store:
        async with store.write() as writer:
            await writer.insert(players, [(n, text, "X", False, text) for n, text in enumerate(texts)])
        found = await query(store, "SELECT key FROM players ORDER BY key")
        assert [key for (key,) in found] == sorted(texts, key=lambda text: text.encode())


MOMENTS = [
    datetime(2025, 10, 26, 0, 59, 59, tzinfo=UTC),
    datetime(2025, 10, 26, 1, 0, 0, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
    datetime(2100, 2, 28, 12, tzinfo=UTC),
    datetime(2025, 6, 1, 2, 30, tzinfo=timezone(timedelta(hours=5, minutes=30))),
]


async def test_a_moment_comes_back_as_it_was(db_url: str) -> None:
    """Written by the bulk path and by a statement; always aware and in UTC."""
    async with opened(db_url) as store:
        async with store.write() as writer:
            await writer.insert(aliases, [(n, "a", moment, moment, 1) for n, moment in enumerate(MOMENTS)])
            await writer.run(
                sa.insert(aliases),
                [
                    {"player_id": n, "name": "b", "first_seen": moment, "last_seen": moment, "rounds": 1}
                    for n, moment in enumerate(MOMENTS)
                ],
            )
        async with store.read() as reader:
            a = aliases.c
            for name in "ab":
                rows = await reader.all(sa.select(a.first_seen).where(a.name == name).order_by(a.player_id))
                assert [row.first_seen for row in rows] == MOMENTS
                assert all(row.first_seen.tzinfo is UTC for row in rows)
            earlier = sa.select(a.player_id).where(a.name == "a", a.first_seen < MOMENTS[1]).order_by(a.player_id)
            assert [row.player_id for row in await reader.all(earlier)] == [0, 2, 4]


def test_servers_are_values() -> None:
    assert Server(1, "x", "UTC") == Server(1, "x", "UTC")


@pytest.mark.parametrize("turns", range(0, 40, 2))
async def test_who_gives_up_while_a_connection_is_made_leaves_none_behind(sqlite_url: str, turns: int) -> None:
    async def look(store: Store) -> None:
        async with store.read() as reader:
            await reader.scalar(sa.text("SELECT 1"))

    async with Store(parse_url(sqlite_url)) as store:
        task = asyncio.create_task(look(store))
        for _ in range(turns):
            await asyncio.sleep(0.0003)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        del task
        gc.collect()  # a connection left open would warn here, and a warning is an error


async def test_whoever_is_broken_off_leaves_no_lock(sqlite_url: str) -> None:
    """At any moment of a write: while it waits for the lock, in the middle, while it commits."""
    path = parse_url(sqlite_url).database
    async with opened(sqlite_url) as store:

        async def write() -> None:
            async with store.write() as writer:
                await writer.run(sa.text("UPDATE data_version SET version = version + 1"))

        async def broken_off(after: float) -> None:
            task = asyncio.create_task(write())
            await asyncio.sleep(after)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        with closing(sqlite3.connect(str(path), isolation_level=None, timeout=2.0)) as other:
            other.execute("BEGIN IMMEDIATE")
            waiting = asyncio.create_task(broken_off(0.1))
            await asyncio.sleep(0.2)
            other.rollback()
            await waiting
            for step in range(40):
                await broken_off(step / 5_000)
                other.execute("BEGIN IMMEDIATE")
                other.rollback()
        await write()


async def test_a_driver_that_fails_before_a_write_is_the_stores_trouble(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    async with opened(sqlite_url) as store:
        monkeypatch.setattr(QuickConnection, "all_of", failing)
        with pytest.raises(StoreError, match="disk I/O error"):
            async with store.write():
                raise AssertionError("nothing is written")
