"""Messages that wait while they are edited or deleted: what is done with them is done with what is there by then."""

import msgspec

from muster.model.chat import Deleted, Edited, Message

_MOST = 20_000


class Ahead:
    """Remembers edits and deletions for as long as something waits."""

    def __init__(self) -> None:
        self._texts: dict[tuple[str, int], str | None] = {}
        self._emptied: dict[str, int] = {}

    def note(self, change: Edited | Deleted, newest: int) -> None:
        """Takes a change in. `newest`: the greatest number that may be meant where a whole channel is gone."""
        key = change.channel.key
        if isinstance(change, Edited):
            if self._texts.get((key, change.number), "") is not None:
                self._texts[key, change.number] = change.text
        elif change.numbers is None:
            self._emptied[key] = newest
        else:
            self._texts |= dict.fromkeys((key, number) for number in change.numbers)
        while len(self._texts) > _MOST:
            del self._texts[next(iter(self._texts))]

    def clear(self) -> None:
        """Nothing waits any more."""
        self._texts.clear()
        self._emptied.clear()

    def now(self, message: Message) -> Message | None:
        """A message as it is by now, None where it is gone."""
        if message.number <= self._emptied.get(message.channel.key, -1):
            return None
        key = (message.channel.key, message.number)
        if key not in self._texts:
            return message
        text = self._texts[key]
        return None if text is None else msgspec.structs.replace(message, text=text)
