"""Logs of another bot, imported: exact counts, from wherever the last import stopped, whatever was counted live."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from muster.community.days import DayRule
from muster.community.history import HistoryImport, HistoryReport, importer
from muster.community.history.binding import bind
from muster.community.history.throttle import GiveWay, Throttle
from muster.community.recorder import Recorder
from muster.model.chat import Channel, Message
from muster.store.engine import Store
from tests.community.history_tree import line, moment, put
from tests.community.telling import TOWN, VILLAGE, channel, expected, person, recorder, said, stored
from tests.importer.working import opened, query

RULE = DayRule()


async def imported(store: Store, path: Path, rule: DayRule = RULE, size: int | None = None) -> HistoryReport:
    throttle = Throttle()
    throttle.size = size or throttle.size
    return await HistoryImport(store, lambda *_: rule, throttle=throttle).run(path)


async def heard(store: Store, folder: Path, messages: Iterable[Message]) -> None:
    """Counts messages live."""
    counting: Recorder = recorder(store, folder, size=100, seconds=0.01)
    await counting.open()
    stop = asyncio.Event()
    task = asyncio.create_task(counting.run(stop))
    for message in messages:
        counting.offer(message)
    stop.set()
    await task


def conversation(count: int, seed: int) -> list[Message]:
    """Messages in two communities; one's own in a channel are five seconds apart at least."""
    dice = Random(seed)
    places = [channel(100 + n, TOWN if n % 3 else VILLAGE) for n in range(5)]
    people = [person(500 + n) for n in range(6)]
    at, found = 86_000.0 - 40_000, []
    for n in range(count):
        at += dice.choice((5, 20, 90, 895, 900.5, 905))
        found.append(said(dice.choice(places), dice.choice(people), at, n % 64))
    return found


def logged(message: Message, dice: Random, late: float = 1.9) -> Message:
    """The same message as another program's clock has it, and under the name of its channel."""
    shift = int(dice.uniform(-late, late) * 1000)
    return Message(message.channel, message.number, message.author, message.sent_at + shift)


def write(
    root: Path, messages: Iterable[Message], others: Callable[[str, datetime], list[bytes]] | None = None
) -> None:
    """A tree of these messages, with other lines at the end of each day."""
    days: dict[tuple[str, str], list[bytes]] = {}
    for message in messages:
        at = datetime.fromtimestamp(message.sent_at / 1000, UTC)
        guild = message.channel.community.key
        lines = days.setdefault((guild, f"{at:%Y%m%d}"), [])
        lines.append(line(guild, message.channel.name, message.author.key, at, "" if len(lines) % 7 == 0 else "hi"))
    for (guild, day), lines in days.items():
        more = others(guild, datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC)) if others else []
        put(root, guild, day, [*lines, *more])


def by_name(found: dict[str, Any]) -> dict[str, Any]:
    """What is stored of channels that are known by name only, under the keys that `channel` gives."""

    def key(text: str) -> str:
        return text.rpartition(" ")[2] if text.startswith("#") else text

    return {
        "days": {(server, key(place), day): count for (server, place, day), count in found["days"].items()},
        "people": found["people"],
        "sessions": sorted((key(place), *rest) for place, *rest in found["sessions"]),
    }


def oddities(guild: str, day: datetime) -> list[bytes]:
    """Lines that hold no message: of other kinds, and broken ones (8)."""
    good = line(guild, "channel 100", "500", day)
    return [
        line(guild, "channel 100", "500", day, "Original=a New=b", action="edit_message"),
        line(guild, "channel 100", None, day),
        line(guild, "channel 100", "", day),
        line(guild, None, None, day, "ready", action="on_ready"),
        b"",
        b"   ",
        b"not JSON",
        good[: len(good) // 2],
        b"[]",
        good.replace(b"receive", b"rec\xff"),
        line(guild, "channel 100", "500", day, timestamp="yesterday"),
        line(guild, "channel 100", "500", day, timestamp="1066-10-14T09:00:00Z"),
        line("12345", "channel 100", "500", day),
        line(guild, None, "500", day),
    ]


async def test_a_tree_with_everything_wrong_gives_exact_counts(db_url: str, tmp_path: Path) -> None:
    messages = conversation(1200, seed=1)
    write(tmp_path, messages, oddities)
    files = len(list((tmp_path / "logs").glob("*/*/info.jsonl")))
    for name in ("Bot", "backup", "9001x"):
        put(tmp_path, name, "20240101", [line("9001", "channel 100", "500", moment(0))])
    put(tmp_path, "9001", "2024-01-01", [line("9001", "channel 100", "500", moment(0))])
    put(tmp_path, "9001", "Bot", [line("9001", "channel 100", "500", moment(0))])
    (tmp_path / "logs" / "9001" / "20240101").mkdir()
    unreadable = tmp_path / "logs" / "9001" / "20240102" / "info.jsonl"
    unreadable.mkdir(parents=True)
    async with opened(db_url) as store:
        report = await imported(store, tmp_path)
        assert by_name(await stored(store)) == expected(messages)
        assert (report.messages, report.known, report.edits, report.bad) == (1200, 0, files, 8 * files)
        assert report.lines == 1200 + 14 * files
        assert len(report.bad_lines) == 8 * files
        assert {bad.reason for bad in report.bad_lines} >= {"not UTF-8", "a message of another server"}
        assert [(day.guild, day.day) for day in report.pending] == [("9001", "20240102")]
        state = await query(store, "SELECT status, byte_offset FROM log_migration_state WHERE day = '20240102'")
        assert state == [("pending", 0)]
        last = max(folder.parent.name for folder in (tmp_path / "logs" / "9001").glob("2*/info.jsonl"))
        dates = await query(store, "SELECT last_date FROM log_migration_dates WHERE guild_id = '9001'")
        assert dates == [(last,)]

        again = await imported(store, tmp_path / "logs")
        assert (again.lines, again.messages, len(again.pending)) == (0, 0, 1)
        unreadable.rmdir()
        late = said(channel(101), person(500), -86_400 * 400)
        put(tmp_path, "9001", "20240102", [line("9001", "channel 101", "500", moment(-86_400 * 400))])
        mended = await imported(store, tmp_path / "logs" / "9001")
        assert (mended.messages, mended.pending) == (1, [])
        assert by_name(await stored(store)) == expected([*messages, late])


@pytest.mark.parametrize("order", ["live first", "history first", "in turns"])
async def test_days_that_were_also_counted_live(db_url: str, tmp_path: Path, order: str) -> None:
    dice = Random(4)
    messages = conversation(900, seed=2)
    live = messages[300:]
    lines = [logged(message, dice) for n, message in enumerate(messages) if not 500 < n < 600 and n % 17]
    write(tmp_path, sorted(lines, key=lambda each: each.sent_at))
    heard_live = {message.number for message in live}
    truth = [*live, *(each for each in lines if each.number not in heard_live)]
    async with opened(db_url) as store:
        if order == "live first":
            await heard(store, tmp_path, live)
            report = await imported(store, tmp_path)
            assert report.known == len(lines) + len(live) - len(truth)
        elif order == "history first":
            await imported(store, tmp_path, size=3000)
            await heard(store, tmp_path, live)
        else:
            await heard(store, tmp_path, live[200:300])
            await imported(store, tmp_path)
            await heard(store, tmp_path, live)
        unbound = await bind(store, lambda *_: RULE)
        assert not [row for row in unbound if row[1].name in {message.channel.name for message in live}]
        assert await stored(store) == expected(truth)
        assert await query(store, "SELECT count(*) FROM channels WHERE key LIKE '#%'") == [(0,)]
        assert await query(store, "SELECT sum(messages) FROM user_hours") == [(len(truth),)]
        assert await query(store, "SELECT sum(messages) FROM user_days") == [(len(truth),)]
        assert await query(store, "SELECT count(*) FROM user_days WHERE messages <= 0") == [(0,)]


async def test_a_crowd_that_talks_all_at_once_comes_to_the_same_in_any_order(tmp_path: Path) -> None:
    """Here lines and messages can't be paired for certain; whatever comes of it, no order changes it."""
    dice = Random(21)
    at, messages = 50_000.0, []
    for n in range(500):
        at += dice.choice((0.1, 0.5, 1.5, 2.5, 600, 901))
        messages.append(said(channel(dice.choice((100, 101))), person(500 + n % 2), at, n % 64))
    lines = sorted((logged(m, dice, 2.5) for m in messages if dice.random() < 0.7), key=lambda each: each.sent_at)
    live = [m for m in messages if dice.random() < 0.7]
    found: list[dict[str, Any]] = []
    for seed in range(4):
        order = Random(seed)
        folder = tmp_path / str(seed)
        folder.mkdir()
        steps = ["live"] * 5 + ["lines"] * 5 + ["bind"] * 2
        order.shuffle(steps)
        portions = {"live": order.sample(live, len(live)), "lines": lines}
        done = Counter[str]()
        async with opened(f"sqlite:///{folder / 'a.db'}") as store:
            for step in steps:
                done[step] += 1
                part = portions.get(step, [])
                if step == "live":
                    await heard(store, folder, part[(done[step] - 1) * len(part) // 5 : done[step] * len(part) // 5])
                elif step == "lines":
                    write(folder, part[: done[step] * len(part) // 5])
                    await imported(store, folder)
                else:
                    await bind(store, lambda *_: RULE)
            await bind(store, lambda *_: RULE)
            found.append(await stored(store))
    assert found[1:] == found[:1] * 3


async def test_a_day_cut_at_any_byte_and_gone_on_with_gives_the_same(sqlite_url: str, tmp_path: Path) -> None:
    messages = conversation(60, seed=3)
    write(tmp_path, messages, oddities)
    files = sorted((tmp_path / "logs").glob("*/*/info.jsonl"))
    whole = {path: path.read_bytes() for path in files}
    dice = Random(5)
    async with opened(sqlite_url) as store:
        for share in (0.1, 0.25, 0.5, 0.8, 0.97, 1):
            for path, data in whole.items():
                path.write_bytes(data[: int(len(data) * share) - (dice.randint(0, 3) if share < 1 else 0)])
            await imported(store, tmp_path, size=dice.choice((1, 400, 5000)))
        assert by_name(await stored(store)) == expected(messages)
        assert await query(store, "SELECT sum(bad), sum(edits) FROM log_migration_state") == [
            (8 * len(files), len(files))
        ]
        assert set(await query(store, "SELECT DISTINCT status FROM log_migration_state")) == {("done",)}


async def test_two_imports_at_once_count_once(db_url: str, tmp_path: Path) -> None:
    messages = conversation(1500, seed=6)
    write(tmp_path, messages, oddities)
    async with opened(db_url) as one, opened(db_url) as other:
        reports = await asyncio.gather(*(imported(store, tmp_path, size=4000) for store in (one, other)))
        assert by_name(await stored(one)) == expected(messages)
        assert sum(report.messages for report in reports) == 1500


async def test_a_name_that_nobody_has_stays_one(sqlite_url: str, tmp_path: Path) -> None:
    write(tmp_path, [said(channel(7), person(1), 0)])
    put(tmp_path, "77", "20250615", [line("77", "elsewhere", "1", moment(0))])
    async with opened(sqlite_url) as store:
        report = await imported(store, tmp_path)
        assert report.unbound == [("77", "elsewhere"), ("9001", "channel 7")]
        rows = await query(store, "SELECT server_id, channel_id, message_count FROM message_counts ORDER BY 1")
        assert rows == [("77", "#elsewhere", 1), ("9001", "#channel 7", 1)]
        await heard(store, tmp_path, [said(channel(7), person(1), 100_000)])
        assert [row.name for _, row in await bind(store, lambda *_: RULE)] == ["elsewhere"]
        rows = await query(store, "SELECT channel_id, message_count FROM message_counts WHERE server_id = '9001'")
        assert rows == [("7", 1), ("7", 1)]


async def test_the_bot_meets_what_an_import_made_while_it_ran(db_url: str, tmp_path: Path) -> None:
    first, second = said(channel(1), person(1), 0), said(channel(2, VILLAGE), person(1), 10)
    async with opened(db_url) as store:
        counting = recorder(store, tmp_path, size=1, seconds=0.01)
        await counting.open()
        write(tmp_path, [said(channel(1), person(2), -100), said(channel(2, VILLAGE), person(2), -100)])
        await imported(store, tmp_path)
        stop = asyncio.Event()
        task = asyncio.create_task(counting.run(stop))
        for message in (first, second):
            assert counting.offer(message)
            await asyncio.sleep(0.05)
        stop.set()
        await task
        await bind(store, lambda *_: RULE)
        assert await stored(store) == expected(
            [first, second, said(channel(1), person(2), -100), said(channel(2, VILLAGE), person(2), -100)]
        )
        assert await query(store, "SELECT count(*) FROM communities") == [(2,)]


async def test_days_are_cut_by_the_rule_of_the_community(sqlite_url: str, tmp_path: Path) -> None:
    rule = DayRule("Asia/Kathmandu", 6)
    messages = conversation(300, seed=8)
    write(tmp_path, messages)
    async with opened(sqlite_url) as store:
        await imported(store, tmp_path, rule)
        assert by_name(await stored(store)) == expected(messages, rule)


async def test_a_last_line_that_is_being_written_is_read_when_it_is_whole(sqlite_url: str, tmp_path: Path) -> None:
    lines = [line("9001", "general", "5", moment(n)) for n in range(3)]
    path = put(tmp_path, "9001", "20250615", lines[:2], end=b"\n" + lines[2][:40])
    async with opened(sqlite_url) as store:
        report = await imported(store, tmp_path)
        assert (report.messages, report.bad, report.unfinished) == (2, 0, 1)
        with path.open("ab") as stream:
            stream.write(lines[2][40:])
        report = await imported(store, tmp_path)
        assert (report.messages, report.bad, report.unfinished) == (1, 0, 0)
        with path.open("ab") as stream:
            stream.write(b"\n" + lines[2].replace(b"receive", b"edit"))
        report = await imported(store, tmp_path)
        assert (report.messages, report.edits, report.bad) == (0, 1, 0)


def export(place: Channel, messages: Sequence[Message]) -> bytes:
    """What DiscordChatExporter writes of a channel."""
    told = [
        {
            "id": str(message.number),
            "type": "Reply" if message.reply_to else "Default",
            "timestamp": datetime.fromtimestamp(message.sent_at / 1000, UTC).isoformat(),
            "timestampEdited": None,
            "content": "hello",
            "author": {"id": message.author.key, "name": message.author.name, "isBot": False, "roles": []},
            "attachments": [{"id": "1"}] * message.attachments,
            "mentions": [{"id": "2"}] * message.mentions,
            **({"reference": {"messageId": str(message.reply_to)}} if message.reply_to else {}),
        }
        for message in messages
    ]
    bot = {"id": "1", "type": "Default", "author": {"id": "3", "name": "robot", "isBot": True}}
    join = {"id": "2", "type": "GuildMemberJoin", "author": {"id": "4", "name": "new", "isBot": False}}
    head = {"guild": {"id": place.community.key, "name": place.community.name}}
    head["channel"] = {"id": place.key, "type": "GuildTextChat", "name": place.name, "categoryId": "1"}
    return json.dumps(head | {"messages": [*told, bot, join], "messageCount": len(told) + 2}).encode()


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (0, 2, 1)])
async def test_exports_logs_and_what_is_live_in_any_order(
    db_url: str, tmp_path: Path, order: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "_MESSAGES", 50)
    dice = Random(9)
    place = channel(100)
    messages = [
        said(place, person(500 + n % 3), 40_000 + n * 17, 3, mentions=n % 2, reply_to=9 if n % 5 == 0 else None)
        for n in range(400)
    ]
    lines = [logged(message, dice) for message in messages[200:]]
    write(tmp_path, lines)
    exported = tmp_path / "export.json"
    exported.write_bytes(export(place, messages[:300]))
    async with opened(db_url) as store:
        steps = (
            lambda: heard(store, tmp_path, messages[150:350]),
            lambda: imported(store, exported),
            lambda: imported(store, tmp_path / "logs"),
        )
        for step in order:
            await steps[step]()
        assert (await imported(store, exported)).known == 300
        await bind(store, lambda *_: RULE)
        truth = [*messages[:350], *lines[150:]]
        assert await stored(store) == expected(truth)
        sums = await query(store, "SELECT sum(replies), sum(mentions) FROM user_totals")
        assert sums == [(70, 175)]
        names = await query(store, "SELECT DISTINCT global_username FROM users ORDER BY 1")
        assert names == [("user 500",), ("user 501",), ("user 502",)]


async def test_what_is_no_export_is_said(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"guild": 1}')
    async with opened(sqlite_url) as store:
        report = await imported(store, tmp_path)
        assert [day.day for day in report.pending] == ["a.json"]
        with pytest.raises(OSError, match="No such file"):
            await imported(store, tmp_path / "nowhere")


async def test_within_the_bot_it_gives_way(sqlite_url: str, tmp_path: Path) -> None:
    messages = conversation(400, seed=12)
    write(tmp_path, messages)
    async with opened(sqlite_url) as store:
        throttle = GiveWay()
        await HistoryImport(store, lambda *_: RULE, throttle=throttle).run(tmp_path)
        assert by_name(await stored(store)) == expected(messages)


async def test_pieces_shrink_where_the_loop_becomes_late() -> None:
    throttle = GiveWay()
    size = throttle.size
    async with throttle.working():
        await asyncio.sleep(0.02)
        time.sleep(0.1)  # noqa: ASYNC251 - it is in the loop's way
        await asyncio.sleep(0.01)
    assert throttle.size < size
    started = time.monotonic()
    async with throttle.working():
        await asyncio.sleep(0.05)
    assert time.monotonic() - started > 0.1, "it rests as long as it worked, and longer after it was in the way"
