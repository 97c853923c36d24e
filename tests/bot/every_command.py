"""The commands there are with what can be asked of each, and a Discord in which to ask it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa

from muster.bot import reply
from muster.bot.attached import Attached
from muster.bot.client import MusterBot
from muster.bot.cogs import ALL
from muster.bot.pages import Answer, Picture
from muster.bot.show.session import VIEWS
from muster.bot.usage import OptionInfo, describe
from muster.community.days import DayRule
from muster.config import load
from muster.model import chat
from muster.rounds.importer import Importer, find
from muster.rounds.simulate import simulate
from muster.stats.export import COLUMNS
from muster.stats.files import FORMATS
from muster.stats.leaderboard import leaderboard
from muster.stats.values import Gates
from muster.store import awareness, history, notes
from muster.store.engine import Store, parse_url
from muster.store.schema import gaming_sessions, servers
from muster.store.upgrade import upgrade
from tests.building import guid, player, put
from tests.community.presence import comings, evenings, kept
from tests.community.retold import conversation, told
from tests.discord_sim import DiscordSim
from tests.discord_sim.client import QUICK, commands, pointed_at, running
from tests.discord_sim.model import Message, User

HOSTILE: Final = "**@everyone** `<@1>` [x](http://y.z) ||a|| <@&2> <#3> _u_ ~~s~~"
UNKNOWN, SEVERAL, ONCE = "zzqqxx", "twin", "once"
DAY: Final = "2025-09-01"
CROWD: Final = 40

NAMES: Final = sorted(
    command.qualified_name for cog in ALL for command in cog.__cog_commands__ if not isinstance(command, commands.Group)
)

ASKED: Final[dict[str, tuple[Any, ...]]] = {
    "player": ("{busy}", UNKNOWN, SEVERAL, ONCE, "{hostile}", "{busy} vs {other}", f"{UNKNOWN} vs {SEVERAL}"),
    "players": ("{busy}, {other}, {hostile}, once", UNKNOWN, f"{SEVERAL}, {ONCE}", "{busy}"),
    "other": ("{other}", UNKNOWN, SEVERAL, ONCE),
    "team": ("axis", "allies", "last", "{busy}", UNKNOWN, SEVERAL, ONCE),
    "which": ("axis", "allies", "sides", DAY, "2031-01-01", "{session}", UNKNOWN),
    "period": ("season", "2025-09", DAY, "2031-01", "yesteryear"),
    "month": ("2025-09", "2031-01", "yesteryear"),
    "map": ("supply", "axis", "nowhere"),
    "server": ("{server}", "nowhere"),
    "weapon": ("mp40", "dynamite", "banana"),
    "metric": ("dpm", "rating", "Headshot rate", "dpn"),
    "place": (3, 9000),
    "rounds": (50,),
    "view": (*VIEWS, "nothing"),
    "session": ("{session}", DAY, "last", "nothing"),
    "table": (*COLUMNS, "nothing"),
    "format": (*FORMATS, "doc"),
    "switch": ("on", "maybe", "off"),
    "user": (None,),
    "who": ("writer one", "writer", UNKNOWN, "{hostile_writer}", "<@{asker}>"),
    "channel": ("general", "nowhere"),
    "command": ("leaderboard", "nothing", "", "chatlog", "chatlog search"),
    "text": ("gg", UNKNOWN, HOSTILE),
    "days": (7, 0),
    "share": (0.5,),
    "before": ("summarise", "none", UNKNOWN),
}
"""What is asked for with each option, right and wrong. An option that is not here has to be put here."""

Case = dict[str, Any]


class World:
    """A server with the bot in it, on a database that is full or empty; the asker is linked and never slowed down."""

    def __init__(self, sim: DiscordSim, bot: MusterBot, stores: dict[str, Store], asker: User) -> None:
        self.sim = sim
        self.bot = bot
        self.stores = stores
        self.asker = asker
        self.words: dict[str, str] = {}
        self.database = ""
        self.answers: list[Answer] = []

    async def use(self, state: str) -> None:
        """Takes the full or the empty database, in which the asker is linked (to somebody who may not be there)."""
        self.bot.store = self.stores[state]
        self.bot.cache.clear()
        async with self.bot.store.write() as writer:
            await notes.link(writer, self.asker.id, self.words["busy"], self.asker.id)

    def cases(self, command: str) -> Iterator[Case]:
        """No argument, then every option with everything that is asked for with it."""
        yield {}
        for option in self.options(command):
            for value in ASKED[option.name]:
                if option.name == "user":
                    yield {"user": self.asker}
                else:
                    yield {option.name: value.format(**self.words) if isinstance(value, str) else value}

    def options(self, command: str) -> tuple[OptionInfo, ...]:
        """What a command takes."""
        found: commands.Command[Any, ..., Any] | None = self.bot.get_command(command)
        assert found is not None
        return describe(found).options

    async def typed(self, command: str, case: Case) -> Message:
        """The answer to a typed command."""
        bare = {option.name for option in self.options(command) if option.bare}
        said = [
            str(getattr(value, "mention", value)) if name in bare else f"{name}: {getattr(value, 'mention', value)}"
            for name, value in case.items()
        ]
        mark = self.sim.watch.mark()
        self.sim.act.post(self.sim.channel, self.asker, " ".join((f"!{command}", *said)).strip())
        return await self.sim.watch.message(since=mark, within=20)

    async def chosen(self, command: str, case: Case) -> Message:
        """The answer to a slash command."""
        asked = await self.sim.act.slash(self.asker, self.sim.channel, command, **case).done(20)
        answer = asked.response if asked.response is not None and asked.response.embeds else asked.followups[0]
        assert answer is not None
        return answer

    def watch_answers(self, patch: pytest.MonkeyPatch) -> None:
        """Keeps every answer with all of its pages, of which a message shows one."""
        kept = self.answers

        class Kept(Attached):
            def __init__(self, answer: Answer, draw: Any) -> None:
                kept.append(answer)
                super().__init__(answer, draw)

        patch.setattr(reply, "Attached", Kept)

    def private(self, message: Message) -> bool:
        """Whether only the asker sees it."""
        return message.ephemeral or message.channel_id != self.sim.channel.id


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    """Three evenings, a round of forty with names out to break answers, one of people with few rounds; and nothing."""
    simulate(folder / "rounds", nights=3, players=8, community=10, seed=4, rounds_per_night=6, oddities=False)
    put(
        folder / "rounds",
        "2025-09-01-200000",
        1,
        *(
            player(f"BBBBBB{n:02X}", name=name, side=1 + n % 2)
            for n, name in enumerate((ONCE, "twin one", "twin two", "Ёжик Ω ★"))
        ),
    )
    crowd = [
        player(guid(n), name=f"{n:02}{HOSTILE}", side=1 + n % 2, kills=3 + n, deaths=3 + n, damage_given=1000 + n)
        for n in range(CROWD)
    ]
    put(folder / "rounds", "2025-12-24-200000", 1, *crowd, server="^1*dry*_dock_ @here")
    settings = load(
        database_url=str(folder / "full.db"), count_words=True, min_rounds=5, min_rounds_ratio=5, min_shots=100
    )
    full, empty = Store(parse_url(settings.url)), Store(parse_url(str(folder / "empty.db")))
    async with full, empty, DiscordSim() as sim:
        await upgrade(full)
        await upgrade(empty)
        await Importer(full).run(find([folder / "rounds"])[0])
        asker = sim.setup.member(sim.guild, "asker")
        messages = _conversation(sim, asker)
        await told(full, folder, messages)
        await _spoke(full, messages)
        settings = settings.model_copy(update={"guild_id": sim.guild.id, "root_users": [asker.id]})
        with pointed_at(sim):
            bot = MusterBot(settings, full, **QUICK)
            _draw_each_once(bot)
            made = World(sim, bot, {"full": full, "empty": empty}, asker)
            made.words = await _words(full) | {"hostile_writer": HOSTILE, "asker": str(asker.id)}
            made.database = settings.url
            async with running(bot, sim.token):
                yield made


def _conversation(sim: DiscordSim, asker: User) -> list[chat.Message]:
    """What people wrote on the server: the asker, some alike, one whose name is out to break answers."""
    community = chat.Community(chat.Platform.DISCORD, str(sim.guild.id), sim.guild.name)
    where = [
        chat.Channel(community, str(sim.channel.id), sim.channel.name),
        chat.Channel(community, "77", "gone @everyone"),
    ]
    names = {asker.id: asker.name, 7001: "writer one", 7002: "writer two", 7003: HOSTILE, 7004: "Ёжик Ω ★"}
    people = [chat.Person(chat.Platform.DISCORD, str(key), name) for key, name in names.items()]
    return conversation(200, seed=1, where=where, people=people)


async def _spoke(store: Store, messages: list[chat.Message]) -> None:
    """The same people in voice and among the members; what the asker wrote with."""
    people = list({message.author.key: message.author for message in messages}.values())
    where = [messages[0].channel, chat.Channel(messages[0].channel.community, "78", "voice @everyone")]
    await kept(store, evenings(1, where, people), comings(where[0].community, people), DayRule())
    async with store.write() as writer:
        users = await history.user_ids(writer, chat.Platform.DISCORD, {people[0].key: None})
        community = await history.community(writer, chat.Platform.DISCORD, where[0].community.key)
        for key in (*users.values(), *(await history.user_ids(writer, "discord", {"7001": None})).values()):
            await awareness.add_words(writer, {(key, community.id): [(n, f"word{n % 30}") for n in range(2000)]})
            custom = "1" * 18
            await awareness.add_emoji(
                writer, {(key, community.id, custom): ("pepe", 3), (key, community.id, "👍"): ("", 9)}
            )


async def _words(store: Store) -> dict[str, str]:
    """Whom and what questions are about."""
    async with store.read() as reader:
        ranked = await leaderboard(reader, "rounds", gates=Gates(0, 0, 0), limit=2)
        busy, other = (entry.player for entry in ranked.entries)
        busiest = sa.select(gaming_sessions.c.session_id).order_by(gaming_sessions.c.rounds.desc()).limit(1)
        session = await reader.scalar(busiest)
        server = await reader.scalar(sa.select(sa.func.min(servers.c.name)))
    return {"busy": busy.key, "other": other.key, "hostile": guid(7), "session": session, "server": server}


def _draw_each_once(bot: MusterBot) -> None:
    """Every kind of picture is really drawn, but not for every answer."""
    drawn: dict[Any, bytes] = {}
    draw = bot.draw

    async def kept(picture: Picture) -> bytes:
        if picture.function not in drawn:
            drawn[picture.function] = await draw(picture)
        return drawn[picture.function]

    bot.draw = kept  # type: ignore[method-assign]
