"""A command that is typed and chosen: one function answers both, and its options make suggestions."""

from collections.abc import Awaitable, Callable
from typing import Any

from discord.ext import commands

from muster.bot import complete


def command(**options: Any) -> Callable[[Callable[..., Awaitable[None]]], Any]:
    """A hybrid command whose known options (player, map, …) complete themselves. Takes what `hybrid_command` takes."""

    def make(callback: Callable[..., Awaitable[None]]) -> Any:
        made: Any = commands.hybrid_command(**options)(callback)  # type: ignore[arg-type]
        complete.offer(made)
        return made

    return make


def group(callback: Callable[..., Awaitable[None]]) -> Any:
    """A word that other commands begin with: one slash command for all of them. Typed alone it is a command itself."""
    made: Any = commands.hybrid_group(invoke_without_command=True)(callback)  # type: ignore[arg-type]
    return made


def part(of: Any) -> Callable[[Callable[..., Awaitable[None]]], Any]:
    """A command of a group; its known options complete themselves."""

    def make(callback: Callable[..., Awaitable[None]]) -> Any:
        made: Any = of.command()(callback)
        complete.offer(made)
        return made

    return make
