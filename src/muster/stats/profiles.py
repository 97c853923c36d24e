"""A player from all sides, in short, and beside another."""

from collections.abc import Iterable
from typing import Final

from muster.stats.history import recent
from muster.stats.leaderboard import standings
from muster.stats.players import career, maps, weapons
from muster.stats.rivals import head_to_head
from muster.stats.sheets import COMBAT, OBJECTIVES, SUPPORT, sheet
from muster.stats.values.common import EVERYTHING, Scope
from muster.stats.values.players import MapLine, Maps
from muster.stats.values.progress import Comparison, Profile, Summary
from muster.stats.values.rankings import GATES, Gates, Standing
from muster.store.engine import Reader

MAP_ROUNDS: Final = 10
"""Rounds from which on a map may be somebody's best."""
LATELY: Final = 10
"""Rounds that make somebody's form."""
BADGES: Final = (
    *("kills", "kd", "accuracy", "headshot_rate", "dpm", "efficiency", "survival", "useful_share"),
    *("revive_rate", "objective_score", "support_score", "consistency", "rating"),
)
"""Metrics there are badges for."""
_MOST_BADGES: Final = 6
_FEWEST_RANKED: Final = 5
_PODIUM: Final = 3
_TOP_HALF: Final = 50
_TOP_TENTH: Final = 90


async def profile(reader: Reader, key: str, scope: Scope = EVERYTHING, *, gates: Gates = GATES) -> Profile:
    """All about a player. Raises UnknownPlayer."""
    work = tuple(dict.fromkeys((*OBJECTIVES, *SUPPORT)))
    return Profile(
        career=await career(reader, key, scope),
        badges=badges(await standings(reader, key, BADGES, scope, gates=gates)),
        combat=await sheet(reader, key, COMBAT, scope, gates=gates),
        objectives=await sheet(reader, key, work, scope, gates=gates),
        weapons=await weapons(reader, key, scope),
        maps=await maps(reader, key, scope),
    )


async def summary(reader: Reader, key: str, scope: Scope = EVERYTHING) -> Summary:
    """A player in short. Raises UnknownPlayer."""
    arms = (await weapons(reader, key, scope)).weapons
    return Summary(
        career=await career(reader, key, scope),
        best_map=best_map(await maps(reader, key, scope)),
        favourite=arms[0] if arms and arms[0].totals.kills else None,
        recent=await recent(reader, key, scope, limit=LATELY),
    )


async def comparison(reader: Reader, first: str, second: str, scope: Scope = EVERYTHING) -> Comparison:
    """Two players side by side. Raises UnknownPlayer."""
    return Comparison(
        first=await career(reader, first, scope),
        second=await career(reader, second, scope),
        head_to_head=await head_to_head(reader, first, second, scope),
    )


def badges(found: Iterable[Standing]) -> tuple[Standing, ...]:
    """Where somebody is among the first three (in the better half) or the best tenth, the best places first.

    There are none where fewer than five are ranked.
    """
    good = [standing for standing in found if _proud(standing)]
    return tuple(sorted(good, key=lambda s: (s.rank or 0, -(s.percentile or 0)))[:_MOST_BADGES])


def _proud(standing: Standing) -> bool:
    if standing.rank is None or standing.percentile is None or standing.total < _FEWEST_RANKED:
        return False
    return standing.percentile >= (_TOP_HALF if standing.rank <= _PODIUM else _TOP_TENTH)


def best_map(found: Maps) -> MapLine | None:
    """The map with the highest DPM among those with enough rounds, where there are several."""
    known = [line for line in found.maps if line.totals.rounds >= MAP_ROUNDS and line.dpm is not None]
    return max(known, key=lambda line: line.dpm or 0) if len(known) > 1 else None
