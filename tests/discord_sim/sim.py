"""The simulator itself: the server on loopback around one world.

async with DiscordSim() as sim:
    alice = sim.setup.member(sim.guild, "alice")
    … start a bot with sim.api_base, sim.gateway_url and sim.token …
    asked = sim.act.post(sim.channel, alice, "!last_session")
    answer = await sim.watch.message(since=asked)
"""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from aiohttp import web

from tests.discord_sim import rest_commands, rest_guilds, rest_interactions, rest_messages
from tests.discord_sim.act import Act
from tests.discord_sim.api import Api, Route
from tests.discord_sim.core import Core
from tests.discord_sim.gateway import Drop
from tests.discord_sim.model import User
from tests.discord_sim.settings import Settings
from tests.discord_sim.setup import Setup
from tests.discord_sim.storm import Storm
from tests.discord_sim.watch import Watch

PREFIX = "/api/v10"
ROUTES: list[Route] = [
    # Fixed words before names: aiohttp takes the first that fits.
    *sorted(
        [*rest_guilds.routes, *rest_messages.routes, *rest_commands.routes, *rest_interactions.routes],
        key=lambda route: route.path.replace("{", "~"),
    )
]


class DiscordSim:
    """A Discord on loopback. Its world lives as long as the object, whatever happens to the bots."""

    def __init__(self, **settings: Any) -> None:
        self.core = Core.build(Settings(**settings))
        self.setup = Setup(self.core)
        self.act = Act(self.core)
        self.watch = Watch(self.core)
        self.world = self.core.world
        self.gateway = self.core.gateway
        self.faults = self.core.faults
        self.limits = self.core.limits
        self.truth = self.core.truth
        self.guild = self.setup.guild()
        self.channel = self.setup.channel(self.guild, "general")
        self._port = self.core.settings.port
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None

    @property
    def api_base(self) -> str:
        """With the version, as discord.py's Route.BASE."""
        return self.core.api_base

    @property
    def gateway_url(self) -> str:
        return self.gateway.url

    @property
    def token(self) -> str:
        return self.core.settings.token

    @property
    def bot(self) -> User:
        """The account the bot under test logs in to."""
        return self.world.bot

    @property
    def environment(self) -> dict[str, str]:
        """For a bot in a process of its own."""
        return {"DISCORD_API_BASE": self.api_base, "DISCORD_GATEWAY": self.gateway_url, "DISCORD_TOKEN": self.token}

    # The server

    async def start(self) -> "DiscordSim":
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_get("/gateway/", self.gateway.handle)
        app.router.add_get("/gateway", self.gateway.handle)
        app.router.add_get("/attachments/{channel}/{file}/{name}", self.attachment)
        Api(self.core).mount(app.router, ROUTES, PREFIX)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await self._listen()
        host = f"{self.core.settings.host}:{self._port}"
        self.core.api_base = f"http://{host}{PREFIX}"
        self.core.cdn_base = f"http://{host}"
        self.gateway.url = f"ws://{host}/gateway/"
        return self

    async def stop(self) -> None:
        self.gateway.close_everything()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> "DiscordSim":
        return await self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def attachment(self, request: web.Request) -> web.Response:
        """The CDN."""
        found = self.world.files.get(int(request.match_info["file"]))
        if found is None:
            return web.Response(status=404)
        headers = {"Cache-Control": "max-age=86400"}
        return web.Response(body=found.data, content_type=found.content_type, headers=headers)

    # What happens to everything at once

    async def down(self, *, sessions_lost: bool = False) -> None:
        """Refuse connections and lose those there are, until `up()`."""
        assert self._runner is not None
        assert self._site is not None
        await self._site.stop()
        for session in list(self.gateway.sessions.values()) if sessions_lost else ():
            self.gateway.forget(session)
        self.gateway.close_everything()
        server = self._runner.server
        for connection in list(server.connections) if server is not None else ():
            if connection.transport is not None:
                connection.transport.abort()

    async def up(self) -> None:
        await self._listen()

    async def outage(self, seconds: float, *, sessions_lost: bool = False) -> None:
        await self.down(sessions_lost=sessions_lost)
        await asyncio.sleep(seconds)
        await self.up()

    def storm(
        self,
        every: float,
        how: Sequence[Drop] = (Drop.RESET,),
        *,
        jitter: float = 0.3,
        most: int | None = None,
    ) -> Storm:
        """Lose all gateway connections every so many seconds, as an async context."""
        return Storm(self.gateway, self.faults, every, how, jitter, most)

    async def bot_connected(self, within: float = 10.0) -> None:
        """Wait for a session of a bot with a connection (it has been sent READY)."""
        await self.gateway.changed.until(lambda: self.gateway.connected, within, "a bot that is connected")

    def deliver_held(self) -> None:
        """Send the events that `faults.deliveries.reorder` still holds back."""
        deliveries = self.faults.deliveries
        for event in list(deliveries.flush()):
            for session in self.gateway.sessions.values():
                if session.wants(event):
                    session.push(event)

    async def _listen(self) -> None:
        assert self._runner is not None
        self._site = web.TCPSite(self._runner, self.core.settings.host, self._port, reuse_address=True)
        await self._site.start()
        if not self._port:
            self._port = self._runner.addresses[0][1]
