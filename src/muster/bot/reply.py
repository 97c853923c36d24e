"""Sending answers: the one place where pages become messages."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import discord

from muster.bot.attached import Attached
from muster.bot.context import Context
from muster.bot.pages import Answer, Page
from muster.bot.views import AskersView, ChoiceView, OpeningPager, Pager, Views, embed_of

QUIET = discord.AllowedMentions.none()


async def send(
    ctx: Context, answer: Answer, opened: Callable[[str], Awaitable[None]] | None = None, *, open_what: str = "open"
) -> discord.Message:
    """Answers a command. A private answer to a typed command goes to the author directly.

    `opened` is called with the value of the option that is chosen from the menu `open_what` of an answer whose pages
    have options.
    """
    attached = Attached(answer, ctx.bot.draw)
    page = answer.pages[answer.at]
    file = await attached.file(page)
    options: dict[str, Any] = {"embed": embed_of(page, attached.image(page)), "allowed_mentions": QUIET}
    view: AskersView | None
    if opened is not None and page.options:
        view = OpeningPager(ctx.author.id, answer.pages, attached, open_what, opened)
    else:
        view = _view(answer, ctx.author.id, attached)
    if view is not None:
        options["view"] = view
    if file is not None:
        options["file"] = file
    if (answer.private or answer.secret) and ctx.interaction is None:
        message = await _whisper(ctx, options, secret=answer.secret)
    else:
        message = await ctx.reply(ephemeral=answer.private or answer.secret, mention_author=False, **options)
    if view is not None:
        view.message = message
    return message


async def _whisper(ctx: Context, options: dict[str, Any], *, secret: bool) -> discord.Message:
    """Directly to the author; where he takes no direct messages, in the channel, but for what is `secret`."""
    ctx.answered()
    try:
        return await ctx.author.send(**options)
    except discord.Forbidden:
        if secret:
            words = f"You take no direct messages from me. `/{ctx.command}` shows it to you alone."
            return await ctx.reply(words, mention_author=False, allowed_mentions=QUIET)
        return await ctx.reply(mention_author=False, **options)


async def ask_which(ctx: Context, typed: str, labels: Sequence[tuple[str, str]], words: str) -> None:
    """Asks which was meant, by a label and the key each; the command starts over with the one chosen."""

    async def chosen(_: discord.Interaction[Any], key: str) -> None:
        ctx.chosen[typed] = key
        await ctx.bot.again(ctx)

    view = ChoiceView(ctx.author.id, labels, chosen)
    embed = embed_of(Page("Did you mean …", words))
    view.message = await ctx.reply(embed=embed, view=view, mention_author=False, allowed_mentions=QUIET)


def _view(answer: Answer, asker: int, attached: Attached) -> AskersView | None:
    if len(answer.pages) < 2:
        return None
    kind = Views if answer.views else Pager
    return kind(asker, answer.pages, attached, answer.at)
