"""From news of who is in voice, and who joins and leaves, to rows in the store: each second once."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

import structlog

from muster.community import hidden
from muster.community.attendance import Attendance, Stay, split
from muster.community.register import Rules
from muster.model.chat import Channel, Community, Person, Platform
from muster.model.presence import InVoice, MemberJoined, MemberLeft, RollCall
from muster.store import history, presence
from muster.store.engine import RowRefused, Store, StoreError, Writer
from muster.store.presence import OpenRow, VoiceRow

log = structlog.get_logger("muster.community")

BEAT = 15.0
"""Seconds between two notes that those in voice are still there: what a crash may take of who leaves meanwhile."""

_GATHER = 1.0
"""Seconds that news wait for more."""

_AGAIN = 2.0
"""Seconds before the database is tried again."""

Membership = MemberJoined | MemberLeft


def wall_clock() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class VoiceCounter:
    """Counts seconds in voice, and keeps who joined and left. What it is told never waits; `run` stores it.

    `now` is the clock, in milliseconds; `gather`: seconds that news wait for more.
    """

    def __init__(
        self,
        store: Store,
        rules: Rules,
        *,
        now: Callable[[], int] = wall_clock,
        gather: float = _GATHER,
        beat: float = BEAT,
    ) -> None:
        self.now = now
        self._store = store
        self._rules = rules
        self._gather = gather
        self._beat = beat
        self._attendance = Attendance()
        self._members: list[Membership] = []
        self._ready = asyncio.Event()
        self._some = asyncio.Event()
        self.told: Callable[[str], None] = lambda _: None
        """Hears of every attempt to store: nothing where it went well, else why not."""

    async def ready(self) -> None:
        """Waits until news may be told."""
        await self._ready.wait()

    def __len__(self) -> int:
        """How many are in voice."""
        return len(self._attendance)

    @property
    def is_watching(self) -> bool:
        """Whether any community is watched."""
        return self._attendance.is_watching

    def hear(self, news: InVoice | RollCall | Membership) -> None:
        """Takes news in."""
        match news:
            case InVoice():
                self._attendance.hear(news)
            case RollCall():
                self._attendance.call(news)
            case _:
                self._members.append(news)
        self._some.set()

    def lose(self, community: Community | None = None) -> None:
        """From now on news of a community, or (None) of all, may be missing, until the roll is called."""
        self._attendance.lose(community, self.now())
        self._some.set()

    def leave(self, community: Community) -> None:
        """A community is gone for good."""
        self._attendance.leave(community, self.now())
        self._some.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Stores what is told, and every few seconds that those in voice are still there, until it is stopped.

        Who is in voice then goes on in the same session after a short restart.
        """
        await self._open(stop)
        loop = asyncio.get_running_loop()
        due = loop.time() + self._beat
        while not stop.is_set():
            await _either(stop, self._some, max(due - loop.time(), 0))
            if self._some.is_set():
                await _either(stop, None, self._gather)
            if loop.time() >= due:
                self._attendance.beat(self.now())
                due = loop.time() + self._beat
            if not await self._flush():
                await _either(stop, None, _AGAIN)
        self._attendance.lose(None, self.now())
        await self._flush()

    async def _open(self, stop: asyncio.Event) -> None:
        """Takes over who was in voice when the program ended."""
        while not stop.is_set():
            try:
                async with self._store.read() as reader:
                    rows = await presence.open_sessions(reader)
            except StoreError as error:
                log.warning("the database is away: voice waits", error=str(error))
                await _either(stop, None, _AGAIN)
            else:
                self._attendance = Attendance(map(_stay, rows))
                self._attendance.beat(self.now())
                self._ready.set()
                return

    async def _flush(self) -> bool:
        """Stores what has changed; False where the database is away, then it is tried again."""
        self._some.clear()
        stays, members = self._attendance.changed(), self._members
        self._members = []
        try:
            await self._store_all(stays, members)
        except StoreError as error:
            log.warning("the database is away: voice waits", sessions=len(stays), error=str(error))
            self._attendance.again(stays)
            self._members = [*members, *self._members]
            self.told(str(error))
            return False
        self.told("")
        return True

    async def _store_all(self, stays: Sequence[Stay], members: Sequence[Membership]) -> None:
        if not stays and not members:
            return
        try:
            async with self._store.write() as writer:
                await store_stays(writer, stays, self._rules)
                await store_members(writer, members, self._rules)
        except RowRefused as error:
            if len(stays) + len(members) == 1:
                log.warning("news about voice or members can't be stored and are left out", reason=str(error))
                return
            for stay in stays:
                await self._store_all([stay], [])
            for member in members:
                await self._store_all([], [member])


async def store_stays(writer: Writer, stays: Sequence[Stay], rules: Rules) -> None:
    """Stores sessions in voice, and adds to their days what is not in them yet: to store them twice changes nothing.

    Of whoever is hidden nothing is stored; of who was erased only what came after.
    """
    known = await hidden.read(writer)
    rows: dict[tuple[int, int, int], VoiceRow] = {}
    days: dict[tuple[int, int, int], int] = {}
    for part in _by_community(stays):
        of = part[0].community
        community = await history.community(writer, of.platform, of.key, of.name)
        since = {stay: max(stay.since, known.until(of.platform, stay.person.key) + 1) for stay in part}
        part = [stay for stay in part if since[stay] <= stay.seen]
        if not part:
            continue
        named = {stay.channel.key: stay.channel.name for stay in part}
        channels = await presence.channel_ids(writer, community.id, named)
        people = {stay.person.key: stay.person.name or None for stay in part}
        users = await history.user_ids(writer, of.platform, people)
        before = await presence.ends(writer, users.values(), min(since.values()))
        rule = rules(of.platform, of.key)
        for stay in part:
            user, channel = users[stay.person.key], channels[stay.channel.key]
            key = user, channel, since[stay]
            # Who leaves and comes back within a millisecond has two stays that begin alike; the first has no length.
            rows[key] = VoiceRow(*key, stay.seen, stay.is_open)
            counted = before.get(key, since[stay])
            for day, spent in split(counted, stay.seen, rule).items():
                days[user, channel, day] = days.get((user, channel, day), 0) + spent
    await presence.put_sessions(writer, list(rows.values()))
    await presence.add_days(writer, days)


async def store_members(writer: Writer, events: Sequence[Membership], rules: Rules) -> None:
    """Stores who came and went; news that say nothing new (come who is there, gone who is gone) are left out, and what
    hidden people do.
    """
    known = await hidden.read(writer)
    for event in events:
        of = event.community
        if event.at <= known.until(of.platform, event.person.key):
            continue
        community = await history.community(writer, of.platform, of.key, of.name)
        users = await history.user_ids(writer, of.platform, {event.person.key: event.person.name or None})
        user, joined = users[event.person.key], isinstance(event, MemberJoined)
        before = await presence.last_member_event(writer, community.id, user)
        if before is None or (before[1] is not joined and event.at >= before[0]):
            day, _ = rules(of.platform, of.key).place(event.at)
            await presence.add_member_event(writer, community.id, user, event.at, joined, day)


def _by_community(stays: Iterable[Stay]) -> list[list[Stay]]:
    parts: dict[tuple[Platform, str], list[Stay]] = {}
    for stay in stays:
        parts.setdefault((stay.community.platform, stay.community.key), []).append(stay)
    return list(parts.values())


def _stay(row: OpenRow) -> Stay:
    community = Community(Platform(row.platform), row.community, row.community_name)
    channel = Channel(community, row.channel, row.channel_name)
    person = Person(community.platform, row.user, row.user_name)
    return Stay(community, person, channel, row.joined_at, row.seen)


async def _either(stop: asyncio.Event, event: asyncio.Event | None, seconds: float) -> None:
    """Waits for the stop, an event, or the time."""
    tasks = [asyncio.create_task(each.wait()) for each in (stop, event) if each is not None]
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
