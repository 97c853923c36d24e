"""Voice, words and profiles, as people ask for them over the wire."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from muster.community.awareness import Taste
from muster.community.days import DayRule
from muster.model.chat import Channel, Community, Person, Platform
from muster.rounds.simulate import simulate
from muster.stats.leaderboard import leaderboard
from muster.stats.values import Gates
from muster.store import notes
from tests.bot.admin_room import Room, room, told
from tests.community.presence import comings, evenings, kept
from tests.community.telling import recorder, said
from tests.discord_sim.faults import CREATE_MESSAGE
from tests.discord_sim.model import ChannelType

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Hall:
    """A server in which people wrote and spoke; root is one of them."""

    def __init__(self, made: Room, lounge: Channel, spent: dict[str, int]) -> None:
        self.room = made
        self.lounge = lounge
        self.spent = spent


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hall(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hall]:
    folder: Path = tmp_path_factory.mktemp("hall")
    simulate(folder / "rounds", nights=2, players=6, seed=4, rounds_per_night=6, oddities=False)
    async with room(folder, folder / "rounds", count_words=True) as made:
        community = Community(Platform.DISCORD, str(made.sim.guild.id), made.sim.guild.name)
        voice = made.sim.setup.channel(made.sim.guild, "lounge", ChannelType.VOICE)
        lounge = Channel(community, str(voice.id), "lounge")
        general = Channel(community, str(made.sim.channel.id), "general")
        root = Person(Platform.DISCORD, str(made.root.id), "root")
        people = [root, Person(Platform.DISCORD, "700", "anna"), Person(Platform.DISCORD, "701", "berta")]
        stays = evenings(1, [lounge], people)
        await kept(made.store, stays, comings(community, people), DayRule())
        counter = recorder(made.store, folder, taste=Taste(emoji=True, words=True))
        await counter.open()
        texts = ("well played 👍", "good round, well done 👍", "grüße <:pepe:123456789012345678>")
        for n, text in enumerate(texts):
            counter.offer(said(general, root, 60.0 * n, text=text))
            counter.offer(said(general, people[1], 60.0 * n + 1, text="secretive"))
        await counter._store_pending()
        spent = {who.key: sum(s.seen - s.since for s in stays if s.person == who) // 1000 for who in people}
        yield Hall(made, lounge, spent)


def shown(seconds: int) -> str:
    return f"{seconds / 3600:,.1f} h"


async def test_who_is_in_voice_most(hall: Hall) -> None:
    answer = told(await hall.room.typed("!top_voice"))
    rows = [line for line in answer.splitlines() if re.match(r" \d ", line)]
    order = sorted(hall.spent.values(), reverse=True)
    assert [shown(seconds) in row for seconds, row in zip(order, rows, strict=True)] == [True] * 3
    assert told(await hall.room.chosen("top_voice", None)) == answer
    assert "Nobody was in voice then" in told(await hall.room.typed("!top_voice 2031-01"))
    assert "the last one taken is 3" in told(await hall.room.typed("!top_voice place: 9"))


async def test_voice_and_emoji_in_somebody_s_activity(hall: Hall) -> None:
    answer = told(await hall.room.typed("!activity"))
    spent = shown(hall.spent[str(hall.room.root.id)])
    assert f"<#{hall.lounge.key}> **{spent}** in voice" in answer
    assert f"In voice {spent} in all." in answer
    assert "👍 2 <:pepe:123456789012345678> 1" in answer
    only_spoke = told(await hall.room.typed("!activity berta"))
    assert "No message yet." in only_spoke
    assert shown(hall.spent["701"]) in only_spoke


async def test_voice_joins_and_leaves_of_the_server(hall: Hall) -> None:
    message = await hall.room.typed("!server_activity")
    assert re.search(r"Joined +3\b", told(message))
    assert re.search(r"Left +1\b", told(message))
    assert shown(sum(hall.spent.values()))[:3] in told(message)
    await hall.room.sim.act.click(hall.room.root, message, "Voice, joins").done()
    assert "in voice" in told(message)


async def test_words_are_for_the_one_who_wrote_them(hall: Hall) -> None:
    message = await hall.room.typed("!my_words")
    assert message.channel_id != hall.room.sim.channel.id
    assert re.search(r"^well +2", told(message), re.MULTILINE)
    assert "secretive" not in told(message)
    chosen = await hall.room.chosen("my_words", None)
    assert hall.room.is_private(chosen)
    assert "well" in told(chosen)


async def test_words_are_never_shown_in_the_channel(hall: Hall) -> None:
    with hall.room.sim.faults.errors(1.0, times=1, statuses=(403,), route=CREATE_MESSAGE):
        message = await hall.room.typed("!my_words")
    assert message.embeds == ()
    assert "well" not in message.content
    assert "/my_words" in message.content


async def test_both_halves_and_how_to_link(hall: Hall) -> None:
    alone = told(await hall.room.typed("!profile"))
    assert "Profile of root" in alone
    assert "link NAME" in alone
    assert "In the game" not in alone
    async with hall.room.store.read() as reader:
        best = (await leaderboard(reader, "rounds", gates=Gates(0, 0, 0), limit=1)).entries[0]
    half = told(await hall.room.typed(f"!profile {best.player.key}"))
    assert "In the game" in half
    assert "Not linked to anybody here" in half
    async with hall.room.store.write() as writer:
        await notes.link(writer, hall.room.root.id, best.player.key, hall.room.root.id)
    message = await hall.room.typed("!profile")
    both = told(message)
    assert re.search(rf"Rounds +{best.rounds}\b", both)
    assert re.search(r"Messages +3\b", both)
    assert shown(hall.spent[str(hall.room.root.id)]) in both
    assert "Plays with" in both
    assert "Plays most" in both
    assert "In voice most" in both
    assert [one.filename for one in message.attachments] == ["profile.png"]
    for words in (best.player.key, f"<@{hall.room.root.id}>"):
        assert told(await hall.room.typed(f"!profile {words}")) == both
    assert told(await hall.room.chosen("profile", None, player=best.player.key)) == both
    assert "Profile of berta" in told(await hall.room.typed("!profile berta"))
    nobody = await hall.room.typed("!profile", hall.room.member("nobody"))
    assert "Nothing is known yet" in told(nobody)
