"""Where commands about the chat come to: which server, which days, who is meant, and what the asker may see."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, TypeVar

import discord
from discord.ext import commands

from muster.bot import text
from muster.bot.context import Context
from muster.bot.pages import Answer
from muster.bot.refusals import Answered, Refused
from muster.bot.reply import ask_which, send
from muster.community.days import rule_of
from muster.model.chat import Platform
from muster.stats import chat_names, chat_source, periods
from muster.stats.values.chat import ChannelRef, Chatter, ChatterChoice, CommunityRef, Days
from muster.store.engine import Reader

if TYPE_CHECKING:
    from muster.bot.client import MusterBot

T = TypeVar("T")

OFF = "Counting is off: an admin sets `count_messages = true` in muster.toml and starts Muster again."
NOTHING_YET = (
    "Nothing is counted here yet. Messages are counted from now on, and those of the seven days before Muster came, "
    "in every channel it has *View Channel* and *Read Message History* in."
)


def here(ctx: Context) -> CommunityRef:
    """The server a command is given in. Raises NoPrivateMessage."""
    if ctx.guild is None:
        raise commands.NoPrivateMessage
    return community_of(ctx.guild)


def community_of(guild: discord.Guild) -> CommunityRef:
    """A Discord server as questions take it."""
    return CommunityRef(Platform.DISCORD.value, str(guild.id), guild.name)


def days(bot: "MusterBot", words: str) -> Days:
    """The days that words mean. Raises UnknownPeriod."""
    rule = rule_of(bot.settings)
    today = rule.day(datetime.now(UTC))
    return chat_source.days(periods.parse(words, _noon(today)), today, rule.begin)


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def nothing(bot: "MusterBot") -> str:
    """Why there is nothing to show, and what helps."""
    return NOTHING_YET if bot.settings.count_messages else OFF


def no_voice(bot: "MusterBot") -> str:
    """Why nobody is shown in voice, and what helps."""
    if not bot.settings.count_voice:
        return "Voice is not counted: an admin sets `count_voice = true` in muster.toml and starts Muster again."
    return "Nobody was in voice yet since it is counted."


async def answer(ctx: Context, question: Callable[[Reader], Awaitable[T]], show: Callable[[T], Answer]) -> None:
    """Asks a question and sends the pages. Nothing is remembered: messages come all the time."""
    await ctx.defer()
    async with ctx.bot.store.read() as reader:
        found = await question(reader)
    await send(ctx, show(found))


async def chatter(ctx: Context, words: str | None) -> Chatter:
    """Who is meant: by mention, by name, or the author.

    Where several fit he is asked which, and the command runs again with his choice: raises Answered then.
    Raises Refused where nobody fits.
    """
    community, typed = here(ctx), (words or "").strip()
    wanted = ctx.chosen.get(typed, typed) or str(ctx.author.id)
    async with ctx.bot.store.read() as reader:
        found = await chat_names.lookup(reader, community, wanted)
        anybody = found is not None or await chat_names.suggest(reader, community, "", limit=1)
    if isinstance(found, Chatter):
        return found
    if isinstance(found, ChatterChoice):
        labels = [(f"{text.cell(c.user.name, c.user.key)} ({c.messages:,})", c.user.key) for c in found.candidates]
        named = all(candidate.score == 100 for candidate in found.candidates)
        start = "Several people go by something like" if named else "These come near, for nobody goes by"
        await ask_which(ctx, typed, labels, f"{start} “{text.called(typed)}”. Beside the names: messages.")
        raise Answered
    if not anybody:
        raise Refused(nothing(ctx.bot))
    who = ctx.prefix or "/"
    if not typed:
        raise Refused(f"Nothing you wrote here is counted yet. `{who}top_chatters` shows who writes.")
    raise Refused(
        f"Nobody who writes here goes by anything like “{text.called(typed)}”. `{who}top_chatters` shows who writes."
    )


async def channel(ctx: Context, words: str) -> ChannelRef:
    """The channel that is meant, of those the asker sees. Raises UnknownChannel."""
    async with ctx.bot.store.read() as reader:
        return await chat_source.find_channel(reader, here(ctx), words, seen_by(ctx))


def seen_by(ctx: Context) -> Callable[[ChannelRef], bool]:
    """Whether the asker sees a channel. One that is gone is nobody's to see any more."""
    guild, asker = ctx.guild, ctx.author

    def sees(one: ChannelRef) -> bool:
        return guild is not None and isinstance(asker, discord.Member) and visible(guild, asker, one)

    return sees


def visible(guild: discord.Guild, member: discord.Member, one: ChannelRef) -> bool:
    """Whether a member of a server sees a channel; a private thread only who may look after threads."""
    there = guild.get_channel_or_thread(int(one.key)) or (guild.get_channel(int(one.parent)) if one.parent else None)
    if there is None:
        return False
    allowed = there.permissions_for(member)
    if isinstance(there, discord.Thread) and there.is_private():
        return allowed.view_channel and allowed.manage_threads
    return allowed.view_channel
