"""The chat log: what is kept by policy, for how long, and what goes before."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from muster.community.archive import Archive, ArchiveError
from muster.community.policies import share
from muster.community.retention import Retention
from muster.model.chat import Deleted, Edited, Message
from muster.store import log, notes
from muster.store.engine import Store
from muster.store.log import PolicyRow
from tests.community.telling import START, channel, expected, person, recorder, said, stored, talk
from tests.community.test_recorder import offered, running
from tests.importer.working import change, opened, query

DAY = 86_400
BEGIN = datetime.fromtimestamp(START / 1000, UTC)


async def policy(store: Store, key: str, *, days: int = 30, rate: float = 1.0, steps: str | None = None) -> None:
    async with store.write() as writer:
        await log.put_policy(writer, PolicyRow("discord", key, key, True, days, rate, steps))


async def default(store: Store, name: str, value: object) -> None:
    async with store.write() as writer:
        await notes.note(writer, f"chat_logging.{name}", value)


async def kept(store: Store) -> list[tuple[object, ...]]:
    rows = await query(
        store, "SELECT h.key, l.number, l.message_text, l.rate FROM chat_log l JOIN channels h ON h.id = l.channel_id"
    )
    return sorted((key, number, text, round(rate, 4) if rate else rate) for key, number, text, rate in rows)


def wrote(where: int, seconds: float, text: str, who: int = 1) -> Message:
    return said(channel(where), person(who), seconds, text=text)


async def test_nothing_is_kept_unless_somebody_wants_it(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store:
        await offered(store, tmp_path, [wrote(1, 1, "one")])
        await policy(store, "2")
        await offered(store, tmp_path, [wrote(1, 2, "two"), wrote(2, 3, "three"), said(channel(2), person(1), 4)])
        assert [text for _, _, text, _ in await kept(store)] == ["three"]
        await default(store, "enabled", True)
        await offered(store, tmp_path, [wrote(1, 5, "five")])
        await default(store, "enabled", False)
        await offered(store, tmp_path, [wrote(1, 6, "six"), wrote(2, 7, "seven")])
        assert [text for _, _, text, _ in await kept(store)] == ["five", "three"]
        assert sum(count for count, *_ in (await stored(store))["people"].values()) == 7


async def test_a_policy_changes_with_the_next_message(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store, running(store, tmp_path) as counting:
        counting.offer(wrote(1, 1, "before"))
        await policy(store, "1")
        counting.offer(wrote(1, 2, "after"))
        await drained(store, 2)
        assert "after" in [text for _, _, text, _ in await kept(store)]


async def drained(store: Store, messages: int) -> None:
    import asyncio

    async with asyncio.timeout(10):
        while await query(store, "SELECT coalesce(sum(message_count), 0) FROM message_counts") != [(messages,)]:
            await asyncio.sleep(0.02)


async def test_a_policy_written_by_hand_for_a_name_follows_the_channel(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store:
        await change(
            store,
            "INSERT INTO chat_logging_config (platform, channel, is_enabled, retention_days, sampling_rate) "
            "VALUES ('discord', 'channel 7', true, 7, 1.0) "
            "ON CONFLICT (platform, channel) DO UPDATE SET is_enabled = true",
        )
        await offered(store, tmp_path, [wrote(7, 1, "by name"), wrote(8, 1, "another")])
        assert await query(store, "SELECT channel, channel_key FROM chat_logging_config") == [("channel 7", "7")]
        renamed = said(channel(7).__class__(channel(7).community, "7", "renamed"), person(1), 2, text="still")
        await offered(store, tmp_path, [renamed])
        assert [text for _, _, text, _ in await kept(store)] == ["by name", "still"]


async def test_threads_have_the_policy_of_their_parent(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store:
        await policy(store, "1")
        await offered(store, tmp_path, [said(channel(2, parent="1"), person(1), 1, text="in a thread")])
        assert len(await kept(store)) == 1


RATE = 0.01


async def test_sampling_keeps_its_share_and_always_the_same(db_url: str, tmp_path: Path) -> None:
    messages = [
        said(m.channel, m.author, (m.sent_at - START) / 1000, m.number % 64, text=f"text {n}")
        for n, m in enumerate(talk(20_000, seed=4, channels=1))
    ]
    async with opened(db_url) as store:
        await policy(store, messages[0].channel.key, rate=RATE)
        await offered(store, tmp_path, messages[:10_000], size=1000)
        await offered(store, tmp_path, messages, size=1000)
        once = await kept(store)
        unique = len({m.number for m in messages})
        sigma = (unique * RATE * (1 - RATE)) ** 0.5
        assert abs(len(once) - unique * RATE) < 3 * sigma
        assert {number for _, number, *_ in once} == {m.number for m in messages if share(m.number) < RATE}
        assert {rate for *_, rate in once} == {RATE}
        weighted = (await query(store, "SELECT sum(1.0 / sampling_rate) FROM chat_messages"))[0][0]
        assert abs(float(weighted) - unique) < 3 * sigma / RATE
        assert await stored(store) == expected(messages)


def test_shares_are_even() -> None:
    shares = [share((1_400_000_000_000 + n) << 22) for n in range(20_000)]
    for tenth in range(10):
        assert 1800 < sum(tenth / 10 <= one < (tenth + 1) / 10 for one in shares) < 2200


async def test_edits_and_deletes_reach_the_log(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store:
        await policy(store, "1")
        await policy(store, "2")
        messages = [wrote(1, n, f"text {n}") for n in range(6)]
        async with running(store, tmp_path) as counting:
            counting.change(Deleted(channel(1), (messages[5].number,)))
            for message in (*messages, wrote(2, 1, "elsewhere"), wrote(2, 2, "elsewhere")):
                counting.offer(message)
            counting.change(Edited(channel(1), messages[0].number, "edited"))
            counting.change(Deleted(channel(1), tuple(m.number for m in messages[1:4])))
            counting.change(Deleted(channel(2), None))
        assert [text for _, _, text, _ in await kept(store)] == ["edited", "text 4"]
        assert (await stored(store))["people"] == expected([*messages, wrote(2, 1, ""), wrote(2, 2, "")])["people"]


async def a_season(store: Store, folder: Path, keys: Sequence[int], days: int) -> list[Message]:
    """A message every six hours in each channel."""
    messages = [
        wrote(key, day * DAY + hour * 3600 + key, f"{key} {day} {hour}")
        for day in range(days)
        for hour in (0, 6, 12, 18)
        for key in keys
    ]
    await offered(store, folder, messages, size=1000)
    return messages


async def test_retention_is_exact_to_the_day(db_url: str, tmp_path: Path) -> None:
    policies = {1: 7, 2: 30, 3: 90}
    async with opened(db_url) as store:
        for key, days in policies.items():
            await policy(store, str(key), days=days, steps="archive" if key == 2 else None)
        messages = await a_season(store, tmp_path, list(policies), 120)
        archive = Archive(tmp_path / "archive")
        retention = Retention(store, archive)
        for day in range(0, 121, 3):
            now = BEGIN + timedelta(days=day)
            await retention.purge(now)
            wanted = {
                m.number for m in messages if m.sent_at / 1000 >= now.timestamp() - policies[int(m.channel.key)] * DAY
            }
            assert {number for _, number, *_ in await kept(store)} == wanted, day
        gone = {m.number for m in messages if m.channel.key == "2"} - {number for _, number, *_ in await kept(store)}
        archived = [row for file in archive.files() for row in archive.read(file)]
        assert {row.number for row in archived} == gone
        texts = {m.number: m.text for m in messages}
        assert all(row.text == texts[row.number] and row.channel == "2" for row in archived)
        if store.dialect == "postgresql":
            months = await query(store, "SELECT relid::regclass::text FROM pg_partition_tree('chat_log') WHERE isleaf")
            assert ("chat_log_2025_06",) not in months
            assert len(months) == 5


async def test_where_the_archive_fails_nothing_is_deleted(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store:
        await policy(store, "1", days=1, steps="archive")
        await policy(store, "2", days=1, steps="no such steps")
        await policy(store, "3", days=1)
        messages = await a_season(store, tmp_path, [1, 2, 3], 3)
        (tmp_path / "file").write_text("no folder")
        for archive in (None, Archive(tmp_path / "file")):
            done = await Retention(store, archive).purge(BEGIN + timedelta(days=10))
            assert set(done.failed) == {"channel 1", "channel 2"}
        assert len(await kept(store)) == len(messages) * 2 / 3
        done = await Retention(store, Archive(tmp_path / "there")).purge(BEGIN + timedelta(days=10))
        assert (done.archived, set(done.failed)) == (12, {"channel 2"})


async def test_an_archive_is_searched_and_erased(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store:
        await policy(store, "1", days=1, steps="archive")
        await offered(store, tmp_path, [wrote(1, n, f"it's {n} O'Clock", who=1 + n % 2) for n in range(40)])
        archive = Archive(tmp_path / "archive")
        await Retention(store, archive).purge(BEGIN + timedelta(days=10))
        assert [row.text for row in archive.search("o'clock", 2)] == ["it's 39 O'Clock", "it's 38 O'Clock"]
        assert archive.erase("discord", "2") == 20
        assert {row.user for file in archive.files() for row in archive.read(file)} == {"1"}
        assert archive.erase("discord", "1") == 20
        assert archive.files() == []
        with pytest.raises(ArchiveError, match="can't be used"):
            list(archive.read(str(tmp_path / "nothing.parquet")))


async def test_no_text_of_unlogged_channels_is_spilled(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("muster.community.recorder._MOST", 10)
    async with opened(sqlite_url) as store:
        await policy(store, "2")
        counting = recorder(store, tmp_path)
        await counting.open()
        for n in range(10):
            counting.offer(wrote(1 + n % 2, n, f"secret {n}"))
        assert "secret" not in (tmp_path / "spill.jsonl").read_text()


DOCUMENTED = (
    """INSERT INTO chat_logging_config
(platform, channel, is_enabled, retention_days, sampling_rate)
VALUES ('twitch', 'large_streamer', true, 7, 0.1)""",
    """INSERT INTO chat_logging_config
(platform, channel, is_enabled, retention_days, sampling_rate)
VALUES ('discord', 'moderator-chat', true, 90, 1.0)""",
    """UPDATE chat_logging_config
SET pre_drop_pipeline_id = 'analyze_and_archive'
WHERE channel = 'main_chat'""",
    """INSERT INTO chat_logging_config
(platform, channel, is_enabled, retention_days, sampling_rate)
VALUES ('twitch', 'my_channel', true, 30, 1.0)
ON CONFLICT (platform, channel) DO UPDATE
SET is_enabled = true""",
    """UPDATE chat_logging_config
SET sampling_rate = 0.1, retention_days = 7
WHERE platform = 'twitch' AND channel = 'popular_streamer'""",
    """SELECT * FROM chat_messages
WHERE platform = 'twitch'
  AND channel = 'my_channel'
  AND timestamp > NOW() - INTERVAL '1 hour'
ORDER BY timestamp DESC""",
    """SELECT
    u.global_username,
    COUNT(*) as message_count,
    AVG(LENGTH(cm.message_text)) as avg_message_length
FROM chat_messages cm
JOIN users u ON cm.user_id = u.user_id
WHERE cm.timestamp > NOW() - INTERVAL '30 days'
GROUP BY u.user_id, u.global_username
ORDER BY message_count DESC""",
    """SELECT * FROM chat_messages
WHERE timestamp >= '2024-06-01' AND timestamp < '2024-07-01'""",
    """SELECT * FROM chat_messages
WHERE message_text LIKE '%hello%'""",
)


@pytest.mark.postgres
async def test_what_the_documents_say_runs_as_it_stands(postgresql_url: str, tmp_path: Path) -> None:
    async with opened(postgresql_url) as store:
        await policy(store, "1")
        now = datetime.now(UTC).timestamp() - BEGIN.timestamp()
        await offered(store, tmp_path, [wrote(1, now - n, "hello there") for n in range(5)])
        for statement in DOCUMENTED:
            async with store.write() as writer:
                result = await writer._connection.execute(sa.text(statement.replace(":", "\\:")))
                rows = result.all() if result.returns_rows else []
            if "LIKE" in statement or "global_username" in statement:
                assert rows
