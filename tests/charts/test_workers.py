"""The processes that draw: they start clean, die alone, are replaced, and do not outlive their parent."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import psutil
import pytest

from muster.charts import pictures
from muster.charts.workers import ChartWorkers
from tests.charts import jobs
from tests.charts.made_up import overview
from tests.conftest import ROOT


@pytest.fixture
async def workers() -> AsyncIterator[ChartWorkers]:
    workers = ChartWorkers()
    yield workers
    await workers.close()


async def test_a_worker_draws_what_this_process_would(workers: ChartWorkers) -> None:
    evening = overview(6, 2)
    drawn = await workers.draw(pictures.session_picture, evening)
    assert drawn == pictures.session_picture(evening)


async def test_warm_workers_stay(workers: ChartWorkers) -> None:
    await workers.warm()
    first = await workers.draw(jobs.whoami)
    assert await workers.draw(jobs.whoami) == first
    assert int(first) != os.getpid()


async def test_the_loop_goes_on_while_a_picture_is_drawn(workers: ChartWorkers) -> None:
    await workers.warm()
    drawing = asyncio.create_task(workers.draw(jobs.slow, 0.3))
    beats = 0
    while not drawing.done():
        await asyncio.sleep(0.01)
        beats += 1
    assert await drawing == b"late"
    assert beats > 5


async def test_signals_of_a_worker(workers: ChartWorkers) -> None:
    assert await workers.draw(jobs.interrupts) == b"SIG_IGN SIG_DFL"


async def test_an_error_comes_back_and_the_worker_stays(workers: ChartWorkers) -> None:
    first = await workers.draw(jobs.whoami)
    with pytest.raises(ValueError, match="no such shape"):
        await workers.draw(jobs.fail, "no such shape")
    assert await workers.draw(jobs.whoami) == first


async def test_a_worker_killed_while_idle_is_replaced(workers: ChartWorkers) -> None:
    first = int(await workers.draw(jobs.whoami))
    os.kill(first, signal.SIGKILL)
    assert int(await workers.draw(jobs.whoami)) != first


async def test_a_picture_is_drawn_again_after_a_kill(workers: ChartWorkers, tmp_path: Path) -> None:
    assert await workers.draw(jobs.die_once, tmp_path / "died") == b"drawn"


async def test_pictures_waiting_behind_a_killed_one_are_drawn(workers: ChartWorkers, tmp_path: Path) -> None:
    evening = overview(2, 1)
    asked = [workers.draw(pictures.session_picture, evening) for _ in range(5)]
    died, *drawn = await asyncio.gather(workers.draw(jobs.die_once, tmp_path / "died"), *asked)
    assert died == b"drawn"
    assert set(drawn) == {pictures.session_picture(evening)}


async def test_what_kills_every_worker_is_given_up(workers: ChartWorkers) -> None:
    with pytest.raises(BrokenProcessPool):
        await workers.draw(jobs.die)
    assert int(await workers.draw(jobs.whoami)) > 0


async def test_closing_ends_the_worker_and_may_be_repeated() -> None:
    workers = ChartWorkers()
    worker = int(await workers.draw(jobs.whoami))
    await workers.close()
    await workers.close()
    assert not psutil.pid_exists(worker)
    with pytest.raises(RuntimeError, match="closed"):
        await workers.draw(jobs.whoami)


async def test_closing_before_anything_was_drawn() -> None:
    await ChartWorkers().close()


PARENT = """
import asyncio, time
from muster.charts.workers import ChartWorkers
from tests.charts import jobs

async def main():
    print((await ChartWorkers().draw(jobs.whoami)).decode(), flush=True)
    time.sleep(60)

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_a_worker_does_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")])}
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout is not None
        worker = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    gone, _ = psutil.wait_procs([worker], timeout=10)
    assert gone == [worker]


def test_asking_for_a_picture_costs_no_matplotlib() -> None:
    code = "import sys; from muster.charts import pictures, workers; print('matplotlib' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "False"
