"""Kills an import with SIGKILL again and again and looks at what it leaves.

    python -m tests.importer.kill --runs 50 [--seed 1] [--db URL]

A process imports a simulated folder in small portions and is killed at a random moment; what is stored must be whole
then. It is started again until the folder is in: the fingerprint must be that of an import nobody disturbed. Then the
database is emptied and all begins anew, until there were enough kills. Without --db: SQLite and an own PostgreSQL.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from muster.rounds.simulate import simulate
from muster.store.engine import Store, parse_url
from tests.importer.mutate import halves
from tests.importer.working import change, differences, finish, mark, mark_after, opened, query, rounds_in, start_import
from tests.postgres import postgres_cluster

STARTING = 0.15
"""Share of the kills that come before the import begins: while Python starts and the schema is made."""


@dataclass
class Outcome:
    """`left` holds how many files were stored at each kill; `faults` should be empty."""

    kills: int = 0
    finished: int = 0
    left: list[int] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


async def run(url: str, files: Sequence[Path], straight: str, kills: int, seed: int) -> Outcome:
    """Imports `files` into the database at `url` until there were enough kills. It is empty at first."""
    random = Random(seed)
    outcome = Outcome()
    pace = 0.01  # seconds a file, corrected as we go
    while outcome.kills < kills:
        size = random.choice((1, 3, 10, 40))
        order = random.sample(list(files), len(files))
        left = 0
        # So that most are hit somewhere in the middle.
        while (
            left < len(files) and outcome.kills < kills and _kill(url, order, size, random, pace * (len(files) - left))
        ):
            outcome.kills += 1
            left = await _look(url, outcome, f"seed {seed}, kill {outcome.kills}")
            outcome.left.append(left)
        started = time.monotonic()
        finish(start_import(url, order, size))
        if left == 0:
            pace = (time.monotonic() - started) / len(files) / 2
        await _compare(url, straight, outcome, f"seed {seed}, after kill {outcome.kills}")
        outcome.finished += 1
        await reset(url)
    return outcome


def _kill(url: str, files: Sequence[Path], size: int, random: Random, seconds: float) -> bool:
    """Starts an import and kills it; False where it was done before."""
    process = start_import(url, files, size)
    assert process.stdout is not None
    if random.random() < STARTING:
        time.sleep(random.uniform(0.05, 0.6))
    else:
        process.stdout.readline()
        time.sleep(random.uniform(0, seconds))
    killed = process.poll() is None
    process.kill()
    process.communicate()
    return killed


async def _look(url: str, outcome: Outcome, where: str) -> int:
    """What is stored is whole at any moment; answers how many files there are."""
    async with opened(url) as store:
        outcome.faults += [f"{where}: {fault}" for fault in await halves(store)]
        ((count,),) = await query(store, "SELECT count(*) FROM processed_files")
        return int(count)


async def _compare(url: str, straight: str, outcome: Outcome, where: str) -> None:
    async with opened(url) as store:
        if await mark(store) != straight:
            outcome.faults.append(f"{where}: another fingerprint")
        outcome.faults += [f"{where}: {difference.table} differs" for difference in await differences(store)]


async def reset(url: str) -> None:
    """Makes the database as empty as it was."""
    place = parse_url(url)
    if place.drivername.startswith("sqlite"):
        for suffix in ("", "-wal", "-shm"):
            Path(f"{place.database}{suffix}").unlink(missing_ok=True)
        return
    async with Store(place) as store:
        await change(store, "DROP SCHEMA public CASCADE")
        await change(store, "CREATE SCHEMA public")


async def main(runs: int, seed: int, url: str | None) -> int:
    faults = 0
    with tempfile.TemporaryDirectory(prefix="muster-kill-") as place:
        folder = Path(place)
        simulate(folder / "rounds", nights=6, seed=seed)
        files = rounds_in(folder / "rounds")
        straight = await mark_after(str(folder / "straight.db"), files)
        if url is not None:
            faults += _tell(url, await run(url, files, straight, runs, seed), len(files))
        else:
            faults += _tell("SQLite", await run(str(folder / "kill.db"), files, straight, runs, seed), len(files))
            with postgres_cluster() as cluster:
                database = cluster.create_database("kill")
                faults += _tell("PostgreSQL", await run(database, files, straight, runs, seed), len(files))
    return 1 if faults else 0


def _tell(where: str, outcome: Outcome, files: int) -> int:
    inside = sum(0 < left < files for left in outcome.left)
    print(f"{where}: {outcome.kills} kills, {inside} with some of {files} files stored, {outcome.finished} finished")
    for fault in outcome.faults:
        print("FAULT", fault)
    print("faults:", len(outcome.faults), flush=True)
    return len(outcome.faults)


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m tests.importer.kill", description=__doc__)
    options.add_argument("--runs", type=int, default=50, help="kills for each database")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--db", help="URL of an empty database, which is emptied again and again")
    chosen = options.parse_args()
    sys.exit(asyncio.run(main(chosen.runs, chosen.seed, chosen.db)))
