"""The whole program on one page: what is opened, in which order, and how it ends."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from muster.collect.folder import watch
from muster.config import Settings
from muster.rounds.importer import Importer, ImportReport, ServerChoice
from muster.store.engine import Store, parse_url
from muster.store.upgrade import check, upgrade


@asynccontextmanager
async def filled(settings: Settings) -> AsyncIterator[Store]:
    """The store, brought to this program's schema, to write to."""
    async with Store(parse_url(settings.url)) as store:
        await upgrade(store)
        yield store


@asynccontextmanager
async def asked(settings: Settings) -> AsyncIterator[Store]:
    """The store as it is, to read from."""
    async with Store(parse_url(settings.url)) as store:
        await check(store)
        yield store


def servers(settings: Settings, name: str | None = None, zone: str | None = None) -> ServerChoice:
    """How files find their game server: by name where one is given, else by the host name in them."""
    zones = {server.name: server.timezone for server in settings.servers if server.timezone}
    if name and zone:
        zones[name] = zone
    return ServerChoice(
        name=name,
        hostnames={host: server.name for server in settings.servers for host in server.hostnames},
        zones=zones,
        default_zone=zone or settings.timezone,
    )


async def import_files(
    store: Store,
    choice: ServerChoice,
    files: Sequence[Path],
    *,
    retry: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> ImportReport:
    """Imports round files once."""
    return await Importer(store, choice).run(files, retry=retry, progress=progress)


async def watch_folder(store: Store, choice: ServerChoice, folder: Path) -> AsyncIterator[ImportReport]:
    """Imports what a folder holds, then what comes, until it is stopped. A report for each portion."""
    importer = Importer(store, choice)
    async for files in watch(folder):
        yield await importer.run(files)
