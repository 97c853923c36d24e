"""Messages that are brought up to date: when, how often, and what a kill or a deletion in between does."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from muster.announce.book import Book
from muster.announce.carrier import Refused
from muster.announce.keeper import GRACE, Keeper
from muster.announce.lane import Lane
from muster.announce.life import Rules
from muster.announce.news import GAME_STATUS, Announcer
from muster.rounds.importer import Importer, ServerChoice
from muster.store import life, outbox
from muster.store.engine import Store
from muster.store.outbox import Call
from tests.announce.working import CHANNEL, HOURS, NOW, FakeCarrier, announce, rows
from tests.building import put_pair
from tests.importer.working import opened

KEY = f"session_end:x@{CHANNEL}"


class Clock:
    """A time that is set."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def later(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


def lane_of(store: Store, carrier: FakeCarrier, clock: Clock) -> Lane:
    return Lane(store, carrier, CHANNEL, admin=None, keep=HOURS, clock=clock)


async def posted(store: Store, carrier: FakeCarrier, clock: Clock) -> Lane:
    """A summary that is there."""
    async with store.write() as writer:
        await outbox.add(writer, [Call(KEY, CHANNEL, "session_end", {"session_id": "x"}, clock())], clock())
    lane = lane_of(store, carrier, clock)
    await lane.drain()
    return lane


async def revise(store: Store, clock: Clock) -> int:
    async with store.write() as writer:
        return await outbox.revise(writer, [KEY], clock())


async def test_an_edit_a_minute_at_most(db_url: str) -> None:
    carrier, clock = FakeCarrier(), Clock()
    async with opened(db_url) as store:
        lane = await posted(store, carrier, clock)
        for seconds in range(0, 180, 5):
            clock.now = NOW + timedelta(seconds=seconds)
            await revise(store, clock)
            await lane.drain()
        assert carrier.edits == ["x ended"] * 3
        clock.later(minutes=5)
        await lane.drain()
        await lane.drain()
        assert len(carrier.edits) == 4
        assert carrier.sent == ["x ended"]
        async with store.read() as reader:
            assert await outbox.channels_due(reader, clock()) == []


async def test_what_was_not_sent_yet_needs_no_edit(sqlite_url: str) -> None:
    carrier, clock = FakeCarrier(), Clock()
    async with opened(sqlite_url) as store:
        async with store.write() as writer:
            await outbox.add(writer, [Call(KEY, CHANNEL, "session_end", {"session_id": "x"}, NOW)], NOW)
        assert await revise(store, clock) == 0
        await lane_of(store, carrier, clock).drain()
        assert (carrier.sent, carrier.edits) == (["x ended"], [])


async def test_killed_after_an_edit_it_is_edited_again_and_never_posted_again(db_url: str) -> None:
    carrier, clock = FakeCarrier(), Clock()
    async with opened(db_url) as store:
        lane = await posted(store, carrier, clock)
        await revise(store, clock)
        carrier.lost = [KeyboardInterrupt()]  # type: ignore[list-item]
        with pytest.raises(KeyboardInterrupt):
            await lane.drain()
        again = lane_of(store, carrier, clock)
        await again.drain()
        await again.drain()
        assert (carrier.sent, carrier.edits) == (["x ended"], ["x ended"] * 2)


async def test_what_comes_while_it_is_edited_is_edited_too(sqlite_url: str) -> None:
    carrier, clock = FakeCarrier(), Clock()
    async with opened(sqlite_url) as store:
        lane = await posted(store, carrier, clock)
        await revise(store, clock)
        async with store.read() as reader:
            post = await outbox.next_edit(reader, CHANNEL, clock())
        assert post is not None
        await revise(store, clock)  # within the same second
        async with store.write() as writer:
            await outbox.edited(writer, post, clock())
        clock.later(minutes=2)
        await lane.drain()
        assert carrier.edits == ["x ended"]


async def test_a_summary_that_was_deleted_or_is_refused_stays_so(sqlite_url: str) -> None:
    carrier, clock = FakeCarrier(), Clock()
    async with opened(sqlite_url) as store:
        lane = await posted(store, carrier, clock)
        await revise(store, clock)
        carrier.gone = {1}
        await lane.drain()
        carrier.gone = set()
        await revise(store, clock)
        clock.later(minutes=2)
        carrier.troubles = [Refused("too long")]
        await lane.drain()
        await lane.drain()
        assert (carrier.sent, carrier.edits) == (["x ended"], [])
        assert await rows(store, "status", "error", "edit_due") == [("sent", "too long", None)]


async def test_a_lasting_message_is_posted_once_edited_and_made_anew(db_url: str) -> None:
    carrier, clock = FakeCarrier(), Clock()
    async with opened(db_url) as store:
        lane = lane_of(store, carrier, clock)

        async def show(what: str) -> None:
            call = Call(f"{GAME_STATUS}@{CHANNEL}", CHANNEL, GAME_STATUS, {"at": what}, clock.later(minutes=2))
            async with store.write() as writer:
                await outbox.show(writer, call, clock())
            await lane.drain()

        for what in "abc":
            await show(what)
        assert (carrier.sent, carrier.edits) == (["game status"], ["game status"] * 2)
        lane = lane_of(store, carrier, clock)
        await show("d")
        assert (len(carrier.sent), len(carrier.edits)) == (1, 3)
        carrier.gone = {1}
        await show("e")
        await show("f")
        assert (len(carrier.sent), len(carrier.edits)) == (2, 4)
        assert await rows(store, "status", "message_id", "subject") == [("sent", 2, '{"at":"f"}')]


async def test_a_file_after_the_end_edits_the_summary(db_url: str, tmp_path: Path) -> None:
    """Without automation: an evening of one server."""
    carrier = FakeCarrier()
    async with opened(db_url) as store:
        await announce(store, *put_pair(tmp_path))
        clock = Clock(NOW + timedelta(hours=2))
        await lane_of(store, carrier, clock).drain()
        assert carrier.sent[-1] == "2025-01-01-200000@main ended"
        count = len(carrier.sent)
        await announce(store, *put_pair(tmp_path, hour=21), at=clock.later(hours=30))
        await lane_of(store, carrier, clock).drain()
        assert carrier.sent[count:] == []
        assert carrier.edits == ["2025-01-01-200000@main ended"]


async def test_voice_and_rounds_at_once_begin_one_evening(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store, opened(db_url) as other:
        clock = Clock()
        book = Book(CHANNEL, Rules())
        keepers = [Keeper(each, book, lambda: 6, watches=True, clock=clock) for each in (store, other)]
        announcer = Announcer(CHANNEL, HOURS, clock, book=book)
        importer = Importer(other, ServerChoice(name="main"), announcer.on_taken)
        await asyncio.gather(*(keeper.check() for keeper in keepers), importer.run(put_pair(tmp_path)))
        kinds = [kind for (kind,) in await rows(store, "kind")]
        assert kinds.count("session_start") == 1
        async with store.read() as reader:
            assert len(await life.all_of(reader)) == 1


async def test_after_a_start_nothing_ends_before_voice_was_seen(sqlite_url: str) -> None:
    clock, people = Clock(), [7]
    async with opened(sqlite_url) as store:
        book = Book(CHANNEL, Rules())
        await Keeper(store, book, lambda: people[0], watches=True, clock=clock).check()
        clock.later(hours=2)
        seen: list[int | None] = [None]
        keeper = Keeper(store, book, lambda: seen[0], watches=True, clock=clock)
        await keeper.check()
        assert (await keeper.state()).evening is not None
        seen[0] = 7
        await keeper.check()
        assert (await keeper.state()).evening is not None
        seen[0] = None
        clock.now += GRACE
        await keeper.check()
        assert (await keeper.state()).evening is None


async def test_a_file_that_tells_of_an_evening_nobody_noticed(sqlite_url: str, tmp_path: Path) -> None:
    """It is told by its summary, once, beside the evening that goes on."""
    carrier, clock = FakeCarrier(), Clock(NOW + timedelta(hours=3))
    async with opened(sqlite_url) as store:
        book = Book(CHANNEL, Rules())
        keeper = Keeper(store, book, lambda: None, watches=False, clock=clock)
        assert await keeper.begin()
        assert not await keeper.begin()
        announcer = Announcer(CHANNEL, HOURS, clock, book=book)
        importer = Importer(store, ServerChoice(name="main"), announcer.on_taken)
        await importer.run(put_pair(tmp_path))
        clock.later(minutes=15)
        await lane_of(store, carrier, clock).drain()
        assert [name for name in carrier.sent if name.endswith("ended")] == ["evening-2025-01-01-2 ended"]
        assert next(name for name in carrier.sent if name.startswith("evening")) == "evening-2025-01-01-1"
        assert await keeper.end()
        assert not await keeper.end()
