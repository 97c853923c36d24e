"""Words to admins as they stand in Discord: one message, edited, found again, harmless whatever stands in them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from muster.bot import posts
from muster.bot.alarms import DiscordHerald
from muster.bot.client import MusterBot
from muster.bot.online import Online
from muster.bot.sender import DiscordCarrier
from muster.ops.alerts import CALM, Alerts, HeraldError
from muster.ops.health import Health, Level, State, Vital
from muster.store import health as store_health
from muster.store.incidents import Incident
from tests.bot.admin_room import HOSTILE, Room, room, told
from tests.discord_sim import P

AFTER = timedelta(minutes=5)
BAD = Vital("collector main (sftp)", Level.FAILING, None, None, f"unreachable: {HOSTILE}", "start it")


class Logged:
    """A bot that is logged in."""

    def __init__(self, bot: MusterBot) -> None:
        self._bot = bot

    async def bot(self) -> MusterBot:
        return self._bot


def herald_of(here: Room) -> DiscordHerald:
    online = cast(Online, Logged(here.bot))
    return DiscordHerald(online, DiscordCarrier(online, here.store, posts.build))


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Room]:
    async with room(tmp_path) as made:
        yield made


async def test_one_message_that_changes(here: Room) -> None:
    now = [datetime.now(UTC).replace(microsecond=0)]
    health = Health(lambda: now[0])

    def alerts() -> Alerts:
        return Alerts(health, here.store, herald_of(here), here.sim.channel.id, AFTER)

    async def passes(one: Alerts, by: timedelta, *bad: Vital) -> None:
        now[0] += by
        health.latest = State(now[0], now[0], bad, {})
        await one.step()

    first = alerts()
    await passes(first, timedelta(), BAD)
    await passes(first, AFTER, BAD)
    (message,) = here.sim.world.history(here.sim.channel.id)
    (embed,) = message.embeds
    assert embed["title"] == "🔴 collector main \\(sftp\\) is failing"
    assert "**What helps:** start it" in embed["description"]
    assert "@everyone" not in embed["description"]
    assert embed["footer"]["text"].startswith("collector main (sftp) 20")
    second = alerts()  # after a restart
    await passes(second, timedelta(seconds=30), BAD)
    await passes(second, timedelta(seconds=30))
    await passes(second, CALM)
    (message,) = here.sim.world.history(here.sim.channel.id)
    assert message.embeds[0]["title"] == "🟢 Over: collector main \\(sftp\\) is failing"
    assert "What helps" not in message.embeds[0]["description"]


async def test_what_arrived_is_found_again(here: Room) -> None:
    herald = herald_of(here)
    values: dict[str, Any] = {"channel_id": here.sim.channel.id, "detail": "", "cure": "", "opened": datetime.now(UTC)}
    one = Incident(id="disk 2025-01-01 00:00:00", key="disk", title="disk is lagging", **values)
    assert await herald.find(one) is None
    number = await herald.send(one)
    assert await herald.find(one) == number
    assert await herald.send(one) == number, "the nonce makes one of two"


async def test_a_channel_that_is_closed_to_us(here: Room) -> None:
    here.sim.setup.overwrite(here.sim.channel, here.sim.bot, deny=P.VIEW_CHANNEL)
    opened = datetime.now(UTC)
    one = Incident("disk x", "disk", here.sim.channel.id, "disk is lagging", "", "", opened)
    with pytest.raises(HeraldError) as refused:
        await herald_of(here).send(one)
    assert not refused.value.later


async def test_health_shows_the_parts(here: Room) -> None:
    assert "Well:" not in told(await here.typed("!health"))
    health = Health()
    health.part("message counter").done()
    health.part("disk").failed(f"3 GB left {HOSTILE}", "make room")
    state = await health.take()
    async with here.store.write() as writer:
        await store_health.note(writer, "run", state.taken_at, msgspec.json.encode(state).decode())
    answer = told(await here.typed("!health"))
    assert "Well: message counter" in answer
    assert "⚠ **disk** is failing" in answer
    assert "make room" in answer
    assert "@everyone" not in answer
