"""Pipelines asked about messages as they are counted: what is done, once, and what is not."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog

from muster.community.archive import Archive
from muster.community.events import live as live_module
from muster.community.events import stored as kept
from muster.community.events.live import RECENT, Live
from muster.community.events.outward import ActionFailed
from muster.community.recorder import Recorder
from muster.model.chat import Deleted, Edited, Message
from muster.pipelines.values import Pipeline
from muster.pipelines.written import made
from muster.store import outbox, pipelines
from muster.store.engine import RowRefused, Store, Writer
from muster.store.pipelines import PipelineRow
from tests.community.telling import START, channel, expected, person, recorder, said, stored
from tests.community.test_log import kept as kept_texts
from tests.community.test_log import policy
from tests.importer.working import opened, query

NOTIFY = {"kind": "notify", "channel": 77, "text": "{user} in {channel}: {link}"}
HOOK = {"kind": "webhook", "url": "https://example.org/hook", "retries": 0}


def one(name: str = "one", *actions: dict[str, Any], pattern: str = "help", **values: Any) -> Pipeline:
    filters = values.pop("filters", [{"kind": "regex", "pattern": pattern}])
    return made({"name": name, "filters": filters, "actions": list(actions) or [NOTIFY], **values})


class Made:
    """Hands that note what they did, and do what they are told. `troubles`: raised by the next calls, one each."""

    def __init__(self) -> None:
        self.did: list[tuple[str, Any]] = []
        self.troubles: list[Exception | None] = []
        self.hold = asyncio.Event()
        self.hold.set()
        self.began = 0

    async def add_role(self, message: Message, role: int) -> None:
        await self._do(("role", (message.author.key, role)))

    async def send(self, url: str, body: bytes, name: str) -> None:
        await self._do(("webhook", json.loads(body)["message"]["text"]))

    async def _do(self, deed: tuple[str, Any]) -> None:
        self.began += 1
        await self.hold.wait()
        if self.troubles and (trouble := self.troubles.pop(0)) is not None:
            raise trouble
        self.did.append(deed)


class Town:
    """A store with pipelines, and a recorder that tells them of messages."""

    def __init__(self, store: Store, folder: Path, **values: Any) -> None:
        self.store = store
        self.hands = Made()
        self.woken = 0
        self.archive = Archive(folder / "archive")
        self.live = Live(store, self.archive, self.hands, self._wake, now=lambda: START / 1000 + 60, look=0.01)
        self.counts = recorder(store, folder, listener=self.live, seconds=0.01, **values)

    def _wake(self) -> None:
        self.woken += 1

    async def put(self, *those: Pipeline) -> None:
        async with self.store.write() as writer:
            await kept.put(writer, those)

    async def hear(self, *messages: Message, then: Callable[[], None] = lambda: None) -> None:
        """Counts messages and does everything that pipelines want of them."""
        stop, later = asyncio.Event(), asyncio.Event()
        counting = asyncio.create_task(self.counts.run(stop))
        await self.counts.ready()
        async with self.store.read() as reader:
            await self.live.refresh(reader)
        for message in messages:
            self.counts.offer(message)
        then()
        stop.set()
        await asyncio.wait_for(counting, 20)
        later.set()
        self.live._closing = False
        await asyncio.wait_for(self.live.run(later), 20)

    async def posts(self) -> list[str]:
        return [key for (key,) in await query(self.store, "SELECT key FROM outbox ORDER BY id")]


def wrote(text: str | None, seconds: float = 0, who: int = 1, where: int = 1, **values: Any) -> Message:
    return said(channel(where), person(who), seconds, text=text, **values)


async def test_a_notice_is_called_for_once(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store:
        town = Town(store, tmp_path)
        await town.put(one(), one("off", enabled=False), one("other", pattern="nothing"))
        message = wrote("please help")
        await town.hear(message, wrote("hello", 1), message)
        again = Town(store, tmp_path)
        await again.hear(message, wrote("hello", 2))
        key = f"pipeline:one:discord:1:{message.number}:0@77"
        assert await town.posts() == [key]
        assert town.woken
        subject = (await query(store, "SELECT subject FROM outbox"))[0][0]
        assert "please" not in subject
        assert json.loads(subject)["link"] == f"https://discord.com/channels/9001/1/{message.number}"
        assert sum(count for count, *_ in (await stored(store))["people"].values()) == 3


async def test_what_no_pipeline_means_leaves_nothing(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store:
        town = Town(store, tmp_path)
        deeds = ({"kind": "log"}, {"kind": "summarise"}, {"kind": "archive"}, NOTIFY, HOOK)
        await town.put(one("one", *deeds))
        await town.hear(wrote("hello"), wrote(None, 1))
        for table in ("outbox", "chat_log", "chat_summary_users", "chat_summary_hours"):
            assert await query(store, f"SELECT count(*) FROM {table}") == [(0,)]
        assert town.hands.did == []
        assert town.archive.files() == []


async def test_a_text_is_kept_whatever_the_sampling(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store:
        await policy(store, "2", rate=0.0001)
        await policy(store, "3")
        town = Town(store, tmp_path)
        await town.put(one("one", {"kind": "log"}))
        await town.hear(*(wrote(f"{word} {n}", n, where=n) for n in (1, 2, 3) for word in ("help",)), wrote("hello", 9))
        assert [(key, text, rate) for key, _, text, rate in await kept_texts(store)] == [
            ("1", "help 1", None),
            ("2", "help 2", None),
            ("3", "help 3", None),
        ]


async def test_a_sampled_text_that_a_pipeline_keeps_counts_for_itself(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store:
        await policy(store, "1", rate=0.999999)
        town = Town(store, tmp_path)
        await town.put(one("one", {"kind": "log"}))
        await town.hear(wrote("help", 1), wrote("hello", 2))
        assert [(text, rate) for _, _, text, rate in await kept_texts(store)] == [("help", None), ("hello", 1.0)]
        assert await query(store, "SELECT count(*) FROM chat_messages WHERE sampling_rate IS NULL") == [(1,)]


async def test_what_is_no_text_is_kept_as_text_and_counted(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store:
        town = Town(store, tmp_path)
        await town.put(one("one", {"kind": "log"}, {"kind": "archive"}, HOOK))
        await town.hear(wrote("help \ud83d\x00", 3))
        assert [text for _, _, text, _ in await kept_texts(store)] == ["help ?"]
        assert town.hands.did == [("webhook", "help ?\x00")]
        assert [row.text for file in town.archive.files() for row in town.archive.read(file)] == ["help ?"]


async def test_sums_are_those_of_what_was_meant(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store:
        town = Town(store, tmp_path)
        await town.put(one("one", {"kind": "summarise"}))
        messages = [wrote("help" + "!" * n, n, who=n % 3) for n in range(10)] + [wrote("hello", 20)]
        await town.hear(*messages)
        await Town(store, tmp_path).hear(*messages, wrote("help", 30))
        async with store.read() as reader:
            (found,) = await pipelines.summaries(reader)
        assert (found.stage, found.channel, found.month) == ("live", "1", 202506)
        assert (found.messages, found.users, found.characters) == (11, 3, 11 * 4 + sum(range(10)))
        assert found.hours[15] == 11 == sum(found.hours), "June 15 2025, 15:06 in UTC"


async def test_old_messages_that_are_read_back_are_no_events(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store:
        town = Town(store, tmp_path)
        await town.put(one())
        edge = 60 - RECENT / 1000
        await town.hear(wrote("help", edge - 1), wrote("help", edge + 1))
        assert len(await town.posts()) == 1
        assert len((await stored(store))["people"]) == 1


async def test_the_order_of_pipelines_and_what_stops_them(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store:
        town = Town(store, tmp_path)
        await town.put(
            one("b", priority=2), one("a", priority=3), one("c", priority=1, pattern="stop", stop_on_match=True)
        )
        await town.hear(wrote("help"), wrote("stop, help", 1))
        assert [key.split(":")[1] for key in await town.posts()] == ["b", "a", "c"]


async def test_an_error_stops_what_comes_after_it(db_url: str, tmp_path: Path) -> None:
    role = {"kind": "add_role", "role": 5, "retries": 0}
    async with opened(db_url) as store:
        town = Town(store, tmp_path)
        town.hands.troubles = [ActionFailed("no", again=True)]
        await town.put(
            one("a", HOOK, role, NOTIFY, {"kind": "log"}, priority=1, stop_on_error=True), one("b", role, NOTIFY)
        )
        with structlog.testing.capture_logs() as logged:
            await town.hear(wrote("help"))
        assert (town.hands.did, await town.posts()) == ([], [])
        assert len(await kept_texts(store)) == 1, "what is kept is kept"
        assert [(e["action"], e["error"]) for e in logged if "action" in e] == [("webhook", "no")]
        await town.hear(wrote("help", 1))
        assert town.hands.did == [("webhook", "help"), ("role", ("1", 5)), ("role", ("1", 5))]
        assert [key.split(":")[1] for key in await town.posts()] == ["a", "b"]


async def test_an_error_stops_nothing_else_where_nobody_wants_that(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store:
        town = Town(store, tmp_path)
        town.hands.troubles = [ActionFailed("no", again=False)]
        await town.put(one("a", HOOK, {"kind": "add_role", "role": 5}, NOTIFY))
        await town.hear(wrote("help"))
        assert town.hands.did == [("role", ("1", 5))]
        assert len(await town.posts()) == 1


async def test_retries_and_timeouts_are_honoured(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("muster.community.events.outward.attempt.__defaults__", (0.001,))
    async with opened(sqlite_url) as store:
        town = Town(store, tmp_path)
        away = ActionFailed("away", again=True)
        town.hands.troubles = [away, away, None, away, away, away, None, ActionFailed("never", again=False), None]
        await town.put(one("a", HOOK | {"retries": 2}))
        await town.hear(wrote("help 1"))
        assert (town.hands.began, town.hands.did) == (3, [("webhook", "help 1")])
        await town.hear(wrote("help 2", 1))
        assert (town.hands.began, len(town.hands.did)) == (6, 1)
        await town.hear(wrote("help 3", 2), wrote("help 4", 3))
        assert town.hands.began == 8, "what can't succeed is not tried again"
        town.hands.troubles.clear()
        town.hands.hold.clear()
        await town.put(one("a", HOOK | {"retries": 1, "timeout": 0.1}))
        await town.hear(wrote("help 5", 4))
        assert town.hands.began == 10


async def test_counting_does_not_wait_and_what_is_too_much_is_told(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "WAITING", 20)
    async with opened(sqlite_url) as store:
        town = Town(store, tmp_path)
        town.hands.hold.clear()
        await town.put(one("a", HOOK))
        messages = [wrote(f"help {n}", n / 10) for n in range(100)]
        with structlog.testing.capture_logs() as logged:
            stop = asyncio.Event()
            counting = asyncio.create_task(town.counts.run(stop))
            await town.counts.ready()
            for message in messages:
                town.counts.offer(message)
            stop.set()
            await asyncio.wait_for(counting, 20)
            assert await stored(store) == expected(messages), "nobody works on the queue, and all are counted"
            town.hands.hold.set()
            await asyncio.wait_for(town.live.run(stop), 20)
        assert len(town.hands.did) == 20
        assert sum(entry.get("messages", 0) for entry in logged if "let messages go by" in entry["event"]) == 80


async def test_a_batch_that_takes_too_long_is_counted_all_the_same(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "BUDGET", -1.0)
    async with opened(sqlite_url) as store:
        town = Town(store, tmp_path)
        await town.put(one())
        with structlog.testing.capture_logs() as logged:
            await town.hear(*(wrote("help", n) for n in range(10)))
        assert await town.posts() == []
        assert sum(entry.get("messages", 0) for entry in logged if "let messages go by" in entry["event"]) == 10
        assert sum(count for count, *_ in (await stored(store))["people"].values()) == 10


async def test_a_batch_that_is_stored_again_is_not_decided_again(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that the database refuses makes it store a batch by halves; the cooldown must not count that twice."""
    async with opened(sqlite_url) as store:
        town = Town(store, tmp_path, size=100)
        cooldown = {"kind": "cooldown", "seconds": 60}
        await town.put(one("a", NOTIFY, HOOK, filters=[cooldown]))
        add, refused = outbox.add, list[bool]()

        async def refuse_once(writer: Writer, *values: Any, **more: Any) -> None:
            await add(writer, *values, **more)
            if not refused:
                refused.append(True)
                raise RowRefused("made up")

        monkeypatch.setattr(outbox, "add", refuse_once)
        messages = [wrote(f"{n}", n) for n in range(8)]
        await town.hear(*messages)
        assert refused
        assert len(await town.posts()) == 1
        assert town.hands.did == [("webhook", "0")]
        assert await stored(store) == expected(messages)


async def test_roles_are_asked_for_where_a_filter_wants_them(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store:
        town = Town(store, tmp_path)
        await town.hear(wrote("help"))
        assert (town.live.active, town.counts.wants_roles) == (False, False)
        await town.put(one("a", filters=[{"kind": "role", "roles": [9]}]))
        await town.hear(wrote("help", 1, roles=("9",)), wrote("help", 2, roles=("8",)), wrote("help", 3))
        assert (town.live.active, town.counts.wants_roles) == (True, True)
        assert len(await town.posts()) == 1


async def test_a_change_by_another_program_takes_effect(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store:
        town = Town(store, tmp_path)
        await town.put(one("a", filters=[{"kind": "cooldown", "seconds": 5}]))
        stop = asyncio.Event()
        running = asyncio.create_task(town.live.run(stop))
        async with opened(db_url) as other, other.write() as writer:
            await kept.put(writer, [one("b")])
        async with asyncio.timeout(20):
            while [ready.pipeline.name for ready in town.live._ready] != ["a", "b"]:
                await asyncio.sleep(0.01)
            remembering = town.live._ready[0]
            async with store.write() as writer:
                await kept.remove(writer, "b")
            while len(town.live._ready) > 1:
                await asyncio.sleep(0.01)
        assert town.live._ready == [remembering], "what did not change keeps its cooldowns"
        stop.set()
        await running


async def test_a_row_written_by_hand_and_wrongly_is_left_out(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store:
        town = Town(store, tmp_path)
        await town.put(one())
        async with store.write() as writer:
            for name, filters in (("bad", '[{"kind": "regex", "pattern": "(?=x)"}]'), ("worse", "[{]")):
                await pipelines.put(writer, PipelineRow(name, 1, True, False, False, filters, '[{"kind": "log"}]'))
        with structlog.testing.capture_logs() as logged:
            await town.hear(wrote("help"))
        assert len(await town.posts()) == 1
        assert [e["pipeline"] for e in logged if e["event"] == "a pipeline can't be used"] == ["bad", "worse"]


async def test_what_is_archived_is_what_is_there_by_then(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store:
        town = Town(store, tmp_path)
        await town.put(one("a", {"kind": "archive"}, {"kind": "archive"}))
        messages = [wrote(f"help {n}", n) for n in range(4)] + [wrote("help", 9, where=2)]
        town.live._busy = 1  # something waits already

        def change() -> None:
            town.counts.change(Deleted(channel(1), (messages[1].number,)))
            town.counts.change(Edited(channel(1), messages[2].number, "edited"))
            town.counts.change(Deleted(channel(2), None))
            town.live._busy = 0

        await town.hear(*messages, then=change)
        (file,) = town.archive.files()
        assert Path(file).relative_to(town.archive.folder).parts[0] == "live-a"
        assert [row.text for row in town.archive.read(file)] == ["help 0", "edited", "help 3"]
        assert town.archive.erase("discord", "1") == 3
        assert town.archive.files() == []


async def test_an_archive_that_can_not_be_written_waits(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("a file where a folder should be")
    async with opened(sqlite_url) as store:
        town = Town(store, tmp_path)
        await town.put(one("a", {"kind": "archive"}))
        await town.hear(wrote("help"))
        assert town.live._doing.waits
        (tmp_path / "archive").unlink()
        await town.hear(wrote("help again", 1))
        rows = [row.text for file in town.archive.files() for row in town.archive.read(file)]
        assert sorted(rows) == ["help", "help again"]


async def test_without_pipelines_nobody_is_asked(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(sqlite_url) as store:
        town = Town(store, tmp_path)
        await town.hear(wrote("help"))
        asked: list[str] = []
        for name in ("counted", "committed", "changed"):
            monkeypatch.setattr(town.live, name, lambda *_, name=name: asked.append(name))
        await town.hear(wrote("help", 1), then=lambda: town.counts.change(Edited(channel(1), 1, "x")))
        assert asked == []


async def test_the_pace_is_what_is_set(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store:
        counts: Recorder = recorder(store, tmp_path, size=500, seconds=1.0)
        await counts.open()
        assert (counts._size, counts._seconds, counts._most) == (500, 1.0, None)
        async with store.write() as writer:
            for key, value in (("batch_size", "100"), ("flush_interval_seconds", "5"), ("max_buffer_size", "1000")):
                await writer.run(_setting(key, value))
        await counts._write([(counts._place(channel(1)), wrote("x"))])
        assert (counts._size, counts._seconds, counts._most) == (100, 5.0, 1000)
        async with store.write() as writer:
            for key, value in (("batch_size", '"many"'), ("flush_interval_seconds", "-1"), ("max_buffer_size", "true")):
                await writer.run(_setting(key, value))
        await counts._write([(counts._place(channel(1)), wrote("x", 1))])
        assert (counts._size, counts._seconds, counts._most) == (500, 1.0, None)


def _setting(key: str, value: str) -> Any:
    import sqlalchemy as sa

    return sa.text(
        f"INSERT INTO bot_config (key, value) VALUES ('chat_logging.{key}', '{value}') "
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value"
    )


def test_pipelines_are_the_same_in_the_store() -> None:
    pipeline = one("a", NOTIFY, HOOK, {"kind": "log"}, stop_on_error=True, priority=-3)
    assert kept.of_row(kept.to_row(pipeline)) == pipeline
    assert msgspec.json.decode(kept.to_row(pipeline).actions)[0]["kind"] == "notify"
