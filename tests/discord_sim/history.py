"""The messages of a channel in the order of their ids, read by pages as Discord reads them; and the nonces seen."""

import time
from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Iterator

from tests.discord_sim.model import Message


class History:
    """One channel's messages. A page is always from newest to oldest."""

    def __init__(self) -> None:
        self._ids: list[int] = []
        self._by_id: dict[int, Message] = {}

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[Message]:
        """From oldest to newest."""
        return (self._by_id[number] for number in self._ids)

    def add(self, message: Message) -> None:
        if not self._ids or message.id > self._ids[-1]:
            self._ids.append(message.id)
        else:
            insort(self._ids, message.id)
        self._by_id[message.id] = message

    def get(self, message_id: int) -> Message | None:
        return self._by_id.get(message_id)

    def remove(self, message_id: int) -> Message | None:
        message = self._by_id.pop(message_id, None)
        if message is not None:
            del self._ids[bisect_left(self._ids, message_id)]
        return message

    def latest(self, limit: int) -> list[Message]:
        return self._page(len(self._ids) - limit, len(self._ids))

    def before(self, cursor: int, limit: int) -> list[Message]:
        end = bisect_left(self._ids, cursor)
        return self._page(end - limit, end)

    def after(self, cursor: int, limit: int) -> list[Message]:
        """The page that *follows* the cursor (not the newest one), itself from newest to oldest."""
        start = bisect_right(self._ids, cursor)
        return self._page(start, start + limit)

    def around(self, cursor: int, limit: int) -> list[Message]:
        start = bisect_left(self._ids, cursor) - limit // 2
        return self._page(start, start + limit)

    def _page(self, start: int, end: int) -> list[Message]:
        return [self._by_id[number] for number in reversed(self._ids[max(start, 0) : max(end, 0)])]


class Nonces:
    """The nonces of the last minutes by author: what `enforce_nonce` compares with. Deleted messages stay in it."""

    def __init__(self, window: float) -> None:
        self.window = window
        self._found: dict[tuple[int, str], tuple[int, int]] = {}
        self._ages: deque[tuple[float, tuple[int, str]]] = deque()

    def remember(self, author: int, nonce: str | int, channel: int, message: int) -> None:
        key = (author, str(nonce))
        self._found[key] = (channel, message)
        self._ages.append((time.monotonic(), key))

    def find(self, author: int, nonce: str | int) -> tuple[int, int] | None:
        """Channel and message made with this nonce, if that was within the window."""
        oldest = time.monotonic() - self.window
        while self._ages and self._ages[0][0] < oldest:
            self._found.pop(self._ages.popleft()[1], None)
        return self._found.get((author, str(nonce)))
