"""Which files there are to import: folders of days in folders of servers, and exports of channels."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

FILE = "info.jsonl"


class Day(msgspec.Struct, frozen=True):
    """A day of a server's log. `size` in bytes; None where it can't be read, and `reason` says why."""

    guild: str
    day: str
    path: str
    size: int | None
    reason: str | None = None


def found(root: Path) -> tuple[list[Day], list[tuple[Path, int]]]:
    """The days of logs, and the exports with their sizes, below a path. Raises OSError where it can't be read."""
    return [] if root.is_file() else days(root), [(path, path.stat().st_size) for path in exports(root)]


def days(root: Path) -> list[Day]:
    """The days below a folder `logs`, the folder that holds it, or one server's folder; by server, then by date."""
    if _is_guild(root):
        guilds = [root]
    else:
        inner = root / "logs"
        guilds = sorted(each for each in (inner if inner.is_dir() else root).iterdir() if _is_guild(each))
    return [day for guild in guilds for day in _days_of(guild)]


def exports(root: Path) -> list[Path]:
    """The files of DiscordChatExporter: the one that is named, or those that lie in the folder."""
    if root.is_file():
        return [root]
    return sorted(path for path in root.glob("*.json") if path.is_file())


def _is_guild(path: Path) -> bool:
    return path.name.isascii() and path.name.isdigit() and path.is_dir()


def _is_day(path: Path) -> bool:
    return len(path.name) == 8 and path.name.isascii() and path.name.isdigit()


def _days_of(guild: Path) -> Iterator[Day]:
    for folder in sorted(path for path in guild.iterdir() if _is_day(path)):
        path = folder / FILE
        try:
            if not folder.is_dir() or not (path.exists() or path.is_symlink()):
                continue  # a day on which nothing was said at this level
            with path.open("rb") as stream:
                yield Day(guild.name, folder.name, str(path), stream.seek(0, 2))
        except OSError as error:
            yield Day(guild.name, folder.name, str(path), None, error.strerror or str(error))
