"""What was said while nobody listened, read back from Discord."""

import asyncio
import itertools
from collections.abc import Mapping
from typing import Any, Final, Protocol

import aiohttp
import discord
import structlog
from discord.ext import commands

from muster.bot.communities import community_of
from muster.community.recorder import Recorder
from muster.model.chat import Channel

log = structlog.get_logger("muster.bot")

_PAGE: Final = 100
_AT_ONCE: Final = 8
"""Channels read back at the same time."""

_Parent = discord.TextChannel | discord.ForumChannel
_Talk = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread


class Ears(Protocol):
    """Hears messages, live ones and those that are read back."""

    def hear(self, data: Mapping[str, Any]) -> None:
        """Takes a message in."""

    def channel(self, channel_id: int) -> Channel | None:
        """A channel as the model has it; None for one that is not counted."""

    def meet(self, channel: discord.abc.GuildChannel | discord.Thread) -> Channel | None:
        """The same of one that Discord has just told of."""


class CatchingUp:
    """Reads servers' histories, each in the background, until nothing is missing."""

    def __init__(self, bot: commands.AutoShardedBot, recorder: Recorder, ears: Ears) -> None:
        self._bot = bot
        self._recorder = recorder
        self._ears = ears
        self._done: set[int] = set()
        self._reading: dict[int, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)

    def halt(self, guild: discord.Guild) -> bool:
        """Something may be missing of a server from now on. Returns whether nothing was until now."""
        if task := self._reading.pop(guild.id, None):
            task.cancel()  # it would say that nothing is missing
        was_done = guild.id in self._done
        self._done.discard(guild.id)
        return was_done

    def go_on(self, guild_id: int) -> None:
        """Nothing is missing of a server after all."""
        self._done.add(guild_id)

    def catch_up(self, guild: discord.Guild) -> None:
        """Reads a server's history in the background, unless that is being done."""
        task = self._reading.get(guild.id)
        if task is None or task.done():
            self._reading[guild.id] = asyncio.create_task(self._read_guild(guild))

    async def read_pages(self, channel: Channel, channel_id: int) -> None:
        """Reads what was said in a channel after its mark. Raises what discord.py does."""
        after = self._recorder.mark(channel)
        while True:
            page = await self._bot.http.logs_from(channel_id, _PAGE, after=after)
            for data in sorted(page, key=lambda each: int(each["id"])):
                after = int(data["id"])
                self._ears.hear(data)
            if len(page) < _PAGE:
                return

    async def _read_guild(self, guild: discord.Guild) -> None:
        """Reads until nothing is missing any more, or can't be read."""
        for attempt in itertools.count():
            channels: list[_Talk] = [
                *guild.text_channels,
                *guild.voice_channels,
                *guild.stage_channels,
                *guild.threads,
            ]
            parents: list[_Parent] = [] if guild.id in self._done else [*guild.text_channels, *guild.forums]
            done = await asyncio.gather(
                *(self._read(channel) for channel in channels),
                *(self._read_archived(parent) for parent in parents),
            )
            if all(done):
                self._done.add(guild.id)
                self._recorder.close_community(community_of(guild))
                return
            await asyncio.sleep(min(2.0 * 2**attempt, 60))

    async def _read_archived(self, parent: _Parent) -> bool:
        """Threads that were closed in the gap. False where it has to be tried again."""
        made = self._ears.channel(parent.id)
        if made is None or not parent.permissions_for(parent.guild.me).read_message_history:
            return True
        until = self._recorder.heard_until(made.community)
        try:
            async with self._slots:
                async for thread in parent.archived_threads(limit=None):
                    if thread.archive_timestamp.timestamp() * 1000 < until:
                        break
                    here = self._ears.meet(thread)
                    if here is not None and (thread.last_message_id or 0) > self._recorder.mark(here):
                        await self.read_pages(here, thread.id)
        except (discord.Forbidden, discord.NotFound):
            return True
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.warning("closed threads can't be read back yet", channel=parent.id, error=str(error))
            return False
        return True

    async def _read(self, channel: _Talk) -> bool:
        """Reads what was said in a channel after its mark. False where it has to be tried again."""
        made = self._ears.channel(channel.id)
        if made is None or self._recorder.is_whole(made):
            return True
        if (channel.last_message_id or 0) > self._recorder.mark(made):
            if not channel.permissions_for(channel.guild.me).read_message_history:
                log.warning(
                    "what was said while Muster was away can't be read: give it Read Message History",
                    channel=channel.name,
                )
                self._recorder.leave_gap(made)
                return True
            try:
                async with self._slots:
                    await self.read_pages(made, channel.id)
            except (discord.Forbidden, discord.NotFound):
                self._recorder.leave_gap(made)
                return True
            except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
                log.warning("a channel's history can't be read back yet", channel=channel.name, error=str(error))
                return False
        self._recorder.close_gap(made)
        return True
