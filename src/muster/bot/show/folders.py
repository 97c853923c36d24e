"""Where files are fetched from, in a line each."""

from datetime import datetime

import msgspec

from muster.bot import text
from muster.bot.show.admin import ago


class Folder(msgspec.Struct, frozen=True):
    """A folder that is configured, as it is now: its files, how many of them never came in, when one was written."""

    server: str
    files: int
    missing: int
    newest: datetime | None
    problem: str = ""

    @property
    def sound(self) -> bool:
        """Whether it can be listed, and everything in it came in."""
        return not (self.problem or self.missing)


def line(folder: Folder, now: datetime) -> str:
    """How it is."""
    name = text.called(folder.server)
    if folder.problem:
        return f"⚠ **{name}**: {folder.problem}"
    newest = f", the newest {ago(folder.newest, now)}" if folder.newest else ""
    missing = f", ⚠ {folder.missing:,} not imported" if folder.missing else ", all imported"
    return f"**{name}**: {text.counted(folder.files, 'file')} in its folder{newest}{missing if folder.files else ''}"
