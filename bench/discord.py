"""The bot as a process of its own: people who ask all at once while rounds come in, and how long posts take.

`python -m bench.discord [--rounds 10000]`
"""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any, TypeVar

import psutil

from bench.process import muster
from bench.report import Figure, show
from muster.rounds.reading import find
from muster.rounds.simulate import simulate
from tests.discord_sim import DiscordSim
from tests.discord_sim.model import Message, User

T = TypeVar("T")
ASKERS = 50
BEAT = 1.0
"""Seconds between heartbeats; Discord asks for one in 41, and this takes less."""

QUESTIONS = (
    *("!player_summary {name}", "!player_stats {name}", "!top_killers", "!top_accuracy month", "!leaderboard dpm"),
    *("!last_round", "!session_history", "!rank_player {name}", "!player_combat {name}", "!player_efficiency {name}"),
)


async def load(url: str, folder: Path, coming: list[Path], names: list[str]) -> list[Figure]:
    """Fifty people ask again and again while rounds appear in the watched folder."""
    async with DiscordSim(heartbeat_interval=BEAT) as sim:
        askers = [sim.setup.member(sim.guild, f"asker{n}") for n in range(ASKERS)]
        process = await _start(sim, url, folder)
        try:
            await sim.bot_connected(30)
            await asyncio.sleep(2)
            times, seconds = await _measured(process.pid, _ask(sim, askers, names, coming, folder))
            picture = await _picture(sim, askers[0])
            lateness, beats = sim.gateway.worst_lateness, len(sim.gateway.beats)
            main, workers = _memory(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            stopped = time.perf_counter()
            await asyncio.wait_for(process.wait(), 15)
        stop = time.perf_counter() - stopped
    answers, posts = times
    each = seconds * 1000 / (len(answers) + len(posts))
    return [
        Figure(f"{len(answers)} text answers, {ASKERS} at once, p50", median(answers), "ms"),
        Figure(f"{len(answers)} text answers, {ASKERS} at once, p95", quantiles(answers, n=20)[-1], "ms", 300),
        Figure(f"{len(posts)} files to their posts, p95", quantiles(posts, n=20)[-1] / 1000, "s", 1.5),
        Figure("processor time for an answer or a round, together", each, "ms"),
        Figure("a session's picture, warm worker", picture, "ms", 350),
        Figure(f"{beats} heartbeats, one a second: worst lateness", lateness, "s", 1.0),
        Figure("memory, main process", main, "MB", 150),
        Figure("memory, with chart workers", main + workers, "MB", 250),
        Figure("SIGTERM to exit", stop, "s", 10),
    ]


async def _start(sim: DiscordSim, url: str, folder: Path) -> asyncio.subprocess.Process:
    home = folder.parent / "home"
    home.mkdir()
    (home / "muster.toml").write_text(
        f"guild_id = {sim.guild.id}\nstats_channel_id = {sim.setup.channel(sim.guild, 'stats').id}\n"
        f'announce_max_age_hours = 1000000\n[[servers]]\nname = "game"\nfolder = "{folder}"\n',
        "utf-8",
    )
    environment = {**os.environ, **sim.environment, "MUSTER_DATABASE_URL": url, "PYTHONPATH": os.pathsep.join(sys.path)}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "muster", "run", cwd=home, env=environment, stdout=asyncio.subprocess.DEVNULL
    )


async def _ask(
    sim: DiscordSim, askers: list[User], names: list[str], coming: list[Path], folder: Path
) -> tuple[list[float], list[float]]:
    """Milliseconds from question to answer, and from a file to its post."""
    answers: list[float] = []
    posts: list[float] = []

    async def person(asker: User, number: int) -> None:
        for turn in range(4):
            question = QUESTIONS[(number + turn) % len(QUESTIONS)].format(name=names[(number * 7 + turn) % len(names)])
            started = time.perf_counter()
            asked = sim.act.post(sim.channel, asker, question)
            await sim.watch.message(_reply_to(asked.id), since=asked, within=20)
            answers.append((time.perf_counter() - started) * 1000)
            await asyncio.sleep(3)

    async def server() -> None:
        for file in coming:
            mark = sim.watch.mark()
            started = time.perf_counter()
            shutil.copy(file, folder / file.name)
            await sim.watch.message(_names(file.name), since=mark, within=30)
            posts.append((time.perf_counter() - started) * 1000)

    await asyncio.gather(server(), *(person(asker, number) for number, asker in enumerate(askers)))
    return answers, posts


async def _picture(sim: DiscordSim, asker: User) -> float:
    """Milliseconds until a session's picture is there; the first one, which starts the worker, does not count."""
    for view in ("graphs", "overview"):
        await asyncio.sleep(3)
        started = time.perf_counter()
        asked = sim.act.post(sim.channel, asker, f"!last_session {view}")
        await sim.watch.message(_reply_to(asked.id), since=asked, within=30)
    return (time.perf_counter() - started) * 1000


async def _measured(pid: int, work: Coroutine[Any, Any, T]) -> tuple[T, float]:
    """What work gives, and the processor seconds that the process took meanwhile."""
    process = psutil.Process(pid)
    before = process.cpu_times()
    result = await work
    after = process.cpu_times()
    return result, after.user + after.system - before.user - before.system


def _reply_to(message_id: int) -> Callable[[Message], bool]:
    return lambda message: message.reply_to == message_id


def _names(file: str) -> Callable[[Message], bool]:
    return lambda message: file in str(message.embeds)


def _memory(pid: int) -> tuple[float, float]:
    """Resident MB of the main process, and of its children together."""
    main = psutil.Process(pid)
    children = sum(child.memory_info().rss for child in main.children(recursive=True))
    return main.memory_info().rss / 1e6, children / 1e6


def main() -> None:
    """Measures and prints."""
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    count = int(sys.argv[sys.argv.index("--rounds") + 1]) if "--rounds" in sys.argv else 10_000
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as name:
        folder = Path(name)
        simulate(folder / "past", nights=count // 14, players=12, seed=3, community=500, oddities=False)
        url = str(folder / "bot.db")
        muster("import", str(folder / "past"), "--db", url, "--server", "game")
        until = datetime(2025, 12, 20).date()  # noqa: DTZ001 - a day, wherever
        simulate(folder / "new", nights=2, players=12, seed=3, community=500, until=until, oddities=False)
        (folder / "watched").mkdir()
        coming = find([folder / "new"])[0][:20]
        answer = muster("top", "kills", "--db", url, "--limit", "40", "--json").output
        names = [part.split('"')[0] for part in answer.split('"key": "')[1:]]
        show(f"The bot, {count:,} rounds, sqlite", asyncio.run(load(url, folder / "watched", coming, names)))


if __name__ == "__main__":
    main()
