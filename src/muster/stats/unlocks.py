"""Which steps of the ladders players reach by some rounds: asked within the transaction that brings them.

What a player had before is what he has now without these rounds. It comes from the rollups and the rounds
themselves; sessions are counted only for who begins one.
"""

from collections.abc import Iterable, Mapping, Sequence
from operator import sub
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from muster.model.fields import WEAPONS
from muster.stats.achievements import KNIVES, LADDERS, SESSIONS, count, crossed
from muster.stats.metrics import METRICS
from muster.stats.players import sessions_of
from muster.stats.rows import added
from muster.stats.source import counts, eligible
from muster.stats.sums import per_row, summed
from muster.stats.values.common import PlayerRef, Totals
from muster.stats.values.progress import Unlock
from muster.store.engine import Reader
from muster.store.schema import (
    ALL_MAPS,
    ALL_MONTHS,
    player_rollup,
    player_stats,
    players,
    rounds,
    weapon_rollup,
    weapon_stats,
)

_KNIVES: Final = tuple(WEAPONS.index(name) for name in KNIVES)
_SESSION_STEPS: Final = next(ladder.steps for ladder in LADDERS if ladder.key == SESSIONS)
_NAMES: Final = tuple(
    dict.fromkeys(
        (
            "rounds",
            "seconds",
            *(name for ladder in LADDERS if ladder.key in METRICS for name in METRICS[ladder.key].needs),
        )
    )
)
"""The measures that the ladders look at."""


class _Standing(msgspec.Struct):
    """A player on all ladders: what these rounds brought, and where that led."""

    player: PlayerRef
    gained: Totals = Totals()
    knifed: int = 0
    begun: set[str] = msgspec.field(default_factory=set)
    """Sessions that he has no other round in."""
    now: Totals = Totals()
    sessions: int = 0
    """Now; with `begun` it makes the difference."""
    knife_kills: int = 0

    def unlocks(self) -> Iterable[Unlock]:
        """The steps between before and now."""
        before = Totals(*map(sub, msgspec.structs.astuple(self.now), msgspec.structs.astuple(self.gained)))
        for ladder in LADDERS:
            was = count(ladder.key, before, self.sessions - len(self.begun), self.knife_kills - self.knifed)
            now = count(ladder.key, self.now, self.sessions, self.knife_kills)
            if was != now:
                for step in crossed(ladder, was, now):
                    yield Unlock(self.player, ladder.key, step)


async def unlocks(reader: Reader, round_ids: Sequence[int]) -> tuple[Unlock, ...]:
    """What players, not bots, have reached and would not have without these rounds, as far as they count.

    Player by player; the steps of a ladder from the lowest up.
    """
    standings = await _gained(reader, round_ids)
    if not standings:
        return ()
    for player_id, *sums in await reader.all(_TOTALS, {"players": list(standings)}):
        standings[player_id].now = _totals(sums)
    await _know_knives(reader, {id_: standing for id_, standing in standings.items() if standing.knifed})
    await _know_sessions(reader, {id_: standing for id_, standing in standings.items() if standing.begun})
    ordered = sorted(standings.values(), key=lambda standing: standing.player.key)
    return tuple(unlock for standing in ordered for unlock in standing.unlocks())


async def named(reader: Reader, reached: Sequence[tuple[str, str, int]]) -> tuple[Unlock, ...]:
    """What was reached (player's key, ladder, step), by players as they are called now; without who is unknown."""
    wanted = list({key for key, _, _ in reached})
    by_key = {row.key: PlayerRef(*row) for row in await reader.all(_PLAYERS, {"keys": wanted})}
    return tuple(Unlock(by_key[key], ladder, step) for key, ladder, step in reached if key in by_key)


async def _gained(reader: Reader, round_ids: Sequence[int]) -> dict[int, _Standing]:
    """What every player got of these rounds, by his id."""
    standings: dict[int, _Standing] = {}
    for player_id, key, name, session_id, begun, knifed, *sums in await reader.all(_GAINED, {"rounds": round_ids}):
        standing = standings.setdefault(player_id, _Standing(PlayerRef(key, name, False)))
        standing.gained = added((standing.gained, _totals(sums)))
        standing.knifed += knifed
        if begun and session_id is not None:
            standing.begun.add(session_id)
    return standings


async def _know_knives(reader: Reader, standings: Mapping[int, _Standing]) -> None:
    if standings:
        for player_id, kills in await reader.all(_KNIFED, {"players": list(standings)}):
            standings[player_id].knife_kills = kills


async def _know_sessions(reader: Reader, standings: Mapping[int, _Standing]) -> None:
    """Counts the sessions of players who began one, if that may be the session of a step.

    An index tells how many rows of valid rounds somebody has, and of how many sessions. Only as many sessions as
    there are rows that don't count may be too many.
    """
    if not standings:
        return
    for player_id, rows, most in await reader.all(_ROWS, {"players": list(standings)}):
        standing = standings[player_id]
        uncounted = rows - standing.now.rounds
        least = most - uncounted - len(standing.begun)
        if any(least < step <= most for step in _SESSION_STEPS):
            standing.sessions = await sessions_of(reader, player_id) if uncounted else most


def _totals(sums: Iterable[int]) -> Totals:
    return Totals(**dict(zip(_NAMES, sums, strict=True)))


def _ids(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    return column.in_(sa.bindparam(name, expanding=True))


_P, _R, _W = player_stats.c, rounds.c, weapon_stats.c
_COUNTED: Final = player_stats.join(rounds, _R.id == _P.round_id)
_MEASURES: Final = per_row()


def _plays_otherwise() -> sa.ColumnElement[bool]:
    """Whether the player of a row has another row that counts in its session."""
    his, there = player_stats.alias("his"), rounds.alias("there")
    return (
        sa.select(sa.literal(1))
        .select_from(there.join(his, his.c.round_id == there.c.id))
        .where(there.c.session_id == _R.session_id, there.c.id.not_in(sa.bindparam("rounds", expanding=True)))
        .where(his.c.player_id == _P.player_id, there.c.valid, counts(his))
        .correlate(player_stats, rounds)
        .exists()
    )


_KNIFED_THERE: Final = (
    sa.select(summed(_W.kills, "kills"))
    .where(_W.round_id == _P.round_id, _W.player_id == _P.player_id, _W.weapon.in_(_KNIVES))
    .correlate(player_stats)
    .scalar_subquery()
)
_GAINED: Final = (
    sa.select(
        _P.player_id,
        players.c.key,
        players.c.name,
        _R.session_id,
        sa.not_(_plays_otherwise()).label("begun"),
        _KNIFED_THERE.label("knifed"),
        *(sa.func.coalesce(_MEASURES[name], 0).label(name) for name in _NAMES),
    )
    .select_from(_COUNTED.join(players, players.c.id == _P.player_id))
    .where(_ids(_P.round_id, "rounds"), eligible(), sa.not_(players.c.is_bot))
)
_TOTALS: Final = (
    sa.select(player_rollup.c.player_id, *(summed(player_rollup.c[name], name) for name in _NAMES))
    .where(player_rollup.c.map == ALL_MAPS, player_rollup.c.month == ALL_MONTHS)
    .where(_ids(player_rollup.c.player_id, "players"))
    .group_by(player_rollup.c.player_id)
)
_KNIFED: Final = (
    sa.select(weapon_rollup.c.player_id, summed(weapon_rollup.c.kills, "kills"))
    .where(weapon_rollup.c.weapon.in_(_KNIVES), weapon_rollup.c.month == ALL_MONTHS)
    .where(_ids(weapon_rollup.c.player_id, "players"))
    .group_by(weapon_rollup.c.player_id)
)
_ROWS: Final = (
    sa.select(_P.player_id, sa.func.count(), sa.func.count(_R.session_id.distinct()))
    .select_from(_COUNTED)
    .where(_ids(_P.player_id, "players"), _R.valid)
    .group_by(_P.player_id)
)
_PLAYERS: Final = sa.select(players.c.key, players.c.name, players.c.is_bot).where(_ids(players.c.key, "keys"))
