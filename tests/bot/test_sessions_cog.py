"""The commands about sessions as people give them: typed and chosen, right and wrong, with and without rounds."""

import csv
import io
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from muster.bot import manual, posts
from muster.bot.client import MusterBot
from muster.bot.manual import Started
from muster.bot.pages import Answer
from muster.bot.show import round as show_round
from muster.bot.show import session as show_session
from muster.config import ServerSettings, load
from muster.rounds.importer import Importer, find
from muster.rounds.simulate import simulate
from muster.stats import live, rounds, sessions
from muster.stats.values import SessionOverview
from muster.store.engine import Store, parse_url
from muster.store.upgrade import upgrade
from tests.building import put_pair
from tests.discord_sim import DiscordSim
from tests.discord_sim.client import pointed_at, running
from tests.discord_sim.model import ChannelType, Message, User

pytestmark = pytest.mark.asyncio(loop_scope="module")

COMMANDS = ("last_session", "last_round", "session_history", "session_status", "session_start", "session_end")


class Talk:
    """A server with a bot in it, an admin who asks and somebody who is none."""

    def __init__(self, sim: DiscordSim, bot: MusterBot, empty: Store) -> None:
        self.sim = sim
        self.bot = bot
        self.store = bot.store
        self.empty = empty
        self.admin = sim.setup.member(sim.guild, "admin")
        self.people = 0

    def somebody(self) -> User:
        """A new member: nobody is slowed down for what others asked."""
        self.people += 1
        return self.sim.setup.member(self.sim.guild, f"member {self.people}")

    async def typed(self, words: str, asker: User | None = None) -> Message:
        """The answer to a typed command."""
        mark = self.sim.watch.mark()
        self.sim.act.post(self.sim.channel, asker or self.somebody(), words)
        return await self.sim.watch.message(since=mark, within=20)

    async def chosen(self, command: str, asker: User | None = None, **options: Any) -> Message:
        """The answer to a slash command."""
        asked = await self.sim.act.slash(asker or self.somebody(), self.sim.channel, command, **options).done(20)
        answer = asked.response
        assert answer is not None
        return answer

    async def both(self, command: str, asker: User | None = None, **options: str) -> list[Message]:
        """The answers to a command typed and chosen."""
        flags = " ".join(f"{name}: {value}" for name, value in options.items())
        return [await self.typed(f"!{command} {flags}", asker), await self.chosen(command, asker, **options)]

    async def overview(self) -> SessionOverview:
        """The last session."""
        async with self.store.read() as reader:
            found = await sessions.last_session(reader)
        assert found is not None
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def talk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Talk]:
    """The bot on a small simulated season."""
    folder: Path = tmp_path_factory.mktemp("season")
    simulate(folder, nights=3, players=8, seed=4, rounds_per_night=8, oddities=False)
    watched = ServerSettings.model_validate({"name": "dry.dock", "folder": "/srv/et/stats"})
    settings = load(database_url=str(folder / "test.db"), servers=[watched])
    empty = Store(parse_url(str(folder / "empty.db")))
    async with Store(parse_url(settings.url)) as store, empty, DiscordSim() as sim:
        await upgrade(store)
        await upgrade(empty)
        await Importer(store).run(find([folder])[0])
        settings = settings.model_copy(update={"guild_id": sim.guild.id})
        with pointed_at(sim):
            bot = MusterBot(settings, store, guild_ready_timeout=0.05)
            talk = Talk(sim, bot, empty)
            settings.root_users.append(talk.admin.id)
            async with running(bot, sim.token):
                yield talk


@pytest.fixture
def nothing(talk: Talk) -> Iterator[None]:
    """The bot without a round."""
    talk.bot.store = talk.empty
    talk.bot.cache.clear()
    yield
    talk.bot.store = talk.store
    talk.bot.cache.clear()


def shows(message: Message, answer: Answer, at: int | None = None) -> None:
    """A message is a page of an answer."""
    page = answer.pages[answer.at if at is None else at]
    (embed,) = message.embeds
    assert embed["title"] == page.title
    assert embed.get("description", "") == page.description
    assert embed.get("footer", {}).get("text", "") == page.footer
    assert not message.mentions
    assert not message.mention_everyone


async def test_the_last_session_with_its_picture(talk: Talk) -> None:
    overview = await talk.overview()
    for message in await talk.both("last_session"):
        shows(message, show_session.session(overview))
        assert message.files["session.png"].startswith(b"\x89PNG")
        assert message.embeds[0]["image"]["url"].endswith("session.png")


@pytest.mark.parametrize("view", show_session.VIEWS)
async def test_a_view_by_its_name(talk: Talk, view: str) -> None:
    overview = await talk.overview()
    for message in (await talk.typed(f"!last_session {view[:4]}"), await talk.chosen("last_session", view=view)):
        shows(message, show_session.session(overview, view))
        file = {"csv": "session-", "overview": "session.png", "graphs": "session.png"}.get(view, "")
        assert [name.startswith(file) for name in message.files] == ([True] if file else [])


async def test_views_from_the_menu_bring_their_files(talk: Talk) -> None:
    asker = talk.somebody()
    overview = await talk.overview()
    answer = show_session.session(overview)
    message = await talk.typed("!last_session combat", asker)
    assert not message.files
    for view in ("players", "csv", "overview", "graphs", "top"):
        await talk.sim.act.choose(asker, message, view).done(20)
        at = [page.label for page in answer.pages].index(view)
        shows(message, answer, at)
        assert bool(message.files) == (view in ("csv", "overview", "graphs"))
        if view == "csv":
            (content,) = message.files.values()
            rows = list(csv.DictReader(io.StringIO(content.decode())))
            assert [(row["guid"], int(row["kills"])) for row in rows] == [
                (player.player.key, player.totals.kills) for player in overview.players
            ]


async def test_the_menu_belongs_to_the_asker(talk: Talk) -> None:
    message = await talk.typed("!last_session maps")
    pressed = await talk.sim.act.choose(talk.somebody(), message, "top").done()
    assert pressed.ephemeral
    assert message.embeds[0]["title"].endswith("maps")


async def test_another_session_by_its_id(talk: Talk) -> None:
    async with talk.store.read() as reader:
        first = (await sessions.session_list(reader)).sessions[-1]
        overview = await sessions.session(reader, first.session_id)
    for message in await talk.both("last_session", view="weapons", session=first.session_id):
        shows(message, show_session.session(overview, "weapons"))


async def test_the_session_of_a_day(talk: Talk) -> None:
    async with talk.store.read() as reader:
        first = (await sessions.session_list(reader)).sessions[-1]
        overview = await sessions.session(reader, first.session_id)
    day = first.session_id[:10]
    for words in (f"{day} weapons", f"weapons {day}", f"weapons session: {day}"):
        shows(await talk.typed(f"!last_session {words}"), show_session.session(overview, "weapons"))
    assert "There is no session `2031-01-01`" in (await talk.typed("!last_session 2031-01-01")).text


async def test_options_are_suggested(talk: Talk) -> None:
    ask = talk.sim.act.autocomplete
    views = await ask(talk.admin, talk.sim.channel, "last_session", "view", "S")
    assert {"players", "combat", "csv"} & {choice["value"] for choice in views} == {"players", "csv"}
    ids = await ask(talk.admin, talk.sim.channel, "last_session", "session", "")
    async with talk.store.read() as reader:
        assert [choice["value"] for choice in ids] == [
            head.session_id for head in (await sessions.session_list(reader)).sessions
        ]
    months = await ask(talk.admin, talk.sim.channel, "session_history", "month", "mo")
    assert "month" in {choice["value"] for choice in months}


async def test_the_last_round(talk: Talk) -> None:
    async with talk.store.read() as reader:
        page = await rounds.last_round(reader)
    assert page is not None
    for message in await talk.both("last_round"):
        shows(message, show_round.last_round(page))
        for player in (*page.axis.players, *page.allies.players):
            assert f"{player.totals.kills}/{player.totals.deaths}" in message.text
        assert page.head.file in message.text
    assert page.head.server in (await talk.typed(f"!last_round {page.head.server}")).text.replace("\\", "")


async def test_all_sessions_and_one_of_them_opened(talk: Talk) -> None:
    async with talk.store.read() as reader:
        found = await sessions.session_list(reader)
    asker = talk.somebody()
    for message in await talk.both("session_history", asker):
        assert f"{found.total} sessions" in message.text
        mark = talk.sim.watch.mark()
        talk.sim.act.choose(asker, message, found.sessions[1].session_id)
        opened = await talk.sim.watch.message(since=mark, within=20)
        async with talk.store.read() as reader:
            shows(opened, show_session.session(await sessions.session(reader, found.sessions[1].session_id)))
    month = f"{found.sessions[0].day // 10000}-{found.sessions[0].day // 100 % 100:02}"
    for message in await talk.both("session_history", month=month):
        assert month in message.text
    assert "No session there" in (await talk.typed("!session_history 1999")).text


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("!last_session nonsense", "There is no view"),
        ("!last_session session: ```x``` @everyone", "There is no session"),
        ("!last_session server: nowhere", "is no game server"),
        ("!last_round nowhere", "is no game server"),
        ("!session_history someday", "is no period"),
        ("!session_history map: nowhere", "is no map"),
        ("!session_start", "for admins"),
        ("!session_end", "for admins"),
    ],
)
async def test_a_mistake_is_answered_in_private(talk: Talk, words: str, part: str) -> None:
    message = await talk.typed(words)
    assert part in message.text
    assert message.guild_id is None
    assert not message.mention_everyone


@pytest.mark.parametrize("command", ["session_start", "session_end"])
async def test_only_admins_start_and_end(talk: Talk, command: str) -> None:
    message = await talk.chosen(command)
    assert message.ephemeral
    assert "for admins" in message.text
    async with talk.store.read() as reader:
        assert await manual.started(reader, talk.sim.guild.id, datetime.now(UTC)) is None


async def test_a_session_by_hand(talk: Talk, tmp_path: Path) -> None:
    """Started, started again, looked at, played, looked at, ended with its summary, ended again."""
    assert "No session was started by hand" in (await talk.typed("!session_end", talk.admin)).text
    started = await talk.chosen("session_start", talk.admin)
    assert "Gaming session started" in started.text
    assert talk.admin.mention in started.text
    assert "going on already" in (await talk.typed("!session_start", talk.admin)).text
    again = await talk.chosen("session_start", talk.admin)
    assert again.ephemeral

    assert "No round since then." in (await talk.typed("!session_status")).text
    now = datetime.now(UTC)
    begun = Started(now - timedelta(hours=3), talk.admin.id, talk.sim.channel.id)
    async with talk.store.write() as writer:
        await manual.start(writer, talk.sim.guild.id, begun)
    stamp = now - timedelta(hours=1)  # the rounds end on the hour before that and ten minutes later
    put_pair(tmp_path, day=f"{stamp:%Y-%m-%d}", hour=stamp.hour)
    await Importer(talk.store).run(find([tmp_path])[0])
    async with talk.store.read() as reader:
        overview = await live.since(reader, begun.since, now)
    assert overview.head.rounds >= 1

    status = await talk.chosen("session_status")
    assert "A gaming session is on" in status.text
    assert show_session.counts(overview) in status.text
    ended = await talk.typed("!session_end", talk.admin)
    expected = posts.session_ended_post(overview).pages[0].description.split("\n")
    # All but the line of the time, which went on.
    assert [line for line in ended.embeds[0]["description"].split("\n") if "<t:" not in line] == [
        line for line in expected if "<t:" not in line
    ]
    assert "session.png" in ended.files
    assert "No session was started by hand" in (await talk.typed("!session_end", talk.admin)).text


async def test_a_session_left_open_for_a_day_is_over(talk: Talk) -> None:
    async with talk.store.write() as writer:
        old = Started(datetime.now(UTC) - timedelta(hours=25), talk.admin.id, 1)
        await manual.start(writer, talk.sim.guild.id, old)
    assert "No session was started by hand" in (await talk.typed("!session_end", talk.admin)).text
    assert "Gaming session started" in (await talk.typed("!session_start", talk.admin)).text
    assert "session ended" in (await talk.chosen("session_end", talk.admin)).text


async def test_who_is_in_voice(talk: Talk) -> None:
    sim = talk.sim
    lobby = sim.setup.channel(sim.guild, "lobby", ChannelType.VOICE)
    machine = sim.setup.user("machine", bot=True)
    sim.setup.member(sim.guild, machine)
    for who in (sim.setup.member(sim.guild, "zoë"), sim.setup.member(sim.guild, "a_d*a"), machine):
        sim.setup.voice(sim.guild, who, lobby)
    for message in await talk.both("session_status"):
        assert "**In voice** 2\nlobby: a\\_d\\*a, zoë\n" in message.text
        assert "⚠ **dry\\.dock**: its folder can't be listed" in message.text
        async with talk.store.read() as reader:
            page = await rounds.last_round(reader)
        assert page is not None
        assert f"**Last file** `{page.head.file}`" in message.text


@pytest.mark.parametrize("command", COMMANDS)
async def test_nothing_has_been_played_yet(talk: Talk, nothing: None, command: str) -> None:
    for message in await talk.both(command, talk.admin):
        assert message.embeds
        assert "went wrong" not in message.text
