"""How parts are: signs, metrics, the endpoint, room on disks, parts that begin again."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from muster.community.days import DayRule
from muster.community.recorder import Recorder
from muster.community.spill import Spill
from muster.config import load
from muster.ops import parts
from muster.ops.care import Care
from muster.ops.disk import GB, DiskGuard
from muster.ops.endpoint import Endpoint
from muster.ops.health import SILENT, Behind, Checkup, Health, Level, Vital, known
from muster.ops.metrics import FIGURES, Metrics
from muster.ops.parts import Misconfigured, Part, PartDied, supervise
from muster.rounds.importer import Importer, find
from muster.store.engine import Store
from tests.building import put_pair
from tests.community.telling import talk
from tests.conftest import ROOT
from tests.importer.working import change, opened, query

AT = datetime(2025, 1, 10, 20, 0, tzinfo=UTC)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = AT

    def __call__(self) -> datetime:
        return self.at


class Room(NamedTuple):
    """A disk."""

    total: int
    free: int


def test_a_sign() -> None:
    clock, lag = Clock(), [0.0]
    health = Health(clock)
    sign = health.part("counter", lambda: lag[0], most=60)
    assert sign.vital() == Vital("counter", Level.OK, None, 0.0)
    sign.done()
    clock.at += timedelta(minutes=3)
    lag[0] = 61
    assert sign.vital() == Vital("counter", Level.LAGGING, AT, 61, "61 s behind")
    sign.failed("no room", "make some")
    assert sign.vital() == Vital("counter", Level.FAILING, AT, 61, "no room", "make some")
    lag[0] = 1
    sign.done()
    assert sign.vital() == Vital("counter", Level.OK, clock.at, 1)


def test_being_behind_is_waiting_without_progress() -> None:
    now, waiting, gone = [0.0], [0], [0]
    behind = Behind(lambda: waiting[0], lambda: gone[0], lambda: now[0])
    now[0] = 3600
    assert behind() == 0, "nothing waits"
    waiting[0] = 5
    now[0] += 30
    assert behind() == 30
    gone[0] += 1
    assert behind() == 0, "some of it went"
    now[0] += 10
    assert behind() == 10


async def test_what_is_noted_is_what_others_see(db_url: str) -> None:
    clock = Clock()
    health = Health(clock)
    health.part("counter").failed("no room", "make some")
    health.figures["muster_disk_free_bytes"] = 5.0
    async with opened(db_url) as store:
        stop = asyncio.Event()
        task = asyncio.create_task(Checkup(health, store, every=0.01).run(stop))
        while not await query(store, "SELECT 1 FROM health_states"):
            await asyncio.sleep(0.01)
        stop.set()
        await task
        async with store.read() as reader:
            (one,) = await known(reader, clock.at)
            (later,) = await known(reader, clock.at + SILENT + timedelta(seconds=1))
    assert one.state == health.latest
    assert not one.state.ok
    assert (one.process, one.silent, later.silent) == ("run", False, True)


@pytest.mark.parametrize(
    ("total", "free", "level", "texts"),
    [
        (1000, 6, Level.OK, True),
        (1000, 4.9, Level.LAGGING, True),
        (1000, 0.9, Level.FAILING, False),
        (20, 1.5, Level.OK, True),
        (20, 0.9, Level.LAGGING, True),
        (20, 0.19, Level.FAILING, False),
    ],
)
def test_room_on_disks(tmp_path: Path, total: float, free: float, level: Level, texts: bool) -> None:
    """Settings weigh on large disks, shares on small ones."""
    guard = DiskGuard([tmp_path], 5, 1, lambda _: Room(int(total * GB), int(free * GB)))
    vital = guard.look()
    assert (vital.level, guard.keeps_texts) == (level, texts)
    assert ("counted and not kept" in vital.detail) is not texts


def test_the_fullest_disk_counts(tmp_path: Path) -> None:
    rooms = {tmp_path: Room(1000 * GB, 900 * GB), tmp_path / "other": Room(1000 * GB, 3 * GB)}
    guard = DiskGuard(list(rooms), 5, 1, lambda folder: rooms[folder])
    assert str(tmp_path / "other") in guard.look().detail
    assert guard.free == 3 * GB


async def test_texts_stop_before_counting_and_come_back(sqlite_url: str, tmp_path: Path) -> None:
    free = [100 * GB]
    guard = DiskGuard([tmp_path], 5, 1, lambda _: Room(1000 * GB, free[0]))
    messages = [msgspec.structs.replace(message, text="words") for message in talk(90, 3, channels=3)]
    async with opened(sqlite_url) as store:
        await change(store, "INSERT INTO bot_config VALUES ('chat_logging.enabled', 'true')")
        recorder = Recorder(store, lambda *_: DayRule(), Spill(tmp_path / "spill"), seconds=0.01, look_back=1 << 50)
        recorder.keeps_texts = lambda: guard.keeps_texts
        stop = asyncio.Event()
        task = asyncio.create_task(recorder.run(stop))
        await recorder.ready()
        kept = []
        for number, room in enumerate((100.0, 0.9, 1.1, 1.3)):
            free[0] = int(room * GB)
            guard.look()
            for message in messages[number * 20 : number * 20 + 20]:
                assert recorder.offer(message)
            while recorder.counted < number * 20 + 20:
                await asyncio.sleep(0.01)
            kept.append((await query(store, "SELECT count(*) FROM chat_log"))[0][0])
        stop.set()
        await task
        ((counted,),) = await query(store, "SELECT sum(messages) FROM user_totals")
    assert counted == 80, "all of them are counted"
    assert 0 < kept[0] == kept[1] == kept[2] < kept[3], "kept again with some room to spare"


@asynccontextmanager
async def cared(store: Store, home: Path, **values: Any) -> AsyncIterator[tuple[Care, str]]:
    """What looks after a program, and where it answers."""
    url = store.url.render_as_string(hide_password=False)
    care = Care(load(database_url=url, backup_folder=home / "backups", **values), store)
    endpoint = Endpoint("127.0.0.1", 0, care.health, care.metrics)
    stop = asyncio.Event()
    task = asyncio.create_task(endpoint.run(stop))
    while endpoint.address is None:
        await asyncio.sleep(0.01)
    try:
        yield care, "http://{}:{}".format(*endpoint.address)
    finally:
        stop.set()
        await task


async def asked(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def test_the_endpoint(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store, cared(store, tmp_path) as (care, url):
        await care.health.take()
        status, text = await asked(f"{url}/healthz")
        told = json.loads(text)
        assert (status, told["ok"]) == (200, True)
        assert {vital["part"] for vital in told["vitals"]} >= {"database", "posts", "backup", "disk"}
        care.health.part("counter").failed("no room")
        await care.health.take()
        status, text = await asked(f"{url}/healthz")
        assert (status, json.loads(text)["ok"]) == (503, False)
        assert (await asked(f"{url}/elsewhere"))[0] == 404


async def test_every_metric_is_there_and_written_down(db_url: str, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    put_pair(tmp_path / "files")
    async with opened(db_url) as store, cared(store, tmp_path) as (care, url):
        recorder = Recorder(store, lambda *_: DayRule(), Spill(tmp_path / "spill"), seconds=0.01, look_back=1 << 50)
        care.recorder(recorder)
        care.gateway(lambda: 0.05)
        await care.importer(Importer(store)).run(find([tmp_path / "files"])[0])
        stop = asyncio.Event()
        task = asyncio.create_task(recorder.run(stop))
        await recorder.ready()
        for message in talk(30, 3):
            recorder.offer(message)
        while recorder.counted < 30:
            await asyncio.sleep(0.01)
        stop.set()
        await task
        await care.health.take()
        found = {one.name: one for one in text_string_to_metric_families((await asked(f"{url}/metrics"))[1])}
    assert found["muster_rounds_imported"].samples[0].value == 2
    assert found["muster_messages_counted"].samples[0].value == 30
    assert found["muster_gateway_latency_seconds"].samples[0].value == 0.05
    assert found["muster_database_bytes"].samples[0].value > 10_000
    assert found["process_open_fds"].samples[0].value > 0
    late = {"muster_backup_age_seconds", "muster_incidents_open"}
    assert set(FIGURES) - late <= set(found)
    for name, one in found.items():
        written = f"{name}_total" if one.type == "counter" else name
        assert f"`{written}`" in page, f"docs/operations.md does not tell of {written}"
    for name in FIGURES:
        assert f"`{name}`" in page


async def test_a_database_that_is_away_is_said(tmp_path: Path) -> None:
    from muster.store.engine import parse_url

    async with Store(parse_url("postgresql://me@127.0.0.1:1/muster")) as store:
        settings = load(database_url="postgresql://me@127.0.0.1:1/muster", backup_folder=tmp_path)
        care = Care(settings, store)
        state = await care.health.take()
        assert b"muster_part_ok" in Metrics(care.health).text()
    assert not state.ok
    (vital,) = [vital for vital in state.vitals if vital.part == "database"]
    assert "can't use the database" in vital.detail


async def test_a_backup_that_is_missing_or_failed_is_said(sqlite_url: str, tmp_path: Path) -> None:
    from muster.store import backup, jobs

    async with opened(sqlite_url) as store:
        care = Care(load(database_url=sqlite_url, backup_folder=tmp_path / "kept"), store)
        now = datetime.now(UTC).replace(microsecond=0)

        async def said() -> Vital:
            return next(vital for vital in (await care.health.take()).vitals if vital.part == "backup")

        assert (await said()).level is Level.OK, "it may still come"
        async with store.write() as writer:
            await jobs.begin(writer, "backup", now, now)
            await jobs.end(writer, "backup", now, "no room: make some", well=False)
        assert ((await said()).level, (await said()).detail) == (Level.FAILING, "no room: make some")
        await backup.backup(sqlite_url, tmp_path / "kept", now + timedelta(seconds=1))
        assert (await said()).level is Level.OK, "one by hand is as good"
        care.health.clock = lambda: now + timedelta(hours=60)
        assert "is 60 h old" in (await said()).detail


class Breaking:
    """A part that breaks so often, and then goes on."""

    def __init__(self, times: int, error: Exception) -> None:
        self.begun = 0
        self._times = times
        self._error = error

    async def run(self, stop: asyncio.Event) -> None:
        self.begun += 1
        if self.begun <= self._times:
            raise self._error
        await stop.wait()


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PAUSE", 0.0)


@pytest.mark.usefixtures("no_pause")
async def test_a_part_begins_again_as_often_as_it_may() -> None:
    breaking, stop = Breaking(3, ZeroDivisionError("a bug")), asyncio.Event()
    task = asyncio.create_task(supervise([Part("a", breaking.run, restarts=3)], stop))
    while breaking.begun < 4:
        await asyncio.sleep(0)
    stop.set()
    await task


@pytest.mark.usefixtures("no_pause")
async def test_and_not_more_often() -> None:
    breaking = Breaking(9, ZeroDivisionError("a bug"))
    with pytest.raises(PartDied, match="a: a bug"):
        await supervise([Part("a", breaking.run, restarts=3)], asyncio.Event())
    assert breaking.begun == 4


async def test_what_only_a_person_can_set_right_ends_it() -> None:
    breaking = Breaking(9, Misconfigured("set it"))
    with pytest.raises(PartDied, match="set it"):
        await supervise([Part("a", breaking.run, restarts=3)], asyncio.Event())
    assert breaking.begun == 1
