"""Muster in a Discord of its own: a simulator on loopback, the bot against it, a page to type on. No token needed.

python -m tests.app.demo_discord [--port 8300] [--nights 3] [--every 20] [--seed 1] [--keep FOLDER]

Evenings are played and imported; the last one's rounds appear in the watched folder one by one, and are posted.
"""

import argparse
import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from muster.rounds.reading import find
from muster.rounds.simulate import simulate
from tests.discord_sim.__main__ import people
from tests.discord_sim.model import Channel
from tests.discord_sim.page import Page
from tests.discord_sim.sim import DiscordSim

ROOT = Path(__file__).resolve().parents[2]
PORT = 8300
SERVER = "demo"
CENTURY = "876000"
READY = 60.0
"""Seconds the bot may take to be there."""

GRACE = 12.0
"""Seconds the bot may take to be gone."""


class Failed(Exception):
    """The demo can't go on; the message says why."""


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo-discord ARGS=…", description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=PORT, help=f"of the page; 0: a free one (default: {PORT})")
    parser.add_argument("--nights", type=int, default=3, help="evenings that are played (default: 3)")
    parser.add_argument("--players", type=int, default=12, help="in a round (default: 12)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other evenings (default: 1)")
    parser.add_argument("--every", type=float, default=20.0, help="seconds between new rounds; 0: none (default: 20)")
    parser.add_argument("--keep", type=Path, help="a folder for database, rounds and log (else they are thrown away)")
    return parser.parse_args(given)


class Bot:
    """The program in its place: settings, database, watched folder, log."""

    def __init__(self, home: Path, sim: DiscordSim, posts: Channel) -> None:
        self.home = home
        self.rounds = home / "gamestats"
        self.log = home / "muster.log"
        self.database = home / "muster.db"
        self._posts = posts
        for old in home.glob("muster.db*"):
            old.unlink()
        for old in self.rounds.glob("*.txt"):
            old.unlink()
        self.rounds.mkdir(parents=True, exist_ok=True)
        self.log.write_bytes(b"")
        # Whoever runs the demo may have a Muster of his own in the environment.
        names = ("DISCORD_", "MUSTER_", "DATABASE_", "PG", "STATS_", "ADMIN_", "GUILD_")
        self._environment = {k: v for k, v in os.environ.items() if not k.startswith(names)} | {
            "DISCORD_API_BASE": sim.api_base,
            "DISCORD_TOKEN": sim.token,
            "DATABASE_PATH": str(self.database),
            "MUSTER_ANNOUNCE_MAX_AGE_HOURS": CENTURY,
            "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT))),
        }
        (home / "muster.toml").write_text(
            f'guild_id = {sim.guild.id}\n[[servers]]\nname = "{SERVER}"\nfolder = "{self.rounds}"\n', "utf-8"
        )

    async def take_in(self, folder: Path) -> None:
        """Imports rounds of the past; nothing is posted of them."""
        process = await self._start("import", str(folder), "--server", SERVER)
        if await process.wait():
            raise Failed(f"the import failed:\n{self.said}")

    async def run(self) -> asyncio.subprocess.Process:
        """`muster run`."""
        self._environment["STATS_CHANNEL_ID"] = str(self._posts.id)
        return await self._start("run")

    async def _start(self, *arguments: str) -> asyncio.subprocess.Process:
        with self.log.open("ab") as log:
            command = (sys.executable, "-m", "muster", *arguments)
            return await asyncio.create_subprocess_exec(
                *command, cwd=self.home, env=self._environment, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
            )

    @property
    def said(self) -> str:
        """The end of its log."""
        return self.log.read_text("utf-8", "replace")[-2000:]


async def run(options: argparse.Namespace) -> None:
    """Everything, until Ctrl-C or SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        home = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="muster-demo-discord-")))
        home.mkdir(parents=True, exist_ok=True)
        sim = await stack.enter_async_context(_discord())
        posts = next(channel for channel in sim.guild.channels.values() if channel.name == "stats")
        page = await stack.enter_async_context(_page(sim, options.port))
        bot = Bot(home.resolve(), sim, posts)
        past, coming = _play(home / "played", options)
        print(f"{options.nights} evenings played; importing {len(list(past.iterdir()))} rounds", flush=True)
        await bot.take_in(past)
        if stop.is_set():
            return
        process = await stack.enter_async_context(_running(bot))
        await _there(sim, process, bot, stop)
        if not stop.is_set():
            print(_welcome(page, options, len(coming), bot), flush=True)
            await _until(stop, process, bot, coming, options.every)
    print("Stopped.", flush=True)


@asynccontextmanager
async def _discord() -> AsyncIterator[DiscordSim]:
    sim = DiscordSim()
    sim.bot.rename("Muster")
    people(sim)
    async with sim:
        yield sim


@asynccontextmanager
async def _page(sim: DiscordSim, port: int) -> AsyncIterator[Page]:
    page = Page(sim)
    try:
        await page.start(port)
    except OSError as error:
        await page.stop()
        raise Failed(
            f"the page can't have port {port} ({error.strerror}): choose another with --port, 0 for any"
        ) from error
    try:
        yield page
    finally:
        await page.stop()


@asynccontextmanager
async def _running(bot: Bot) -> AsyncIterator[asyncio.subprocess.Process]:
    """The bot as long as the block lasts; it gets the time to end by itself."""
    process = await bot.run()
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), GRACE)
        except TimeoutError:
            process.kill()
            await process.wait()


def _play(folder: Path, options: argparse.Namespace) -> tuple[Path, list[Path]]:
    """The evenings: a folder of those before, and the files of the last one, in order."""
    past, last = folder / "past", folder / "last"
    for place in (past, last):
        place.mkdir(parents=True, exist_ok=True)
        for old in place.iterdir():
            old.unlink()
    simulate(
        past,
        nights=options.nights,
        players=options.players,
        seed=options.seed,
        until=(datetime.now(UTC) - timedelta(days=1)).date(),
    )
    files = sorted(find([past])[0])
    evening = files[-1].name[:10]
    coming = [file.rename(last / file.name) for file in files if options.every and file.name.startswith(evening)]
    (past / "truth.json").unlink()
    return past, coming


async def _there(sim: DiscordSim, process: asyncio.subprocess.Process, bot: Bot, stop: asyncio.Event) -> None:
    """Waits until the bot is connected."""
    waits = [asyncio.create_task(wait) for wait in (sim.bot_connected(READY), process.wait(), stop.wait())]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
    if not stop.is_set() and not sim.gateway.connected:
        raise Failed(f"the bot did not come:\n{bot.said}")


async def _until(
    stop: asyncio.Event, process: asyncio.subprocess.Process, bot: Bot, coming: list[Path], every: float
) -> None:
    """Lets rounds appear until somebody has seen enough."""
    feeding = asyncio.create_task(_feed(coming, bot.rounds, every))
    waits = [asyncio.create_task(wait) for wait in (stop.wait(), process.wait())]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (feeding, *waits):
            task.cancel()
        await asyncio.gather(feeding, *waits, return_exceptions=True)
    # Ctrl-C reaches the bot too, and it may be gone before we have heard of it.
    if process.returncode and not stop.is_set():
        raise Failed(f"the bot ended:\n{bot.said}")


async def _feed(files: list[Path], folder: Path, every: float) -> None:
    for file in files:
        part = folder / f"{file.name}.part"
        part.write_bytes(file.read_bytes())
        part.rename(folder / file.name)
        await asyncio.sleep(every)


def _welcome(page: Page, options: argparse.Namespace, coming: int, bot: Bot) -> str:
    posts = f"\nIn #stats a round of tonight's {coming} is posted every {options.every:g} s." if coming else ""
    kept = f"\nDatabase, rounds and log: {bot.home}" if options.keep else ""
    return (
        f"\nOpen  {page.url}\n\n"
        "You are one of its people. Type  !last_session  or  !help , or / for a list; press the buttons below answers."
        f"{posts}{kept}\nCtrl-C ends it."
    )


def main() -> int:
    try:
        asyncio.run(run(arguments()))
    except Failed as error:
        print(f"demo-discord: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
