"""The extended fields of one round of one player: those that are kept, and those that follow from them."""

from collections.abc import Sequence
from typing import Any, Final

from muster.model.fields import FIELDS, KEPT
from muster.stats.formulas import kill_ratio, per_minute

BODY: Final = 130
"""Hit points a player has to lose to be dead and gone, on average, as the server's script has it."""
_LEAST_DAMAGE: Final = 1000
_LEAST_RATIO: Final = 3
_AT: Final = {name: i for i, name in enumerate(KEPT)}
_RECEIVED, _GIVEN, _PCT = _AT["damage_received"], _AT["damage_given"], _AT["time_played_pct"]
NAMES: Final = tuple(field.name for field in FIELDS)


def extended(kills: int, deaths: int, shots: int, seconds: int | None, kept: Sequence[Any]) -> dict[str, Any]:
    """Every extended field by name, in the file's order, round-only, None where unknown.

    `kept` is ordered as KEPT. `dpm` is in HP per minute on a team, `time_dead_ratio` in percent of it.
    """
    found: dict[str, Any] = dict(zip(KEPT, kept, strict=True))
    found["bullets_fired"] = shots
    found["dpm"] = per_minute(kept[_GIVEN], seconds)
    found["time_played_min"] = None if seconds is None else round(seconds / 60, 1)
    found["tank_meatshield"] = meatshield(kept[_RECEIVED], deaths)
    found["time_dead_ratio"] = None if kept[_PCT] is None else round(100 - kept[_PCT], 1)
    found["kd"] = kill_ratio(kills, deaths)
    return {name: found[name] for name in NAMES}


def meatshield(received: int, deaths: int) -> float:
    """Bodies' worth of damage taken for each death; 0 up to 1000 HP taken, and up to 3."""
    ratio = received / max(deaths, 1) / BODY
    return ratio if received > _LEAST_DAMAGE and ratio > _LEAST_RATIO else 0.0
