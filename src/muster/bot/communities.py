"""Discord servers as the model has them."""

from typing import Final

import discord

from muster.model.chat import Community, Platform

DISCORD: Final = Platform.DISCORD
"""Looking a member of an enumeration up by its name costs more than anything else that is done with a message."""


def community_of(guild: discord.Guild) -> Community:
    """A Discord server as the model has it."""
    return Community(DISCORD, str(guild.id), guild.name)
