"""Everything that exists on the simulated Discord, and the look-ups. Nothing here speaks to a client."""

from collections.abc import Iterator

from tests.discord_sim import errors, permissions
from tests.discord_sim.errors import ApiError
from tests.discord_sim.history import History
from tests.discord_sim.model import (
    Attachment,
    Channel,
    ChannelType,
    Guild,
    Member,
    Message,
    User,
)
from tests.discord_sim.wire import Snowflakes


class World:
    def __init__(self) -> None:
        self.ids = Snowflakes()
        self.bot = User(self.ids.now(), "Muster", bot=True)
        self.application_id = self.bot.id
        self.users: dict[int, User] = {self.bot.id: self.bot}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.files: dict[int, Attachment] = {}
        self.hidden: dict[int, Message] = {}  # ephemeral messages, in no history
        self._histories: dict[int, History] = {}
        self._bot_sees: dict[int, bool] = {}

    # Look-ups that fail as the API does.

    def channel(self, channel_id: int) -> Channel:
        found = self.channels.get(channel_id)
        if found is None or not self._guild_is_there(found):
            raise ApiError(*errors.UNKNOWN_CHANNEL)
        return found

    def guild(self, guild_id: int) -> Guild:
        found = self.guilds.get(guild_id)
        if found is None or not found.available:
            raise ApiError(*errors.UNKNOWN_GUILD)
        return found

    def member(self, guild: Guild, user_id: int) -> Member:
        found = guild.members.get(user_id)
        if found is None:
            raise ApiError(*errors.UNKNOWN_MEMBER)
        return found

    def user(self, user_id: int) -> User:
        found = self.users.get(user_id)
        if found is None:
            raise ApiError(*errors.UNKNOWN_USER)
        return found

    def message(self, channel_id: int, message_id: int) -> Message:
        found = self.history(channel_id).get(message_id) or self.hidden.get(message_id)
        if found is None or found.channel_id != channel_id:
            raise ApiError(*errors.UNKNOWN_MESSAGE)
        return found

    def history(self, channel_id: int) -> History:
        return self._histories.setdefault(channel_id, History())

    def messages(self) -> Iterator[Message]:
        for history in self._histories.values():
            yield from history

    def guild_of(self, channel: Channel) -> Guild | None:
        return self.guilds.get(channel.guild_id) if channel.guild_id is not None else None

    def direct_channel(self, user: User) -> Channel:
        """The direct message channel between the bot and a user, made when first asked for."""
        for channel in self.channels.values():
            if channel.type is ChannelType.DM and channel.recipient is user:
                return channel
        made = Channel(self.ids.now(), ChannelType.DM, recipient=user)
        self.channels[made.id] = made
        return made

    # Permissions

    def rights(self, channel: Channel, user: User) -> int:
        """The permission bits of a user in a channel; all of them in a direct message."""
        guild = self.guild_of(channel)
        if guild is None:
            return permissions.ALL if user in {self.bot, channel.recipient} else 0
        member = guild.members.get(user.id)
        return permissions.in_channel(guild, member, channel) if member is not None else 0

    def bot_sees(self, channel: Channel) -> bool:
        """Whether events of this channel reach the bot."""
        seen = self._bot_sees.get(channel.id)
        if seen is None:
            seen = bool(self.rights(channel, self.bot) & permissions.P.VIEW_CHANNEL)
            self._bot_sees[channel.id] = seen
        return seen

    def permissions_changed(self) -> None:
        self._bot_sees.clear()

    def _guild_is_there(self, channel: Channel) -> bool:
        guild = self.guild_of(channel)
        return channel.guild_id is None or (guild is not None and guild.available)
