"""A Discord that speaks the wire protocol on loopback: gateway v10 and REST v10, for tests and for looking at.

In a test:

    async with DiscordSim() as sim:
        …

As a program: `python -m tests.discord_sim --page`

| part | what for |
|---|---|
| `sim.setup` | guilds, channels, threads, roles, permissions, members, voice |
| `sim.act` | what people do: write, slash commands, buttons, menus, forms, floods |
| `sim.watch` | waiting for the bot's messages, transcripts |
| `sim.faults`, `sim.limits` | 429, 5xx, swallowed answers, latency, lost and doubled events; rate limits |
| `sim.gateway`, `sim.storm`, `sim.outage` | lost connections, RESUME, op 9, heartbeats |
| `sim.truth` | what really happened: every message, every call |
"""

from tests.discord_sim.faults import CREATE_MESSAGE, Harm
from tests.discord_sim.gateway import Drop
from tests.discord_sim.interactions import Interaction
from tests.discord_sim.model import Channel, ChannelType, Guild, Message, Role, User
from tests.discord_sim.permissions import P
from tests.discord_sim.registry import CommandRefused
from tests.discord_sim.sim import DiscordSim
from tests.discord_sim.throttle import Rule

__all__ = [
    "CREATE_MESSAGE",
    "Channel",
    "ChannelType",
    "CommandRefused",
    "DiscordSim",
    "Drop",
    "Guild",
    "Harm",
    "Interaction",
    "Message",
    "P",
    "Role",
    "Rule",
    "User",
]
