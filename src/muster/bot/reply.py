"""Sending answers: the one place where pages become messages."""

import io
from typing import TYPE_CHECKING, Any

import discord

from muster.bot.context import Context
from muster.bot.pages import Answer
from muster.bot.views import AskersView, Pager, Views, embed_of

if TYPE_CHECKING:
    from muster.bot.client import MusterBot

QUIET = discord.AllowedMentions.none()


async def send(ctx: Context, answer: Answer) -> discord.Message:
    """Answers a command. A private answer to a typed command goes to the author directly."""
    file, picture = await _attachment(ctx.bot, answer)
    view = _view(answer, ctx.author.id, picture)
    options: dict[str, Any] = {"embed": embed_of(answer.pages[0], picture), "allowed_mentions": QUIET}
    if view is not None:
        options["view"] = view
    if file is not None:
        options["file"] = file
    if answer.private and ctx.interaction is None:
        message = await _whisper(ctx, options)
    else:
        message = await ctx.reply(ephemeral=answer.private, mention_author=False, **options)
    if view is not None:
        view.message = message
    return message


async def _whisper(ctx: Context, options: dict[str, Any]) -> discord.Message:
    """Directly to the author; where he takes no direct messages, in the channel."""
    try:
        return await ctx.author.send(**options)
    except discord.Forbidden:
        return await ctx.reply(mention_author=False, **options)


async def _attachment(bot: "MusterBot", answer: Answer) -> tuple[discord.File | None, str | None]:
    if answer.upload is not None:
        return discord.File(io.BytesIO(answer.upload.content), answer.upload.file), None
    if answer.picture is None:
        return None, None
    content = await bot.draw(answer.picture)
    return discord.File(io.BytesIO(content), answer.picture.file), answer.picture.file


def _view(answer: Answer, asker: int, picture: str | None) -> AskersView | None:
    if len(answer.pages) < 2:
        return None
    kind = Views if answer.views else Pager
    return kind(asker, answer.pages, picture)
