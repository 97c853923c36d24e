"""Who is there: in voice, and among the members. Moments are milliseconds since 1970."""

import msgspec

from muster.model.chat import Channel, Community, Person


class InVoice(msgspec.Struct, frozen=True):
    """From a moment on somebody is in a voice channel, or (None) in none. To join, move and leave are the same news."""

    community: Community
    person: Person
    channel: Channel | None
    at: int


class RollCall(msgspec.Struct, frozen=True):
    """Everybody who is in voice in a community at a moment, and where. Who is not named is not there."""

    community: Community
    present: tuple[tuple[Person, Channel], ...]
    at: int


class MemberJoined(msgspec.Struct, frozen=True):
    """Somebody is a member now."""

    community: Community
    person: Person
    at: int


class MemberLeft(msgspec.Struct, frozen=True):
    """Somebody is a member no more: he left, or was made to."""

    community: Community
    person: Person
    at: int
