"""Words to admins as messages: red while something is wrong, green when it is over."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

import discord

from muster.announce.carrier import Refused, Unreachable, Vanished
from muster.bot import text
from muster.bot.online import Online
from muster.bot.pages import DESCRIPTION, GREEN, RED, Page
from muster.bot.reply import QUIET
from muster.bot.sender import DiscordCarrier, as_the_sender_knows, nonce_of
from muster.bot.views import embed_of
from muster.ops.alerts import HeraldError
from muster.store.incidents import Incident

CLOCKS: Final = timedelta(minutes=5)
"""As far as our clock may be ahead of Discord's."""


class DiscordHerald:
    """Brings incidents to their channel. Which one a message tells of stands in its footer."""

    def __init__(self, online: Online, carrier: DiscordCarrier) -> None:
        self._online = online
        self._carrier = carrier

    async def ready(self) -> None:
        """Waits until the bot is logged in."""
        await self._online.bot()

    async def send(self, one: Incident) -> int:
        """Posts an incident; the nonce makes one message of two attempts within minutes."""
        bot = await self._online.bot()
        with _as_alerts_know(), as_the_sender_knows(bot):
            channel = bot.get_partial_messageable(one.channel_id)
            nonce = nonce_of(f"incident:{one.id}")
            message = await channel.send(embed=embed_of(page(one)), nonce=nonce, allowed_mentions=QUIET)
        return message.id

    async def edit(self, one: Incident) -> None:
        """Makes its message say how it is now."""
        assert one.message_id is not None
        bot = await self._online.bot()
        with _as_alerts_know(), as_the_sender_knows(bot):
            message: discord.PartialMessage = bot.get_partial_messageable(one.channel_id).get_partial_message(
                one.message_id
            )
            await message.edit(embed=embed_of(page(one)))

    async def find(self, one: Incident) -> int | None:
        """The message of an incident, where it arrived."""
        with _as_alerts_know():
            found = await self._carrier.posted(one.channel_id, one.opened - CLOCKS)
        return found.get(one.id)


def page(one: Incident) -> Page:
    """How an incident is shown."""
    words = [text.name(one.detail)[: DESCRIPTION // 2]] if one.detail else []
    if one.cure and one.closed is None:
        words.append(f"**What helps:** {text.name(one.cure)[: DESCRIPTION // 4]}")
    words.append(f"-# Since {text.moment(one.opened, 'f')}")
    if one.closed is None:
        return Page(f"🔴 {text.name(one.title)}"[:256], "\n".join(words), footer=one.id, colour=RED)
    words.append(f"-# Over since {text.moment(one.closed, 'f')}")
    return Page(f"🟢 Over: {text.name(one.title)}"[:256], "\n".join(words), footer=one.id, colour=GREEN)


@contextmanager
def _as_alerts_know() -> Iterator[None]:
    try:
        yield
    except Unreachable as error:
        raise HeraldError(str(error), later=True) from error
    except (Vanished, Refused) as error:
        raise HeraldError(str(error), later=False) from error
