"""Commands by subject. Thin: what is meant, which question, which page."""

from typing import Final

from discord.ext import commands

from muster.bot.cogs.admin import Admin
from muster.bot.cogs.chatlog import ChatLog
from muster.bot.cogs.community import Community
from muster.bot.cogs.helping import Helping
from muster.bot.cogs.leaderboards import Leaderboards
from muster.bot.cogs.linking import Linking
from muster.bot.cogs.players import Players
from muster.bot.cogs.privacy import Privacy
from muster.bot.cogs.server import Server
from muster.bot.cogs.sessions import Sessions
from muster.bot.cogs.sync import Sync
from muster.bot.cogs.teams import Teams

ALL: Final[tuple[type[commands.Cog], ...]] = (
    Players,
    Sessions,
    Teams,
    Leaderboards,
    Community,
    Linking,
    Privacy,
    Server,
    Sync,
    Admin,
    ChatLog,
    Helping,
)
"""Every cog, in the order `help` lists them."""

__all__ = ["ALL"]
