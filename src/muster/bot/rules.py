"""Who may ask what, where, and how often."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import discord
from discord.ext import commands

from muster.bot.context import Context
from muster.bot.refusals import Refused
from muster.config import Settings

if TYPE_CHECKING:
    from muster.bot.client import MusterBot

T = TypeVar("T")

BURST: Final = 6
PER_SECONDS: Final = 12.0
"""Commands a user may give in a while."""


def admin() -> Callable[[T], T]:
    """A command for admins: Manage Server, a configured role, or a root user."""

    async def allowed(ctx: Context) -> bool:
        if is_admin(ctx):
            return True
        raise Refused("That command is for admins of this server.")

    return commands.check(allowed)


def is_admin(ctx: Context) -> bool:
    """True for root users, for who may manage the server, and for members of the configured roles."""
    return may_administer(ctx.bot.settings, ctx.author)


def may_administer(settings: Settings, user: discord.abc.User) -> bool:
    """The same, of anybody: whoever pressed a button, for one."""
    if user.id in settings.root_users:
        return True
    if not isinstance(user, discord.Member):
        return False
    roles = {role.id for role in user.roles}
    return user.guild_permissions.manage_guild or bool(roles & set(settings.admin_roles))


def install(bot: "MusterBot") -> None:
    """Makes every command keep to the channels it may be used in, and to the pace."""
    cooldown: commands.CooldownMapping[Any] = commands.CooldownMapping.from_cooldown(
        BURST, PER_SECONDS, commands.BucketType.user
    )

    async def keeps_to(ctx: Context) -> bool:
        allowed = bot.settings.command_channels
        if ctx.guild is not None and allowed and _place(ctx) not in allowed and not is_admin(ctx):
            named = " ".join(f"<#{channel}>" for channel in allowed)
            raise Refused(f"Commands are answered in {named}.")
        bucket = cooldown.get_bucket(ctx.message)
        wait = bucket.update_rate_limit() if bucket else None
        if wait and ctx.author.id not in bot.settings.root_users:
            assert bucket is not None
            raise commands.CommandOnCooldown(bucket, wait, commands.BucketType.user)
        return True

    bot.add_check(keeps_to)


def _place(ctx: Context) -> int:
    """The channel a command was given in; of a thread the channel it belongs to."""
    channel = ctx.channel
    return channel.parent_id if isinstance(channel, discord.Thread) else channel.id
