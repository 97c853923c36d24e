"""Suggestions while somebody types, with 5,000 players; and the picture of a session, from request to bytes.

`python -m bench.suggesting [--players 5000]`
"""

import asyncio
import datetime
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from statistics import quantiles

from bench.report import Figure, show
from muster.bot.client import MusterBot
from muster.charts import pictures
from muster.charts.workers import ChartWorkers
from muster.config import load
from muster.rounds.importer import Importer
from muster.rounds.reading import find
from muster.stats import names, sessions
from muster.store.engine import Store, parse_url
from muster.store.upgrade import upgrade
from tests.building import player, put
from tests.discord_sim import DiscordSim
from tests.discord_sim.client import QUICK, pointed_at, running

SUGGESTING, PICTURE = 50, 350
"""Milliseconds that suggestions and the picture may take."""
_A_ROUND = 40
_REPEATS = 30
_SYLLABLES = (
    "ga",
    "dle",
    "wob",
    "bor",
    "cus",
    "vex",
    "ax",
    "zug",
    "mor",
    "bin",
    "kes",
    "or",
    "lax",
    "ya",
    "rg",
    "ω",
    "ж",
)
_MAPS = ("supply", "te_escape2", "etl_adlernest", "sw_goldrush_te", "et_brewdog", "etl_frostbite")
_TYPED = ("", "w", "wob", "wobb", "gadl", "xq", "vexaxmor", "zugcuss", "ω", "жга", "[c", "zzqqxx")
"""What is typed of a player: nothing, beginnings, something like a name, other alphabets, nothing like it."""


async def suggesting(folder: Path, count: int) -> list[Figure]:
    """The 95th percentile of every kind of suggestion, in the question and through Discord's protocol."""
    settings = load(database_url=str(folder / "many.db"))
    async with Store(parse_url(settings.url)) as store, DiscordSim() as sim:
        await upgrade(store)
        await Importer(store).run(find([_rounds(folder / "rounds", count)])[0])
        await store.learn()
        settings = settings.model_copy(update={"guild_id": sim.guild.id})
        figures = [
            Figure(f"players by {text!r}, the question alone", await _p95(_question(store, text)), "ms", SUGGESTING)
            for text in _TYPED
        ]
        first = await _after_rounds(store, folder / "more", count)
        figures.append(Figure("players by 'wob', the first time after a round came in", first, "ms", SUGGESTING))
        with pointed_at(sim):
            async with running(MusterBot(settings, store, **QUICK), sim.token):
                figures += await _through_discord(sim)
        async with store.read() as reader:
            overview = await sessions.last_session(reader)
        assert overview is not None
        workers = ChartWorkers()
        await workers.warm()
        drawn = await _p95(lambda: workers.draw(pictures.session_picture, overview))
        figures.append(Figure(f"picture of {overview.head.players} players, warm worker", drawn, "ms", PICTURE))
        await workers.close()
    return figures


async def _through_discord(sim: DiscordSim) -> list[Figure]:
    asker = sim.setup.member(sim.guild, "asker")

    def typed(option: str, text: str) -> Callable[[], Awaitable[object]]:
        command = "player_weapons" if option == "player" else "leaderboard"
        return lambda: sim.act.autocomplete(asker, sim.channel, command, option, text)

    asked = [*(("player", text) for text in _TYPED), ("map", "s"), ("weapon", "m"), ("metric", "d"), ("server", "")]
    return [
        Figure(f"{option} by {text!r}, request to choices", await _p95(typed(option, text)), "ms", SUGGESTING)
        for option, text in asked
    ]


def _question(store: Store, text: str) -> Callable[[], Awaitable[object]]:
    async def ask() -> None:
        async with store.read() as reader:
            await names.suggest(reader, text)

    return ask


async def _after_rounds(store: Store, folder: Path, count: int) -> float:
    """Milliseconds of the first suggestion after each of some rounds: half who played before, half newcomers."""
    ask = _question(store, "wob")
    await ask()
    dice = Random(7)
    times = []
    for number in range(_REPEATS):
        guids = [
            *dice.sample(range(count), _A_ROUND // 2),
            *range(count * 2 + number * _A_ROUND, count * 2 + number * _A_ROUND + _A_ROUND // 2),
        ]
        crowd = [player(f"{n:08X}", name=_name(dice), side=1 + at % 2, kills=3, deaths=3) for at, n in enumerate(guids)]
        stamp = datetime.datetime(2026, 6, 1, 20, tzinfo=datetime.UTC) + datetime.timedelta(hours=2 * number)
        await Importer(store).run([put(folder, f"{stamp:%Y-%m-%d-%H%M%S}", 1, *crowd)])
        began = time.perf_counter()
        await ask()
        times.append((time.perf_counter() - began) * 1000)
    return quantiles(times, n=20)[-1]


async def _p95(ask: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds, after one that does not count."""
    await ask()
    times = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        await ask()
        times.append((time.perf_counter() - began) * 1000)
    return quantiles(times, n=20)[-1]


def _rounds(folder: Path, count: int) -> Path:
    """Rounds of forty, everybody another, on a map each; some names in other alphabets."""
    dice = Random(5)
    day = datetime.datetime(2025, 1, 1, 20, tzinfo=datetime.UTC)
    for number in range(-(-count // _A_ROUND)):
        crowd = [
            player(f"{number * _A_ROUND + n:08X}", name=_name(dice), side=1 + n % 2, kills=3, deaths=3)
            for n in range(_A_ROUND)
        ]
        map_ = _MAPS[number % len(_MAPS)]
        put(folder, f"{day + datetime.timedelta(hours=2 * number):%Y-%m-%d-%H%M%S}", 1, *crowd, map_=map_)
    return folder


def _name(dice: Random) -> str:
    clan = dice.choice(("", "", "", "[clan]", ".oO."))
    return clan + "".join(dice.choices(_SYLLABLES, k=dice.randint(2, 5)))


def main() -> None:
    """Measures and prints."""
    count = int(sys.argv[sys.argv.index("--players") + 1]) if "--players" in sys.argv else 5000
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as folder:
        show(f"Suggestions among {count:,} players, p95", asyncio.run(suggesting(Path(folder), count)))


if __name__ == "__main__":
    main()
