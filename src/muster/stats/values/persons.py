"""Answers about a person in the game and in a community."""

from datetime import datetime

import msgspec

from muster.stats.values.chat import Chatter, CommunityRef
from muster.stats.values.common import PlayerRef, Rating, Record
from muster.stats.values.players import Company


class GameHalf(msgspec.Struct, frozen=True):
    """What somebody played, of all time, in eligible rounds. `partners`: who stood beside him in most rounds."""

    player: PlayerRef
    rounds: int
    seconds: int
    sessions: int
    matches: Record
    kd: float | None
    dpm: float | None
    rating: Rating | None
    last_seen: datetime | None
    partners: tuple[Company, ...]


class ChatHalf(msgspec.Struct, frozen=True):
    """What somebody does in a community, of all time: messages, days with one, days in a row, seconds in voice."""

    community: CommunityRef
    user: Chatter
    messages: int
    active_days: int
    streak: int
    longest_streak: int
    voice_seconds: int
    first_at: datetime | None
    last_at: datetime | None


class Around(msgspec.Struct, frozen=True):
    """When somebody is there, by hour of the week, Monday 0:00 first, on the clock of `timezone`.

    `played` and `in_voice` are seconds, `messages` how many. A round's seconds stand in the hour of its file.
    """

    timezone: str
    played: tuple[int, ...]
    messages: tuple[int, ...]
    in_voice: tuple[int, ...]

    @property
    def together(self) -> tuple[int, ...]:
        """Minutes played, minutes in voice and messages in one sum: how much he is there."""
        rows = zip(self.played, self.messages, self.in_voice, strict=True)
        return tuple(played // 60 + messages + voice // 60 for played, messages, voice in rows)


class PersonProfile(msgspec.Struct, frozen=True):
    """A person. A half is None where he is not known to be in it: never seen there, or not linked."""

    game: GameHalf | None
    chat: ChatHalf | None
    linked: bool
    around: Around
