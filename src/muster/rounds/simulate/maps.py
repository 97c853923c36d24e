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
    Map("supply", 720, 0.92, dynamite=True),
    Map("etl_adlernest", 600, 0.68, loot=True),
    Map("te_escape2", 720, 0.6, loot=True),
    Map("sw_goldrush_te", 720, 0.95, loot=True),
    Map("etl_sp_delivery", 720, 0.8, loot=True),
    Map("et_brewdog", 600, 0.55, dynamite=True),
    Map("erdenberg_t2", 720, 0.75, dynamite=True),
    Map("etl_frostbite", 600, 0.62, loot=True),
    Map("etl_ice", 600, 0.65, defender=2, dynamite=True),
    Map("bremen_b3", 720, 0.75, loot=True),
)
