"""Announcing in tests: rounds imported at a moment, rows of the outbox, a carrier that does what it is told."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from muster.announce.carrier import Gone, Unreachable
from muster.announce.news import Announcer, identity_of
from muster.rounds.importer import Importer, ImportReport, ServerChoice
from muster.store import outbox
from muster.store.engine import Store
from muster.store.outbox import Call, Post
from muster.store.schema import outbox as table

NOW = datetime(2025, 1, 1, 20, 15, tzinfo=UTC)
CHANNEL, OTHER, ADMIN = 11, 22, 33
HOURS = timedelta(hours=6)


async def announce(
    store: Store,
    *paths: Path,
    at: datetime = NOW,
    max_age: timedelta = HOURS,
    server: str = "main",
    achievements: bool = False,
) -> ImportReport:
    """Imports files as `muster run` does, at a moment."""
    announcer = Announcer(CHANNEL, max_age, lambda: at, achievements=achievements)
    return await Importer(store, ServerChoice(name=server), announcer.on_taken).run(paths)


async def rows(store: Store, *names: str) -> list[tuple[Any, ...]]:
    """Columns of the outbox, in the order of its rows."""
    async with store.read() as reader:
        found = await reader.all(sa.select(*(table.c[name] for name in names)).order_by(table.c.id))
        return [tuple(row) for row in found]


async def called(store: Store) -> list[str]:
    """What is to be posted, without the ends of evenings: kind and name."""
    return [key.rpartition("@")[0] for kind, key in await rows(store, "kind", "key") if kind != "session_end"]


async def put(store: Store, *names: str, channel: int = CHANNEL, now: datetime | None = None) -> None:
    """Rows as a commit writes them; a round a name."""
    now = now or datetime.now(UTC).replace(microsecond=0)
    calls = [
        Call(f"round:main:{name}@{channel}", channel, "round", {"server": "main", "file": name}, now) for name in names
    ]
    async with store.write() as writer:
        await outbox.add(writer, calls, now)


class FakeCarrier:
    """Keeps what is posted in memory, as Discord does. `troubles`: raised by the next calls of `send`, one each."""

    def __init__(self) -> None:
        self.messages: list[tuple[int, str]] = []
        self.sent: list[str] = []
        self.looked: list[int] = []
        self.troubles: list[Exception | None] = []
        self.lost: list[Exception | None] = []
        self.closed: dict[int, Exception] = {}
        self.slow = 0.0
        self.edits: list[str] = []
        self.gone: set[int] = set()

    async def ready(self) -> None:
        pass

    async def send(self, post: Post) -> int | None:
        if self.slow:
            await asyncio.sleep(self.slow)
        if post.channel_id in self.closed:
            raise self.closed[post.channel_id]
        if self.troubles and (trouble := self.troubles.pop(0)) is not None:
            raise trouble
        name = identity_of(post)
        self.sent.append(name)
        self.messages.append((post.channel_id, name))
        if self.lost and (lost := self.lost.pop(0)) is not None:
            raise lost
        return len(self.messages)

    async def edit(self, post: Post) -> None:
        if self.slow:
            await asyncio.sleep(self.slow)
        if post.message_id in self.gone:
            raise Gone("deleted")
        if self.troubles and (trouble := self.troubles.pop(0)) is not None:
            raise trouble
        self.edits.append(identity_of(post))
        if self.lost and (lost := self.lost.pop(0)) is not None:
            raise lost

    async def posted(self, channel_id: int, since: datetime) -> Mapping[str, int]:
        self.looked.append(channel_id)
        return {name: n for n, (channel, name) in enumerate(self.messages, 1) if channel == channel_id}


class Unsettled(Unreachable):
    """Something that passes."""

    def __init__(self) -> None:
        super().__init__("for a moment")


async def until(condition: Callable[[], bool], within: float = 10.0) -> None:
    """Waits for something to become true."""
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.005)
