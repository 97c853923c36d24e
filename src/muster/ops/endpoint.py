"""`/healthz` and `/metrics` over HTTP."""

import asyncio
from contextlib import suppress
from typing import Final

import msgspec
import structlog
from aiohttp import web

from muster.ops.health import SILENT, Health
from muster.ops.metrics import Metrics

log = structlog.get_logger("muster.ops")

AGAIN: Final = 5.0
"""Seconds until the address is tried again where somebody else has it."""


class Endpoint:
    """Answers how the program is: 200 where no part fails, else 503, both with every part as JSON."""

    def __init__(self, host: str, port: int, health: Health, metrics: Metrics) -> None:
        self.address: tuple[str, int] | None = None
        """Where it listens; None while it does not."""
        self._place = (host, port)
        self._health = health
        self._metrics = metrics

    async def run(self, stop: asyncio.Event) -> None:
        """Answers until it is stopped."""
        app = web.Application(client_max_size=1)
        app.add_routes([web.get("/healthz", self._healthz), web.get("/metrics", self._metrics_page)])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            while not stop.is_set() and self.address is None:
                try:
                    await web.TCPSite(runner, *self._place, reuse_address=True).start()
                except OSError as error:
                    log.warning("health can't be served: set `health_host` and `health_port` right", error=str(error))
                    with suppress(TimeoutError):
                        await asyncio.wait_for(stop.wait(), AGAIN)
                else:
                    host, port = runner.addresses[0][:2]
                    self.address = (host, port)
            await stop.wait()
        finally:
            self.address = None
            await runner.cleanup()

    async def _healthz(self, _: web.Request) -> web.Response:
        state = self._health.latest
        current = self._health.clock() - state.taken_at <= SILENT
        told = {"ok": state.ok and current, **msgspec.to_builtins(state)}
        body = msgspec.json.encode(told)
        return web.Response(status=200 if told["ok"] else 503, body=body, content_type="application/json")

    async def _metrics_page(self, _: web.Request) -> web.Response:
        headers = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        return web.Response(body=self._metrics.text(), headers=headers)
