"""Ratings as they stood before a match, without going through everybody's history."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from muster.store.engine import Reader
from muster.store.schema import match_players, matches

_NEAR: Final = 40
"""Matches looked at first. Who plays tonight mostly played lately."""
_M, _P = matches.c, match_players.c


async def ratings_before(
    reader: Reader, played_at: datetime, match_id: str, player_ids: Collection[int]
) -> dict[int, tuple[float, float]]:
    """Player id → mu and sigma after his last rated match before this one; newcomers are not in it."""
    values = {"played_at": played_at, "match": match_id}
    found = await _latest(reader, _AMONG_NEAR, values, player_ids)
    missing = [player_id for player_id in player_ids if player_id not in found]
    if missing:
        found.update(await _latest(reader, _AMONG_ALL, values, missing))
    return found


async def _latest(
    reader: Reader, statement: sa.Select[Any], values: dict[str, Any], player_ids: Collection[int]
) -> dict[int, tuple[float, float]]:
    rows: Sequence[sa.Row[Any]] = await reader.all(statement, {**values, "players": list(player_ids)})
    return {row.player_id: (row.mu, row.sigma) for row in rows}


def _earlier() -> sa.ColumnElement[bool]:
    moment = sa.bindparam("played_at", type_=_M.played_at.type)
    tie = sa.and_(_M.played_at == moment, _M.match_id < sa.bindparam("match"))
    return sa.and_(_M.played_at <= moment, sa.or_(_M.played_at < moment, tie))


def _his() -> list[sa.ColumnElement[bool]]:
    return [_P.player_id.in_(sa.bindparam("players", expanding=True)), _P.mu.is_not(None)]


def _among_near() -> sa.Select[Any]:
    newest_first = (_M.played_at.desc(), _M.match_id.desc())
    near = sa.select(_M.match_id, _M.played_at).where(_earlier(), _M.margin.is_not(None))
    near_ids = near.order_by(*newest_first).limit(_NEAR).cte("near").prefix_with("MATERIALIZED")
    return (
        sa.select(_P.player_id, _P.mu, _P.sigma)
        .join_from(near_ids, match_players, _P.match_id == near_ids.c.match_id)
        .where(*_his())
        .order_by(near_ids.c.played_at, near_ids.c.match_id)
    )


def _among_all() -> sa.Select[Any]:
    joined = match_players.join(matches, _M.match_id == _P.match_id)
    rows = sa.select(_P.player_id, _P.mu, _P.sigma).select_from(joined).where(_earlier(), *_his())
    return rows.order_by(_M.played_at, _M.match_id)


_AMONG_NEAR = _among_near()
_AMONG_ALL = _among_all()
