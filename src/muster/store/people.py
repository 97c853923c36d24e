"""Players and the names they went by."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa

from muster.store import notes
from muster.store.engine import Reader, Writer
from muster.store.files import next_id
from muster.store.schema import player_aliases, player_stats, players, rounds


class Person(msgspec.Struct, frozen=True):
    """A row of `players`."""

    id: int
    key: str
    guid: str
    is_bot: bool
    name: str


class Sighting(msgspec.Struct, frozen=True):
    """A player seen under a clean name in one round."""

    player_id: int
    name: str
    seen: datetime


async def ids_of(reader: Reader, keys: Iterable[str]) -> dict[str, int]:
    """Player ids by key, of those who are known."""
    rows = await reader.among(sa.select(players.c.key, players.c.id), players.c.key, keys)
    return {row.key: row.id for row in rows}


async def add_people(writer: Writer, newcomers: Sequence[tuple[str, str, bool, str]]) -> dict[str, int]:
    """Stores players (key, GUID, whether a bot, name) and returns their ids by key."""
    first = await next_id(writer, players)
    rows = [(first + i, *newcomer) for i, newcomer in enumerate(newcomers)]
    await writer.insert(players, rows)
    return {row[1]: row[0] for row in rows}


async def note_names(writer: Writer, sightings: Iterable[Sighting]) -> None:
    """Adds sightings to the aliases and gives every player the name he was last seen with."""
    aliases: dict[tuple[int, str], tuple[datetime, datetime, int]] = {}
    for sighting in sightings:
        key = (sighting.player_id, sighting.name)
        first, last, count = aliases.get(key, (sighting.seen, sighting.seen, 0))
        aliases[key] = (min(first, sighting.seen), max(last, sighting.seen), count + 1)
    lesser, greater = ("MIN", "MAX") if writer.dialect == "sqlite" else ("LEAST", "GREATEST")
    await writer.upsert(
        player_aliases,
        [(*key, *value) for key, value in aliases.items()],
        {
            "first_seen": f"{lesser}(old.first_seen, new.first_seen)",
            "last_seen": f"{greater}(old.last_seen, new.last_seen)",
            "rounds": "old.rounds + new.rounds",
        },
    )
    await _set_names(writer, {player_id for player_id, _ in aliases})


async def recount_names(writer: Writer, player_ids: Iterable[int], clean: dict[str, str]) -> None:
    """Counts the aliases of players anew after rounds were taken away; `clean` maps written names to clean ones.

    Players of whom nothing is left are forgotten.
    """
    ids = sorted(player_ids)
    if not ids:
        return
    await notes.recounted(writer)
    await writer.run(
        sa.delete(player_aliases).where(player_aliases.c.player_id == sa.bindparam("i")), [{"i": i} for i in ids]
    )
    p = player_stats.c
    query = sa.select(p.player_id, p.name, rounds.c.played_at).join(rounds, rounds.c.id == p.round_id)
    rows = await writer.among(query, p.player_id, ids)
    left = {row.player_id for row in rows}
    await writer.run(
        sa.delete(players).where(players.c.id == sa.bindparam("i")), [{"i": i} for i in ids if i not in left]
    )
    await note_names(writer, [Sighting(row.player_id, clean[row.name], row.played_at) for row in rows])


async def written_names(reader: Reader, player_ids: Sequence[int]) -> set[str]:
    """Every name as written, of these players."""
    p = player_stats.c
    return {row.name for row in await reader.among(sa.select(p.name).distinct(), p.player_id, player_ids)}


async def _set_names(writer: Writer, player_ids: Iterable[int]) -> None:
    a = player_aliases.c
    latest: dict[int, tuple[datetime, str]] = {}
    for row in await writer.among(sa.select(a.player_id, a.name, a.last_seen), a.player_id, player_ids):
        # Two names in one round can only be two bots' doing; any fixed choice will do.
        latest[row.player_id] = max(latest.get(row.player_id, (row.last_seen, row.name)), (row.last_seen, row.name))
    statement = sa.update(players).where(players.c.id == sa.bindparam("i")).values(name=sa.bindparam("n"))
    await writer.run(statement, [{"i": i, "n": name} for i, (_, name) in latest.items()])
