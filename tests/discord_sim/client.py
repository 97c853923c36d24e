"""An unmodified discord.py client, pointed at the simulator.

    with pointed_at(sim):
        async with running(commands.Bot("!", intents=intents, **QUICK), sim.token) as bot: …

discord is imported from here where warnings are errors: on Python below 3.13 it says that audioop is deprecated.
"""

import asyncio
import contextlib
import warnings
from collections.abc import AsyncIterator, Iterator
from typing import Any, TypeVar

import yarl

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import discord
    from discord import app_commands, gateway, http
    from discord.ext import commands

from tests.discord_sim.sim import DiscordSim

__all__ = ["QUICK", "app_commands", "commands", "discord", "point", "pointed_at", "running"]

QUICK: dict[str, Any] = {"guild_ready_timeout": 0.05}  # else every start waits 2 s for guilds that are there
Client = TypeVar("Client", bound=discord.Client)


def point(api_base: str, gateway_url: str) -> None:
    """Every discord.py client of this process speaks with that server from now on."""
    http.Route.BASE = api_base
    gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)


@contextlib.contextmanager
def pointed_at(sim: DiscordSim, *, quick_identify: bool = True) -> Iterator[None]:
    """Every discord.py client of this process speaks with the simulator while this lasts.

    `quick_identify`: without the 5 s that discord.py sleeps before every IDENTIFY but the first, as after op 9.
    """
    kept = http.Route.BASE, gateway.DiscordWebSocket.DEFAULT_GATEWAY, discord.Client.before_identify_hook
    point(sim.api_base, sim.gateway_url)
    if quick_identify:
        discord.Client.before_identify_hook = _no_wait  # type: ignore[method-assign]
    try:
        yield
    finally:
        http.Route.BASE, gateway.DiscordWebSocket.DEFAULT_GATEWAY, hook = kept
        discord.Client.before_identify_hook = hook  # type: ignore[method-assign]


@contextlib.asynccontextmanager
async def running(client: Client, token: str, *, within: float = 10.0) -> AsyncIterator[Client]:
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


async def _no_wait(self: discord.Client, shard_id: int | None, *, initial: bool = False) -> None:
    """In place of Client.before_identify_hook."""
