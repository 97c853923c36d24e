"""Imports folders in every way that is asked for and compares the fingerprints: there may be only one.

    python -m tests.importer.orders [FOLDER…] [--seeds 1 2 3] [--nights 12]

Without a folder: the corpus where it lies, and simulated seasons. Sorted, reversed and five times shuffled, each in ten
pieces and one by one; by two processes at once; with copies that have other line ends; under TZ=UTC and
TZ=Asia/Karachi; rebuilt. Each goes into a fresh SQLite file and into a fresh database of an own PostgreSQL, and what
was not imported one by one is verified too.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from muster.rounds.importer import Importer
from muster.rounds.importer.rebuild import rebuild
from muster.rounds.simulate import simulate
from tests.importer.mutate import CORPUS
from tests.importer.working import (
    differences,
    finish,
    mark,
    mark_after,
    opened,
    pieces,
    rounds_in,
    shuffled,
    start_import,
)
from tests.postgres import Cluster, postgres_cluster

Way = Callable[[str], Awaitable[object]]
"""Fills the database at a URL."""


def tenths(files: Sequence[Path]) -> list[list[Path]]:
    """Ten pieces."""
    return pieces(files, -(-len(files) // 10))


def ways(files: Sequence[Path], copies: Path) -> Iterator[tuple[str, Way]]:
    """Every way to import the files. `copies` is a folder for some of them with other line ends."""
    for name, ordered in [
        ("sorted", list(files)),
        ("reversed", list(files)[::-1]),
        *((f"shuffled {seed}", shuffled(files, seed)) for seed in range(5)),
    ]:
        yield f"{name}, in ten pieces", partial(in_portions, tenths(ordered))
        yield f"{name}, one by one", partial(in_portions, pieces(ordered, 1))
    for seed in (5, 6):
        yield f"two processes at once, shuffled {seed}", partial(by_two, shuffled(files, seed))
    mixed = shuffled([*files, *other_ends(files, copies)], 7)
    yield "CRLF and LF mixed", partial(in_portions, tenths(mixed))
    for zone in ("UTC", "Asia/Karachi"):
        yield f"TZ={zone}", partial(under, zone, shuffled(files, 8))
    yield "rebuilt", partial(built_again, shuffled(files, 9))


async def in_portions(portions: Sequence[Sequence[Path]], url: str) -> None:
    """One portion after another."""
    await mark_after(url, *portions)


async def by_two(files: Sequence[Path], url: str) -> None:
    """Each of two processes takes two thirds, so one third comes twice; both make the schema."""
    third = len(files) // 3
    started = start_import(url, files[: 2 * third], 7), start_import(url, files[third:][::-1], 11)
    await asyncio.to_thread(finish, *started)


async def under(zone: str, files: Sequence[Path], url: str) -> None:
    """By a process whose machine's clock is elsewhere."""
    await asyncio.to_thread(finish, start_import(url, files, 25, TZ=zone))


async def built_again(files: Sequence[Path], url: str) -> None:
    """Imported, then derived anew from what is kept."""
    async with opened(url) as store:
        for portion in tenths(files):
            await Importer(store).run(portion)
        await rebuild(store)


def other_ends(files: Sequence[Path], folder: Path) -> list[Path]:
    """Every second file as a copy with the other line ends."""
    folder.mkdir()
    for file in files[::2]:
        data = file.read_bytes()
        plain = data.replace(b"\r\n", b"\n")
        (folder / file.name).write_bytes(plain.replace(b"\n", b"\r\n") if data == plain else plain)
    return rounds_in(folder)


async def faults(url: str, straight: str, *, recount: bool) -> list[str]:
    """What is wrong with a database that should have this fingerprint."""
    async with opened(url) as store:
        found = [] if await mark(store) == straight else ["another fingerprint"]
        if recount:
            found += [f"verify: {difference.table}" for difference in await differences(store)]
        return found


async def compare(folder: Path, scratch: Path, cluster: Cluster) -> int:
    """How many imports gave another fingerprint than the straight one, or do not agree with `verify`."""
    files = rounds_in(folder)
    straight = await mark_after(str(scratch / "straight.db"), files)
    wrong = tried = 0
    for number, (name, way) in enumerate(ways(files, scratch / "copies")):
        urls = {"SQLite": str(scratch / f"{number}.db"), "PostgreSQL": cluster.create_database(f"order_{number}")}
        for engine, url in urls.items():
            tried += 1
            await way(url)
            found = await faults(url, straight, recount="one by one" not in name)
            wrong += bool(found)
            for fault in found:
                print(f"DIFFERS {folder.name}: {name} on {engine}: {fault}", flush=True)
        cluster.drop_database(f"order_{number}")
    print(f"{folder.name}: {len(files)} files, {tried} imports, {wrong} differ from {straight[:12]}", flush=True)
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
