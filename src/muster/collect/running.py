"""Everything that collects for one program: what is built from the settings, and what it shows of itself."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Final

from muster.collect.collector import zone_of
from muster.collect.state import Board, Noting, State, Unavailable
from muster.collect.steady import Steady
from muster.config import ServerSettings, Settings, from_environment
from muster.rounds.importer import Importer, ImportReport
from muster.store.engine import Store

Run = Callable[[asyncio.Event], Awaitable[None]]

LEAST_TOKEN: Final = 16
"""Characters a token has at least."""


class Collecting:
    """The collectors of every game server. `done` is told what came of each import."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        importer_of: Callable[[str], Importer],
        done: Callable[[ImportReport], None],
    ) -> None:
        self.board = Board()
        self._settings = settings
        self._store = store
        self._importer_of = importer_of
        self._done = done
        self._nudges: dict[str, list[asyncio.Event]] = {}

    def runs(self) -> Iterator[tuple[str, Run]]:
        """What runs until it is stopped, by name; nothing where nothing is configured."""
        pushing = [server for server in self._settings.servers if server.push_token_env]
        for server in self._settings.servers:
            yield from self._looking(server)
        if pushing:
            yield from self._push(pushing)
        if self.board.all():
            yield "states of collectors", Noting(self.board, self._store).run

    def nudge(self, server: str) -> bool:
        """Has everything look at once that fetches from a game server; False where nothing does."""
        events = self._nudges.get(server, [])
        for event in events:
            event.set()
        return bool(events)

    def _looking(self, server: ServerSettings) -> Iterator[tuple[str, Run]]:
        importer, nudges = self._importer_of(server.name), self._nudges.setdefault(server.name, [])
        if server.folder is not None:
            steady = Steady(
                importer, server.folder, self.board.sign(server.name, "folder", str(server.folder)), self._done
            )
            nudges.append(steady.nudge)
            yield f"watch over {server.folder}", steady.run
        if server.ssh_host is not None:
            from muster.collect.patrol import Patrol
            from muster.collect.sftp import Remote, SftpCollector

            collector = SftpCollector(Remote.of(self._settings, server))
            sign = self.board.sign(server.name, collector.kind, collector.place)
            zone = zone_of(self._settings, server.name)
            patrol = Patrol(collector, self._store, importer, sign, zone, done=self._done)
            nudges.append(patrol.nudge)
            yield f"collector of {server.name}", patrol.run

    def _push(self, servers: list[ServerSettings]) -> Iterator[tuple[str, Run]]:
        from muster.collect.push import Push, Sender

        senders = list[Sender]()
        host, port = self._settings.push_host, self._settings.push_port
        for server in servers:
            sign = self.board.sign(server.name, "push", f"http://{host}:{port}/rounds/")
            token, trouble = token_of(server)
            if trouble is not None:
                sign.bad(trouble)
                continue
            zone = zone_of(self._settings, server.name)
            senders.append(
                Sender(server.name, token, self._importer_of(server.name), sign, zone, self._nudger(server.name))
            )
        if senders:
            yield "endpoint for pushed files", Push(host, port, senders, self._done).run

    def _nudger(self, server: str) -> Callable[[], bool]:
        return lambda: self.nudge(server)


def token_of(server: ServerSettings) -> tuple[str, Unavailable | None]:
    """The token a game server pushes with; or what is wrong with it."""
    variable = server.push_token_env or ""
    token = from_environment(variable) or ""
    if not token:
        return "", Unavailable(f"{variable} is not set", "put a token into the environment or .env", State.SETTINGS)
    if len(token) < LEAST_TOKEN:
        what = f"the token in {variable} is shorter than {LEAST_TOKEN} characters"
        return "", Unavailable(what, "make one: openssl rand -hex 24", State.SETTINGS)
    return token, None
