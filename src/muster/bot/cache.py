"""Answers kept as long as the data stays what it was."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Final

from muster.store.engine import Reader
from muster.store.notes import version

MOST: Final = 500


class AnswerCache:
    """Answers by question. A commit that changes the data forgets them all."""

    def __init__(self) -> None:
        self._version = -1
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()
        self.hits = 0
        self.misses = 0

    async def get(self, reader: Reader, key: Hashable, ask: Callable[[], Awaitable[Any]]) -> Any:
        """The answer kept for a question, or a fresh one."""
        now = await version(reader)
        if now != self._version:
            self._answers.clear()
            self._version = now
        if key in self._answers:
            self.hits += 1
            self._answers.move_to_end(key)
            return self._answers[key]
        self.misses += 1
        answer = await ask()
        if now == self._version:
            self._answers[key] = answer
            if len(self._answers) > MOST:
                self._answers.popitem(last=False)
        return answer

    def clear(self) -> int:
        """Forgets everything; returns how many answers that were."""
        count = len(self._answers)
        self._answers.clear()
        return count
