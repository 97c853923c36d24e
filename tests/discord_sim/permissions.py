"""Discord's permission bits and who has which of them where."""

from enum import IntFlag

from tests.discord_sim.model import Channel, ChannelType, Guild, Member


class Permission(IntFlag):
    ADD_REACTIONS = 1 << 6
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    CONNECT = 1 << 20
    SPEAK = 1 << 21
    MANAGE_ROLES = 1 << 28
    MANAGE_WEBHOOKS = 1 << 29
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    SEND_MESSAGES_IN_THREADS = 1 << 38


P = Permission
ALL = (1 << 53) - 1
EVERYONE = int(
    P.VIEW_CHANNEL
    | P.SEND_MESSAGES
    | P.SEND_MESSAGES_IN_THREADS
    | P.CREATE_PUBLIC_THREADS
    | P.EMBED_LINKS
    | P.ATTACH_FILES
    | P.ADD_REACTIONS
    | P.READ_MESSAGE_HISTORY
    | P.USE_APPLICATION_COMMANDS
    | P.CONNECT
    | P.SPEAK
)


def in_guild(guild: Guild, member: Member) -> int:
    if member.user.id == guild.owner_id:
        return ALL
    bits = 0
    for role in guild.roles_of(member):
        bits |= role.permissions
    return ALL if bits & P.ADMINISTRATOR else bits


def in_channel(guild: Guild, member: Member, channel: Channel) -> int:
    """The permissions in a channel; in a thread those of its parent, with sending decided by the thread's own bit."""
    bits = in_guild(guild, member)
    if bits & P.ADMINISTRATOR:
        return bits
    parent = guild.channels.get(channel.parent_id or 0) if channel.is_thread else None
    overwrites = (parent or channel).overwrites
    layers = [
        [overwrites.get(guild.id)],
        [overwrites.get(role) for role in member.roles],
        [overwrites.get(member.user.id)],
    ]
    for layer in layers:
        present = [overwrite for overwrite in layer if overwrite is not None]
        for overwrite in present:
            bits &= ~overwrite.deny
        for overwrite in present:
            bits |= overwrite.allow
    if not bits & P.VIEW_CHANNEL:
        return 0
    sending = P.SEND_MESSAGES_IN_THREADS if channel.is_thread else P.SEND_MESSAGES
    if not bits & sending:
        bits &= ~(P.SEND_MESSAGES | P.EMBED_LINKS | P.ATTACH_FILES | P.MENTION_EVERYONE)
    elif channel.is_thread:
        bits |= P.SEND_MESSAGES
    if channel.type in {ChannelType.VOICE, ChannelType.STAGE} and not bits & P.CONNECT:
        bits &= ~(P.SEND_MESSAGES | P.READ_MESSAGE_HISTORY)
    return int(bits)
