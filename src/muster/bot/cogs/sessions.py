"""Gaming sessions: begun and ended by hand, what is going on, the last one, the last round, all of them."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import discord
from discord import app_commands
from discord.ext import commands
from discord.ext.commands import flag

from muster.announce.keeper import Keeper
from muster.bot import desk, folders, manual, posts, text
from muster.bot.command import command
from muster.bot.context import Context
from muster.bot.manual import Started
from muster.bot.pages import said
from muster.bot.refusals import Refused
from muster.bot.reply import send
from muster.bot.rules import admin
from muster.bot.show import round as show_round
from muster.bot.show import session as show_session
from muster.bot.show.session_history import history
from muster.bot.show.session_status import Status, VoiceRoom, status
from muster.stats import live, place_names, rounds, sessions
from muster.stats.values import Scope
from muster.store.engine import Reader

if TYPE_CHECKING:
    from muster.bot.client import MusterBot

LISTED: Final = 150
"""Sessions that can be leafed through; a month leads to older ones."""


class SessionAsk(commands.FlagConverter, case_insensitive=True):
    """Which session, and which view of it."""

    view: str = flag(default="", positional=True, description="overview, players, top, combat, …, graphs, csv")
    session: str | None = flag(default=None, description="another one: its date (2025-10-14) or its id")
    server: str | None = flag(default=None, description="only this game server")


class RoundAsk(commands.FlagConverter, case_insensitive=True):
    """Where the round was played."""

    server: str | None = flag(default=None, positional=True, description="only this game server")


class HistoryAsk(commands.FlagConverter, case_insensitive=True):
    """Which sessions."""

    period: str = flag(name="month", default="all", positional=True, description="YYYY-MM, month, season, all, …")
    map: str | None = flag(default=None, description="only sessions in which this map was played")
    server: str | None = flag(default=None, description="only this game server")


class Sessions(commands.Cog):
    """Gaming sessions and rounds."""

    def __init__(self, bot: "MusterBot") -> None:
        self.bot = bot

    @command()
    @admin()
    async def session_start(self, ctx: Context) -> None:
        """Starts a session by hand."""
        if self.bot.keeper is not None:
            await self._begin_evening(ctx, self.bot.keeper)
            return
        now = datetime.now(UTC).replace(microsecond=0)
        async with self.bot.store.read() as reader:
            _refuse_second(await manual.started(reader, _guild(ctx), now))
        await ctx.defer()
        async with self.bot.store.write() as writer:
            _refuse_second(await manual.started(writer, _guild(ctx), now))
            await manual.start(writer, _guild(ctx), Started(now, ctx.author.id, ctx.channel.id))
        rooms = _voice(ctx.guild)
        voice = None if rooms is None else sum(len(room.people) for room in rooms)
        await send(ctx, posts.session_started_post(now, by=ctx.author.id, voice=voice or None))

    @command()
    @admin()
    async def session_end(self, ctx: Context) -> None:
        """Ends the session that was started by hand, and sums it up."""
        if self.bot.keeper is not None:
            await self._end_evening(ctx, self.bot.keeper)
            return
        now = datetime.now(UTC)
        async with self.bot.store.read() as reader:
            started = await manual.started(reader, _guild(ctx), now)
            if started is None:
                raise Refused(
                    "No session was started by hand; `session_start` starts one. `last_session` shows the last."
                )
        await ctx.defer()
        async with self.bot.store.write() as writer:
            await manual.end(writer, _guild(ctx))
        async with self.bot.store.read() as reader:
            overview = await live.since(reader, self._local(started.since), self._local(now))
        await send(ctx, posts.session_ended_post(overview))

    @command()
    async def session_status(self, ctx: Context) -> None:
        """What is going on right now."""
        await ctx.defer()
        now = datetime.now(UTC)
        async with self.bot.store.read() as reader:
            started = await self._going_on(reader, ctx, now)
            if started is None:
                played = await self.bot.cache.get(reader, ("last_session", None), lambda: sessions.last_session(reader))
            else:
                played = await live.since(reader, self._local(started.since), self._local(now))
            last = await self.bot.cache.get(reader, ("last_round", None), lambda: rounds.last_round(reader))
            watched = await folders.folders(self.bot.settings, reader)
        head = None if last is None else last.head
        await send(ctx, status(Status(now, started, played, head, _voice(ctx.guild), watched)))

    @command()
    async def last_session(self, ctx: Context, *, ask: SessionAsk) -> None:
        """The last gaming session, or another one, from every side."""
        views, session = _apart(ask.view.split())
        view = show_session.find_view(views)
        server = await self._server(ask.server)
        session = (ask.session or session).strip()
        if session:
            await self._session(ctx, await self._of_day(session, server), view)
            return
        await desk.answer(
            ctx,
            ("last_session", server),
            lambda reader: sessions.last_session(reader, server),
            lambda overview: show_session.session(overview, view),
        )

    @last_session.autocomplete("view")  # type: ignore[untyped-decorator]
    async def views(self, _: discord.Interaction[Any], current: str) -> list[app_commands.Choice[str]]:
        """The views."""
        wanted = current.strip().lower()
        return [app_commands.Choice(name=view, value=view) for view in show_session.VIEWS if wanted in view]

    @command()
    async def last_round(self, ctx: Context, *, ask: RoundAsk) -> None:
        """The round that was played last, with everybody."""
        server = await self._server(ask.server)
        await desk.answer(
            ctx, ("last_round", server), lambda reader: rounds.last_round(reader, server), show_round.last_round
        )

    @command()
    async def session_history(self, ctx: Context, *, ask: HistoryAsk) -> None:
        """All gaming sessions, of a month or ever, to open one."""
        scope = await desk.scope(ctx, ask)

        async def opened(session_id: str) -> None:
            await self.bot.guarded(ctx, self._session(ctx, session_id, "overview"))

        await desk.answer(
            ctx,
            ("session_history", scope),
            lambda reader: sessions.session_list(reader, scope, limit=LISTED),
            lambda found: history(found, scope),
            opened=opened,
            open_what="open a session",
        )

    async def _begin_evening(self, ctx: Context, keeper: Keeper) -> None:
        """Has an evening begin, where they begin and end by themselves too: its post is that of any other."""
        if not await keeper.begin():
            evening = (await keeper.state()).evening
            since = "" if evening is None else f" since {text.moment(evening.since, 'R')}"
            raise Refused(f"A session is going on already{since}. `session_end` ends it.")
        where = f"<#{self.bot.settings.stats_channel_id}>"
        await send(ctx, said("Session started", f"It is told in {where}. `session_end` ends it, and so does silence."))

    async def _end_evening(self, ctx: Context, keeper: Keeper) -> None:
        if not await keeper.end():
            raise Refused("No session is going on; `session_start` starts one. `last_session` shows the last.")
        where = f"<#{self.bot.settings.stats_channel_id}>"
        await send(ctx, said("Session ended", f"It is summed up in {where}; rounds that come late are added there."))

    async def _going_on(self, reader: Reader, ctx: Context, now: datetime) -> Started | None:
        """The session that goes on: the evening, or what somebody started by hand."""
        if self.bot.keeper is None:
            return await manual.started(reader, _guild(ctx), now)
        evening = (await self.bot.keeper.book.state(reader)).evening
        return None if evening is None else Started(evening.since, None, None, evening.source)

    async def _session(self, ctx: Context, session_id: str, view: str) -> None:
        """A session by its id."""
        async with self.bot.store.read() as reader:
            overview = await self.bot.cache.get(
                reader, ("session", session_id), lambda: sessions.session(reader, session_id)
            )
        if overview is None:
            raise Refused(f"There is no session `{text.cell(session_id)[:200]}`; `session_history` lists them.")
        await send(ctx, show_session.session(overview, view))

    async def _of_day(self, words: str, server: str | None) -> str:
        """The session an id means, or the last one of a day, a month, …"""
        period = desk.period_of(self.bot, words)
        if period is None:
            return words
        async with self.bot.store.read() as reader:
            found = await sessions.session_list(reader, Scope(period, server=server), limit=1)
        return found.sessions[0].session_id if found.sessions else words

    async def _server(self, name: str | None) -> str | None:
        """The game server a text means."""
        if name is None:
            return None
        async with self.bot.store.read() as reader:
            return (await place_names.known(reader, Scope(server=name))).server

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(ZoneInfo(self.bot.settings.timezone))


def _apart(words: list[str]) -> tuple[str, str]:
    """The view and the session among some words: what begins with a digit is a date or an id."""
    session = next((word for word in words if word[0].isdigit()), "")
    return " ".join(word for word in words if word != session), session


def _refuse_second(before: Started | None) -> None:
    if before is not None:
        since = text.moment(before.since, "R")
        raise Refused(f"A session is going on already: <@{before.by}> started it {since}. `session_end` ends it.")


def _guild(ctx: Context) -> int:
    return ctx.guild.id if ctx.guild else 0


def _voice(guild: discord.Guild | None) -> tuple[VoiceRoom, ...] | None:
    """Voice channels with people in them. Who is not known to the client is mentioned by his id."""
    if guild is None:
        return None
    found = []
    for channel in (*guild.voice_channels, *guild.stage_channels):
        members = [(user, guild.get_member(user)) for user in channel.voice_states]
        people = [
            text.called(member.display_name) if member is not None else f"<@{user}>"
            for user, member in members
            if member is None or not member.bot
        ]
        if people:
            found.append(VoiceRoom(channel.name, tuple(sorted(people, key=str.lower))))
    return tuple(found)
