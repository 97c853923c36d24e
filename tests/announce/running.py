"""`muster run` as a process of its own, against the simulator."""

import asyncio
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.conftest import ROOT
from tests.discord_sim import Channel, DiscordSim

SERVER = "main"
CENTURY = "876000"


class Program:
    """A place to run in (settings, folder of round files, log) and the process that runs there, again and again."""

    def __init__(
        self, home: Path, sim: DiscordSim, url: str, *, channel: Channel | None = None, **settings: str
    ) -> None:
        self.home = home
        self.rounds = home / "gamestats"
        self.rounds.mkdir(parents=True, exist_ok=True)
        self.log = home / "log.txt"
        (home / "muster.toml").write_text(f'[[servers]]\nname = "{SERVER}"\nfolder = "{self.rounds}"\n')
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("MUSTER_")} | {
            "DISCORD_API_BASE": sim.api_base,
            "DISCORD_TOKEN": sim.token,
            "DATABASE_URL": url,
            "STATS_CHANNEL_ID": str((channel or sim.channel).id),
            "MUSTER_ANNOUNCE_MAX_AGE_HOURS": CENTURY,
            "PYTHONPATH": str(ROOT / "src"),
            **settings,
        }
        self.process: asyncio.subprocess.Process | None = None

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "muster",
                *(arguments or ("run",)),
                cwd=self.home,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        return self.process

    async def kill(self) -> None:
        """kill -9"""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """The exit code, and how long it took."""
        assert self.process is not None
        began = time.monotonic()
        if self.process.returncode is None:
            self.process.send_signal(number)
        code = await asyncio.wait_for(self.process.wait(), 30)
        return code, time.monotonic() - began

    async def ended(self, within: float = 20.0) -> int:
        """The exit code of a process that ends by itself."""
        assert self.process is not None
        return await asyncio.wait_for(self.process.wait(), within)

    @property
    def said(self) -> str:
        """Everything it printed and logged so far."""
        return self.log.read_text() if self.log.exists() else ""

    async def until(self, condition: Callable[[], bool], within: float = 20.0, what: str = "it") -> None:
        """Waits for something to become true; fails with the log."""
        until = time.monotonic() + within
        while not condition():
            assert time.monotonic() < until, f"{what}: not within {within} s\n{self.said[-6000:]}"
            assert self.process is None or self.process.returncode is None, f"the process ended\n{self.said[-6000:]}"
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(program: Program) -> AsyncIterator[Program]:
    """The program, logged in; killed at the end where it was not stopped."""
    await program.start()
    try:
        await program.until(lambda: "logged in" in program.said, what="the bot")
        yield program
    finally:
        await program.kill()


def posts(sim: DiscordSim, channel: Channel | None = None) -> list[str]:
    """What the footers of the bot's messages name, in the order of the channel."""
    history = sim.world.history((channel or sim.channel).id)
    return [name for message in history if message.author is sim.bot if (name := footer(message.embeds))]


def footer(embeds: Sequence[Mapping[str, Any]]) -> str:
    """The last part of the last footer."""
    return str(embeds[-1].get("footer", {}).get("text", "")).split(" · ")[-1] if embeds else ""


def twice(names: list[str]) -> list[str]:
    """What stands there more than once."""
    return [name for name, count in Counter(names).items() if count > 1]
