"""`python -m bench.collect`: 5,000 files from an sshd on loopback, taken in as `muster run` does it.

First backfill, an idle look, a round that is finished on the server, and the backfill through a way of 30 ms each
way. `--files N` takes fewer; MUSTER_TEST_SSHD names an sshd that is nowhere usual.
"""

import argparse
import asyncio
import logging
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec
import structlog

from bench.far import far
from bench.report import Figure, show
from muster.collect import trust
from muster.collect.pace import Pace
from muster.collect.patrol import Patrol
from muster.collect.sftp import Remote, SftpCollector
from muster.collect.state import Board
from muster.rounds.importer import Importer, ServerChoice
from muster.rounds.reading import find
from muster.rounds.simulate import simulate
from muster.store.engine import Store, parse_url
from muster.store.upgrade import upgrade
from tests.collect.ssh import Server, find_sshd, remote, serving
from tests.postgres import postgres_cluster

LOOKS: Final = 50
LIVE: Final = 6
"""Idle looks, and finished rounds, that are measured."""


class Running:
    """A patrol over a server, and the database it fills."""

    def __init__(self, store: Store, way: Remote) -> None:
        self.sign = Board().sign("main", "sftp", str(way))
        self.taken = 0
        self.came = asyncio.Event()
        importer = Importer(store, ServerChoice(name="main"))
        self.patrol = Patrol(SftpCollector(way), store, importer, self.sign, "UTC", done=self._done, pace=Pace())

    def _done(self, report: object) -> None:
        self.taken += len(report.played)  # type: ignore[attr-defined]
        self.came.set()


@asynccontextmanager
async def running(url: str, way: Remote) -> AsyncIterator[Running]:
    """A patrol that runs on a fresh database."""
    async with Store(parse_url(url)) as store:
        await upgrade(store)
        found = Running(store, way)
        stop = asyncio.Event()
        task = asyncio.create_task(found.patrol.run(stop))
        try:
            yield found
        finally:
            stop.set()
            await task


async def backfill(url: str, way: Remote, count: int) -> float:
    """Files a second from the start of the program until all of them are committed."""
    began = time.monotonic()
    async with running(url, way) as found:
        async with asyncio.timeout(300):
            while found.taken < count:
                await found.came.wait()
                found.came.clear()
    return count / (time.monotonic() - began)


async def imported(url: str, rounds: list[Path]) -> float:
    """Files a second where they lie in a folder."""
    async with Store(parse_url(url)) as store:
        await upgrade(store)
        began = time.monotonic()
        await Importer(store, ServerChoice(name="main")).run(rounds)
    return len(rounds) / (time.monotonic() - began)


async def idle(url: str, way: Remote) -> float:
    """Milliseconds of CPU an idle look takes."""
    async with Store(parse_url(url)) as store:
        found = Running(store, way)
        for _ in range(3):
            await found.patrol._turn()
            await asyncio.sleep(3.2)
        began = time.process_time()
        for _ in range(LOOKS):
            await found.patrol._turn()
        spent = time.process_time() - began
        await found.patrol._collector.close()
    return spent / LOOKS * 1000


async def live(url: str, way: Remote, server: Server, rounds: list[Path]) -> list[float]:
    """Seconds from the last byte of a round, written slowly in pieces, until it is stored."""
    waits: list[float] = []
    async with running(url, way) as found:
        await asyncio.sleep(4)
        for path in rounds:
            found.came.clear()
            await asyncio.to_thread(_written, path, server.folder / path.name)
            began = time.monotonic()
            async with asyncio.timeout(30):
                await found.came.wait()
            waits.append(time.monotonic() - began)
    return waits


def _written(source: Path, target: Path) -> None:
    content = source.read_bytes()
    with target.open("wb", buffering=0) as stream:
        for at in range(0, len(content), 1000):
            stream.write(content[at : at + 1000])
            time.sleep(0.1)


async def measure(count: int, folder: Path, new_database: Callable[[str], str]) -> list[Figure]:
    """Every figure, on SQLite and the backfill on PostgreSQL too."""
    rounds = await asyncio.to_thread(_rounds, folder / "rounds", count + LIVE)
    async with serving("openssh") as server:
        for path in rounds[:count]:
            shutil.copy2(path, server.folder)
        way = remote(server)
        sqlite = f"sqlite:///{folder / 'first.db'}"
        bare = await imported(f"sqlite:///{folder / 'bare.db'}", rounds[:count])
        bare_pg = await imported(new_database("bare"), rounds[:count])
        near = await backfill(new_database("near"), way, count)
        figures = [
            Figure("import from a folder, SQLite, as a measure", bare, "files/s"),
            Figure("import from a folder, PostgreSQL, as a measure", bare_pg, "files/s"),
            Figure("first backfill, SQLite", await backfill(sqlite, way, count), "files/s", 400, True, bare),
            Figure("first backfill, PostgreSQL", near, "files/s", 400, True, bare_pg),
            Figure("idle look, CPU", await idle(sqlite, way), "ms", 5),
        ]
        waits = await live(sqlite, way, server, rounds[count:])
        first, *waits = waits
        figures += [
            Figure("first round after an idle time → stored", first, "s", 3),
            Figure("finished on the server → stored, median", statistics.median(waits), "s", 3),
            Figure("finished on the server → stored, slowest", max(waits), "s", 3),
        ]
        async with far(server.port) as port:
            distant = msgspec.structs.replace(way, port=port)
            key = await trust.shown("127.0.0.1", port)
            await asyncio.to_thread(trust.store, way.known_hosts, "127.0.0.1", port, key)
            rate = await backfill(f"sqlite:///{folder / 'far.db'}", distant, count)
        return [*figures, Figure("first backfill, 30 ms each way, SQLite", rate, "files/s", 150, True, bare)]


def _rounds(folder: Path, count: int) -> list[Path]:
    """So many round files, no two of the same round."""
    simulate(folder, nights=count // 14 + 2, players=12, seed=3, community=60, oddities=False)
    files = find([folder])[0][:count]
    for number, path in enumerate(files):
        moment = time.time() - 86_400 * 30 + number
        os.utime(path, (moment, moment))
    return files


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=5000)
    count = parser.parse_args().files
    if find_sshd() is None:
        raise SystemExit("there is no sshd here: install openssh-server, or name one with MUSTER_TEST_SSHD")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as name, postgres_cluster() as cluster:
        title = f"Collecting {count:,} files by SFTP"
        show(title, asyncio.run(measure(count, Path(name), cluster.create_database)))


if __name__ == "__main__":
    main()
