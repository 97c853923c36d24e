"""Questions: warm, on a small and on a large database."""

import time
from collections.abc import Awaitable, Callable
from statistics import median

from bench.report import Figure
from muster.stats import history, leaderboard, matches, players, ratings, rivals, rounds, sessions
from muster.stats.metrics import METRICS
from muster.stats.values import Gates
from muster.store.engine import Reader, Store, parse_url

Question = Callable[[Reader], Awaitable[object]]
REPEATS = 7


async def questions(url: str) -> dict[str, float]:
    """Milliseconds of every question, the median of warm runs; of all leaderboards the slowest."""
    async with Store(parse_url(url)) as store:
        asked = await _asked(store)
        times = {name: await _warm(store, question) for name, question in asked.items()}
        boards = [await _warm(store, _board(metric)) for metric in METRICS]
    return {**times, "leaderboard, slowest metric": max(boards)}


async def _asked(store: Store) -> dict[str, Question]:
    """The questions, about the two players with most kills."""
    async with store.read() as reader:
        best = await leaderboard.leaderboard(reader, "kills", gates=Gates(0, 0, 0), limit=2)
    first, second = (entry.player.key for entry in best.entries)
    return {
        "player: career": lambda r: players.career(r, first),
        "player: maps": lambda r: players.maps(r, first),
        "player: weapons": lambda r: players.weapons(r, first),
        "player: history": lambda r: history.history(r, first),
        "player: recent": lambda r: history.recent(r, first),
        "last session": lambda r: sessions.last_session(r),
        "last round": lambda r: rounds.last_round(r),
        "last match": lambda r: matches.last_match(r),
        "head to head": lambda r: rivals.head_to_head(r, first, second),
        "rating ladder": lambda r: ratings.ladder(r),
    }


def _board(metric: str) -> Question:
    return lambda reader: leaderboard.leaderboard(reader, metric)


async def _warm(store: Store, question: Question) -> float:
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        async with store.read() as reader:
            await question(reader)
        times.append((time.perf_counter() - started) * 1000)
    return median(times[1:])


def figures(small: dict[str, float], large: dict[str, float]) -> list[Figure]:
    """Each question on the large database, with the small one as baseline: the ratio is the growth."""
    return [Figure(name, value, "ms", 30, baseline=small[name]) for name, value in large.items()]
