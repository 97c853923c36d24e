"""Where a game server's round files are fetched from on demand: one small interface, today for folders."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol

import msgspec

from muster.config import ServerSettings, Settings
from muster.rounds.importer import ServerChoice, find

SETTLE_SECONDS: Final = 0.5
"""A file that changed a moment ago may still be growing: it is left for the next time."""


class Unavailable(Exception):
    """A collector can't list or bring its files; the message says why and what would help."""


class Listed(msgspec.Struct, frozen=True):
    """A round file that is there: its name, and where its collector finds it."""

    name: str
    place: str


class Collector(Protocol):
    """Round files of one game server, wherever they lie."""

    @property
    def server(self) -> str:
        """The game server the files belong to."""

    async def listing(self) -> list[Listed]:
        """The round files that are there, by name. Raises Unavailable."""

    async def fetch(self, files: Sequence[Listed]) -> list[Path]:
        """Brings some of them to this machine, to be read. Raises Unavailable."""


class FolderCollector:
    """Files that lie in a folder of this machine."""

    def __init__(self, server: str, folder: Path) -> None:
        self.server = server
        self._folder = folder

    async def listing(self) -> list[Listed]:
        """The round files in the folder and those below it. Raises Unavailable."""
        return await asyncio.to_thread(self._list)

    async def fetch(self, files: Sequence[Listed]) -> list[Path]:
        """The files themselves: they are here."""
        return [Path(file.place) for file in files]

    def _list(self) -> list[Listed]:
        if not self._folder.is_dir():
            raise Unavailable(f"there is no folder {self._folder}: make it, mount it, or set `folder` right")
        try:
            # A folder that may not be read looks empty to a search.
            next(iter(self._folder.iterdir()), None)
            return [Listed(path.name, str(path)) for path in find([self._folder])[0] if _settled(path)]
        except OSError as error:
            cure = "let Muster's user read it"
            raise Unavailable(f"{self._folder} can't be listed ({error.strerror}): {cure}") from error


def _settled(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > SETTLE_SECONDS
    except FileNotFoundError:
        return False


def collectors(settings: Settings) -> Iterator[Collector]:
    """Every collector that is configured."""
    for server in settings.servers:
        if server.folder is not None:
            yield FolderCollector(server.name, server.folder)


def choice_of(settings: Settings, server: str | None) -> ServerChoice:
    """How files find their game server: the one they were collected from, else the host name in them."""
    return ServerChoice(
        name=server,
        hostnames={host: one.name for one in settings.servers for host in one.hostnames},
        zones={one.name: one.timezone for one in settings.servers if one.timezone},
        default_zone=settings.timezone,
    )


def zone_of(settings: Settings, server: str) -> str:
    """The time zone of a server's clock."""
    found: ServerSettings | None = next((one for one in settings.servers if one.name == server), None)
    return (found.timezone if found else None) or settings.timezone
