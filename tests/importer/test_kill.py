"""Killed at any moment, an import leaves a whole state, and the next one finishes it: see `tests.importer.kill`."""

import asyncio
import os
import signal
import time
from collections.abc import Callable

import psutil
import pytest

from tests.importer.conftest import Season
from tests.importer.kill import run
from tests.importer.mutate import halves
from tests.importer.working import finish, mark, mark_after, opened, rounds_in, start_import

KILLS = 6


async def test_killed_imports_finish_to_the_same_database(
    db_url: str, season: Season, tmp_path_factory: pytest.TempPathFactory
) -> None:
    files = rounds_in(season(2, 7))
    straight = await mark_after(str(tmp_path_factory.mktemp("straight") / "muster.db"), files)
    outcome = await run(db_url, files, straight, KILLS, seed=1)
    assert outcome.faults == []
    assert outcome.kills == KILLS


@pytest.mark.parametrize("seconds", [0.05, 0.25])
async def test_ctrl_c_leaves_a_whole_state(
    db_url: str,
    season: Season,
    tmp_path_factory: pytest.TempPathFactory,
    expect_pg_error: Callable[[str], None],
    seconds: float,
) -> None:
    expect_pg_error("canceling statement due to user request")
    files = rounds_in(season(2, 7))
    straight = await mark_after(str(tmp_path_factory.mktemp("straight") / "muster.db"), files)
    process = start_import(db_url, files, 1)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    await asyncio.sleep(seconds)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    async with opened(db_url) as store:
        assert await halves(store) == []
    finish(start_import(db_url, files, 20))
    async with opened(db_url) as store:
        assert await mark(store) == straight


async def test_a_killed_import_takes_its_reading_process_with_it(sqlite_url: str, season: Season) -> None:
    files = rounds_in(season(30, 6))
    process = start_import(sqlite_url, files, 10_000)
    until = time.monotonic() + 20
    helpers: list[psutil.Process] = []
    while not helpers and process.poll() is None and time.monotonic() < until:
        helpers = [child for child in psutil.Process(process.pid).children() if "worker" in " ".join(child.cmdline())]
    process.kill()
    process.communicate()
    assert helpers or (os.cpu_count() or 1) < 2
    _, alive = await asyncio.to_thread(psutil.wait_procs, helpers, 10)
    assert not alive
    async with opened(sqlite_url) as store:
        assert await halves(store) == []
        await mark(store)
