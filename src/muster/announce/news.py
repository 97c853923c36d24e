"""What a committed round calls for, written in the transaction that commits it."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from muster.config import Settings
from muster.model.rounds import Status
from muster.rounds.filename import read_name
from muster.rounds.matches import session_id
from muster.rounds.pairing import PARTNER_WINDOW, SESSION_GAP
from muster.store import outbox
from muster.store.engine import Writer
from muster.store.outbox import Call, Post, RoundNews

ROUND: Final = "round"
MATCH: Final = "match"
SESSION_START: Final = "session_start"
SESSION_END: Final = "session_end"
UNLOCKS: Final = "achievements"
NOTICE: Final = "notice"
"""Kinds of posts: a round, a map played both ways, an evening's beginning and end, what players reached, words for an
admin.
"""

QUIET: Final = timedelta(minutes=10)
"""How long nothing must have come of an evening before its end is told, where its files come late."""

_BESIDE: Final = {SESSION_END: " ended", UNLOCKS: " achievements"}
"""What sets posts apart that share a subject with others."""

_CLOCKS: Final = timedelta(hours=15)
"""As far as a server's clock, which its files are named by, may be from UTC."""

_WHOLE: Final = frozenset((Status.PAIRED.value, Status.SINGLE.value))


def utc_now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


class Announcer:
    """Writes the posts that new rounds call for. Rounds older than `max_age` are stored and not posted.

    `achievements`: also what players reached with these rounds.
    """

    def __init__(
        self,
        channel_id: int,
        max_age: timedelta,
        clock: Callable[[], datetime] = utc_now,
        *,
        achievements: bool = False,
    ) -> None:
        self._channel_id = channel_id
        self._max_age = max_age
        self._clock = clock
        self._achievements = achievements

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
        new = {(server, file) for server, file in taken}
        now = now.replace(microsecond=0)
        moved = [one for one in news if new & {(one.server, one.file), (one.server, one.partner)}]
        touched = {one.session_id for one in moved}
        evenings = [one for one in news if one.session_id in touched]
        told_already = await self._follow(writer, evenings, now)
        calls = calls_for(moved, self._channel_id, now, cutoff)
        ends = [call for call in ends_for(evenings, self._channel_id, now) if call.key not in told_already]
        await outbox.add(writer, [call for call in calls if call.key not in told_already], now)
        # A round 1 that was there counted already; a round 2 may only count since its round 1 came.
        told = [one for one in moved if _is_told(one) and ((one.server, one.file) in new or one.round == 2)]
        if self._achievements and told:
            # It brings half of stats/ with it, which an import that tells nothing should not wait for.
            from muster.announce.unlocks import add_unlocks

            about = next((one for one in reversed(told) if (one.server, one.file) in new), told[-1])
            await add_unlocks(writer, [one.id for one in told], about.file, self._channel_id, now)
        await outbox.add(writer, ends, now, move=True)

    async def _follow(self, writer: Writer, news: Iterable[RoundNews], now: datetime) -> set[str]:
        """An evening is named after its first round: one that comes late renames it, and with it its posts. Returns
        keys of posts that are on their way under a former name.
        """
        names: dict[str, Call] = {}
        for one in news:
            former = session_id(one.file, one.server)
            if one.session_id is None or former == one.session_id:
                continue
            for kind in (SESSION_START, SESSION_END):
                key = _evening(kind, former, self._channel_id, now).key
                names[key] = _evening(kind, one.session_id, self._channel_id, now)
        return await outbox.rename(writer, names)


def announcer_of(settings: Settings) -> Announcer | None:
    """Who writes the posts, as it is configured; None where there is no channel for them."""
    if settings.stats_channel_id is None:
        return None
    return Announcer(settings.stats_channel_id, max_age(settings), achievements=settings.announce_achievements)


def max_age(settings: Settings) -> timedelta:
    """The age from which on rounds are not posted; a century at most."""
    return timedelta(hours=min(settings.announce_max_age_hours, 24 * 365.25 * 100))


def calls_for(news: Iterable[RoundNews], channel_id: int, now: datetime, cutoff: datetime) -> list[Call]:
    """Posts for rounds that are new, or whole by a new one, in the order they were played.

    Only whole, valid rounds are told. A match is told after its second half, whichever half came first. The first
    round that is told of an evening is told after its beginning, unless that is older than `cutoff`.
    """
    calls: list[Call] = []
    for one in news:
        if not _is_told(one):
            continue
        if one.session_id is not None and one.started_at is not None and one.started_at >= cutoff:
            calls.append(_evening(SESSION_START, one.session_id, channel_id, now))
        subject = {"server": one.server, "file": one.file}
        calls.append(_call(ROUND, f"{one.server}:{one.file}", subject, channel_id, now))
        if one.round == 2 and one.match_valid and one.match_id is not None:
            calls.append(_call(MATCH, one.match_id, {"match_id": one.match_id}, channel_id, now))
    return list({call.key: call for call in calls}.values())


def ends_for(news: Iterable[RoundNews], channel_id: int, now: datetime) -> list[Call]:
    """Posts for the ends of evenings, due when no further round can belong to them; a later round moves them."""
    ends = {one.session_id: one.ended_at for one in news if one.session_id and one.ended_at and _is_told(one)}
    return [
        _evening(SESSION_END, name, channel_id, max(ended_at + SESSION_GAP, now + QUIET))
        for name, ended_at in ends.items()
    ]


def identity_of(post: Post) -> str:
    """What the footer of a post carries, so that it is known again in the channel."""
    name = {ROUND: "file", MATCH: "match_id", UNLOCKS: "file"}.get(post.kind, "session_id")
    words = str(post.subject.get(name, post.key)) + _BESIDE.get(post.kind, "")
    # What Discord might not give back as it got it.
    printable = "".join(char if char.isprintable() else " " for char in words)
    return " ".join(printable.replace("·", "-").split())


def _is_told(one: RoundNews) -> bool:
    return one.valid and one.status in _WHOLE


def _evening(kind: str, name: str, channel_id: int, due_at: datetime) -> Call:
    return _call(kind, name, {"session_id": name}, channel_id, due_at)


def _call(kind: str, name: str, subject: dict[str, Any], channel_id: int, due_at: datetime) -> Call:
    return Call(f"{kind}:{name}@{channel_id}", channel_id, kind, subject, due_at)
