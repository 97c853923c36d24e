"""What is done before messages are deleted, and that nothing is deleted where it can't be done."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from muster.community import logbook
from muster.community.archive import Archive, ArchiveError, ChatLogError
from muster.community.events import before, sums
from muster.community.events import stored as kept
from muster.community.retention import Purged, Retention
from muster.model.chat import Message
from muster.pipelines.values import BadPipeline
from muster.pipelines.written import made
from muster.store import log, pipelines
from muster.store.engine import Store, StoreError, Writer
from muster.store.pipelines import PipelineRow, Summary
from tests.community.telling import START, channel, person, said
from tests.community.test_log import policy
from tests.community.test_recorder import offered
from tests.importer.working import opened, query

LATER = datetime.fromtimestamp(START / 1000, UTC) + timedelta(days=60)
REGEX = {"kind": "regex", "pattern": "keep"}


def talk() -> list[Message]:
    """Two channels, two months, five people; every third message is to be kept elsewhere."""
    return [
        said(
            channel(1 + n % 2), person(n % 5), n * 86_400 / 2, text=f"{'keep' if n % 3 == 0 else 'drop'} {n}" + "x" * n
        )
        for n in range(40)
    ]


async def put(
    store: Store, name: str, *actions: str, filters: tuple[dict[str, Any], ...] = (REGEX,), **values: Any
) -> None:
    table = {"name": name, "filters": list(filters), "actions": [{"kind": action} for action in actions], **values}
    async with store.write() as writer:
        await kept.put(writer, [made(table)])


async def filled(store: Store, folder: Path, steps: str | None) -> None:
    for key in ("1", "2"):
        await policy(store, key, days=30, steps=steps)
    await offered(store, folder, talk(), size=1000)


async def purged(store: Store, folder: Path) -> Purged:
    return await Retention(store, Archive(folder / "archive")).purge(LATER)


async def left(store: Store) -> int:
    return int((await query(store, "SELECT count(*) FROM chat_log"))[0][0])


async def summed(store: Store) -> list[Summary]:
    async with store.read() as reader:
        return await pipelines.summaries(reader)


def truth(messages: list[Message]) -> dict[tuple[str, int], tuple[int, int, int]]:
    """Messages, people, characters by channel and month."""
    found: dict[tuple[str, int], list[Message]] = {}
    for message in messages:
        moment = datetime.fromtimestamp(message.sent_at / 1000, UTC)
        found.setdefault((message.channel.key, moment.year * 100 + moment.month), []).append(message)
    return {
        key: (len(part), len({m.author.key for m in part}), sum(len(m.text or "") for m in part))
        for key, part in found.items()
    }


def as_truth(those: list[Summary]) -> dict[tuple[str, int], tuple[int, int, int]]:
    return {(one.channel, one.month): (one.messages, one.users, one.characters) for one in those}


async def test_what_goes_is_summed_up(db_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("muster.community.retention._PORTION", 7)
    monkeypatch.setattr("muster.community.retention._CHUNK", 3)
    async with opened(db_url) as store:
        await filled(store, tmp_path, "summarise")
        done = await purged(store, tmp_path)
        assert (done.deleted, done.archived, done.failed, await left(store)) == (40, 0, {}, 0)
        found = await summed(store)
        assert as_truth(found) == truth(talk())
        assert {(one.pipeline, one.stage) for one in found} == {("summarise", "drop")}
        by_hour = Counter(datetime.fromtimestamp(m.sent_at / 1000, UTC).hour for m in talk())
        assert Counter({h: n for h in range(24) if (n := sum(one.hours[h] for one in found))}) == by_hour
        assert found[0].mean_length == found[0].characters / found[0].messages
        await purged(store, tmp_path)
        assert await summed(store) == found


async def test_by_person_alone(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store:
        await filled(store, tmp_path, "user_aggregates")
        await purged(store, tmp_path)
        assert as_truth(await summed(store)) == truth(talk())
        assert await query(store, "SELECT count(*) FROM chat_summary_hours") == [(0,)]


async def test_analyze_and_archive_does_both(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store:
        await filled(store, tmp_path, "analyze_and_archive")
        assert (await purged(store, tmp_path)).archived == 40
        assert as_truth(await summed(store)) == truth(talk())


async def test_a_stored_pipeline_chooses_what_is_archived(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store:
        await put(store, "best", "archive", "summarise", enabled=False)
        await filled(store, tmp_path, "best")
        done = await purged(store, tmp_path)
        meant = [message for message in talk() if "keep" in (message.text or "")]
        assert (done.deleted, done.archived, await left(store)) == (40, len(meant), 0)
        archive = Archive(tmp_path / "archive")
        rows = [row for file in archive.files() for row in archive.read(file)]
        assert sorted((row.number, row.text) for row in rows) == sorted((m.number, m.text) for m in meant)
        assert {Path(file).relative_to(archive.folder).parts[0] for file in archive.files()} == {"drop-best"}
        assert as_truth(await summed(store)) == truth(meant)


async def test_where_the_archive_fails_nothing_goes(db_url: str, tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("no folder")
    async with opened(db_url) as store:
        await put(store, "best", "summarise", "archive")
        for steps in ("archive", "analyze_and_archive", "best"):
            await filled(store, tmp_path, steps)
            done = await purged(store, tmp_path)
            assert set(done.failed) == {"channel 1", "channel 2"}, steps
            assert (done.deleted, await left(store), await summed(store)) == (0, 40, [])


async def test_where_summing_up_fails_nothing_goes(
    db_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(db_url) as store:
        await filled(store, tmp_path, "summarise")
        add_sums = pipelines.add_sums

        async def full(writer: Writer, *values: Any) -> None:
            await add_sums(writer, *values)
            raise ArchiveError("the disk is full")

        monkeypatch.setattr(pipelines, "add_sums", full)
        done = await purged(store, tmp_path)
        assert done.failed == {"channel 1": "the disk is full", "channel 2": "the disk is full"}
        assert (await left(store), await summed(store)) == (40, [])

        async def away(*_: Any) -> None:
            raise StoreError("gone")

        monkeypatch.setattr(log, "drop_span", away)
        monkeypatch.setattr(pipelines, "add_sums", add_sums)
        with pytest.raises(StoreError):
            await purged(store, tmp_path)
        assert (await left(store), await summed(store)) == (40, []), "sums stand or fall with the deletion"


async def test_steps_that_there_are_not(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store:
        await put(store, "tells", "log")
        await put(store, "roles", "archive", filters=({"kind": "role", "roles": ["1"]},))
        await put(store, "best", "archive")
        for name, reason in (
            ("tells", "neither archives"),
            ("roles", "asks for roles"),
            ("bset", "there are: summarise"),
        ):
            with pytest.raises(ChatLogError, match=reason):
                await logbook.set_policy(store, "discord", "1", on=True, days=1, steps=name)
            await filled(store, tmp_path, name)
            done = await purged(store, tmp_path)
            assert all(reason in why for why in done.failed.values()), name
            assert (len(done.failed), await left(store)) == (2, 40), name
        await logbook.set_policy(store, "discord", "1", steps="best")
        with pytest.raises(ChatLogError, match=r"runs before messages are deleted from 1: first give"):
            async with store.write() as writer:
                await kept.remove(writer, "best")
        async with store.write() as writer:
            await pipelines.put(writer, PipelineRow("best", 1, True, False, False, "[]", "[]"))
        assert "can't be read" in (await purged(store, tmp_path)).failed["channel 1"]
        with pytest.raises(BadPipeline, match="always there"):
            await put(store, "archive", "log")


async def test_the_default_may_name_a_pipeline(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store:
        await put(store, "best", "summarise")
        await logbook.set_policy(store, "discord", "default", on=True, days=30, steps="best")
        await offered(store, tmp_path, talk(), size=1000)
        assert (await purged(store, tmp_path)).deleted == 40
        assert as_truth(await summed(store)) == truth([m for m in talk() if "keep" in (m.text or "")])
        with pytest.raises(ChatLogError, match="default"):
            async with store.write() as writer:
                await kept.remove(writer, "best")


async def test_a_kept_message_is_what_it_was(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store:
        await policy(store, "1")
        message = said(channel(1), person(1), 5, text="hello", reply_to=4, mentions=2, attachments=1)
        await offered(store, tmp_path, [message])
        async with store.read() as reader:
            (one,) = await log.log_channels(reader)
            (row,) = await log.texts(reader, one.id, 0, 1 << 62, 10)
        again = before.message_of(row)
        assert json.loads(row.metadata or "") == {"reply_to": 4, "mentions": 2, "attachments": 1}
        assert (again.author, again.sent_at, again.text, again.reply_to) == (
            message.author,
            message.sent_at,
            "hello",
            4,
        )
        assert (again.mentions, again.attachments, again.roles) == (2, 1, None)
    assert sums.LIVE != sums.DROP
