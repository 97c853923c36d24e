"""Discord as a source: what is said there, live and read back, as messages of the model."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import aiohttp
import discord
import structlog
from discord.ext import commands

from muster.bot.catching_up import CatchingUp
from muster.bot.communities import DISCORD, community_of
from muster.community.recorder import Recorder
from muster.community.register import Place
from muster.model.chat import Channel, Deleted, Edited, Message, Person, moment_of

log = structlog.get_logger("muster.bot")

_SAID: Final = frozenset({0, 19})
"""Types of messages that somebody wrote: plain ones and replies. All others are notices of Discord's."""


class Source:
    """Hears a bot's connection and offers what is said to a recorder.

    Events are taken as they come from the gateway, before the library makes objects of them: nearly all messages are
    only counted, and that must be cheap.
    """

    def __init__(
        self, bot: commands.AutoShardedBot, recorder: Recorder, tracked: Callable[[int, int | None], bool]
    ) -> None:
        self._bot = bot
        self._recorder = recorder
        self._tracked = tracked
        self._channels: dict[int, Channel | None] = {}
        self._marks: tuple[str, ...] = ()
        self._paused: dict[int, list[tuple[int, list[Place]]]] = {}
        self._asked: dict[int, asyncio.Task[None]] = {}
        self._behind = CatchingUp(bot, recorder, self)

    def attach(self, prefix: str) -> None:
        """Begins to hear. Only what begins with the prefix, or names the bot, goes on to be looked at as a command."""
        # The library offers raw messages only as undecoded text; its table of parsers is where they pass decoded.
        parsers = self._bot._connection.parsers
        plain = parsers["MESSAGE_CREATE"]

        def heard(data: dict[str, Any]) -> None:
            self.hear(data)
            if "guild_id" not in data or data["content"].startswith(self._marks):
                plain(data)

        self._marks = (prefix, f"<@{self._bot.application_id}>", f"<@!{self._bot.application_id}>")
        parsers["MESSAGE_CREATE"] = heard
        for name, changed in (
            ("MESSAGE_UPDATE", self.hear_edit),
            ("MESSAGE_DELETE", self.hear_delete),
            ("MESSAGE_DELETE_BULK", self.hear_delete),
            ("CHANNEL_DELETE", self.hear_channel_gone),
            ("THREAD_DELETE", self.hear_channel_gone),
        ):
            parsers[name] = _first(changed, parsers[name])
        self._recorder.open_gaps()
        for listener in (
            self.on_shard_disconnect,
            self.on_shard_resumed,
            self.on_shard_ready,
            self.on_guild_available,
            self.on_guild_join,
            self.on_guild_update,
            self.on_guild_channel_create,
            self.on_guild_channel_update,
            self.on_thread_create,
            self.on_thread_update,
        ):
            self._bot.add_listener(listener)

    def hear(self, data: Mapping[str, Any]) -> None:
        """Offers a message of Discord's, if somebody wrote it where it is counted."""
        author = data["author"]
        if author.get("bot") or "webhook_id" in data or data["type"] not in _SAID:
            return
        channel = self.channel(int(data["channel_id"]))
        if channel is None:
            self._look_up(int(data["channel_id"]), data)
            return
        number = int(data["id"])
        reference = data.get("message_reference")
        self._recorder.offer(
            Message(
                channel=channel,
                number=number,
                author=Person(DISCORD, author["id"], author["username"]),
                sent_at=moment_of(number),
                text=data["content"] or None,
                reply_to=int(reference["message_id"]) if reference and "message_id" in reference else None,
                mentions=len(data["mentions"]),
                attachments=len(data["attachments"]),
                roles=tuple(data["member"]["roles"]) if self._recorder.wants_roles and "member" in data else None,
            )
        )

    def hear_edit(self, data: Mapping[str, Any]) -> None:
        """A message says something else. Discord also tells so when a link has got its preview."""
        channel = self.channel(int(data["channel_id"]))
        if channel is not None and data.get("content"):
            self._recorder.change(Edited(channel, int(data["id"]), data["content"]))

    def hear_delete(self, data: Mapping[str, Any]) -> None:
        """One message is gone, or many at once."""
        channel = self.channel(int(data["channel_id"]))
        if channel is not None:
            numbers = data["ids"] if "ids" in data else [data["id"]]
            self._recorder.change(Deleted(channel, tuple(map(int, numbers))))

    def hear_channel_gone(self, data: Mapping[str, Any]) -> None:
        """A channel is gone, and everything in it."""
        channel = self.channel(int(data["id"]))
        if channel is not None:
            self._recorder.change(Deleted(channel, None))

    def channel(self, channel_id: int) -> Channel | None:
        """A channel as the model has it; None for one that is not counted, and for private conversations."""
        if channel_id in self._channels:
            return self._channels[channel_id]
        found = self._bot.get_channel(channel_id)
        if found is None or not isinstance(found, discord.abc.GuildChannel | discord.Thread):
            return None
        return self._channels.setdefault(channel_id, self._made(found))

    def _look_up(self, channel_id: int, data: Mapping[str, Any]) -> None:
        """Asks Discord for a channel of a server that it has not told of: a thread that was closed long ago."""
        if channel_id in self._channels or "guild_id" not in data or channel_id in self._asked:
            return
        self._asked[channel_id] = asyncio.create_task(self._ask_for(channel_id))

    async def _ask_for(self, channel_id: int) -> None:
        try:
            found = await self._bot.fetch_channel(channel_id)
            if isinstance(found, discord.abc.GuildChannel | discord.Thread):
                made = self.meet(found)
                if made is not None:
                    await self._behind.read_pages(made, channel_id)
        except (discord.HTTPException, discord.InvalidData, aiohttp.ClientError, OSError) as error:
            log.warning("a channel that Discord did not tell of can't be read", channel=channel_id, error=str(error))
        finally:
            self._asked.pop(channel_id, None)

    def meet(self, channel: discord.abc.GuildChannel | discord.Thread) -> Channel | None:
        """A channel that Discord has told of just now, as the model has it."""
        made = self._channels[channel.id] = self._made(channel)
        return made

    def _made(self, channel: discord.abc.GuildChannel | discord.Thread) -> Channel | None:
        parent = channel.parent_id if isinstance(channel, discord.Thread) else None
        if not self._tracked(channel.id, parent):
            return None
        community = community_of(channel.guild)
        return Channel(community, str(channel.id), channel.name, str(parent) if parent else None, channel.id)

    # Gaps: what happens between two connections is read back.

    async def on_shard_disconnect(self, shard: int) -> None:
        """From now on messages may be missing, until the connection is resumed or history is read back."""
        for guild in self._guilds(shard):
            was_done = self._behind.halt(guild)
            whole = self._recorder.open_gap(community_of(guild))
            if was_done:
                self._paused.setdefault(shard, []).append((guild.id, whole))

    async def on_shard_resumed(self, shard: int) -> None:
        """Discord has delivered what was missed."""
        for guild_id, whole in self._paused.pop(shard, []):
            self._behind.go_on(guild_id)
            self._recorder.resume(whole)
        for guild in self._guilds(shard):
            self._behind.catch_up(guild)

    async def on_shard_ready(self, shard: int) -> None:
        """A new session: whatever was said since the last one must be read back."""
        self._paused.pop(shard, None)
        for guild in self._guilds(shard):
            self._behind.catch_up(guild)

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """An outage of Discord's is over."""
        self._behind.halt(guild)
        self._recorder.open_gap(community_of(guild))
        self._behind.catch_up(guild)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Another server."""
        self._behind.catch_up(guild)

    async def on_guild_update(self, _before: discord.Guild, after: discord.Guild) -> None:
        """A server may have another name."""
        for channel in (*after.channels, *after.threads):
            self._channels.pop(channel.id, None)

    async def on_guild_channel_create(self, channel: discord.abc.GuildChannel) -> None:
        """A channel that is new is heard from its beginning."""
        if made := self.channel(channel.id):
            self._recorder.close_gap(made)

    async def on_thread_create(self, thread: discord.Thread) -> None:
        """A thread that is new is heard from its beginning."""
        if made := self.channel(thread.id):
            self._recorder.close_gap(made)

    async def on_guild_channel_update(self, _before: Any, after: discord.abc.GuildChannel) -> None:
        """A channel may have another name, or become readable."""
        self._channels.pop(after.id, None)
        self._behind.catch_up(after.guild)

    async def on_thread_update(self, _before: Any, after: discord.Thread) -> None:
        """A thread may have another name, be closed, or be open again. A closed one is not forgotten."""
        self.meet(after)
        self._behind.catch_up(after.guild)

    def _guilds(self, shard: int) -> list[discord.Guild]:
        return [guild for guild in self._bot.guilds if guild.shard_id == shard]


def _first(ours: Callable[[dict[str, Any]], None], theirs: Callable[[dict[str, Any]], None]) -> Any:
    """Both, ours first: the library may forget what an event is about."""

    def both(data: dict[str, Any]) -> None:
        ours(data)
        theirs(data)

    return both


def tracking(allowed: Iterable[int], denied: Iterable[int]) -> Callable[[int, int | None], bool]:
    """Whether a channel (its id, and its parent's for threads) is counted: allowed if any are, and not denied."""
    yes, no = frozenset(allowed), frozenset(denied)

    def tracked(channel: int, parent: int | None) -> bool:
        ids = {channel, parent}
        return not ids & no and (not yes or bool(ids & yes))

    return tracked
