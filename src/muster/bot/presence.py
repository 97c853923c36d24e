"""Discord as a source of who is there: voice states and members, as news of the model.

Like messages, events are taken as they come from the gateway. They carry no time of their own: the clock does.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import discord
from discord.ext import commands

from muster.bot.communities import community_of
from muster.community.voice import VoiceCounter
from muster.model.chat import Channel, Community, Person, Platform
from muster.model.presence import InVoice, MemberJoined, MemberLeft, RollCall

Event = dict[str, Any]


class PresenceSource:
    """Hears a bot's connection and tells a counter who is in voice, who joins and who leaves."""

    def __init__(
        self, bot: commands.AutoShardedBot, counter: VoiceCounter, ignored: Iterable[int], *, voice: bool, members: bool
    ) -> None:
        self._bot = bot
        self._counter = counter
        self._ignored = frozenset(ignored)
        self._voice = voice
        self._members = members

    def attach(self) -> None:
        """Begins to hear. Who is there is told by each server's GUILD_CREATE; until then nothing is known."""
        parsers = self._bot._connection.parsers
        if self._members:
            parsers["GUILD_MEMBER_ADD"] = _after(parsers["GUILD_MEMBER_ADD"], self.hear_joined)
            parsers["GUILD_MEMBER_REMOVE"] = _after(parsers["GUILD_MEMBER_REMOVE"], self.hear_left)
        if not self._voice:
            return
        # After the library, which knows the channels then.
        parsers["GUILD_CREATE"] = _after(parsers["GUILD_CREATE"], self.hear_guild)
        parsers["VOICE_STATE_UPDATE"] = _before(self.hear_voice, parsers["VOICE_STATE_UPDATE"])
        # Before it: it forgets the server.
        parsers["GUILD_DELETE"] = _before(self.hear_guild_gone, parsers["GUILD_DELETE"])
        self._bot.add_listener(self.on_shard_disconnect)
        self._bot.add_listener(self.on_shard_resumed)
        self._counter.lose()

    def hear_guild(self, data: Event) -> None:
        """A server is there, or there again: its voice states are the truth."""
        guild = self._bot.get_guild(int(data["id"]))
        if guild is None or data.get("unavailable"):
            return
        users = {each["user"]["id"]: each["user"] for each in data.get("members", ())}
        present: list[tuple[Person, Channel]] = []
        for state in data.get("voice_states", ()):
            user = users.get(state["user_id"]) or state.get("member", {}).get("user") or {"id": state["user_id"]}
            channel = self._channel(guild, state["channel_id"])
            if channel is not None and not user.get("bot"):
                present.append((_person(user), channel))
        self._counter.hear(RollCall(community_of(guild), tuple(present), self._counter.now()))

    def hear_voice(self, data: Event) -> None:
        """Somebody joins, moves, leaves, or is muted and the like."""
        guild = self._bot.get_guild(int(data["guild_id"])) if "guild_id" in data else None
        user = data.get("member", {}).get("user") or {"id": data["user_id"]}
        if guild is None or user.get("bot"):
            return
        channel = self._channel(guild, data["channel_id"])
        self._counter.hear(InVoice(community_of(guild), _person(user), channel, self._counter.now()))

    def hear_guild_gone(self, data: Event) -> None:
        """A server has an outage, or the bot is on it no more."""
        guild = self._bot.get_guild(int(data["id"]))
        if guild is None:
            return
        if data.get("unavailable"):
            self._counter.lose(community_of(guild))
        else:
            self._counter.leave(community_of(guild))

    def hear_joined(self, data: Event) -> None:
        """Somebody is a member now."""
        community = self._community(data)
        if community is not None and not data["user"].get("bot"):
            self._counter.hear(MemberJoined(community, _person(data["user"]), _moment(data.get("joined_at"), self.now)))

    def hear_left(self, data: Event) -> None:
        """Somebody is a member no more."""
        community = self._community(data)
        if community is not None and not data["user"].get("bot"):
            self._counter.hear(MemberLeft(community, _person(data["user"]), self.now()))

    def now(self) -> int:
        """The counter's clock."""
        return self._counter.now()

    async def on_shard_disconnect(self, shard: int) -> None:
        """From now on nobody is watched."""
        for guild in self._bot.guilds:
            if guild.shard_id == shard:
                self._counter.lose(community_of(guild))

    async def on_shard_resumed(self, shard: int) -> None:
        """Discord has delivered what was missed; the library knows who is there now."""
        for guild in self._bot.guilds:
            if guild.shard_id == shard and not guild.unavailable:
                self._counter.hear(RollCall(community_of(guild), tuple(self._present(guild)), self.now()))

    def _present(self, guild: discord.Guild) -> Iterable[tuple[Person, Channel]]:
        for place in (*guild.voice_channels, *guild.stage_channels):
            channel = self._channel(guild, place.id)
            for user_id in place.voice_states if channel is not None else ():
                member = guild.get_member(user_id)
                if channel is not None and not (member is not None and member.bot):
                    yield Person(Platform.DISCORD, str(user_id), member.name if member else ""), channel

    def _community(self, data: Event) -> Community | None:
        guild = self._bot.get_guild(int(data["guild_id"]))
        return None if guild is None else community_of(guild)

    def _channel(self, guild: discord.Guild, channel_id: str | int | None) -> Channel | None:
        """A voice channel as the model has it; None for none, for the one of who is away, and for ignored ones."""
        if channel_id is None or int(channel_id) in self._ignored:
            return None
        if guild.afk_channel is not None and guild.afk_channel.id == int(channel_id):
            return None
        found = guild.get_channel(int(channel_id))
        return Channel(community_of(guild), str(channel_id), found.name if found else str(channel_id))


def _person(user: Mapping[str, Any]) -> Person:
    return Person(Platform.DISCORD, user["id"], user.get("username", ""))


def _moment(text: str | None, now: Callable[[], int]) -> int:
    return now() if text is None else int(datetime.fromisoformat(text).timestamp() * 1000)


def _after(theirs: Callable[[Event], None], ours: Callable[[Event], None]) -> Any:
    def both(data: Event) -> None:
        theirs(data)
        ours(data)

    return both


def _before(ours: Callable[[Event], None], theirs: Callable[[Event], None]) -> Any:
    def both(data: Event) -> None:
        ours(data)
        theirs(data)

    return both
