"""Discord as a source: what is said there, live and read back, as messages of the model."""

import asyncio
import itertools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import aiohttp
import discord
import structlog
from discord.ext import commands

from muster.community.recorder import Recorder
from muster.community.register import Place
from muster.model.chat import Channel, Community, Deleted, Edited, Message, Person, Platform, moment_of

log = structlog.get_logger("muster.bot")

_DISCORD: Final = Platform.DISCORD
"""Looking a member of an enumeration up by its name costs more than anything else that is done with a message."""

_SAID: Final = frozenset({0, 19})
"""Types of messages that somebody wrote: plain ones and replies. All others are notices of Discord's."""

_PAGE: Final = 100
_AT_ONCE: Final = 8
"""Channels read back at the same time."""

_Parent = discord.TextChannel | discord.ForumChannel
_Talk = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread


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
        self._closed: set[int] = set()
        self._asked: dict[int, asyncio.Task[None]] = {}
        self._reading: dict[int, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)

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
        channel = self._channel(int(data["channel_id"]))
        if channel is None:
            self._look_up(int(data["channel_id"]), data)
            return
        number = int(data["id"])
        reference = data.get("message_reference")
        self._recorder.offer(
            Message(
                channel=channel,
                number=number,
                author=Person(_DISCORD, author["id"], author["username"]),
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
        channel = self._channel(int(data["channel_id"]))
        if channel is not None and data.get("content"):
            self._recorder.change(Edited(channel, int(data["id"]), data["content"]))

    def hear_delete(self, data: Mapping[str, Any]) -> None:
        """One message is gone, or many at once."""
        channel = self._channel(int(data["channel_id"]))
        if channel is not None:
            numbers = data["ids"] if "ids" in data else [data["id"]]
            self._recorder.change(Deleted(channel, tuple(map(int, numbers))))

    def hear_channel_gone(self, data: Mapping[str, Any]) -> None:
        """A channel is gone, and everything in it."""
        channel = self._channel(int(data["id"]))
        if channel is not None:
            self._recorder.change(Deleted(channel, None))

    def _channel(self, channel_id: int) -> Channel | None:
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
                made = self._channels[channel_id] = self._made(found)
                if made is not None:
                    await self._read_pages(made, channel_id)
        except (discord.HTTPException, discord.InvalidData, aiohttp.ClientError, OSError) as error:
            log.warning("a channel that Discord did not tell of can't be read", channel=channel_id, error=str(error))
        finally:
            self._asked.pop(channel_id, None)

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
            if task := self._reading.pop(guild.id, None):
                task.cancel()  # it would say that nothing is missing
            whole = self._recorder.open_gap(community_of(guild))
            if guild.id in self._closed:
                self._closed.discard(guild.id)
                self._paused.setdefault(shard, []).append((guild.id, whole))

    async def on_shard_resumed(self, shard: int) -> None:
        """Discord has delivered what was missed."""
        for guild_id, whole in self._paused.pop(shard, []):
            self._closed.add(guild_id)
            self._recorder.resume(whole)
        for guild in self._guilds(shard):
            self._read_back(guild)

    async def on_shard_ready(self, shard: int) -> None:
        """A new session: whatever was said since the last one must be read back."""
        self._paused.pop(shard, None)
        for guild in self._guilds(shard):
            self._read_back(guild)

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """An outage of Discord's is over."""
        self._closed.discard(guild.id)
        self._recorder.open_gap(community_of(guild))
        self._read_back(guild)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Another server."""
        self._read_back(guild)

    async def on_guild_update(self, _before: discord.Guild, after: discord.Guild) -> None:
        """A server may have another name."""
        for channel in (*after.channels, *after.threads):
            self._channels.pop(channel.id, None)

    async def on_guild_channel_create(self, channel: discord.abc.GuildChannel) -> None:
        """A channel that is new is heard from its beginning."""
        if made := self._channel(channel.id):
            self._recorder.close_gap(made)

    async def on_thread_create(self, thread: discord.Thread) -> None:
        """A thread that is new is heard from its beginning."""
        if made := self._channel(thread.id):
            self._recorder.close_gap(made)

    async def on_guild_channel_update(self, _before: Any, after: discord.abc.GuildChannel) -> None:
        """A channel may have another name, or become readable."""
        self._channels.pop(after.id, None)
        self._read_back(after.guild)

    async def on_thread_update(self, _before: Any, after: discord.Thread) -> None:
        """A thread may have another name, be closed, or be open again. A closed one is not forgotten."""
        self._channels[after.id] = self._made(after)
        self._read_back(after.guild)

    def _guilds(self, shard: int) -> list[discord.Guild]:
        return [guild for guild in self._bot.guilds if guild.shard_id == shard]

    # Reading back

    def _read_back(self, guild: discord.Guild) -> None:
        """Reads a server's history in the background, unless that is being done."""
        task = self._reading.get(guild.id)
        if task is None or task.done():
            self._reading[guild.id] = asyncio.create_task(self._read_guild(guild))

    async def _read_guild(self, guild: discord.Guild) -> None:
        """Reads until nothing is missing any more, or can't be read."""
        for attempt in itertools.count():
            channels: list[_Talk] = [
                *guild.text_channels,
                *guild.voice_channels,
                *guild.stage_channels,
                *guild.threads,
            ]
            parents: list[_Parent] = [] if guild.id in self._closed else [*guild.text_channels, *guild.forums]
            done = await asyncio.gather(
                *(self._read(channel) for channel in channels),
                *(self._read_archived(parent) for parent in parents),
            )
            if all(done):
                self._closed.add(guild.id)
                self._recorder.close_community(community_of(guild))
                return
            await asyncio.sleep(min(2.0 * 2**attempt, 60))

    async def _read_archived(self, parent: _Parent) -> bool:
        """Threads that were closed in the gap. False where it has to be tried again."""
        made = self._channel(parent.id)
        if made is None or not parent.permissions_for(parent.guild.me).read_message_history:
            return True
        until = self._recorder.heard_until(made.community)
        try:
            async with self._slots:
                async for thread in parent.archived_threads(limit=None):
                    if thread.archive_timestamp.timestamp() * 1000 < until:
                        break
                    here = self._channels[thread.id] = self._made(thread)
                    if here is not None and (thread.last_message_id or 0) > self._recorder.mark(here):
                        await self._read_pages(here, thread.id)
        except (discord.Forbidden, discord.NotFound):
            return True
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.warning("closed threads can't be read back yet", channel=parent.id, error=str(error))
            return False
        return True

    async def _read(self, channel: _Talk) -> bool:
        """Reads what was said in a channel after its mark. False where it has to be tried again."""
        made = self._channel(channel.id)
        if made is None or self._recorder.is_whole(made):
            return True
        if (channel.last_message_id or 0) > self._recorder.mark(made):
            if not channel.permissions_for(channel.guild.me).read_message_history:
                log.warning(
                    "what was said while Muster was away can't be read: give it Read Message History",
                    channel=channel.name,
                )
                return True
            try:
                async with self._slots:
                    await self._read_pages(made, channel.id)
            except (discord.Forbidden, discord.NotFound):
                return True
            except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
                log.warning("a channel's history can't be read back yet", channel=channel.name, error=str(error))
                return False
        self._recorder.close_gap(made)
        return True

    async def _read_pages(self, channel: Channel, channel_id: int) -> None:
        after = self._recorder.mark(channel)
        while True:
            page = await self._bot.http.logs_from(channel_id, _PAGE, after=after)
            for data in sorted(page, key=lambda each: int(each["id"])):
                after = int(data["id"])
                self.hear(data)
            if len(page) < _PAGE:
                return


def _first(ours: Callable[[dict[str, Any]], None], theirs: Callable[[dict[str, Any]], None]) -> Any:
    """Both, ours first: the library may forget what an event is about."""

    def both(data: dict[str, Any]) -> None:
        ours(data)
        theirs(data)

    return both


def community_of(guild: discord.Guild) -> Community:
    """A Discord server as the model has it."""
    return Community(_DISCORD, str(guild.id), guild.name)


def tracking(allowed: Iterable[int], denied: Iterable[int]) -> Callable[[int, int | None], bool]:
    """Whether a channel (its id, and its parent's for threads) is counted: allowed if any are, and not denied."""
    yes, no = frozenset(allowed), frozenset(denied)

    def tracked(channel: int, parent: int | None) -> bool:
        ids = {channel, parent}
        return not ids & no and (not yes or bool(ids & yes))

    return tracked
