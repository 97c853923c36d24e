"""What pipelines sum up of messages: by channel, month, person and hour of the day."""

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from muster.store import pipelines
from muster.store.engine import Writer
from muster.store.pipelines import SumKey

LIVE, DROP = "live", "drop"
"""Stages: messages as they come, and messages that are about to be deleted."""


class Counted(msgspec.Struct, frozen=True):
    """A message that is summed up: rows of the store, milliseconds since 1970, characters."""

    channel: int
    user: int
    sent_at: int
    characters: int


async def add(writer: Writer, pipeline: str, stage: str, counted: Iterable[Counted], *, hours: bool = True) -> None:
    """Adds messages to the sums of a pipeline; without `hours` by person alone."""
    by_user: dict[tuple[SumKey, int], tuple[int, int]] = {}
    by_hour: dict[tuple[SumKey, int], int] = {}
    for one in counted:
        moment = datetime.fromtimestamp(one.sent_at / 1000, UTC)
        key = (pipeline, stage, one.channel, moment.year * 100 + moment.month)
        messages, characters = by_user.get((key, one.user), (0, 0))
        by_user[key, one.user] = (messages + 1, characters + one.characters)
        if hours:
            by_hour[key, moment.hour] = by_hour.get((key, moment.hour), 0) + 1
    await pipelines.add_sums(writer, by_user, by_hour)
