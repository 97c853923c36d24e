"""Where was played: maps and game servers, the most played first."""

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
