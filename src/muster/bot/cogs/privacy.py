"""What is stored about whoever asks. Nobody else can ask, and nobody else sees the answer."""

import asyncio
import gzip
import io
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

import discord
import msgspec
import structlog
from discord.ext import commands

from muster.bot import confirm
from muster.bot.command import command
from muster.bot.context import Context
from muster.bot.pages import Page, Upload
from muster.bot.refusals import Refused
from muster.bot.reply import QUIET
from muster.bot.show import privacy as show
from muster.bot.views import AskersView, embed_of
from muster.community.archive import ArchiveError
from muster.community.privacy import HIMSELF, Done, Export, Stored
from muster.community.privacy import Privacy as Requests
from muster.model.chat import Platform

if TYPE_CHECKING:
    from muster.bot.client import MusterBot

log = structlog.get_logger("muster.bot")

MOST: Final = 8 << 20
"""Bytes of a file that Discord takes anywhere."""

_HERE: Final = Platform.DISCORD


class Privacy(commands.Cog):
    """What is stored about you, and that it goes when you say so."""

    def __init__(self, bot: "MusterBot") -> None:
        self.bot = bot

    @command()
    async def privacy(self, ctx: Context) -> None:
        """What is stored about you: see it, get it, be counted no longer, have it erased."""
        await ctx.defer(ephemeral=True)
        found = await _asked(self._requests.stored(_HERE, _me(ctx)))
        view = Choices(self, ctx, found)
        options: dict[str, Any] = {"embed": embed_of(show.stored(found)), "view": view, "allowed_mentions": QUIET}
        if ctx.interaction is None:
            view.message = await confirm.whisper(ctx, **options)
        else:
            view.message = await ctx.reply(ephemeral=True, **options)

    async def export(self, ctx: Context) -> None:
        """Sends all there is as a file."""
        export = await _asked(self._requests.export(_HERE, _me(ctx), HIMSELF))
        upload = await asyncio.to_thread(_file, export)
        log.info("privacy", action="export")
        await _tell(ctx, show.exported(), upload)

    async def opt_out(self, ctx: Context) -> None:
        """Asks, then counts him no longer."""

        async def confirmed(_: discord.Interaction[Any]) -> None:
            await self._erased(ctx, self._requests.opt_out, show.opted_out)

        await confirm.ask(ctx, show.opt_out(), "Count me no longer", confirmed, private=True)

    async def opt_in(self, ctx: Context) -> None:
        """Counts him again."""
        await self._requests.opt_in(_HERE, _me(ctx), HIMSELF)
        log.info("privacy", action="opt in")
        await _tell(ctx, show.opted_in())

    async def erase(self, ctx: Context) -> None:
        """Asks, then erases."""

        async def confirmed(_: discord.Interaction[Any]) -> None:
            await self._erased(ctx, self._requests.erase, show.erased)

        await confirm.ask(ctx, show.erase(), "Erase everything", confirmed, private=True)

    @property
    def _requests(self) -> Requests:
        return Requests.of(self.bot.store, self.bot.settings.chat_archive)

    async def _erased(
        self, ctx: Context, ask: Callable[[str, str, str], Awaitable[Done]], page: Callable[[Done], Page]
    ) -> None:
        done = await _asked(ask(_HERE, _me(ctx), HIMSELF))
        log.info("privacy", action=ask.__name__, rows=done.rows, archived=done.archived, is_clean=done.is_clean)
        self.bot.cache.clear()
        await _tell(ctx, page(done))


class Choices(AskersView):
    """What may be done with what is stored."""

    def __init__(self, cog: Privacy, ctx: Context, found: Stored) -> None:
        super().__init__(ctx.author.id)
        self._ctx = ctx
        self._offer("Get it all", discord.ButtonStyle.primary, cog.export)
        if found.opted_out:
            self._offer("Count me again", discord.ButtonStyle.success, cog.opt_in)
        else:
            self._offer("Count me no longer", discord.ButtonStyle.secondary, cog.opt_out)
            self._offer("Erase everything", discord.ButtonStyle.danger, cog.erase)

    def _offer(self, label: str, look: discord.ButtonStyle, act: Callable[[Context], Awaitable[None]]) -> None:
        button: discord.ui.Button[Choices] = discord.ui.Button(label=label, style=look)

        async def pressed(interaction: discord.Interaction[Any]) -> None:
            self.stop()
            await interaction.response.edit_message(view=None)
            await self._ctx.bot.guarded(self._ctx, act(self._ctx))

        button.callback = pressed  # type: ignore[method-assign]
        self.add_item(button)


def _me(ctx: Context) -> str:
    return str(ctx.author.id)


async def _asked(asking: Awaitable[Any]) -> Any:
    try:
        return await asking
    except ArchiveError as error:
        raise Refused(
            "The archive can't be read or written now, so nothing is sure: ask again later. "
            "What stands in the database is done already where something was to be erased."
        ) from error


def _file(export: Export) -> Upload:
    """The export as a file, packed where it is large. Raises Refused where it is too large even so."""
    content = msgspec.json.format(msgspec.json.encode(export), indent=1)
    if len(content) <= MOST:
        return Upload("muster-privacy.json", content)
    packed = gzip.compress(content)
    if len(packed) <= MOST:
        return Upload("muster-privacy.json.gz", packed)
    raise Refused("That is more than fits into a message: ask whoever runs the bot for `muster privacy export`.")


async def _tell(ctx: Context, page: Page, upload: Upload | None = None) -> None:
    """Tells the asker alone."""
    options: dict[str, Any] = {"embed": embed_of(page)}
    if upload is not None:
        options["file"] = discord.File(io.BytesIO(upload.content), upload.file)
    if ctx.interaction is None:
        await confirm.whisper(ctx, **options)
    else:
        await ctx.reply(ephemeral=True, allowed_mentions=QUIET, **options)
