"""Voice when the database fails: nothing is lost, nothing counted twice, one bad row does not stop the others."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import pytest

from muster.community.days import DayRule
from muster.community.voice import VoiceCounter
from muster.model.chat import Person, Platform
from muster.model.presence import InVoice, MemberJoined, MemberLeft, RollCall
from muster.store.engine import Store, StoreError, Writer, parse_url
from muster.store.upgrade import upgrade
from tests.community.telling import START, TOWN, channel, person
from tests.importer.working import opened, query

TROUBLE = ("after", "before", "after", "", "after", "after")
LOUNGE = channel(301)
ANNA = person(501, "anna")


class Unsure(Store):
    """A database whose writes fail: before anything is done, or after the commit, whose answer is lost."""

    fails: tuple[str, ...] = ()

    def fails_less(self, often: int) -> bool:
        return len(self.fails) < often

    @asynccontextmanager
    async def write(self, *, large: bool = False) -> AsyncIterator[Writer]:
        how, *rest = self.fails or ("",)
        self.fails = tuple(rest)
        if how == "before":
            raise StoreError("away")
        async with super().write(large=large) as writer:
            yield writer
        if how == "after":
            raise StoreError("no answer")


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_write_whose_end_is_not_heard_counts_once(db_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("muster.community.voice._AGAIN", 0.01)
    clock = [START]
    store = Unsure(parse_url(db_url))
    async with store:
        await upgrade(store)
        store.fails = TROUBLE
        counter = VoiceCounter(store, lambda *_: DayRule(), now=lambda: clock[0], gather=0.0, beat=0.01)
        stop = asyncio.Event()
        task = asyncio.create_task(counter.run(stop))
        await counter.ready()
        counter.hear(RollCall(TOWN, ((ANNA, LOUNGE),), START))
        counter.hear(MemberJoined(TOWN, ANNA, START))
        for left in range(len(TROUBLE)):
            clock[0] += 1_000
            await until(partial(store.fails_less, len(TROUBLE) - left))
        counter.hear(InVoice(TOWN, ANNA, None, clock[0]))
        counter.hear(MemberLeft(TOWN, ANNA, clock[0]))
        await until(lambda: len(counter) == 0)
        stop.set()
        await task
        spent = clock[0] - START
        assert await query(store, "SELECT sum(milliseconds) FROM voice_days") == [(spent,)]
        assert await query(store, "SELECT left_at - joined_at FROM voice_sessions WHERE NOT is_open") == [(spent,)]
        assert await query(store, "SELECT count(*) FROM member_events") == [(2,)]


async def test_a_name_the_database_refuses_stops_nobody_else(
    postgresql_url: str, expect_pg_error: Callable[[str], None]
) -> None:
    expect_pg_error("invalid byte sequence")
    async with opened(postgresql_url) as store:
        counter = VoiceCounter(store, lambda *_: DayRule(), now=lambda: START, gather=0.0)
        stop = asyncio.Event()
        task = asyncio.create_task(counter.run(stop))
        await counter.ready()
        odd = Person(Platform.DISCORD, "666", "nul\x00")
        counter.hear(RollCall(TOWN, ((odd, LOUNGE), (ANNA, LOUNGE)), START))
        async with asyncio.timeout(20):
            while not await query(store, "SELECT * FROM voice_sessions"):
                await asyncio.sleep(0.01)
        stop.set()
        await task
        assert await query(store, "SELECT global_username FROM users") == [("anna",)]
