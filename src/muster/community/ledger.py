"""Which messages of a channel are counted: a mark, and what is counted beyond it.

Numbers grow with time within a channel (docs/decisions/0005-counting.md). Pure: nothing here knows a database.
"""

from collections.abc import Iterable

from muster.model.chat import NUMBERS_A_MILLISECOND

LATE = 120_000
"""Milliseconds that a platform may take to deliver a message."""

WINDOW = LATE * NUMBERS_A_MILLISECOND
"""How far apart numbers may come out of order."""


class Ledger:
    """One channel's account. `whole` is False while messages beyond the mark may be missing."""

    def __init__(self, mark: int, recent: Iterable[int] = (), *, whole: bool = False) -> None:
        self.mark = mark
        self.whole = whole
        self._recent = set(recent)
        self._newest = max(self._recent, default=mark)

    def take(self, number: int) -> bool:
        """True for a message that is not counted yet; from now on it is."""
        if number <= self.mark or number in self._recent:
            return False
        self._recent.add(number)
        self._newest = max(self._newest, number)
        return True

    def give_back(self, numbers: Iterable[int]) -> None:
        """Forgets messages that will not be counted after all: they may come again."""
        self._recent.difference_update(numbers)

    @property
    def due(self) -> int:
        """Where the mark may stand: behind the newest message, or where it is while something may be missing."""
        return max(self.mark, self._newest - WINDOW) if self.whole else self.mark

    def move(self, mark: int) -> None:
        """Moves the mark, once that is stored."""
        if mark > self.mark:
            self.mark = mark
            self._recent = {number for number in self._recent if number > mark}

    def __len__(self) -> int:
        return len(self._recent)
