"""Ratings: the ladder, somebody's skill, and the forecasts that a calibration is fitted on. Bots have none."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from muster.stats.formulas import shown_rating, shown_uncertainty
from muster.stats.ranking import Candidate, ranking
from muster.stats.source import Shape, binds, player_of, shape_of
from muster.stats.sums import totals_by_player
from muster.stats.values.common import EVERYTHING, PlayerRef, Rating, Scope
from muster.stats.values.rankings import GATES, Forecast, Gates, Ladder, LadderEntry, Skill
from muster.store.engine import Reader
from muster.store.schema import matches, players, ratings


async def ladder(
    reader: Reader, scope: Scope = EVERYTHING, *, gates: Gates = GATES, limit: int = 20, offset: int = 0
) -> Ladder:
    """Players by `mu - 3 sigma` as it stands now, those with enough eligible rounds within the scope."""
    rows = await _rated(reader, scope)
    by_key = {row.key: row for row in rows}
    candidates = [candidate_of(row) for row in rows]
    ranked = ranking(candidates, ascending=False, min_rounds=gates.sum_rounds, min_shots=0)
    entries = [
        LadderEntry(
            rank=place.rank,
            player=place.candidate.player,
            mu=by_key[place.candidate.player.key].mu,
            sigma=by_key[place.candidate.player.key].sigma,
            shown=round(place.candidate.value),
            uncertainty=place.candidate.uncertainty or 0,
            matches=by_key[place.candidate.player.key].matches,
            rounds=place.candidate.rounds,
        )
        for place in ranked.places[offset : offset + limit]
    ]
    return Ladder(tuple(entries), offset, len(ranked.places), ranked.left_out, gates.sum_rounds)


async def candidates(reader: Reader, scope: Scope) -> list[Candidate]:
    """Everybody with a rating and an eligible round within the scope."""
    return [candidate_of(row) for row in await _rated(reader, scope)]


async def rating_of(reader: Reader, player_id: int) -> Rating | None:
    """A player's rating and his rank among all who have one; None for who has none."""
    row = await reader.first(_RANKED, {"player": player_id})
    if row is None:
        return None
    return Rating(
        mu=row.mu,
        sigma=row.sigma,
        matches=row.matches,
        shown=shown_rating(row.mu, row.sigma),
        uncertainty=shown_uncertainty(row.sigma),
        rank=row.better + 1,
        ranked=row.ranked,
    )


async def skills(reader: Reader, keys: Sequence[str]) -> tuple[Skill, ...]:
    """Ratings of some players, in the order asked for. Raises UnknownPlayer."""
    found = []
    for key in keys:
        player_id, player = await player_of(reader, key)
        row = await reader.first(_CURRENT, {"player": player_id})
        found.append(Skill(player, row.mu if row else None, row.sigma if row else None))
    return tuple(found)


async def forecasts(reader: Reader) -> list[Forecast]:
    """Every rated match with the advantage team A had before it and its result, in the order they were played."""
    return [
        Forecast(match_id, margin, 0.5 if a == b else float(a > b))
        for match_id, margin, a, b in await reader.all(_FORECASTS)
    ]


def candidate_of(row: "sa.Row[Any]") -> Candidate:
    """A row of `_rated` as a candidate for a ranking by rating."""
    return Candidate(
        player=PlayerRef(row.key, row.name),
        value=shown_rating(row.mu, row.sigma),
        rounds=row.rounds,
        seconds=row.seconds,
        uncertainty=shown_uncertainty(row.sigma),
        order=row.mu - 3 * row.sigma,
    )


async def _rated(reader: Reader, scope: Scope) -> Sequence["sa.Row[Any]"]:
    return await reader.all(_rated_statement(shape_of(scope)), binds(scope))


@cache
def _rated_statement(shape: Shape) -> sa.Select[Any]:
    played = totals_by_player(shape, ("rounds", "seconds")).subquery()
    t = ratings.c
    return (
        sa.select(players.c.key, players.c.name, t.mu, t.sigma, t.matches, played.c.rounds, played.c.seconds)
        .join_from(ratings, players, players.c.id == t.player_id)
        .join(played, played.c.player_id == t.player_id)
    )


def _ranked_statement() -> sa.Select[Any]:
    t, other = ratings.c, ratings.alias("other").c
    better = sa.select(sa.func.count()).where(other.mu - 3 * other.sigma > t.mu - 3 * t.sigma)
    ranked = sa.select(sa.func.count()).select_from(ratings.alias("everyone"))
    return sa.select(
        t.mu, t.sigma, t.matches, better.scalar_subquery().label("better"), ranked.scalar_subquery().label("ranked")
    ).where(t.player_id == sa.bindparam("player"))


_RANKED = _ranked_statement()
_CURRENT = sa.select(ratings.c.mu, ratings.c.sigma).where(ratings.c.player_id == sa.bindparam("player"))
_FORECASTS = (
    sa.select(matches.c.match_id, matches.c.margin, matches.c.score_a, matches.c.score_b)
    .where(matches.c.margin.is_not(None))
    .order_by(matches.c.played_at, matches.c.match_id)
)
