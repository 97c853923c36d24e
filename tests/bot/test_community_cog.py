"""Who writes on a server, as people ask for it over the wire: typed, chosen, of channels they see and don't see."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from muster.model.chat import Channel, Community, Message, Person, Platform
from tests.bot.admin_room import Room, room, told
from tests.community.retold import Retold, asked, conversation, members
from tests.community.retold import told as counted
from tests.community.telling import said
from tests.discord_sim import DiscordSim, User
from tests.discord_sim.permissions import P

pytestmark = pytest.mark.asyncio(loop_scope="module")

GUESTS = "guests"
HOSTILE = "**@everyone** `<@1>` [x](http://y.z) ||a||"


class Talk:
    """A server in which people wrote, and what they wrote."""

    def __init__(self, room: Room, messages: list[Message], places: dict[str, Channel]) -> None:
        self.room = room
        self.messages = messages
        self.places = places
        self.community = places["general"].community

    def retold(self, words: str = "all") -> Retold:
        return Retold(self.messages, asked(words), self.community)

    def guest(self, name: str) -> User:
        """Somebody who does not see the secret channel."""
        guild = self.room.sim.guild
        (role,) = (role for role in guild.roles.values() if role.name == GUESTS)
        return self.room.sim.setup.member(guild, name, role)

    async def typed(self, words: str, by: User | None = None) -> str:
        """All there is to read in the answer to a typed command."""
        return read(await self.room.typed(words, by))

    async def chosen(self, command: str, **options: Any) -> str:
        """The same of a slash command."""
        return read(await self.room.chosen(command, None, **options))


def read(message: Any) -> str:
    (embed,) = message.embeds
    return f"{told(message)}\n{embed.get('footer', {}).get('text', '')}"


def places(sim: DiscordSim) -> dict[str, Channel]:
    """Channels that were written in: one for everybody, one for nobody in particular, a thread, a forum's post."""
    secret, plans = sim.setup.channel(sim.guild, "secret"), sim.setup.thread(sim.channel, "plans")
    sim.setup.overwrite(secret, sim.setup.role(sim.guild, GUESTS), deny=P.VIEW_CHANNEL)
    community = Community(Platform.DISCORD, str(sim.guild.id), sim.guild.name)
    return {
        "general": Channel(community, str(sim.channel.id), "general"),
        "secret": Channel(community, str(secret.id), "secret"),
        "plans": Channel(community, str(plans.id), "plans", str(sim.channel.id)),
        "gone": Channel(community, "77", "gone"),
    }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def talk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Talk]:
    folder: Path = tmp_path_factory.mktemp("talk")
    async with room(folder, timezone="Europe/Berlin", day_cutoff_hour=5) as made:
        there = places(made.sim)
        asker = Person(Platform.DISCORD, str(made.root.id), "root")
        names = ("anna", "anton", HOSTILE, "berta", "carl", "dora", "emil")
        people = [Person(Platform.DISCORD, str(700 + n), name) for n, name in enumerate(names)]
        messages = conversation(400, seed=1, where=list(there.values()), people=[people[0], asker, *people[1:]])
        await counted(made.store, folder, messages)
        key = str(made.sim.guild.id)
        await members(made.store, *((f"2025-06-{day}", 100 + day) for day in (15, 16, 17, 19)), key=key)
        await members(made.store, ("2025-06-18", 118), late=True, key=key)
        yield Talk(made, messages, there)


async def test_somebody_s_activity_typed_and_chosen(talk: Talk) -> None:
    wanted = talk.retold().activity("700")
    answer = await talk.typed("!activity anna")
    assert "Activity of anna" in answer
    assert re.search(rf"Messages +{wanted['messages']}\b", answer)
    assert re.search(rf"Rank +{wanted['rank']}/{wanted['ranked']}\b", answer)
    assert re.search(rf"Days active +{wanted['active_days']}\b", answer)
    assert re.search(rf"Sessions +{wanted['sessions']}\b", answer)
    assert re.search(rf"Longest +{wanted['longest_streak']} day", answer)
    assert f"<t:{int(wanted['first_at'].timestamp())}:D>" in answer
    for who in ("<@700>", "700", "@anna", "ANN"):
        assert await talk.typed(f"!activity {who}") == answer, who
    assert await talk.chosen("activity", who="anna") == answer
    mine = talk.retold().activity(str(talk.room.root.id))
    own = await talk.chosen("activity")
    assert "Activity of root" in own
    assert re.search(rf"Messages +{mine['messages']}\b", own)
    some = talk.retold("2025-06-17").activity("700")
    assert re.search(rf"Messages +{some['messages']}\b", await talk.typed("!activity anna period: 2025-06-17"))


async def test_a_picture_goes_with_it(talk: Talk) -> None:
    for words, file in (("!activity anna", "active_hours.png"), ("!server_activity", "server_activity.png")):
        message = await talk.room.typed(words)
        assert [one.filename for one in message.attachments] == [file]
        assert message.embeds[0]["image"]["url"].endswith(file)


async def test_channels_the_asker_does_not_see_stand_together(talk: Talk) -> None:
    general, secret = talk.places["general"].key, talk.places["secret"].key
    counts = {key: together for key, _, together in talk.retold().channels(talk.messages)}
    somebody = talk.guest("a guest")
    answer = await talk.typed("!server_activity", by=somebody)
    assert f"<#{general}> **{counts[general]}**" in answer
    assert secret not in answer
    assert f"elsewhere {counts[secret] + counts['77']}" in answer
    assert f"<#{secret}> **{counts[secret]}**" in await talk.typed("!server_activity", by=talk.room.boss())
    sessions = await talk.typed("!sessions_of anna", by=talk.guest("another guest"))
    assert "elsewhere" in sessions
    assert secret not in sessions
    message = await talk.room.typed("!top_chatters channel: secret", by=talk.guest("a third guest"))
    assert talk.room.is_private(message)
    assert "nothing was counted in a channel called" in told(message)


async def test_a_server_day_by_day(talk: Talk) -> None:
    retold = talk.retold()
    answer = await talk.typed("!server_activity")
    assert answer == await talk.chosen("server_activity")
    assert re.search(rf"Messages +{len(retold.all)}\b", answer)
    assert re.search(rf"Wrote +{len(retold.top())}\b", answer)
    assert re.search(r"Members +119\b", answer)
    assert re.search(r"Change +\+4\b", answer)
    shown = await talk.room.typed("!server_activity 2025-06")
    await talk.room.sim.act.click(talk.room.root, shown, "Days").done()
    days = read(shown)
    one = Retold(talk.messages, asked("2025-06-18"), talk.community)
    assert re.search(rf"06-18 Wed +{len(one.some)} +{len(one.top())} +118\* +\+1\n", days), days
    assert "counted when the day begins; * later" in days


async def test_who_writes_most(talk: Talk) -> None:
    wanted = talk.retold().top()
    answer = await talk.typed("!top_chatters")
    assert answer == await talk.chosen("top_chatters")
    rows = [line for line in answer.splitlines() if re.match(r"[ \d]\d ", line)]
    assert len(rows) == len(wanted)
    for row, (rank, _, messages, days) in zip(rows, wanted, strict=True):
        assert re.match(rf" ?{rank} .* {messages} +[\d.]+% +{days}$", row), row
    general = talk.places["general"].key
    inside = talk.retold().top(general)
    here = await talk.typed(f"!top_chatters channel: <#{general}>")
    assert f"in <#{general}> and its threads" in here
    assert re.search(rf"\n 1 \S+ +{inside[0][2]} ", here)
    assert await talk.chosen("top_chatters", channel="general") == here
    assert f"\n {wanted[2][0]} " in await talk.typed("!top_chatters place: 3")
    assert f"Nobody is on place 900: the last one taken is {len(wanted)}." in await talk.typed(
        "!top_chatters place: 900"
    )
    assert "Nobody wrote anything there then" in await talk.typed("!top_chatters 2031-01")


async def test_hours_of_the_week(talk: Talk) -> None:
    retold = talk.retold()
    busiest = max(retold.hours())
    answer = await talk.typed("!active_hours")
    assert "clock of Europe/Berlin" in answer
    assert re.search(rf"\w{{3}} \d\d:00 +{busiest} ", answer)
    assert f"{len(retold.all)} messages" in answer
    assert f"{sum(retold.hours('701'))} messages" in await talk.chosen("active_hours", who="anton")


async def test_sessions_are_leafed_through(talk: Talk) -> None:
    wanted = talk.retold().sessions("700")
    message = await talk.room.typed("!sessions_of anna")
    lines = [line for line in read(message).splitlines() if line.startswith("<t:")]
    stamps = [f"<t:{int(begin.timestamp())}:f>" for begin, *_ in wanted]
    assert [line.split(" · ")[0] for line in lines] == stamps[: len(lines)]
    assert len(lines) == 12 < len(wanted)
    await talk.room.sim.act.click(talk.room.root, message, "▶").done()
    following = read(message)
    assert stamps[12] in following
    assert f"{len(wanted)} sessions" in following
    assert "No session began on these days" in await talk.typed("!sessions_of anna period: 2031-01")


async def test_names_that_fit_several_are_asked_about(talk: Talk) -> None:
    message = await talk.room.typed("!activity an")
    assert "Did you mean" in told(message)
    label = f"anton ({talk.retold().activity('701')['messages']})"
    assert "Activity of anton" in told(await talk.room.pressed(message, label))


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("!activity zzqqxx", "Nobody who writes here goes by anything like"),
        ("!activity anna period: yesteryear", "is no period"),
        ("!top_chatters channel: nowhere", "nothing was counted in a channel called"),
        ("!sessions_of <@99999>", "Nobody who writes here"),
    ],
)
async def test_mistakes_are_answered_in_private(talk: Talk, words: str, part: str) -> None:
    message = await talk.room.typed(words)
    assert part in told(message)
    assert talk.room.is_private(message)


async def test_who_never_wrote_is_told_so(talk: Talk) -> None:
    message = await talk.room.typed("!activity", by=talk.guest("a silent one"))
    assert "Nothing you wrote here is counted yet" in told(message)
    assert talk.room.is_private(message)


async def test_a_name_acts_nowhere(talk: Talk) -> None:
    key = str(702)
    for words in (f"!activity {key}", f"!sessions_of {key}", f"!active_hours {key}", "!top_chatters"):
        message = await talk.room.typed(words)
        assert (message.mentions, message.mention_everyone) == ((), False)
        title = message.embeds[0]["title"]
        assert not re.search(r"(?<!\\)\*\*|@everyone", title), title


async def test_not_in_a_private_conversation(talk: Talk) -> None:
    mark = talk.room.sim.watch.mark()
    talk.room.sim.act.direct(talk.room.root, "!top_chatters")
    assert "in a server only" in told(await talk.room.sim.watch.message(since=mark))


async def test_options_complete_themselves(talk: Talk) -> None:
    async def offered(option: str, typed: str, by: User) -> list[str]:
        command = "activity" if option == "who" else "top_chatters"
        choices = await talk.room.sim.act.autocomplete(by, talk.room.sim.channel, command, option, typed)
        return [choice["name"] for choice in choices]

    assert await offered("who", "an", talk.room.root) == ["anna", "anton"]
    guest = talk.guest("a fourth guest")
    assert await offered("channel", "", guest) == ["#general", "#plans"]
    assert await offered("channel", "sec", guest) == []
    assert await offered("channel", "sec", talk.room.boss()) == ["#secret"]


async def test_nothing_counted_says_what_to_do(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        for words in ("!activity", "!server_activity", "!top_chatters", "!active_hours", "!sessions_of"):
            assert "Nothing is counted here yet" in told(await made.typed(words)), words
        made.bot.settings = made.bot.settings.model_copy(update={"count_messages": False})
        for words in ("!activity", "!server_activity", "!top_chatters", "!active_hours", "!sessions_of"):
            assert "count_messages = true" in told(await made.typed(words)), words


async def test_what_is_written_after_the_question_is_in_the_next_answer(talk: Talk, tmp_path: Path) -> None:
    before = await talk.typed("!top_chatters 2025-09")
    late = Person(Platform.DISCORD, "799", "zacharias")
    message = said(talk.places["general"], late, 80 * 86_400)
    await counted(talk.room.store, tmp_path, [message])
    after = await talk.typed("!top_chatters 2025-09")
    assert "Nobody wrote" in before
    assert " 1 zacharias" in after
