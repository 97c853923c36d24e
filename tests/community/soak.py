"""A busy Discord, everything that breaks, and a count of every message.

    python -m tests.community.soak [--messages 200000] [--seed 1] [--rate 900] [--db URL …]

People write in channels and threads, at times 2,000 messages a second. Deliveries come twice and out of order, the
gateway is lost again and again (half of the time without RESUME), the bot is killed -9, the database is away for a
while. In the end the store must say what was said, to the message. Without --db: SQLite, then an own PostgreSQL.
"""

import argparse
import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from rich.console import Console
from rich.table import Table

from muster.model.chat import Channel, Community, Message, Person, Platform, moment_of
from muster.store.engine import Store, parse_url
from tests.announce.running import Program
from tests.app.restarts import Restartable, restartable
from tests.community.telling import expected, stored
from tests.discord_sim import Channel as SimChannel
from tests.discord_sim import DiscordSim, Drop
from tests.discord_sim.model import User
from tests.importer.working import opened, query

DROPS = (Drop.RESET, Drop.INVALID, Drop.RECONNECT, Drop.LOST)
BURST = 2_000


@dataclass
class Plan:
    """How much of everything."""

    messages: int = 200_000
    users: int = 2_000
    channels: int = 50
    threads: int = 100
    drops: int = 30
    kills: int = 20
    outage: float = 60.0
    rate: int = 900
    seed: int = 1


@dataclass
class Outcome:
    """What happened, and what differs."""

    drops: int = 0
    kills: int = 0
    seconds: float = 0.0
    behind: float = 0.0
    differs: dict[str, int] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)
    quarantined: int = 0


class Soak:
    """One run against one database."""

    def __init__(self, plan: Plan, sim: DiscordSim, program: Program, away: "Away") -> None:
        self.plan = plan
        self.sim = sim
        self.program = program
        self.away = away
        self.dice = Random(plan.seed)
        self.people: list[User] = []
        self.places: list[SimChannel] = []
        self.done = asyncio.Event()
        self.outcome = Outcome()

    def populate(self) -> None:
        plan, sim = self.plan, self.sim
        self.people = [sim.setup.member(sim.guild, f"user{n}") for n in range(plan.users)]
        channels = [sim.setup.channel(sim.guild, f"channel-{n}") for n in range(plan.channels)]
        threads = [
            sim.setup.thread(self.dice.choice(channels), f"thread-{n}", self.people[n]) for n in range(plan.threads)
        ]
        self.places = [*channels, *threads]

    async def talk(self) -> None:
        """Everybody talks: evenly, then in bursts."""
        said = 0
        while said < self.plan.messages:
            rate = BURST if self.dice.random() < 0.15 else self.plan.rate
            began = time.monotonic()
            for _ in range(min(rate, self.plan.messages - said)):
                place = self.places[int(len(self.places) * self.dice.random() ** 2)]
                author = self.people[int(len(self.people) * self.dice.random() ** 3)]
                if place.archived:  # writing opens it again, as in Discord
                    self.sim.setup.archive(place, archived=False)
                self.sim.act.post(place, author, "something was said here, and it is as long as usual")
                said += 1
                if said % 50 == 0:
                    await asyncio.sleep(max(0.0, said % rate / rate - (time.monotonic() - began)))
            if self.dice.random() < 0.05:
                self._close_a_thread()
        self.done.set()

    def _close_a_thread(self) -> None:
        thread = self.dice.choice([place for place in self.places if place.is_thread])
        self.sim.setup.archive(thread, archived=not thread.archived)

    async def drop(self) -> None:
        """Loses the connection again and again."""
        pause = self.plan.messages / self.plan.rate / (self.plan.drops + 1)
        while self.outcome.drops < self.plan.drops:
            await asyncio.sleep(pause * self.dice.uniform(0.5, 1.2))
            if self.sim.gateway.drop(DROPS[self.outcome.drops % len(DROPS)]):
                self.outcome.drops += 1

    async def kill(self) -> None:
        """Kills the bot at any moment."""
        pause = self.plan.messages / self.plan.rate / (self.plan.kills + 1)
        while self.outcome.kills < self.plan.kills:
            await asyncio.sleep(pause * self.dice.uniform(0.5, 1.2))
            await self.program.kill()
            self.outcome.kills += 1
            await asyncio.sleep(self.dice.uniform(0, 3))
            await self.program.start()

    async def starve(self) -> None:
        """The database goes away for a while, in the middle."""
        await asyncio.sleep(self.plan.messages / self.plan.rate * 0.4)
        async with self.away.for_a_while():
            await asyncio.sleep(self.plan.outage)

    async def run(self, url: str) -> Outcome:
        began = time.monotonic()
        self.populate()
        self.sim.faults.deliveries.duplicate = self.sim.faults.deliveries.reorder = 0.02
        await self.program.start()
        await self.program.until(lambda: "logged in" in self.program.said, 60)
        async with asyncio.TaskGroup() as tasks:
            for work in (self.talk(), self.drop(), self.kill(), self.starve()):
                tasks.create_task(work)
        self.sim.faults.deliveries.reorder = 0.0
        self.sim.deliver_held()
        ended = time.monotonic()
        await self._settled(url, 300)
        self.outcome.behind = time.monotonic() - ended
        code, _ = await self.program.stop()
        self.outcome.seconds = time.monotonic() - began
        if code:
            self.outcome.differs["exit code"] = code
        await self._judge(url)
        return self.outcome

    async def _settled(self, url: str, within: float) -> None:
        """Waits until as many are counted as were said."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            if self.program.process is None or self.program.process.returncode is not None:
                await self.program.start()
            async with opened(url) as store:
                ((counted,),) = await query(store, "SELECT coalesce(sum(message_count), 0) FROM message_counts")
            if counted >= len(self.sim.truth.by_users()):
                return
            await asyncio.sleep(1)

    async def _judge(self, url: str) -> None:
        truth = expected(self._said())
        async with opened(url) as store:
            found = await stored(store)
            ((self.outcome.quarantined,),) = await query(store, "SELECT count(*) FROM quarantine")
        for name in ("days", "people", "sessions"):
            wanted, got = truth[name], found[name]
            pairs = (set(wanted), set(got)) if isinstance(wanted, list) else (set(wanted.items()), set(got.items()))
            self.outcome.differs[name] = len(pairs[0] ^ pairs[1])
            self.outcome.counted[name] = len(wanted)
        self.outcome.counted["messages"] = sum(truth["days"].values())
        self.outcome.differs["messages"] = abs(sum(truth["days"].values()) - sum(found["days"].values()))

    def _said(self) -> Iterator[Message]:
        guild = Community(Platform.DISCORD, str(self.sim.guild.id), self.sim.guild.name)
        for made in self.sim.truth.by_users():
            channel = Channel(guild, str(made.channel_id), "")
            author = Person(Platform.DISCORD, str(made.author_id), "")
            yield Message(channel, made.id, author, moment_of(made.id))


class Away:
    """How a database goes away: PostgreSQL is stopped, SQLite's file is locked by somebody else."""

    def __init__(self, url: str, server: Restartable | None) -> None:
        self.url = url
        self.server = server

    @asynccontextmanager
    async def for_a_while(self) -> AsyncIterator[None]:
        if self.server is not None:
            await asyncio.to_thread(self.server.stop)
            yield
            await asyncio.to_thread(self.server.start)
            return
        other = await asyncio.to_thread(self._lock)
        yield
        other.close()

    def _lock(self) -> sqlite3.Connection:
        other = sqlite3.connect(str(parse_url(self.url).database), timeout=30, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        return other


async def soak(url: str, home: Path, plan: Plan, server: Restartable | None = None) -> Outcome:
    async with Store(parse_url(url)), DiscordSim(session_lifetime=30.0) as sim:
        program = Program(home, sim, url)
        try:
            return await Soak(plan, sim, program, Away(url, server)).run(url)
        finally:
            await program.kill()


@contextmanager
def databases(home: Path) -> Iterator[dict[str, tuple[str, Restartable | None]]]:
    with restartable() as server:
        yield {
            "SQLite": (f"sqlite:///{home / 'muster.db'}", None),
            "PostgreSQL": (server.cluster.create_database("soak"), server),
        }


def show(outcomes: dict[str, Outcome]) -> None:
    table = Table(title="Soak: what was said, and how much of what is stored differs", title_justify="left")
    table.add_column("")
    for name in outcomes:
        table.add_column(name, justify="right")
    rows = ("messages", "days", "people", "sessions")
    labels = {"days": "channel days", "people": "users: messages, first, last"}
    for row in rows:
        table.add_row(
            labels.get(row, row),
            *(f"{o.counted.get(row, 0):,} · {o.differs.get(row, 0):,} differ" for o in outcomes.values()),
        )
    table.add_row("in quarantine", *(str(o.quarantined) for o in outcomes.values()))
    table.add_row("connections lost", *(str(o.drops) for o in outcomes.values()))
    table.add_row("kill -9", *(str(o.kills) for o in outcomes.values()))
    table.add_row("caught up after the last message", *(f"{o.behind:.1f} s" for o in outcomes.values()))
    table.add_row("took", *(f"{o.seconds:.0f} s" for o in outcomes.values()))
    Console().print(table)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--rate", type=int, default=900)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--outage", type=float, default=60.0)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--drops", type=int, default=30)
    parser.add_argument("--only", choices=("SQLite", "PostgreSQL"))
    given = parser.parse_args()
    plan = Plan(
        messages=given.messages,
        rate=given.rate,
        seed=given.seed,
        outage=given.outage,
        kills=given.kills,
        drops=given.drops,
    )
    outcomes: dict[str, Outcome] = {}
    with tempfile.TemporaryDirectory(prefix="muster-soak-") as folder, databases(Path(folder)) as found:
        for name, (url, server) in found.items():
            if given.only in (None, name):
                outcomes[name] = asyncio.run(soak(url, Path(folder) / name, plan, server))
                show({name: outcomes[name]})
    if len(outcomes) > 1:
        show(outcomes)
    faulty = any(sum(o.differs.values()) + o.quarantined for o in outcomes.values())
    return 1 if faulty else 0


if __name__ == "__main__":
    sys.exit(main())
