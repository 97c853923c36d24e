"""What may be chosen from while somebody types: maps and game servers. Weapons and metrics are fixed lists."""

from typing import Final

import sqlalchemy as sa

from muster.store.engine import Reader
from muster.store.schema import ALL_MAPS, ALL_MONTHS, player_rollup, servers


async def maps(reader: Reader, text: str = "", *, limit: int = 25) -> tuple[str, ...]:
    """Maps with eligible rounds whose name holds the text, those that begin with it first."""
    return _fitting([row.map for row in await reader.all(_MAPS)], text, limit)


async def game_servers(reader: Reader, text: str = "", *, limit: int = 25) -> tuple[str, ...]:
    """Game servers whose name holds the text, those that begin with it first."""
    return _fitting([row.name for row in await reader.all(_SERVERS)], text, limit)


def _fitting(names: list[str], text: str, limit: int) -> tuple[str, ...]:
    wanted = text.strip().lower()
    fitting = [name for name in names if wanted in name.lower()]
    return tuple(sorted(fitting, key=lambda name: (not name.lower().startswith(wanted), name))[:limit])


_MAPS: Final = (
    sa.select(player_rollup.c.map)
    .where(player_rollup.c.map != ALL_MAPS, player_rollup.c.month == ALL_MONTHS)
    .distinct()
)
_SERVERS: Final = sa.select(servers.c.name)
