"""What a database says, without how it says it: the content of every table by natural keys.

Two databases with the same logical content have the same fingerprint, whatever the ids, the order of rows,
the time of import or the engine.
"""

import hashlib
from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from muster.store.engine import Reader
from muster.store.schema import (
    gaming_sessions,
    match_players,
    matches,
    player_aliases,
    player_rollup,
    player_stats,
    players,
    processed_files,
    ratings,
    rounds,
    servers,
    weapon_rollup,
    weapon_stats,
)

_MODULUS = 1 << 128
_IDS = {"id", "file_id", "server_id", "player_id", "round_id", "processed_at"}


class TableDigest(msgspec.Struct, frozen=True):
    """Number of rows and a sum of their hashes, which no order of rows changes."""

    rows: int
    digest: int


def _query(table: sa.Table) -> sa.Select[Any]:
    """A table's columns, ids replaced by what they stand for."""
    columns: list[sa.ColumnElement[Any]] = [column for column in table.columns if column.name not in _IDS]
    source: sa.FromClause = table
    for column, other, names in (
        ("round_id", rounds, ("file", "server_id")),
        ("server_id", servers, ("name",)),
        ("player_id", players, ("key",)),
    ):
        if column in table.columns:
            source = source.join(other, other.c.id == table.c[column])
            columns += [other.c[name] for name in names if name != "server_id"]
    if "round_id" in table.columns:
        source = source.join(servers, servers.c.id == rounds.c.server_id)
        columns.append(servers.c.name)
    return sa.select(*[column.label(f"c{i}") for i, column in enumerate(columns)]).select_from(source)


QUERIES: Final[dict[str, sa.Select[Any]]] = {
    str(table.name): _query(table)
    for table in (
        servers,
        processed_files,
        rounds,
        players,
        player_aliases,
        player_stats,
        weapon_stats,
        gaming_sessions,
        matches,
        match_players,
        ratings,
        player_rollup,
        weapon_rollup,
    )
}
"""Table → the query of its logical content."""


async def fingerprint(reader: Reader) -> tuple[str, dict[str, TableDigest]]:
    """One hash over the logical content, as 64 hex digits, and the digest of each table."""
    digests = {name: await digest(reader, name) for name in QUERIES}
    text = ";".join(f"{name}:{d.rows}:{d.digest:032x}" for name, d in sorted(digests.items()))
    return hashlib.sha256(text.encode()).hexdigest(), digests


async def digest(reader: Reader, table: str) -> TableDigest:
    """The digest of one table."""
    count = total = 0
    async for part in reader.stream(QUERIES[table]):
        for row in part:
            total += row_hash(tuple(row))
        count += len(part)
    return TableDigest(count, total % _MODULUS)


async def logical_rows(reader: Reader, table: str) -> AsyncIterator[tuple[Any, ...]]:
    """The rows that `digest` hashes."""
    async for part in reader.stream(QUERIES[table]):
        for row in part:
            yield tuple(row)


def column_names(table: str) -> list[str]:
    """What the cells of a logical row are called."""
    return [str(getattr(column, "element", column)) for column in QUERIES[table].selected_columns]


def row_hash(row: tuple[Any, ...]) -> int:
    """128 bits of a row."""
    return int.from_bytes(hashlib.blake2b(repr(row).encode("utf-8", "surrogatepass"), digest_size=16).digest(), "big")
