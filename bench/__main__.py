"""`python -m bench`: every figure Muster promises, measured in one run on this machine.

`--quick` measures with a tenth of the files.
"""

import asyncio
import datetime
import os
import sys
import tempfile
from pathlib import Path

from bench import imports, live, questions, suggesting
from bench.process import muster
from bench.report import show
from muster.rounds.reading import find
from muster.rounds.simulate import simulate
from tests.postgres import postgres_cluster

TIMES = range(3)
"""Processes are run this often and the quickest counts: the machines are shared."""

CORPUS = Path(os.environ.get("MUSTER_CORPUS", Path(__file__).parents[2] / "shared" / "corpus"))


def main() -> None:
    """Measures and prints."""
    scale = 10 if "--quick" in sys.argv else 1
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as name, postgres_cluster() as cluster:
        folder = Path(name)
        files = _rounds(folder / "rounds", 3000 // scale, 60)
        bare = imports.bare_loop(files, folder)
        count = len(files)
        sqlite = [str(folder / f"import-{n}.db") for n in TIMES]
        postgresql = [cluster.create_database(f"bench{n}") for n in TIMES]
        show(
            f"Import ({count:,} files of 12 players, best of {len(TIMES)}; a bare loop: {bare:,.0f} files/s)",
            [
                *imports.whole_process(files[0].parent, count, sqlite, "sqlite", 800, bare),
                *imports.whole_process(files[0].parent, count, postgresql, "postgresql", 500, bare),
                *(imports.corpus(CORPUS, [folder / f"corpus-{n}.db" for n in TIMES]) if CORPUS.exists() else []),
                *imports.parsing(files[:100], "100"),
                *imports.parsing(files, f"{count:,}"),
            ],
        )
        _questions(folder, scale)


def _questions(folder: Path, scale: int) -> None:
    """Questions and live rounds on 1,000 and 10,000 rounds of 500 players."""
    databases = {}
    for size in (1_000 // scale, 10_000 // scale):
        files = _rounds(folder / f"of-{size}", size, 500)
        databases[size] = str(folder / f"of-{size}.db")
        muster("import", str(files[0].parent), "--db", databases[size])
    small, large = databases.values()
    answers = [asyncio.run(questions.questions(url)) for url in (small, large)]
    title = " against ".join(f"{size:,}" for size in databases)
    show(f"Questions, sqlite, {title} rounds (last column: growth)", questions.figures(*answers))
    coming = folder / "coming"
    simulate(coming, nights=3, players=12, seed=3, community=500, until=datetime.date(2026, 2, 1))
    show("Live", asyncio.run(live.live_rounds(large, coming, "after 10,000")))
    (folder / "suggesting").mkdir()
    show("Suggestions among 5,000 players, p95", asyncio.run(suggesting.suggesting(folder / "suggesting", 5000)))


def _rounds(folder: Path, count: int, community: int) -> list[Path]:
    """At least this many round files of 12 players, cut to the number."""
    simulate(folder, nights=count // 14 + 2, players=12, seed=3, community=community)
    files, _, _ = find([folder])
    for surplus in files[: max(len(files) - count, 0)]:
        surplus.unlink()
    return find([folder])[0]


if __name__ == "__main__":
    main()
