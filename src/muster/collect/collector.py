"""Where a game server's round files come from: one small interface, for folders and for other hosts."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol

import msgspec

from muster.collect.state import State, Unavailable
from muster.config import ServerSettings, Settings
from muster.rounds.importer import ServerChoice, find

__all__ = ["Brought", "Collector", "FolderCollector", "Left", "Listed", "Unavailable", "collectors"]

SETTLE_SECONDS: Final = 0.5
"""A file that changed a moment ago may still be growing: it is left for the next time."""


class Listed(msgspec.Struct, frozen=True):
    """A round file that is there: its name, where its collector finds it, its bytes and when it was last written.

    The time is in seconds since 1970, on the clock of the machine the file is on. `settled`: it has not changed for
    long, so that it is taken although its last line has no end.
    """

    name: str
    place: str
    size: int = 0
    written: float = 0.0
    settled: bool = False


class Left(msgspec.Struct, frozen=True):
    """A file that could not be brought, and why. Without a reason it only changed meanwhile."""

    name: str
    trouble: Unavailable | None = None


class Brought(msgspec.Struct, frozen=True):
    """Files that are on this machine now, whole, and those that are not."""

    paths: list[Path]
    left: list[Left] = []


class Collector(Protocol):
    """Round files of one game server, wherever they lie."""

    @property
    def server(self) -> str:
        """The game server the files belong to."""

    @property
    def kind(self) -> str:
        """`folder` or `sftp`."""

    @property
    def place(self) -> str:
        """Where they lie, for people."""

    async def listing(self) -> list[Listed]:
        """The round files that are there and no longer growing, by name. Raises Unavailable."""

    async def fetch(self, files: Sequence[Listed], to: Path) -> Brought:
        """Brings some of them to this machine, to be read; those that have to be copied into `to`.

        Raises Unavailable.
        """

    async def close(self) -> None:
        """Lets go of what it holds open."""


class FolderCollector:
    """Files that lie in a folder of this machine."""

    kind = "folder"

    def __init__(self, server: str, folder: Path) -> None:
        self.server = server
        self.place = str(folder)
        self._folder = folder

    async def listing(self) -> list[Listed]:
        """The round files in the folder and those below it. Raises Unavailable."""
        return await asyncio.to_thread(self._list)

    async def fetch(self, files: Sequence[Listed], to: Path) -> Brought:  # noqa: ARG002
        """The files themselves: they are here."""
        return Brought([Path(file.place) for file in files])

    async def close(self) -> None:
        """There is nothing open."""

    def _list(self) -> list[Listed]:
        if not self._folder.is_dir():
            raise Unavailable(
                f"there is no folder {self._folder}", "make it, mount it, or set `folder` right", State.MISSING
            )
        try:
            # A folder that may not be read looks empty to a search.
            next(iter(self._folder.iterdir()), None)
            return [listed for path in find([self._folder])[0] if (listed := _settled(path))]
        except OSError as error:
            what = f"{self._folder} can't be listed ({error.strerror})"
            raise Unavailable(what, "let Muster's user read it", State.DENIED) from error


def _settled(path: Path) -> Listed | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    if time.time() - status.st_mtime <= SETTLE_SECONDS:
        return None
    return Listed(path.name, str(path), status.st_size, status.st_mtime)


def collectors(settings: Settings, server: str | None = None) -> Iterator[Collector]:
    """Every collector that is configured and can be asked for files, or those of one game server."""
    for one in settings.servers:
        if server is None or one.name == server:
            yield from collectors_of(settings, one)


def collectors_of(settings: Settings, server: ServerSettings) -> Iterator[Collector]:
    """The collectors of a game server."""
    if server.folder is not None:
        yield FolderCollector(server.name, server.folder)
    if server.ssh_host is not None:
        from muster.collect.sftp import Remote, SftpCollector  # only who fetches pays for the library

        yield SftpCollector(Remote.of(settings, server))


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
