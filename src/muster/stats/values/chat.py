"""Answers about who talks, when and how much. Days are those of the community: its time zone and its hour."""

from datetime import date, datetime

import msgspec

from muster.stats.periods import ALL_TIME, Period

HOURS_OF_A_WEEK = 168
"""Hours of a week from Monday 0:00 on, on the community's clock."""


class CommunityRef(msgspec.Struct, frozen=True):
    """A community, such as a Discord server. `key` is the platform's id."""

    platform: str
    key: str
    name: str = ""


class Chatter(msgspec.Struct, frozen=True):
    """Somebody who writes. `key` is the platform's id and what questions take; `name` is the latest."""

    key: str
    name: str


class ChannelRef(msgspec.Struct, frozen=True):
    """A channel. `name` is empty where nothing was ever counted in it itself, as in a forum."""

    key: str
    name: str
    parent: str | None = None


class Days(msgspec.Struct, frozen=True):
    """The days a question is about, both ends included, and the moments they begin and end at (None: no limit).

    `today` is the community's own day.
    """

    today: date
    period: Period = ALL_TIME
    first: date | None = None
    last: date | None = None
    begins: datetime | None = None
    ends: datetime | None = None


class ChatterCandidate(msgspec.Struct, frozen=True):
    """Somebody who may have been meant. `score`: how much his name is like the text, of 100."""

    user: Chatter
    messages: int
    score: float


class ChatterChoice(msgspec.Struct, frozen=True):
    """Several who may have been meant."""

    candidates: tuple[ChatterCandidate, ...]


class ChannelCount(msgspec.Struct, frozen=True):
    """Messages of a channel: its own, and with those of its threads."""

    channel: ChannelRef
    messages: int
    with_threads: int


class VoiceChannel(msgspec.Struct, frozen=True):
    """Seconds in a voice channel."""

    channel: ChannelRef
    seconds: int


class EmojiCount(msgspec.Struct, frozen=True):
    """How often an emoji was written. `name` is empty but for custom ones, whose `emoji` is the platform's id."""

    emoji: str
    name: str
    uses: int


class Activity(msgspec.Struct, frozen=True):
    """What somebody does in a community.

    Of the days asked for: `messages`, `active_days`, `rank` (None without a message) of `ranked`, `channels` (most
    first), `sessions` that began then and the `seconds` in them. Of all time, whatever was asked for: `all_messages`,
    `replies`, `mentions`, `attachments`, first and last message, the days in a row up to now (`streak`, 0 where
    neither today nor yesterday has a message) and at most, and `hours`, messages by hour of the week. First and last
    are None for somebody who never wrote.

    In voice: `voice_seconds` of the days asked for, by channel in `voice_channels`; `all_voice_seconds` of all time.
    `emoji`: those he writes most, of all time.
    """

    community: CommunityRef
    user: Chatter
    days: Days
    messages: int
    active_days: int
    rank: int | None
    ranked: int
    channels: tuple[ChannelCount, ...]
    sessions: int
    seconds: int
    all_messages: int
    replies: int
    mentions: int
    attachments: int
    first_at: datetime | None
    last_at: datetime | None
    streak: int
    longest_streak: int
    hours: tuple[int, ...]
    voice_seconds: int = 0
    voice_channels: tuple[VoiceChannel, ...] = ()
    all_voice_seconds: int = 0
    emoji: tuple[EmojiCount, ...] = ()


class ServerDay(msgspec.Struct, frozen=True):
    """A day of a community. `members` as counted at its begin, None where that was missed; `change` since the count
    before; `late`: not counted at the hour. `joined` and `left`: who was seen to come and go."""

    day: date
    messages: int
    writers: int
    members: int | None = None
    change: int | None = None
    late: bool = False
    voice_seconds: int = 0
    joined: int = 0
    left: int = 0


class ServerActivity(msgspec.Struct, frozen=True):
    """A community day by day, from the first day with anything known to the last. `writers` are different people.

    `members` is the last count, `change` how many more that are than at the first one (or the one before it).
    `in_voice` are different people with `voice_seconds` in all.
    """

    community: CommunityRef
    days: Days
    daily: tuple[ServerDay, ...]
    messages: int
    writers: int
    members: int | None
    change: int | None
    channels: tuple[ChannelCount, ...]
    voice_seconds: int = 0
    in_voice: int = 0
    joined: int = 0
    left: int = 0


class ChatterEntry(msgspec.Struct, frozen=True):
    """One place of a ranking by messages. Equal numbers share a rank."""

    rank: int
    user: Chatter
    messages: int
    active_days: int


class TopChatters(msgspec.Struct, frozen=True):
    """Who writes most: `entries` from `offset` on, of `total` people with `messages` in all."""

    community: CommunityRef
    days: Days
    channel: ChannelRef | None
    entries: tuple[ChatterEntry, ...]
    offset: int
    total: int
    messages: int


class ActiveHours(msgspec.Struct, frozen=True):
    """Messages by hour of the week, Monday 0:00 first, of somebody or (`user` None) of everybody; of all time."""

    community: CommunityRef
    user: Chatter | None
    timezone: str
    hours: tuple[int, ...]

    @property
    def messages(self) -> int:
        """All of them."""
        return sum(self.hours)


class ChatSession(msgspec.Struct, frozen=True):
    """A session: messages in a channel with gaps of at most 15 minutes. `seconds` from the first to the last."""

    channel: ChannelRef
    began_at: datetime
    seconds: int
    messages: int


class ChatSessions(msgspec.Struct, frozen=True):
    """Somebody's sessions, the latest first: those from `offset` on, of `total` with `seconds` and `messages`."""

    community: CommunityRef
    user: Chatter
    days: Days
    sessions: tuple[ChatSession, ...]
    offset: int
    total: int
    seconds: int
    messages: int
