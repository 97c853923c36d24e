"""Counting what is said in Discord, over the wire: connections break, the bot is away, threads come and go."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from muster.bot.online import Online
from muster.community import logbook
from muster.community.recorder import Recorder
from muster.config import Settings
from muster.store.engine import Store
from tests.community.telling import recorder
from tests.discord_sim import DiscordSim, Drop, P
from tests.discord_sim.client import QUICK, pointed_at
from tests.importer.working import opened, query


@asynccontextmanager
async def counting(sim: DiscordSim, store: Store, folder: Path, **values: Any) -> AsyncIterator[Recorder]:
    """A bot that counts, from its start to its end."""
    settings = Settings(discord_token=SecretStr(sim.token), **({"_env_file": None} | values))
    counts = recorder(store, folder, size=50, seconds=0.02)
    stop, later = asyncio.Event(), asyncio.Event()
    with pointed_at(sim):
        recording = asyncio.create_task(counts.run(later))
        online = Online(settings, store, counts, **QUICK)
        task = asyncio.create_task(online.run(stop))
        try:
            async with asyncio.timeout(10):
                bot = await online.bot()
                await bot.wait_until_ready()
            yield counts
        finally:
            stop.set()
            await asyncio.wait_for(task, 10)
            later.set()
            await asyncio.wait_for(recording, 10)


async def totals(store: Store) -> dict[int, int]:
    rows = await query(store, "SELECT channel_id, sum(message_count) FROM message_counts GROUP BY channel_id")
    return {int(channel): int(count) for channel, count in rows}


async def settled(store: Store, sim: DiscordSim, within: float = 15.0) -> None:
    """Waits until the store says what the simulator knows."""
    async with asyncio.timeout(within):
        while await totals(store) != dict(sim.truth.per_channel()):
            await asyncio.sleep(0.05)


async def test_what_people_write_is_counted_and_nothing_else(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store, DiscordSim() as sim:
        alice, bob = (sim.setup.member(sim.guild, name) for name in ("alice", "bob"))
        robot = sim.setup.member(sim.guild, sim.setup.user("robot", bot=True))
        thread = sim.setup.thread(sim.channel, "plans", alice)
        async with counting(sim, store, tmp_path):
            first = sim.act.post(sim.channel, alice, "hello")
            sim.act.post(sim.channel, bob, "hello you", reply_to=first)
            sim.act.post(thread, alice, "in the thread")
            sim.act.post(sim.channel, robot, "beep")
            sim.act.system(sim.channel, bob, "join")
            await sim_direct(sim, alice)
            await settled(store, sim)
        people = await query(
            store,
            "SELECT u.global_username, t.messages, t.replies FROM user_totals t JOIN users u ON u.user_id = t.user_id "
            "ORDER BY 1",
        )
        assert people == [("alice", 2, 0), ("bob", 1, 1)]
        assert await query(store, "SELECT parent FROM channels WHERE name = 'plans'") == [(str(sim.channel.id),)]


async def sim_direct(sim: DiscordSim, user: Any) -> None:
    """A private message, which the truth must not count among the channels of a server."""
    before = len(sim.truth.created)
    sim.act.direct(user, "psst")
    del sim.truth.created[before:]


async def test_what_was_said_while_away_is_read_back(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store, DiscordSim() as sim:
        alice = sim.setup.member(sim.guild, "alice")
        for _ in range(250):
            sim.act.post(sim.channel, alice, "before")
        async with counting(sim, store, tmp_path):
            await settled(store, sim)
            sim.act.post(sim.channel, alice, "live")
            await settled(store, sim)
        other = sim.setup.channel(sim.guild, "other")
        thread = sim.setup.thread(sim.channel, "a thread", alice)
        closed = sim.setup.thread(other, "closed again", alice)
        for n in range(330):
            sim.act.post((sim.channel, other, thread, closed)[n % 4], alice, "while away")
        sim.setup.archive(closed)
        async with counting(sim, store, tmp_path):
            sim.act.post(sim.channel, alice, "live again")
            await settled(store, sim)


async def test_every_way_to_lose_a_connection(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store, DiscordSim() as sim:
        people = [sim.setup.member(sim.guild, f"user{n}") for n in range(5)]
        places = [sim.channel, *(sim.setup.channel(sim.guild, f"c{n}") for n in range(4))]
        places += [sim.setup.thread(place, f"t{place.id}", people[0]) for place in places[:3]]
        sim.faults.deliveries.duplicate = 0.1
        sim.faults.deliveries.reorder = 0.1
        async with counting(sim, store, tmp_path):
            for turn, drop in enumerate((*Drop, *Drop)):
                for n in range(60):
                    sim.act.post(places[n % len(places)], people[n % 5], "talk")
                    if n == 30:
                        sim.gateway.drop(drop)
                    await asyncio.sleep(0.002)
                if turn % 4 == 3:
                    places.append(sim.setup.thread(sim.channel, f"new {turn}", people[1]))
            sim.faults.deliveries.reorder = 0.0
            await asyncio.sleep(0.5)
            await settled(store, sim, 30)
        assert len(sim.truth.by_users()) == 60 * 2 * len(Drop)


async def test_channels_that_are_not_counted(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store, DiscordSim() as sim:
        alice = sim.setup.member(sim.guild, "alice")
        noise, hidden = sim.setup.channel(sim.guild, "noise"), sim.setup.channel(sim.guild, "hidden")
        sim.setup.overwrite(hidden, sim.setup.bot_role(sim.guild), deny=P.READ_MESSAGE_HISTORY)
        thread = sim.setup.thread(noise, "more noise", alice)
        sim.act.post(hidden, alice, "not to be read back")
        async with counting(sim, store, tmp_path, ignored_channels=[noise.id]):
            for place in (sim.channel, noise, thread, hidden):
                sim.act.post(place, alice, "hello")
            async with asyncio.timeout(10):
                while sum((await totals(store)).values()) < 2:
                    await asyncio.sleep(0.05)
        assert await totals(store) == {sim.channel.id: 1, hidden.id: 1}


async def test_a_closed_thread_that_nobody_told_of(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store, DiscordSim() as sim:
        alice = sim.setup.member(sim.guild, "alice")
        thread = sim.setup.thread(sim.channel, "closed", alice)
        sim.act.post(thread, alice, "long ago")
        sim.setup.archive(thread)
        async with counting(sim, store, tmp_path):
            sim.act.post(thread, alice, "without opening it")
            sim.setup.archive(thread, archived=False)
            sim.setup.archive(thread)
            sim.act.post(thread, alice, "closed while it was heard")
            await settled(store, sim)


async def test_without_message_content_everything_is_counted_and_nothing_written(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with opened(sqlite_url) as store, DiscordSim(enabled_intents=0) as sim:
        alice = sim.setup.member(sim.guild, "alice")
        await logbook.set_policy(store, "discord", "default", on=True)
        async with counting(sim, store, tmp_path, message_content=False):
            for n in range(40):
                sim.act.post(sim.channel, alice, f"a secret {n}")
            await settled(store, sim)
            for n in range(30):
                sim.act.post(sim.channel, alice, f"a secret {n}")
            sim.gateway.drop(Drop.INVALID)
            await settled(store, sim)
        assert await query(store, "SELECT * FROM chat_log") == []
    assert all(b"a secret" not in file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
