"""Questions with one button that does it and one that leaves it be."""

from collections.abc import Awaitable, Callable
from typing import Any

import discord

from muster.bot.context import Context
from muster.bot.pages import ORANGE, Answer, Page
from muster.bot.refusals import Refused
from muster.bot.reply import QUIET
from muster.bot.rules import may_administer
from muster.bot.views import AskersView, embed_of

Confirmed = Callable[[discord.Interaction[Any]], Awaitable[None]]


async def ask(
    ctx: Context, page: Page, label: str, confirmed: Confirmed, *, private: bool = False, by_admins: bool = False
) -> None:
    """Asks, and goes on with `confirmed` when the asker agrees; `by_admins`: when any admin does.

    A private question to a typed command goes to the asker directly, and nowhere else.
    """
    view = Confirm(ctx, label, confirmed, by_admins=by_admins)
    options: dict[str, Any] = {"embed": embed_of(page), "view": view, "allowed_mentions": QUIET}
    if private and ctx.interaction is None:
        view.message = await whisper(ctx, **options)
    else:
        view.message = await ctx.reply(ephemeral=private, mention_author=False, **options)


async def tell_privately(ctx: Context, answer: Answer) -> None:
    """An answer of one page that nobody else may see: there is no falling back to the channel."""
    embed = embed_of(answer.pages[0])
    if ctx.interaction is None:
        await whisper(ctx, embed=embed)
    else:
        await ctx.reply(embed=embed, ephemeral=True, allowed_mentions=QUIET)


async def whisper(ctx: Context, **options: Any) -> discord.Message:
    """Directly to the author. Raises Refused where he takes no direct messages."""
    ctx.answered()
    try:
        return await ctx.author.send(**options)
    except discord.Forbidden:
        raise Refused(
            f"That is for you alone, and you take no direct messages from me: use `/{ctx.command}`."
        ) from None


class Confirm(AskersView):
    """The two buttons."""

    def __init__(self, ctx: Context, label: str, confirmed: Confirmed, *, by_admins: bool = False) -> None:
        super().__init__(ctx.author.id)
        self._ctx = ctx
        self._confirmed = confirmed
        self._by_admins = by_admins
        self.yes.label = label[:80]

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Lets the asker press, or an admin where it takes one."""
        if not self._by_admins:
            return await super().interaction_check(interaction)
        if may_administer(self._ctx.bot.settings, interaction.user):
            return True
        await interaction.response.send_message("An admin of this server has to confirm that.", ephemeral=True)
        return False

    @discord.ui.button(style=discord.ButtonStyle.success)
    async def yes(self, interaction: discord.Interaction[Any], _: discord.ui.Button["Confirm"]) -> None:
        """Does it."""
        self.stop()
        await interaction.response.edit_message(view=None)
        await self._ctx.bot.guarded(self._ctx, self._confirmed(interaction))

    @discord.ui.button(label="Leave it", style=discord.ButtonStyle.secondary)
    async def no(self, interaction: discord.Interaction[Any], _: discord.ui.Button["Confirm"]) -> None:
        """Leaves it be."""
        self.stop()
        await interaction.response.edit_message(embed=embed_of(Page("Left as it was", colour=ORANGE)), view=None)
