"""Game servers: which one a file comes from, and what its clock means."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from muster.model.colours import clean
from muster.model.trouble import Trouble
from muster.rounds.reading import Reading

UNKNOWN_SERVER = "unknown"


class UnknownZone(Trouble):
    """A time zone that does not exist, or not the one a server was imported with."""


class ServerChoice(msgspec.Struct, frozen=True):
    """How files are assigned to game servers.

    `name` puts all of them to one server. Else the header's host name decides: by `hostnames` (clean host name
    → server) where it stands there, else it is the server's name. `zones` holds time zones by server;
    `default_zone` is for servers without one.
    """

    name: str | None = None
    hostnames: Mapping[str, str] = {}
    zones: Mapping[str, str] = {}
    default_zone: str = "UTC"

    def of(self, reading: Reading) -> str:
        """The server of a file."""
        if self.name:
            return self.name
        if reading.file is None:
            return UNKNOWN_SERVER
        host = clean(reading.file.header.server).strip() or UNKNOWN_SERVER
        return self.hostnames.get(host, host)


def moment(stamp: datetime, zone: str) -> datetime:
    """A server's wall clock as a moment in UTC. The hour that autumn repeats is taken as its first run."""
    return stamp.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def check_zone(zone: str) -> None:
    """Raises UnknownZone for what is no time zone."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownZone(f"{zone!r} is no time zone; write it like Europe/Berlin") from None
