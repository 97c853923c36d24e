"""Discord away, the database away, while rounds come in and people ask: how long until all is well again.

python -m tests.app.outage [--seconds 150]
"""

import argparse
import asyncio
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.announce.running import Program, posts, running, twice
from tests.app.restarts import Restartable, restartable
from tests.building import put_pair
from tests.discord_sim import DiscordSim, User

ASKED = "!top_killers"
REFUSED = "The database can't be reached"


@dataclass
class Outcome:
    """Seconds from the end of the outage until everything was posted and a command was answered."""

    away: float = 0.0
    posted: float = 0.0
    answered: float = 0.0
    refused: bool = False
    faults: list[str] = field(default_factory=list)


async def discord_away(home: Path, url: str, seconds: float) -> Outcome:
    """Discord refuses connections for a while."""
    async with DiscordSim() as sim:
        alice = sim.setup.member(sim.guild, "alice")
        program = Program(home, sim, url, MUSTER_MIN_ROUNDS="1")
        outcome = Outcome(away=seconds)
        async with running(program):
            await sim.bot_connected()
            wanted = _pair(program, 8)
            await program.until(lambda: set(wanted) <= set(posts(sim)))
            await sim.down()
            wanted += _pair(program, 9)
            await asyncio.sleep(seconds)
            wanted += _pair(program, 10)
            await sim.up()
            await _well(program, sim, alice, wanted, outcome)
        return outcome


async def database_away(
    home: Path, server: Restartable, name: str, seconds: float, how: signal.Signals = signal.SIGINT
) -> Outcome:
    """PostgreSQL is stopped for a while in the middle of everything."""
    url = server.cluster.create_database(name)
    async with DiscordSim() as sim:
        alice = sim.setup.member(sim.guild, "alice")
        program = Program(home, sim, url, MUSTER_MIN_ROUNDS="1")
        outcome = Outcome(away=seconds)
        async with running(program):
            await sim.bot_connected()
            wanted = [name for hour in range(8, 14) for name in _pair(program, hour)]
            await program.until(lambda: len(posts(sim)) > 4)
            await asyncio.to_thread(server.stop, how)
            wanted += _pair(program, 15)
            sim.act.post(sim.channel, alice, ASKED)
            refusal = sim.watch.message(REFUSED, within=10)
            outcome.refused = await _or_none(refusal)
            await asyncio.sleep(seconds)
            await asyncio.to_thread(server.start)
            wanted += _pair(program, 16)
            await _well(program, sim, alice, wanted, outcome)
        return outcome


async def _or_none(waiting: "asyncio.Future[object] | object") -> bool:
    try:
        await waiting  # type: ignore[misc]
    except TimeoutError:
        return False
    return True


async def _well(program: Program, sim: DiscordSim, alice: User, wanted: list[str], outcome: Outcome) -> None:
    """Everything is posted, once and in order, and commands are answered."""
    began = time.monotonic()
    answering = asyncio.create_task(_answered(sim, alice, began))
    await program.until(lambda: set(wanted) <= set(posts(sim)), within=120, what="the posts")
    outcome.posted = time.monotonic() - began
    outcome.answered = await answering
    outcome.faults += [f"twice: {name}" for name in twice(posts(sim))]
    if [name for name in posts(sim) if name in wanted] != wanted:
        outcome.faults.append(f"order: {posts(sim)}")
    if "Traceback" in program.said:
        outcome.faults.append(program.said[-4000:])


async def _answered(sim: DiscordSim, alice: User, began: float) -> float:
    """Asks again and again until there is an answer."""
    while time.monotonic() - began < 60:
        mark = sim.watch.mark()
        sim.act.post(sim.channel, alice, ASKED)
        try:
            await sim.watch.message(lambda m: m.reply_to is not None and "p0" in m.text, since=mark, within=2)
        except TimeoutError:
            continue
        return time.monotonic() - began
    raise TimeoutError("no command was answered")


def _pair(program: Program, hour: int) -> list[str]:
    files = put_pair(program.rounds, hour=hour)
    return [*(file.name for file in files), f"2025-01-01-{hour:02d}0000-supply@main"]


async def main(seconds: float) -> int:
    with tempfile.TemporaryDirectory(prefix="muster-outage-") as place, restartable() as server:
        home = Path(place)
        outcomes = {
            "Discord away": await discord_away(home / "d", f"sqlite:///{home / 'd.db'}", seconds),
            "database restarted": await database_away(home / "r", server, "restarted", 0.0),
            "database crashed": await database_away(home / "c", server, "crashed", 0.0, signal.SIGQUIT),
            "database away": await database_away(home / "a", server, "away", seconds),
        }
    for what, one in outcomes.items():
        print(
            f"{what} {one.away:.0f} s: everything posted {one.posted:.1f} s after, a command answered "
            f"{one.answered:.1f} s after; asked meanwhile: {'told to try again' if one.refused else '-'}; "
            f"faults: {one.faults or 'none'}"
        )
    return sum(len(one.faults) for one in outcomes.values())


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m tests.app.outage", description=__doc__)
    options.add_argument("--seconds", type=float, default=150.0)
    sys.exit(min(1, asyncio.run(main(options.parse_args().seconds))))
