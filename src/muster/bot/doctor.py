"""What `muster doctor` asks Discord: the token, the intents, the channels and what the bot may do in them, the time."""

from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp
import discord

from muster.bot.client import intents_for
from muster.bot.online import SCOPES
from muster.config import Settings
from muster.ops.checks import Check, clock, fail, ok, warn

NEEDED: Final = ("view_channel", "send_messages", "embed_links", "attach_files", "read_message_history")
"""Permissions for posts and answers. History: a post that may have arrived is looked for before it is sent again."""

_ASKED_BY: Final = {"message_content": "gateway_message_content", "members": "gateway_guild_members"}
"""Privileged intents, by the flag of the application that says they are switched on."""

_WITHOUT: Final = {"message_content": "MUSTER_MESSAGE_CONTENT=false", "members": "MUSTER_COUNT_JOINS=false"}


async def discord_checks(settings: Settings) -> list[Check]:
    """Everything that can be known without going online."""
    if settings.discord_token is None:
        return [warn("token", "DISCORD_TOKEN is not set", "without it Discord is off; put it into .env")]
    async with discord.Client(intents=discord.Intents.none()) as client:
        try:
            found = [await _clock()]
            await client.login(settings.discord_token.get_secret_value())
        except discord.LoginFailure:
            cure = "put the right one into DISCORD_TOKEN; Developer Portal, Bot, Reset Token gives a new one"
            return [*found, fail("token", "Discord refuses it", cure)]
        except (OSError, aiohttp.ClientError, discord.HTTPException) as error:
            where = settings.discord_api_base or "discord.com"
            return [fail("Discord", f"{where} can't be reached: {error}", "check the network, or try again later")]
        found.append(ok("token", f"logged in as {client.user}"))
        return [*found, await _intents(client, settings), *await _channels(client, settings)]


async def _clock() -> Check:
    async with aiohttp.ClientSession() as session, session.get(f"{discord.http.Route.BASE}/gateway") as answer:
        date = answer.headers.get("Date")
    if date is None:
        return warn("clock", "Discord did not tell its time", "nothing, if a proxy hides it")
    return clock(parsedate_to_datetime(date).astimezone(UTC))


async def _intents(client: discord.Client, settings: Settings) -> Check:
    wanted = intents_for(settings)
    flags = (await client.application_info()).flags
    off = [
        name
        for name, flag in _ASKED_BY.items()
        if name in wanted and not (getattr(flags, flag) or getattr(flags, f"{flag}_limited"))
    ]
    if off:
        without = " ".join(_WITHOUT[name] for name in off)
        cure = f"Developer Portal, Bot, Privileged Gateway Intents; or do without: {without}"
        return fail("intents", f"not given: {', '.join(off)}", cure)
    return ok("intents", ", ".join(wanted))


async def _channels(client: discord.Client, settings: Settings) -> list[Check]:
    """Each configured channel, and the server slash commands are registered for."""
    wanted = {"posts": settings.stats_channel_id, "words to admins": settings.admin_channel_id}
    wanted |= {f"commands ({channel})": channel for channel in settings.command_channels}
    checks = [] if settings.guild_id is None else [await _guild(client, settings.guild_id)]
    for name, channel_id in wanted.items():
        if channel_id is not None:
            checks.append(await _channel(client, f"channel for {name}", channel_id))
    if settings.stats_channel_id is None:
        checks.append(warn("channel for posts", "STATS_CHANNEL_ID is not set", "without it nothing is posted"))
    return checks


async def _guild(client: discord.Client, guild_id: int) -> Check:
    try:
        guild = await client.fetch_guild(guild_id)
    except (discord.Forbidden, discord.NotFound):
        cure = f"check GUILD_ID; invite the bot: {SCOPES.format(id=client.application_id)}"
        return fail("server", f"the bot is not on {guild_id}", cure)
    return ok("server", guild.name)


async def _channel(client: discord.Client, name: str, channel_id: int) -> Check:
    try:
        channel = await client.fetch_channel(channel_id)
    except discord.NotFound:
        return fail(name, f"{channel_id} does not exist", "set the id right (right click on the channel, Copy ID)")
    except discord.Forbidden:
        return fail(name, f"{channel_id} can't be seen", "give the bot View Channel there, or invite it to that server")
    if not isinstance(channel, discord.abc.GuildChannel | discord.Thread) or not isinstance(
        channel, discord.abc.Messageable
    ):
        return fail(name, f"{channel_id} takes no messages", "choose a text channel or a thread")
    missing = await _missing(client, channel)
    if missing:
        given = ", ".join(permission.replace("_", " ").title() for permission in missing)
        return fail(name, f"#{channel.name}: the bot lacks {given}", "give its role these permissions in that channel")
    return ok(name, f"#{channel.name}")


async def _missing(client: discord.Client, channel: discord.abc.GuildChannel | discord.Thread) -> list[str]:
    """Permissions the bot needs in a channel and does not have, counted with roles as they are now."""
    assert client.user is not None
    guild = await client.fetch_guild(channel.guild.id)
    place = channel.parent_id if isinstance(channel, discord.Thread) else channel.id
    own = next(each for each in await guild.fetch_channels() if each.id == place)
    given = own.permissions_for(await guild.fetch_member(client.user.id))
    needed = [name for name in NEEDED if name != "send_messages" or not isinstance(channel, discord.Thread)]
    needed += ["send_messages_in_threads"] if isinstance(channel, discord.Thread) else []
    return [name for name in needed if not getattr(given, name)]
