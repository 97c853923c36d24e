"""A round that was played, with what its header will say, and the night it belongs to."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from .battle import Fighter
from .maps import Map

Status = Literal["paired", "single", "abandoned", "orphan_r2", "empty", "cancelled"]


@dataclass(frozen=True, slots=True)
class Night:
    """One evening's date and the server's habits then: fields per player line, and how it writes header field 9."""

    day: date
    layout: int
    playtime: Literal["", "s", "ms"] = ""


@dataclass(slots=True, eq=False)
class Played:
    """One round. ``seconds``: its true duration; ``limit`` and ``next_limit``: header fields 7 and 8;
    ``idle``: who stood by as a spectator but kept his row of the round before."""

    night: Night
    area: Map
    number: int
    config: str
    stamp: datetime
    seconds: float
    winner: int
    limit: str
    next_limit: str
    fighters: list[Fighter]
    matchup: int | None
    idle: list[Fighter] = field(default_factory=list)
    status: Status = "single"
    partner: "Played | None" = None
    written: bool = True
    crlf: bool = False
    companion: str | None = None
    quirks: list[str] = field(default_factory=list)

    @property
    def file(self) -> str:
        return f"{self.stamp:%Y-%m-%d-%H%M%S}-{self.area.name}-round-{self.number}.txt"

    @property
    def outcome(self) -> str | None:
        if not self.winner or not self.fighters:
            return None
        return "held" if self.winner == self.area.defender else "completed"

    def attackers(self) -> str:
        """The team that attacked, A or B."""
        return next(f.team for f in self.fighters if f.side != self.area.defender)


def clock(seconds: float) -> str:
    """``M:SS``, as headers write a time."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
