"""Voice, joins and leaves over the wire, on a clock that the test sets: what is stored is what the simulator knows."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from muster.bot.online import Online
from muster.community.attendance import LONGEST_GAP
from muster.community.days import DayRule
from muster.community.voice import VoiceCounter
from muster.config import Settings
from muster.store.engine import Store
from tests.announce.running import Program, running
from tests.community.telling import START
from tests.conftest import ROOT
from tests.discord_sim import DiscordSim, Drop
from tests.discord_sim.client import QUICK, pointed_at
from tests.discord_sim.events import MEMBERS, MESSAGE_CONTENT
from tests.discord_sim.model import ChannelType
from tests.importer.working import opened, query

Stay = tuple[int, int, int, int]


class Clock:
    """Milliseconds that pass when the test says so; also for the simulator's truth."""

    def __init__(self, sim: DiscordSim, file: Path | None = None) -> None:
        self.ms = START
        self.sim = sim
        self.file = file
        sim.truth.clock = lambda: self.ms
        self._write()

    async def passes(self, seconds: float) -> None:
        """First everything that happened so far is heard."""
        if self.sim.gateway.connected:
            await self.sim.gateway.ping(30.0)
        self.ms += int(seconds * 1000)
        self._write()

    def _write(self) -> None:
        if self.file is not None:
            fresh = self.file.with_suffix(".new")
            fresh.write_text(str(self.ms))
            fresh.rename(self.file)


@asynccontextmanager
async def watching(sim: DiscordSim, store: Store, clock: Clock, **values: Any) -> AsyncIterator[VoiceCounter]:
    """A bot that counts voice, from its start to its end."""
    settings = Settings(discord_token=SecretStr(sim.token), **({"_env_file": None} | values))
    counter = VoiceCounter(store, lambda *_: DayRule(), now=lambda: clock.ms, gather=0.0, beat=0.02)
    stop, later = asyncio.Event(), asyncio.Event()
    with pointed_at(sim):
        counting = asyncio.create_task(counter.run(later))
        online = Online(settings, store, None, counter, **QUICK)
        task = asyncio.create_task(online.run(stop))
        try:
            async with asyncio.timeout(30):
                bot = await online.bot()
                await bot.wait_until_ready()
            yield counter
        finally:
            stop.set()
            await asyncio.wait_for(task, 30)
            later.set()
            await asyncio.wait_for(counting, 30)


async def stored(store: Store) -> list[Stay]:
    """Who was in which channel from when to when."""
    rows = await query(
        store,
        "SELECT u.key, h.key, v.joined_at, v.left_at FROM voice_sessions v JOIN users u ON u.user_id = v.user_id "
        "JOIN channels h ON h.id = v.channel_id",
    )
    return sorted((int(user), int(place), joined, left) for user, place, joined, left in rows)


async def until(store: Store, wanted: list[Stay], within: float = 60.0) -> None:
    """Waits until the store says so."""
    found: list[Stay] = []
    try:
        async with asyncio.timeout(within):
            while (found := await stored(store)) != sorted(wanted):
                await asyncio.sleep(0.02)
    except TimeoutError:
        assert found == sorted(wanted)


async def check_days(store: Store) -> None:
    """The days hold what the sessions hold."""
    rows = await query(store, "SELECT sum(left_at - joined_at) FROM voice_sessions")
    days = await query(store, "SELECT sum(milliseconds) FROM voice_days")
    assert rows == days


async def test_moves_midnight_mute_bots_and_those_who_are_away(db_url: str) -> None:
    async with opened(db_url) as store, DiscordSim() as sim:
        red, blue, away, hidden = (
            sim.setup.channel(sim.guild, name, ChannelType.VOICE) for name in ("red", "blue", "away", "hidden")
        )
        sim.guild.afk_channel_id = away.id
        anna, bert = (sim.setup.member(sim.guild, name) for name in ("anna", "bert"))
        robot = sim.setup.member(sim.guild, sim.setup.user("robot", bot=True))
        clock = Clock(sim)
        sim.setup.voice(sim.guild, robot, red)
        sim.setup.voice(sim.guild, bert, blue)
        async with watching(sim, store, clock, ignored_channels=[hidden.id]):
            await clock.passes(0)
            sim.setup.voice(sim.guild, anna, red)
            await clock.passes(10.5)
            sim.setup.mute(sim.guild, anna)
            await clock.passes(3)
            sim.setup.mute(sim.guild, anna, muted=False)
            await clock.passes(86_400)
            sim.setup.voice(sim.guild, anna, blue)
            await clock.passes(7.25)
            sim.setup.voice(sim.guild, bert, away)
            sim.setup.voice(sim.guild, anna, hidden)
            await clock.passes(60)
            sim.setup.voice(sim.guild, bert, red)
            await clock.passes(1)
            sim.setup.voice(sim.guild, bert, None)
            sim.setup.voice(sim.guild, robot, blue)
            wanted = [stay for stay in sim.truth.stays() if stay[0] != robot.id and stay[1] not in (away.id, hidden.id)]
            assert len(wanted) == 4
            await until(store, wanted)
        assert await query(store, "SELECT count(*) FROM voice_sessions WHERE is_open") == [(0,)]
        await check_days(store)
        spent = dict(await query(store, "SELECT day, sum(milliseconds) FROM voice_days GROUP BY day"))
        midnight = (START // 86_400_000 + 1) * 86_400_000
        inside = sum(min(left, midnight) - joined for _, _, joined, left in wanted if joined < midnight)
        after = sum(left - max(joined, midnight) for _, _, joined, left in wanted)
        assert spent == {START // 86_400_000: inside, START // 86_400_000 + 1: after}
        names = await query(store, "SELECT global_username FROM users ORDER BY 1")
        assert names == [("anna",), ("bert",)]


async def test_every_way_to_lose_a_connection(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store, DiscordSim() as sim:
        red, blue = (sim.setup.channel(sim.guild, name, ChannelType.VOICE) for name in ("red", "blue"))
        anna, bert = (sim.setup.member(sim.guild, name) for name in ("anna", "bert"))
        clock = Clock(sim)
        async with watching(sim, store, clock) as counter:
            sim.setup.voice(sim.guild, anna, red)
            wanted = [(anna.id, red.id, clock.ms, clock.ms)]
            for number, drop in enumerate(Drop):
                sim.setup.voice(sim.guild, bert, blue if number % 2 else red)
                begins = clock.ms
                await clock.passes(20)
                await connected(sim, counter)
                lost_at = clock.ms
                sim.gateway.drop(drop)
                sim.setup.voice(sim.guild, bert, None)
                await connected(sim, counter)
                await clock.passes(5)
                wanted.append((bert.id, blue.id if number % 2 else red.id, begins, lost_at))
                wanted[0] = (anna.id, red.id, START, clock.ms)
                await until(store, wanted)
            sim.setup.voice(sim.guild, anna, None)
            await until(store, wanted)
        await check_days(store)
        assert sorted(wanted) == sorted(sim.truth.stays())


async def connected(sim: DiscordSim, counter: VoiceCounter) -> None:
    """Waits until the bot has heard again who is there."""
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(TimeoutError):
                await sim.gateway.ping(1.0)
                if sim.gateway.connected and len(counter) == len(sim.guild.voice) and counter.is_watching:
                    return
            await asyncio.sleep(0.01)


async def test_killed_and_started_again(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store, DiscordSim() as sim:
        red, blue = (sim.setup.channel(sim.guild, name, ChannelType.VOICE) for name in ("red", "blue"))
        anna, bert, cara = (sim.setup.member(sim.guild, name) for name in ("anna", "bert", "cara"))
        clock = Clock(sim, tmp_path / "clock")
        for user in (anna, bert):
            sim.setup.voice(sim.guild, user, red)
        async with process(sim, db_url, tmp_path):
            await until(store, [(user.id, red.id, START, START) for user in (anna, bert)])
            await clock.passes(100)
            await until(store, [(user.id, red.id, START, START + 100_000) for user in (anna, bert)])
        await gone(sim)
        await clock.passes(60)
        sim.setup.voice(sim.guild, bert, blue)
        sim.setup.voice(sim.guild, cara, red)
        await clock.passes(30)
        back = clock.ms
        kept = [(bert.id, red.id, START, START + 100_000)]
        async with process(sim, db_url, tmp_path):
            begun = [(bert.id, blue.id, back, back), (cara.id, red.id, back, back)]
            await until(store, [*kept, (anna.id, red.id, START, back), *begun])
            await clock.passes(10)
            sim.setup.voice(sim.guild, anna, None)
            kept += [(anna.id, red.id, START, back + 10_000)]
            assert kept[-1] in sim.truth.stays()
            await until(store, [*kept, *((*each[:3], back + 10_000) for each in begun)])
        await check_days(store)


async def gone(sim: DiscordSim) -> None:
    """Waits until the simulator has noticed that nobody is connected."""
    async with asyncio.timeout(30):
        while sim.gateway.connected:
            await asyncio.sleep(0.01)


@asynccontextmanager
async def process(sim: DiscordSim, url: str, home: Path) -> AsyncIterator[None]:
    """A bot as a process of its own, killed -9 at the end."""
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", "-m", "tests.community.voice_bot", sim.api_base, sim.token, url),
        str(home / "clock"),
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
    )
    try:
        yield
    finally:
        started.kill()
        await started.wait()


async def test_a_stop_and_a_start_go_on_in_the_same_session(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store, DiscordSim() as sim:
        red = sim.setup.channel(sim.guild, "red", ChannelType.VOICE)
        anna = sim.setup.member(sim.guild, "anna")
        clock = Clock(sim)
        sim.setup.voice(sim.guild, anna, red)
        for _ in range(2):
            async with watching(sim, store, clock):
                await clock.passes(50)
            await clock.passes(20)
        await until(store, [(anna.id, red.id, START, START + 120_000)])
        await check_days(store)


async def test_an_outage_of_the_server_and_its_end(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store, DiscordSim() as sim:
        red = sim.setup.channel(sim.guild, "red", ChannelType.VOICE)
        anna = sim.setup.member(sim.guild, "anna")
        clock = Clock(sim)
        sim.setup.voice(sim.guild, anna, red)
        async with watching(sim, store, clock):
            await clock.passes(50)
            sim.setup.outage(sim.guild)
            await clock.passes(LONGEST_GAP / 1000 + 1)
            sim.setup.outage(sim.guild, over=True)
            await clock.passes(0)
            at = START + 50_000
            await until(store, [(anna.id, red.id, START, at), (anna.id, red.id, clock.ms, clock.ms)])


async def test_a_server_that_the_bot_must_leave(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store, DiscordSim() as sim:
        red = sim.setup.channel(sim.guild, "red", ChannelType.VOICE)
        anna = sim.setup.member(sim.guild, "anna")
        clock = Clock(sim)
        sim.setup.voice(sim.guild, anna, red)
        async with watching(sim, store, clock):
            await clock.passes(50)
            sim.setup.remove(sim.guild)
            await clock.passes(100)
            await until(store, [(anna.id, red.id, START, START + 50_000)])
        assert await query(store, "SELECT count(*) FROM voice_sessions WHERE is_open") == [(0,)]


async def test_the_whole_program_counts_voice(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store, DiscordSim() as sim:
        red = sim.setup.channel(sim.guild, "red", ChannelType.VOICE)
        anna = sim.setup.member(sim.guild, "anna")
        blue, bert = sim.setup.channel(sim.guild, "blue", ChannelType.VOICE), sim.setup.member(sim.guild, "bert")
        sim.setup.voice(sim.guild, anna, red)
        program = Program(tmp_path, sim, sqlite_url)
        async with running(program):
            # In voice first and then writing there, and the other way round.
            await waited(store, "SELECT * FROM voice_sessions", 1)
            for place in (red, blue):
                sim.act.post(place, anna, "hello 👍")
            await waited(store, "SELECT * FROM user_days", 2)
            sim.setup.voice(sim.guild, bert, blue)
            sim.act.post(blue, bert, "hello")
            await waited(store, "SELECT * FROM voice_sessions", 2)
            await waited(store, "SELECT * FROM user_days", 3)
            await program.stop()
        moves = sim.truth.voice
        found = await stored(store)
        assert [stay[:2] for stay in found] == sorted([(anna.id, red.id), (bert.id, blue.id)])
        assert all(moved.at <= joined < left for moved, (_, _, joined, left) in zip(moves, found, strict=True))
        assert await query(store, "SELECT emoji, uses FROM user_emoji") == [("👍", 2)]
        assert await query(store, "SELECT * FROM user_words") == []
        assert await query(store, "SELECT * FROM quarantine") == []
        assert await query(store, "SELECT count(*) FROM channels WHERE name IN ('red', 'blue')") == [(2,)]
        assert await query(store, "SELECT count(*) FROM users") == [(2,)]
        await check_days(store)


async def waited(store: Store, sql: str, rows: int) -> None:
    async with asyncio.timeout(60):
        while len(await query(store, sql)) < rows:
            await asyncio.sleep(0.05)


async def test_joins_and_leaves(db_url: str) -> None:
    async with opened(db_url) as store, DiscordSim(enabled_intents=MEMBERS | MESSAGE_CONTENT) as sim:
        clock = Clock(sim)
        async with watching(sim, store, clock, count_joins=True):
            anna = sim.setup.member(sim.guild, "anna")
            sim.setup.member(sim.guild, sim.setup.user("robot", bot=True))
            await clock.passes(0)
            clock.ms = 1 << 42
            sim.setup.leave(sim.guild, anna)
            await sim.gateway.ping()
            wanted = [("anna", False), ("anna", True)]
            select = "SELECT u.global_username, e.joined FROM member_events e JOIN users u ON u.user_id = e.user_id"
            async with asyncio.timeout(30):
                while sorted((n, bool(j)) for n, j in await query(store, select)) != wanted:
                    await asyncio.sleep(0.02)


async def test_without_the_intent_nobody_is_kept(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store, DiscordSim() as sim:
        clock = Clock(sim)
        red = sim.setup.channel(sim.guild, "red", ChannelType.VOICE)
        async with watching(sim, store, clock):
            anna = sim.setup.member(sim.guild, "anna")
            sim.setup.voice(sim.guild, anna, red)
            await until(store, [(anna.id, red.id, START, START)])
        assert await query(store, "SELECT * FROM member_events") == []
