"""Who carries posts to their channels, as the sender sees him, and how he may fail."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from muster.store.outbox import Post


class Unreachable(Exception):
    """It may have arrived or not; later is another try. `after`: seconds that were asked for."""

    def __init__(self, reason: str, after: float = 0.0) -> None:
        super().__init__(reason)
        self.after = after


class Vanished(Exception):
    """The channel is gone, or closed to us."""


class Refused(Exception):
    """This post will never be taken; others may."""


class Gone(Exception):
    """The message that was to be edited is there no more."""


class Carrier(Protocol):
    """Carries posts. Every method but `ready` raises Unreachable and Vanished, `send` and `edit` also Refused."""

    async def ready(self) -> None:
        """Waits until there is anybody to carry to."""

    async def send(self, post: Post) -> int | None:
        """Posts it and returns the message's id; None where there is nothing to say any more.

        Two calls for the same post within minutes make one message.
        """

    async def edit(self, post: Post) -> None:
        """Brings the message of a post up to date. Twice is as good as once. Raises also Gone."""

    async def posted(self, channel_id: int, since: datetime) -> Mapping[str, int]:
        """What was posted to a channel since a moment: identity → message id."""
