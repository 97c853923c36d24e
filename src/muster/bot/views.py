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
MOST_BUTTONS: Final = 5
"""Views that have a button each; more of them go into a menu."""


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

    async def on_timeout(self) -> None:
        """Takes the buttons off. The library keeps a view until cycles are looked for, and pictures are large."""
        await super().on_timeout()
        self.attached.forget()

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
        if self.attached.name(page) == self.attached.name(before):
            await interaction.response.edit_message(embed=self._embed(page), view=self)
            return
        await interaction.response.defer()
        file = await self.attached.file(page)
        files = [file] if file else []
        await interaction.edit_original_response(attachments=files, embed=self._embed(page), view=self)

    def _embed(self, page: Page) -> discord.Embed:
        return embed_of(page, self.attached.image(page))

    @discord.ui.button(label="◀", style=discord.ButtonStyle.secondary, row=1)
    async def back(self, interaction: discord.Interaction[Any], _: discord.ui.Button["Pager"]) -> None:
        """The page before."""
        await self.turn_to(interaction, self.at - 1)

    @discord.ui.button(label="▶", style=discord.ButtonStyle.secondary, row=1)
    async def forward(self, interaction: discord.Interaction[Any], _: discord.ui.Button["Pager"]) -> None:
        """The page after."""
        await self.turn_to(interaction, self.at + 1)


class Views(Pager):
    """Chooses among the views of one answer, by a button each or from a menu; leafs through the pages of a view."""

    def __init__(self, asker: int, pages: Sequence[Page], attached: Attached, at: int = 0) -> None:
        groups = [tuple(group) for _, group in groupby(pages, key=lambda page: page.label or page.title)]
        self.groups = groups[:MOST_OPTIONS]
        chosen, start = 0, 0
        while chosen + 1 < len(self.groups) and start + len(self.groups[chosen]) <= at:
            start += len(self.groups[chosen])
            chosen += 1
        super().__init__(asker, self.groups[chosen], attached, min(at - start, len(self.groups[chosen]) - 1))
        self._choosers = _menu(self) if len(self.groups) > MOST_BUTTONS else _buttons(self)
        for chooser in self._choosers:
            self.add_item(chooser)
        self._mark_view(chosen)
        if all(len(group) == 1 for group in self.groups):
            self.remove_item(self.back)
            self.remove_item(self.forward)

    async def show(self, interaction: discord.Interaction[Any], chosen: int) -> None:
        """Shows another view."""
        self._mark_view(chosen)
        self.pages = self.groups[chosen]
        await self.turn_to(interaction, 0)

    def _mark_view(self, chosen: int) -> None:
        for chooser in self._choosers:
            chooser.mark(chosen)


class ViewMenu(discord.ui.Select[Views]):
    """All views in a menu."""

    def __init__(self, views: Views) -> None:
        labels = [group[0].label or group[0].title for group in views.groups]
        options = [discord.SelectOption(label=label, value=str(place)) for place, label in enumerate(labels)]
        super().__init__(options=options, placeholder="another view", row=0)
        self._views = views

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Shows the one that was chosen."""
        await self._views.show(interaction, int(self.values[0]))

    def mark(self, chosen: int) -> None:
        """Makes the menu say which view is shown."""
        for option in self.options:
            option.default = option.value == str(chosen)


class ViewButton(discord.ui.Button[Views]):
    """One of a few views."""

    def __init__(self, views: Views, place: int) -> None:
        page = views.groups[place][0]
        super().__init__(label=page.label or page.title, row=0)
        self._views = views
        self._place = place

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Shows it."""
        await self._views.show(interaction, self._place)

    def mark(self, chosen: int) -> None:
        """Makes the button of the view that is shown stand out."""
        shown = self._place == chosen
        self.style = discord.ButtonStyle.primary if shown else discord.ButtonStyle.secondary


def _menu(views: Views) -> list[ViewMenu | ViewButton]:
    return [ViewMenu(views)]


def _buttons(views: Views) -> list[ViewMenu | ViewButton]:
    return [ViewButton(views, place) for place in range(len(views.groups))]


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
