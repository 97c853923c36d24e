"""What a database holds: counts, revision, size."""

from datetime import datetime
from pathlib import Path

import msgspec
import sqlalchemy as sa

from muster.store.engine import Reader, Store
from muster.store.files import Server, all_servers
from muster.store.schema import gaming_sessions, matches, player_stats, players, processed_files, rounds, weapon_stats
from muster.store.upgrade import revision

_STATUS = processed_files.c.status
_BY_STATUS = sa.select(_STATUS, sa.func.count()).group_by(_STATUS).order_by(_STATUS)


class DatabaseInfo(msgspec.Struct, frozen=True):
    """A database in numbers. `size` in bytes, None where the engine does not tell."""

    url: str
    revision: str | None
    size: int | None
    tables: dict[str, int]
    files: dict[str, int]
    servers: list[Server]
    first_round: datetime | None
    last_round: datetime | None

    def pairs(self) -> list[tuple[str, str]]:
        """Label and text, to be shown below the URL."""
        size = "unknown" if self.size is None else f"{self.size / 1_000_000:,.1f} MB"
        span = "none" if self.first_round is None else f"{self.first_round:%Y-%m-%d} to {self.last_round:%Y-%m-%d}"
        return [
            ("revision", str(self.revision)),
            ("size", size),
            ("rounds from", span),
            *((name, f"{count:,}") for name, count in self.tables.items()),
            *((f"files {status}", f"{count:,}") for status, count in self.files.items()),
            *((f"server {server.name}", f"clock in {server.timezone}") for server in self.servers),
        ]


async def describe(store: Store, reader: Reader) -> DatabaseInfo:
    """Counts what a database holds."""
    counted = (rounds, players, player_stats, weapon_stats, gaming_sessions, matches)
    span = await reader.first(sa.select(sa.func.min(rounds.c.played_at), sa.func.max(rounds.c.played_at)))
    return DatabaseInfo(
        url=store.shown,
        revision=await revision(reader),
        size=await _size(store, reader),
        tables={t.name: int(await reader.scalar(sa.select(sa.func.count()).select_from(t))) for t in counted},
        files={row[0]: row[1] for row in await reader.all(_BY_STATUS)},
        servers=await all_servers(reader),
        first_round=span[0] if span else None,
        last_round=span[1] if span else None,
    )


async def _size(store: Store, reader: Reader) -> int | None:
    if store.dialect == "postgresql":
        return int(await reader.scalar(sa.text("SELECT pg_database_size(current_database())")))
    files = [Path(f"{store.url.database}{suffix}") for suffix in ("", "-wal")]
    return sum(file.stat().st_size for file in files if file.exists())
