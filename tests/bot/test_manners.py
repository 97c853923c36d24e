"""How the bot behaves towards those it answers: private refusals, a pace, buttons that are the asker's and end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from muster.bot import context, views
from muster.bot.pages import Picture
from muster.bot.rules import BURST
from tests.bot.admin_room import Room, hostile_round, room, told
from tests.discord_sim import Message

pytestmark = pytest.mark.asyncio(loop_scope="module")

Way = Callable[..., Awaitable[Message]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def there(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Room]:
    """The bot on one round."""
    folder = tmp_path_factory.mktemp("manners")
    hostile_round(folder / "rounds")
    async with room(folder, folder / "rounds", min_rounds=1) as made:
        yield made


def ways(there: Room, words: str) -> tuple[Callable[[object], Awaitable[Message]], ...]:
    """Typed, and chosen."""
    return (lambda who: there.typed(f"!{words}", who), lambda who: there.chosen(words, who))


async def test_whoever_asks_too_often_is_told_in_private(there: Room) -> None:
    for ask in ways(there, "health"):
        hasty = there.member("hasty")
        for _ in range(BURST):
            assert not there.is_private(await ask(hasty))
        slowed = await ask(hasty)
        assert there.is_private(slowed)
        assert told(slowed).startswith("A moment, please\nAgain in ")
        assert not there.is_private(await ask(there.member("patient"))), "others are not slowed down"


async def test_the_wrong_channel_names_the_right_one(there: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    right = there.sim.setup.channel(there.sim.guild, "stats")
    monkeypatch.setattr(there.bot, "settings", there.bot.settings.model_copy(update={"command_channels": [right.id]}))
    for ask in ways(there, "top_killers"):
        refused = await ask(there.member())
        assert there.is_private(refused)
        assert f"Commands are answered in <#{right.id}>." in told(refused)
        assert "Top" in told(await ask(there.boss())), "admins are answered everywhere"
    member = there.member()
    asked = await there.sim.act.slash(member, right, "top_killers").done()
    assert asked.response is not None
    assert "Top" in told(asked.response)


async def test_what_is_for_admins_is_refused_in_private(there: Room) -> None:
    for command in ("backup_database", "session_start", "sync_all", "rcon", "worst_performers_switch"):
        for ask in ways(there, command):
            refused = await ask(there.member())
            assert there.is_private(refused)
            assert "for admins" in told(refused), command


async def test_a_refusal_after_thinking_is_private_too(there: Room) -> None:
    answer = await there.chosen("top_killers", there.root, weapon="dynamite")
    assert not there.is_private(answer)
    refused = await there.chosen("top_accuracy", there.root, weapon="dynamite")
    assert there.is_private(refused)
    assert "can't" in told(refused)


async def test_buttons_end_politely(there: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "TIMEOUT", 0.3)
    message = await there.chosen("player_stats", there.root, player="AAAAAA32")
    assert message.components
    await there.sim.watch.edited(message, within=3)
    assert not message.components
    assert message.embeds


async def test_an_answer_without_its_picture(there: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> bytes:
        raise OSError("no process can be started")

    monkeypatch.setattr(there.bot, "draw", broken)
    for ask in ways(there, "last_session"):
        message = await ask(there.root)
        assert "image" not in message.embeds[0]
        assert not message.attachments
        assert "round" in told(message)


async def test_what_takes_long_is_seen_to_be_written(there: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = there.bot.draw

    async def slowly(picture: Picture) -> bytes:
        await asyncio.sleep(0.3)
        return await draw(picture)

    def writing() -> int:
        return sum(count for route, count in there.sim.truth.calls.items() if "typing" in route)

    monkeypatch.setattr(context, "PATIENCE", 0.1)
    await there.typed("!health")
    before = writing()
    monkeypatch.setattr(there.bot, "draw", slowly)
    assert "round" in told(await there.typed("!last_session"))
    assert writing() == before + 1
    await asyncio.sleep(0.2)
    assert writing() == before + 1, "it ends with the answer"
