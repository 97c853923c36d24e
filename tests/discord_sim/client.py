"""An unmodified discord.py client, pointed at the simulator.

with pointed_at(sim):
    client = commands.Bot("!", intents=intents, **QUICK)
    async with client, running(client, sim.token): …
"""

import asyncio
import contextlib
import warnings
from collections.abc import AsyncIterator, Iterator
from typing import Any

import yarl

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # audioop, on Python below 3.13
    import discord
    from discord import gateway, http

from tests.discord_sim.sim import DiscordSim

QUICK: dict[str, Any] = {"guild_ready_timeout": 0.05}  # else every start waits 2 s for guilds that are there


async def no_wait(self: discord.Client, shard_id: int | None, *, initial: bool = False) -> None:
    """In place of the 5 s discord.py sleeps before every IDENTIFY but the first, as after op 9."""


@contextlib.contextmanager
def pointed_at(sim: DiscordSim, *, quick_identify: bool = True) -> Iterator[None]:
    """Every discord.py client of this process speaks with the simulator while this lasts."""
    kept = http.Route.BASE, gateway.DiscordWebSocket.DEFAULT_GATEWAY, discord.Client.before_identify_hook
    http.Route.BASE = sim.api_base
    gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(sim.gateway_url)
    if quick_identify:
        discord.Client.before_identify_hook = no_wait  # type: ignore[method-assign]
    try:
        yield
    finally:
        http.Route.BASE, gateway.DiscordWebSocket.DEFAULT_GATEWAY, hook = kept
        discord.Client.before_identify_hook = hook  # type: ignore[method-assign]


@contextlib.asynccontextmanager
async def running(client: discord.Client, token: str, *, within: float = 10.0) -> AsyncIterator[discord.Client]:
    """Start a client, wait until it is ready, close it at the end. What its start raises is raised here."""
    async with client:
        started = asyncio.create_task(client.start(token))
        ready = asyncio.create_task(client.wait_until_ready())
        try:
            async with asyncio.timeout(within):
                await asyncio.wait({started, ready}, return_when=asyncio.FIRST_COMPLETED)
            if started.done():
                started.result()
            yield client
        finally:
            ready.cancel()
            await client.close()
            started.cancel()
            await asyncio.gather(started, ready, return_exceptions=True)
