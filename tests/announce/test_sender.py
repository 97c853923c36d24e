"""The sender against a Discord that does what it is told: order, doubt, patience, parking, and one sender only."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from muster.announce import lane
from muster.announce.carrier import Refused, Unreachable, Vanished
from muster.announce.sender import LOCK, Sender
from muster.store.engine import Store
from muster.store.sole import sole
from tests.announce.working import ADMIN, CHANNEL, OTHER, FakeCarrier, Unsettled, put, rows, until
from tests.importer.working import change, opened


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(lane, "LONGEST_PAUSE", 0.05)


@asynccontextmanager
async def sending(store: Store, carrier: FakeCarrier, admin: int | None = ADMIN) -> AsyncIterator[Sender]:
    """A sender at work; raises what it dies of."""
    sender = Sender(store, carrier, admin_channel=admin)
    stop = asyncio.Event()
    task = asyncio.create_task(sender.run(stop))
    try:
        yield sender
        stop.set()
        await asyncio.wait_for(task, 10)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def told(carrier: FakeCarrier, channel: int = CHANNEL) -> list[str]:
    return [name for where, name in carrier.messages if where == channel]


async def test_everything_goes_out_in_order(db_url: str) -> None:
    carrier = FakeCarrier()
    names = [f"{n:02}" for n in range(20)]
    async with opened(db_url) as store:
        await put(store, *names)
        async with sending(store, carrier) as sender:
            await until(lambda: len(carrier.messages) == 20)
            await put(store, "then")
            sender.wake()
            await until(lambda: len(carrier.messages) == 21)
        assert told(carrier) == [*names, "then"]
        assert await rows(store, "status", "attempts", "message_id", "error") == [
            ("sent", 1, n, None) for n in range(1, 22)
        ]


async def test_a_commit_is_seen_without_waiting_for_the_next_look(sqlite_url: str) -> None:
    carrier = FakeCarrier()
    async with opened(sqlite_url) as store, sending(store, carrier) as sender:
        await put(store, "first")
        await until(lambda: len(carrier.messages) == 1)
        for n in range(5):
            began = time.monotonic()
            await put(store, f"{n}")
            sender.wake()
            await until(lambda n=n: len(carrier.messages) == n + 2)  # type: ignore[misc]
            assert time.monotonic() - began < 0.5


async def test_a_commit_of_another_process_is_seen_too(sqlite_url: str) -> None:
    carrier = FakeCarrier()
    async with opened(sqlite_url) as store, opened(sqlite_url) as other, sending(store, carrier):
        await put(other, "round")
        await until(lambda: told(carrier) == ["round"], within=3)


async def test_what_is_due_later_waits(db_url: str) -> None:
    carrier = FakeCarrier()
    async with opened(db_url) as store:
        now = datetime.now(UTC).replace(microsecond=0)
        await put(store, "later", now=now + timedelta(seconds=2))
        await put(store, "now", now=now)
        async with sending(store, carrier):
            await until(lambda: told(carrier) == ["now"], within=1)
            await until(lambda: told(carrier) == ["now", "later"], within=5)


async def test_trouble_delays_and_changes_no_order(db_url: str) -> None:
    carrier = FakeCarrier()
    carrier.troubles = [Unsettled(), None, Unsettled(), Unsettled(), None, Unreachable("429", after=0.3)]
    async with opened(db_url) as store:
        await put(store, "a", "b", "c", "d")
        began = time.monotonic()
        async with sending(store, carrier):
            await until(lambda: len(carrier.messages) == 4)
        assert time.monotonic() - began > 0.3
        assert told(carrier) == ["a", "b", "c", "d"]
        assert await rows(store, "status", "attempts") == [("sent", 2), ("sent", 3), ("sent", 2), ("sent", 1)]


async def test_what_arrived_though_its_answer_was_lost_is_not_sent_again(db_url: str) -> None:
    carrier = FakeCarrier()
    carrier.lost = [None, Unsettled(), TimeoutError(), None]
    async with opened(db_url) as store:
        await put(store, "a", "b", "c", "d")
        async with sending(store, carrier):
            await until(lambda: len(carrier.messages) == 4)
            await asyncio.sleep(0.1)
        assert carrier.sent == ["a", "b", "c", "d"]
        assert await rows(store, "status", "message_id") == [("sent", 1), ("sent", 2), ("sent", 3), ("sent", 4)]


async def test_a_channel_is_read_once_at_the_start_and_after_each_doubt(sqlite_url: str) -> None:
    carrier = FakeCarrier()
    async with opened(sqlite_url) as store:
        await put(store, "a", "b", "c")
        async with sending(store, carrier) as sender:
            await until(lambda: len(carrier.messages) == 3)
            carrier.troubles = [Unsettled()]
            await put(store, "d", "e")
            sender.wake()
            await until(lambda: len(carrier.messages) == 5)
        assert carrier.looked == [CHANNEL, CHANNEL]


@pytest.mark.parametrize("status", ["sending", "pending"])
async def test_after_a_crash_the_channel_knows_what_was_posted(db_url: str, status: str) -> None:
    """Killed between sending and marking; or the mark was lost with the machine's power."""
    carrier = FakeCarrier()
    carrier.messages = [(CHANNEL, "before"), (CHANNEL, "a"), (OTHER, "b")]
    async with opened(db_url) as store:
        await put(store, "a", "b")
        await change(store, f"UPDATE outbox SET status = '{status}', attempts = 1 WHERE id = 1")
        async with sending(store, carrier):
            await until(lambda: "b" in carrier.sent)
        assert carrier.sent == ["b"]
        assert await rows(store, "status", "message_id") == [("sent", 2), ("sent", 4)]


async def test_what_was_begun_comes_first(db_url: str) -> None:
    carrier = FakeCarrier()
    async with opened(db_url) as store:
        await put(store, "a", "b")
        await change(store, "UPDATE outbox SET status = 'sending', attempts = 1 WHERE id = 2")
        async with sending(store, carrier):
            await until(lambda: len(carrier.sent) == 2)
        assert carrier.sent == ["b", "a"]


async def test_one_channel_does_not_wait_for_another(sqlite_url: str) -> None:
    carrier = FakeCarrier()
    carrier.closed[CHANNEL] = Unsettled()
    async with opened(sqlite_url) as store:
        await put(store, "a", "b")
        await put(store, "c", "d", channel=OTHER)
        async with sending(store, carrier):
            await until(lambda: told(carrier, OTHER) == ["c", "d"])
            assert told(carrier) == []
            carrier.closed.clear()
            await until(lambda: told(carrier) == ["a", "b"])


async def test_a_channel_that_vanished_parks_its_posts_and_says_so_once(db_url: str) -> None:
    carrier = FakeCarrier()
    carrier.closed[CHANNEL] = Vanished("404 Unknown Channel")
    async with opened(db_url) as store:
        await put(store, "a", "b", "c")
        await put(store, "d", channel=OTHER)
        async with sending(store, carrier) as sender:
            await until(lambda: len(told(carrier, ADMIN)) == 1 and told(carrier, OTHER) == ["d"])
            await put(store, "e")
            sender.wake()
            await asyncio.sleep(0.5)
        assert len(told(carrier, ADMIN)) == 1
        parked = await rows(store, "channel_id", "status", "error")
        assert [row[1:] for row in parked if row[0] == CHANNEL] == [("parked", "404 Unknown Channel")] * 4


async def test_a_channel_that_came_back_gets_what_was_parked_in_order(db_url: str) -> None:
    carrier = FakeCarrier()
    carrier.closed[CHANNEL] = Vanished("403 Missing Access")
    async with opened(db_url) as store:
        await put(store, "a", "b")
        async with sending(store, carrier) as sender:
            await until(lambda: len(told(carrier, ADMIN)) == 1)
            carrier.closed.clear()
            await put(store, "c")
            sender.wake()
            await until(lambda: told(carrier) == ["a", "b", "c"])
            carrier.closed[CHANNEL] = Vanished("403 Missing Access")
            await put(store, "d")
            sender.wake()
            await until(lambda: len(told(carrier, ADMIN)) == 2)
        async with sending(store, FakeCarrier()):
            await _until_row(store, "sent", 6)


async def test_without_an_admin_channel_parking_is_only_logged(sqlite_url: str) -> None:
    carrier = FakeCarrier()
    carrier.closed[CHANNEL] = Vanished("404 Unknown Channel")
    async with opened(sqlite_url) as store:
        await put(store, "a")
        async with sending(store, carrier, admin=None):
            await _until_row(store, "parked", 1)
        assert carrier.messages == []


async def test_an_admin_channel_that_vanished_tells_nobody(sqlite_url: str) -> None:
    carrier = FakeCarrier()
    carrier.closed = {CHANNEL: Vanished("404"), ADMIN: Vanished("404")}
    async with opened(sqlite_url) as store:
        await put(store, "a")
        async with sending(store, carrier):
            await _until_row(store, "parked", 2)


async def test_a_post_nobody_will_take_is_given_up_alone(db_url: str) -> None:
    carrier = FakeCarrier()
    carrier.troubles = [None, Refused("400 Invalid Form Body")]
    async with opened(db_url) as store:
        await put(store, "a", "b", "c")
        async with sending(store, carrier):
            await until(lambda: told(carrier) == ["a", "c"])
        assert await rows(store, "status", "error") == [
            ("sent", None),
            ("failed", "400 Invalid Form Body"),
            ("sent", None),
        ]


async def test_what_waited_too_long_for_a_sender_is_no_news(db_url: str) -> None:
    carrier = FakeCarrier()
    now = datetime.now(UTC).replace(microsecond=0)
    async with opened(db_url) as store:
        await put(store, "old", "begun", now=now - timedelta(hours=7))
        await change(store, "UPDATE outbox SET status = 'sending', attempts = 1 WHERE id = 2")
        await put(store, "new", now=now - timedelta(hours=5))
        async with sending(store, carrier):
            await until(lambda: len(carrier.sent) == 2)
        assert carrier.sent == ["begun", "new"]
        assert await rows(store, "status") == [("silent",), ("sent",), ("sent",)]


async def test_two_processes_send_one_after_the_other(db_url: str) -> None:
    one, two = FakeCarrier(), FakeCarrier()
    async with opened(db_url) as store, opened(db_url) as other:
        await put(store, "a")
        async with sending(store, one):
            await until(lambda: one.sent == ["a"])
            async with sending(other, two):
                await put(store, "b", "c")
                await until(lambda: len(one.sent) == 3)
                await asyncio.sleep(1.2)
        assert (one.sent, two.sent) == (["a", "b", "c"], [])
        await put(store, "d")
        async with sending(other, two):
            await until(lambda: two.sent == ["d"])


async def test_who_waits_takes_over(db_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("muster.announce.sender.WAIT", 0.1)
    carrier = FakeCarrier()
    async with opened(db_url) as store, opened(db_url) as other:
        async with sole(other, "sender", LOCK) as mine:
            assert mine is not None
            assert await mine()
            await put(store, "a")
            async with sole(store, "sender", LOCK) as second:
                assert second is None
            task = asyncio.create_task(_send_until(store, carrier, 1))
            await asyncio.sleep(0.5)
            assert carrier.sent == []
        await asyncio.wait_for(task, 5)


async def test_a_stop_sends_what_is_due(sqlite_url: str) -> None:
    carrier = FakeCarrier()
    carrier.slow = 0.05
    async with opened(sqlite_url) as store:
        await put(store, *"abcdefghij")
        async with sending(store, carrier):
            await until(lambda: len(carrier.sent) == 1)
        assert len(carrier.sent) == 10
        assert set(await rows(store, "status")) == {("sent",)}


async def test_a_stop_does_not_wait_for_ever(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("muster.announce.sender.FLUSH", 0.2)
    carrier = FakeCarrier()
    carrier.slow = 60
    async with opened(sqlite_url) as store:
        await put(store, "a", "b")
        async with sending(store, carrier):
            await _until_row(store, "sending", 1)
            began = time.monotonic()
        assert time.monotonic() - began < 2
        assert await rows(store, "status") == [("sending",), ("pending",)]


async def test_an_error_nobody_foresaw_ends_the_sender(sqlite_url: str) -> None:
    carrier = FakeCarrier()
    carrier.troubles = [ZeroDivisionError("a bug")]
    async with opened(sqlite_url) as store:
        await put(store, "a")
        with pytest.raises(ZeroDivisionError):
            async with asyncio.timeout(5):
                await Sender(store, carrier).run(asyncio.Event())


async def _send_until(store: Store, carrier: FakeCarrier, count: int) -> None:
    async with sending(store, carrier):
        await until(lambda: len(carrier.sent) == count)


async def _until_row(store: Store, status: str, count: int) -> None:
    async with asyncio.timeout(10):
        while [row for (row,) in await rows(store, "status")].count(status) < count:
            await asyncio.sleep(0.02)
