"""What a command knows about its asker."""

import asyncio
from typing import TYPE_CHECKING, Any, Final

import discord
from discord.ext import commands

if TYPE_CHECKING:
    from muster.bot.client import MusterBot

    Base = commands.Context[MusterBot]
else:
    Base = commands.Context


PATIENCE: Final = 0.7
"""Seconds a typed command may take before the bot is seen to be writing."""
LONGEST: Final = 120.0


class Context(Base):
    """A command being answered. `chosen` maps what was typed to the key of the player it was found to mean."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.chosen: dict[str, str] = {}
        self._thinking = False
        self._writing: asyncio.Task[None] | None = None

    async def defer(self, *, ephemeral: bool = False) -> None:
        """Shows that it takes a moment, of a typed command once it does; a second call does nothing."""
        if self.interaction is None:
            if self._writing is None:
                self._writing = asyncio.create_task(self._write())
        elif not self.interaction.response.is_done():
            await super().defer(ephemeral=ephemeral)
            self._thinking = not ephemeral

    async def send(self, content: str | None = None, **options: Any) -> discord.Message:
        """Sends; what is for the asker alone stays so where everybody has seen a "thinking…" already.

        Discord would put it in its place, and leave it public.
        """
        if self._thinking and options.get("ephemeral") and self.interaction is not None:
            await self.interaction.delete_original_response()
        self._thinking = False
        self.answered()
        return await super().send(content, **options)

    def answered(self) -> None:
        """Stops showing that it takes a moment: there is an answer, or there will be none."""
        if self._writing is not None:
            self._writing.cancel()

    async def _write(self) -> None:
        await asyncio.sleep(PATIENCE)
        try:
            async with self.typing():
                await asyncio.sleep(LONGEST)
        except discord.HTTPException:
            # Not being seen to write is no reason not to answer.
            return
