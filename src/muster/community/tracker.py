"""Counting as a module of another program: what the program itself does, function by function.

    store = await init_db("sqlite:///tracker.db")
    tracking = await initialize_tracking(store, read_config(Path("config.json").read_text()))

`docs/tracker.md` has examples that run.
"""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from datetime import date

import msgspec

from muster.community.days import DayRule, date_of
from muster.community.members import Ask, Present, Snapshots
from muster.community.recorder import FLUSH_SECONDS, FLUSH_SIZE, LOOK_BACK, Recorder
from muster.community.spill import Spill
from muster.community.tracker_config import TrackerConfig
from muster.model.chat import Message
from muster.store import tracker
from muster.store.engine import Store, StoreError, parse_url
from muster.store.sole import RUN, sole
from muster.store.tracker import MessageCount, UserCount
from muster.store.upgrade import upgrade


class InMemoryStats(msgspec.Struct, frozen=True):
    """What is counted and not stored yet. `on_disk`: more waits there, since the database could not be reached."""

    messages: int
    counts: tuple[MessageCount, ...]
    on_disk: bool


class ServerStats(msgspec.Struct, frozen=True):
    """A server from one day to another.

    `members` is the last count, `change` how many more that are than at the one before the first day (or the first).
    `channels`: messages by channel, most first; `daily`: messages by date, days without any left out.
    """

    server_id: str
    first: date | None
    last: date | None
    members: int | None
    change: int | None
    messages: int
    average: float
    channels: tuple[tuple[str, int], ...]
    daily: tuple[tuple[date, int], ...]


class DailySummary(msgspec.Struct, frozen=True):
    """A server on one day; `change` since the count of members before."""

    server_id: str
    date: date
    members: int | None
    change: int | None
    messages: int
    channels: int


class AlreadyCounting(StoreError):
    """Another process counts into this database."""


class Tracking(Recorder):
    """Counts the messages of tracked channels into a database. Only one process may do so at a time.

    `offer` takes a message, and what is taken is stored a second later, or every 500 messages.
    """

    def __init__(
        self, store: Store, config: TrackerConfig, spill: Spill, *, size: int, seconds: float, look_back: int
    ) -> None:
        rule = DayRule("UTC", config.daily_cutoff_hour_utc)
        super().__init__(store, lambda *_: rule, spill, size=size, seconds=seconds, look_back=look_back)
        self.store = store
        self.config = config
        self.rule = rule
        self._claim = AsyncExitStack()
        self._stop = asyncio.Event()
        self._ended = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._daily: list[asyncio.Task[None]] = []

    def tracks(self, channel: int, parent: int | None) -> bool:
        """Whether a channel of any server is tracked, as the Discord adapter asks."""
        keys = {str(channel), str(parent)}
        return any(keys & set(listed) for listed in self.config.tracked_channels.values())

    def offer(self, message: Message) -> bool:
        """Takes a message in; False where its channel is not tracked, or it is counted already."""
        channel = message.channel
        if not self.config.tracks(channel.community.key, channel.key, channel.parent):
            return False
        return super().offer(message)

    def in_memory(self) -> InMemoryStats:
        """What is taken in and not stored."""
        taken = self.waiting
        counts: Counter[tuple[str, str, date]] = Counter()
        for place, message in taken:
            day, _ = place.rule.place(message.sent_at)
            counts[place.community.key, place.row.key, date_of(day)] += 1
        rows = tuple(MessageCount(*key, count) for key, count in sorted(counts.items()))
        return InMemoryStats(len(taken), rows, bool(self._spill))

    async def flush(self) -> bool:
        """Stores what waits; False where the database can't be reached: then it stays, on disk, until it can."""
        await self._halt()
        self._start()
        return not self._spill

    async def schedule(self, snapshots: Snapshots) -> None:
        """Takes the counts of members once a day from now on."""
        self._daily.append(asyncio.create_task(snapshots.run(self._ended)))

    async def close(self) -> None:
        """Stores what waits and ends; the database may be counted into by another process then."""
        self._ended.set()
        await self._halt()
        await asyncio.gather(*self._daily)
        await self._claim.aclose()

    async def begin(self, claim: AsyncExitStack) -> None:
        """Takes over what is stored, and begins to store what is offered. `claim` is given back at the end."""
        await self.open()
        self._claim = claim.pop_all()
        self._start()

    def _start(self) -> None:
        self._stop = asyncio.Event()
        self._task = asyncio.create_task(self.run(self._stop))

    async def _halt(self) -> None:
        self._stop.set()
        if self._task is not None:
            await self._task


async def init_db(url: str) -> Store:
    """A database with its tables, made or brought up to date where needed. Raises StoreError."""
    store = Store(parse_url(url))
    try:
        await upgrade(store)
    except StoreError:
        await store.close()
        raise
    return store


async def close_db(store: Store) -> None:
    """Closes the connections."""
    await store.close()


async def upsert_user_count(store: Store, server_id: str, day: date, count: int) -> None:
    """Stores how many members a server has on a day; another count of the same day takes its place."""
    async with store.write() as writer:
        await tracker.put_user_count(writer, server_id, day, _counted(count))


async def upsert_message_count(store: Store, server_id: str, channel_id: str, day: date, count: int) -> None:
    """Adds messages to a channel's day, such as those another system has counted. Who wrote them is not known then."""
    async with store.write() as writer:
        await tracker.add_messages(writer, server_id, channel_id, day, _counted(count))


def _counted(count: int) -> int:
    if count < 0:
        raise ValueError(f"a count can't be {count}")
    return count


async def get_user_counts(
    store: Store, server_id: str, start: date | None = None, end: date | None = None
) -> list[UserCount]:
    """Members by date, both ends included."""
    async with store.read() as reader:
        return await tracker.user_counts_of(reader, server_id, start, end)


async def get_message_counts(
    store: Store,
    server_id: str,
    channel_id: str | None = None,
    start: date | None = None,
    end: date | None = None,
) -> list[MessageCount]:
    """Messages by date and channel, both ends included; of all channels where none is named."""
    async with store.read() as reader:
        return await tracker.message_counts_of(reader, server_id, channel_id, start, end)


async def get_server_stats(
    store: Store, server_id: str, start: date | None = None, end: date | None = None
) -> ServerStats:
    """A server from one day to another, both included; all there is without them."""
    async with store.read() as reader:
        members = await tracker.user_counts_of(reader, server_id, start, end)
        messages = await tracker.message_counts_of(reader, server_id, None, start, end)
        before = await tracker.members_before(reader, [server_id], start) if start else {}
    channels: Counter[str] = Counter()
    daily: Counter[date] = Counter()
    for row in messages:
        channels[row.channel_id] += row.message_count
        daily[row.date] += row.message_count
    days = [row.date for row in members] + list(daily)
    first, last = (min(days), max(days)) if days else (start, end)
    base = before.get(server_id, members[0].user_count if members else None)
    latest = members[-1].user_count if members else None
    total = channels.total()
    return ServerStats(
        server_id,
        first,
        last,
        latest,
        None if latest is None or base is None else latest - base,
        total,
        total / ((max(days) - min(days)).days + 1) if days else 0.0,
        tuple(sorted(channels.items(), key=lambda one: (-one[1], one[0]))),
        tuple(sorted(daily.items())),
    )


async def get_daily_summary(store: Store, day: date) -> list[DailySummary]:
    """Every server anything is known of on a day, by its id."""
    async with store.read() as reader:
        members = {row.server_id: row.user_count for row in await tracker.user_counts_of(reader, None, day, day)}
        messages = await tracker.message_counts_of(reader, None, None, day, day)
        servers = sorted(members.keys() | {row.server_id for row in messages})
        before = await tracker.members_before(reader, servers, day)
    found: list[DailySummary] = []
    for server in servers:
        own = [row.message_count for row in messages if row.server_id == server]
        now, earlier = members.get(server), before.get(server)
        change = None if now is None or earlier is None else now - earlier
        found.append(DailySummary(server, day, now, change, sum(own), len(own)))
    return found


async def initialize_tracking(
    store: Store,
    config: TrackerConfig,
    *,
    flush_size: int = FLUSH_SIZE,
    flush_seconds: float = FLUSH_SECONDS,
    look_back: int = LOOK_BACK,
) -> Tracking:
    """Begins to count messages; `look_back`: milliseconds before now that a new channel is counted from.

    Raises AlreadyCounting where another process counts into this database, and StoreError where it can't be reached.
    """
    async with AsyncExitStack() as claim:
        if await claim.enter_async_context(sole(store, *RUN)) is None:
            raise AlreadyCounting(f"another process counts into {store.shown}: stop it first, or use another database")
        pace = {"size": flush_size, "look_back": look_back}
        tracking = Tracking(store, config, Spill.beside(store), seconds=flush_seconds, **pace)
        await tracking.begin(claim)
    return tracking


async def flush_counts_to_db(tracking: Tracking) -> bool:
    """Stores at once what waits in memory; False where the database can't be reached, and nothing is lost."""
    return await tracking.flush()


def get_in_memory_stats(tracking: Tracking) -> InMemoryStats:
    """What waits in memory."""
    return tracking.in_memory()


async def schedule_daily_user_snapshot(tracking: Tracking, present: Present, ask: Ask) -> None:
    """Counts the members of every server once a day at the hour of the configuration, until tracking is closed.

    `present` names the servers, `ask` says how many members one has (None: not to be known now). A count missed
    while the program was down is taken at once and marked late.
    """
    await tracking.schedule(_snapshots(tracking, present, ask))


async def trigger_user_snapshot(tracking: Tracking, present: Present, ask: Ask) -> int:
    """Counts the members of every server now, in place of today's counts; returns how many servers answered."""
    return await _snapshots(tracking, present, ask).take(again=True)


def _snapshots(tracking: Tracking, present: Present, ask: Ask) -> Snapshots:
    return Snapshots(tracking.store, lambda *_: tracking.rule, present, ask)
