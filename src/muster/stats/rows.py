"""Rounds and their player rows one by one: for answers about a round, a match, an evening, a few recent games."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from muster.model.fields import KEPT
from muster.model.rounds import Flag
from muster.stats.metrics import value
from muster.stats.source import SIDES, TEAMS, counts
from muster.stats.values.common import PlayerLine, PlayerRef, Result, RoundHead, Totals
from muster.store.engine import Reader
from muster.store.measures import Sample, measure
from muster.store.schema import player_stats, players, rounds, servers

_R, _P = rounds.c, player_stats.c
_HEAD: Final = (
    _R.file,
    servers.c.name.label("server"),
    _R.played_at,
    _R.map,
    _R.config,
    _R.round,
    _R.defender,
    _R.winner,
    _R.outcome,
    _R.seconds,
    _R.status,
    _R.valid,
    _R.flags,
    _R.session_id,
    _R.match_id,
    _R.match_up,
    _R.axis_team,
    _R.partner,
)
_PLACE: Final = (
    _P.round_id,
    players.c.key,
    players.c.name,
    players.c.is_bot,
    _P.side,
    _P.team,
    _P.confidence,
    _R.winner,
    _R.valid,
)
_SAMPLED: Final = ("kills", "deaths", "headshots", "hits", "shots", "aimed_hits", "aimed_shots", "seconds", "flags")
_SPREE, _SLUMP = KEPT.index("killing_spree"), KEPT.index("death_spree")


class StatRow(msgspec.Struct, frozen=True):
    """One player in one round. `totals` are that round's measures, whether it counts or not."""

    round_id: int
    player: PlayerRef
    side: int
    team: int | None
    confidence: float | None
    winner: int
    seconds: int | None
    flags: int
    eligible: bool
    killing_spree: int
    death_spree: int
    totals: Totals

    @property
    def result(self) -> Result | None:
        """How the round ended for the side he stood on."""
        if not self.winner or self.side not in SIDES:
            return None
        return Result.WON if self.side == self.winner else Result.LOST


def head_of(row: Sequence[Any]) -> RoundHead:
    """The value of a row of `select_heads`, after its round id."""
    file, server, played_at, map_, config, number, defender, winner, outcome, seconds, *rest = row
    status, valid, flags, session_id, match_id, match_up, axis_team, partner = rest
    winner_team = None
    if axis_team is not None and winner in SIDES:
        winner_team = TEAMS[axis_team if winner == 1 else 3 - axis_team]
    return RoundHead(
        file=file,
        server=server,
        played_at=played_at,
        map=map_,
        config=config,
        round=number,
        defender=SIDES.get(defender),
        winner=SIDES.get(winner),
        outcome=outcome,
        seconds=seconds,
        status=status,
        valid=valid,
        flags=tuple(Flag(flags).names()),
        session_id=session_id,
        match_id=match_id,
        match_up=match_up,
        axis_team=TEAMS.get(axis_team or 0),
        winner_team=winner_team,
        partner=partner,
    )


def select_heads() -> sa.Select[Any]:
    """Rounds as `head_of` takes them, each after its id."""
    return sa.select(_R.id, *_HEAD).join_from(rounds, servers, servers.c.id == _R.server_id)


def select_rows(*more: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Player rows as `row_of` takes them, after `more` columns: everybody who was on a team."""
    kept = (_P[name] for name in (*_SAMPLED, *KEPT))
    joined = player_stats.join(rounds, _R.id == _P.round_id).join(players, players.c.id == _P.player_id)
    on_team = sa.or_(_P.seconds.is_(None), _P.seconds > 0)
    return sa.select(*more, *_PLACE, *kept).select_from(joined).where(on_team)


def row_of(row: Sequence[Any]) -> StatRow:
    """The value of a row of `select_rows`."""
    round_id, key, name, is_bot, side, team, confidence, winner, valid = row[:9]
    seconds, flags = row[16], row[17]
    kept: Sequence[Any] = row[18:]
    won = None if winner == 0 or side not in SIDES else int(side == winner)
    sample = Sample(*[*row[9:18], won, kept])
    return StatRow(
        round_id=round_id,
        player=PlayerRef(key, name, is_bot),
        side=side,
        team=team,
        confidence=confidence,
        winner=winner,
        seconds=seconds,
        flags=flags,
        eligible=valid and not flags & Flag.BASE_UNKNOWN,
        killing_spree=kept[_SPREE] or 0,
        death_spree=kept[_SLUMP] or 0,
        totals=Totals(*measure(sample)),
    )


@cache
def _heads_by(columns: tuple[str, ...]) -> sa.Select[Any]:
    return select_heads().where(*_equal(columns)).order_by(_R.played_at, _R.file)


@cache
def _rows_by(columns: tuple[str, ...]) -> sa.Select[Any]:
    return select_rows().where(*_equal(columns))


def _equal(columns: tuple[str, ...]) -> list[sa.ColumnElement[bool]]:
    return [_R[column] == sa.bindparam(column) for column in columns]


@cache
def _rows_of_ids() -> sa.Select[Any]:
    ids = _P.round_id.in_(sa.bindparam("ids", expanding=True))
    return select_rows().where(ids, _P.player_id == sa.bindparam("player"), counts())


@cache
def _heads_of_ids() -> sa.Select[Any]:
    return select_heads().where(_R.id.in_(sa.bindparam("ids", expanding=True)))


async def heads_by(reader: Reader, **wanted: object) -> dict[int, RoundHead]:
    """Round id → round, in the order they were played, where columns of `rounds` have these values."""
    return {row[0]: head_of(row[1:]) for row in await reader.all(_heads_by(tuple(wanted)), wanted)}


async def heads_of(reader: Reader, round_ids: Iterable[int]) -> dict[int, RoundHead]:
    """Round id → round, of a few rounds."""
    return {row[0]: head_of(row[1:]) for row in await reader.all(_heads_of_ids(), {"ids": list(round_ids)})}


async def rows_by(reader: Reader, **wanted: object) -> list[StatRow]:
    """Everybody who was on a team in the rounds where columns of `rounds` have these values."""
    return [row_of(row) for row in await reader.all(_rows_by(tuple(wanted)), wanted)]


async def rows_of_player(reader: Reader, player_id: int, round_ids: Iterable[int]) -> list[StatRow]:
    """A player's rows of a few rounds, those that count."""
    found = await reader.all(_rows_of_ids(), {"ids": list(round_ids), "player": player_id})
    return [row_of(row) for row in found]


def added(totals: Iterable[Totals]) -> Totals:
    """Totals added up; zeros where there are none."""
    columns = zip(*map(msgspec.structs.astuple, totals), strict=True)
    return Totals(*map(sum, columns))


def line(player: PlayerRef, totals: Totals) -> PlayerLine:
    """A player's totals with the metrics that go with them everywhere."""
    return PlayerLine(player, totals, **usual(totals))


def usual(totals: Totals) -> Mapping[str, float | None]:
    """The metrics of a `PlayerLine`."""
    return {key: value(key, totals) for key in ("kd", "dpm", "accuracy", "headshot_rate")}


def best_first(line: PlayerLine) -> tuple[int, int, str]:
    """The order players of a round are shown in: kills, then damage."""
    return -line.totals.kills, -line.totals.damage_given, line.player.key
