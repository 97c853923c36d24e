"""Imports folders in every order that is asked for, in pieces and one by one, and compares the fingerprints.

    python -m tests.importer.orders [FOLDER…] [--seeds 1 2 3] [--nights 12]

Without a folder: the corpus where it lies, and simulated seasons. Each order goes into a fresh SQLite file and into a
fresh database of an own PostgreSQL.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from muster.rounds.simulate import simulate
from tests.importer.mutate import CORPUS
from tests.importer.working import mark_after, pieces, rounds_in, shuffled
from tests.postgres import Cluster, postgres_cluster


def orders(files: Sequence[Path]) -> Iterator[tuple[str, list[list[Path]]]]:
    """Sorted, reversed and five times shuffled, in ten pieces and one by one."""
    for name, ordered in [
        ("sorted", list(files)),
        ("reversed", list(files)[::-1]),
        *((f"shuffled {seed}", shuffled(files, seed)) for seed in range(5)),
    ]:
        yield f"{name}, in ten pieces", pieces(ordered, -(-len(ordered) // 10))
        yield f"{name}, one by one", pieces(ordered, 1)


async def compare(folder: Path, scratch: Path, cluster: Cluster) -> int:
    """How many orders gave another fingerprint than the straight one."""
    files = rounds_in(folder)
    straight = await mark_after(str(scratch / "straight.db"), files)
    wrong = tried = 0
    for number, (name, portions) in enumerate(orders(files)):
        urls = {"SQLite": str(scratch / f"{number}.db"), "PostgreSQL": cluster.create_database(f"order_{number}")}
        for engine, url in urls.items():
            tried += 1
            if await mark_after(url, *portions) != straight:
                wrong += 1
                print(f"DIFFERS {folder.name}: {name} on {engine}", flush=True)
        cluster.drop_database(f"order_{number}")
    print(f"{folder.name}: {len(files)} files, {tried} orders, {wrong} differ from {straight[:12]}", flush=True)
    return wrong


async def main(folders: Sequence[Path], seeds: Sequence[int], nights: int) -> int:
    started = time.monotonic()
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="muster-orders-") as place, postgres_cluster() as cluster:
        chosen = list(folders)
        if not chosen:
            chosen += [CORPUS] if CORPUS.is_dir() else []
            for seed in seeds:
                simulate(Path(place) / f"season {seed}", nights=nights, seed=seed)
                chosen.append(Path(place) / f"season {seed}")
        for number, folder in enumerate(chosen):
            scratch = Path(place) / f"databases {number}"
            scratch.mkdir()
            wrong += await compare(folder, scratch, cluster)
    print(f"{time.monotonic() - started:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m tests.importer.orders", description=__doc__)
    options.add_argument("folders", nargs="*", type=Path)
    options.add_argument("--seeds", nargs="*", type=int, default=[1, 2, 3])
    options.add_argument("--nights", type=int, default=12)
    given = options.parse_args()
    sys.exit(asyncio.run(main(given.folders, given.seeds, given.nights)))
