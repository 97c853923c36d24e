"""Changes to messages and guilds: made in the world, told on the gateway, noted in the truth, shown to watchers."""

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from tests.discord_sim import payload
from tests.discord_sim.errors import UNKNOWN_MESSAGE, ApiError
from tests.discord_sim.events import Event
from tests.discord_sim.model import Channel, Guild, Message, User
from tests.discord_sim.truth import Truth
from tests.discord_sim.wire import Json
from tests.discord_sim.world import World

Watcher = Callable[[str, Message], None]  # ("create" | "update" | "delete", the message)


class Feed:
    def __init__(self, world: World, dispatch: Callable[[Event], None], truth: Truth) -> None:
        self.world = world
        self.truth = truth
        self.watchers: list[Watcher] = []
        self._dispatch = dispatch

    # Messages

    def create(self, message: Message) -> Message:
        """Put a message into its channel. An ephemeral one is seen by one user and on no gateway."""
        channel = self.world.channels[message.channel_id]
        if message.ephemeral:
            self.world.hidden[message.id] = message
        else:
            self.world.history(channel.id).add(message)
            channel.last_message_id = max(channel.last_message_id or 0, message.id)
            channel.message_count += 1
            self.truth.message(message, channel, self.world.bot.id)
            self.about(message, "MESSAGE_CREATE")
        self._show("create", message)
        return message

    def update(self, message: Message, *, edited: bool = True) -> Message:
        """Tell of a changed message. `edited`: it gets a time of edit (not so for a deferred answer filled in)."""
        if edited:
            message.edited_at = datetime.now(UTC)
        message.revision += 1
        message.touched = time.monotonic()
        if not message.ephemeral:
            self.truth.edited.append(message.id)
            self.about(message, "MESSAGE_UPDATE")
        self._show("update", message)
        return message

    def delete(self, message: Message) -> None:
        if self.world.hidden.pop(message.id, None) is None:
            self._remove(message)
            ids = {"id": str(message.id)} | self._place(self.world.channels[message.channel_id])
            self.tell("MESSAGE_DELETE", ids, self.world.channels[message.channel_id])
        self._show("delete", message)

    def delete_many(self, channel: Channel, messages: Iterable[Message]) -> None:
        gone = list(messages)
        for message in gone:
            self._remove(message)
            self._show("delete", message)
        data = {"ids": [str(message.id) for message in gone]} | self._place(channel)
        self.tell("MESSAGE_DELETE_BULK", data, channel)

    def react(self, message: Message, user: User, emoji: str, *, add: bool) -> None:
        reactions = message.reactions if message.reactions is not None else {}
        message.reactions = reactions
        users = reactions.setdefault(emoji, [])
        if (user.id in users) is add:
            return
        if add:
            users.append(user.id)
        else:
            users.remove(user.id)
        if not users:
            del reactions[emoji]
        channel = self.world.channels[message.channel_id]
        data: Json = {"user_id": str(user.id), "message_id": str(message.id), "type": 0, "burst": False}
        data |= {"emoji": {"id": None, "name": emoji}, "message_author_id": str(message.author.id)}
        guild = self.world.guild_of(channel)
        if add and guild is not None and user.id in guild.members:
            data["member"] = payload.member(guild.members[user.id])
        self.tell(f"MESSAGE_REACTION_{'ADD' if add else 'REMOVE'}", data | self._place(channel), channel)
        self._show("update", message)

    def about(self, message: Message, name: str) -> None:
        """Send a message as an event to whoever may see it, its content only to whoever may read it."""
        channel = self.world.channels[message.channel_id]
        if not self.world.bot_sees(channel):
            return
        full = payload.message_event(message, self.world)
        bot = self.world.bot
        readable = message.author is bot or message.guild_id is None or bot.id in message.mentions
        reduced = None if readable else payload.without_content(full)
        self._dispatch(Event.of(name, full, message.guild_id, reduced))

    # Anything else

    def tell(self, name: str, data: Json, channel: Channel) -> None:
        """An event of a channel; only if the bot sees the channel."""
        if self.world.bot_sees(channel):
            self._dispatch(Event.of(name, data, channel.guild_id))

    def tell_guild(self, name: str, data: Json, guild: Guild) -> None:
        if guild.available or name == "GUILD_DELETE":
            self._dispatch(Event.of(name, data, guild.id))

    def tell_guild_create(self, guild: Guild, *, joined: bool) -> None:
        """GUILD_CREATE to sessions that are there already: the bot joined, or an outage is over."""
        data = payload.guild_create(guild, -1, self.world.bot.id)
        if joined:
            del data["unavailable"]  # that it is missing tells a join from an outage that ended
        self._dispatch(Event.of("GUILD_CREATE", data, guild.id))

    def _remove(self, message: Message) -> None:
        if self.world.history(message.channel_id).remove(message.id) is None:
            raise ApiError(*UNKNOWN_MESSAGE)
        self.truth.deleted.append(message.id)

    def _show(self, what: str, message: Message) -> None:
        for watcher in list(self.watchers):
            watcher(what, message)

    @staticmethod
    def _place(channel: Channel) -> Json:
        place = {"channel_id": str(channel.id)}
        return place if channel.guild_id is None else place | {"guild_id": str(channel.guild_id)}
