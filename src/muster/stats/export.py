"""Rows for files: plain, in a stable order, columns as documented. Whoever reads them needs no database."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa

from muster.model.colours import clean
from muster.model.fields import WEAPONS
from muster.model.rounds import Flag
from muster.stats import export_reads as reads
from muster.stats import fields
from muster.stats.matches import match_up_id
from muster.stats.results import dates
from muster.stats.source import SIDES, TEAMS, binds, shape_of
from muster.stats.values.common import EVERYTHING, Scope
from muster.store.engine import Reader

Row = dict[str, Any]
PORTION: Final = 200
"""Rounds, matches or sessions read at a time: what an export holds in memory."""

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "player_rounds": (
        *("file", "server", "played_at", "map", "round", "status", "valid", "match_id", "session_id", "guid", "name"),
        *("side", "team", "kills", "deaths", "hits", "shots", "headshots"),
        *fields.NAMES,
    ),
    "weapon_rounds": ("file", "guid", "weapon", *reads.WEAPON_NUMBERS),
    "rounds": (
        *("file", "server", "played_at", "map", "config", "round", "defender", "winner", "outcome", "seconds"),
        *("status", "valid", "flags", "match_id", "session_id", "players"),
    ),
    "matches": (
        *("match_id", "session_id", "match_up_id", "server", "map", "r1_file", "r2_file", "team_a", "team_b"),
        *("score_a", "score_b", "r1_seconds", "r2_seconds"),
    ),
    "sessions": ("session_id", "server", "started_at", "ended_at", "rounds", "matches", "players", "match_ups"),
    "ratings": ("guid", "name", "mu", "sigma", "matches", "rounds"),
}
"""The columns of every export, in order."""


def rows(reader: Reader, what: str, scope: Scope = EVERYTHING, *, everything: bool = False) -> AsyncIterator[Row]:
    """The rows of an export (a key of COLUMNS), in a stable order, without holding them all.

    `everything` adds rounds that are not valid and rows that do not count.
    """
    return _EXPORTS[what](reader, scope, everything)


async def player_rounds(reader: Reader, scope: Scope = EVERYTHING, everything: bool = False) -> AsyncIterator[Row]:
    """Players' rounds, by time, file and GUID; round-only, None where unknown."""
    async for portion in _rounds(reader, scope, everything):
        found = await reader.all(reads.player_rows(everything), {"ids": list(portion)})
        for row in _in_order(found, portion):
            yield _player_round(portion[row[0]], row)


async def weapon_rounds(reader: Reader, scope: Scope = EVERYTHING, everything: bool = False) -> AsyncIterator[Row]:
    """Weapons of players' rounds that did anything, by time, file, GUID and the weapon's index."""
    async for portion in _rounds(reader, scope, everything):
        found = await reader.all(reads.weapon_rows(everything), {"ids": list(portion)})
        for round_id, key, weapon, *numbers in _in_order(found, portion):
            yield {
                "file": portion[round_id].file,
                "guid": key,
                "weapon": WEAPONS[weapon],
                **dict(zip(reads.WEAPON_NUMBERS, numbers, strict=True)),
            }


async def round_rows(reader: Reader, scope: Scope = EVERYTHING, everything: bool = False) -> AsyncIterator[Row]:
    """Rounds by time and file. `players` counts their rows in `player_rounds`, those that do not count included."""
    async for portion in _rounds(reader, scope, everything):
        sizes = {row[0]: row[1] for row in await reader.all(reads.SIZES, {"ids": list(portion)})}
        for round_id, head in portion.items():
            yield {
                "file": head.file,
                "server": head.server,
                "played_at": moment(head.played_at),
                "map": head.map,
                "config": head.config,
                "round": head.round,
                "defender": head.defender,
                "winner": head.winner,
                "outcome": head.outcome,
                "seconds": head.seconds or None,
                "status": head.status,
                "valid": head.valid,
                "flags": Flag(head.flags).names(),
                "match_id": head.match_id,
                "session_id": head.session_id,
                "players": sizes.get(round_id, 0),
            }


async def match_rows(reader: Reader, scope: Scope = EVERYTHING, everything: bool = False) -> AsyncIterator[Row]:
    """Matches by time and id; teams as GUIDs in order."""
    statement = reads.matches_of(shape_of(scope), everything)
    async for portion in reader.stream(statement.params(**binds(scope), **dates(scope)), PORTION):
        teams: dict[tuple[str, int], list[str]] = {}
        for match_id, team, key in await reader.all(reads.ROSTERS, {"ids": [match.match_id for match in portion]}):
            teams.setdefault((match_id, team), []).append(key)
        for match in portion:
            yield {
                "match_id": match.match_id,
                "session_id": match.session_id,
                "match_up_id": match_up_id(match.session_id, match.match_up),
                "server": match.server,
                "map": match.map,
                "r1_file": match.first_file,
                "r2_file": match.second_file,
                "team_a": teams.get((match.match_id, 1), []),
                "team_b": teams.get((match.match_id, 2), []),
                "score_a": match.score_a,
                "score_b": match.score_b,
                "r1_seconds": match.first_seconds,
                "r2_seconds": match.second_seconds,
            }


async def session_rows(reader: Reader, scope: Scope = EVERYTHING, everything: bool = False) -> AsyncIterator[Row]:
    """Sessions by time and id: those with a round that counts, or all; counts are over all their rounds."""
    statement = reads.sessions_of(shape_of(scope), everything)
    async for portion in reader.stream(statement.params(**binds(scope)), PORTION):
        for session in portion:
            yield {
                "session_id": session.session_id,
                "server": session.server,
                "started_at": moment(session.started_at),
                "ended_at": moment(session.ended_at),
                "rounds": session.rounds,
                "matches": session.matches,
                "players": session.players,
                "match_ups": session.match_ups,
            }


async def rating_rows(reader: Reader, scope: Scope = EVERYTHING, everything: bool = False) -> AsyncIterator[Row]:
    """Ratings as they stand, by GUID, of everybody with an eligible round in the scope; `rounds` counts these."""
    columns = COLUMNS["ratings"]
    for row in await reader.all(reads.ratings_of(shape_of(scope), everything), binds(scope)):
        yield dict(zip(columns, row, strict=True))


def moment(at: datetime) -> str:
    """A moment in ISO 8601, UTC, with a Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def _rounds(reader: Reader, scope: Scope, everything: bool) -> AsyncIterator[dict[int, "sa.Row[Any]"]]:
    """Portions of rounds by id, in the order of time."""
    statement = reads.round_heads(shape_of(scope), everything).params(**binds(scope))
    async for portion in reader.stream(statement, PORTION):
        yield {row.id: row for row in portion}


def _in_order(found: Sequence[Sequence[Any]], portion: Mapping[int, Any]) -> list[Sequence[Any]]:
    """Rows of rounds (id first) as their rounds come, then by their next two columns."""
    place = {round_id: i for i, round_id in enumerate(portion)}
    return sorted(found, key=lambda row: (place[row[0]], row[1], row[2]))


def _player_round(head: "sa.Row[Any]", row: Sequence[Any]) -> Row:
    _, key, name, side, team, kills, deaths, hits, shots, headshots, seconds, *kept = row
    return {
        "file": head.file,
        "server": head.server,
        "played_at": moment(head.played_at),
        "map": head.map,
        "round": head.round,
        "status": head.status,
        "valid": head.valid,
        "match_id": head.match_id,
        "session_id": head.session_id,
        "guid": key,
        "name": clean(name),
        "side": SIDES.get(side),
        "team": TEAMS.get(team or 0),
        "kills": kills,
        "deaths": deaths,
        "hits": hits,
        "shots": shots,
        "headshots": headshots,
        **fields.extended(kills, deaths, shots, seconds, kept),
    }


_Export = Callable[[Reader, Scope, bool], AsyncIterator[Row]]
_EXPORTS: Final[Mapping[str, _Export]] = {
    "player_rounds": player_rounds,
    "weapon_rounds": weapon_rounds,
    "rounds": round_rows,
    "matches": match_rows,
    "sessions": session_rows,
    "ratings": rating_rows,
}
