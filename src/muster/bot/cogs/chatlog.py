"""What is kept of what people write: policies seen and set, messages found and sent along, for admins alone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import structlog
from discord import app_commands
from discord.ext import commands
from discord.ext.commands import flag

from muster.bot import chat_desk, complete, text
from muster.bot.command import group, part
from muster.bot.context import Context
from muster.bot.pages import Answer
from muster.bot.refusals import Refused
from muster.bot.reply import send
from muster.bot.rules import admin
from muster.bot.show import chatlog as show
from muster.bot.upload import MOST
from muster.community import logbook
from muster.community.archive import ChatLogError
from muster.community.events.stored import SHIPPED
from muster.model.chat import Platform
from muster.stats import chat_source
from muster.stats.values.chat import ChannelRef
from muster.store import pipelines

if TYPE_CHECKING:
    from muster.bot.client import MusterBot

log = structlog.get_logger("muster.bot")

FOUND: Final = 100
"""Messages of a search that can be leafed through, the latest first."""

_HERE: Final = "a channel; nothing for the one you ask in"

UNSAID: Final = -1
"""Where no number was given: the library can't make an option of a number or nothing."""


class ChannelAsk(commands.FlagConverter, case_insensitive=True):
    """Which channel."""

    channel: str = flag(default="", positional=True, description=_HERE)


class AllAsk(commands.FlagConverter, case_insensitive=True):
    """One channel, or all."""

    channel: str = flag(default="", positional=True, description="only this channel; nothing for all of them")


class SetAsk(commands.FlagConverter, case_insensitive=True):
    """What is to be kept of a channel from now on."""

    channel: str = flag(default="", positional=True, description=_HERE)
    days: commands.Range[int, 0, 36_500] = flag(default=UNSAID, description="days that messages are kept")
    share: commands.Range[float, 0.0, 1.0] = flag(
        default=UNSAID, description="share of messages that is kept, from 0 to 1"
    )
    before: str = flag(default="", description="what is done before they go: archive, summarise, a pipeline, none")


class SearchAsk(commands.FlagConverter, case_insensitive=True):
    """What to look for."""

    text: str = flag(default="", positional=True, description="what the messages contain, in any case")
    channel: str = flag(default="", description="only this channel; nothing for all that you see")


class ChatLog(commands.Cog, name="Chat log"):
    """What is kept of what people write: policies, search, export. Every look into it is noted."""

    def __init__(self, bot: "MusterBot") -> None:
        self.bot = bot

    @group
    @admin()
    async def chatlog(self, ctx: Context) -> None:
        """What is kept of what people write here."""
        await self._policies(ctx, "")

    @part(chatlog)
    @admin()
    async def policy(self, ctx: Context, *, ask: AllAsk) -> None:
        """What is kept of each channel, for how long, and how many messages that is now."""
        await self._policies(ctx, ask.channel)

    @part(chatlog)
    @admin()
    async def set(self, ctx: Context, *, ask: SetAsk) -> None:
        """Keeps what is written in a channel from the next message on; what is not said stays as it was."""
        await ctx.defer(ephemeral=True)
        where = await self._channel(ctx, ask.channel)
        given = {"days": ask.days, "rate": ask.share, "steps": ask.before.strip().lower() or UNSAID}
        given = {name: value for name, value in given.items() if value != UNSAID}
        about = " ".join(("on", *(f"{name}={value}" for name, value in given.items())))
        await self._change(ctx, where, about, on=True, **given)

    @part(chatlog)
    @admin()
    async def off(self, ctx: Context, *, ask: ChannelAsk) -> None:
        """Keeps nothing more of a channel; what is kept already goes when it is old enough."""
        await ctx.defer(ephemeral=True)
        await self._change(ctx, await self._channel(ctx, ask.channel), "off", on=False)

    @part(chatlog)
    @admin()
    async def search(self, ctx: Context, *, ask: SearchAsk) -> None:
        """Finds kept messages by their text, in the channels you see; only you see the answer."""
        await ctx.defer(ephemeral=True)
        community, wanted = chat_desk.here(ctx), ask.text.strip()
        if not wanted:
            raise Refused(f"Say what to look for: `{ctx.prefix or '/'}chatlog search good game`.")
        where = [await chat_desk.channel(ctx, ask.channel)] if ask.channel else await self._seen(ctx)
        await self._note(ctx, "search", f"{wanted!r} in {ask.channel or 'all channels he sees'}")
        keys = [one.key for one in where]
        of = (community.platform, community.key)
        found = await logbook.search(self.bot.store, wanted, FOUND + 1, community=of, keys=keys)
        await send(ctx, show.found(wanted, found, FOUND))

    @part(chatlog)
    @admin()
    async def export(self, ctx: Context, *, ask: ChannelAsk) -> None:
        """The kept messages of a channel as a file, an object a line; only you get it."""
        await ctx.defer(ephemeral=True)
        where = await self._channel(ctx, ask.channel)
        await self._note(ctx, "export", where.key)
        content, rows = await logbook.exported(self.bot.store, Platform.DISCORD.value, where.key, MOST)
        if content is None:
            raise Refused(
                f"That is more than the {MOST / 1_000_000:g} MB that can be sent here. Whoever runs me can write it to "
                f"a file: `muster chatlog export {where.key} --out FILE`"
            )
        await send(ctx, show.exported(where, content, rows))

    @set.autocomplete("before")  # type: ignore[untyped-decorator]
    async def steps(self, _: Any, current: str) -> list[app_commands.Choice[str]]:
        """Steps there are before deletion."""
        async with self.bot.store.read() as reader:
            stored = [row.name for row in await pipelines.all_of_them(reader)]
        return complete.offered([*SHIPPED, *stored, "none"], current)

    async def _policies(self, ctx: Context, words: str) -> None:
        await ctx.defer(ephemeral=True)
        where = [await chat_desk.channel(ctx, words)] if words else await self._seen(ctx)
        await send(ctx, await self._shown(where, "" if not words else where[0].key))

    async def _shown(self, where: list[ChannelRef], only: str = "") -> Answer:
        everything = await logbook.overview(self.bot.store)
        keys = {one.key for one in where}
        seen = [one for one in everything if one.platform == Platform.DISCORD.value and one.key in keys]
        return show.policies(everything[0], seen, only)

    async def _change(self, ctx: Context, where: ChannelRef, about: str, **values: Any) -> None:
        await self._note(ctx, "policy", f"{where.key} {about}")
        with _refused():
            await logbook.set_policy(self.bot.store, Platform.DISCORD.value, where.key, **values)
        await send(ctx, await self._shown([where], where.key))

    async def _channel(self, ctx: Context, words: str) -> ChannelRef:
        """The channel that is meant, of those the asker sees; the one he asks in where he says nothing."""
        chat_desk.here(ctx)
        return await chat_desk.channel(ctx, words or str(ctx.channel.id))

    async def _seen(self, ctx: Context) -> list[ChannelRef]:
        sees: Callable[[ChannelRef], bool] = chat_desk.seen_by(ctx)
        async with self.bot.store.read() as reader:
            return [one for one in (await chat_source.channels_of(reader, chat_desk.here(ctx))).values() if sees(one)]

    async def _note(self, ctx: Context, action: str, about: str) -> None:
        """Notes who does what, before it is done."""
        who = f"{Platform.DISCORD.value}:{ctx.author.id}"
        async with self.bot.store.write() as writer:
            await pipelines.note_access(writer, who, action, text.plain(about)[:500])
        log.info("chat log", by=ctx.author.id, action=action)


@contextmanager
def _refused() -> Iterator[None]:
    """What can't be done is told the asker."""
    try:
        yield
    except ChatLogError as error:
        raise Refused(text.name(str(error))) from None
