"""Messages counted, whatever happens on the way: twice, late, in any order, without a database, after a crash."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from muster.community.days import DayRule, date_of
from muster.community.recorder import Recorder
from muster.model.chat import Message
from muster.store import chat
from muster.store.engine import Store, StoreError, Writer
from tests.community.telling import START, TOWN, channel, expected, person, recorder, said, stored, talk
from tests.importer.working import opened, query


@asynccontextmanager
async def running(store: Store, folder: Path, **values: Any) -> AsyncIterator[Recorder]:
    """A recorder at work; what was offered is stored when it is left."""
    counting = recorder(store, folder, **({"size": 50, "seconds": 0.01} | values))
    await counting.open()
    stop = asyncio.Event()
    task = asyncio.create_task(counting.run(stop))
    try:
        yield counting
    finally:
        stop.set()
        await task


async def offered(store: Store, folder: Path, messages: Iterable[Message], **values: Any) -> None:
    async with running(store, folder, **values) as counting:
        for n, message in enumerate(messages):
            counting.offer(message)
            if n % 40 == 0:
                await asyncio.sleep(0)


async def test_counts_are_what_another_count_finds(db_url: str, tmp_path: Path) -> None:
    messages = talk(1500, seed=1)
    async with opened(db_url) as store:
        await offered(store, tmp_path, messages)
        assert await stored(store) == expected(messages)


@pytest.mark.parametrize("seed", [1, 2])
async def test_any_order_and_repeated_deliveries_come_to_the_same(db_url: str, tmp_path: Path, seed: int) -> None:
    messages = talk(800, seed=7)
    shuffled = [*messages, *messages[::3]]
    Random(seed).shuffle(shuffled)
    async with opened(db_url) as store:
        for part in (shuffled[:500], shuffled[500:], shuffled[::2]):
            await offered(store, tmp_path, part)
        assert await stored(store) == expected(messages)
        hours = await query(store, "SELECT sum(messages) FROM user_hours")
        assert hours == [(len({(m.channel.key, m.number) for m in messages}),)]


async def test_days_begin_at_the_cutoff_of_the_zone(sqlite_url: str, tmp_path: Path) -> None:
    rule = DayRule("Asia/Kathmandu", 6)
    messages = talk(300, seed=3)
    async with opened(sqlite_url) as store:
        await offered(store, tmp_path, messages, rule=lambda: rule)
        assert (await stored(store))["days"] == expected(messages, rule)["days"]


async def test_the_mark_follows_only_while_nothing_is_missing(db_url: str, tmp_path: Path) -> None:
    here = channel(1)
    messages = [said(here, person(1), 60 * n) for n in range(20)]
    async with opened(db_url) as store:
        async with running(store, tmp_path) as counting:
            for message in messages[:10]:
                counting.offer(message)
            before = counting.mark(here)
        assert len(await recent(store)) == 10, "nothing is known to be whole"
        async with running(store, tmp_path) as counting:
            assert counting.mark(here) == before
            counting.close_gap(here)
            for message in messages[10:]:
                counting.offer(message)
            await stored_all(counting)
            assert messages[16].number < counting.mark(here) < messages[18].number, "two minutes behind the newest"
            counting.open_gap(TOWN)
            mark = counting.mark(here)
            counting.offer(said(here, person(1), 9000))
            await stored_all(counting)
            assert counting.mark(here) == mark
            assert not counting.offer(messages[3])
            assert not counting.offer(messages[19])
        assert [number for number in await recent(store) if number > mark] == [
            *(m.number for m in messages[18:]),
            said(here, person(1), 9000).number,
        ]
        assert (await stored(store))["people"] == expected([*messages, said(here, person(1), 9000)])["people"]


async def test_what_can_never_be_read_is_left_after_a_week(sqlite_url: str, tmp_path: Path) -> None:
    """Numbers beyond a mark that can't move would pile up for years."""
    now = datetime.now(UTC).timestamp() - START / 1000
    async with opened(sqlite_url) as store:
        old = [said(channel(days), person(1), now - days * 86_400) for days in (6, 8)]
        begun = [msgspec.structs.replace(m, channel=channel(int(m.channel.key), since=m.number)) for m in old]
        await offered(store, tmp_path, begun)
        counting = recorder(store, tmp_path, look_back=7 * 86_400_000)
        await counting.open()
        for days, is_left in ((6, False), (8, True)):
            assert not counting.is_whole(channel(days))
            counting.leave_gap(channel(days))
            assert counting.is_whole(channel(days)) is is_left


async def stored_all(counting: Recorder) -> None:
    """Waits until nothing is left in memory."""
    async with asyncio.timeout(30):
        while counting.waiting:
            await asyncio.sleep(0.01)


async def recent(store: Store) -> list[int]:
    async with store.read() as reader:
        return sorted(number for found in (await chat.recent(reader)).values() for number in found)


async def test_names_change_and_keys_stay(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store:
        await offered(store, tmp_path, [said(channel(1), person(5, "Ann"), 1)])
        await offered(
            store, tmp_path, [said(channel(1), person(5, "Anna"), 2), said(channel(2, parent="1"), person(6), 3)]
        )
        assert await query(store, "SELECT key, global_username FROM users ORDER BY key") == [
            ("5", "Anna"),
            ("6", "user 6"),
        ]
        assert await query(store, "SELECT key, parent FROM channels ORDER BY key") == [("1", None), ("2", "1")]


class Breaking:
    """Makes the database go away: before a transaction, within it, or when its commit was not heard any more."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
        self.away = False
        write = Store.write
        breaking = self

        @asynccontextmanager
        async def writing(store: Store, **values: Any) -> AsyncIterator[Writer]:
            if breaking.away and how == "before":
                raise StoreError("away")
            async with write(store, **values) as writer:
                yield writer
                if breaking.away and how == "within":
                    raise StoreError("away")
            if breaking.away and how == "unheard":
                breaking.away = False
                raise StoreError("away")

        monkeypatch.setattr(Store, "write", writing)


@pytest.mark.parametrize("how", ["before", "within", "unheard"])
async def test_the_database_goes_away(db_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    monkeypatch.setattr("muster.community.recorder._MOST", 100)
    monkeypatch.setattr("muster.community.recorder._PORTION", 30)
    messages = talk(900, seed=5)
    async with opened(db_url) as store:
        breaking = Breaking(monkeypatch, how)
        async with running(store, tmp_path) as counting:
            for n, message in enumerate(messages):
                breaking.away = 200 <= n < 700 if how != "unheard" else n % 150 == 100
                counting.offer(message)
                counting.offer(message)
                await asyncio.sleep(0.001 if n % 5 == 0 else 0)
            breaking.away = False
        assert await stored(store) == expected(messages)
        assert not (tmp_path / "spill.jsonl").exists()


async def test_what_comes_to_disk_while_the_rest_of_it_is_stored(
    db_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("muster.community.recorder._MOST", 10)
    messages = [said(channel(1), person(1 + n % 3), n) for n in range(20)]
    async with opened(db_url) as store:
        breaking = Breaking(monkeypatch, "before")
        breaking.away = True
        write, late = Store.write, list(messages[10:])

        @asynccontextmanager
        async def writing(store: Store, **values: Any) -> AsyncIterator[Writer]:
            async with write(store, **values) as writer:
                while late:
                    counting.offer(late.pop(0))
                yield writer

        async with running(store, tmp_path) as counting:
            for message in messages[:10]:
                counting.offer(message)
            assert (tmp_path / "spill.jsonl").exists()
            monkeypatch.setattr(Store, "write", writing)
            breaking.away = False
        assert late == []
        assert await stored(store) == expected(messages)


async def test_what_is_on_disk_when_the_program_ends_is_counted_by_the_next(
    db_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = talk(300, seed=6)
    async with opened(db_url) as store:
        await offered(store, tmp_path, messages[:100])
        breaking = Breaking(monkeypatch, "before")
        breaking.away = True
        await offered(store, tmp_path, messages[50:])
        assert (tmp_path / "spill.jsonl").exists()
        with (tmp_path / "spill.jsonl").open("ab") as stream:
            stream.write(b'{"channel":{"commu')
        assert (await stored(store))["people"] == expected(messages[:100])["people"]
        breaking.away = False
        await offered(store, tmp_path, messages[250:])
        assert await stored(store) == expected(messages)


async def test_one_bad_row_is_set_aside_and_the_rest_is_counted(
    db_url: str, tmp_path: Path, expect_pg_error: Callable[[str], None]
) -> None:
    expect_pg_error("COPY aborted")
    messages = talk(120, seed=8)
    bad = said(channel(100), person(900, "broken \ud800 name"), 5)
    async with opened(db_url) as store:
        await offered(store, tmp_path, [*messages[:60], bad, *messages[60:]], size=500)
        assert await stored(store) == expected(messages)
        ((source, reason),) = await query(store, "SELECT source, reason FROM quarantine")
        assert source == "message"
        assert reason


def test_days_of_all_zones_begin_on_a_quarter() -> None:
    for zone in ("UTC", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Chatham"):
        rule = DayRule(zone, 5)
        for message in talk(200, seed=9, hours=9000):
            moment = datetime.fromtimestamp(message.sent_at / 1000, UTC)
            day, hour = rule.place(message.sent_at)
            assert date_of(day) == rule.day(moment)
            local = moment.astimezone(ZoneInfo(zone))
            assert hour == local.weekday() * 24 + local.hour


async def test_a_row_that_can_not_be_set_aside_yet_is_not_lost(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> None:
        raise StoreError("away")

    monkeypatch.setattr("muster.community.recorder.chat.set_aside", away)
    async with opened(sqlite_url) as store:
        await offered(store, tmp_path, [said(channel(100), person(900, "broken \ud800 name"), 5)])
        assert await query(store, "SELECT * FROM users") == []
        await offered(store, tmp_path, [])
        assert await query(store, "SELECT global_username FROM users") == [("broken ? name",)]
