"""What happens in a chat, the same for every platform. Names change; keys are for ever."""

from enum import StrEnum
from typing import Final

import msgspec

NUMBERS_A_MILLISECOND: Final = 1 << 22
"""Numbers of messages are milliseconds since an epoch, and 22 bits that tell equal moments apart."""


class Platform(StrEnum):
    """Where people talk."""

    DISCORD = "discord"
    TWITCH = "twitch"
    VRCHAT = "vrchat"


class Community(msgspec.Struct, frozen=True):
    """A Discord server, a Twitch channel's audience. `key` is the platform's id as text."""

    platform: Platform
    key: str
    name: str


class Channel(msgspec.Struct, frozen=True):
    """A place to talk. `parent`: key of the channel a thread or forum post hangs on; `since`: its first number."""

    community: Community
    key: str
    name: str
    parent: str | None = None
    since: int = 0


class Person(msgspec.Struct, frozen=True, gc=False):
    """An account on a platform."""

    platform: Platform
    key: str
    name: str


class Message(msgspec.Struct, frozen=True, gc=False):
    """Somebody said something.

    `number` is the platform's id of the message: unique in its channel, growing with time. `sent_at`: milliseconds
    since 1970. `text` is None where the platform does not tell it, `roles` of the author where nobody asked for them.
    """

    channel: Channel
    number: int
    author: Person
    sent_at: int
    text: str | None = None
    reply_to: int | None = None
    mentions: int = 0
    attachments: int = 0
    roles: tuple[str, ...] | None = None


class Edited(msgspec.Struct, frozen=True):
    """A message says something else now."""

    channel: Channel
    number: int
    text: str


class Deleted(msgspec.Struct, frozen=True):
    """Messages are gone; `numbers` is None where all of a channel's are."""

    channel: Channel
    numbers: tuple[int, ...] | None


EPOCH: Final = 1_420_070_400_000
"""Milliseconds from 1970 to the moment numbers count from: Discord's, kept for all platforms."""


def number_at(ms: int) -> int:
    """The first number a message of that moment (milliseconds since 1970) can have."""
    return max(ms - EPOCH, 0) * NUMBERS_A_MILLISECOND


def moment_of(number: int) -> int:
    """Milliseconds since 1970 at which a number was given out."""
    return number // NUMBERS_A_MILLISECOND + EPOCH
