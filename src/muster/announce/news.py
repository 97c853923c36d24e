"""What a committed round calls for, written in the transaction that commits it."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from muster.model.rounds import Status
from muster.rounds.filename import read_name
from muster.rounds.pairing import PARTNER_WINDOW
from muster.store import outbox
from muster.store.engine import Writer
from muster.store.outbox import Call, RoundNews

ROUND: Final = "round"
MATCH: Final = "match"
NOTICE: Final = "notice"
"""Kinds of posts: a round, a map played both ways, and words for an admin."""

_CLOCKS: Final = timedelta(hours=15)
"""As far as a server's clock, which its files are named by, may be from UTC."""

_WHOLE: Final = frozenset((Status.PAIRED.value, Status.SINGLE.value))


def utc_now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


class Announcer:
    """Writes the posts that new rounds call for. Rounds older than `max_age` are stored and not posted."""

    def __init__(self, channel_id: int, max_age: timedelta, clock: Callable[[], datetime] = utc_now) -> None:
        self._channel_id = channel_id
        self._max_age = max_age
        self._clock = clock

    async def on_taken(self, writer: Writer, taken: Sequence[tuple[str, str]]) -> None:
        """Called by the importer with (server, file) of rounds that are new, before they are committed."""
        now = self._clock()
        cutoff = now - self._max_age
        stamps = [read_name(file).stamp.replace(tzinfo=UTC) for _, file in taken]
        recent = [stamp for stamp in stamps if stamp >= cutoff - _CLOCKS]
        if not recent:
            return
        margin = _CLOCKS + PARTNER_WINDOW
        news = await outbox.round_news(writer, (max(min(recent) - margin, cutoff), max(recent) + margin))
        calls = calls_for(news, set(taken), self._channel_id, now.replace(microsecond=0))
        await outbox.add(writer, calls, now.replace(microsecond=0))


def calls_for(news: Iterable[RoundNews], new: set[tuple[str, str]], channel_id: int, now: datetime) -> list[Call]:
    """Posts for rounds of which some are new, in the order they were played.

    Only whole, valid rounds are told. The other half of a new round is looked at too: it may have become whole by
    it. A match is told after its second half; which half came first does not matter.
    """
    calls: list[Call] = []
    for one in news:
        if (one.server, one.file) not in new and (one.server, one.partner) not in new:
            continue
        if one.valid and one.status in _WHOLE:
            subject = {"server": one.server, "file": one.file}
            calls.append(_call(ROUND, f"{one.server}:{one.file}", subject, channel_id, now))
        if one.round == 2 and one.match_valid and one.match_id is not None:
            calls.append(_call(MATCH, one.match_id, {"match_id": one.match_id}, channel_id, now))
    return calls


def identity(kind: str, subject: dict[str, Any], key: str) -> str:
    """What the footer of a post carries, so that it is known again in the channel."""
    name = {ROUND: "file", MATCH: "match_id"}.get(kind, "session_id")
    return str(subject.get(name, key))


def _call(kind: str, name: str, subject: dict[str, Any], channel_id: int, now: datetime) -> Call:
    return Call(f"{kind}:{name}@{channel_id}", channel_id, kind, subject, now)
