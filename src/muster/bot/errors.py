"""Errors become answers here, and nowhere else."""

import secrets
from difflib import get_close_matches
from typing import Final

import discord
import structlog
from discord import app_commands
from discord.ext import commands

from muster.bot import text
from muster.bot.context import Context
from muster.bot.pages import ORANGE, RED, said
from muster.bot.refusals import Answered, Refused
from muster.bot.reply import send
from muster.stats.chat_source import UnknownChannel, UnknownChatter
from muster.stats.leaderboard import NotForWeapon
from muster.stats.metrics import UnknownMetric
from muster.stats.periods import UnknownPeriod
from muster.stats.place_names import UnknownPlace
from muster.stats.source import UnknownPlayer
from muster.stats.weapons import UnknownWeapon
from muster.store.engine import StoreError

log = structlog.get_logger("muster.bot")

_MISTAKES: Final = (
    *(UnknownMetric, UnknownPeriod, UnknownPlace, UnknownPlayer, UnknownWeapon, NotForWeapon),
    *(UnknownChannel, UnknownChatter),
)
"""Errors of questions whose message, plain text, is written for the asker."""


async def answer_error(ctx: Context, error: BaseException) -> None:
    """Tells the asker in private what went wrong, or logs what nobody foresaw under a reference he is given."""
    cause = _cause(error)
    if isinstance(cause, Answered):
        return
    told = _explain(ctx, cause)
    if told is None:
        return
    title, words = told
    unforeseen = not words
    if unforeseen:
        reference = secrets.token_hex(4)
        command = ctx.command.qualified_name if ctx.command else None
        log.error("command failed", reference=reference, command=command, exc_info=cause)
        words = f"This should not have happened. The log has it under `{reference}`."
    try:
        await send(ctx, said(title, words, colour=RED if unforeseen else ORANGE, private=True))
    except discord.HTTPException as failure:
        log.warning("could not tell the asker", error=str(failure), told=title)


def _cause(error: BaseException) -> BaseException:
    """What is behind the wrappers of the command framework."""
    while isinstance(
        error, commands.CommandInvokeError | commands.HybridCommandError | app_commands.CommandInvokeError
    ):
        error = error.original
    return error


def _explain(ctx: Context, error: BaseException) -> tuple[str, str] | None:
    """Title and text for the asker; an empty text for what nobody foresaw, None for what needs no answer."""
    prefix = "/" if ctx.interaction else ctx.prefix or "/"
    match error:
        case commands.CommandNotFound():
            return _near_command(ctx, prefix)
        case commands.CommandOnCooldown():
            return "A moment, please", f"Again in {max(round(error.retry_after), 1)} s."
        case commands.MissingPermissions() | commands.NotOwner():
            return "Not allowed", "That command is for admins of this server."
        case commands.NoPrivateMessage():
            return "Not here", "That command works in a server only."
        case commands.BadFlagArgument():
            asks = error.flag.description
            return "Not understood", f"“{text.name(error.argument)}” does not fit `{error.flag.name}:` – {asks}."
        case commands.UserInputError():
            return "Not understood", f"{text.name(str(error))}\n`{prefix}help {ctx.command}` says how."
        case StoreError():
            log.error("the store refused", error=str(error))
            return "The database can't be reached", "Try again in a minute; the admins can see why in the log."
        case discord.Forbidden():
            return "Not allowed to", "Discord does not let me do that here: `doctor` names the missing permission."
        case Refused():
            return "Can't answer that", str(error)
        case _ if isinstance(error, _MISTAKES):
            return "Can't answer that", text.name(str(error.args[0] if error.args else error))
        case _:
            return "That went wrong", ""


def _near_command(ctx: Context, prefix: str) -> tuple[str, str] | None:
    """Only what is nearly one of our commands is answered: the rest may be meant for somebody else."""
    near = get_close_matches(ctx.invoked_with or "", list(ctx.bot.all_commands), 1, 0.75)
    return ("No such command", f"Did you mean `{prefix}{near[0]}`?") if near else None
