"""Fetching files by command: one message from listing to what came of it."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from muster.bot.cogs import sync as cog
from muster.bot.pages import GREEN, ORANGE, RED
from muster.bot.show import sync as show
from muster.collect import taking
from muster.collect.sync import Failure, Phase, Progress, SyncReport
from muster.rounds.importer import FileResult, ImportReport
from muster.store import outbox
from muster.store.engine import StoreError
from muster.store.files import Server
from tests.bot.admin_room import Room, room, told
from tests.building import put_pair
from tests.discord_sim import Message
from tests.importer.working import query

HOSTILE = "`@everyone` **x**"


def report(counts: dict[str, int], *notable: FileResult, failures: tuple[Failure, ...] = (), **more: Any) -> SyncReport:
    listed = more.pop("listed", sum(counts.values()))
    imported = ImportReport(counts, list(notable), **more)
    return SyncReport(listed, sum(counts.values()), imported, failures)


def test_a_bar() -> None:
    assert show.bar(0, 10) == "░" * 20 + "   0%"
    assert show.bar(5, 10) == "█" * 10 + "░" * 10 + "  50%"
    assert show.bar(10, 10) == "█" * 20 + " 100%"
    assert show.bar(0, 0) == "█" * 20 + " 100%"


def test_how_far_it_is() -> None:
    page = show.progress(Progress(Phase.IMPORTING, HOSTILE, 150, 1234), "1week")
    assert page.title == "Sync · 1week"
    assert page.description == (
        "Importing · \\`@\u200beveryone\\` \\*\\*x\\*\\*\n```\n██░░░░░░░░░░░░░░░░░░  12%\n150 of 1,234 files\n```"
    )
    assert show.progress(Progress(Phase.LISTING, "main", 0, 1), "all").description == (
        "Looking for files · main\n```\n…\n```"
    )


def test_what_came_of_it() -> None:
    bad = FileResult("2025-01-01-200000-supply-round-1.txt", "rejected", "line 1, field header: no")
    answer = show.done(
        report(
            {"imported": 10, "known": 1200, "rejected": 1},
            bad,
            FileResult("x", "duplicate", "not worth a line"),
            played=["a"] * 10,
            new_servers=[Server(1, HOSTILE, "UTC")],
            failures=(Failure("far", "the door is locked"),),
        ),
        "all",
        2.25,
    )
    (page,) = answer.pages
    assert (page.title, page.colour) == ("Sync done · all", ORANGE)
    assert page.description == (
        "**10 new rounds**.\n-# 1,211 of 1,211 files looked at, 2.2 s\n"
        "```\nimported         10\nknown before  1,200\ncan't be read     1\n```\n"
        "⚠ **far**: the door is locked\n"
        "- **2025\\-01\\-01\\-200000\\-supply\\-round\\-1\\.txt**: line 1, field header\\: no\n"
        "-# New game server **\\`@\u200beveryone\\` \\*\\*x\\*\\***, its clock in UTC"
    )


def test_nothing_new_nothing_there_nothing_possible() -> None:
    def told_of(found: SyncReport) -> tuple[str, int]:
        (page,) = show.done(found, "all", 0.1).pages
        return page.description.splitlines()[0], page.colour

    assert told_of(report({"known": 3})) == ("Nothing new: everything was imported before.", GREEN)
    assert told_of(report({}, listed=9)) == ("Of 9 files none is of that time.", GREEN)
    assert told_of(report({})) == ("No round file is there.", GREEN)
    assert told_of(report({}, failures=(Failure("far", "no"),))) == ("Nothing could be listed.", RED)


def test_many_failures_fit() -> None:
    bad = [FileResult("*" * 200, "rejected", "_" * 2000)] * 500
    pages = show.done(report({"rejected": 500}, *bad), "all", 1).pages
    assert len(pages) > 1
    assert "and 460 more; `failed_imports` lists them" in pages[-1].description


@pytest_asyncio.fixture
async def shelf(tmp_path: Path) -> AsyncIterator[Path]:
    """A game server's folder with an old pair, a new one, and a file that can't be read."""
    folder = tmp_path / "shelf"
    put_pair(folder, "2025-01-01")
    put_pair(folder, time.strftime("%Y-%m-%d", time.gmtime(time.time() - 36 * 3600)))
    (folder / "2025-01-03-200000-supply-round-1.txt").write_text("junk")
    for path in folder.iterdir():
        os.utime(path, (1, 1))
    yield folder


async def finished(room: Room, message: Message) -> Message:
    await room.sim.watch.until(lambda: told(message).startswith(("Sync done", "Sync stopped")), 15)
    return message


async def test_from_listing_to_what_came_of_it(shelf: Path, tmp_path: Path) -> None:
    main = {"name": "main", "folder": shelf}
    async with room(tmp_path, servers=[main], stats_channel_id=5, announce_max_age_hours=48) as there:
        message = await there.typed("!sync_stats 3 days")
        assert told(message).startswith("Sync · 3 days\nLooking for files")
        done = told(await finished(there, message))
        assert "**2 new rounds**" in done
        assert "2 of 5 files looked at" in done
        # What is recent is announced, in the transaction that took it in.
        async with there.store.read() as reader:
            assert (await outbox.counts(reader))["pending"] >= 2
        message = await there.chosen("sync_all")
        done = told(await finished(there, message))
        assert "**2 new rounds**" in done
        assert "a header has 8 or 9 parts" in done
        assert await query(there.store, "SELECT DISTINCT server FROM processed_files WHERE status = 'imported'") == [
            ("main",)
        ]
        for command in ("sync_today", "sync_week", "sync_month"):
            done = told(await finished(there, await there.typed(f"!{command}")))
            assert "Nothing new" in done or "none is of that time" in done


async def test_what_can_not_be_asked(shelf: Path, tmp_path: Path) -> None:
    async with room(tmp_path) as there:
        assert "nothing to fetch from" in told(await there.typed("!sync_all"))
    gone = {"name": "gone", "folder": tmp_path / "gone"}
    async with room(tmp_path, servers=[gone]) as there:
        refusal = await there.typed("!sync_all", there.member())
        assert "for admins" in told(refusal)
        assert there.is_private(refusal)
        assert "is no period" in told(await there.typed("!sync_stats yesteryear"))
        done = told(await finished(there, await there.typed("!sync_all")))
        assert "⚠ **gone**: there is no folder" in done
        offered = await there.sim.act.autocomplete(there.root, there.sim.channel, "sync_stats", "period", "we")
        assert [choice["value"] for choice in offered] == ["1week", "2weeks"]


class Slow:
    """In place of the process that imports: takes its time, and tells when it began."""

    def __init__(self, fails: bool = False) -> None:
        self.began = asyncio.Event()
        self.go_on = asyncio.Event()
        self.fails = fails

    async def __aenter__(self) -> "Slow":
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def __call__(self, function: object, place: taking.Place, paths: list[Path]) -> ImportReport:
        self.began.set()
        await self.go_on.wait()
        if self.fails:
            raise StoreError("can't use the database postgresql://me:***@host/muster: gone")
        return ImportReport({"imported": len(paths)}, played=[path.name for path in paths])


async def test_one_at_a_time_and_edited_at_a_pace(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cog, "PACE", 0.05)
    slow = Slow()
    monkeypatch.setattr(cog, "aside", lambda: slow)
    async with room(tmp_path, servers=[{"name": "main", "folder": shelf}]) as there:
        message = await there.typed("!sync_all")
        await slow.began.wait()
        await there.sim.watch.until(lambda: "Importing · main" in told(message))
        revision = message.revision
        await asyncio.sleep(0.3)
        assert message.revision == revision, "nothing has changed, so nothing is edited"
        assert "A sync is running already (importing, 0 of 5)" in told(await there.typed("!sync_today"))
        slow.go_on.set()
        assert "**5 new rounds**" in told(await finished(there, message))
        assert "Sync · " in told(await there.typed("!sync_all"))


async def test_a_database_that_gives_up_is_told_in_the_message(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow(fails=True)
    slow.go_on.set()
    monkeypatch.setattr(cog, "aside", lambda: slow)
    async with room(tmp_path, servers=[{"name": "main", "folder": shelf}]) as there:
        ended = told(await finished(there, await there.typed("!sync_all")))
        assert ended.startswith("Sync stopped · all\nThe database, or the process that imports, gave up")
        assert "What was imported is kept" in ended
        assert "host" not in ended


async def test_a_stop_in_the_middle_is_told(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow()
    monkeypatch.setattr(cog, "aside", lambda: slow)
    async with room(tmp_path, servers=[{"name": "main", "folder": shelf}]) as there:
        message = await there.typed("!sync_all")
        await slow.began.wait()
        await there.bot.close()
    assert "Muster is being stopped" in told(message)


async def test_a_message_that_is_gone_is_written_anew(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow()
    monkeypatch.setattr(cog, "aside", lambda: slow)
    async with room(tmp_path, servers=[{"name": "main", "folder": shelf}]) as there:
        message = await there.typed("!sync_all")
        await slow.began.wait()
        there.sim.act.delete(message)
        mark = there.sim.watch.mark()
        slow.go_on.set()
        assert "**5 new rounds**" in told(await there.sim.watch.message(since=mark))
