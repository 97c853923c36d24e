"""Buttons and menus that only the asker may use, and that end politely."""

from collections.abc import Awaitable, Callable, Sequence
from itertools import groupby
from typing import Any, Final

import discord
import structlog

from muster.bot.attached import Attached
from muster.bot.pages import Page

log = structlog.get_logger("muster.bot")

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

    async def on_error(self, interaction: discord.Interaction[Any], error: Exception, _: Any, /) -> None:
        """Tells who pressed, and the log."""
        log.error("a button failed", exc_info=error)
        words = "That should not have happened; the log has it."
        if interaction.response.is_done():
            await interaction.followup.send(words, ephemeral=True)
        else:
            await interaction.response.send_message(words, ephemeral=True)

    async def on_timeout(self) -> None:
        """Takes the buttons off."""
        if self.message is not None:
            try:
                await self.message.edit(view=None)
            except discord.HTTPException:
                # The message or the right to edit it is gone: nobody sees the buttons any more.
                self.message = None


class Pager(AskersView):
    """Leafs through pages, each with the file that goes with it."""

    def __init__(self, asker: int, pages: Sequence[Page], attached: Attached, at: int = 0) -> None:
        super().__init__(asker)
        self.pages = pages
        self.attached = attached
        self.at = at
        self.shown = pages[at]
        self.mark()

    def mark(self) -> None:
        """Makes the parts fit the page that is shown."""
        self.back.disabled = self.at == 0
        self.forward.disabled = self.at == len(self.pages) - 1

    async def turn_to(self, interaction: discord.Interaction[Any], at: int) -> None:
        """Shows another page. A picture that is yet to be drawn may take longer than Discord waits for an answer."""
        self.at = min(max(at, 0), len(self.pages) - 1)
        self.mark()
        before, page = self.shown, self.pages[self.at]
        self.shown = page
        changed: dict[str, Any] = {"embed": embed_of(page, self.attached.image(page)), "view": self}
        if self.attached.name(page) == self.attached.name(before):
            await interaction.response.edit_message(**changed)
            return
        await interaction.response.defer()
        file = await self.attached.file(page)
        await interaction.edit_original_response(attachments=[file] if file else [], **changed)

    @discord.ui.button(label="◀", style=discord.ButtonStyle.secondary, row=1)
    async def back(self, interaction: discord.Interaction[Any], _: discord.ui.Button["Pager"]) -> None:
        """The page before."""
        await self.turn_to(interaction, self.at - 1)

    @discord.ui.button(label="▶", style=discord.ButtonStyle.secondary, row=1)
    async def forward(self, interaction: discord.Interaction[Any], _: discord.ui.Button["Pager"]) -> None:
        """The page after."""
        await self.turn_to(interaction, self.at + 1)


class Views(Pager):
    """Chooses among the views of one answer, and leafs through the pages of a view."""

    def __init__(self, asker: int, pages: Sequence[Page], attached: Attached, at: int = 0) -> None:
        groups = [tuple(group) for _, group in groupby(pages, key=lambda page: page.label or page.title)]
        self.groups = groups[:MOST_OPTIONS]
        chosen, start = 0, 0
        while chosen + 1 < len(self.groups) and start + len(self.groups[chosen]) <= at:
            start += len(self.groups[chosen])
            chosen += 1
        super().__init__(asker, self.groups[chosen], attached, min(at - start, len(self.groups[chosen]) - 1))
        options = [
            discord.SelectOption(label=group[0].label or group[0].title, value=str(place), default=place == chosen)
            for place, group in enumerate(self.groups)
        ]
        self.menu: discord.ui.Select[Views] = discord.ui.Select(options=options, placeholder="another view", row=0)
        self.menu.callback = self._show  # type: ignore[method-assign]
        self.add_item(self.menu)
        if all(len(group) == 1 for group in self.groups):
            self.remove_item(self.back)
            self.remove_item(self.forward)

    async def _show(self, interaction: discord.Interaction[Any]) -> None:
        chosen = int(self.menu.values[0])
        for option in self.menu.options:
            option.default = option.value == str(chosen)
        self.pages = self.groups[chosen]
        await self.turn_to(interaction, 0)


class OpeningPager(Pager):
    """Leafs through pages, with a menu to open what stands on the page that is shown."""

    def __init__(
        self,
        asker: int,
        pages: Sequence[Page],
        attached: Attached,
        placeholder: str,
        opened: Callable[[str], Awaitable[None]],
    ) -> None:
        self.menu: discord.ui.Select[OpeningPager] = discord.ui.Select(placeholder=placeholder, row=0)
        self._opened = opened
        super().__init__(asker, pages, attached)
        self.menu.callback = self._open  # type: ignore[method-assign]
        self.add_item(self.menu)
        if len(pages) == 1:
            self.remove_item(self.back)
            self.remove_item(self.forward)

    def mark(self) -> None:
        """The menu has what stands on the page."""
        super().mark()
        self.menu.options = [
            discord.SelectOption(
                label=option.label[:100], value=option.value[:100], description=option.description[:100] or None
            )
            for option in self.pages[self.at].options[:MOST_OPTIONS]
        ]

    async def _open(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.defer()
        await self._opened(self.menu.values[0])


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
            await interaction.response.edit_message(view=None)
            self.stop()
            await self._chosen(interaction, value)

        return press
