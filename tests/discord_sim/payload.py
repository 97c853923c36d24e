"""The world as JSON: one function for each thing that goes over the wire."""

from collections.abc import Iterable
from datetime import datetime

from tests.discord_sim import permissions
from tests.discord_sim.model import Channel, ChannelType, Guild, Member, Message, Role, User
from tests.discord_sim.wire import Json, iso, time_of
from tests.discord_sim.world import World

MEMBERS, PRESENCES = 1 << 1, 1 << 8
LARGE = 250  # members; discord.py asks for this threshold


def when(moment: datetime | None) -> str | None:
    return None if moment is None else iso(moment)


def full_user(user: User) -> Json:
    return user.json() | {"verified": True, "mfa_enabled": True, "email": None, "flags": 0, "locale": "en-US"}


def role(one: Role) -> Json:
    return {
        "id": str(one.id),
        "name": one.name,
        "permissions": str(one.permissions),
        "position": one.position,
        "color": one.color,
        "colors": {"primary_color": one.color, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "mentionable": one.mentionable,
        "managed": one.managed,
        "flags": 0,
        "icon": None,
        "unicode_emoji": None,
    }


def member(one: Member) -> Json:
    return one.json() | {"user": one.user.json()}


def channel(one: Channel) -> Json:
    out: Json = {"id": str(one.id), "type": int(one.type), "flags": 0}
    out["last_message_id"] = str(one.last_message_id) if one.last_message_id else None
    if one.type is ChannelType.DM:
        return out | {"recipients": [one.recipient.json()] if one.recipient else []}
    out |= {"guild_id": str(one.guild_id), "name": one.name, "rate_limit_per_user": 0, "nsfw": False}
    out["parent_id"] = str(one.parent_id) if one.parent_id else None
    if one.is_thread:
        return out | thread(one)
    out |= {"position": one.position, "topic": one.topic, "permission_overwrites": overwrites(one)}
    if one.type in {ChannelType.VOICE, ChannelType.STAGE}:
        out |= {"bitrate": 64000, "user_limit": 0, "rtc_region": None, "video_quality_mode": 1}
    if one.type is ChannelType.FORUM:
        out |= {"available_tags": [], "default_reaction_emoji": None, "default_sort_order": None}
        out |= {"default_forum_layout": 0, "default_auto_archive_duration": 1440}
    return out


def overwrites(one: Channel) -> list[Json]:
    return [
        {"id": str(o.id), "type": o.type, "allow": str(o.allow), "deny": str(o.deny)} for o in one.overwrites.values()
    ]


def thread(one: Channel) -> Json:
    created = time_of(one.id)
    return {
        "owner_id": str(one.owner_id or 0),
        "message_count": one.message_count,
        "total_message_sent": one.message_count,
        "member_count": len(one.thread_members),
        "applied_tags": [],
        "thread_metadata": {
            "archived": one.archived,
            "auto_archive_duration": 1440,
            "archive_timestamp": iso(one.archived_at or created),
            "locked": False,
            "create_timestamp": iso(created),
        },
    }


def thread_member(one: Channel, user_id: int) -> Json:
    return {"id": str(one.id), "user_id": str(user_id), "join_timestamp": iso(time_of(one.id)), "flags": 1}


def voice_state(guild: Guild, user_id: int, channel_id: int | None, *, muted: bool = False) -> Json:
    return {
        "guild_id": str(guild.id),
        "channel_id": str(channel_id) if channel_id is not None else None,
        "user_id": str(user_id),
        "member": member(guild.members[user_id]),
        "session_id": f"voice{user_id}",
        **dict.fromkeys(("deaf", "mute", "self_deaf", "self_video", "suppress"), False),
        "self_mute": muted,
        "request_to_speak_timestamp": None,
    }


def presence(one: Member) -> Json:
    return {
        "user": {"id": str(one.user.id)},
        "guild_id": str(one.guild_id),
        "status": one.status,
        "activities": [],
        "client_status": {} if one.status == "offline" else {"desktop": one.status},
    }


def guild(one: Guild) -> Json:
    """A guild as REST shows it."""
    return {
        "id": str(one.id),
        "name": one.name,
        "owner_id": str(one.owner_id),
        **dict.fromkeys(("icon", "banner", "splash", "description", "system_channel_id"), None),
        "afk_channel_id": str(one.afk_channel_id) if one.afk_channel_id is not None else None,
        **dict.fromkeys(("rules_channel_id", "public_updates_channel_id", "vanity_url_code"), None),
        **dict.fromkeys(("verification_level", "default_message_notifications", "mfa_level", "nsfw_level"), 0),
        **dict.fromkeys(("explicit_content_filter", "premium_tier", "system_channel_flags"), 0),
        "afk_timeout": 300,
        "preferred_locale": "en-US",
        "premium_progress_bar_enabled": False,
        "features": [],
        "emojis": [],
        "stickers": [],
        "roles": [role(r) for r in one.roles.values()],
    }


def guild_create(one: Guild, intents: int, bot_id: int) -> Json:
    """GUILD_CREATE. Members as the intents allow: without presences only the bot and who is in voice."""
    members: Iterable[Member] = one.members.values()
    if not intents & PRESENCES or not intents & MEMBERS:
        members = [m for m in members if m.user.id == bot_id or m.user.id in one.voice]
    elif len(one.members) > LARGE:
        members = [m for m in members if m.status != "offline" or m.user.id == bot_id or m.user.id in one.voice]
    listed = list(members)
    return guild(one) | {
        "joined_at": iso(one.members[bot_id].joined_at),
        "large": len(one.members) > LARGE,
        "unavailable": False,
        "member_count": len(one.members),
        "voice_states": [voice_state(one, user, where) for user, where in one.voice.items()],
        "members": [member(m) for m in listed],
        "channels": [channel(c) for c in one.channels.values() if not c.is_thread],
        "threads": [channel(c) for c in one.channels.values() if c.is_thread and not c.archived],
        "presences": [presence(m) for m in listed if m.status != "offline"] if intents & PRESENCES else [],
        **{name: [] for name in ("stage_instances", "guild_scheduled_events", "soundboard_sounds")},
    }


def message(one: Message, world: World, *, deep: bool = True) -> Json:
    """A message as REST shows it (the nonce only where it is created). `deep`: with the message it replies to."""
    out: Json = {
        "id": str(one.id),
        "channel_id": str(one.channel_id),
        "author": one.author.json(),
        "content": one.content,
        "timestamp": iso(time_of(one.id)),
        "edited_timestamp": when(one.edited_at),
        "tts": False,
        "mention_everyone": one.mention_everyone,
        "mentions": [mentioned(world, one, user) for user in one.mentions],
        "mention_roles": [str(r) for r in one.mention_roles],
        "attachments": [a.json() for a in one.attachments if not a.in_embed],
        "embeds": one.embeds,
        "components": one.components,
        "pinned": one.pinned,
        "type": one.type,
        "flags": one.flags,
    }
    if one.webhook_id is not None:
        out["webhook_id"] = str(one.webhook_id)
    if one.author is world.bot:
        out["application_id"] = str(world.application_id)
    if one.interaction is not None:
        out["interaction_metadata"] = one.interaction
    if one.reply_to is not None:
        out |= reference(one)
        if deep:
            replied = world.history(one.channel_id).get(one.reply_to)
            out["referenced_message"] = message(replied, world, deep=False) if replied is not None else None
    if one.reactions:
        out["reactions"] = [reaction(emoji, users, world) for emoji, users in one.reactions.items()]
    return out


def reference(one: Message) -> Json:
    where: Json = {"type": 0, "message_id": str(one.reply_to), "channel_id": str(one.channel_id)}
    if one.guild_id is not None:
        where["guild_id"] = str(one.guild_id)
    return {"message_reference": where}


def reaction(emoji: str, users: list[int], world: World) -> Json:
    return {
        "emoji": {"id": None, "name": emoji},
        "count": len(users),
        "count_details": {"normal": len(users), "burst": 0},
        "me": world.bot.id in users,
        "me_burst": False,
        "burst_colors": [],
    }


def mentioned(world: World, one: Message, user_id: int) -> Json:
    user = world.users[user_id].json()
    guild = world.guilds.get(one.guild_id or 0)
    found = guild.members.get(user_id) if guild else None
    return user if found is None else user | {"member": found.json()}


def message_event(one: Message, world: World) -> Json:
    """MESSAGE_CREATE and MESSAGE_UPDATE: with guild, member and nonce."""
    out = message(one, world)
    if one.nonce is not None:
        out["nonce"] = one.nonce
    if one.guild_id is not None:
        out["guild_id"] = str(one.guild_id)
        author = world.guilds[one.guild_id].members.get(one.author.id)
        if author is not None and one.webhook_id is None:
            out["member"] = author.json()
    return out


def without_content(full: Json) -> Json:
    """What an app without the message content intent gets to see."""
    return full | {"content": "", "embeds": [], "attachments": [], "components": []}


def rights(world: World, where: Channel, user: User) -> str:
    return str(world.rights(where, user) & permissions.ALL)
