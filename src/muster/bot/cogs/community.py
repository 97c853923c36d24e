"""Who writes on this server, when and how much."""

from typing import TYPE_CHECKING, Final

from discord.ext import commands
from discord.ext.commands import flag

from muster.bot import chat_desk
from muster.bot.command import command
from muster.bot.context import Context
from muster.bot.refusals import Refused
from muster.bot.show import community as show
from muster.bot.show import presence as show_presence
from muster.stats import chat_activity, chat_hours, chat_server, chat_sessions, chat_top, chat_words, voice

if TYPE_CHECKING:
    from muster.bot.client import MusterBot

PLACES: Final = 120
"""Places of a ranking that can be leafed through; `place` leads to those after them."""

LISTED: Final = 150
"""Sessions that can be leafed through; a period leads to earlier ones."""

_PERIOD: Final = "today, week, month, season, all, YYYY-MM or YYYY-MM-DD"
_WHO: Final = "a name, a mention, or nothing for yourself"


class WhoAsk(commands.FlagConverter, case_insensitive=True):
    """Somebody who writes here, and on which days."""

    who: str | None = flag(default=None, positional=True, description=_WHO)
    period: str = flag(default="all", description=_PERIOD)


class DaysAsk(commands.FlagConverter, case_insensitive=True):
    """Which days."""

    period: str = flag(default="all", positional=True, description=_PERIOD)


class TopAsk(commands.FlagConverter, case_insensitive=True):
    """Which days, and perhaps one channel."""

    period: str = flag(default="all", positional=True, description=_PERIOD)
    channel: str | None = flag(default=None, description="only this channel, with its threads")
    place: commands.Range[int, 1, 1_000_000] = flag(default=1, description="the place to begin at")


class VoiceAsk(commands.FlagConverter, case_insensitive=True):
    """Which days."""

    period: str = flag(default="all", positional=True, description=_PERIOD)
    place: commands.Range[int, 1, 1_000_000] = flag(default=1, description="the place to begin at")


class HoursAsk(commands.FlagConverter, case_insensitive=True):
    """Whose hours."""

    who: str | None = flag(default=None, positional=True, description="a name or a mention; nothing for everybody")


class Community(commands.Cog):
    """Who writes on this server, when and how much."""

    def __init__(self, bot: "MusterBot") -> None:
        self.bot = bot

    @command()
    async def activity(self, ctx: Context, *, ask: WhoAsk) -> None:
        """How much somebody writes here, where, at which hours, how regularly."""
        community, days = chat_desk.here(ctx), chat_desk.days(self.bot, ask.period)
        who = await chat_desk.chatter(ctx, ask.who)
        await chat_desk.answer(
            ctx,
            lambda reader: chat_activity.activity(reader, community, who.key, days),
            lambda found: show.activity(found, chat_desk.seen_by(ctx), self.bot.settings.timezone),
        )

    @command()
    async def server_activity(self, ctx: Context, *, ask: DaysAsk) -> None:
        """Members, messages and people who write, day by day, and the busiest channels."""
        community, days = chat_desk.here(ctx), chat_desk.days(self.bot, ask.period)
        await chat_desk.answer(
            ctx,
            lambda reader: chat_server.server_activity(reader, community, days),
            lambda found: show.server_activity(found, chat_desk.seen_by(ctx), chat_desk.nothing(self.bot)),
        )

    @command()
    async def top_chatters(self, ctx: Context, *, ask: TopAsk) -> None:
        """Who writes most, on the whole server or in a channel."""
        community, days = chat_desk.here(ctx), chat_desk.days(self.bot, ask.period)
        where = await chat_desk.channel(ctx, ask.channel) if ask.channel else None
        await chat_desk.answer(
            ctx,
            lambda reader: chat_top.top_chatters(reader, community, days, where, limit=PLACES, offset=ask.place - 1),
            lambda found: show.top_chatters(found, chat_desk.nothing(self.bot)),
        )

    @command()
    async def top_voice(self, ctx: Context, *, ask: VoiceAsk) -> None:
        """Who is in voice most, in hours."""
        community, days = chat_desk.here(ctx), chat_desk.days(self.bot, ask.period)
        await chat_desk.answer(
            ctx,
            lambda reader: voice.top_voice(reader, community, days, limit=PLACES, offset=ask.place - 1),
            lambda found: show_presence.top_voice(found, chat_desk.no_voice(self.bot)),
        )

    @command()
    async def my_words(self, ctx: Context) -> None:
        """The words and emoji you write most, for you alone."""
        settings, community = self.bot.settings, chat_desk.here(ctx)
        if not (settings.count_words and settings.count_messages and settings.message_content):
            raise Refused("Words are not looked at here: that needs `count_words = true` and the message content.")
        await ctx.defer(ephemeral=True)
        who = await chat_desk.chatter(ctx, None)
        await chat_desk.answer(ctx, lambda reader: chat_words.words_of(reader, community, who.key), show_presence.words)

    @command()
    async def active_hours(self, ctx: Context, *, ask: HoursAsk) -> None:
        """The week as a heat map: at which hours is written, by everybody or by somebody."""
        community, timezone = chat_desk.here(ctx), self.bot.settings.timezone
        key = (await chat_desk.chatter(ctx, ask.who)).key if ask.who else None
        await chat_desk.answer(
            ctx,
            lambda reader: chat_hours.active_hours(reader, community, timezone, key),
            lambda found: show.active_hours(found, chat_desk.nothing(self.bot)),
        )

    @command()
    async def sessions_of(self, ctx: Context, *, ask: WhoAsk) -> None:
        """When somebody was here writing: channel, length and messages of each session."""
        community, days = chat_desk.here(ctx), chat_desk.days(self.bot, ask.period)
        who = await chat_desk.chatter(ctx, ask.who)
        await chat_desk.answer(
            ctx,
            lambda reader: chat_sessions.sessions_of(reader, community, who.key, days, limit=LISTED),
            lambda found: show.sessions(found, chat_desk.seen_by(ctx)),
        )
