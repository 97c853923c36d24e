"""The maps of the rotation, with their limits and how fast they are usually done."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Map:
    """``limit`` in seconds; ``pace``: usual attack time / limit; ``defender``: 1 Axis, 2 Allies."""

    name: str
    limit: int
    pace: float
    defender: int = 1
    dynamite: bool = False
    loot: bool = False


ROTATION = (
    Map("supply", 720, 0.98, dynamite=True),
    Map("etl_adlernest", 600, 0.72, loot=True),
    Map("te_escape2", 720, 0.68, loot=True),
    Map("sw_goldrush_te", 720, 1.08, loot=True),
    Map("etl_sp_delivery", 720, 0.93, loot=True),
    Map("et_brewdog", 600, 0.58, dynamite=True),
    Map("erdenberg_t2", 720, 0.86, dynamite=True),
    Map("etl_frostbite", 600, 0.7, loot=True),
    Map("etl_ice", 600, 0.7, defender=2, dynamite=True),
    Map("bremen_b3", 720, 0.84, loot=True),
)
