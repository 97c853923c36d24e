"""The files of an answer: which of them goes with which page."""

import io
from collections.abc import Awaitable, Callable

import discord

from muster.bot.pages import Answer, Page, Picture


class Attached:
    """Pictures and uploads by page. A picture is drawn when it is wanted for the first time."""

    def __init__(self, answer: Answer, draw: Callable[[Picture], Awaitable[bytes]]) -> None:
        self._answer = answer
        self._draw = draw
        self._drawn: bytes | None = None

    def name(self, page: Page) -> str:
        """The name of the file that goes with a page, empty where none does."""
        if self._answer.by_page:
            return page.file
        file = self._answer.upload or self._answer.picture
        return file.file if file else ""

    def image(self, page: Page) -> str | None:
        """The same where it is a picture, which is shown in the embed."""
        picture, name = self._answer.picture, self.name(page)
        return name if picture is not None and picture.file == name else None

    async def file(self, page: Page) -> discord.File | None:
        """The file itself."""
        picture, upload, name = self._answer.picture, self._answer.upload, self.name(page)
        if upload is not None and upload.file == name:
            return discord.File(io.BytesIO(upload.content), upload.file)
        if picture is None or picture.file != name:
            return None
        if self._drawn is None:
            self._drawn = await self._draw(picture)
        return discord.File(io.BytesIO(self._drawn), picture.file)
