"""Edits and deletes: what is kept of messages follows what the platform shows. Counts stay: they were written."""

import time
from collections.abc import Callable

from muster.community.ledger import LATE
from muster.model.chat import Channel, Deleted, Edited
from muster.store import log
from muster.store.engine import Store

_HELD = LATE / 1000
"""Seconds for which the number of a deleted message is known: it may arrive after the news that it is gone."""


class Changes:
    """Edits and deletes that are not stored yet, and messages that are gone."""

    def __init__(self) -> None:
        self._waiting: list[Edited | Deleted] = []
        self._gone: dict[tuple[str, int], float] = {}

    def note(self, change: Edited | Deleted) -> None:
        """Takes a change in."""
        self._waiting.append(change)
        if isinstance(change, Deleted):
            now = time.monotonic()
            self._forget(now - _HELD)
            for number in change.numbers or ():
                self._gone.pop((change.channel.key, number), None)  # told twice, it stands at the end
                self._gone[change.channel.key, number] = now

    def _forget(self, before: float) -> None:
        """Lets go of those noted long ago; they stand in the order they came in."""
        while self._gone and next(iter(self._gone.values())) <= before:
            del self._gone[next(iter(self._gone))]

    def is_gone(self, channel: Channel, number: int) -> bool:
        """Whether a message was deleted a while ago."""
        return bool(self._gone) and (channel.key, number) in self._gone

    async def store(self, store: Store, channel_id: Callable[[Channel], int]) -> None:
        """Brings what is kept up to date. Raises StoreError; then everything waits on."""
        changes = list(self._waiting)
        if not changes:
            return
        async with store.write() as writer:
            for change in changes:
                if isinstance(change, Edited):
                    await log.change_text(writer, channel_id(change.channel), change.number, change.text)
                else:
                    await log.drop_texts(writer, channel_id(change.channel), change.numbers)
        del self._waiting[: len(changes)]
