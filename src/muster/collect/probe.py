"""One look at a collector as it is now, without importing anything."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from muster.collect import clock
from muster.collect.collector import Collector, Listed, collectors_of, zone_of
from muster.collect.running import token_of
from muster.collect.state import State, Unavailable
from muster.config import ServerSettings, Settings


class Place(msgspec.Struct, frozen=True):
    """Where rounds of a game server come from: `folder`, `sftp` or `push`, and the time zone of its clock."""

    server: str
    kind: str
    place: str
    timezone: str


class Found(msgspec.Struct, frozen=True):
    """What a look found: so many files, the newest so called; what is wrong, if anything, and what would help."""

    server: str
    kind: str
    place: str
    state: State
    files: int = 0
    newest: str | None = None
    detail: str = ""
    cure: str = ""


def places(settings: Settings, server: str | None = None) -> Iterator[Place]:
    """Everything that is configured, or what is of one game server."""
    for one in settings.servers:
        if server is not None and one.name != server:
            continue
        zone = zone_of(settings, one.name)
        for collector in collectors_of(settings, one):
            yield Place(one.name, collector.kind, collector.place, zone)
        if one.push_token_env:
            yield Place(one.name, "push", _endpoint(settings), zone)


async def probe(settings: Settings, server: ServerSettings) -> list[Found]:
    """How every collector of a game server is."""
    found = [await _looked(one) for one in collectors_of(settings, server)]
    if server.push_token_env:
        _, trouble = token_of(server)
        state = trouble.state if trouble else State.OK
        words = (trouble.what, trouble.cure) if trouble else ("", "")
        found.append(Found(server.name, "push", _endpoint(settings), state, 0, None, *words))
    return found


async def _looked(collector: Collector) -> Found:
    about = (collector.server, collector.kind, collector.place)
    try:
        files = await collector.listing()
    except Unavailable as error:
        return Found(*about, error.state, 0, None, error.what, error.cure)
    finally:
        await collector.close()
    wrong = clock.ahead(files, datetime.now(UTC))
    return Found(*about, State.CLOCK_OFF if wrong else State.OK, len(files), _newest(files), *(wrong or ("", "")))


def _newest(files: list[Listed]) -> str | None:
    """Names begin with the date."""
    return max((file.name for file in files), default=None)


def _endpoint(settings: Settings) -> str:
    return f"http://{settings.push_host}:{settings.push_port}/rounds/"
