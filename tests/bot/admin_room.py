"""A Discord on loopback with the bot, an admin, and others, for the commands that look after things."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from muster.bot.client import MusterBot
from muster.config import load
from muster.rounds.importer import Importer, find
from muster.store.engine import Store, parse_url
from muster.store.upgrade import upgrade
from tests.building import guid, player, put
from tests.discord_sim import DiscordSim, Message, User
from tests.discord_sim.client import QUICK, pointed_at, running

HOSTILE = "`@everyone` **x** [a](http://b) <@1>"


class Room:
    """A channel with the bot in it. `root` may do everything and is not slowed down."""

    def __init__(self, sim: DiscordSim, store: Store, bot: MusterBot, root: User) -> None:
        self.sim = sim
        self.store = store
        self.bot = bot
        self.root = root

    def member(self, name: str = "somebody") -> User:
        """Somebody who may do nothing in particular, and has not asked anything yet."""
        return self.sim.setup.member(self.sim.guild, name)

    def boss(self) -> User:
        """Somebody who may manage the server."""
        boss = self.member("boss")
        self.sim.setup.make_admin(self.sim.guild, boss)
        return boss

    async def typed(self, words: str, by: User | None = None, within: float = 10.0) -> Message:
        """The first answer to what is typed."""
        mark = self.sim.watch.mark()
        self.sim.act.post(self.sim.channel, by or self.root, words)
        return await self.sim.watch.message(since=mark, within=within)

    async def chosen(self, name: str, by: User | None = None, /, **options: Any) -> Message:
        """The first answer to a slash command."""
        run = await self.sim.act.slash(by or self.root, self.sim.channel, name, **options).done(10.0)
        answer = run.response if run.response and run.response.embeds else await run.followup()
        assert answer is not None
        return answer

    async def pressed(self, message: Message, button: str | int, by: User | None = None) -> Message:
        """The next message after a button was pressed."""
        mark = self.sim.watch.mark()
        self.sim.act.click(by or self.root, message, button)
        return await self.sim.watch.message(since=mark, within=10.0)

    def is_private(self, message: Message) -> bool:
        """Whether only one person sees a message."""
        return message.ephemeral or message.channel_id != self.sim.channel.id


def told(message: Message) -> str:
    """Title and text of an answer."""
    embed = message.embeds[0]
    return f"{embed.get('title', '')}\n{embed.get('description', '')}"


@asynccontextmanager
async def room(folder: Path, *rounds: Path, **values: Any) -> AsyncIterator[Room]:
    """The bot on a database that holds the rounds of some folders. `values` are settings."""
    async with Store(parse_url(str(folder / "muster.db"))) as store, DiscordSim() as sim:
        await upgrade(store)
        if rounds:
            await Importer(store).run(find(rounds)[0])
        root = sim.setup.member(sim.guild, "root")
        settings = load(database_url=str(folder / "muster.db"), guild_id=sim.guild.id, root_users=[root.id], **values)
        with pointed_at(sim):
            bot = MusterBot(settings, store, **QUICK)
            async with running(bot, sim.token):
                yield Room(sim, store, bot, root)


def hostile_round(folder: Path, stamp: str = "2025-01-01-200000") -> Path:
    """A round whose names and places are out to break answers."""
    crowd = [player(guid(50 + n), name=f"{HOSTILE}{n}", side=1 + n % 2, kills=3, deaths=3) for n in range(6)]
    return put(folder, stamp, 1, *crowd, map_="su`pp*ly", server=f"^1{HOSTILE}")
