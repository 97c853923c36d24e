"""Which commands there are, and how they are used."""

import inspect
from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import app_commands
from discord.ext import commands

from muster.bot import text
from muster.bot.command import command
from muster.bot.context import Context
from muster.bot.refusals import Refused
from muster.bot.reply import send
from muster.bot.rules import may_administer
from muster.bot.show import help as show
from muster.bot.usage import GroupInfo, describe

if TYPE_CHECKING:
    from muster.bot.client import MusterBot

MOST: Final = 25
Command = commands.Command[Any, ..., Any]


class Helping(commands.Cog, name="Help"):
    """What there is, and how to ask."""

    def __init__(self, bot: "MusterBot") -> None:
        self.bot = bot

    @command()
    @app_commands.describe(command="the command to be told about")
    async def help(self, ctx: Context, *, command: str = "") -> None:
        """All commands by subject, or everything about one of them."""
        prefix = "/" if ctx.interaction else ctx.prefix or "/"
        wanted = command.strip().removeprefix(self.bot.settings.command_prefix).removeprefix("/").lower()
        if not wanted:
            await send(ctx, show.overview(await self._groups(ctx), prefix))
            return
        found = self.bot.get_command(wanted)
        if found is None:
            raise Refused(await self._nearest(ctx, wanted, prefix))
        if not await _may(ctx, found):
            raise Refused("That command is for admins of this server.")
        if isinstance(found, commands.Group):
            parts = await _usable(ctx, sorted(found.commands, key=lambda one: one.name))
            group = GroupInfo(found.qualified_name, found.short_doc, tuple(map(describe, parts)))
            await send(ctx, show.group(group, prefix))
            return
        await send(ctx, show.command(describe(found), prefix))

    @help.autocomplete("command")  # type: ignore[untyped-decorator]
    async def names(self, interaction: discord.Interaction[Any], current: str) -> list[app_commands.Choice[str]]:
        """Commands by what is typed of their name."""
        wanted = current.strip().lower()
        # Commands with a check of their own are those of admins.
        all_of_them = may_administer(self.bot.settings, interaction.user)
        usable = [one.qualified_name for one in self.bot.walk_commands() if all_of_them or not one.checks]
        found = sorted(name for name in usable if wanted in name)
        found.sort(key=lambda name: not name.startswith(wanted))
        return [app_commands.Choice(name=name, value=name) for name in found[:MOST]]

    async def _groups(self, ctx: Context) -> list[GroupInfo]:
        """The commands the asker may use, by cog."""
        groups = []
        for cog in self.bot.cogs.values():
            usable = await _usable(ctx, [one for one in cog.walk_commands() if not isinstance(one, commands.Group)])
            if usable:
                about = inspect.cleandoc(cog.description or "").partition("\n")[0]
                groups.append(GroupInfo(cog.qualified_name, about, tuple(describe(one) for one in usable)))
        return groups

    async def _nearest(self, ctx: Context, wanted: str, prefix: str) -> str:
        usable = await _usable(ctx, list(self.bot.commands))
        names = [name for one in usable for name in (one.qualified_name, *one.aliases)]
        near = get_close_matches(wanted, names, 3, 0.6)
        hint = f" Did you mean {' or '.join(f'`{prefix}help {name}`' for name in near)}?" if near else ""
        return f"There is no command “{text.called(wanted)}”.{hint} `{prefix}help` lists all."


async def _usable(ctx: Context, listed: Sequence[Command]) -> list[Command]:
    """Those of some commands that the asker may use, in the order they were written."""
    return [one for one in listed if not one.hidden and await _may(ctx, one)]


async def _may(ctx: Context, one: Command) -> bool:
    """Whether a command's own checks let the asker use it. Those of the bot, such as its pace, are not asked."""
    try:
        return all([await discord.utils.maybe_coroutine(check, ctx) for check in one.checks])
    except (Refused, commands.CommandError):
        return False
