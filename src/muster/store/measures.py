"""What a rollup adds up: whole numbers per player row, so that sums are exact in any order.

Unknown values are left out. A measure that goes with one of them (the kills of rounds whose useful kills are
known) is left out with it, so that every ratio divides sums over the same rounds.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from muster.model.fields import KEPT
from muster.model.rounds import Flag

SHORT_ROUND = 60
"""Seconds on a team up to which a round says nothing about consistency."""


class Sample(msgspec.Struct, frozen=True):
    """One eligible player row: the sums over his weapons, his seconds, and the kept fields in order of KEPT."""

    kills: int
    deaths: int
    headshots: int
    hits: int
    shots: int
    aimed_hits: int
    aimed_shots: int
    seconds: int | None
    flags: int
    won: int | None
    kept: Sequence[Any]


class Measure(msgspec.Struct, frozen=True):
    """One summed column of a rollup."""

    name: str
    meaning: str


_PLAIN = ("kills", "deaths", "headshots", "hits", "shots", "aimed_hits", "aimed_shots")
_SUMMED = tuple(name for name in KEPT if name not in ("time_played_pct", "time_dead_min", "denied_playtime"))
_AT = {name: i for i, name in enumerate(KEPT)}
_OUTLIER = int(Flag.DENIED_OUTLIER)
_SUMMED_AT = tuple(_AT[name] for name in _SUMMED)
_PCT, _DENIED, _USEFUL = _AT["time_played_pct"], _AT["denied_playtime"], _AT["useful_kills"]
_REPAIRS, _REVIVES, _DAMAGE = _AT["repairs"], _AT["revives_given"], _AT["damage_given"]

_OWN = (
    ("rounds", "eligible rounds"),
    ("rounds_won", "rounds his side won"),
    ("rounds_lost", "rounds the other side won"),
    ("seconds", "seconds on a team, where known"),
    ("timed_damage", "damage_given of rounds whose seconds are known"),
    ("alive_seconds", "seconds alive, from time_played_pct"),
    ("alive_of_seconds", "seconds on a team of rounds whose time_played_pct is known"),
    ("alive_damage", "damage_given of the same rounds"),
    ("useful_of_kills", "kills of rounds whose useful_kills are known"),
    ("denied_playtime", "seconds denied to enemies, outliers excluded"),
    ("denied_of_seconds", "seconds on a team of the same rounds"),
    ("repairs_of_rounds", "rounds whose repairs are known"),
    ("revives_of_rounds", "rounds whose revives_given are known"),
    ("dpm_rounds", "rounds of more than 60 s on a team"),
    ("dpm_sum", "sum of their damage per minute, in tenths"),
    ("dpm_squares", "sum of the squares of these tenths"),
)

MEASURES: Final = (
    *(Measure(name, meaning) for name, meaning in _OWN),
    *(Measure(name, f"{name}, over all weapons") for name in _PLAIN),
    *(Measure(name, name) for name in _SUMMED),
)
"""The columns of `player_rollup`, in the order of `measure`."""

INDEX: Final = {measure.name: i for i, measure in enumerate(MEASURES)}


def measure(s: Sample) -> list[int]:
    """The contribution of one eligible player row, in the order of MEASURES."""
    kept = s.kept
    seconds = s.seconds or 0
    damage = kept[_DAMAGE] or 0
    pct = kept[_PCT]
    alive_known = pct is not None and s.seconds is not None
    denied = kept[_DENIED]
    denied_known = denied is not None and not s.flags & _OUTLIER
    steady = seconds > SHORT_ROUND
    dpm = round(damage * 600 / seconds) if steady else 0
    return [
        1,
        1 if s.won == 1 else 0,
        1 if s.won == 0 else 0,
        seconds,
        damage if s.seconds is not None else 0,
        round(pct * seconds / 100) if alive_known else 0,
        seconds if alive_known else 0,
        damage if alive_known else 0,
        s.kills if kept[_USEFUL] is not None else 0,
        denied if denied_known else 0,
        seconds if denied_known else 0,
        1 if kept[_REPAIRS] is not None else 0,
        1 if kept[_REVIVES] is not None else 0,
        1 if steady else 0,
        dpm,
        dpm * dpm,
        s.kills,
        s.deaths,
        s.headshots,
        s.hits,
        s.shots,
        s.aimed_hits,
        s.aimed_shots,
        *[kept[i] or 0 for i in _SUMMED_AT],
    ]
