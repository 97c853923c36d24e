"""What a command knows about its asker."""

from typing import TYPE_CHECKING, Any

import discord
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
        self._thinking = False

    async def defer(self, *, ephemeral: bool = False) -> None:
        """Shows that it takes a moment; a second call does nothing."""
        if self.interaction is not None and not self.interaction.response.is_done():
            await super().defer(ephemeral=ephemeral)
            self._thinking = not ephemeral

    async def send(self, content: str | None = None, **options: Any) -> discord.Message:
        """Sends; what is for the asker alone stays so where everybody has seen a "thinking…" already.

        Discord would put it in its place, and leave it public.
        """
        if self._thinking and options.get("ephemeral") and self.interaction is not None:
            await self.interaction.delete_original_response()
        self._thinking = False
        return await super().send(content, **options)
