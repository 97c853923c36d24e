"""A day of a large community in minutes: messages, rounds, commands, a night's work; memory and files must stay flat.

    python -m tests.app.day [--hours 24] [--seconds 15] [--rate 500] [--commands 12] [--maps 4] [--warm 300]

An "hour" lasts as many seconds as are given, and as much happens in it as the rate makes: messages in 40 channels by
2,000 people, all of it kept in the chat log, four maps of rounds, commands with pictures, the gateway lost now and
then. All the hour long the process is measured, and the mean is told. The night's work is done in the middle, in a
process beside it, as `muster backup` does it. Before the first hour the same goes on for as long as the program
remembers anything by the clock (numbers of messages up to four minutes, answers that can be leafed through three).
The last hour's memory may be 1.05 times that of the second one at most.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

import psutil

from muster.store.backup import backup
from tests.announce.running import Program, posts, running, twice
from tests.building import put_pair
from tests.discord_sim import Channel, DiscordSim, Drop, User
from tests.importer.working import change, opened, query
from tests.postgres import postgres_cluster

COMMANDS = ("!top_killers", "!last_session", "!health", "!server_activity", "!top_chatters", "!leaderboard", "!metrics")
GROWTH = 1.05
FIRST = date(2025, 1, 1)
EVENING = 12
"""Maps of an evening, one an hour; then everybody sleeps."""


@dataclass
class Hour:
    """What was measured: MB of memory on average, open files and threads at the end, messages said so far."""

    memory: float
    files: int
    threads: int
    said: int


@dataclass
class Load:
    """How much of everything."""

    hours: int = 24
    seconds: float = 15.0
    rate: int = 500
    commands: int = 12
    maps: int = 4
    warm: float = 300.0
    seed: int = 1


class Day:
    """One day of one program."""

    def __init__(self, load: Load, sim: DiscordSim, program: Program, url: str) -> None:
        self.load, self.sim, self.program, self.url = load, sim, program, url
        self.dice = Random(load.seed)
        self.people: list[User] = [sim.setup.member(sim.guild, f"user{n}") for n in range(2_000)]
        self.places: list[Channel] = [sim.setup.channel(sim.guild, f"channel-{n}") for n in range(40)]
        self.said = self.pairs = self.asked = 0
        self.hours: list[Hour] = []

    async def live(self) -> None:
        """The whole day."""
        async with running(self.program):
            await self.sim.bot_connected()
            assert self.program.process is not None
            process = psutil.Process(self.program.process.pid)
            for _ in range(round(self.load.warm / self.load.seconds)):
                await asyncio.gather(self._talk(), self._play(), self._ask())
            for hour in range(self.load.hours):
                memory, *_ = await asyncio.gather(self._weigh(process), self._talk(), self._play(), self._ask())
                if hour == self.load.hours // 2:
                    made = await backup(self.url, self.program.home / "backups")
                    assert made.checked, made.why_not
                if hour % 4 == 3:
                    self.sim.gateway.drop(self.dice.choice((Drop.RESET, Drop.RECONNECT)))
                self._note(hour, memory, process)
            await self.program.until(lambda: "Traceback" not in self.program.said, 1)
            await self._settled()
            code, seconds = await self.program.stop()
            assert (code, seconds < 10) == (0, True)

    async def _talk(self) -> None:
        until = time.monotonic() + self.load.seconds
        while time.monotonic() < until:
            began = time.monotonic()
            for _ in range(self.load.rate // 10):
                place = self.places[int(len(self.places) * self.dice.random() ** 2)]
                author = self.people[int(len(self.people) * self.dice.random() ** 3)]
                self.sim.act.post(place, author, "something is said here, and it is about as long as it usually is")
                self.said += 1
            await asyncio.sleep(max(0.1 - (time.monotonic() - began), 0))

    async def _play(self) -> None:
        for _ in range(self.load.maps):
            evening, place = divmod(self.pairs, EVENING)
            put_pair(self.program.rounds, (FIRST + timedelta(days=evening)).isoformat(), 12 + place)
            self.pairs += 1
            await asyncio.sleep(self.load.seconds / (self.load.maps + 1))

    async def _ask(self) -> None:
        for _ in range(self.load.commands):
            asker = self.people[self.asked % len(self.people)]
            self.sim.act.post(self.sim.channel, asker, COMMANDS[self.asked % len(COMMANDS)])
            self.asked += 1
            self.said += 1
            await asyncio.sleep(self.load.seconds / (self.load.commands + 1))

    async def _weigh(self, process: psutil.Process) -> float:
        """MB of memory on average, all the hour long."""
        weights: list[float] = []
        for _ in range(max(1, int(self.load.seconds))):
            await asyncio.sleep(1.0)
            weights.append(process.memory_info().rss / 1e6)
        return sum(weights) / len(weights)

    def _note(self, hour: int, memory: float, process: psutil.Process) -> None:
        told = Hour(memory, process.num_fds(), process.num_threads(), self.said)
        self.hours.append(told)
        print(
            f"hour {hour + 1:>2}: {told.memory:>6.1f} MB, {told.files} files, {told.threads} threads, "
            f"{told.said:,} messages, {2 * self.pairs} rounds, {self.asked} commands",
            flush=True,
        )

    async def _settled(self) -> None:
        """Everything that was said is counted."""
        async with opened(self.url) as store:
            until = time.monotonic() + 60
            while (await query(store, "SELECT sum(messages) FROM user_totals"))[0][0] != self.said:
                assert time.monotonic() < until, await query(store, "SELECT sum(messages) FROM user_totals")
                await asyncio.sleep(0.5)

    def faults(self) -> list[str]:
        """What was not as it has to be."""
        second, last = self.hours[1], self.hours[-1]
        found = []
        if last.memory > GROWTH * second.memory:
            found.append(f"memory grew from {second.memory:.1f} to {last.memory:.1f} MB")
        if last.files > second.files:
            found.append(f"open files grew from {second.files} to {last.files}")
        told = [name for name in posts(self.sim) if name.endswith(".txt") or "-supply@" in name]
        found += [f"posted twice: {name}" for name in twice(told)]
        if len(told) != 3 * self.pairs:
            found.append(f"{len(told)} posts of {3 * self.pairs}")
        found += ["an error in the log"] if "Traceback" in self.program.said else []
        return found


async def live(load: Load, url: str, home: Path) -> list[str]:
    """A day on a database; what was not as it has to be."""
    async with DiscordSim() as sim:
        async with opened(url) as store:
            await change(store, "INSERT INTO bot_config VALUES ('chat_logging.enabled', 'true')")
        program = Program(home, sim, url, MUSTER_MIN_ROUNDS="1", MUSTER_HEALTH_PORT="0")
        day = Day(load, sim, program, url)
        try:
            await day.live()
        except AssertionError:
            print(program.said[-4000:])
            raise
        found = day.faults()
        second, last = day.hours[1], day.hours[-1]
        print(
            f"memory {last.memory / second.memory:.3f} times that of the second hour, files {second.files} then "
            f"{last.files}, {day.said:,} messages all counted, {len(posts(sim))} posts; faults: {found or 'none'}"
        )
        return found


async def main(load: Load, postgresql: bool) -> int:
    with tempfile.TemporaryDirectory(prefix="muster-day-") as place:
        home = Path(place)
        with postgres_cluster() if postgresql else nullcontext() as cluster:
            url = cluster.create_database("day") if cluster else f"sqlite:///{home / 'muster.db'}"
            return len(await live(load, url, home))


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m tests.app.day", description=__doc__)
    options.add_argument("--hours", type=int, default=24)
    options.add_argument("--seconds", type=float, default=15.0)
    options.add_argument("--rate", type=int, default=500)
    options.add_argument("--commands", type=int, default=12, help="commands an hour")
    options.add_argument("--maps", type=int, default=4, help="maps of two rounds an hour")
    options.add_argument("--warm", type=float, default=300.0, help="seconds of the same before the first hour")
    options.add_argument("--postgresql", action="store_true")
    chosen = options.parse_args()
    load = Load(chosen.hours, chosen.seconds, chosen.rate, chosen.commands, chosen.maps, warm=chosen.warm)
    sys.exit(min(1, asyncio.run(main(load, chosen.postgresql))))
