"""One player round by round: his best rounds, and how much he varies."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from statistics import fmean, quantiles, stdev
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from muster.stats.formulas import CONSISTENCY_ROUNDS, kill_ratio, percent
from muster.stats.leaderboard import standings
from muster.stats.players import totals_of
from muster.stats.rows import heads_of
from muster.stats.source import Shape, binds, eligible, player_of, shape_of, within
from muster.stats.values.common import EVERYTHING, Scope
from muster.stats.values.progress import Best, Spread, Steadiness
from muster.stats.values.rankings import GATES, Gates
from muster.store.engine import Reader
from muster.store.measures import SHORT_ROUND
from muster.store.schema import player_stats, rounds

BESTS: Final = ("kills", "dpm", "damage_given", "killing_spree", "headshots", "revives_given")
"""What single rounds are compared by."""
AIMED_SHOTS: Final = 50
"""Aimed shots from which on a single round says something about accuracy."""


class OwnRound(msgspec.Struct, frozen=True):
    """One eligible row of a player, as far as it is looked at here; None is unknown."""

    round_id: int
    seconds: int | None
    kills: int
    deaths: int
    headshots: int
    aimed_hits: int
    aimed_shots: int
    damage_given: int | None
    killing_spree: int | None
    revives_given: int | None

    @property
    def steady(self) -> bool:
        """Whether it is long enough to say something about consistency."""
        return self.seconds is not None and self.seconds > SHORT_ROUND

    @property
    def dpm(self) -> float | None:
        """To a tenth, as consistency is counted; None for a short round."""
        return round((self.damage_given or 0) * 600 / (self.seconds or 1)) / 10 if self.steady else None

    @property
    def kd(self) -> float | None:
        """None for a short round."""
        return kill_ratio(self.kills, self.deaths) if self.steady else None

    @property
    def accuracy(self) -> float | None:
        """Percent; None for a round of few shots."""
        return percent(self.aimed_hits, self.aimed_shots) if self.aimed_shots >= AIMED_SHOTS else None


async def bests(reader: Reader, key: str, scope: Scope = EVERYTHING) -> tuple[Best, ...]:
    """A player's best round by each of `BESTS`, the latest of equals; none where he has nothing of it.

    Raises UnknownPlayer.
    """
    player_id, _ = await player_of(reader, key)
    own = await _own_rounds(reader, player_id, scope)
    chosen = {what: one for what in BESTS if (one := _furthest(own, what, max)) and getattr(one, what)}
    return tuple((await _told(reader, {what: (what, one) for what, one in chosen.items()})).values())


async def steadiness(reader: Reader, key: str, scope: Scope = EVERYTHING, *, gates: Gates = GATES) -> Steadiness:
    """How much a player varies from round to round. Raises UnknownPlayer."""
    player_id, player = await player_of(reader, key)
    own = await _own_rounds(reader, player_id, scope)
    (standing,) = await standings(reader, key, ("consistency",), scope, gates=gates)
    ends = (("best", _furthest(own, "dpm", max)), ("worst", _furthest(own, "dpm", min)))
    told = await _told(reader, {name: ("dpm", one) for name, one in ends if one})
    dpm = [one.dpm for one in own if one.dpm is not None]
    return Steadiness(
        player=player,
        scope=scope,
        totals=await totals_of(reader, player_id, scope),
        standing=standing,
        needed=CONSISTENCY_ROUNDS,
        rounds=len(dpm),
        mean=fmean(dpm) if dpm else None,
        deviation=stdev(dpm) if len(dpm) > 1 else None,
        spreads=tuple(found for what in ("dpm", "kd", "accuracy") if (found := spread(what, own))),
        best=told.get("best"),
        worst=told.get("worst"),
    )


def spread(what: str, own: Sequence[OwnRound]) -> Spread | None:
    """How a metric varies from round to round; None with fewer than two rounds that tell it."""
    values = sorted(value for one in own if (value := getattr(one, what)) is not None)
    if len(values) < 2:
        return None
    low, median, high = quantiles(values, n=4, method="inclusive")
    return Spread(what, len(values), values[0], low, median, high, values[-1])


def _furthest(own: Sequence[OwnRound], what: str, take: Callable[..., OwnRound]) -> OwnRound | None:
    """The round at one end of a field, the latest of equals."""
    telling = [one for one in reversed(own) if getattr(one, what) is not None]
    return take(telling, key=lambda one: getattr(one, what)) if telling else None


async def _told(reader: Reader, chosen: Mapping[str, tuple[str, OwnRound]]) -> dict[str, Best]:
    """Rounds with their heads and the value they were chosen for."""
    heads = await heads_of(reader, {one.round_id for _, one in chosen.values()})
    return {name: Best(what, getattr(one, what), heads[one.round_id]) for name, (what, one) in chosen.items()}


async def _own_rounds(reader: Reader, player_id: int, scope: Scope) -> list[OwnRound]:
    """A player's eligible rows within a scope, in the order they were played."""
    rows = await reader.all(_rows(shape_of(scope)), {**binds(scope), "player": player_id})
    return [OwnRound(*row) for row in rows]


@cache
def _rows(shape: Shape) -> sa.Select[Any]:
    joined = player_stats.join(rounds, rounds.c.id == player_stats.c.round_id)
    columns = (player_stats.c[name] for name in OwnRound.__struct_fields__)
    his = player_stats.c.player_id == sa.bindparam("player")
    found = sa.select(*columns).select_from(joined).where(his, eligible(), *within(shape))
    return found.order_by(rounds.c.played_at, rounds.c.file)
