"""Where Discord is: the real one, or one that speaks like it."""

import discord
from yarl import URL


def use(api_base: str) -> None:
    """Makes the client talk to another server: its REST API at `api_base`, the gateway it names itself."""
    base = URL(api_base)
    discord.http.Route.BASE = api_base.rstrip("/")
    gateway = base.with_scheme("wss" if base.scheme == "https" else "ws").with_path("/gateway/")
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = gateway
