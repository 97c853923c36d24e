"""One player by a list of metrics, each with his rank: the sheets for efficiency, combat, support, objectives."""

from collections.abc import Sequence
from typing import Final

from muster.stats.formulas import Kind, Metric, ratio
from muster.stats.leaderboard import standings
from muster.stats.metrics import METRICS
from muster.stats.own_rounds import bests
from muster.stats.players import maps, totals_of
from muster.stats.ratings import rating_of
from muster.stats.source import player_of
from muster.stats.values.common import EVERYTHING, Scope, Totals
from muster.stats.values.progress import Combat, Objectives, Sheet, SheetLine
from muster.stats.values.rankings import GATES, Gates, Standing
from muster.store.engine import Reader

EFFICIENCY: Final = (
    *("efficiency", "kd", "damage_efficiency", "kpr", "dpr", "adr", "dpm", "frag_potential"),
    *("survival", "useful_share", "denied_per_minute", "win_rate", "rating"),
)
COMBAT: Final = (
    *("kills", "deaths", "kd", "dpm", "damage_given", "damage_received", "accuracy", "headshot_rate", "headshots"),
    *("headshot_kills", "gibs", "useful_kills", "kill_assists", "kill_steals"),
    *("multi2", "multi3", "multi4", "multi5", "multi6", "self_kills", "team_kills", "team_damage_given"),
)
SUPPORT: Final = (
    *("support_score", "revives_given", "kill_assists", "times_revived", "times_revived_per_death"),
    *("denied_playtime", "denied_per_minute", "useful_share"),
    *("team_damage_given", "team_kills", "team_gibs"),
)
OBJECTIVES: Final = (
    *("objective_score", "dynamites_planted", "dynamites_defused", "objectives_stolen", "objectives_returned"),
    *("repairs", "rounds_won", "win_rate"),
)


async def sheet(
    reader: Reader, key: str, metrics: Sequence[str], scope: Scope = EVERYTHING, *, gates: Gates = GATES
) -> Sheet:
    """A player by some metrics (keys of `METRICS`), ranked as the leaderboards rank. Raises UnknownPlayer."""
    player_id, player = await player_of(reader, key)
    totals = await totals_of(reader, player_id, scope)
    placed = await standings(reader, key, metrics, scope, gates=gates)
    rating = await rating_of(reader, player_id) if "rating" in metrics and totals.rounds else None
    lines = [_line(standing, totals, rating.shown if rating else None) for standing in placed]
    return Sheet(player, scope, totals, gates, tuple(lines))


async def combat(reader: Reader, key: str, scope: Scope = EVERYTHING, *, gates: Gates = GATES) -> Combat:
    """How a player fights. Raises UnknownPlayer."""
    return Combat(await sheet(reader, key, COMBAT, scope, gates=gates), await bests(reader, key, scope))


async def objectives(reader: Reader, key: str, scope: Scope = EVERYTHING, *, gates: Gates = GATES) -> Objectives:
    """What a player does for the objective, also per map. Raises UnknownPlayer."""
    return Objectives(await sheet(reader, key, OBJECTIVES, scope, gates=gates), await maps(reader, key, scope))


def _line(standing: Standing, totals: Totals, rating: int | None) -> SheetLine:
    metric = METRICS[standing.metric]
    value = rating if metric.kind is Kind.RATING else metric.of(totals)
    return SheetLine(metric.key, value, per_round(metric, totals), standing.rank, standing.total)


def per_round(metric: Metric, totals: Totals) -> float | None:
    """A sum per round that tells it; None for ratios, and for sums that are not known round by round."""
    value = metric.of(totals)
    if metric.kind is not Kind.SUM or not metric.needs or value is None:
        return None
    known = metric.needs[1] if len(metric.needs) > 1 else "rounds"
    return ratio(round(value), getattr(totals, known)) if known.endswith("rounds") else None
