"""Buttons and menus that only the asker may use, and that end politely."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import discord

from muster.bot.pages import Page

TIMEOUT: Final = 180.0
"""Seconds without a press after which buttons are taken off."""

MOST_OPTIONS: Final = 25


def embed_of(page: Page, picture: str | None = None) -> discord.Embed:
    """A page as Discord has it; `picture` is the name of an attached file to be shown in it."""
    embed = discord.Embed(title=page.title, description=page.description or None, colour=page.colour)
    for field in page.fields:
        embed.add_field(name=field.name, value=field.value, inline=field.inline)
    if page.footer:
        embed.set_footer(text=page.footer)
    if picture is not None:
        embed.set_image(url=f"attachment://{picture}")
    return embed


class AskersView(discord.ui.View):
    """A view for one user. Others are told so; after the time-out its parts are gone."""

    def __init__(self, asker: int) -> None:
        super().__init__(timeout=TIMEOUT)
        self.asker = asker
        self.message: discord.Message | None = None

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Lets only the asker press."""
        if interaction.user.id == self.asker:
            return True
        await interaction.response.send_message("These buttons belong to whoever asked. Ask yourself!", ephemeral=True)
        return False

    async def on_timeout(self) -> None:
        """Takes the buttons off."""
        if self.message is not None:
            try:
                await self.message.edit(view=None)
            except discord.HTTPException:
                # The message or the right to edit it is gone: nobody sees the buttons any more.
                self.message = None


class Pager(AskersView):
    """Leafs through pages."""

    def __init__(self, asker: int, pages: Sequence[Page], picture: str | None = None) -> None:
        super().__init__(asker)
        self.pages = pages
        self.picture = picture
        self.at = 0
        self._mark()

    def _mark(self) -> None:
        self.back.disabled = self.at == 0
        self.forward.disabled = self.at == len(self.pages) - 1

    async def _turn(self, interaction: discord.Interaction[Any], by: int) -> None:
        self.at = min(max(self.at + by, 0), len(self.pages) - 1)
        self._mark()
        await interaction.response.edit_message(embed=embed_of(self.pages[self.at], self.picture), view=self)

    @discord.ui.button(label="◀", style=discord.ButtonStyle.secondary)
    async def back(self, interaction: discord.Interaction[Any], _: discord.ui.Button["Pager"]) -> None:
        """The page before."""
        await self._turn(interaction, -1)

    @discord.ui.button(label="▶", style=discord.ButtonStyle.secondary)
    async def forward(self, interaction: discord.Interaction[Any], _: discord.ui.Button["Pager"]) -> None:
        """The page after."""
        await self._turn(interaction, 1)


class Views(AskersView):
    """Chooses among the views of one answer."""

    def __init__(self, asker: int, pages: Sequence[Page], picture: str | None = None) -> None:
        super().__init__(asker)
        self.pages = pages[:MOST_OPTIONS]
        self.picture = picture
        options = [
            discord.SelectOption(label=page.label or page.title, value=str(at), default=at == 0)
            for at, page in enumerate(self.pages)
        ]
        self.menu: discord.ui.Select[Views] = discord.ui.Select(options=options, placeholder="another view")
        self.menu.callback = self._show  # type: ignore[method-assign]
        self.add_item(self.menu)

    async def _show(self, interaction: discord.Interaction[Any]) -> None:
        at = int(self.menu.values[0])
        for option in self.menu.options:
            option.default = option.value == str(at)
        await interaction.response.edit_message(embed=embed_of(self.pages[at], self.picture), view=self)


class ChoiceView(AskersView):
    """One button for each thing that may have been meant; a press answers with that one."""

    def __init__(
        self,
        asker: int,
        choices: Sequence[tuple[str, str]],
        chosen: Callable[[discord.Interaction[Any], str], Awaitable[None]],
    ) -> None:
        super().__init__(asker)
        self._chosen = chosen
        for label, value in choices[:10]:
            button: discord.ui.Button[ChoiceView] = discord.ui.Button(label=label[:80] or "?")
            button.callback = self._pressed(value)  # type: ignore[assignment,method-assign]
            self.add_item(button)

    def _pressed(self, value: str) -> Callable[[discord.Interaction[Any]], Awaitable[None]]:
        async def press(interaction: discord.Interaction[Any]) -> None:
            await interaction.response.defer()
            self.stop()
            await self._chosen(interaction, value)

        return press
