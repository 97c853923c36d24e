"""Answers about who is in voice, and what people write with."""

import msgspec

from muster.stats.values.chat import Chatter, CommunityRef, Days, EmojiCount


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


class WordCount(msgspec.Struct, frozen=True):
    """How often a word was written: `uses`, which for 95 of 100 words is no further off than `margin`."""

    word: str
    uses: int
    margin: int


class Words(msgspec.Struct, frozen=True):
    """What somebody writes with, for himself: the most frequent of `words` written, known from a sample of `looked_at`.

    Where the sample is all of them, the counts are exact.
    """

    community: CommunityRef
    user: Chatter
    words: int
    looked_at: int
    top: tuple[WordCount, ...]
    emoji: tuple[EmojiCount, ...]
