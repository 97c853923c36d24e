"""Importing other bots' logs, against a loop that only decodes their lines.

`python -m bench.history [--guilds 10] [--days 300] [--lines 1000]`; `--quick` with a tenth of the days.
"""

import argparse
import asyncio
import os
import sqlite3
import tempfile
import time
from pathlib import Path
from statistics import quantiles

import msgspec

from bench.process import Run, muster
from bench.report import Figure, show
from muster.community.days import DayRule
from muster.community.history import HistoryImport
from muster.community.history.throttle import GiveWay
from muster.ops.aside import aside
from muster.store.engine import Store, parse_url
from muster.store.upgrade import upgrade
from tests.community.history_tree import tree
from tests.postgres import postgres_cluster


class _Line(msgspec.Struct, gc=False):
    timestamp: str
    user_id: str | None
    channel_or_file: str | None
    action: str


def bare_loop(folder: Path) -> tuple[int, float, float]:
    """Lines, and lines a second by the clock and by the processor, of a loop that reads and decodes."""
    decode = msgspec.json.Decoder(_Line).decode
    started, worked, lines = time.perf_counter(), time.process_time(), 0
    for path in sorted(folder.rglob("info.jsonl")):
        for line in path.read_bytes().splitlines():
            decode(line)
            lines += 1
    return lines, lines / (time.perf_counter() - started), lines / (time.process_time() - worked)


async def lag(url: str, folder: Path) -> tuple[float, float]:
    """The event loop's lateness (ms, p99) while an import gives way in its process, and its lines a second."""
    late: list[float] = []

    async def look() -> None:
        while True:
            due = time.perf_counter() + 0.005
            await asyncio.sleep(0.005)
            late.append((time.perf_counter() - due) * 1000)

    rule = DayRule()
    async with Store(parse_url(url)) as store, aside() as run:
        await upgrade(store)
        await run(os.nice, 10)
        looking = asyncio.create_task(look())
        report = await HistoryImport(store, lambda *_: rule, run, GiveWay()).run(folder)
        looking.cancel()
    return quantiles(late, n=100)[-1], report.lines / report.seconds


def figures(name: str, run: Run, lines: int, bare: float) -> list[Figure]:
    """Of one import as a process."""
    return [
        Figure(f"import {lines:,} lines, {name}", lines / run.seconds, "lines/s", 100_000, True, bare),
        Figure("  the whole process", run.seconds, "s", 180 if lines >= 3_000_000 else None),
        Figure("  processor time a line, both processes", run.cpu / lines * 1e6, "µs"),
        Figure("  memory, the larger process", run.memory, "MB"),
    ]


def main(guilds: int, days: int, lines_a_day: int) -> None:
    """Measures and prints."""
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as name, postgres_cluster() as cluster:
        folder = Path(name)
        count = tree(folder / "tree", guilds, days, lines_a_day)
        found, bare, _ = bare_loop(folder / "tree")
        assert found == count
        load = os.getloadavg()[0]
        table: list[Figure] = [Figure("a bare loop that decodes lines", bare, "lines/s")]
        for kind, url in (("sqlite", str(folder / "history.db")), ("postgresql", cluster.create_database("history"))):
            table += figures(kind, muster("history", "import", str(folder / "tree"), "--db", url), count, bare)
        again = muster("history", "import", str(folder / "tree"), "--db", str(folder / "history.db"))
        table.append(Figure("the same again, nothing new, sqlite", again.seconds, "s"))
        database = sqlite3.connect(folder / "history.db")
        (size,) = database.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetchone()
        database.close()
        table.append(Figure("size of the database, sqlite", size / count, "bytes a line"))
        part = folder / "tree" / "logs" / "800000000000000000"
        for kind, url in (("sqlite", str(folder / "lag.db")), ("postgresql", cluster.create_database("lag"))):
            late, rate = asyncio.run(lag(url, part))
            table.append(Figure(f"within the bot, one server, {kind}: loop's lateness, p99", late, "ms", 50, False))
            table.append(Figure("  at", rate, "lines/s"))
        show(f"History, {guilds} servers of {days} days (load before: {load:.1f})", table)


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m bench.history", description=__doc__)
    options.add_argument("--guilds", type=int, default=10)
    options.add_argument("--days", type=int, default=300)
    options.add_argument("--lines", type=int, default=1000, help="lines of a day")
    options.add_argument("--quick", action="store_true")
    chosen = options.parse_args()
    main(chosen.guilds, chosen.days // (10 if chosen.quick else 1), chosen.lines)
