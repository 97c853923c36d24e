"""What is stored about whoever asks, over the wire: seen and done by himself alone, and nobody else sees it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from muster.bot.show import privacy as show
from muster.community.archive import Archive, ArchiveError
from muster.community.privacy import Done, Stored
from muster.model.chat import Channel, Community, Person, Platform
from muster.store import log, notes
from muster.store.log import PolicyRow
from tests.bot.admin_room import Room, room, told
from tests.community.telling import said
from tests.community.test_recorder import offered
from tests.community.test_source import counting, settled
from tests.discord_sim import CommandRefused, DiscordSim, User
from tests.importer.working import opened, query

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def there(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Room]:
    folder = tmp_path_factory.mktemp("privacy")
    async with room(folder, chat_archive=folder / "archive") as opened:
        async with opened.store.write() as writer:
            await log.put_policy(writer, PolicyRow("discord", "55", "55", True, 3650, 1.0, None))
        yield opened


async def talker(there: Room, folder: Path, name: str, texts: int = 3) -> User:
    """Somebody who wrote a few texts in a channel whose texts are kept, and who is linked to a player."""
    user = there.member(name)
    community = Community(Platform.DISCORD, str(there.sim.guild.id), there.sim.guild.name)
    place, person = Channel(community, "55", "general"), Person(Platform.DISCORD, str(user.id), user.name)
    messages = [said(place, person, user.id % 1_000_000 + n, text=f"words of {name}") for n in range(texts)]
    await offered(there.store, folder, messages)
    async with there.store.write() as writer:
        await notes.link(writer, user.id, f"PLAYER{user.id % 1000}", user.id)
    return user


async def messages_of(there: Room, user: User) -> int:
    rows = await query(
        there.store,
        "SELECT coalesce(sum(t.messages), 0) FROM user_totals t JOIN users u ON u.user_id = t.user_id WHERE u.key = :k",
        k=str(user.id),
    )
    return int(rows[0][0])


async def test_he_sees_it_alone_typed_and_chosen(there: Room, tmp_path: Path) -> None:
    anna = await talker(there, tmp_path, "anna")
    for answer in (await there.chosen("privacy", anna), await there.typed("!privacy", anna)):
        assert there.is_private(answer)
        words = told(answer)
        assert "**3 messages** of yours are counted, from <t:" in words
        assert "<#55> 3" in words
        assert "3 texts of yours: kept." in words
        assert "linked to the player `PLAYER" in words
    nobody = there.member("never wrote")
    assert "Nothing is stored about you." in told(await there.chosen("privacy", nobody))


async def test_he_gets_all_of_it_as_a_file(there: Room, tmp_path: Path) -> None:
    berta = await talker(there, tmp_path, "berta")
    for asked in (await there.chosen("privacy", berta), await there.typed("!privacy", berta)):
        answer = await there.pressed(asked, "Get it all", berta)
        assert there.is_private(answer)
        (file,) = answer.attachments
        assert file.filename == "muster-privacy.json"
        export = json.loads(file.data)
        assert {text["text"] for text in export["texts"]} == {"words of berta"}
        assert export["stored"]["user"] == str(berta.id)


async def test_erased_when_he_says_so_twice(there: Room, tmp_path: Path) -> None:
    carl = await talker(there, tmp_path, "carl")
    asked = await there.pressed(await there.typed("!privacy", carl), "Erase everything", carl)
    assert there.is_private(asked)
    assert "Erase all that is stored about you?" in told(asked)
    there.sim.act.click(carl, asked, "Leave it")
    await there.sim.watch.edited(asked, "Left as it was")
    assert await messages_of(there, carl) == 3
    asked = await there.pressed(await there.chosen("privacy", carl), "Erase everything", carl)
    answer = await there.pressed(asked, "Erase everything", carl)
    assert there.is_private(answer)
    assert "What was stored about you is erased." in told(answer)
    assert await messages_of(there, carl) == 0
    assert await query(there.store, "SELECT count(*) FROM links WHERE user_id = :u", u=carl.id) == [(0,)]
    again = told(await there.chosen("privacy", carl))
    assert "Nothing is stored about you." in again
    assert "counts for its channels alone" in again
    with pytest.raises(CommandRefused):
        there.sim.act.click(carl, asked, "Erase everything")


async def test_out_and_in_again(there: Room, tmp_path: Path) -> None:
    dora = await talker(there, tmp_path, "dora")
    asked = await there.pressed(await there.chosen("privacy", dora), "Count me no longer", dora)
    assert "That can't be undone" in told(asked)
    assert "You are counted no longer" in told(await there.pressed(asked, "Count me no longer", dora))
    assert await messages_of(there, dora) == 0
    seen = await there.typed("!privacy", dora)
    assert "You opted out" in told(seen)
    with pytest.raises(CommandRefused):
        there.sim.act.click(dora, seen, "Erase everything")
    assert "You are counted again" in told(await there.pressed(seen, "Count me again", dora))
    assert "You opted out" not in told(await there.chosen("privacy", dora))


async def test_what_is_to_be_confirmed_is_the_askers(there: Room, tmp_path: Path) -> None:
    emil, other = await talker(there, tmp_path, "emil"), there.member("other")
    seen = await there.chosen("privacy", emil)
    with pytest.raises(CommandRefused):
        there.sim.act.click(other, seen, "Erase everything")
    assert await messages_of(there, emil) == 3


async def test_an_archive_that_can_not_be_read(there: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finn = await talker(there, tmp_path, "finn")

    def refuse(*_: object) -> list[Any]:
        raise ArchiveError("the disk is gone")

    monkeypatch.setattr(Archive, "of", refuse)
    answer = await there.chosen("privacy", finn)
    assert "The archive can't be read or written now" in told(answer)
    assert there.is_private(answer)


async def test_the_next_message_after_the_press_is_nobodys(tmp_path: Path) -> None:
    """With the bot that counts: what he writes is counted for the channel, and nothing of him is stored."""
    async with opened(str(tmp_path / "muster.db")) as store, DiscordSim() as sim:
        anna, other = (sim.setup.member(sim.guild, name) for name in ("anna", "other"))
        async with counting(sim, store, tmp_path, database_url=str(tmp_path / "muster.db"), guild_id=sim.guild.id):
            sim.act.post(sim.channel, anna, "one")
            sim.act.post(sim.channel, other, "two")
            await settled(store, sim)
            seen = await sim.act.slash(anna, sim.channel, "privacy").done(10)
            assert seen.response is not None
            mark = sim.watch.mark()
            sim.act.click(anna, seen.response, "Count me no longer")
            asked = await sim.watch.message(since=mark, within=10)
            mark = sim.watch.mark()
            sim.act.click(anna, asked, "Count me no longer")
            assert "no longer" in told(await sim.watch.message(since=mark, within=10))
            for _ in range(3):
                sim.act.post(sim.channel, anna, "three")
            await settled(store, sim)
        assert await query(store, "SELECT global_username FROM users") == [("other",)]
        assert await query(store, "SELECT sum(messages) FROM user_totals") == [(1,)]
        assert await query(store, "SELECT sum(message_count) FROM message_counts") == [(5,)]
        assert await query(store, "SELECT count(*) FROM chat_sessions") == [(1,)]


async def test_pages_word_for_word() -> None:
    nothing = Stored("discord", "5", None, False, None, [], [], 0, 0, 0, 0, 0, 0, 0, 0, None, None, [])
    assert show.stored(nothing).description.startswith("Nothing is stored about you.")
    waiting = Stored("discord", "5", None, False, None, [], [], 0, 0, 0, 0, 0, 2, 1, 1, None, None, [])
    words = show.stored(waiting).description
    assert "2 texts of yours: kept in the archive." in words
    assert "1 message of yours: waiting on disk for the database." in words
    assert "There was nothing to erase." in show.erased(Done({}, 0, 0)).description
    assert "A file still holds bytes" in show.opted_out(Done({"users": 1}, 0, 0, is_clean=False)).description
