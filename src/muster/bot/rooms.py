"""How many people are in the voice channels that evenings are made of.

It is looked up in what the library keeps, never added up from events: one that got lost is made good by the next look,
and by what Discord tells of a server after a connection that broke.
"""

from collections.abc import Callable, Iterable
from typing import Any

import discord
import structlog
from discord.ext import commands

log = structlog.get_logger("muster.bot")


class Rooms:
    """Some voice channels of a bot. `changed` is called when somebody may have come or gone."""

    def __init__(self, bot: commands.AutoShardedBot, channels: Iterable[int], changed: Callable[[], None]) -> None:
        self._bot = bot
        self._channels = tuple(dict.fromkeys(channels))
        self._changed = changed
        self._away: set[int] = set()
        self._missed: frozenset[int] = frozenset()

    def attach(self) -> None:
        """Begins to hear, after the library has taken an event in."""
        parsers = self._bot._connection.parsers
        for name in ("GUILD_CREATE", "VOICE_STATE_UPDATE"):
            parsers[name] = _after(parsers[name], self._changed)
        for listener in (self.on_shard_disconnect, self.on_shard_ready, self.on_shard_resumed):
            self._bot.add_listener(listener)

    def occupancy(self) -> int | None:
        """People in these channels, without bots; None where none of them can be seen now."""
        found = [self._bot.get_channel(channel) for channel in self._channels]
        rooms = [room for room in found if isinstance(room, discord.VoiceChannel | discord.StageChannel)]
        self._say_missing({room.id for room in rooms})
        if not rooms or any(room.guild.unavailable or room.guild.shard_id in self._away for room in rooms):
            return None
        return sum(not _is_bot(room.guild, user) for room in rooms for user in room.voice_states)

    async def on_shard_disconnect(self, shard: int) -> None:
        """From now on nobody can be seen."""
        self._away.add(shard)

    async def on_shard_ready(self, shard: int) -> None:
        """Discord has told everything anew."""
        self._seen(shard)

    async def on_shard_resumed(self, shard: int) -> None:
        """Discord has told what was missed."""
        self._seen(shard)

    def _seen(self, shard: int) -> None:
        self._away.discard(shard)
        self._changed()

    def _say_missing(self, there: set[int]) -> None:
        missed = frozenset(self._channels) - there
        if missed - self._missed:
            log.warning("no such voice channel: see gaming_voice_channels", channels=sorted(missed))
        self._missed = missed


def _is_bot(guild: discord.Guild, user: int) -> bool:
    """Whoever the library does not know is taken for a person."""
    member = guild.get_member(user)
    return member is not None and member.bot


def _after(theirs: Callable[[dict[str, Any]], None], ours: Callable[[], None]) -> Any:
    def both(data: dict[str, Any]) -> None:
        theirs(data)
        ours()

    return both
