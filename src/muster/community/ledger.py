"""Which messages of a channel are counted: a mark, and what is counted beyond it.

Numbers grow with time within a channel (docs/decisions/0005-counting.md). Pure: nothing here knows a database.
"""

from collections.abc import Iterable

from muster.model.chat import NUMBERS_A_MILLISECOND

LATE = 120_000
"""Milliseconds that a platform may take to deliver a message."""

WINDOW = LATE * NUMBERS_A_MILLISECOND
"""How far apart numbers may come out of order."""

STEP = 10_000 * NUMBERS_A_MILLISECOND
"""How far a mark moves at least."""


class Ledger:
    """One channel's account. `whole` is False while messages beyond the mark may be missing."""

    def __init__(self, mark: int, recent: Iterable[int] = (), *, whole: bool = False) -> None:
        self.mark = mark
        self.whole = whole
        self._recent = set(recent)
        self._newest = max(self._recent, default=mark)
        self._full = self._bound()

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
        """Where the mark may stand: behind the newest message, or where it is while something may be missing.

        It goes by steps: a mark that moved with every message would be stored with every one.
        """
        due = self._newest - WINDOW
        return due if self.whole and due - self.mark > STEP else self.mark

    def move(self, mark: int) -> None:
        """Moves the mark, once that is stored."""
        if mark > self.mark:
            self.mark = mark
            if len(self._recent) > self._full:
                self._recent = {number for number in self._recent if number > mark}
                self._full = self._bound()

    def _bound(self) -> int:
        """How many numbers may be held until those up to the mark are let go of, which takes a look at all."""
        return 2 * len(self._recent) + 100
