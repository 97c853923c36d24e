"""What lies where the game servers' files are fetched from."""

import asyncio
from datetime import UTC
from zoneinfo import ZoneInfo

import structlog

from muster.bot.show.folders import Folder
from muster.collect.collector import Collector, Unavailable, collectors, zone_of
from muster.config import Settings
from muster.rounds.filename import read_name
from muster.store import admin as database
from muster.store.engine import Reader

log = structlog.get_logger("muster.bot")


async def folders(settings: Settings, reader: Reader) -> tuple[Folder, ...]:
    """Every collector that is configured, as it is now."""
    found = list(collectors(settings))
    known = await database.known_names(reader) if found else set()
    return tuple(await asyncio.gather(*(_folder(settings, one, known) for one in found)))


async def _folder(settings: Settings, collector: Collector, known: set[str]) -> Folder:
    try:
        files = await collector.listing()
    except Unavailable as error:
        log.info("a folder can't be listed", server=collector.server, error=str(error))
        return Folder(collector.server, 0, 0, None, "its folder can't be listed; `muster doctor` says why")
    finally:
        await collector.close()
    # Names begin with the date: the last one is the newest.
    last = max((file.name for file in files), default=None)
    zone = ZoneInfo(zone_of(settings, collector.server))
    newest = read_name(last).stamp.replace(tzinfo=zone).astimezone(UTC) if last else None
    missing = sum(file.name not in known for file in files)
    return Folder(collector.server, len(files), missing, newest)
