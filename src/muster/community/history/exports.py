"""Files of DiscordChatExporter (JSON): one channel each, with ids and times of Discord's own."""

from pathlib import Path
from typing import Final

import msgspec

from muster.model.chat import Channel, Community, Message, Person, Platform, moment_of

_SAID: Final = frozenset({"Default", "Reply", 0, 19})
"""Types of messages that somebody wrote."""


class NoExport(Exception):
    """The file is no export of DiscordChatExporter; the message says why."""


class _Named(msgspec.Struct):
    id: str
    name: str


class _Channel(msgspec.Struct, rename="camel"):
    id: str
    name: str
    type: str | int = ""
    category_id: str | None = None


class _Author(msgspec.Struct, rename="camel"):
    id: str
    name: str
    is_bot: bool = False


class _Reference(msgspec.Struct, rename="camel"):
    message_id: str | None = None


class _Message(msgspec.Struct):
    id: str
    type: str | int
    author: _Author
    mentions: list[msgspec.Raw] = []
    attachments: list[msgspec.Raw] = []
    reference: _Reference | None = None


class _Export(msgspec.Struct):
    guild: _Named
    channel: _Channel
    messages: list[_Message]


_decode: Final = msgspec.json.Decoder(_Export).decode


def read(path: Path) -> tuple[Channel, list[Message]]:
    """The channel of an export and what people wrote there, by time. Raises NoExport and OSError."""
    try:
        export = _decode(path.read_bytes())
        guild, place = export.guild, export.channel
        _number(guild.id)
        is_thread = "Thread" in str(place.type)
        channel = Channel(
            Community(Platform.DISCORD, guild.id, guild.name),
            str(_number(place.id)),
            place.name,
            place.category_id if is_thread else None,
        )
        unique = {message.id: message for message in export.messages}.values()
        messages = [
            _message(channel, message)
            for message in unique
            if message.type in _SAID and not message.author.is_bot and _number(message.author.id)
        ]
    except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError) as error:
        raise NoExport(f"no export of DiscordChatExporter: {error}") from None
    return channel, sorted(messages, key=lambda message: message.number)


def _message(channel: Channel, message: _Message) -> Message:
    number = _number(message.id)
    reference = message.reference.message_id if message.reference else None
    return Message(
        channel,
        number,
        Person(Platform.DISCORD, message.author.id, message.author.name),
        moment_of(number),
        reply_to=_number(reference) if reference else None,
        mentions=len(message.mentions),
        attachments=len(message.attachments),
    )


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        raise ValueError("an id that is none of Discord's")
    return int(text)
