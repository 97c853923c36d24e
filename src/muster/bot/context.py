"""What a command knows about its asker."""

from typing import TYPE_CHECKING, Any

from discord.ext import commands

if TYPE_CHECKING:
    from muster.bot.client import MusterBot

    Base = commands.Context[MusterBot]
else:
    Base = commands.Context


class Context(Base):
    """A command being answered. `chosen` maps what was typed to the key of the player it was found to mean."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.chosen: dict[str, str] = {}
