"""Evenings as Discord sees them: voice channels over the wire, commands, the posts, and a summary that is edited."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from muster.announce.book import book_of
from muster.announce.keeper import Keeper
from muster.announce.news import announcer_of
from muster.announce.sender import Sender
from muster.bot import posts
from muster.bot.online import Online
from muster.bot.sender import DiscordCarrier
from muster.config import Settings, load
from muster.rounds.importer import Importer, ServerChoice
from muster.store import life
from muster.store.engine import Store, parse_url
from muster.store.upgrade import upgrade
from tests.announce.running import posts as named
from tests.announce.working import until
from tests.bot.admin_room import told
from tests.building import put, six
from tests.discord_sim import DiscordSim
from tests.discord_sim.client import QUICK, pointed_at
from tests.discord_sim.model import Channel, ChannelType, User


class Night:
    """The program but for what collects files, against a Discord with a voice channel."""

    def __init__(self, sim: DiscordSim, store: Store, settings: Settings, lobby: Channel, boss: User) -> None:
        self.sim = sim
        self.store = store
        self.settings = settings
        self.lobby = lobby
        self.boss = boss

    def people(self, *users: User, there: bool = True) -> None:
        for user in users:
            self.sim.setup.voice(self.sim.guild, user, self.lobby if there else None)

    async def told(self, part: str, count: int = 1) -> str:
        """The name of a post, as soon as there are so many with a part of a name."""
        await until(lambda: sum(part in name for name in named(self.sim)) == count, within=30)
        return [name for name in named(self.sim) if part in name][-1]

    async def typed(self, words: str) -> str:
        mark = self.sim.watch.mark()
        self.sim.act.post(self.sim.setup.channel(self.sim.guild, words.strip("!")), self.boss, words)
        return told(await self.sim.watch.message(since=mark, within=20))


@asynccontextmanager
async def night(folder: Path) -> AsyncIterator[Night]:
    async with Store(parse_url(str(folder / "muster.db"))) as store, DiscordSim() as sim:
        await upgrade(store)
        lobby = sim.setup.channel(sim.guild, "lobby", ChannelType.VOICE)
        boss = sim.setup.member(sim.guild, "boss")
        settings = load(
            database_url=str(folder / "muster.db"),
            discord_token=sim.token,
            guild_id=sim.guild.id,
            root_users=[boss.id],
            stats_channel_id=sim.channel.id,
            automation_enabled=True,
            gaming_voice_channels=f"{lobby.id}, 77",
            session_start_threshold=2,
            session_end_threshold=1,
            session_end_delay=0,
        )
        book = book_of(settings)
        assert book is not None
        keeper = Keeper(store, book, lambda: online.occupancy(), watches=True, done=lambda: sender.wake())
        stop = asyncio.Event()
        with pointed_at(sim):
            online = Online(settings, store, keeper=keeper, **QUICK)
            sender = Sender(store, DiscordCarrier(online, store, posts.build))
            tasks = [asyncio.create_task(part.run(stop)) for part in (online, keeper, sender)]
            try:
                await sim.bot_connected()
                yield Night(sim, store, settings, lobby, boss)
            finally:
                stop.set()
                await asyncio.wait_for(asyncio.gather(*tasks), 20)


async def test_people_in_voice_make_an_evening(tmp_path: Path) -> None:
    """Bots do not count; an event that was lost with the connection is made good when Discord tells who is there."""
    async with night(tmp_path) as it:
        machine = it.sim.setup.user("machine", bot=True)
        it.sim.setup.member(it.sim.guild, machine)
        ann, ben = (it.sim.setup.member(it.sim.guild, name) for name in ("ann", "ben"))
        it.people(machine, ann)
        assert "No session is going on" in await it.typed("!session_end")
        it.people(ben)
        name = await it.told("evening-")
        status = await it.typed("!session_status")
        assert "by people in voice" in status
        assert "by voice, 2 in voice" in await it.typed("!automation_status")
        await it.sim.down()
        it.people(ann, ben, there=False)
        await it.sim.up()
        assert await it.told(" ended") == f"{name} ended"
        assert sorted(named(it.sim)) == [name, f"{name} ended"]


async def test_a_summary_is_edited_where_it_stands(tmp_path: Path) -> None:
    async with night(tmp_path) as it:
        assert "Session started" in await it.typed("!session_start")
        name = await it.told("evening-")
        assert "going on already" in await it.typed("!session_start")
        assert "Session ended" in await it.typed("!session_end")
        await it.told(" ended")
        now = datetime.now(UTC)
        async with it.store.write() as writer:  # as if it had been a while ago
            (row,) = await life.all_of(writer)
            times = {"since": now - timedelta(hours=2), "until": now - timedelta(minutes=30)}
            await life.change(writer, msgspec.structs.replace(row, **times))
        announcer = announcer_of(it.settings)
        assert announcer is not None
        stamp = (now - timedelta(minutes=50)).strftime("%Y-%m-%d-%H%M%S")
        file = put(tmp_path / "late", stamp, 1, *six(kills=3, deaths=3, damage_given=100, damage_received=100))
        await Importer(it.store, ServerChoice(name="main"), announcer.on_taken).run([file])
        await until(lambda: any("1 round" in told(message) for message in it.sim.watch.by_bot()), within=30)
        (message,) = (each for each in it.sim.watch.by_bot() if "ended" in told(each) and "Gaming" in told(each))
        assert "1 round" in told(message)
        assert named(it.sim).count(f"{name} ended") == 1
        assert list(message.files) == ["session.png"]
