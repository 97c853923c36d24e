"""Admins are told once of what goes wrong, and once that it is over, whatever restarts or fails meanwhile."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from muster.ops.alerts import CALM, EDITED, Alerts, HeraldError, Hysteresis
from muster.ops.health import Health, Level, State, Vital
from muster.store import health as store_health
from muster.store.engine import Store, StoreError
from muster.store.incidents import Incident
from tests.importer.working import opened, query

AT = datetime(2025, 1, 10, 20, 0, tzinfo=UTC)
AFTER = timedelta(minutes=5)
MINUTE = timedelta(minutes=1)


class Channel:
    """An admins' channel: message → what it says; and every edit."""

    def __init__(self) -> None:
        self.messages: dict[int, Incident] = {}
        self.edits: list[Incident] = []
        self.fails: HeraldError | None = None
        self.loses_answers = False

    async def ready(self) -> None: ...

    async def send(self, one: Incident) -> int:
        if self.fails:
            raise self.fails
        number = len(self.messages) + 1
        self.messages[number] = one
        if self.loses_answers:
            raise HeraldError("the connection broke", later=True)
        return number

    async def edit(self, one: Incident) -> None:
        if self.fails:
            raise self.fails
        assert one.message_id is not None
        self.messages[one.message_id] = one
        self.edits.append(one)

    async def find(self, one: Incident) -> int | None:
        if self.fails:
            raise self.fails
        return next((number for number, told in self.messages.items() if told.id == one.id), None)


class Watch:
    """A program whose parts are set by hand, and its alerts."""

    def __init__(self, store: Store) -> None:
        self.at = AT
        self.store = store
        self.channel = Channel()
        self.health = Health(lambda: self.at)
        self.bad: tuple[Vital, ...] = ()
        self.restart()

    def restart(self) -> None:
        self.alerts = Alerts(self.health, self.store, self.channel, 77, AFTER)

    async def after(self, minutes: float = 0, *bad: Vital) -> None:
        """Time passes in steps of half a minute while these parts are bad."""
        for _ in range(max(1, int(minutes * 2))):
            self.at += timedelta(seconds=30)
            self.health.latest = State(self.at, AT, bad, {})
            await self.alerts.step()

    def told(self) -> list[tuple[str, bool]]:
        """What each message says: of which part, and whether it is over."""
        return [(one.key, one.closed is not None) for one in self.channel.messages.values()]


DISK = Vital("disk", Level.LAGGING, None, None, "3 GB left", "make room")


def test_hysteresis() -> None:
    judge = Hysteresis(AFTER)
    bad = {"disk": DISK}
    assert judge.opened(AT, bad) == []
    assert judge.opened(AT + 4 * MINUTE, bad) == []
    assert judge.opened(AT + 4 * MINUTE, {}) == []
    assert judge.opened(AT + 5 * MINUTE, bad) == [], "it was right in between"
    assert judge.opened(AT + 10 * MINUTE, bad) == ["disk"]
    assert judge.closed(AT + 11 * MINUTE, {}, ["disk"]) == []
    assert judge.closed(AT + 11 * MINUTE, bad, ["disk"]) == []
    assert judge.closed(AT + 12 * MINUTE, {}, ["disk"]) == []
    assert judge.closed(AT + 12 * MINUTE + CALM, {}, ["disk"]) == ["disk"]


async def test_one_message_from_its_beginning_to_its_end(db_url: str) -> None:
    async with opened(db_url) as store:
        watch = Watch(store)
        await watch.after(4, DISK)
        assert watch.told() == []
        await watch.after(2, DISK)
        assert watch.told() == [("disk", False)]
        await watch.after(2, msgspec.structs.replace(DISK, detail="2 GB left"))
        assert watch.channel.edits == [], "not at every change"
        await watch.after(5, msgspec.structs.replace(DISK, detail="1 GB left"))
        (one,) = watch.channel.messages.values()
        assert one.detail == "1 GB left"
        assert watch.health.figures["muster_incidents_open"] == 1
        await watch.after(3)
        assert watch.told() == [("disk", True)]
        assert watch.health.figures["muster_incidents_open"] == 0
        await watch.after(20)
        await watch.after(10, DISK)
        assert watch.told() == [("disk", True), ("disk", False)], "another one is another message"
        assert len(await query(store, "SELECT * FROM incidents")) == 2


async def test_a_flicker_is_nothing(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        watch = Watch(store)
        for _ in range(10):
            await watch.after(4, DISK)
            await watch.after(0.5)
        assert watch.told() == []
        await watch.after(6, DISK)
        for _ in range(10):
            await watch.after(0.5)
            await watch.after(1, DISK)
        assert watch.told() == [("disk", False)], "nor is it over for a moment"


async def test_a_changed_host_key_is_told_at_once(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        watch = Watch(store)
        await watch.after(0, Vital("collector main (sftp)", Level.FAILING, None, None, "host key changed: SHA256:x"))
        assert watch.told() == [("collector main (sftp)", False)]


async def test_restarts_change_nothing(db_url: str) -> None:
    async with opened(db_url) as store:
        watch = Watch(store)
        await watch.after(6, DISK)
        for _ in range(3):
            watch.restart()
            await watch.after(7, DISK)
        assert watch.told() == [("disk", False)]
        watch.restart()
        await watch.after(3)
        assert watch.told() == [("disk", True)]
        edits = len(watch.channel.edits)
        watch.restart()
        await watch.after(3)
        assert len(watch.channel.edits) == edits


async def test_an_answer_that_was_lost(sqlite_url: str) -> None:
    """It may have arrived: it is looked for, also after a restart."""
    async with opened(sqlite_url) as store:
        watch = Watch(store)
        watch.channel.loses_answers = True
        await watch.after(6, DISK)
        watch.restart()
        watch.channel.loses_answers = False
        await watch.after(1, DISK)
        assert watch.told() == [("disk", False)]
        await watch.after(3)
        assert watch.told() == [("disk", True)]


async def test_discord_away(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        watch = Watch(store)
        watch.channel.fails = HeraldError("away", later=True)
        await watch.after(10, DISK)
        assert watch.told() == []
        watch.channel.fails = None
        await watch.after(1, DISK)
        assert watch.told() == [("disk", False)]
        watch.channel.fails = HeraldError("away", later=True)
        await watch.after(3)
        watch.channel.fails = None
        await watch.after(1)
        assert watch.told() == [("disk", True)]


async def test_a_channel_that_takes_nothing(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        watch = Watch(store)
        watch.channel.fails = HeraldError("403", later=False)
        await watch.after(10, DISK)
        watch.channel.fails = None
        await watch.after(EDITED / MINUTE, msgspec.structs.replace(DISK, detail="another"))
        assert watch.told() == [("disk", False)]


async def test_the_database_away_is_told_all_the_same(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(sqlite_url) as store:
        watch = Watch(store)
        await watch.after(1)
        with monkeypatch.context() as patch:

            def away(**_: object) -> None:
                raise StoreError("away")

            patch.setattr(store, "write", away)
            patch.setattr(store, "read", away)
            gone = Vital("database", Level.FAILING, None, None, "away", "start it")
            await watch.after(10, gone)
            assert watch.told() == [("database", False)]
        await watch.after(3)
        assert watch.told() == [("database", True)]
        assert len(await query(store, "SELECT * FROM incidents WHERE closed IS NOT NULL")) == 1


async def test_another_process_that_falls_silent(db_url: str) -> None:
    async with opened(db_url) as store:
        watch = Watch(store)
        fine = State(AT, AT, (Vital("collector"),), {})
        async with store.write() as writer:
            await store_health.note(writer, "collector", AT, msgspec.json.encode(fine).decode())
        await watch.after(0.5)
        assert watch.told() == []
        await watch.after(10)
        assert watch.told() == [("collector", False)]
        back = State(AT + timedelta(hours=1), AT, (Vital("collector"),), {})
        async with store.write() as writer:
            await store_health.note(writer, "collector", back.taken_at, msgspec.json.encode(back).decode())
        await watch.after(3)
        assert watch.told() == [("collector", True)]


async def test_it_runs_until_it_is_stopped(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        watch, stop = Watch(store), asyncio.Event()
        task = asyncio.create_task(watch.alerts.run(stop))
        await asyncio.sleep(0)
        stop.set()
        await task
