"""What rounds that came or went are followed by: sums and ratings, brought up to date once for many of them."""

from datetime import datetime

from muster.rounds.importer.replay import replay
from muster.rounds.importer.settle import Settled
from muster.store.engine import Writer
from muster.store.rollups import Delta


class FollowUp:
    """Gathers what settlements change; `carry_out` writes it, within the transaction they were made in."""

    def __init__(self) -> None:
        self.delta = Delta()
        self._first: tuple[datetime, str] | None = None
        self._appended = True

    def note(self, settled: Settled) -> None:
        """Remembers from which match on ratings are not what they were."""
        if settled.first_match is not None:
            self._first = min(self._first or settled.first_match, settled.first_match)
            self._appended = self._appended and settled.appended

    async def carry_out(self, writer: Writer) -> None:
        """Writes the sums, and rates what is to be rated anew."""
        await self.delta.apply(writer)
        if self._first is not None:
            await replay(writer, *self._first, self._appended)
        self._first, self._appended = None, True
