"""A distant folder taken in as it goes on: slow writers, servers that die, disks that fill, clocks that are wrong."""

import asyncio
import itertools
import os
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from muster.collect import patrol as patrolling
from muster.collect.pace import Pace
from muster.collect.patrol import Patrol
from muster.collect.sftp import SftpCollector
from muster.collect.state import Board, Noting, State
from muster.rounds.importer import Importer, ServerChoice
from muster.store.collectors import noted
from muster.store.engine import Store
from tests.building import content, named, put_pair, six
from tests.collect.ssh import Server, new_host_key, remote, trusted
from tests.importer.working import opened, query, register, statuses


class Tick:
    """Seconds that go on only when they are told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Watch:
    """A patrol that is led through its looks one by one."""

    def __init__(
        self, server: Server, store: Store, name: str = "main", zone: str = "UTC", quiet: float | None = None
    ) -> None:
        self.tick = Tick()
        self.board = Board()
        collector = SftpCollector(remote(server, name))
        self.sign = self.board.sign(name, "sftp", collector.place)
        importer = Importer(store, ServerChoice(name=name, zones={name: zone}))
        pace = Pace(chance=random.Random(1))
        self.patrol = Patrol(collector, store, importer, self.sign, zone, pace=pace, quiet=quiet, tick=self.tick)
        self.collector = collector

    async def look(self, seconds: float = 2.0) -> State:
        """The next look, so many seconds after the last; the state it leaves."""
        self.tick.now += seconds
        await self.patrol._turn()
        return self.sign.health.state

    async def close(self) -> None:
        await self.collector.close()


@asynccontextmanager
async def watching(server: Server, url: str) -> AsyncIterator[tuple[Watch, Store]]:
    async with opened(url) as store:
        watch = Watch(server, store)
        try:
            yield watch, store
        finally:
            await watch.close()


def aged(folder: Path, ago: float = 3600) -> None:
    for path in folder.iterdir():
        os.utime(path, (time.time() - ago, time.time() - ago))


STIRS = itertools.count(1)


def stirred(folder: Path) -> None:
    """Something came: by the folder's time, whose grain is a second, in another second than what came before."""
    moment = time.time() + 2 * next(STIRS)
    os.utime(folder, (moment, moment))


async def test_what_is_there_and_what_comes(server: Server, db_url: str) -> None:
    put_pair(server.folder)
    async with watching(server, db_url) as (watch, store):
        assert await watch.look() is State.OK
        assert await watch.look() is State.OK
        assert set((await statuses(store)).values()) == {"paired"}
        files = put_pair(server.folder, "2025-01-02")
        stirred(server.folder)
        for _ in range(3):
            assert await watch.look() is State.OK
        assert len(await statuses(store)) == 4
        assert watch.sign.health.newest == files[1].name
        assert {zone for (zone,) in await query(store, "SELECT timezone FROM servers")} == {"UTC"}


async def test_a_slow_writer_is_waited_for(server: Server, db_url: str) -> None:
    """Whatever is looked at between two pieces, not half a round is stored."""
    whole = content(1, *six())
    pieces = [whole[at : at + 97] for at in range(0, len(whole), 97)]
    async with watching(server, db_url) as (watch, store):
        await watch.look()
        with (server.folder / named()).open("wb") as stream:
            stirred(server.folder)
            for piece in pieces:
                stream.write(piece)
                stream.flush()
                await watch.look(0.5)
        assert await register(store) == []
        await watch.look(2.0)
        await watch.look(2.0)
        assert await register(store) == [(named(), "imported", "")]
        assert await query(store, "SELECT count(*) FROM player_stats") == [(6,)]


async def test_a_writer_that_stops_within_a_line(server: Server, sqlite_url: str) -> None:
    whole = content(1, *six())
    async with watching(server, sqlite_url) as (watch, store):
        await watch.look()
        path = server.folder / named()
        path.write_bytes(whole[:-20])
        stirred(server.folder)
        for _ in range(4):
            assert await watch.look(2.0) is State.OK
        assert await register(store) == []
        path.write_bytes(whole)
        for _ in range(3):
            await watch.look(2.0)
        assert await register(store) == [(named(), "imported", "")]


async def test_nothing_new_costs_one_question(server: Server, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put_pair(server.folder)
    aged(server.folder)
    async with watching(server, sqlite_url) as (watch, _):
        for _ in range(3):
            await watch.look()
        listed = 0
        entries = watch.collector.entries

        async def counted() -> object:
            nonlocal listed
            listed += 1
            return await entries()

        monkeypatch.setattr(watch.collector, "entries", counted)
        for _ in range(5):
            assert await watch.look() is State.OK
        assert listed == 0
        watch.patrol.nudge.set()
        await watch.look()
        assert listed == 1
        await watch.look(patrolling.RELIST)
        assert listed == 2


async def test_after_a_start_what_is_known_stays_where_it_is(
    server: Server, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_pair(server.folder)
    aged(server.folder)
    async with watching(server, sqlite_url) as (watch, store):
        await watch.look()
        await watch.look()
        again = Watch(server, store)

        async def never(*given: object) -> object:
            raise AssertionError("nothing is to be fetched")

        monkeypatch.setattr(again.collector, "fetch", never)
        assert await again.look() is State.OK
        assert await again.look() is State.OK
        await again.close()


async def test_a_server_that_dies_in_the_middle(server: Server, db_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What came is stored, nothing by halves, and the rest comes when it is back."""
    for day in range(1, 9):
        put_pair(server.folder, f"2025-01-{day:02d}")
    aged(server.folder)
    monkeypatch.setattr("muster.collect.bringing.PORTION", 4)
    async with watching(server, db_url) as (watch, store):
        fetch, portions = watch.collector.fetch, 0

        async def dying(*given: object) -> object:
            nonlocal portions
            portions += 1
            if portions == 3:
                await server.stop()
            return await fetch(*given)  # type: ignore[arg-type]

        monkeypatch.setattr(watch.collector, "fetch", dying)
        await watch.look()
        assert await watch.look() is State.UNREACHABLE
        some = await statuses(store)
        assert 0 < len(some) < 16
        assert set(some.values()) == {"paired"}
        since = watch.sign.health.since
        assert await watch.look() is State.UNREACHABLE
        assert watch.sign.health.since == since
        await server.start()
        await watch.look()
        assert await watch.look() is State.OK
        assert len(await statuses(store)) == 16
        assert set((await statuses(store)).values()) == {"paired"}


async def test_another_host_key_is_refused_until_it_is_trusted(server: Server, sqlite_url: str) -> None:
    async with watching(server, sqlite_url) as (watch, store):
        assert await watch.look() is State.OK
        await server.stop()
        new_host_key(server)
        await server.start()
        put_pair(server.folder)
        stirred(server.folder)
        await watch.look()
        assert await watch.look() is State.KEY_CHANGED
        assert "muster collector trust main" in watch.sign.health.cure
        assert await register(store) == []
        trusted(server)
        await watch.look()
        await watch.look()
        assert watch.sign.health.state is State.OK
        assert len(await register(store)) == 2


async def test_a_file_that_may_not_be_read_does_not_hold_up_others(
    server: Server, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.getuid() == 0 and server.user != "nobody":
        pytest.skip("root may read everything")
    denied, _ = put_pair(server.folder)
    denied.chmod(0)
    async with watching(server, sqlite_url) as (watch, store):
        await watch.look()
        assert await watch.look() is State.DENIED
        assert denied.name in watch.sign.health.detail
        assert len(await register(store)) == 1
        put_pair(server.folder, "2025-01-02")
        stirred(server.folder)
        await watch.look()
        assert await watch.look() is State.DENIED
        assert len(await register(store)) == 3
        denied.chmod(0o644)
        assert await watch.look(patrolling.DENIED_PAUSE) is State.OK
        assert len(await register(store)) == 4


async def test_a_folder_that_may_no_longer_be_read(server: Server, sqlite_url: str) -> None:
    if os.getuid() == 0 and server.user != "nobody":
        pytest.skip("root may read everything")
    put_pair(server.folder)
    async with watching(server, sqlite_url) as (watch, store):
        await watch.look()
        server.folder.chmod(0)
        try:
            assert await watch.look() is State.DENIED
            assert "chmod o+rx" in watch.sign.health.cure
        finally:
            server.folder.chmod(0o755)
        await watch.look()
        assert await watch.look() is State.OK
        assert len(await register(store)) == 2


async def test_no_room_and_then_room(server: Server, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put_pair(server.folder)

    def full(path: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    async with watching(server, sqlite_url) as (watch, store):
        await watch.look()
        with monkeypatch.context() as patched:
            patched.setattr(Path, "write_bytes", full)
            assert await watch.look() is State.DISK_FULL
        assert await register(store) == []
        await watch.look()
        assert await watch.look() is State.OK
        assert len(await register(store)) == 2


async def test_a_database_without_room(sqlite_url: str, server: Server) -> None:
    """SQLite itself says so, where its file may not grow."""
    for day in range(1, 21):
        put_pair(server.folder, f"2025-01-{day:02d}")
    async with watching(server, sqlite_url) as (watch, store):
        await watch.look()
        await limit(store, 1)
        assert await watch.look() is State.DISK_FULL
        await limit(store, 1_000_000)
        await watch.look()
        assert await watch.look() is State.OK
        assert len(await register(store)) == 40


async def limit(store: Store, pages: int) -> None:
    """As large as the database may become, in all of its connections."""
    import sqlalchemy as sa

    held = [await store.engine.connect() for _ in range(4)]
    for connection in held:
        await connection.execute(sa.text(f"PRAGMA max_page_count = {pages}"))
    for connection in held:
        await connection.close()


@pytest.mark.parametrize(
    ("stamp", "written", "words"),
    [
        (timedelta(0), timedelta(minutes=-20), "20 min behind"),
        (timedelta(hours=2), timedelta(0), "2 h ahead of what the time zone UTC gives"),
    ],
)
async def test_a_clock_that_is_wrong_is_told_and_rounds_come_in(
    server: Server, sqlite_url: str, stamp: timedelta, written: timedelta, words: str
) -> None:
    async with watching(server, sqlite_url) as (watch, store):
        await watch.look()
        now = datetime.now(UTC)
        path = server.folder / named(f"{now + stamp:%Y-%m-%d-%H%M%S}")
        path.write_bytes(content(1, *six()))
        os.utime(path, ((now + written).timestamp(),) * 2)
        stirred(server.folder)
        for _ in range(3):
            state = await watch.look()
        assert state is State.CLOCK_OFF
        assert words in watch.sign.health.detail
        assert len(await register(store)) == 1
        right = server.folder / named(f"{now + timedelta(seconds=1):%Y-%m-%d-%H%M%S}")
        right.write_bytes(content(1, *six(xp=3)))
        stirred(server.folder)
        assert (await watch.look(), watch.sign.health.detail) == (State.OK, "")


async def test_a_time_zone_that_was_another_one(server: Server, sqlite_url: str) -> None:
    put_pair(server.folder)
    async with watching(server, sqlite_url) as (watch, store):
        await watch.look()
        await watch.look()
        put_pair(server.folder, "2025-01-02")
        moved = Watch(server, store, zone="Asia/Tokyo")
        await moved.look()
        assert await moved.look() is State.SETTINGS
        assert "muster rebuild" in moved.sign.health.detail
        await moved.close()


async def test_two_servers_in_two_zones(server: Server, sqlite_url: str) -> None:
    """Both write the same file name; their clocks make it two moments."""
    put_pair(server.folder)
    async with opened(sqlite_url) as store:
        watches = [Watch(server, store, "berlin", "Europe/Berlin"), Watch(server, store, "tokyo", "Asia/Tokyo")]
        for _ in range(2):
            await asyncio.gather(*(watch.look() for watch in watches))
        found = await query(
            store,
            "SELECT s.name, s.timezone, count(*) FROM rounds r JOIN servers s ON s.id = r.server_id"
            " GROUP BY s.name, s.timezone ORDER BY s.name",
        )
        assert found == [("berlin", "Europe/Berlin", 2), ("tokyo", "Asia/Tokyo", 2)]
        for watch in watches:
            await watch.close()


async def test_a_stop_in_the_middle(server: Server, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The portions that are here are finished, no more are fetched, and the next start goes on from there."""
    for day in range(1, 9):
        put_pair(server.folder, f"2025-01-{day:02d}")
    aged(server.folder)
    monkeypatch.setattr("muster.collect.bringing.PORTION", 2)
    async with watching(server, sqlite_url) as (watch, store):
        fetch, stop = watch.collector.fetch, asyncio.Event()

        async def stopping(*given: object) -> object:
            stop.set()
            return await fetch(*given)  # type: ignore[arg-type]

        with monkeypatch.context() as patched:
            patched.setattr(watch.collector, "fetch", stopping)
            watch.patrol._stop = stop
            await watch.look()
            await watch.look()
        some = await statuses(store)
        assert 0 < len(some) < 16
        assert set(some.values()) == {"paired"}
        again = Watch(server, store)
        await again.look()
        await again.look()
        assert len(await statuses(store)) == 16
        await again.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


async def test_it_runs_until_it_is_stopped(server: Server, sqlite_url: str) -> None:
    """With real time: a file that comes is stored, a nudge is heard, a stop ends it, and what it shows is kept."""
    put_pair(server.folder)
    async with opened(sqlite_url) as store:
        watch = Watch(server, store, quiet=0.05)
        stop = asyncio.Event()
        watch.patrol._tick = time.monotonic
        noting = Noting(watch.board, store)
        tasks = [asyncio.create_task(watch.patrol.run(stop)), asyncio.create_task(noting.run(stop))]
        await until(lambda: watch.sign.health.newest is not None)
        looks = watch.patrol.looks
        watch.patrol.nudge.set()
        await until(lambda: watch.patrol.looks > looks)
        stop.set()
        await asyncio.gather(*tasks)
        async with store.read() as reader:
            (row,) = await noted(reader)
        assert (row.server, row.kind, row.state) == ("main", "sftp", "ok")
        assert row.newest == watch.sign.health.newest
        assert len(await register(store)) == 2
