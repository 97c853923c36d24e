"""The night's work is done once a night, whoever does it, and what was missed is done after the next start."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from muster.community.retention import Retention
from muster.config import load
from muster.ops import keeping
from muster.ops.night import RIGHT, Job, JobFailed, Night, Schedule
from muster.store import backup_files, jobs
from muster.store.engine import Store, StoreError
from muster.store.sole import sole
from tests.building import put_pair
from tests.importer.working import opened, take
from tests.store.tools import use_the_servers_own_tools

BERLIN = Schedule("Europe/Berlin", 4)
EVENING = datetime(2025, 1, 10, 20, 0, tzinfo=UTC)
NIGHT = timedelta(days=1)


class Clock:
    """A clock that is set by hand."""

    def __init__(self, at: datetime = EVENING) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


class Work:
    """Jobs that note when they were done."""

    def __init__(self, *names: str) -> None:
        self.done: list[str] = []
        self.fails: Exception | None = None
        self.jobs = [Job(name, partial(self._do, name)) for name in names]

    async def _do(self, name: str) -> str:
        self.done.append(name)
        if self.fails is not None:
            raise self.fails
        return f"{name} is done"


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        ("2025-01-10T03:30", "2025-01-10T03:00"),
        ("2025-01-10T02:59", "2025-01-09T03:00"),
        ("2025-07-10T02:00", "2025-07-10T02:00"),
        ("2025-03-30T20:00", "2025-03-30T02:00"),
        ("2025-10-26T02:30", "2025-10-25T02:00"),
        ("2025-10-26T03:30", "2025-10-26T03:00"),
    ],
)
def test_nights_are_those_of_the_zone(now: str, wanted: str) -> None:
    assert BERLIN.last(datetime.fromisoformat(now).replace(tzinfo=UTC)) == datetime.fromisoformat(wanted).replace(
        tzinfo=UTC
    )


def test_an_hour_that_the_clock_skips() -> None:
    at = Schedule("Europe/Berlin", 2).last(datetime(2025, 3, 30, 12, 0, tzinfo=UTC))
    assert at == datetime(2025, 3, 30, 1, 0, tzinfo=UTC)


async def test_once_a_night_in_their_order(db_url: str) -> None:
    clock, work = Clock(), Work("a", "b")
    async with opened(db_url) as store:
        night = Night(store, BERLIN, work.jobs, clock=clock)
        assert await night.look() == [], "a new database missed nothing"
        for _ in range(3):
            clock.at += NIGHT
            assert await night.look() == ["a", "b"]
            clock.at += timedelta(minutes=1)
            assert await night.look() == []
        clock.at += 5 * NIGHT
        assert await Night(store, BERLIN, work.jobs, clock=clock).look() == ["a", "b"], "missed: done once"
        async with store.read() as reader:
            run = (await jobs.runs(reader))["b"]
    assert work.done == ["a", "b"] * 4
    assert (run.said, run.due, run.succeeded == run.ended) == ("b is done", BERLIN.last(clock.at), True)


async def test_of_several_processes_one_does_it(db_url: str) -> None:
    clock, work = Clock(), Work("a", "b", "c")
    async with opened(db_url) as one, opened(db_url) as two, opened(db_url) as three:
        nights = [Night(store, BERLIN, work.jobs, clock=clock) for store in (one, two, three)]
        await nights[0].look()
        clock.at += NIGHT
        found = await asyncio.gather(*(night.look() for night in nights))
        assert sum(map(len, found)) == 3
        async with sole(one, *RIGHT):
            clock.at += NIGHT
            assert await nights[1].look() == []
        assert await nights[2].look() == ["a", "b", "c"]
    assert work.done == ["a", "b", "c"] * 2


_PROCESS = """
import asyncio, os, sys
from datetime import datetime
from muster.ops.night import Job, Night, Schedule
from muster.store.engine import Store, parse_url

async def note(name):
    with open(sys.argv[2], "a") as file:
        file.write(f"{name} {os.getpid()}\\n")
    await asyncio.sleep(0.3)
    return "noted"

async def main():
    work = [Job("a", lambda: note("a")), Job("b", lambda: note("b"))]
    async with Store(parse_url(sys.argv[1])) as store:
        night = Night(store, Schedule("UTC", 3), work, clock=lambda: datetime.fromisoformat(sys.argv[3]))
        for _ in range(20):
            await night.look()
            await asyncio.sleep(0.05)

asyncio.run(main())
"""


async def test_of_several_processes_of_their_own_one_does_it(db_url: str, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    async with opened(db_url) as store:
        await Night(store, Schedule("UTC", 3), Work("a", "b").jobs, clock=Clock()).look()
    began = (EVENING + NIGHT).isoformat()
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", _PROCESS, db_url, str(notes), began)
        for _ in range(3)
    ]
    assert [await process.wait() for process in processes] == [0, 0, 0]
    assert [line.split()[0] for line in notes.read_text().splitlines()] == ["a", "b"]


async def test_what_a_process_died_over_is_done_again(db_url: str) -> None:
    clock, work = Clock(), Work("a", "b")
    async with opened(db_url) as store:
        night = Night(store, BERLIN, work.jobs, clock=clock)
        await night.look()
        clock.at += NIGHT
        async with store.write() as writer:
            assert await jobs.begin(writer, "a", BERLIN.last(clock.at), clock.at)
        assert await night.look() == ["a", "b"]


@pytest.mark.parametrize("error", [JobFailed("no room: make some"), StoreError("away"), OSError("gone"), KeyError("x")])
async def test_one_that_fails_holds_up_nobody(sqlite_url: str, error: Exception) -> None:
    clock, work = Clock(), Work("a", "b")
    heard: list[tuple[str, bool]] = []
    async with opened(sqlite_url) as store:
        night = Night(store, BERLIN, work.jobs, lambda name, said, well: heard.append((name, well)), clock)
        await night.look()
        clock.at += NIGHT
        work.fails = error
        assert await night.look() == ["a", "b"]
        async with store.read() as reader:
            run = (await jobs.runs(reader))["a"]
    assert heard == [("a", False), ("b", False)]
    assert run.succeeded is None
    assert run.ended is not None
    assert ("it broke" in run.said) is isinstance(error, KeyError)


async def _all(store: Store, clock: Clock, **values: object) -> dict[str, jobs.JobRun]:
    """What came of a night with everything."""
    url = store.url.render_as_string(hide_password=False)
    settings = load(database_url=url, timezone="Europe/Berlin", **values)
    night = Night(store, BERLIN, list(keeping.jobs_of(settings, store, Retention(store, None).nightly)), clock=clock)
    await night.look()
    clock.at += NIGHT
    await night.look()
    async with store.read() as reader:
        return await jobs.runs(reader)


async def test_a_whole_night(
    db_url: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_the_servers_own_tools(db_url, request, monkeypatch)
    clock, folder = Clock(datetime.now(UTC)), tmp_path / "kept"
    async with opened(db_url) as store:
        put_pair(tmp_path / "files")
        await take(store, tmp_path / "files")
        runs = await _all(store, clock, backup_folder=folder)
        assert sorted(runs) == sorted((keeping.BACKUP, keeping.OLD_BACKUPS, keeping.OLD_MESSAGES, keeping.TIDYING))
        assert all(run.succeeded for run in runs.values()), runs
        (kept,) = backup_files.kept(folder)
        assert kept.note.checked
        # One of them goes bad.
        content = kept.file.read_bytes()
        kept.file.write_bytes(content[:-1] + bytes((content[-1] ^ 1,)))
        clock.at += NIGHT
        runs = await _all(store, clock, backup_folder=folder)
    assert runs[keeping.OLD_BACKUPS].said.startswith(f"damaged in {folder}: {kept.file.name}: its content is not")
    assert runs[keeping.TIDYING].succeeded is not None


async def test_what_failed_is_tried_again_with_growing_pauses(db_url: str) -> None:
    clock, work = Clock(), Work("a", "b")
    async with opened(db_url) as store:
        night = Night(store, BERLIN, work.jobs, clock=clock)
        await night.look()
        clock.at = began = datetime(2025, 1, 11, 3, 0, tzinfo=UTC)
        work.fails = JobFailed("no room: make some")
        tries = []
        for minutes in range(0, 24 * 60, 10):
            clock.at = began + timedelta(minutes=minutes)
            tries += [minutes / 60 for name in await night.look() if name == "a"]
        assert tries == [0, 1, 2, 4, 8, 16]
        clock.at, work.fails = began + NIGHT, None
        assert await night.look() == ["a", "b"]
        work.done.clear()
        for _ in range(23):
            clock.at += timedelta(hours=1)
            assert await night.look() == []


async def test_what_went_well_is_not_done_again_with_what_failed(db_url: str) -> None:
    clock, work = Clock(), Work("a")
    broken = Work("b")
    broken.fails = OSError("gone")
    async with opened(db_url) as store:
        night = Night(store, BERLIN, [*work.jobs, *broken.jobs], clock=clock)
        await night.look()
        clock.at = datetime(2025, 1, 11, 3, 0, tzinfo=UTC)
        assert await night.look() == ["a", "b"]
        clock.at += timedelta(hours=1)
        assert await Night(store, BERLIN, [*work.jobs, *broken.jobs], clock=clock).look() == ["b"], "after a restart"
        clock.at += timedelta(hours=1)
        broken.fails = None
        assert await night.look() == ["b"]
        clock.at += timedelta(hours=20)
        assert await night.look() == []


async def test_no_backup_where_there_is_no_room(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    async with opened(sqlite_url) as store:
        runs = await _all(store, Clock(), backup_folder=tmp_path / "file" / "kept")
    assert runs[keeping.BACKUP].succeeded is None
    assert "can't make a backup in" in runs[keeping.BACKUP].said
    assert runs[keeping.TIDYING].succeeded is not None
