"""The statements behind exports. Each takes `everything`: whether what does not count comes along."""

from functools import cache
from typing import Any, Final

import sqlalchemy as sa

from muster.model.fields import KEPT
from muster.stats.periods import Grain
from muster.stats.results import within_matches
from muster.stats.source import Shape, counts, within
from muster.stats.sums import totals_by_player
from muster.store.schema import (
    gaming_sessions,
    match_players,
    matches,
    player_stats,
    players,
    ratings,
    rounds,
    servers,
    weapon_stats,
)

WEAPON_NUMBERS: Final = ("hits", "shots", "kills", "deaths", "headshots")
"""The numbers of a weapon, in the order of the columns."""

_R, _P, _W, _S, _M = rounds.c, player_stats.c, weapon_stats.c, gaming_sessions.c, matches.c
_IDS: Final[sa.BindParameter[Any]] = sa.bindparam("ids", expanding=True)


@cache
def round_heads(shape: Shape, everything: bool) -> sa.Select[Any]:
    """Rounds by time and file."""
    columns = (_R.played_at, _R.map, _R.config, _R.round, _R.defender, _R.winner, _R.outcome, _R.seconds, _R.status)
    places = (_R.valid, _R.flags, _R.match_id, _R.session_id)
    return (
        sa.select(_R.id, _R.file, servers.c.name.label("server"), *columns, *places)
        .join_from(rounds, servers, servers.c.id == _R.server_id)
        .where(*within(shape), *([] if everything else [_R.valid]))
        .order_by(_R.played_at, _R.file, servers.c.name)
    )


@cache
def player_rows(everything: bool) -> sa.Select[Any]:
    """Player rows of some rounds (`ids`): round id, key, name, side, team, sums, seconds, kept fields."""
    sums = (_P.kills, _P.deaths, _P.hits, _P.shots, _P.headshots, _P.seconds)
    kept = (_P[name] for name in KEPT)
    return (
        sa.select(_P.round_id, players.c.key, _P.name, _P.side, _P.team, *sums, *kept)
        .join_from(player_stats, players, players.c.id == _P.player_id)
        .where(_P.round_id.in_(_IDS), *([] if everything else [counts()]))
    )


@cache
def weapon_rows(everything: bool) -> sa.Select[Any]:
    """Weapon rows of some rounds (`ids`): round id, key, weapon, numbers."""
    numbers = (_W[name] for name in WEAPON_NUMBERS)
    query = (
        sa.select(_W.round_id, players.c.key, _W.weapon, *numbers)
        .join_from(weapon_stats, players, players.c.id == _W.player_id)
        .where(_W.round_id.in_(_IDS))
    )
    if everything:
        return query
    same = sa.and_(_P.round_id == _W.round_id, _P.player_id == _W.player_id)
    return query.join(player_stats, same).where(counts())


@cache
def matches_of(shape: Shape, everything: bool) -> sa.Select[Any]:
    """Matches by time and id."""
    places = (_M.match_id, _M.session_id, _M.match_up, _M.map, _M.first_file, _M.second_file)
    results = (_M.score_a, _M.score_b, _M.first_seconds, _M.second_seconds)
    return (
        sa.select(*places, *results, servers.c.name.label("server"))
        .join_from(matches, servers, servers.c.id == _M.server_id)
        .where(*within_matches(shape), *([] if everything else [_M.valid]))
        .order_by(_M.played_at, _M.match_id)
    )


@cache
def sessions_of(shape: Shape, everything: bool) -> sa.Select[Any]:
    """Sessions by time and id."""
    asked: list[sa.ColumnElement[bool]] = []
    if shape.grain is not Grain.ALL:
        asked.append(_S.day.between(sa.bindparam("first_day"), sa.bindparam("last_day")))
    if shape.server:
        asked.append(servers.c.name == sa.bindparam("server"))
    of_rounds = [_R.map == sa.bindparam("map")] if shape.map else []
    if not everything:
        of_rounds.append(_R.valid)
    if of_rounds:
        asked.append(sa.exists().where(_R.session_id == _S.session_id, *of_rounds))
    return (
        sa.select(gaming_sessions, servers.c.name.label("server"))
        .join_from(gaming_sessions, servers, servers.c.id == _S.server_id)
        .where(*asked)
        .order_by(_S.started_at, _S.session_id)
    )


@cache
def ratings_of(shape: Shape, everything: bool) -> sa.Select[Any]:
    """Ratings by key, with rounds within the scope."""
    played = totals_by_player(shape, ("rounds",)).subquery()
    t = ratings.c
    return (
        sa.select(players.c.key, players.c.name, t.mu, t.sigma, t.matches, sa.func.coalesce(played.c.rounds, 0))
        .join_from(ratings, players, players.c.id == t.player_id)
        .join(played, played.c.player_id == t.player_id, isouter=everything)
        .order_by(players.c.key)
    )


SIZES: Final = sa.select(_P.round_id, sa.func.count()).where(_P.round_id.in_(_IDS)).group_by(_P.round_id)
ROSTERS: Final = (
    sa.select(match_players.c.match_id, match_players.c.team, players.c.key)
    .join_from(match_players, players, players.c.id == match_players.c.player_id)
    .where(match_players.c.match_id.in_(_IDS))
    .order_by(players.c.key)
)
