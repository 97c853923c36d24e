"""One player with one weapon: how often he uses it and how well, where, when, and how others do with it."""

from collections.abc import Callable, Hashable, Sequence
from functools import cache
from typing import Any, Final

import sqlalchemy as sa

from muster.model.fields import WEAPONS
from muster.stats.formulas import percent
from muster.stats.leaderboard import standings_with
from muster.stats.players import totals_of
from muster.stats.source import Shape, binds, eligible, player_of, shape_of, within
from muster.stats.sums import WEAPON_COLUMNS
from muster.stats.values.arms import Armed, ArmedPart, ArmedRound
from muster.stats.values.common import EVERYTHING, Scope, WeaponTotals
from muster.stats.values.rankings import GATES, Gates
from muster.stats.weapons import weapon_index, weapon_line
from muster.store.engine import Reader
from muster.store.schema import player_stats, rounds, weapon_stats

_SUMS: Final = WEAPON_COLUMNS[1:]


async def armed(reader: Reader, key: str, weapon: str, scope: Scope = EVERYTHING, *, gates: Gates = GATES) -> Armed:
    """A player with a weapon. Raises UnknownPlayer and UnknownWeapon."""
    player_id, player = await player_of(reader, key)
    index = weapon_index(weapon)
    values = {**binds(scope), "player": player_id, "weapon": index}
    played = [ArmedRound(*row) for row in await reader.all(_rounds(shape_of(scope)), values)]
    own = _added(played)
    everything = await totals_of(reader, player_id, scope)
    return Armed(
        player=player,
        scope=scope,
        line=weapon_line(index, own),
        share_of_kills=percent(own.kills, everything.kills),
        rounds=everything.rounds,
        gates=gates,
        standings=await standings_with(reader, key, WEAPONS[index], scope, gates=gates),
        maps=tuple(sorted(_parts(played, index, lambda one: one.map), key=lambda part: (-part.rounds, part.name))),
        sessions=_parts(played, index, lambda one: one.session_id),
        played=tuple(played),
    )


def _parts(played: Sequence[ArmedRound], index: int, of: Callable[[ArmedRound], Hashable]) -> tuple[ArmedPart, ...]:
    """Rounds added up by something they have in common, in the order they come."""
    groups: dict[Hashable, list[ArmedRound]] = {}
    for one in played:
        groups.setdefault(of(one), []).append(one)
    return tuple(
        ArmedPart(own[0].map, min(one.day for one in own), len(own), weapon_line(index, _added(own)))
        for own in groups.values()
    )


def _added(played: Sequence[ArmedRound]) -> WeaponTotals:
    return WeaponTotals(len(played), *(sum(getattr(one, name) for one in played) for name in _SUMS))


@cache
def _rounds(shape: Shape) -> sa.Select[Any]:
    """His eligible rounds with the weapon, the latest first."""
    w, p, r = weapon_stats.c, player_stats.c, rounds.c
    joined = player_stats.join(rounds, r.id == p.round_id).join(
        weapon_stats, sa.and_(w.round_id == p.round_id, w.player_id == p.player_id)
    )
    asked = [p.player_id == sa.bindparam("player"), w.weapon == sa.bindparam("weapon"), eligible(), *within(shape)]
    found = (
        sa.select(r.map, r.round, r.day, r.session_id, *(w[name] for name in _SUMS)).select_from(joined).where(*asked)
    )
    return found.order_by(r.played_at.desc(), r.file.desc())
