"""Which files of a folder are new, and no longer being written: decided from one look after another."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from muster.collect.collector import Listed

QUIET: Final = 1.25
"""Seconds a file must stay as it is before it is read: servers write in pieces."""

LONG_QUIET: Final = 10.0
"""The same before one is taken whose last line has no end."""

OLD: Final = 60.0
"""Seconds by which a file is older than the newest in its folder that nobody writes any more."""

Mark = tuple[int, float]
"""A file's size, and when it was written."""


class Watchlist:
    """What was seen of a folder. `known` are sizes under which files came in before, by name."""

    def __init__(self, known: Mapping[str, Iterable[int]], quiet: float = QUIET) -> None:
        self._known = {name: set(sizes) for name, sizes in known.items()}
        self._quiet = quiet
        self._done: dict[str, Mark] = {}
        self._since: dict[str, tuple[Mark, float]] = {}
        self._off: dict[str, tuple[Mark, float]] = {}
        self._first = True
        self.fresh: list[Listed] = []
        """Files of the last look that were not there at the one before."""

    def look(self, files: Sequence[Listed], now: float) -> list[Listed]:
        """The files that are to be read, of all that are there `now`, in seconds of a clock that only goes on."""
        newest = max((file.written for file in files), default=0.0)
        seen, ready = dict[str, tuple[Mark, float]](), list[Listed]()
        self.fresh = []
        for file in files:
            mark = _mark(file)
            if self._done.get(file.name) == mark:
                continue
            if self._first and file.size in self._known.get(file.name, ()):
                self._done[file.name] = mark
                continue
            before = self._since.get(file.name)
            if before is None and not self._first and file.name not in self._done:
                self.fresh.append(file)
            since = before[1] if before is not None and before[0] == mark else now
            seen[file.name] = (mark, since)
            old = before is None and newest - file.written >= OLD
            if (old or now - since >= self._quiet) and now >= self._until(file.name, mark):
                ready.append(msgspec.structs.replace(file, settled=old or now - since >= LONG_QUIET))
        self._since, self._first = seen, False
        return ready

    def done(self, files: Iterable[Listed]) -> None:
        """These came in, or were refused for good: as they are they need not be read again."""
        for file in files:
            self._done[file.name] = _mark(file)
            self._since.pop(file.name, None)
            self._off.pop(file.name, None)

    def put_off(self, file: Listed, until: float) -> None:
        """It could not be read: as it is, it is left alone until then."""
        self._off[file.name] = (_mark(file), until)

    def due(self, now: float) -> float | None:
        """Seconds until a file may be whole; None where there is none to wait for."""
        moments = (max(since + self._quiet, self._until(name, mark)) for name, (mark, since) in self._since.items())
        first = min(moments, default=None)
        return None if first is None else max(first - now, 0.0)

    def growing(self, now: float) -> list[str]:
        """Names of files that may still be written, without those that are left alone."""
        return [name for name, (mark, _) in self._since.items() if now >= self._until(name, mark)]

    def _until(self, name: str, mark: Mark) -> float:
        off = self._off.get(name)
        return off[1] if off is not None and off[0] == mark else 0.0


def _mark(file: Listed) -> Mark:
    return file.size, file.written
