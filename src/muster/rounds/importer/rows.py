"""From derived rounds to rows of the store, and to what they add to the rollups."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from muster.model.fields import AIMED
from muster.model.rounds import Flag, PlayerRow, RoundFile
from muster.rounds.pairing import Head
from muster.rounds.teams import Membership, Stand
from muster.store.evenings import RoundRow, StandRow
from muster.store.measures import Sample
from muster.store.rollups import Delta

_TEAM_MARKS = int(Flag.BOTH_TEAMS | Flag.SIDE_INFERRED)
_UNCOUNTED = int(Flag.BASE_UNKNOWN)


def head_of_row(row: RoundRow) -> Head:
    """What pairing looks at, of a stored round."""
    return Head(
        file=row.file,
        played_at=row.played_at,
        map=row.map,
        round=row.round,
        winner=row.winner,
        timelimit=row.timelimit,
        next_timelimit=row.next_timelimit,
        keys=frozenset(row.roster.split("\n")),
        carries=row.carries,
    )


def roster_text(file: RoundFile) -> str:
    """The keys of a file, one a line."""
    return "\n".join(sorted(line.key for line in file.players))


def stand_of(row: PlayerRow) -> Stand:
    """A derived row's presence."""
    return Stand(row.key, row.side, row.seconds, row.is_bot)


def stand_of_row(row: StandRow) -> Stand:
    """A stored row's presence."""
    return Stand(row.key, row.side, row.seconds, row.is_bot)


def sums(row: PlayerRow) -> tuple[int, int, int, int, int, int, int]:
    """Kills, deaths, headshots, hits, shots over all weapons; hits and shots over the aimed ones."""
    kills = deaths = headshots = hits = shots = aimed_hits = aimed_shots = 0
    for weapon, h, s, k, d, hs in row.weapons:
        hits += h
        shots += s
        kills += k
        deaths += d
        headshots += hs
        if weapon in AIMED:
            aimed_hits += h
            aimed_shots += s
    return kills, deaths, headshots, hits, shots, aimed_hits, aimed_shots


def with_team(flags: int, membership: Membership | None) -> tuple[int | None, float | None, int]:
    """Team, confidence and flags of a row: the team's marks replace earlier ones."""
    flags &= ~_TEAM_MARKS
    if membership is None:
        return None, None, flags
    if membership.both:
        flags |= int(Flag.BOTH_TEAMS)
    if membership.confidence is not None:
        flags |= int(Flag.SIDE_INFERRED)
    return membership.team, membership.confidence, flags


def player_row(
    round_id: int, player_id: int, row: PlayerRow, membership: Membership | None, columns: tuple[Any, ...]
) -> tuple[Any, ...]:
    """A row of `player_stats`; `columns` are those of `columns_of`."""
    team, confidence, flags = with_team(row.flags, membership)
    return (round_id, player_id, row.name, row.side, team, confidence, flags, *columns[:8], *columns[9:])


def sample(side: int, winner: int, columns: Sequence[Any]) -> Sample | None:
    """A rollup's sample from a row's columns (sums, seconds, flags, kept fields); None where it is not eligible."""
    seconds, flags = columns[7], columns[8]
    if seconds == 0 or flags & _UNCOUNTED:
        return None
    won = None if winner == 0 or side not in (1, 2) else int(side == winner)
    kills, deaths, headshots, hits, shots, aimed_hits, aimed_shots = columns[:7]
    return Sample(kills, deaths, headshots, hits, shots, aimed_hits, aimed_shots, seconds, flags, won, columns[9:])


def add_round(
    delta: Delta,
    sign: int,
    row: RoundRow,
    players: Iterable[tuple[int, int, Sequence[Any]]],
    weapons: Iterable[tuple[int, Iterable[Sequence[int]]]],
) -> None:
    """Adds a valid round to the rollups, or takes it away.

    `players`: player id, side, columns as for `sample`. `weapons`: player id and his weapon rows.
    """
    month = row.day // 100
    counted: set[int] = set()
    for player_id, side, columns in players:
        eligible = sample(side, row.winner, columns)
        if eligible is not None:
            counted.add(player_id)
            delta.player(sign, row.map, month, player_id, row.server_id, eligible)
    for player_id, weapon_rows in weapons:
        if player_id in counted:
            delta.weapons(sign, month, player_id, row.server_id, weapon_rows)


def columns_of(row: PlayerRow) -> tuple[Any, ...]:
    """The columns of `sample`, of a derived row."""
    return (*sums(row), row.seconds, row.flags, *row.kept)


def day_of(stamp: datetime) -> int:
    """YYYYMMDD on the server's clock."""
    return stamp.year * 10000 + stamp.month * 100 + stamp.day
