"""One message that shows the game servers as they are: asked every minute, edited where something has changed."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import structlog

from muster.announce.news import GAME_STATUS, utc_now
from muster.announce.waiting import first_of
from muster.bot.show.server import Standing
from muster.config import ServerSettings, Settings
from muster.ops.quake3 import GameServers, LiveStatus, NoAnswer
from muster.store import outbox
from muster.store.engine import Store, StoreError
from muster.store.outbox import Call

log = structlog.get_logger("muster.bot")

FRESH: Final = timedelta(minutes=5)
"""After so long it is edited also where nothing has changed: it says when the servers were asked."""

_SHOWN: Final = ("mapname", "sv_hostname", "hostname", "sv_maxclients", "g_gametype", "timelimit")
"""What of a server's variables is shown, and kept with the post; others may be nobody's business."""


class StatusBoard:
    """Asks the game servers and calls for the message. It is a post like others: one row, sent once, then edited."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        games: GameServers,
        done: Callable[[], None] = lambda: None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        assert settings.status_channel_id is not None
        self._channel_id = settings.status_channel_id
        self._servers = [server for server in settings.servers if server.address]
        self._every = timedelta(seconds=settings.status_seconds)
        self._store = store
        self._games = games
        self._done = done
        self._clock = clock
        self._shown: tuple[Standing, ...] | None = None
        self._shown_at: datetime | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Keeps the message true until it is stopped."""
        while not stop.is_set():
            try:
                await self.look()
            except StoreError as error:
                log.warning("the status of game servers waits for the database", error=str(error))
            await first_of(stop.wait(), seconds=self._every.total_seconds())

    async def look(self) -> None:
        """Asks every server once, and calls for an edit where the message would be another one."""
        if self._shown is None:
            self._shown = await self._known()
        before = {one.name: one for one in self._shown}
        asked = await asyncio.gather(*(self._ask(server) for server in self._servers))
        now = self._clock().replace(microsecond=0)
        found = tuple(_follow(before.get(one.name), one, now) for one in asked)
        fresh = self._shown_at is not None and now - self._shown_at < FRESH
        if fresh and _same(found, self._shown):
            return
        subject = {"servers": msgspec.to_builtins(found), "at": now.isoformat()}
        call = Call(f"{GAME_STATUS}@{self._channel_id}", self._channel_id, GAME_STATUS, subject, now)
        async with self._store.write() as writer:
            await outbox.show(writer, call, now, self._every)
        self._shown, self._shown_at = found, now
        self._done()

    async def _known(self) -> tuple[Standing, ...]:
        """What the message showed when the program ended: since when a map is played is known by it."""
        async with self._store.read() as reader:
            subject: Any = await outbox.shown(reader, GAME_STATUS, self._channel_id)
        return () if subject is None else msgspec.convert(subject["servers"], tuple[Standing, ...], strict=False)

    async def _ask(self, server: ServerSettings) -> Standing:
        assert server.address is not None
        try:
            status = await self._games.status(server.address)
        except NoAnswer as error:
            log.info("a game server does not answer", server=server.name, error=str(error))
            return Standing(server.name)
        lower = {key.lower(): value for key, value in status.info.items()}
        info = {name: lower[name] for name in _SHOWN if lower.get(name)}
        return Standing(server.name, LiveStatus(info, status.players, status.asked_at, status.seconds))


def _follow(before: Standing | None, found: Standing, now: datetime) -> Standing:
    """A server with the moment since when it is on its map, or silent."""
    known = before is not None and before.map == found.map and before.since is not None
    return msgspec.structs.replace(found, since=before.since if known and before is not None else now)


def _same(found: Sequence[Standing], before: Sequence[Standing]) -> bool:
    """Whether two messages would show the same, but for when it was asked."""
    return [_facts(one) for one in found] == [_facts(one) for one in before]


def _facts(one: Standing) -> tuple[Any, ...]:
    if one.status is None:
        return one.name, None
    players = [(player.name, player.score) for player in one.status.players]
    return one.name, dict(one.status.info), players
