"""A live round: from a file's content to a commit with everything derived."""

import time
from pathlib import Path
from statistics import median, quantiles

from bench.report import Figure
from muster.rounds.importer import Importer, find
from muster.store.engine import Store, parse_url


async def live_rounds(url: str, coming: Path, label: str) -> list[Figure]:
    """Takes rounds in one by one, in the order they are played, into a database that holds many."""
    times: list[float] = []
    async with Store(parse_url(url)) as store:
        importer = Importer(store)
        for path in find([coming])[0]:
            started = time.perf_counter()
            await importer.run([path])
            times.append((time.perf_counter() - started) * 1000)
    return [
        Figure(f"a live round committed, {label}, median", median(times), "ms", 20),
        Figure(f"a live round committed, {label}, p95", quantiles(times, n=20)[-1], "ms", 20),
    ]
