"""Answers about one player with one weapon."""

import msgspec

from muster.stats.values.common import PlayerRef, Scope, WeaponLine
from muster.stats.values.rankings import Gates, Standing


class ArmedRound(msgspec.Struct, frozen=True):
    """What he did with it in a round. `day` is YYYYMMDD."""

    map: str
    round: int
    day: int
    session_id: str | None
    hits: int
    shots: int
    kills: int
    deaths: int
    headshots: int


class ArmedPart(msgspec.Struct, frozen=True):
    """Some rounds in which he used it, added up: those of a map, or of a session. `day` is their first, YYYYMMDD."""

    name: str
    day: int
    rounds: int
    line: WeaponLine


class Armed(msgspec.Struct, frozen=True):
    """A player with a weapon. `rounds` are all of his that count; `share_of_kills` is percent of his kills.

    Standings are among those who use it, by the metrics that say something about it. Maps come most rounds first,
    sessions and rounds the latest first.
    """

    player: PlayerRef
    scope: Scope
    line: WeaponLine
    share_of_kills: float | None
    rounds: int
    gates: Gates
    standings: tuple[Standing, ...]
    maps: tuple[ArmedPart, ...]
    sessions: tuple[ArmedPart, ...]
    played: tuple[ArmedRound, ...]
