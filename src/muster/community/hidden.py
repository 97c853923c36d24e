"""Whose messages are nobody's: they count for the channel, and nothing of who wrote them is stored."""

import hashlib
import hmac
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Final

from muster.model.chat import Message, Person, Platform
from muster.store import privacy
from muster.store.engine import Reader

FOREVER: Final = 1 << 62
"""Hidden until he says otherwise: the mark of somebody who opted out."""

_NEVER: Final = -1
_MOST: Final = 100_000
"""People whose marks are kept in memory."""


class Hidden:
    """Until when what somebody writes is nobody's: for ever of who opted out, up to the erasure of who was erased."""

    def __init__(self, version: int = 0, key: bytes = b"", marks: Mapping[str, int] | None = None) -> None:
        self.version = version
        self._key = key
        self._marks = marks or {}
        self._known: dict[tuple[str, str], int] = {}

    def __bool__(self) -> bool:
        """Whether anybody is hidden."""
        return bool(self._marks)

    def until(self, platform: str, key: str) -> int:
        """The last millisecond since 1970 that is nobody's, −1 where all is his own."""
        if not key:
            return FOREVER
        if not self._marks:
            return _NEVER
        found = self._known.get((platform, key))
        if found is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            mark = self._marks.get(person_of(self._key, platform, key), _NEVER)
            found = self._known[platform, key] = mark
        return found

    def shown(self, message: Message) -> Message:
        """A message as it may be stored: by nobody, and without what he said, where its author is hidden."""
        author = message.author
        if message.sent_at > self.until(author.platform, author.key):
            return message
        return Message(message.channel, message.number, nobody(author.platform), message.sent_at)

    def parted(
        self, platform: str, said: Mapping[tuple[int, int], list[int]], people: Sequence[str]
    ) -> tuple[dict[tuple[int, int], list[int]], dict[int, list[int]]]:
        """Sorted moments by person (a place in `people`) and channel, parted: people's own, nobody's by channel."""
        own: dict[tuple[int, int], list[int]] = {}
        nobodys: dict[int, list[int]] = {}
        for (person, channel), moments in said.items():
            cut = bisect_right(moments, self.until(platform, people[person]))
            if cut:
                nobodys.setdefault(channel, []).extend(moments[:cut])
            if cut < len(moments):
                own[person, channel] = moments[cut:] if cut else moments
        return own, {channel: sorted(moments) for channel, moments in nobodys.items()}


async def read(reader: Reader, known: Hidden | None = None) -> Hidden:
    """Who is hidden now; what is known already where nothing changed."""
    version = await privacy.changes(reader)
    if known is not None and known.version == version:
        return known
    return Hidden(version, await privacy.key(reader), await privacy.hidden(reader) if version else None)


def person_of(key: bytes, platform: str, user: str) -> str:
    """What stands for a person where his id may not: nobody finds the id to it without trying every id with the key."""
    return hmac.new(key, f"{platform}:{user}".encode(), hashlib.sha256).hexdigest()


def nobody(platform: Platform) -> Person:
    """The author of what nobody is said to have written."""
    return Person(platform, "", "")


def is_nobody(key: str) -> bool:
    """Whether a person's key is nobody's."""
    return not key
