"""Building and changing the simulated Discord: guilds, channels, roles, members. The bot is told as it happens."""

from datetime import UTC, datetime

from tests.discord_sim import payload, permissions
from tests.discord_sim.core import Core
from tests.discord_sim.model import Channel, ChannelType, Guild, Member, Overwrite, Role, User
from tests.discord_sim.permissions import P


class Setup:
    def __init__(self, core: Core) -> None:
        self._core = core
        self._world = core.world
        self._feed = core.feed

    # Guilds, roles and permissions

    def guild(self, name: str = "The Server", bot_permissions: int = permissions.EVERYONE) -> Guild:
        """A guild with the bot in it (a managed role holds its permissions), owned by a user of its own."""
        world = self._world
        owner = self.user(f"owner of {name}")
        guild = Guild(world.ids.spaced(), name, owner.id)
        world.guilds[guild.id] = guild
        guild.roles[guild.id] = Role(guild.id, "@everyone", permissions.EVERYONE, position=0)
        bot_role = Role(world.ids.now(), world.bot.name, bot_permissions, position=50, managed=True)
        guild.roles[bot_role.id] = bot_role
        guild.members[owner.id] = Member(owner, guild.id)
        guild.members[world.bot.id] = Member(world.bot, guild.id, {bot_role.id}, status="online")
        self._feed.tell_guild_create(guild, joined=True)
        return guild

    def role(self, guild: Guild, name: str, granted: int = 0, *, position: int = 1, color: int = 0) -> Role:
        role = Role(self._world.ids.now(), name, granted, position, color, mentionable=True)
        guild.roles[role.id] = role
        self._feed.tell_guild("GUILD_ROLE_CREATE", {"guild_id": str(guild.id), "role": payload.role(role)}, guild)
        return role

    def grant(self, role: Role, granted: int) -> None:
        """Set a role's permissions."""
        role.permissions = granted
        self._world.permissions_changed()
        guild = next(g for g in self._world.guilds.values() if role.id in g.roles)
        self._feed.tell_guild("GUILD_ROLE_UPDATE", {"guild_id": str(guild.id), "role": payload.role(role)}, guild)

    def bot_role(self, guild: Guild) -> Role:
        return next(role for role in guild.roles.values() if role.managed)

    def overwrite(self, channel: Channel, whom: Role | User, *, allow: int = 0, deny: int = 0) -> None:
        """Permissions in one channel, as `setup.overwrite(channel, sim.bot, deny=P.SEND_MESSAGES)`."""
        channel.overwrites[whom.id] = Overwrite(whom.id, int(isinstance(whom, User)), int(allow), int(deny))
        self._world.permissions_changed()
        self._feed.tell("CHANNEL_UPDATE", payload.channel(channel), channel)

    def outage(self, guild: Guild, *, over: bool = False) -> None:
        """The guild becomes unavailable, or available again."""
        guild.available = over
        if over:
            self._feed.tell_guild_create(guild, joined=False)
        else:
            self._feed.tell_guild("GUILD_DELETE", {"id": str(guild.id), "unavailable": True}, guild)

    def remove(self, guild: Guild) -> None:
        """The bot is not on the guild any more."""
        guild.available = False
        self._feed.tell_guild("GUILD_DELETE", {"id": str(guild.id)}, guild)

    # Channels

    def channel(
        self, guild: Guild, name: str, kind: ChannelType = ChannelType.TEXT, parent: Channel | None = None
    ) -> Channel:
        channel = Channel(self._world.ids.now(), kind, name, guild.id, parent.id if parent else None)
        channel.position = len(guild.channels)
        self._keep(guild, channel)
        self._feed.tell("CHANNEL_CREATE", payload.channel(channel), channel)
        return channel

    def thread(self, parent: Channel, name: str, owner: User | None = None) -> Channel:
        """A public thread; in a forum: a post."""
        guild = self._world.guild(parent.guild_id or 0)
        thread = Channel(self._world.ids.now(), ChannelType.PUBLIC_THREAD, name, guild.id, parent.id)
        thread.owner_id = owner.id if owner else guild.owner_id
        thread.thread_members.add(thread.owner_id)
        self._keep(guild, thread)
        self._feed.tell("THREAD_CREATE", payload.channel(thread) | {"newly_created": True}, thread)
        return thread

    def archive(self, thread: Channel, *, archived: bool = True) -> None:
        thread.archived, thread.archived_at = archived, datetime.now(UTC)
        self._feed.tell("THREAD_UPDATE", payload.channel(thread), thread)

    def rename(self, channel: Channel, name: str) -> None:
        channel.name = name
        self._feed.tell("THREAD_UPDATE" if channel.is_thread else "CHANNEL_UPDATE", payload.channel(channel), channel)

    def delete_channel(self, channel: Channel) -> None:
        guild = self._world.guild(channel.guild_id or 0)
        self._feed.tell("THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE", payload.channel(channel), channel)
        for number in [channel.id, *(c.id for c in guild.channels.values() if c.parent_id == channel.id)]:
            guild.channels.pop(number, None)
            self._world.channels.pop(number, None)

    # People

    def user(self, name: str, *, bot: bool = False) -> User:
        """An account that is in no guild yet."""
        user = User(self._world.ids.now(), name, bot, None if bot else name)
        self._world.users[user.id] = user
        return user

    def member(self, guild: Guild, user: User | str, *roles: Role, nick: str | None = None) -> User:
        """A user joins; a name makes a new one."""
        joining = self.user(user) if isinstance(user, str) else user
        member = Member(joining, guild.id, {role.id for role in roles}, nick, status="online")
        guild.members[joining.id] = member
        self._feed.tell_guild("GUILD_MEMBER_ADD", payload.member(member) | {"guild_id": str(guild.id)}, guild)
        return joining

    def leave(self, guild: Guild, user: User) -> None:
        self.voice(guild, user, None)
        del guild.members[user.id]
        self._feed.tell_guild("GUILD_MEMBER_REMOVE", {"guild_id": str(guild.id), "user": user.json()}, guild)

    def change_member(
        self, guild: Guild, user: User, *, nick: str | None = None, roles: set[Role] | None = None
    ) -> None:
        member = guild.members[user.id]
        member.nick = nick
        if roles is not None:
            member.roles = {role.id for role in roles}
        member.changed()
        self._world.permissions_changed()
        self._feed.tell_guild("GUILD_MEMBER_UPDATE", payload.member(member) | {"guild_id": str(guild.id)}, guild)

    def rename_user(self, user: User, name: str) -> None:
        """A new user name; every guild tells of it."""
        user.rename(name)
        for guild in self._world.guilds.values():
            if user.id in guild.members:
                member = payload.member(guild.members[user.id])
                self._feed.tell_guild("GUILD_MEMBER_UPDATE", member | {"guild_id": str(guild.id)}, guild)

    def voice(self, guild: Guild, user: User, channel: Channel | None) -> None:
        """Join, move in or (None) leave voice."""
        if channel is None and user.id not in guild.voice:
            return
        if channel is None:
            del guild.voice[user.id]
        else:
            guild.voice[user.id] = channel.id
        self._feed.truth.moved(guild.id, user.id, channel.id if channel else None)
        state = payload.voice_state(guild, user.id, channel.id if channel else None)
        self._feed.tell_guild("VOICE_STATE_UPDATE", state, guild)

    def mute(self, guild: Guild, user: User, *, muted: bool = True) -> None:
        """Somebody in voice mutes himself, or speaks again."""
        state = payload.voice_state(guild, user.id, guild.voice[user.id], muted=muted)
        self._feed.tell_guild("VOICE_STATE_UPDATE", state, guild)

    def presence(self, guild: Guild, user: User, status: str) -> None:
        """online, idle, dnd or offline"""
        member = guild.members[user.id]
        member.status = status
        self._feed.tell_guild("PRESENCE_UPDATE", payload.presence(member), guild)

    def make_admin(self, guild: Guild, user: User) -> Role:
        role = self.role(guild, "admin", int(P.ADMINISTRATOR), position=40)
        self.change_member(guild, user, roles={role})
        return role

    def _keep(self, guild: Guild, channel: Channel) -> None:
        guild.channels[channel.id] = channel
        self._world.channels[channel.id] = channel
