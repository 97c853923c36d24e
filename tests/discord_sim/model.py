"""What Discord keeps: users, guilds, channels, messages. Plain values; who changes them says so on the gateway."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum

from tests.discord_sim.wire import Json, iso, time_of


class ChannelType(IntEnum):
    TEXT = 0
    DM = 1
    VOICE = 2
    CATEGORY = 4
    NEWS = 5
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    STAGE = 13
    FORUM = 15


THREADS = frozenset({ChannelType.PUBLIC_THREAD, ChannelType.PRIVATE_THREAD})
EPHEMERAL, LOADING, COMPONENTS_V2 = 1 << 6, 1 << 7, 1 << 15


@dataclass(slots=True, eq=False)
class User:
    id: int
    name: str
    bot: bool = False
    global_name: str | None = None
    webhook: bool = False  # the author of a webhook's message, no account
    _json: Json | None = None

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"

    def json(self) -> Json:
        if self._json is None:
            self._json = {
                "id": str(self.id),
                "username": self.name,
                "global_name": self.global_name,
                "discriminator": "0000" if self.webhook else "0",
                "avatar": None,
                "bot": self.bot,
                "public_flags": 0,
            }
        return self._json

    def rename(self, name: str) -> None:
        self.name, self._json = name, None


@dataclass(slots=True, eq=False)
class Role:
    id: int
    name: str
    permissions: int = 0
    position: int = 1
    color: int = 0
    mentionable: bool = False
    managed: bool = False


@dataclass(slots=True, eq=False)
class Member:
    user: User
    guild_id: int
    roles: set[int] = field(default_factory=set)
    nick: str | None = None
    joined_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    status: str = "offline"
    _json: Json | None = None

    def json(self) -> Json:
        """The member without its user, as messages carry it."""
        if self._json is None:
            self._json = {
                "nick": self.nick,
                "avatar": None,
                "roles": [str(role) for role in sorted(self.roles)],
                "joined_at": iso(self.joined_at),
                "premium_since": None,
                "deaf": False,
                "mute": False,
                "flags": 0,
                "pending": False,
                "communication_disabled_until": None,
            }
        return self._json

    def changed(self) -> None:
        """Call it after changing nick or roles."""
        self._json = None


@dataclass(slots=True, eq=False)
class Overwrite:
    """Permissions of a role (type 0) or a member (type 1) in one channel."""

    id: int
    type: int
    allow: int = 0
    deny: int = 0


@dataclass(slots=True, eq=False)
class Channel:
    id: int
    type: ChannelType
    name: str = ""
    guild_id: int | None = None
    parent_id: int | None = None
    position: int = 0
    topic: str | None = None
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    last_message_id: int | None = None
    owner_id: int | None = None  # of a thread
    archived: bool = False
    archived_at: datetime | None = None
    message_count: int = 0
    thread_members: set[int] = field(default_factory=set)
    recipient: User | None = None  # of a direct message channel

    @property
    def is_thread(self) -> bool:
        return self.type in THREADS

    @property
    def mention(self) -> str:
        return f"<#{self.id}>"


@dataclass(slots=True, eq=False)
class Guild:
    id: int
    name: str
    owner_id: int
    roles: dict[int, Role] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)  # threads too
    members: dict[int, Member] = field(default_factory=dict)
    voice: dict[int, int] = field(default_factory=dict)  # user id: channel id
    available: bool = True
    afk_channel_id: int | None = None

    @property
    def everyone(self) -> Role:
        return self.roles[self.id]

    def roles_of(self, member: Member) -> Iterable[Role]:
        yield self.everyone
        yield from (self.roles[role] for role in member.roles if role in self.roles)


@dataclass(slots=True, eq=False)
class Attachment:
    id: int
    filename: str
    content_type: str
    data: bytes
    url: str
    description: str | None = None
    width: int | None = None
    height: int | None = None
    in_embed: bool = False  # shown by an embed; Discord then leaves it out of the message's attachments

    def json(self) -> Json:
        out: Json = {
            "id": str(self.id),
            "filename": self.filename,
            "size": len(self.data),
            "url": self.url,
            "proxy_url": self.url,
            "content_type": self.content_type,
            "ephemeral": False,
            "flags": 0,
        }
        if self.description is not None:
            out["description"] = self.description
        if self.width is not None:
            out |= {"width": self.width, "height": self.height}
        return out


@dataclass(slots=True, eq=False)
class Message:
    id: int
    channel_id: int
    guild_id: int | None
    author: User
    content: str = ""
    type: int = 0
    flags: int = 0
    nonce: str | int | None = None
    webhook_id: int | None = None
    edited_at: datetime | None = None
    reply_to: int | None = None
    mentions: tuple[int, ...] = ()
    mention_roles: tuple[int, ...] = ()
    mention_everyone: bool = False
    embeds: tuple[Json, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    components: tuple[Json, ...] = ()
    allowed_mentions: Json | None = None  # as the bot sent it
    interaction: Json | None = None  # interaction_metadata
    seen_by: int | None = None  # ephemeral: the only user who sees it
    reactions: dict[str, list[int]] | None = None
    pinned: bool = False
    revision: int = 0  # counts the edits
    touched: float = field(default_factory=time.monotonic)  # when it was made or last changed

    @property
    def created_at(self) -> datetime:
        return time_of(self.id)

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    @property
    def loading(self) -> bool:
        """A deferred answer: the user sees "thinking"."""
        return bool(self.flags & LOADING)

    @property
    def files(self) -> dict[str, bytes]:
        """The attached files by name, those shown by embeds too."""
        return {attachment.filename: attachment.data for attachment in self.attachments}

    @property
    def text(self) -> str:
        """Everything readable: content, embeds, component labels. For predicates and transcripts."""
        return "\n".join(filter(None, [self.content, *(embed_text(e) for e in self.embeds), *labels(self.components)]))


def embed_text(embed: Json) -> str:
    fields = (f"{f['name']}: {f['value']}" for f in embed.get("fields", ()))
    parts = [
        embed.get("author", {}).get("name"),
        embed.get("title"),
        embed.get("description"),
        *fields,
        embed.get("footer", {}).get("text"),
    ]
    return "\n".join(part for part in parts if part)


def walk(components: Iterable[Json]) -> Iterable[Json]:
    """Every component, rows, containers and accessories opened."""
    for component in components:
        yield component
        yield from walk(component.get("components", ()))
        for name in ("accessory", "component"):
            if name in component:
                yield from walk((component[name],))


def labels(components: Iterable[Json]) -> Iterable[str]:
    for component in walk(components):
        if component["type"] == 2:
            yield f"[{component.get('label') or component.get('emoji', {}).get('name', '')}]"
        elif component["type"] == 3:
            yield f"[{component.get('placeholder', '')} ▾ {' | '.join(o['label'] for o in component['options'])}]"
        elif component["type"] == 10:
            yield component["content"]
