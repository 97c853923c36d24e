"""What was played since a moment: a session that people began themselves, whatever the rounds alone make of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from muster.stats import evening
from muster.stats.rows import head_of, row_of, select_heads, select_rows
from muster.stats.source import eligible
from muster.stats.sums import weapon_sums
from muster.stats.values.common import RoundHead, WeaponTotals
from muster.stats.values.evenings import SessionHead, SessionOverview
from muster.stats.weapons import most_used_first, weapon_line
from muster.store.engine import Reader
from muster.store.schema import matches, player_stats, rounds, weapon_stats

LONGEST: Final = timedelta(hours=24)
"""A session that nobody ended lasts no longer than this."""

PAUSE: Final = timedelta(minutes=60)
"""Time without a round after which a gaming session is over: the gap that rounds are grouped by."""


class _Score(msgspec.Struct):
    """A stored match, as far as results go."""

    match_id: str
    match_up: int
    score_a: int
    score_b: int
    valid: bool
    session_id: str


_Heads = dict[int, RoundHead]
_Scores = dict[str, _Score]


async def since(reader: Reader, began_at: datetime, until: datetime) -> SessionOverview:
    """Rounds that ended from one moment to another, at most `LONGEST`, on all servers, as one session.

    Its head begins and ends at these moments; its id is that of the gaming sessions its rounds belong to, joined
    by ` + `, empty where there are none. `day` is on the clock of `began_at`.
    """
    until = min(until, began_at + LONGEST)
    within = {"began_at": began_at, "until": until}
    heads = {row[0]: head_of(row[1:]) for row in await reader.all(_HEADS, within)}
    rows = [row_of(row) for row in await reader.all(_ROWS, within)]
    ids = [head.match_id for head in heads.values() if head.match_id is not None]
    scores = {row.match_id: _Score(*row) for row in await reader.all(_SCORES, {"ids": ids})}
    weapons = await reader.all(_WEAPONS, within)
    sessions = list(dict.fromkeys(head.session_id or "" for head in heads.values()))
    if len(sessions) > 1:
        heads, scores = _renumbered(heads, scores)
    head = SessionHead(
        session_id=" + ".join(sessions),
        server=", ".join(sorted({head.server for head in heads.values()})),
        started_at=began_at,
        ended_at=until,
        day=began_at.year * 10000 + began_at.month * 100 + began_at.day,
        seconds=(until - began_at).total_seconds(),
        rounds=len(heads),
        matches=len(scores),
        players=len({row.player.key for row in rows}),
        match_ups=len({head.match_up for head in heads.values()} - {None}),
    )
    lines = most_used_first(weapon_line(index, WeaponTotals(*sums)) for index, *sums in weapons)
    return evening.overview(head, heads, rows, scores, lines)


def _renumbered(heads: _Heads, scores: _Scores) -> tuple[_Heads, _Scores]:
    """Match-ups of several gaming sessions under numbers of their own, in the order they were played."""
    places = [(head.session_id or "", head.match_up) for head in heads.values() if head.match_up is not None]
    numbers = {place: number for number, place in enumerate(dict.fromkeys(places), 1)}

    def numbered(session_id: str | None, match_up: int | None) -> int | None:
        return None if match_up is None else numbers[session_id or "", match_up]

    replace = msgspec.structs.replace
    return (
        {key: replace(head, match_up=numbered(head.session_id, head.match_up)) for key, head in heads.items()},
        {key: replace(score, match_up=numbered(score.session_id, score.match_up)) for key, score in scores.items()},
    )


_R, _P, _W, _M = rounds.c, player_stats.c, weapon_stats.c, matches.c


def _asked() -> Sequence[sa.ColumnElement[bool]]:
    return (_R.session_id.is_not(None), _R.played_at.between(sa.bindparam("began_at"), sa.bindparam("until")))


_HEADS: Final = select_heads().where(*_asked()).order_by(_R.played_at, _R.file)
_ROWS: Final = select_rows().where(*_asked())
_SCORES: Final[sa.Select[Any]] = sa.select(
    _M.match_id, _M.match_up, _M.score_a, _M.score_b, _M.valid, _M.session_id
).where(_M.match_id.in_(sa.bindparam("ids", expanding=True)))
_WEAPONS: Final = (
    sa.select(_W.weapon, *weapon_sums(weapon_stats))
    .join_from(rounds, player_stats, _P.round_id == _R.id)
    .join(weapon_stats, sa.and_(_W.round_id == _P.round_id, _W.player_id == _P.player_id))
    .where(*_asked(), eligible())
    .group_by(_W.weapon)
)
