"""Collector, bot and writer as processes on one PostgreSQL, each killed -9 again and again while work comes in.

    python -m tests.app.roles [--minutes 10] [--seed 1] [--spares]

Rounds appear, people write, another bot's log grows. In the end every round and every message is there once, posts
went out once and in order, and the database's own notes say that no job was done by two: at any time its statements
came from one process, and that one had the role. With --spares each role has a second process standing by.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from pathlib import Path
from random import Random

from rich.console import Console
from rich.table import Table

from muster.model.chat import Channel, Community, Message, Person, Platform, moment_of
from muster.ops.roles import Role
from muster.rounds.importer import ServerChoice
from muster.rounds.simulate import simulate
from muster.store.engine import Store
from tests.announce.running import SERVER, Program, posts, twice
from tests.community.history_tree import line, moment, put
from tests.community.telling import expected, stored
from tests.discord_sim import CREATE_MESSAGE, DiscordSim
from tests.importer.working import change, mark, opened, query, rounds_in, take
from tests.postgres import postgres_cluster

OLD_GUILD = "800000000000000001"
JOBS = {"import": Role.COLLECTOR, "post": Role.BOT, "count": Role.BOT, "history": Role.WRITER}
"""What the database notes of who works, and whose work it is."""

NOTES = (
    "CREATE TABLE audit (n bigserial, job text, who text)",
    "CREATE FUNCTION audited() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audit (job, who) "
    "VALUES (TG_ARGV[0], current_setting('application_name')); RETURN NULL; END $$",
    "CREATE TRIGGER audited AFTER INSERT ON rounds FOR EACH STATEMENT EXECUTE FUNCTION audited('import')",
    "CREATE TRIGGER audited AFTER UPDATE ON outbox FOR EACH ROW WHEN (NEW.status = 'sending') "
    "EXECUTE FUNCTION audited('post')",
    "CREATE TRIGGER audited AFTER INSERT OR UPDATE ON recent_numbers FOR EACH STATEMENT "
    "EXECUTE FUNCTION audited('count')",
    "CREATE TRIGGER audited AFTER INSERT OR UPDATE ON log_migration_state FOR EACH STATEMENT "
    "EXECUTE FUNCTION audited('history')",
)
"""Has the database write down which process does what. A transaction that comes to nothing leaves no note."""


@dataclass
class Plan:
    """How long, and how much: files, messages and lines of the log in a second, seconds between two kills of a role.

    It goes on until each role was killed at `least` so many times.
    """

    seconds: float = 600.0
    files: float = 0.7
    messages: float = 20.0
    lines: float = 10.0
    every: float = 12.0
    least: int = 1
    rivals: bool = True
    spares: bool = False
    seed: int = 1
    patience: float = 120.0


@dataclass
class Outcome:
    """`faults` should be empty. `stints`: processes that did a job, one after the other."""

    kills: Counter[str] = field(default_factory=Counter)
    early: int = 0
    rivals: int = 0
    rounds: int = 0
    posted: int = 0
    messages: int = 0
    lines: int = 0
    stints: Counter[str] = field(default_factory=Counter)
    behind: float = 0.0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


class Run:
    """One run on an empty database."""

    def __init__(self, home: Path, url: str, sim: DiscordSim, plan: Plan) -> None:
        self.home, self.url, self.sim, self.plan = home, url, sim, plan
        self.dice = Random(plan.seed)
        self.outcome = Outcome()
        self.played = self._played()
        self.people = [sim.setup.member(sim.guild, f"user{n}") for n in range(20)]
        self.places = [sim.setup.channel(sim.guild, f"channel-{n}") for n in range(4)]
        self.programs = {
            role: [self._program(role, name) for name in ("one", "two")[: 1 + plan.spares]] for role in Role
        }
        self.rivals = {role: self._program(role, "rival") for role in Role}
        self.log: dict[str, list[bytes]] = {}

    def _played(self) -> list[Path]:
        each, count = 20, max(4, round(self.plan.seconds * self.plan.files))
        folder = self.home / "played"
        simulate(folder, nights=-(-count // each), rounds_per_night=each, players=8, seed=self.plan.seed)
        return rounds_in(folder)[:count]

    def _program(self, role: Role, name: str) -> Program:
        program = Program(self.home / role / name, self.sim, self.url, MUSTER_HISTORY_FOLDER=str(self.home / "history"))
        folder = self.home / "gamestats"
        folder.mkdir(exist_ok=True)
        (program.home / "muster.toml").write_text(f'[[servers]]\nname = "{SERVER}"\nfolder = "{folder}"\n')
        if role is not Role.BOT:
            del program.environment["DISCORD_TOKEN"]
        return program

    async def run(self) -> Outcome:
        began = time.monotonic()
        async with opened(self.url) as store:
            for statement in NOTES:
                await change(store, statement)
        (self.home / "history" / "logs").mkdir(parents=True)
        try:
            with self._weather():
                for program in self._all():
                    await self._start(program)
                await self._until_they_run()
                await self._work()
            ended = time.monotonic()
            await self._settled()
            self.outcome.behind = time.monotonic() - ended
            ends = await asyncio.gather(*(program.stop() for program in self._all()))
            for program, (code, _) in zip(self._all(), ends, strict=True):
                self._expect(code == 0, f"exit code {code}\n{program.said[-1500:]}")
        finally:
            for program in (*self._all(), *self.rivals.values()):
                if program.process is not None:
                    await program.kill()
        await self._judge()
        self.outcome.seconds = time.monotonic() - began
        return self.outcome

    def _all(self) -> list[Program]:
        return [program for programs in self.programs.values() for program in programs]

    def _expect(self, fact: bool, fault: str) -> None:
        if not fact:
            self.outcome.faults.append(fault)

    async def _start(self, program: Program) -> None:
        role = program.home.parent.name
        await program.start("run", "--only", role, *(["--standby"] if self.plan.spares else []))

    async def _until_they_run(self) -> None:
        """One process of each role is at work."""
        signs = {Role.COLLECTOR: "a collector is well", Role.BOT: "logged in", Role.WRITER: "history imported"}
        self._log_lines(0, 5)
        for role, programs in self.programs.items():
            await programs[0].until(lambda: any(signs[role] in each.said for each in programs), 60, role)  # noqa: B023

    @contextmanager
    def _weather(self) -> Iterator[None]:
        """What goes wrong with posts all the while, beside the kills."""
        with ExitStack() as stack:
            stack.enter_context(self.sim.faults.latency(0.005, 0.03, route=CREATE_MESSAGE))
            stack.enter_context(self.sim.faults.too_many_requests(0.05, retry_after=(0.02, 0.1)))
            stack.enter_context(self.sim.faults.swallow(0.02, route=CREATE_MESSAGE))
            yield

    async def _work(self) -> None:
        """Rounds, messages and lines come in, evenly; processes are killed."""
        killing = [asyncio.create_task(self._kill(role)) for role in Role]
        began = time.monotonic()
        files = messages = lines = 0
        try:
            while (passed := time.monotonic() - began) < self.plan.seconds or not self._killed_enough():
                share = min(passed / self.plan.seconds, 1.0)
                while files < share * len(self.played):
                    self._appear(self.played[files])
                    files += 1
                while messages < passed * self.plan.messages:
                    self.sim.act.post(self.dice.choice(self.places), self.dice.choice(self.people), "said")
                    messages += 1
                if lines < int(passed) * self.plan.lines:
                    more = round(int(passed) * self.plan.lines) - lines
                    self._log_lines(lines + 5, more)
                    lines += more
                for task in killing:
                    if task.done():
                        task.result()
                await asyncio.sleep(0.05)
        finally:
            for task in killing:
                task.cancel()
            await asyncio.gather(*killing, return_exceptions=True)
            # One that was just being refused would take the role of whoever is killed next.
            for rival in self.rivals.values():
                if rival.process is not None:
                    await rival.kill()
        for file in self.played[files:]:
            self._appear(file)
        for program in self._all():
            if program.process is None or program.process.returncode is not None:
                await self._start(program)

    def _killed_enough(self) -> bool:
        return all(self.outcome.kills[role] >= self.plan.least for role in Role)

    def _appear(self, file: Path) -> None:
        part = self.home / "gamestats" / f"{file.name}.part"
        part.write_bytes(file.read_bytes())
        part.rename(part.with_suffix(""))

    def _log_lines(self, first: int, count: int) -> None:
        """The other bot's log grows: a line a minute, 60 a day's file."""
        for number in range(first, first + count):
            day = self.log.setdefault(f"{moment(number // 60 * 86_400):%Y%m%d}", [])
            at = moment(number // 60 * 86_400 + number % 60)
            day.append(line(OLD_GUILD, f"old-{number % 3}", str(400 + number % 7), at, "once"))
        for name in {f"{moment(number // 60 * 86_400):%Y%m%d}" for number in range(first, first + count)}:
            put(self.home / "history", OLD_GUILD, name, self.log[name])
        self.outcome.lines += count

    async def _kill(self, role: Role) -> None:
        """Kills processes of a role at any moment, also while they start, and starts them again."""
        while True:
            early = self.dice.random() < 0.2
            await asyncio.sleep(self.plan.every * (self.dice.uniform(0, 0.3) if early else self.dice.uniform(0.5, 1.5)))
            program = self.dice.choice(self.programs[role])
            if program.process is not None and program.process.returncode is not None:
                self.outcome.faults.append(f"{role} ended by itself\n{program.said[-1500:]}")
            await program.kill()
            self.outcome.kills[role] += 1
            self.outcome.early += early
            await asyncio.sleep(self.dice.uniform(0, 1.5))
            await self._start(program)
            if self.plan.rivals and not early and not self.plan.spares:
                await self._refused(role)

    async def _refused(self, role: Role) -> None:
        """A second process of a role, once the first is there, ends with the line that says why."""
        async with opened(self.url) as store:
            until = time.monotonic() + 60
            while not await query(store, f"{_CLAIMS} AND application_name LIKE 'muster {role} %'"):
                self._expect(time.monotonic() < until, f"{role} does not come up again")
                await asyncio.sleep(0.1)
        rival = self.rivals[role]
        before = len(rival.said)
        await self._start(rival)
        code = await rival.ended(60)
        told = rival.said[before:].splitlines()[-1:]
        right = code == 1 and told and told[0].startswith(f"muster: another `muster run` is the {role} of the database")
        self._expect(bool(right), f"a second {role} was not refused: {code} {told}")
        self.outcome.rivals += 1

    async def _settled(self) -> None:
        """Waits until everything is in that came; the log's last lines are read when the writer begins anew."""
        for program in self.programs[Role.WRITER]:
            await program.kill()
        for program in self.programs[Role.WRITER]:
            await self._start(program)
        until = time.monotonic() + self.plan.patience
        while time.monotonic() < until:
            async with opened(self.url) as store:
                files = await query(store, "SELECT count(*) FROM processed_files")
                due = await query(store, f"SELECT count(*) FROM outbox WHERE {_DUE}")
                said = await query(store, "SELECT coalesce(sum(message_count), 0) FROM message_counts")
                lines = await query(store, "SELECT coalesce(sum(lines), 0) FROM log_migration_state")
            wanted = [len(self.played), 0, len(self.sim.truth.by_users()) + self.outcome.lines, self.outcome.lines]
            if [files[0][0], due[0][0], said[0][0], lines[0][0]] == wanted:
                return
            await asyncio.sleep(0.2)
        found = [files[0][0], due[0][0], said[0][0], lines[0][0]]
        logs = "\n".join(program.said[-1500:] for program in self._all())
        self.outcome.faults.append(f"files, due posts, messages, lines: {found}, not {wanted}\n{logs}")

    async def _judge(self) -> None:
        async with opened(self.url) as store, opened(f"sqlite:///{self.home / 'straight.db'}") as straight:
            await take(straight, self.home / "gamestats", servers=ServerChoice(name=SERVER))
            self._expect(await mark(store) == await mark(straight), "the rounds differ from a plain import of them")
            await self._judge_posts(store)
            await self._judge_messages(store)
            await self._judge_jobs(store)

    async def _judge_posts(self, store: Store) -> None:
        """Once, in order, and none left out."""
        posted = posts(self.sim)
        told = [name for name in posted if name.endswith(".txt")]
        rounds = await query(store, "SELECT file FROM rounds WHERE valid AND status IN ('paired', 'single')")
        matches = await query(store, "SELECT match_id FROM matches WHERE valid")
        wanted = {name for (name,) in (*rounds, *matches)}
        self.outcome.rounds, self.outcome.posted = len(rounds), len(posted)
        self.outcome.faults += [f"posted twice: {name}" for name in twice(posted)]
        self.outcome.faults += [f"posted out of order: {a} before {b}" for a, b in pairwise(told) if a > b]
        self.outcome.faults += [f"not posted: {name}" for name in sorted(wanted - set(posted))]

    async def _judge_messages(self, store: Store) -> None:
        """To the message: channel days, people with first and last, sessions; and the lines of the log."""
        guild = str(self.sim.guild.id)
        community = Community(Platform.DISCORD, guild, "")
        said = [
            Message(
                Channel(community, str(made.channel_id), ""),
                made.id,
                Person(Platform.DISCORD, str(made.author_id), ""),
                moment_of(made.id),
            )
            for made in self.sim.truth.by_users()
        ]
        truth, found = expected(said), await stored(store)
        self.outcome.messages = len(said)
        places = {str(place.id) for place in self.places}
        here = {
            "days": {key: value for key, value in found["days"].items() if key[0] == guild},
            "people": {key: value for key, value in found["people"].items() if key[0] == guild},
            "sessions": [each for each in found["sessions"] if each[0] in places],
        }
        for name, wanted in truth.items():
            self._expect(here[name] == wanted, f"{name} of messages differ")
        old = Counter({user: row[0] for (place, user), row in found["people"].items() if place == OLD_GUILD})
        meant = Counter(str(400 + number % 7) for number in range(self.outcome.lines))
        self._expect(old == meant, f"the log's people differ: {old}, not {meant}")

    async def _judge_jobs(self, store: Store) -> None:
        """A job went from one process to the next, and never back to one that had lost it."""
        notes = await query(store, "SELECT job, who FROM audit ORDER BY n")
        for job, role in JOBS.items():
            stints = [who for who, _ in groupby(who for each, who in notes if each == job)]
            self.outcome.stints[job] = len(stints)
            self._expect(bool(stints), f"nobody did the job {job}")
            self.outcome.faults += [f"{job} was done by two at once: {who}" for who in twice(stints)]
            strange = [who for who in stints if not who.startswith(f"muster {role} ")]
            self.outcome.faults += [f"{job} was done by {who}" for who in strange]


_DUE = "status IN ('pending', 'sending') AND kind <> 'session_end'"
_CLAIMS = (
    "SELECT 1 FROM pg_locks l JOIN pg_stat_activity USING (pid) "
    "WHERE l.locktype = 'advisory' AND l.granted AND l.objid IN (1836413810, 1836413795, 1836413815)"
)
"""Whoever has one of the keys that roles are claimed by."""


async def run(home: Path, url: str, plan: Plan) -> Outcome:
    """Everything, on an empty database of PostgreSQL."""
    async with DiscordSim(seed=plan.seed, nonce_window=2.0) as sim:
        return await Run(home, url, sim, plan).run()


def show(one: Outcome) -> None:
    """The figures, and what was wrong."""
    table = Table(title="Collector, bot and writer on one PostgreSQL", title_justify="left", show_header=False)
    table.add_row("kill -9", ", ".join(f"{role} {one.kills[role]}" for role in Role))
    table.add_row("of them soon after a start", str(one.early))
    table.add_row("second processes that were refused", str(one.rivals))
    table.add_row("rounds that count, of them posted with their maps", f"{one.rounds} · {one.posted} posts")
    table.add_row("messages counted live", f"{one.messages:,}")
    table.add_row("lines of the log counted", f"{one.lines:,}")
    table.add_row("processes, one after the other", ", ".join(f"{job} {count}" for job, count in one.stints.items()))
    table.add_row("caught up after the last of it", f"{one.behind:.1f} s")
    table.add_row("took", f"{one.seconds:.0f} s")
    table.add_row("faults", str(len(one.faults)))
    Console().print(table)
    for fault in one.faults:
        print("FAULT", fault)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.app.roles", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--every", type=float, default=12.0, help="seconds between two kills of a role, about")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--spares", action="store_true", help="two processes a role, one of them standing by")
    given = parser.parse_args()
    plan = Plan(given.minutes * 60, every=given.every, seed=given.seed, spares=given.spares)
    with tempfile.TemporaryDirectory(prefix="muster-roles-") as folder, postgres_cluster() as cluster:
        outcome = asyncio.run(run(Path(folder), cluster.create_database("roles"), plan))
    show(outcome)
    return min(1, len(outcome.faults))


if __name__ == "__main__":
    sys.exit(main())
