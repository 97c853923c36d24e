"""One round: the last one, or one by its file."""

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from muster.model.rounds import Flag
from muster.stats.rows import StatRow, added, best_first, heads_by, rows_by, select_heads, usual
from muster.stats.source import SIDES, TEAMS
from muster.stats.values.common import Result, RoundHead, Totals
from muster.stats.values.evenings import RoundPage, RoundPlayer, SideReport
from muster.store.engine import Reader
from muster.store.schema import rounds, servers

LEADERS: Final = 5
"""How many of the best a round or a match names."""


async def last_round(reader: Reader, server: str | None = None) -> RoundPage | None:
    """The round with players that ended last, of any status, on one server or all; None where there is none."""
    row = await reader.first(_LAST_ON if server else _LAST, {"server": server})
    return None if row is None else await _page(reader, row.id)


async def round_page(reader: Reader, file: str, server: str | None = None) -> RoundPage | None:
    """The round of a file. Where several servers have one of this name, `server` says which; None where none has."""
    row = await reader.first(_BY_FILE_ON if server else _BY_FILE, {"file": file, "server": server})
    return None if row is None else await _page(reader, row.id)


async def _page(reader: Reader, round_id: int) -> RoundPage:
    head = (await heads_by(reader, id=round_id))[round_id]
    rows = await rows_by(reader, id=round_id)
    players = sorted((round_player(row, head) for row in rows), key=best_first)
    return RoundPage(
        head=head,
        axis=_side_report("axis", head, players),
        allies=_side_report("allies", head, players),
        others=tuple(player for player in players if player.side is None),
        leaders=tuple(players[:LEADERS]),
        totals=sum_of(players),
    )


def round_player(row: StatRow, head: RoundHead) -> RoundPlayer:
    """A row as it is shown. Whoever ended as a spectator stands on the side of his inferred team."""
    team = TEAMS.get(row.team or 0)
    side = SIDES.get(row.side)
    if side is None and team is not None and head.axis_team is not None:
        side = "axis" if team == head.axis_team else "allies"
    return RoundPlayer(
        player=row.player,
        totals=row.totals,
        **usual(row.totals),
        side=side,
        team=team,
        eligible=row.eligible,
        confidence=row.confidence,
        killing_spree=row.killing_spree,
        death_spree=row.death_spree,
        flags=tuple(Flag(row.flags).names()),
    )


def sum_of(players: Sequence[RoundPlayer]) -> Totals:
    """The totals of some players of a round: `rounds` counts them."""
    return added(player.totals for player in players)


def _side_report(side: str, head: RoundHead, players: Sequence[RoundPlayer]) -> SideReport:
    own = tuple(player for player in players if player.side == side)
    other_team = {"A": "B", "B": "A"}.get(head.axis_team or "")
    result = None if head.winner is None else Result.WON if head.winner == side else Result.LOST
    return SideReport(
        side=side,
        team=head.axis_team if side == "axis" else other_team,
        attacks=head.defender != side,
        result=result,
        players=own,
        totals=sum_of(own),
    )


_R = rounds.c
_WITH_PLAYERS = select_heads().with_only_columns(_R.id).where(_R.session_id.is_not(None))
_ON_SERVER = servers.c.name == sa.bindparam("server")
_LAST = _WITH_PLAYERS.order_by(_R.played_at.desc(), _R.file.desc()).limit(1)
_LAST_ON = _LAST.where(_ON_SERVER)
_BY_FILE = select_heads().with_only_columns(_R.id).where(_R.file == sa.bindparam("file")).order_by(_R.id).limit(1)
_BY_FILE_ON = _BY_FILE.where(_ON_SERVER)
