"""Who was best at what in one round. Pure."""

from collections.abc import Sequence
from typing import Final

from muster.stats.metrics import METRICS
from muster.stats.rows import best_first
from muster.stats.values.evenings import RoundPlayer

BESTS: Final = ("kills", "damage_given", "dpm", "accuracy", "revives_given")
"""Metrics that a round names the best by."""

ROUND_SHOTS: Final = 50
"""Aimed shots that the best accuracy of a round takes."""


def bests(players: Sequence[RoundPlayer]) -> dict[str, str]:
    """Metric → the key of who was best by it; a metric that nobody has anything of is left out.

    Bots and rows that do not count stand back where others do. Rates are among who played half as long as whoever
    played longest.
    """
    asked = [p for p in players if p.eligible] or list(players)
    asked = sorted([p for p in asked if not p.player.is_bot] or asked, key=best_first)
    longest = max((player.totals.seconds for player in asked), default=0)
    found = {}
    for key in BESTS:
        metric = METRICS[key]
        values = [
            (value, -place, player.player.key)
            for place, player in enumerate(asked)
            if (value := metric.of(player.totals))
            and (key not in ("dpm", "accuracy") or 2 * player.totals.seconds >= longest)
            and (not metric.shots_gate or player.totals.aimed_shots >= ROUND_SHOTS)
        ]
        if values:
            found[key] = max(values)[2]
    return found
