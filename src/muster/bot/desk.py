"""The desk every command comes to: whom it means, what part of the history, the question, the answer."""

import re
from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import discord

from muster.bot import text
from muster.bot.context import Context
from muster.bot.pages import Answer, Page
from muster.bot.refusals import Answered, Refused
from muster.bot.reply import QUIET, send
from muster.bot.views import ChoiceView, embed_of
from muster.stats import names, periods
from muster.stats.values import Choice, Found, Gates, PlayerRef, Scope
from muster.store.engine import Reader
from muster.store.notes import link_of

if TYPE_CHECKING:
    from muster.bot.client import MusterBot

T = TypeVar("T")
_MENTION = re.compile(r"<@!?(\d+)>")


def scope_of(bot: "MusterBot", ask: Any) -> Scope:
    """What part of the history is asked for. Raises UnknownPeriod."""
    now = datetime.now(ZoneInfo(bot.settings.timezone))
    return Scope(periods.parse(ask.period, now), ask.map, ask.server)


def gates_of(bot: "MusterBot") -> Gates:
    """How much a player must have played to be ranked."""
    return Gates(bot.settings.min_rounds, bot.settings.min_rounds_ratio, bot.settings.min_shots)


async def answer(
    ctx: Context, key: Hashable, question: Callable[[Reader], Awaitable[T]], show: Callable[[T], Answer]
) -> None:
    """Asks a question, or remembers its answer, and sends the pages. `key` names the question with all it is about."""
    await ctx.defer()
    async with ctx.bot.store.read() as reader:
        found = await ctx.bot.cache.get(reader, key, lambda: question(reader))
    await send(ctx, show(found))


async def player(ctx: Context, words: str | None) -> PlayerRef:
    """The player somebody means: by mention, by name, or himself.

    Where several fit he is asked which, and the command runs again with his choice: raises Answered then.
    Raises Refused where nobody fits.
    """
    wanted = ctx.chosen.get((words or "").strip(), (words or "").strip())
    mention = _MENTION.fullmatch(wanted)
    if mention or not wanted:
        return await _linked(ctx, int(mention[1]) if mention else ctx.author.id)
    async with ctx.bot.store.read() as reader:
        found = await names.lookup(reader, wanted)
    if isinstance(found, Found):
        return found.player
    if isinstance(found, Choice):
        await _ask_which(ctx, wanted, found)
        raise Answered
    raise Refused(
        f"Nobody goes by anything like “{text.name(wanted)}”. `{ctx.prefix or '/'}top_killers` shows who plays."
    )


async def _linked(ctx: Context, user_id: int) -> PlayerRef:
    async with ctx.bot.store.read() as reader:
        link = await link_of(reader, user_id)
        found = await names.lookup(reader, link.player_key) if link else None
    if isinstance(found, Found):
        return found.player
    if user_id == ctx.author.id:
        raise Refused(f"Say whom you mean, or link yourself once with `{ctx.prefix or '/'}link NAME`.")
    raise Refused("That user is not linked to a player. They can do so with `link NAME`.")


async def _ask_which(ctx: Context, wanted: str, choice: Choice) -> None:
    """Asks which player was meant; the command starts over with the one chosen."""

    async def chosen(_: discord.Interaction[Any], key: str) -> None:
        ctx.chosen[wanted] = key
        await ctx.bot.again(ctx)

    labels = [(f"{text.cell(c.player.name)} ({text.cell(c.alias)})", c.player.key) for c in choice.candidates]
    view = ChoiceView(ctx.author.id, labels, chosen)
    page = Page("Did you mean …", f"Several players go by something like “{text.name(wanted)}”.")
    view.message = await ctx.reply(embed=embed_of(page), view=view, mention_author=False, allowed_mentions=QUIET)
