"""Everything at once: rounds come in, the gateway resets, 429 rains, answers get lost, the process is killed -9.

    python -m tests.announce.storm [--rounds 1000] [--kills 30] [--seed 1] [--db URL]

Every round must be posted once, in the order they were played. Without --db: SQLite, then an own PostgreSQL.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from random import Random

from muster.rounds.simulate import simulate
from muster.store import outbox
from tests.announce.running import Program, posts, twice
from tests.discord_sim import CREATE_MESSAGE, DiscordSim, Drop
from tests.discord_sim.faults import Fault
from tests.importer.working import opened, query, rounds_in
from tests.postgres import postgres_cluster

DROPS = (Drop.RESET, Drop.CLOSE, Drop.RECONNECT, Drop.LOST)
FORGETFUL = 2.0
"""Seconds the simulator remembers a nonce, Discord minutes: what is not looked for in the channel comes twice."""


@dataclass
class Outcome:
    """`faults` should be empty."""

    rounds: int = 0
    posted: int = 0
    kills: int = 0
    midway: int = 0
    drops: int = 0
    refused: int = 0
    swallowed: int = 0
    deduplicated: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


async def run(
    home: Path, url: str, *, rounds: int, kills: int, seed: int = 1, every: float = 3.0, patience: float = 600.0
) -> Outcome:
    """The storm, on an empty database. `every`: seconds between two resets of the gateway."""
    random = Random(seed)
    files = _played(home / "played", rounds, seed)
    outcome = Outcome()
    began = time.monotonic()
    async with DiscordSim(nonce_window=FORGETFUL, seed=seed) as sim:
        program = Program(home / "run", sim, url)
        feeding = asyncio.create_task(_feed(files, program.rounds, kills))
        try:
            with rain(sim) as lost:
                async with sim.storm(every, DROPS) as storm:
                    await program.start()
                    while outcome.kills < kills:
                        await _kill(program, sim, random)
                        outcome.kills += 1
                        outcome.midway += await _sending(url)
                        await program.start()
                    await feeding
                    await _finished(program, sim, url, began + patience, outcome)
                    outcome.drops = storm.drops
                outcome.swallowed = sum(fault.hits for fault in lost)
            code, _ = await program.stop()
            if code:
                outcome.faults.append(f"exit code {code}\n{program.said[-3000:]}")
        finally:
            feeding.cancel()
            await program.kill()
        outcome.refused = sim.truth.statuses[CREATE_MESSAGE, 429]
        outcome.deduplicated = len(sim.truth.deduplicated)
        await _judge(url, posts(sim), outcome)
    outcome.seconds = time.monotonic() - began
    return outcome


def _played(folder: Path, rounds: int, seed: int) -> list[Path]:
    each = 20
    simulate(folder, nights=-(-rounds // each), rounds_per_night=each, players=8, seed=seed)
    return rounds_in(folder)[:rounds]


@contextmanager
def rain(sim: DiscordSim) -> Iterator[list[Fault]]:
    """What goes wrong with requests all the while; gives those faults that lose an answer."""
    with ExitStack() as stack:
        stack.enter_context(sim.faults.latency(0.005, 0.03, route=CREATE_MESSAGE))
        stack.enter_context(sim.faults.too_many_requests(0.15, retry_after=(0.02, 0.1)))
        stack.enter_context(sim.faults.errors(0.02, statuses=(500, 503), route=CREATE_MESSAGE))
        swallowed = stack.enter_context(sim.faults.swallow(0.03, route=CREATE_MESSAGE))
        answered = stack.enter_context(sim.faults.errors(0.02, statuses=(503,), route=CREATE_MESSAGE, after=True))
        yield [swallowed, answered]


async def _feed(files: list[Path], folder: Path, kills: int) -> None:
    """Files appear in order, a few at a time, over the time that the kills take."""
    portion = max(1, len(files) // max(1, kills * 2))
    for at in range(0, len(files), portion):
        for file in files[at : at + portion]:
            part = folder / f"{file.name}.part"
            part.write_bytes(file.read_bytes())
            part.rename(folder / file.name)
        await asyncio.sleep(1.2)


async def _kill(program: Program, sim: DiscordSim, random: Random) -> None:
    """Kills the process at any moment: mostly in the middle of posting, sometimes while it starts."""
    if random.random() < 0.2:
        await asyncio.sleep(random.uniform(0.1, 1.5))
    else:
        goal = len(sim.truth.created) + random.randint(1, 25)
        until = time.monotonic() + 8
        while len(sim.truth.created) < goal and time.monotonic() < until:
            await asyncio.sleep(0.002)
        await asyncio.sleep(random.uniform(0, 0.03))
    await program.kill()


async def _sending(url: str) -> bool:
    """Whether a post was on its way when the process died."""
    async with opened(url) as store, store.read() as reader:
        return "sending" in await outbox.counts(reader)


async def _finished(program: Program, sim: DiscordSim, url: str, until: float, outcome: Outcome) -> None:
    """Waits until all files are in and nothing that is due is left."""
    while time.monotonic() < until:
        if program.process is not None and program.process.returncode is not None:
            outcome.faults.append(f"the process ended\n{program.said[-3000:]}")
            return
        await asyncio.sleep(0.5)
        async with opened(url) as store:
            ((files,),) = await query(store, "SELECT count(*) FROM processed_files")
            left = await query(store, f"SELECT count(*) FROM outbox WHERE {_DUE}")
        if files == len(list(program.rounds.iterdir())) and left == [(0,)]:
            return
    outcome.faults.append(f"not finished in time\n{program.said[-3000:]}")


_DUE = "status IN ('pending', 'sending') AND kind <> 'session_end'"


async def _judge(url: str, posted: list[str], outcome: Outcome) -> None:
    """Once, in order, and none left out."""
    outcome.posted = len(posted)
    outcome.faults += [f"twice: {name}" for name in twice(posted)]
    told = [name for name in posted if name.endswith(".txt")]
    outcome.faults += [f"out of order: {a} before {b}" for a, b in pairwise(told) if a > b]
    async with opened(url) as store:
        whole = await query(store, "SELECT file FROM rounds WHERE valid AND status IN ('paired', 'single')")
        matches = await query(store, "SELECT match_id FROM matches WHERE valid")
        strange = await query(store, "SELECT key, status, error FROM outbox WHERE status NOT IN ('sent', 'pending')")
        unnoted = await query(store, "SELECT count(*) FROM outbox WHERE status = 'sent' AND message_id IS NULL")
    outcome.rounds = len(whole)
    wanted = {name for (name,) in (*whole, *matches)}
    outcome.faults += [f"missing: {name}" for name in sorted(wanted - set(posted))]
    outcome.faults += [f"in the outbox: {row}" for row in strange]
    if unnoted != [(0,)]:
        outcome.faults.append(f"sent without a message: {unnoted}")


async def main(rounds: int, kills: int, seed: int, url: str | None) -> int:
    with tempfile.TemporaryDirectory(prefix="muster-storm-") as place:
        home = Path(place)
        if url is not None:
            return _tell(url, await run(home, url, rounds=rounds, kills=kills, seed=seed))
        sqlite = f"sqlite:///{home / 'storm.db'}"
        faults = _tell("SQLite", await run(home / "sqlite", sqlite, rounds=rounds, kills=kills, seed=seed))
        with postgres_cluster() as cluster:
            database = cluster.create_database("storm")
            outcome = await run(home / "postgresql", database, rounds=rounds, kills=kills, seed=seed)
            return faults + _tell("PostgreSQL", outcome)


def _tell(where: str, one: Outcome) -> int:
    print(
        f"{where}: {one.rounds} rounds, {one.posted} posts in {one.seconds:.0f} s; {one.kills} kills, {one.midway} of "
        f"them with a post on its way; {one.drops} gateway resets, {one.refused} × 429, {one.swallowed} answers lost, "
        f"{one.deduplicated} known by their nonce"
    )
    for fault in one.faults:
        print("FAULT", fault)
    print("faults:", len(one.faults), flush=True)
    return len(one.faults)


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m tests.announce.storm", description=__doc__)
    options.add_argument("--rounds", type=int, default=1000)
    options.add_argument("--kills", type=int, default=30)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--db", help="URL of an empty database")
    chosen = options.parse_args()
    sys.exit(min(1, asyncio.run(main(chosen.rounds, chosen.kills, chosen.seed, chosen.db))))
