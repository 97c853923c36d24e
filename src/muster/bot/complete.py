"""What a slash command offers while it is being typed: players, maps, weapons, periods, who writes, channels."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import discord
from discord import app_commands
from discord.ext import commands

from muster.bot import text
from muster.bot.chat_desk import community_of, visible
from muster.model.fields import WEAPONS
from muster.stats import chat_names, chat_source, names, periods
from muster.stats.metrics import METRICS
from muster.stats.places import fitting, maps, servers
from muster.stats.sessions import session_list

MOST: Final = 25
_SESSIONS: Final = 100

Choices = list[app_commands.Choice[str]]


async def players(interaction: discord.Interaction[Any], current: str) -> Choices:
    """Players by what is typed of a name."""
    async with interaction.client.store.read() as reader:
        found = await names.suggest(reader, current, limit=MOST)
    return [
        app_commands.Choice(
            name=text.cell(candidate.player.name, candidate.player.key)[:100], value=candidate.player.key
        )
        for candidate in found
    ]


async def of_maps(interaction: discord.Interaction[Any], current: str) -> Choices:
    """Maps that were played."""
    async with interaction.client.store.read() as reader:
        return _near(current, await maps(reader))


async def of_servers(interaction: discord.Interaction[Any], current: str) -> Choices:
    """Game servers."""
    async with interaction.client.store.read() as reader:
        return _near(current, await servers(reader))


async def weapons(_: discord.Interaction[Any], current: str) -> Choices:
    """Weapons of the game."""
    return _near(current, WEAPONS)


async def metrics(_: discord.Interaction[Any], current: str) -> Choices:
    """Metrics by title or key."""
    wanted = current.strip().lower()
    found = [m for m in METRICS.values() if wanted in m.title.lower() or wanted in m.key]
    return [app_commands.Choice(name=metric.title, value=metric.key) for metric in found[:MOST]]


async def of_periods(_: discord.Interaction[Any], current: str) -> Choices:
    """The words for periods, and what is typed as it stands."""
    words = [word for word in periods.WORDS if current.strip().lower() in word]
    return _near("", words or [current])


async def of_sessions(interaction: discord.Interaction[Any], current: str) -> Choices:
    """The latest gaming sessions, by their ids, which begin with the date."""
    async with interaction.client.store.read() as reader:
        found = await session_list(reader, limit=_SESSIONS)
    return offered([head.session_id for head in found.sessions], current)


async def chatters(interaction: discord.Interaction[Any], current: str) -> Choices:
    """Who writes on this server, by what is typed of a name."""
    if interaction.guild is None:
        return []
    async with interaction.client.store.read() as reader:
        found = await chat_names.suggest(reader, community_of(interaction.guild), current, limit=MOST)
    return [app_commands.Choice(name=text.cell(one.name, one.key)[:100], value=one.key) for one in found]


async def of_channels(interaction: discord.Interaction[Any], current: str) -> Choices:
    """Channels that anything was counted in, of those the user sees."""
    guild, user = interaction.guild, interaction.user
    if guild is None or not isinstance(user, discord.Member):
        return []
    async with interaction.client.store.read() as reader:
        known = await chat_source.channels_of(reader, community_of(guild))
    seen = {one.name: one.key for one in known.values() if one.name and visible(guild, user, one)}
    near = fitting(sorted(seen), current.removeprefix("#"), MOST)
    return [app_commands.Choice(name=f"#{text.cell(name, seen[name])}"[:100], value=seen[name]) for name in near]


def offered(words: Sequence[str], current: str) -> Choices:
    """Those of some words that hold what is typed, in their order, as far as Discord takes them."""
    wanted = current.strip().lower()
    fitting = [word for word in words if wanted in word.lower() and len(word) <= 100]
    return [app_commands.Choice(name=text.plain(word)[:100] or word, value=word) for word in fitting[:MOST]]


def _near(current: str, words: Sequence[str]) -> Choices:
    return [app_commands.Choice(name=word[:100], value=word[:100]) for word in fitting(words, current, MOST)]


_OFFERED: Final[dict[str, Callable[[discord.Interaction[Any], str], Awaitable[Choices]]]] = {
    "player": players,
    "players": players,
    "other": players,
    "map": of_maps,
    "server": of_servers,
    "weapon": weapons,
    "metric": metrics,
    "period": of_periods,
    "session": of_sessions,
    "who": chatters,
    "channel": of_channels,
}


def offer(command: Any) -> None:
    """Gives every option of a command that is known here its suggestions."""
    assert isinstance(command, commands.HybridCommand)
    if command.app_command is None:
        return
    for parameter in command.app_command.parameters:
        suggest = _OFFERED.get(parameter.name)
        if suggest is not None:
            command.autocomplete(parameter.name)(suggest)  # type: ignore[arg-type]
