"""The files of an answer: which of them goes with which page."""

import io
from collections.abc import Awaitable, Callable
from concurrent.futures.process import BrokenProcessPool

import discord
import structlog

from muster.bot.pages import Answer, Page, Picture

log = structlog.get_logger("muster.bot")


class Attached:
    """Pictures and uploads by page. A picture is drawn when it is wanted for the first time.

    Where none can be drawn, the pages go without it: ask for the `file` before its `name` or `image`.
    """

    def __init__(self, answer: Answer, draw: Callable[[Picture], Awaitable[bytes]]) -> None:
        self._answer = answer
        self._draw = draw
        self._drawn: bytes | None = None
        self._undrawn = False

    def forget(self) -> None:
        """Lets go of files and of what they are drawn from: nobody will ask for them any more."""
        self._answer, self._drawn = Answer(()), None

    def name(self, page: Page) -> str:
        """The name of the file that goes with a page, empty where none does."""
        picture = self._answer.picture
        file = self._answer.upload or picture
        name = page.file if self._answer.by_page else file.file if file else ""
        return "" if self._undrawn and picture is not None and name == picture.file else name

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
            try:
                self._drawn = await self._draw(picture)
            except (BrokenProcessPool, OSError):
                log.exception("a picture could not be drawn", file=picture.file)
                self._undrawn = True
                return None
        return discord.File(io.BytesIO(self._drawn), picture.file)
