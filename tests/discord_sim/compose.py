"""A message out of a request's body: limits, files, embeds that show files, mentions."""

import mimetypes
import re
import struct
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from tests.discord_sim.errors import EMPTY_MESSAGE, MISSING_PERMISSIONS, ApiError
from tests.discord_sim.model import COMPONENTS_V2, EPHEMERAL, Attachment, Channel, Message, User, walk
from tests.discord_sim.permissions import P
from tests.discord_sim.validate import check_message
from tests.discord_sim.wire import Json
from tests.discord_sim.world import World

if TYPE_CHECKING:
    from tests.discord_sim.api import Upload

SETTABLE_FLAGS = 1 << 2 | 1 << 12 | 1 << 13 | COMPONENTS_V2
PARSE_IN_MESSAGES = ("users", "roles", "everyone")
PARSE_IN_INTERACTIONS = ("users",)


class Composer:
    def __init__(self, world: World, cdn_base: str) -> None:
        self.world = world
        self.cdn_base = cdn_base

    def new(
        self,
        channel: Channel,
        author: User,
        body: Json,
        files: "Mapping[int, Upload]",
        *,
        interaction: bool = False,
        message_id: int | None = None,
    ) -> Message:
        """A message that is in no channel yet. `interaction`: an answer to one, which may be ephemeral."""
        flags = int(body.get("flags") or 0) & (SETTABLE_FLAGS | (EPHEMERAL if interaction else 0))
        check_message(body, len(files), flags)
        self._check_rights(channel, author, body, files, interaction)
        attachments = self.attach(channel, body.get("attachments") or [], files)
        if not any((body.get("content"), body.get("embeds"), body.get("components"), attachments, body.get("poll"))):
            raise ApiError(*EMPTY_MESSAGE)
        message = Message(
            message_id or self.world.ids.now(),
            channel.id,
            channel.guild_id,
            author,
            content=(body.get("content") or "").strip(),
            flags=flags,
            embeds=self.embeds(body.get("embeds") or [], attachments),
            attachments=attachments,
            components=numbered(body.get("components") or []),
            allowed_mentions=body.get("allowed_mentions"),
        )
        self.mention(message, channel, PARSE_IN_INTERACTIONS if interaction else PARSE_IN_MESSAGES)
        return message

    def change(self, message: Message, body: Json, files: "Mapping[int, Upload]") -> None:
        """Apply an edit: what is not named stays."""
        check_message(body, len(files), message.flags | int(body.get("flags") or 0))
        channel = self.world.channels[message.channel_id]
        if "attachments" in body or files:
            message.attachments = self._kept(message, body) + self.attach(channel, body.get("attachments") or [], files)
        if "embeds" in body:
            for attachment in message.attachments:
                attachment.in_embed = False  # an embed must name it anew by attachment://
            message.embeds = self.embeds(body["embeds"] or [], message.attachments)
        if "components" in body:
            message.components = numbered(body["components"] or [])
        if "content" in body:
            message.content = (body["content"] or "").strip()
        if body.get("flags") is not None:
            settable = (1 << 2) | COMPONENTS_V2
            message.flags = message.flags & ~(1 << 2) | int(body["flags"]) & settable
        if "allowed_mentions" in body:
            message.allowed_mentions = body["allowed_mentions"]
        if not (message.content or message.embeds or message.attachments or message.components):
            raise ApiError(*EMPTY_MESSAGE)
        if "content" in body:
            self.mention(message, channel, PARSE_IN_INTERACTIONS if message.interaction else PARSE_IN_MESSAGES)

    def mention(self, message: Message, channel: Channel, default: Iterable[str] = PARSE_IN_MESSAGES) -> None:
        """Who is really mentioned: what the text names and `allowed_mentions` (of the message) lets through."""
        allowed = message.allowed_mentions
        parse = set(default) if allowed is None else set(allowed.get("parse") or ())
        listed = allowed or {}
        texts = [message.content, *(c.get("content", "") for c in walk(message.components) if c["type"] == 10)]
        text = "\n".join(texts)
        users = [int(number) for number in re.findall(r"<@!?(\d+)>", text)]
        named = {int(number) for number in listed.get("users") or ()}
        kept = [u for u in users if u in self.world.users and ("users" in parse or u in named)]
        replied = self.world.history(channel.id).get(message.reply_to or 0)
        if replied is not None and (allowed is None or listed.get("replied_user")):
            kept.append(replied.author.id)
        message.mentions = tuple(dict.fromkeys(u for u in kept if u in self.world.users))
        loud = bool(self.world.rights(channel, message.author) & P.MENTION_EVERYONE)
        guild = self.world.guild_of(channel)
        named_roles = {int(number) for number in listed.get("roles") or ()}
        message.mention_roles = tuple(
            dict.fromkeys(
                role
                for role in map(int, re.findall(r"<@&(\d+)>", text))
                if guild is not None
                and role in guild.roles
                and (guild.roles[role].mentionable or loud)
                and ("roles" in parse or role in named_roles)
            )
        )
        message.mention_everyone = loud and "everyone" in parse and bool(re.search("@everyone|@here", text))

    def attach(self, channel: Channel, wanted: list[Json], files: "Mapping[int, Upload]") -> tuple[Attachment, ...]:
        about = {str(one.get("id")): one for one in wanted}
        made = []
        for number, upload in sorted(files.items()):
            known = about.get(str(number), {})
            filename = known.get("filename") or upload.filename
            made.append(self.file(channel, filename, upload.data, known.get("description")))
        return tuple(made)

    def file(self, channel: Channel, filename: str, data: bytes, description: str | None = None) -> Attachment:
        safe = re.sub(r"[^\w.-]", "_", filename)
        number = self.world.ids.now()
        kind = mimetypes.guess_type(safe)[0] or "application/octet-stream"
        url = f"{self.cdn_base}/attachments/{channel.id}/{number}/{safe}"
        size = image_size(data)
        attachment = Attachment(number, safe, kind, data, url, description, *(size or (None, None)))
        self.world.files[number] = attachment
        return attachment

    def embeds(self, embeds: list[Json], attachments: tuple[Attachment, ...]) -> tuple[Json, ...]:
        """The embeds as Discord gives them back: files of the message by their URL, which hides the attachment."""
        by_name = {attachment.filename: attachment for attachment in attachments}
        out = []
        for embed in embeds:
            made = {"type": "rich"} | {name: value for name, value in embed.items() if value not in (None, [], {})}
            for part in ("image", "thumbnail", "author", "footer"):
                name = "url" if part in {"image", "thumbnail"} else "icon_url"
                url = (made.get(part) or {}).get(name) or ""
                attachment = by_name.get(url.removeprefix("attachment://")) if url.startswith("attachment://") else None
                if attachment is not None:
                    attachment.in_embed = True
                    made[part] = made[part] | {name: attachment.url, f"proxy_{name}": attachment.url}
                    if name == "url" and attachment.width is not None:
                        made[part] |= {"width": attachment.width, "height": attachment.height}
            out.append(made)
        return tuple(out)

    @staticmethod
    def _kept(message: Message, body: Json) -> tuple[Attachment, ...]:
        if "attachments" not in body:
            return message.attachments
        ids = {str(one.get("id")) for one in body["attachments"] or ()}
        return tuple(a for a in message.attachments if str(a.id) in ids)

    def _check_rights(
        self, channel: Channel, author: User, body: Json, files: "Mapping[int, Upload]", interaction: bool
    ) -> None:
        if interaction:
            return  # answers need no permission in the channel
        rights = self.world.rights(channel, author)
        if (files and not rights & P.ATTACH_FILES) or (body.get("embeds") and not rights & P.EMBED_LINKS):
            raise ApiError(*MISSING_PERMISSIONS)


def numbered(components: list[Json]) -> tuple[Json, ...]:
    """Every component gets an id, as Discord gives them."""
    taken = {component.get("id") for component in walk(components)}
    free = (number for number in range(1, 200) if number not in taken)
    for component in walk(components):
        if not component.get("id"):
            component["id"] = next(free)
    return tuple(components)


def image_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG, GIF or JPEG."""
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return int(width), int(height)
    if data[:4] == b"GIF8" and len(data) >= 10:
        width, height = struct.unpack("<HH", data[6:10])
        return int(width), int(height)
    if data[:2] == b"\xff\xd8":
        return jpeg_size(data)
    return None


def jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return int(width), int(height)
        at += 2 + length
    return None
