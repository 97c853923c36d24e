"""Importing, parsing, rebuilding."""

import hashlib
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from bench.process import Run, muster
from bench.report import Figure
from muster.model.rounds import Status
from muster.rounds.derive import derive
from muster.rounds.filename import read_name
from muster.rounds.pairing import evenings, head_of, pair
from muster.rounds.parse import parse
from muster.rounds.reading import no_collection, read


def bare_loop(files: list[Path], folder: Path) -> float:
    """Files/s of a loop that reads and hashes each file and inserts as many rows as Muster does, without thinking."""
    database = sqlite3.connect(folder / "bare.db", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=NORMAL")
    database.execute(
        "CREATE TABLE p (a, b, " + ",".join(f"c{i}" for i in range(45)) + ", PRIMARY KEY (a, b)) WITHOUT ROWID"
    )
    database.execute("CREATE TABLE w (a, b, c, d, e, f, g, h, PRIMARY KEY (a, b, c)) WITHOUT ROWID")
    started = time.perf_counter()
    for start in range(0, len(files), 200):
        part = files[start : start + 200]
        for path in part:
            hashlib.sha256(path.read_bytes()).digest()
        database.execute("BEGIN IMMEDIATE")
        rows = [(start + n, p, *range(45)) for n in range(len(part)) for p in range(12)]
        database.executemany("INSERT INTO p VALUES (" + ",".join("?" * 47) + ")", rows)
        weapons = [(start + n, p, w, 1, 2, 3, 4, 5) for n in range(len(part)) for p in range(12) for w in range(8)]
        database.executemany("INSERT INTO w VALUES (?,?,?,?,?,?,?,?)", weapons)
        database.execute("COMMIT")
    seconds = time.perf_counter() - started
    database.close()
    return len(files) / seconds


def whole_process(folder: Path, count: int, urls: Sequence[str], name: str, budget: float, bare: float) -> list[Figure]:
    """A fresh import, an import of what is known and a rebuild, as processes: each the best of the databases."""
    fresh = [muster("import", str(folder), "--db", url) for url in urls]
    again = [muster("import", str(folder), "--db", url) for url in urls]
    rebuilt = [muster("rebuild", "--db", url) for url in urls]
    return [
        Figure(f"import {count:,} files of 12, fresh, {name}", count / best(fresh), "files/s", budget, True, bare),
        Figure(f"  memory of it, {name}", max(run.memory for run in fresh), "MB", 120),
        Figure(f"the same again, all known, {name}", best(again), "s", 1.0),
        Figure(f"rebuild, {name}", count / best(rebuilt), "files/s", 1500, True, bare),
    ]


def corpus(folder: Path, databases: Sequence[Path]) -> list[Figure]:
    """The real files, as a process."""
    runs = [muster("import", str(folder), "--db", str(database)) for database in databases]
    return [Figure("import the 209 corpus files, fresh, sqlite", best(runs), "s", 0.9)]


def best(runs: Sequence[Run]) -> float:
    """Seconds of the quickest run: the one that neighbours on the machine disturbed least."""
    return min(run.seconds for run in runs)


def parsing(files: list[Path], label: str) -> list[Figure]:
    """Parse and derive, median of the files with 12 players: round 1 alone, round 2 with its round 1 at hand."""
    contents = [read(path) for path in files]
    parsed = {c.name.file: parse(c.name, c.data) for c in contents}
    heads = [head_of(file, file.name.stamp) for file in parsed.values()]
    places = {file: place for evening in evenings(heads) for file, place in pair(evening).items()}
    times: dict[int, list[float]] = {1: [], 2: []}
    for content in contents:
        file = parsed[content.name.file]
        place = places.get(content.name.file)
        if len(file.players) != 12 or place is None or (file.name.round == 2 and place.partner is None):
            continue
        partner = parsed[place.partner] if place.partner and file.name.round == 2 else None
        with no_collection():  # as an import does
            started = time.perf_counter()
            derive(parse(read_name(content.name.file), content.data), partner, Status(place.status))
            times[file.name.round].append(time.perf_counter() - started)
    return [
        Figure(f"parse and derive round {n}, folder of {label}", median(times[n]) * 1000, "ms", budget)
        for n, budget in ((1, 0.2), (2, 0.3))
    ]
