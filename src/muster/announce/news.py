"""What a committed round calls for, written in the transaction that commits it."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from muster.announce.book import EVENING, SESSION_END, SESSION_START, Book, book_of
from muster.announce.life import Played
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
UNLOCKS: Final = "achievements"
NOTICE: Final = "notice"
GAME_STATUS: Final = "game_status"
"""Kinds of posts: a round, a map played both ways, an evening's beginning and end, what players reached, words for an
admin, how the game servers stand.
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

    `achievements`: also what players reached with these rounds. `book`: what keeps evenings, where they are more than
    the rounds of one game server.
    """

    def __init__(
        self,
        channel_id: int,
        max_age: timedelta,
        clock: Callable[[], datetime] = utc_now,
        *,
        achievements: bool = False,
        book: Book | None = None,
    ) -> None:
        self._book = book
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
        now = now.replace(microsecond=0)
        new = {(server, file) for server, file in taken}
        if recent:
            await self._tell(writer, new, recent, now, cutoff)
        await self._bring_up_to_date(writer, new, stamps, now, cutoff)

    async def _tell(
        self, writer: Writer, new: set[tuple[str, str]], recent: Sequence[datetime], now: datetime, cutoff: datetime
    ) -> None:
        """Calls for the posts of rounds that are new, or told now because of them."""
        margin = _CLOCKS + PARTNER_WINDOW
        news = await outbox.round_news(writer, (max(min(recent) - margin, cutoff), max(recent) + margin))
        moved = [one for one in news if new & {(one.server, one.file), (one.server, one.partner)}]
        touched = {one.session_id for one in moved}
        if self._book is None:
            evenings = [one for one in news if one.session_id in touched]
            told_already = await self._follow(writer, evenings, now)
            calls = calls_for(moved, self._channel_id, now, cutoff)
            ends = [call for call in ends_for(evenings, self._channel_id, now) if call.key not in told_already]
            calls = [call for call in calls if call.key not in told_already]
        else:
            await self._book.played(writer, [_played(one) for one in moved if is_told(one)], now)
            calls = [call for call in calls_for(moved, self._channel_id, now, cutoff) if call.kind != SESSION_START]
            ends = []
        await outbox.add(writer, calls, now)
        # A round 1 that was there counted already; a round 2 may only count since its round 1 came.
        told = [one for one in moved if is_told(one) and ((one.server, one.file) in new or one.round == 2)]
        if self._achievements and told:
            # It brings half of stats/ with it, which an import that tells nothing should not wait for.
            from muster.announce.unlocks import add_unlocks

            about = next((one for one in reversed(told) if (one.server, one.file) in new), told[-1])
            await add_unlocks(writer, [one.id for one in told], about.file, self._channel_id, now)
        await outbox.add(writer, ends, now, move=True)

    async def _bring_up_to_date(
        self, writer: Writer, new: set[tuple[str, str]], stamps: Sequence[datetime], now: datetime, cutoff: datetime
    ) -> None:
        """Summaries that were posted already are edited where rounds of theirs come late, however late."""
        if self._book is None:
            names = await outbox.sessions_of(writer, new)
            keys = [_evening(SESSION_END, name, self._channel_id, now).key for name in sorted(names)]
            await outbox.revise(writer, keys, now)
            return
        old = [stamp for stamp in stamps if stamp < cutoff + _CLOCKS]
        if old and await self._book.any_near(writer, min(old) - _CLOCKS, max(old) + _CLOCKS):
            news = await outbox.round_news(writer, (min(old) - _CLOCKS, min(max(old) + _CLOCKS, cutoff)))
            late = [one for one in news if (one.server, one.file) in new and is_told(one) and one.played_at < cutoff]
            await self._book.came_late(writer, [_played(one) for one in late], now)

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
    channel, oldest = settings.stats_channel_id, max_age(settings)
    return Announcer(channel, oldest, achievements=settings.announce_achievements, book=book_of(settings))


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
        if not is_told(one):
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
    ends = {one.session_id: one.ended_at for one in news if one.session_id and one.ended_at and is_told(one)}
    return [
        _evening(SESSION_END, name, channel_id, max(ended_at + SESSION_GAP, now + QUIET))
        for name, ended_at in ends.items()
    ]


def identity_of(post: Post) -> str:
    """What the footer of a post carries, so that it is known again in the channel."""
    name = {ROUND: "file", MATCH: "match_id", UNLOCKS: "file"}.get(post.kind, "session_id")
    if post.kind == GAME_STATUS:
        return post.key.rpartition("@")[0].replace("_", " ")
    words = str(post.subject.get(name, post.subject.get(EVENING, post.key))) + _BESIDE.get(post.kind, "")
    # What Discord might not give back as it got it.
    printable = "".join(char if char.isprintable() else " " for char in words)
    return " ".join(printable.replace("·", "-").split())


def _played(one: RoundNews) -> Played:
    return Played(one.played_at - timedelta(seconds=one.seconds), one.played_at)


def is_told(one: RoundNews) -> bool:
    return one.valid and one.status in _WHOLE


def _evening(kind: str, name: str, channel_id: int, due_at: datetime) -> Call:
    return _call(kind, name, {"session_id": name}, channel_id, due_at)


def _call(kind: str, name: str, subject: dict[str, Any], channel_id: int, due_at: datetime) -> Call:
    return Call(f"{kind}:{name}@{channel_id}", channel_id, kind, subject, due_at)
