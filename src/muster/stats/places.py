"""Where was played: maps and game servers, the most played first."""

from collections.abc import Iterable

import sqlalchemy as sa

from muster.store.engine import Reader
from muster.store.schema import ALL_MAPS, player_rollup
from muster.store.schema import servers as server_table

_MAPS = (
    sa.select(player_rollup.c.map)
    .where(player_rollup.c.map != ALL_MAPS)
    .group_by(player_rollup.c.map)
    .order_by(sa.func.sum(player_rollup.c.rounds).desc(), player_rollup.c.map)
)


async def maps(reader: Reader) -> list[str]:
    """Maps with an eligible round, the most played first."""
    return [row.map for row in await reader.all(_MAPS)]


async def servers(reader: Reader) -> list[str]:
    """Game servers by name."""
    return [row.name for row in await reader.all(sa.select(server_table.c.name).order_by(server_table.c.name))]


def fitting(names: Iterable[str], text: str, limit: int = 25) -> list[str]:
    """Names that hold a text, those that begin with it first: what is offered while somebody types."""
    wanted = text.strip().lower()
    found = [name for name in names if wanted in name.lower()]
    return sorted(found, key=lambda name: (not name.lower().startswith(wanted), name))[:limit]
