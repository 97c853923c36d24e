"""What pipelines do in Discord, and beyond."""

from collections.abc import Awaitable, Callable

import aiohttp
import discord

from muster.announce.webhook import Webhooks
from muster.bot.client import MusterBot
from muster.community.events.outward import ActionFailed
from muster.model.chat import Message, Platform


class DiscordHands:
    """Gives roles, and sends events to addresses. `bot` is awaited: it may not be logged in yet."""

    def __init__(self, bot: Callable[[], Awaitable[MusterBot]], webhooks: Webhooks) -> None:
        self._bot = bot
        self._webhooks = webhooks

    async def add_role(self, message: Message, role: int) -> None:
        """Gives the author of a message a role. Raises ActionFailed, with the cure."""
        community = message.channel.community
        if community.platform is not Platform.DISCORD:
            raise ActionFailed("roles can be given in Discord alone", again=False)
        bot = await self._bot()
        guild = bot.get_guild(int(community.key))
        if guild is None:
            raise ActionFailed("the server is not there at the moment", again=True)
        _allowed(guild, role)
        try:
            await bot.http.add_role(guild.id, int(message.author.key), role, reason="pipeline")
        except discord.NotFound as error:
            raise ActionFailed(f"the role or the member is gone ({error.text})", again=False) from error
        except discord.Forbidden as error:
            raise ActionFailed(f"Discord refuses it ({error.text})", again=False) from error
        except discord.HTTPException as error:
            raise ActionFailed(str(error), again=error.status == 429 or error.status >= 500) from error
        except (OSError, aiohttp.ClientError, RuntimeError) as error:
            raise ActionFailed(f"Discord can't be reached: {type(error).__name__}", again=True) from error

    async def send(self, url: str, body: bytes, name: str) -> None:
        """Sends an event to an address. Raises ActionFailed."""
        await self._webhooks.send(url, body, name)


def _allowed(guild: discord.Guild, number: int) -> None:
    """Whether the bot may give a role: what Discord would refuse is said more clearly here."""
    role, me = guild.get_role(number), guild.me
    if role is None:
        raise ActionFailed(f"the server {guild.name} has no role {number}", again=False)
    if role.is_default() or role.managed:
        raise ActionFailed(f"the role {role.name} can't be given by anybody", again=False)
    if not me.guild_permissions.manage_roles:
        raise ActionFailed("the bot needs the permission Manage Roles", again=False)
    if role >= me.top_role:
        raise ActionFailed(
            f"the role {role.name} stands above the bot's own: move the bot's role up in the server's settings",
            again=False,
        )
