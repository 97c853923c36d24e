"""The columns of a round file: extended fields by position, weapons by index, layouts by length.

This is the one place that says what a column is called, in which unit it counts and whether a
round-2 file carries it cumulatively. Parser, derivation, store, export and documentation read it here.
"""

from enum import StrEnum
from typing import Final

import msgspec


class Carry(StrEnum):
    """What a value in a round-2 file stands for."""

    CUMULATIVE = "cumulative"
    PER_ROUND = "per round"
    DERIVED = "derived"


class Field(msgspec.Struct, frozen=True):
    """One extended field of a player line: `unit` is what a value of 1 means."""

    name: str
    unit: str
    carry: Carry
    decimal: bool = False
    signed: bool = False


_C, _P, _D = Carry.CUMULATIVE, Carry.PER_ROUND, Carry.DERIVED

FIELDS: Final[tuple[Field, ...]] = (
    Field("damage_given", "HP", _C),
    Field("damage_received", "HP", _C),
    Field("team_damage_given", "HP", _C),
    Field("team_damage_received", "HP", _C),
    Field("gibs", "n", _C),
    Field("self_kills", "n", _C),
    Field("team_kills", "n", _C),
    Field("team_gibs", "n", _C),
    Field("time_played_pct", "%", _D, decimal=True),
    Field("xp", "XP", _P, signed=True),
    Field("killing_spree", "n", _P),
    Field("death_spree", "n", _P),
    Field("kill_assists", "n", _P),
    Field("kill_steals", "n", _P),
    Field("headshot_kills", "n", _P),
    Field("objectives_stolen", "n", _P),
    Field("objectives_returned", "n", _P),
    Field("dynamites_planted", "n", _P),
    Field("dynamites_defused", "n", _P),
    Field("times_revived", "n", _P),
    Field("bullets_fired", "n", _D),
    Field("dpm", "HP/min", _D, decimal=True),
    Field("time_played_min", "min", _C, decimal=True),
    Field("tank_meatshield", "ratio", _D, decimal=True),
    Field("time_dead_ratio", "%", _D, decimal=True),
    Field("time_dead_min", "min", _P, decimal=True),
    Field("kd", "ratio", _D, decimal=True),
    Field("useful_kills", "n", _P),
    Field("denied_playtime", "s", _P),
    Field("multi2", "n", _P),
    Field("multi3", "n", _P),
    Field("multi4", "n", _P),
    Field("multi5", "n", _P),
    Field("multi6", "n", _P),
    Field("useless_kills", "n", _P),
    Field("full_selfkills", "n", _P),
    Field("repairs", "n", _P),
    Field("revives_given", "n", _P),
)

POSITION: Final[dict[str, int]] = {field.name: i for i, field in enumerate(FIELDS)}

_COMPUTED = ("bullets_fired", "dpm", "tank_meatshield", "time_dead_ratio", "kd", "time_played_min")

KEPT: Final[tuple[str, ...]] = tuple(field.name for field in FIELDS if field.name not in _COMPUTED)
"""The extended fields a stored row keeps. The others are ratios of these, or the seconds beside them."""

_ALL = tuple(range(len(FIELDS)))
_NO_DENIED = (*range(28), *range(29, 34))

LAYOUTS: Final[dict[int, tuple[int, ...]]] = {
    # The oldest servers wrote no minutes played either.
    32: tuple(i for i in _NO_DENIED if i != POSITION["time_played_min"]),
    33: _NO_DENIED,
    36: _ALL[:36],
    37: _ALL[:37],
    38: _ALL,
}
"""Number of extended values on a line → the FIELDS position of each of them."""

WEAPONS: Final[tuple[str, ...]] = (
    "KNIFE",
    "KNIFE_KBAR",
    "LUGER",
    "COLT",
    "MP40",
    "THOMPSON",
    "STEN",
    "FG42",
    "PANZERFAUST",
    "BAZOOKA",
    "FLAMETHROWER",
    "GRENADE",
    "MORTAR",
    "MORTAR2",
    "DYNAMITE",
    "AIRSTRIKE",
    "ARTILLERY",
    "SATCHEL",
    "GRENADELAUNCHER",
    "LANDMINE",
    "MG42",
    "BROWNING",
    "CARBINE",
    "KAR98",
    "GARAND",
    "K43",
    "MP34",
    "SYRINGE",
)
"""Weapon names by the index of their bit in a player line's mask."""

AIMED: Final[frozenset[int]] = frozenset({2, 3, 4, 5, 6, 7, 22, 23, 24, 25, 26})
"""Weapons that can score headshots; the engine's accuracy counts these and no others."""
