"""Who is told of messages as they are counted."""

from collections.abc import Sequence
from typing import Protocol

from muster.community.register import Newcomers, Place
from muster.model.chat import Deleted, Edited, Message
from muster.store.engine import Writer


class Listener(Protocol):
    """Is told of new messages, each once. While it is not `active` nothing is asked of it but that."""

    active: bool
    wants_roles: bool

    async def counted(self, writer: Writer, batch: Sequence[tuple[Place, Message]], stored: Newcomers) -> None:
        """In the transaction that counts them; with the same messages again where that was rolled back."""

    def committed(self, batch: Sequence[tuple[Place, Message]]) -> None:
        """After it. Must not wait."""

    def changed(self, change: Edited | Deleted) -> None:
        """What was written becomes another, or goes."""
