"""Killed at any moment, an import leaves a whole state, and the next one finishes it: see `tests.importer.kill`."""

import asyncio
import os
import time

import psutil
import pytest

from tests.importer.conftest import Season
from tests.importer.kill import run
from tests.importer.mutate import halves
from tests.importer.working import mark, mark_after, opened, rounds_in, start_import

KILLS = 6


async def test_killed_imports_finish_to_the_same_database(
    db_url: str, season: Season, tmp_path_factory: pytest.TempPathFactory
) -> None:
    files = rounds_in(season(2, 7))
    straight = await mark_after(str(tmp_path_factory.mktemp("straight") / "muster.db"), files)
    outcome = await run(db_url, files, straight, KILLS, seed=1)
    assert outcome.faults == []
    assert outcome.kills == KILLS


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
