"""Answers about who is in voice, and what people write with."""

import msgspec

from muster.stats.values.chat import Chatter, CommunityRef, Days


class VoiceEntry(msgspec.Struct, frozen=True):
    """One place of a ranking by seconds in voice. `days`: on how many days anything."""

    rank: int
    user: Chatter
    seconds: int
    days: int


class TopVoice(msgspec.Struct, frozen=True):
    """Who is in voice most: `entries` from `offset` on, of `total` people with `seconds` in all."""

    community: CommunityRef
    days: Days
    entries: tuple[VoiceEntry, ...]
    offset: int
    total: int
    seconds: int
