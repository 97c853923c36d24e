"""A round file as a value: what its name, its header and its player lines say, nothing derived."""

from datetime import datetime
from enum import IntEnum, IntFlag, StrEnum

import msgspec

from muster.model.fields import POSITION

Weapon = tuple[int, int, int, int, int, int]
"""Weapon index, hits, shots, kills, deaths by it, headshots."""


class Side(IntEnum):
    """The side a player stood on when the file was written."""

    AXIS = 1
    ALLIES = 2
    SPECTATOR = 3

    @property
    def other(self) -> "Side":
        """The opposing side; a spectator has none and stays one."""
        return Side(3 - self) if self < Side.SPECTATOR else self


class Outcome(StrEnum):
    """How a round ended for its attackers."""

    HELD = "held"
    COMPLETED = "completed"


class Status(StrEnum):
    """Where a round stands among its neighbours."""

    PAIRED = "paired"
    SINGLE = "single"
    ABANDONED = "abandoned"
    ORPHAN_R2 = "orphan_r2"
    CANCELLED = "cancelled"
    EMPTY = "empty"


class Flag(IntFlag):
    """Doubts about a round or a player's row. They mark; they never repair."""

    KD_CONTRADICTS = 1
    DENIED_OUTLIER = 2
    COUNTER_RESET = 4
    NEGATIVE_DIFFERENCE = 8
    BASE_UNKNOWN = 16
    SIDE_INFERRED = 32
    BOTH_TEAMS = 64
    PARTNER_CONTRADICTS = 128
    DAMAGE_UNBALANCED = 256
    KILLS_UNBALANCED = 512
    TEAM_DAMAGE_UNBALANCED = 1024
    REVIVES_UNBALANCED = 2048
    BOT_MAJORITY = 4096
    TOO_SHORT = 8192
    NOT_CUMULATIVE = 16384
    EXTRA_FIELDS = 32768

    def names(self) -> list[str]:
        """The names of the flags that are set, in lower case."""
        return [flag.name.lower() for flag in self if flag.name]


class RoundName(msgspec.Struct, frozen=True):
    """What a file name says. `stamp` is the server's local wall time at the round's end plus 3 s, naive."""

    file: str
    stamp: datetime
    map: str
    round: int


class Header(msgspec.Struct, frozen=True):
    """The first line of a round file. Times are seconds; unknown or unreadable ones are None."""

    server: str
    map: str
    config: str
    round: int
    defender: int
    winner: int
    timelimit: float | None
    next_timelimit: float | None
    playtime: float | None


class PlayerLine(msgspec.Struct, frozen=True):
    """One player of a round file, as written: counters of a round-2 file may still hold both rounds.

    `fields` has one entry for each of `FIELDS`, None where the layout lacks it.
    `minutes_tenths` is the time on a team in tenths of a minute, the file's own resolution.
    """

    key: str
    guid: str
    name: str
    rounds: int
    side: int
    weapons: tuple[Weapon, ...]
    fields: tuple[int | float | None, ...]

    @property
    def minutes_tenths(self) -> int | None:
        """Time on a team in tenths of a minute."""
        minutes = self.fields[_MINUTES]
        return None if minutes is None else round(minutes * 10)

    @property
    def is_bot(self) -> bool:
        """Bots share one GUID and are told apart by name."""
        return self.guid == BOT_GUID


class RoundFile(msgspec.Struct, frozen=True):
    """A whole file, read and found sound. `extra_fields`: values beyond the newest known layout were dropped."""

    name: RoundName
    header: Header
    players: tuple[PlayerLine, ...]
    extra_fields: bool = False


class PlayerRow(msgspec.Struct, frozen=True):
    """One player in one round, round-only: what the store keeps and every question counts.

    `kept` is ordered as `KEPT` and has None where the file does not tell. `seconds` is the time on a team.
    """

    key: str
    name: str
    side: int
    weapons: tuple[Weapon, ...]
    kept: tuple[int | float | None, ...]
    seconds: int | None
    flags: int

    @property
    def is_bot(self) -> bool:
        """Bots share one GUID and are keyed by GUID and name."""
        return self.key.startswith(BOT_GUID)

    @property
    def played(self) -> bool:
        """False for someone who only watched. Where the file has no times, being in it counts."""
        return self.seconds is None or self.seconds > 0


class DerivedRound(msgspec.Struct, frozen=True):
    """What a round file says once its partner and its place are known. `seconds` is the round's duration."""

    rows: tuple[PlayerRow, ...]
    outcome: Outcome | None
    seconds: float
    valid: bool
    flags: int


BOT_GUID = "OMNIBOT0"
_MINUTES = POSITION["time_played_min"]
