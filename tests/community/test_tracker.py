"""The tracker as a module of another program: its functions, its configuration, the examples of its page."""

import asyncio
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import muster.community
from muster.bot.source import tracking as of_settings
from muster.cli import app
from muster.community import (
    AlreadyCounting,
    BadConfig,
    DailySummary,
    MessageCount,
    TrackerConfig,
    Tracking,
    close_db,
    flush_counts_to_db,
    get_daily_summary,
    get_in_memory_stats,
    get_message_counts,
    get_server_stats,
    get_user_counts,
    init_db,
    initialize_tracking,
    read_config,
    schedule_daily_user_snapshot,
    trigger_user_snapshot,
    upsert_message_count,
    upsert_user_count,
)
from muster.config import load
from muster.model.chat import Community
from muster.store.engine import Store, StoreError
from tests.community.telling import TOWN, VILLAGE, channel, expected, person, said, stored, talk
from tests.conftest import ROOT
from tests.discord_sim import DiscordSim
from tests.discord_sim.client import pointed_at, running

ONE, TWO, THREE = (date(2025, 6, day) for day in (1, 2, 3))
EVERYTHING = TrackerConfig({TOWN.key: tuple(str(100 + n) for n in range(10)), VILLAGE.key: ("100", "103")})


@asynccontextmanager
async def database(url: str) -> AsyncIterator[Store]:
    store = await init_db(url)
    try:
        yield store
    finally:
        await close_db(store)


@asynccontextmanager
async def counting(store: Store, config: TrackerConfig = EVERYTHING, **values: Any) -> AsyncIterator[Tracking]:
    tracking = await initialize_tracking(store, config, **({"look_back": 1 << 42} | values))
    try:
        yield tracking
    finally:
        await tracking.close()


async def test_counts_of_members_are_replaced_and_of_messages_added(db_url: str) -> None:
    async with database(db_url) as store:
        for count in (10, 12):
            await upsert_user_count(store, "1", ONE, count)
            await upsert_message_count(store, "1", "5", ONE, count)
        await upsert_user_count(store, "1", THREE, 15)
        await upsert_user_count(store, "2", ONE, 99)
        await upsert_message_count(store, "1", "6", TWO, 3)
        await upsert_message_count(store, "2", "7", TWO, 4)
        assert [(row.date, row.user_count) for row in await get_user_counts(store, "1")] == [(ONE, 12), (THREE, 15)]
        assert [row.date for row in await get_user_counts(store, "1", TWO)] == [THREE]
        assert [row.date for row in await get_user_counts(store, "1", None, TWO)] == [ONE]
        assert [row.date for row in await get_user_counts(store, "1", ONE, THREE)] == [ONE, THREE]
        five, six = MessageCount("1", "5", ONE, 22), MessageCount("1", "6", TWO, 3)
        assert await get_message_counts(store, "1") == [five, six]
        assert await get_message_counts(store, "1", "6") == [six]
        assert await get_message_counts(store, "1", start=ONE, end=ONE) == [five]
        assert await get_message_counts(store, "3") == []
        with pytest.raises(ValueError, match="-1"):
            await upsert_message_count(store, "1", "5", ONE, -1)


async def test_statistics_and_summaries(db_url: str) -> None:
    async with database(db_url) as store:
        for day, count in ((ONE, 100), (TWO, 104), (THREE, 101)):
            await upsert_user_count(store, "1", day, count)
        for place, day, count in (("5", ONE, 10), ("6", ONE, 20), ("5", THREE, 30), ("7", THREE, 20)):
            await upsert_message_count(store, "1", place, day, count)
        await upsert_message_count(store, "2", "9", THREE, 1)
        whole = await get_server_stats(store, "1")
        assert (whole.first, whole.last, whole.members, whole.change) == (ONE, THREE, 101, 1)
        assert (whole.messages, round(whole.average, 2)) == (80, 26.67)
        assert whole.channels == (("5", 40), ("6", 20), ("7", 20)), "equals by key"
        assert whole.daily == ((ONE, 30), (THREE, 50))
        last = await get_server_stats(store, "1", THREE, THREE)
        assert (last.members, last.change, last.messages) == (101, -3, 50)
        none = await get_server_stats(store, "3")
        assert (none.first, none.members, none.change, none.messages, none.average) == (None, None, None, 0, 0)
        assert await get_daily_summary(store, THREE) == [
            DailySummary("1", THREE, 101, -3, 50, 2),
            DailySummary("2", THREE, None, None, 1, 1),
        ]
        assert await get_daily_summary(store, date(2031, 1, 1)) == []


async def test_live_counts_are_what_another_count_finds(db_url: str) -> None:
    messages = talk(400, seed=12)
    async with database(db_url) as store:
        async with counting(store, flush_size=30) as tracking:
            for message in [*messages, *messages[::3]]:
                tracking.offer(message)
                await asyncio.sleep(0)
        wanted = [m for m in messages if EVERYTHING.tracks(m.channel.community.key, m.channel.key)]
        assert len(wanted) == len(messages)
        assert await stored(store) == expected(wanted)


async def test_only_tracked_channels_of_each_server_count(sqlite_url: str) -> None:
    config = TrackerConfig({TOWN.key: ("1", "2"), VILLAGE.key: ()})
    async with database(sqlite_url) as store:
        async with counting(store, config) as tracking:
            for where, counts in (
                (channel(1), True),
                (channel(3), False),
                (channel(9, parent="2"), True),
                (channel(1, VILLAGE), False),
            ):
                assert tracking.offer(said(where, person(5), 1)) is counts, where
        assert [row.channel_id for row in await get_message_counts(store, TOWN.key)] == ["1", "9"]
        assert await get_message_counts(store, VILLAGE.key) == []


async def test_what_waits_in_memory_is_known_and_stored_at_once(db_url: str) -> None:
    async with database(db_url) as store, counting(store, flush_seconds=3600) as tracking:
        assert get_in_memory_stats(tracking).messages == 0
        for n in range(3):
            tracking.offer(said(channel(100 + n % 2), person(5), n))
        waiting = get_in_memory_stats(tracking)
        day = date(2025, 6, 15)
        assert waiting.counts == (MessageCount(TOWN.key, "100", day, 2), MessageCount(TOWN.key, "101", day, 1))
        assert (waiting.messages, waiting.on_disk) == (3, False)
        assert await get_message_counts(store, TOWN.key) == []
        assert await flush_counts_to_db(tracking)
        assert get_in_memory_stats(tracking).counts == ()
        assert await get_message_counts(store, TOWN.key) == list(waiting.counts)
        tracking.offer(said(channel(100), person(5), 9))
        assert await flush_counts_to_db(tracking)
        assert (await get_message_counts(store, TOWN.key, "100"))[0].message_count == 3


async def test_nothing_is_lost_while_the_database_is_away(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    messages = talk(60, seed=13)
    async with database(sqlite_url) as store, counting(store, flush_seconds=3600) as tracking:
        write = Store.write

        def away(*_: Any, **__: Any) -> Any:
            raise StoreError("away")

        monkeypatch.setattr(Store, "write", away)
        for message in messages:
            tracking.offer(message)
        assert not await flush_counts_to_db(tracking)
        assert get_in_memory_stats(tracking).on_disk
        monkeypatch.setattr(Store, "write", write)
        assert await flush_counts_to_db(tracking)
        assert await stored(store) == expected(messages)


async def test_the_day_begins_at_the_hour_of_the_configuration(sqlite_url: str) -> None:
    config = TrackerConfig({TOWN.key: ("1",)}, daily_cutoff_hour_utc=16)
    async with database(sqlite_url) as store:
        async with counting(store, config) as tracking:
            tracking.offer(said(channel(1), person(5), 0))  # 15:06 UTC on the 15th
            tracking.offer(said(channel(1), person(5), 3600))
        days = [row.date.day for row in await get_message_counts(store, TOWN.key)]
        assert days == [14, 15]


async def test_members_are_counted_by_hand_and_daily(sqlite_url: str) -> None:
    async def ask(community: Community) -> int | None:
        return 42 if community == TOWN else None

    async with database(sqlite_url) as store, counting(store) as tracking:
        assert await trigger_user_snapshot(tracking, lambda: [TOWN, VILLAGE], ask) == 1
        today = datetime.now(UTC).date()
        assert [(row.date, row.user_count) for row in await get_user_counts(store, TOWN.key)] == [(today, 42)]
        assert await get_user_counts(store, VILLAGE.key) == []
        await schedule_daily_user_snapshot(tracking, lambda: [Community(TOWN.platform, "77", "Other"), TOWN], _seven)
        async with asyncio.timeout(10):
            while not await get_user_counts(store, "77"):
                await asyncio.sleep(0.01)
        assert [row.user_count for row in await get_user_counts(store, TOWN.key)] == [42], "counted today already"


async def _seven(_: Community) -> int | None:
    return 7


async def test_one_process_counts(db_url: str) -> None:
    async with database(db_url) as store, database(db_url) as other:
        async with counting(store):
            with pytest.raises(AlreadyCounting, match="another process counts into"):
                await initialize_tracking(other, EVERYTHING)
            await upsert_message_count(other, "1", "5", ONE, 1)
        async with counting(other):
            assert (await get_message_counts(store, "1"))[0].message_count == 1


def test_the_package_is_light_and_names_what_it_exports() -> None:
    for name in muster.community.__all__:
        assert getattr(muster.community, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = muster.community.nothing
    code = "import sys, muster.community; print(*(m for m in sys.modules if m.startswith(('sqlalchemy', 'muster.'))))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.split() == ["muster.community"]


# The configuration

SEED = {
    "trackedChannels": {"123456789012345678": ["987654321098765432", "876543210987654321"], "112233445566778899": []},
    "dailyCutoffHourUTC": 6,
    "logging": True,
}


def test_the_tracker_s_configuration_is_read() -> None:
    config = read_config(json.dumps(SEED))
    assert config.tracked_channels["123456789012345678"] == ("987654321098765432", "876543210987654321")
    assert (config.daily_cutoff_hour_utc, config.logging) == (6, True)
    assert read_config("{}") == TrackerConfig()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "truncated"),
        ('{"trackedChannels": ["1"]}', "trackedChannels"),
        ('{"trackedChannels": {"a": ["1"]}}', "trackedChannels"),
        ('{"trackedChannels": {"1": [5]}}', "trackedChannels"),
        ('{"dailyCutoffHourUTC": 24}', "dailyCutoffHourUTC"),
        ('{"dailyCutofHourUTC": 3}', "dailyCutofHourUTC"),
    ],
)
def test_a_wrong_configuration_says_where(text: str, said: str) -> None:
    with pytest.raises(BadConfig, match=said):
        read_config(text)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs `muster chat settings` on a configuration."""
    monkeypatch.chdir(tmp_path)

    def run(config: object, *words: str) -> Any:
        (tmp_path / "config.json").write_text(config if isinstance(config, str) else json.dumps(config))
        return CliRunner().invoke(app, ["chat", "settings", "config.json", *words])

    return run


def test_settings_say_the_same(settings: Callable[..., Any], tmp_path: Path) -> None:
    shown = settings(SEED)
    assert shown.exit_code == 0, shown.output
    assert tomllib.loads(shown.stdout) == {
        "counted_channels": [987654321098765432, 876543210987654321],
        "timezone": "UTC",
        "day_cutoff_hour": 6,
        "log_level": "INFO",
    }
    assert not (tmp_path / "muster.toml").exists()
    assert settings(SEED, "--write").exit_code == 0
    found = load()
    counts = of_settings(found.counted_channels, found.ignored_channels)
    config = read_config(json.dumps(SEED))
    for server, place, parent in (
        ("123456789012345678", 987654321098765432, None),
        ("123456789012345678", 1, 876543210987654321),
        ("123456789012345678", 2, None),
        ("112233445566778899", 3, None),
        ("42", 4, 5),
    ):
        parent_key = None if parent is None else str(parent)
        assert counts(place, parent) == config.tracks(server, str(place), parent_key), (server, place)
    assert (found.day_cutoff_hour, found.timezone, found.count_messages) == (6, "UTC", True)


def test_no_tracked_channel_means_no_counting(settings: Callable[..., Any]) -> None:
    assert settings({"trackedChannels": {"1": []}, "logging": False}, "--write").exit_code == 0
    assert (load().count_messages, load().log_level) == (False, "WARNING")


def test_what_stands_in_the_settings_stays(settings: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "muster.toml"
    file.write_text('timezone = "UTC"\nguild_id = 5\n\n[[servers]]\nname = "main"\n')
    assert settings(SEED, "--write").exit_code == 0
    found = load()
    assert (found.guild_id, found.servers[0].name, found.day_cutoff_hour) == (5, "main", 6)
    assert file.read_text().count("timezone") == 1
    before = file.read_text()
    assert settings(SEED, "--write").exit_code == 0
    assert file.read_text() == before, "a second time changes nothing"
    refused = settings(SEED | {"dailyCutoffHourUTC": 7}, "--write")
    assert refused.exit_code == 1
    assert "day_cutoff_hour is 6 there, 7 here" in refused.stderr.replace("\n", " ")
    assert file.read_text() == before


def test_files_that_are_none(settings: Callable[..., Any], tmp_path: Path) -> None:
    assert "dailyCutoffHourUTC" in settings('{"dailyCutoffHourUTC": 99}').stderr
    missing = CliRunner().invoke(app, ["chat", "settings", str(tmp_path / "nothing.json")])
    assert missing.exit_code == 2
    assert "can't read" in missing.stderr
    (tmp_path / "muster.toml").write_text("= 5")
    broken = settings(SEED, "--write")
    assert broken.exit_code == 1
    assert "muster.toml can't be read" in broken.stderr


# The page

EXAMPLES = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "tracker.md").read_text("utf-8"), re.DOTALL)


def test_the_first_example_runs(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", EXAMPLES[0]], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "message_count=40" in done.stdout
    assert "user_count=123" in done.stdout
    assert "InMemoryStats(messages=1" in done.stdout


async def test_the_second_example_counts_what_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "example"}
    exec(EXAMPLES[1], names)
    async with DiscordSim() as sim:
        other = sim.setup.channel(sim.guild, "other")
        writer = sim.setup.member(sim.guild, "writer")
        config = {"trackedChannels": {str(sim.guild.id): [str(sim.channel.id)]}}
        (tmp_path / "config.json").write_text(json.dumps(config))
        for n in range(3):
            sim.act.post(sim.channel, writer, f"before {n}")
        with pointed_at(sim):
            bot = names["bot"]()
            async with running(bot, sim.token):
                for n in range(4):
                    sim.act.post(sim.channel, writer, f"live {n}")
                    sim.act.post(other, writer, f"elsewhere {n}")
                async with asyncio.timeout(20):
                    while await _messages(bot.store, str(sim.guild.id)) < 7 or not await get_user_counts(
                        bot.store, str(sim.guild.id)
                    ):
                        await asyncio.sleep(0.05)
        async with database("sqlite:///tracker.db") as store:
            (row,) = await get_message_counts(store, str(sim.guild.id))
            assert (row.channel_id, row.message_count) == (str(sim.channel.id), 7)


async def _messages(store: Store, server: str) -> int:
    return sum(row.message_count for row in await get_message_counts(store, server))
