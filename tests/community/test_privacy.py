"""What is stored of a person is seen, written out and erased; who opted out is nobody, in channels' counts alone."""

import asyncio
import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from muster.community import logbook
from muster.community.archive import Archive
from muster.community.attendance import Stay
from muster.community.days import DayRule
from muster.community.history import HistoryImport
from muster.community.privacy import HIMSELF, OPERATOR, PersonUnknown, Privacy
from muster.community.retention import Retention
from muster.community.spill import Spill
from muster.community.voice import store_members, store_stays
from muster.model.chat import Message, Person, Platform
from muster.model.presence import MemberJoined
from muster.stats import chat_names
from muster.stats.values.chat import CommunityRef
from muster.store import awareness, chat, notes, privacy
from muster.store.engine import Store, parse_url
from muster.store.schema import metadata
from muster.store.upgrade import upgrade
from tests.community import history_tree
from tests.community.telling import START, TOWN, channel, expected, recorder, said, stored, talk
from tests.community.test_log import default, drained, policy
from tests.community.test_recorder import offered, running
from tests.importer.working import change, opened, query

HIM = 123456789012345678
OTHER = 223456789012345678
NAME, TEXT = "Zebedee", "quagga"
BEGIN = datetime.fromtimestamp(START / 1000, UTC)


def who(key: int, name: str = "") -> Person:
    return Person(Platform.DISCORD, str(key), name or f"user {key}")


def wrote(seconds: float, text: str | None = None, key: int = HIM, where: int = 1) -> Message:
    return said(channel(where), who(key, NAME if key == HIM else ""), seconds, text=text)


def requests(store: Store, folder: Path, seconds: float = 1_000_000) -> Privacy:
    """Asked at a moment after the start of `telling`."""
    now = BEGIN + timedelta(seconds=seconds)
    return Privacy(store, Archive(folder / "archive"), Spill(folder / "spill.jsonl"), lambda: now)


async def totals(store: Store) -> dict[tuple[str, str, str], int]:
    """Messages by community, channel and day."""
    found: dict[tuple[str, str, str], int] = (await stored(store))["days"]
    return found


async def imported(store: Store, folder: Path) -> None:
    await HistoryImport(store, lambda *_: DayRule()).run(folder)


def logged(root: Path, *lines: tuple[float, int], name: str = "channel 1", day: str = "20250615") -> None:
    """Writes what another bot logged: when, and whose it was."""
    made = [history_tree.line(TOWN.key, name, str(key), history_tree.moment(at), TEXT) for at, key in lines]
    history_tree.put(root, TOWN.key, day, made)


def exported(path: Path, *messages: Message) -> None:
    """Writes what DiscordChatExporter saves."""
    path.parent.mkdir(parents=True, exist_ok=True)
    told = [
        {
            "id": str(m.number),
            "type": "Default",
            "author": {"id": m.author.key, "name": m.author.name, "isBot": False},
        }
        for m in messages
    ]
    where = messages[0].channel
    named = {"guild": {"id": TOWN.key, "name": TOWN.name}, "channel": {"id": where.key, "name": where.name}}
    path.write_text(json.dumps(named | {"messages": told}), "utf-8")


async def rows_of(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table there is, partitions and PostgreSQL's samples of values among them."""
    if store.dialect == "sqlite":
        names = await query(store, "SELECT name FROM sqlite_master WHERE type = 'table'")
    else:
        names = await query(store, "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    found = {name: await query(store, f'SELECT * FROM "{name}"') for (name,) in names}
    if store.dialect == "postgresql":
        samples = "SELECT tablename, most_common_vals::text, histogram_bounds::text FROM pg_stats"
        found["pg_stats"] = await query(store, f"{samples} WHERE schemaname = current_schema()")
    return found


def plain(value: object) -> str:
    return bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)


async def traces(store: Store, folder: Path, *words: str) -> list[str]:
    """Where words are found: in the rows of tables, the bytes of files, what the archive decodes to."""
    found: list[str] = []
    for table, rows in (await rows_of(store)).items():
        text = "\n".join(plain(value) for row in rows for value in row)
        found += [f"{word} in {table}" for word in words if word in text]
    for file in folder.rglob("*"):
        raw = file.read_bytes() if file.is_file() else b""
        found += [f"{word} in {file.name}" for word in words if word.encode() in raw]
    archive = Archive(folder / "archive")
    for target in archive.files() if archive.folder.exists() else ():
        text = "\n".join(str(row) for row in archive.read(target))
        found += [f"{word} in the archived {target}" for word in words if word in text]
    return found


async def everywhere(store: Store, folder: Path) -> None:
    """A person in every place there is, and somebody else who spoke of him."""
    await policy(store, "1", days=3650)
    await policy(store, "2", days=30, steps="archive")
    old = [wrote(n, f"{TEXT} {n}", where=2) for n in range(5)]
    await offered(store, folder, [*old, wrote(6, f"hello <@{HIM}> and {HIM}", OTHER, 2)])
    await Retention(store, Archive(folder / "archive")).purge(BEGIN + timedelta(days=60))
    await offered(store, folder, [wrote(100 + n, f"{TEXT} {n}") for n in range(40)])
    await offered(store, folder, [wrote(300, f"<@!{HIM}> <@{HIM}>!", OTHER), wrote(301, "hi", OTHER)])
    logged(folder / "elsewhere", (400, HIM), (401, OTHER), (100, HIM))
    await imported(store, folder / "elsewhere")
    exported(folder / "elsewhere" / "export.json", wrote(500), wrote(501, key=OTHER))
    await imported(store, folder / "elsewhere" / "export.json")
    for path in sorted((folder / "elsewhere").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    async with store.write() as writer:
        await notes.link(writer, HIM, "ABCDEF01", HIM)
        await notes.link(writer, OTHER, "ABCDEF02", HIM)
        for message in (wrote(600, TEXT), wrote(601, f"<@{HIM}> again", OTHER)):
            await chat.set_aside(writer, "message", [(msgspec.json.encode(message), f"not taken: {HIM}")])
        await notes.note(writer, "rcon_audit", [{"user": HIM, "command": "status"}])
    await change(
        store,
        "INSERT INTO outbox (id, key, channel_id, kind, subject, status, attempts, created_at, due_at) VALUES "
        f"(1, 'k', 5, 'unlock', '{{\"user\": {HIM}}}', 'sent', 1, {_now(store)}, {_now(store)})",
    )
    here, him = channel(3), who(HIM, NAME)
    begun = wrote(800).sent_at
    async with store.write() as writer:
        await store_stays(writer, [Stay(TOWN, him, here, begun, begun + 90_000)], lambda *_: DayRule())
        await store_members(writer, [MemberJoined(TOWN, him, begun)], lambda *_: DayRule())
        (row,) = await chat.users_of(writer, "discord", [str(HIM)])
        await awareness.add_emoji(writer, {(row.user_id, 1, "😀"): ("", 3)})
        await awareness.add_words(writer, {(row.user_id, 1): [(7, TEXT.split()[0])]})
    told = msgspec.json.encode({"pipeline": "help", "user": {"key": str(HIM), "name": NAME}}).decode()
    for change_ in (
        "INSERT INTO outbox (id, key, channel_id, kind, subject, status, attempts, created_at, due_at) VALUES "
        f"(2, 'p', 5, 'pipeline', '{told}', 'sent', 1, {_now(store)}, {_now(store)})",
        "INSERT INTO chat_summary_users (pipeline, stage, channel_id, month, user_id, messages, characters) "
        f"SELECT 'p', 'live', 1, 202506, user_id, 1, 5 FROM users WHERE key = '{HIM}'",
        "INSERT INTO chat_log_access (id, at, who, action, about) "
        f"VALUES (1, {_now(store)}, 'discord:{HIM}', 'search', 'x')",
    ):
        await change(store, change_)
    Spill(folder / "spill.jsonl").add([wrote(700, TEXT), wrote(701, f"dear <@{HIM}>", OTHER), wrote(702)])


def _now(store: Store) -> str:
    return "0" if store.dialect == "sqlite" else "now()"


@pytest.mark.parametrize(("opts_out", "left"), [(False, 20_000), (True, 0)])
async def test_who_is_hidden_is_not_counted_in_voice(db_url: str, tmp_path: Path, opts_out: bool, left: int) -> None:
    """Erased while he speaks: what comes after is his again. Opted out: nothing is."""
    at, him, other = START + 1_000_000, who(HIM, NAME), who(OTHER)
    stays = [Stay(TOWN, each, channel(3), at - 60_000, at) for each in (him, other)]
    async with opened(db_url) as store:
        await _hear(store, stays)
        asked = requests(store, tmp_path, 1_000)
        await (asked.opt_out if opts_out else asked.erase)("discord", str(HIM), HIMSELF)
        for stay in stays:
            stay.seen = at + 20_001
        await _hear(store, stays)
        async with store.write() as writer:
            await store_members(writer, [MemberJoined(TOWN, him, at - 5)], lambda *_: DayRule())
        spent = "SELECT sum(milliseconds) FROM voice_days d JOIN users u ON u.user_id = d.user_id WHERE key = '{}'"
        assert [int(row[0] or 0) for one in (OTHER, HIM) for row in await query(store, spent.format(one))] == [
            80_001,
            left,
        ]
        assert await query(store, "SELECT * FROM member_events") == []


async def _hear(store: Store, stays: Sequence[Stay]) -> None:
    async with store.write() as writer:
        await store_stays(writer, stays, lambda *_: DayRule())


async def test_after_an_erasure_nothing_is_found(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store:
        await everywhere(store, tmp_path)
        before, asked = await totals(store), requests(store, tmp_path)
        seen = await asked.stored("discord", str(HIM))
        assert (seen.name, seen.texts, seen.archived, seen.waiting, seen.set_aside) == (NAME, 40, 5, 2, 1)
        assert (seen.voice_seconds, seen.emoji, seen.words) == (90, 3, 1)
        assert (seen.player, seen.opted_out, seen.is_nothing) == ("ABCDEF01", False, False)
        assert [(one.messages, one.first_at) for one in seen.communities] == [(47, BEGIN)]
        assert [(one.channel, one.messages) for one in seen.channels] == [("1", 42), ("2", 5)]
        assert len(await traces(store, tmp_path, str(HIM), NAME, TEXT)) > 12, "or this finds nothing at all"

        done = await asked.erase("discord", str(HIM), HIMSELF)
        assert (done.rows["chat_log"], done.archived, done.waiting, done.is_clean) == (41, 5, 2, True)
        assert done.rows["links"] == 2
        assert done.rows["voice_sessions"] == done.rows["member_events"] == done.rows["user_words"] == 1
        assert done.rows["chat_summary_users"] == done.rows["chat_log_access"] == 1
        assert await traces(store, tmp_path, str(HIM), NAME, TEXT) == []
        assert await totals(store) == before, "channels keep what was counted"
        nothing = await asked.stored("discord", str(HIM))
        assert nothing.is_nothing
        assert (nothing.communities, nothing.channels, nothing.sessions) == ([], [], 0)
        assert [(one.action, one.asked_by) for one in nothing.requests] == [("erase", HIMSELF)]

        other = await asked.stored("discord", str(OTHER))
        assert (other.texts, other.archived, other.waiting, other.set_aside) == (2, 1, 1, 1)
        assert other.player == "ABCDEF02"
        await logbook.export(store, "1", tmp_path / "export.jsonl")
        assert await traces(store, tmp_path, str(HIM), NAME, TEXT) == []
        found = [row.text for row in await logbook.search(store, "<@", 10)]
        assert found == ["<@!0> <@0>!"]

        await offered(store, tmp_path, [])  # what waited on disk is counted, for its channel alone
        assert sum((await totals(store)).values()) == sum(before.values()) + 3
        assert await traces(store, tmp_path, str(HIM), NAME, TEXT) == []
        again = await asked.erase("discord", str(HIM), HIMSELF)
        assert (again.rows, again.archived, again.waiting) == ({}, 0, 0)


async def test_bytes_go_though_others_have_the_file_open(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privacy, "_PATIENCE", 20)
    async with opened(sqlite_url) as store:
        await policy(store, "1", days=3650)
        await offered(store, tmp_path, [wrote(n, f"{TEXT} {n}") for n in range(300)])
        path = store.url.database
        assert path is not None
        with sqlite3.connect(path) as reading:
            reading.execute("BEGIN")
            reading.execute("SELECT count(*) FROM chat_log").fetchone()
            done = await requests(store, tmp_path).erase("discord", str(HIM), OPERATOR)
            assert not done.is_clean, "somebody reads the old state"
        reading.close()
        assert (await requests(store, tmp_path).erase("discord", str(HIM), OPERATOR)).is_clean
        assert await traces(store, tmp_path, str(HIM), NAME, TEXT) == []


async def test_everything_is_written_out(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store:
        await everywhere(store, tmp_path)
        export = await requests(store, tmp_path).export("discord", str(HIM), HIMSELF)
        told = json.loads(msgspec.json.encode(export))
    assert Counter(text["archived"] for text in told["texts"]) == {False: 40, True: 5}
    assert {text["text"] for text in told["texts"]} == {f"{TEXT} {n}" for n in range(40)}
    assert [(text["text"], text["number"]) for text in told["waiting"]] == [
        (TEXT, wrote(700).number),
        ("", wrote(702).number),
    ]
    assert [json.loads(row)["text"] for row in told["set_aside"]] == [TEXT]
    assert sum(day["messages"] for day in told["days"]) == sum(hour["messages"] for hour in told["hours"]) == 47
    assert sum(session["messages"] for session in told["sessions"]) == 47
    by_channel = {each["channel"]: (len(each["exact"]), len(each["logged"])) for each in told["moments"]}
    assert by_channel == {"1": (41, 2), "2": (5, 0)}
    assert told["stored"]["player"] == "ABCDEF01"
    assert str(OTHER) not in json.dumps(told)


OF_NOBODY = ("chat_log", "chat_sessions", "user_days", "user_hours", "user_totals", "users")


async def test_opting_out_holds_from_the_next_message_in_a_running_recorder(db_url: str, tmp_path: Path) -> None:
    """The recorder knows him by then, under an id that it keeps in memory."""
    async with opened(db_url) as store, Store(parse_url(db_url)) as elsewhere:
        await default(store, "enabled", True)
        async with running(store, tmp_path) as counting:
            counting.offer(wrote(1, TEXT))
            counting.offer(wrote(2, "hi", OTHER))
            await drained(store, 2)
            (old,) = await query(store, f"SELECT user_id FROM users WHERE key = '{HIM}'")
            assert await query(store, "SELECT count(*) FROM chat_log") == [(2,)]

            await requests(elsewhere, tmp_path, 10).opt_out("discord", str(HIM), OPERATOR)
            for seconds in (3, 20, 30):
                counting.offer(wrote(seconds, TEXT))
            counting.offer(wrote(31, "hi", OTHER))
            await drained(store, 6)
            for table in OF_NOBODY:
                rows = await query(store, f"SELECT count(*) FROM {table}")
                assert rows == await query(store, f"SELECT count(*) FROM {table} WHERE user_id <> {old[0]}")
                assert rows[0][0] in (1, 2), table
            assert await query(store, f"SELECT count(*) FROM message_moments WHERE user_id = {old[0]}") == [(0,)]
            assert await traces(store, tmp_path, str(HIM), NAME, TEXT) == []

            assert await requests(elsewhere, tmp_path, 40).opt_in("discord", str(HIM), HIMSELF)
            assert not await requests(elsewhere, tmp_path, 40).opt_in("discord", str(HIM), HIMSELF)
            counting.offer(wrote(35, TEXT))
            counting.offer(wrote(50, "back"))
            await drained(store, 8)
        people = (await stored(store))["people"]
        assert people[TOWN.key, str(HIM)] == (1, START + 50_000, START + 50_000)
        (new,) = await query(store, f"SELECT user_id FROM users WHERE key = '{HIM}'")
        assert new != old
        assert [
            text for (text,) in await query(store, "SELECT message_text FROM chat_log WHERE user_id = :u", u=new[0])
        ]


async def test_who_was_erased_is_counted_anew_under_an_id_that_nobody_had(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store, Store(parse_url(db_url)) as elsewhere:
        async with running(store, tmp_path) as counting:
            counting.offer(wrote(1, key=OTHER))
            counting.offer(wrote(2))
            await drained(store, 2)
            assert sorted(await query(store, "SELECT user_id FROM users")) == [(1,), (2,)]
            await requests(elsewhere, tmp_path, 10).erase("discord", str(HIM), OPERATOR)
            counting.offer(wrote(3))
            counting.offer(wrote(11))
            counting.offer(wrote(12, key=5))
            await drained(store, 5)
        users = await query(store, "SELECT user_id, key FROM users ORDER BY user_id")
        assert users[0] == (1, str(OTHER))
        assert sorted(key for _, key in users[1:]) == sorted([str(HIM), "5"])
        assert all(user > 2 for user, _ in users[1:])
        assert (await stored(store))["people"][TOWN.key, str(HIM)][0] == 1
        logged(tmp_path, (500_000, 6), day="20250621")
        await imported(store, tmp_path)
        assert (await query(store, "SELECT max(user_id) FROM users")) == [(5,)]


async def test_nothing_of_who_opted_out_goes_to_disk_while_the_database_is_away(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with opened(sqlite_url) as store:
        await default(store, "enabled", True)
        await requests(store, tmp_path).opt_out("discord", str(HIM), HIMSELF)
        counting = recorder(store, tmp_path)
        await counting.open()
        for seconds in (1, 2):
            counting.offer(wrote(seconds, TEXT))
        counting.offer(wrote(3, "hi", OTHER))
        counting._spill_pending()
        assert await traces(store, tmp_path, str(HIM), NAME, TEXT) == []
        assert len((tmp_path / "spill.jsonl").read_bytes().splitlines()) == 3
        await offered(store, tmp_path, [])
        assert sum((await totals(store)).values()) == 3


async def test_an_import_counts_who_opted_out_for_channels_alone(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store:
        await requests(store, tmp_path).opt_out("discord", str(HIM), OPERATOR)
        logged(tmp_path, (1, HIM), (2, OTHER), (3, HIM))
        await imported(store, tmp_path)
        assert await totals(store) == {(TOWN.key, "#channel 1", "2025-06-15"): 3}
        exported(tmp_path / "export.json", wrote(100), wrote(101, key=OTHER))
        await imported(store, tmp_path)
        await imported(store, tmp_path)  # an export is read every time
        together = {(TOWN.key, "1", "2025-06-15"): 5}
        assert await totals(store) == together, "the name is a channel now"
        await offered(store, tmp_path, [wrote(1), wrote(2, key=OTHER), wrote(101, key=OTHER)])
        assert await totals(store) == together, "what is in the log and live counts once"
        await offered(store, tmp_path, [wrote(900), wrote(900, key=OTHER, where=2)])
        assert await totals(store) == {(TOWN.key, "1", "2025-06-15"): 6, (TOWN.key, "2", "2025-06-15"): 1}
        for table in OF_NOBODY[1:]:
            assert (await query(store, f"SELECT count(*) FROM {table} WHERE user_id = 0")) == [(0,)], table
        assert [key for (key,) in await query(store, "SELECT key FROM users")] == [str(OTHER)]


async def test_a_log_of_what_nobody_but_nobody_wrote_adds_nothing(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store:
        await requests(store, tmp_path).opt_out("discord", str(HIM), OPERATOR)
        await offered(store, tmp_path, [wrote(1), wrote(60)])
        logged(tmp_path, (1.5, HIM), (60.5, HIM), (120, HIM))
        await imported(store, tmp_path)
        assert await totals(store) == {(TOWN.key, "1", "2025-06-15"): 3}


async def test_an_import_after_an_erasure_brings_nothing_back(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store:
        messages = [wrote(n * 60, key=key) for n, key in enumerate((HIM, OTHER, HIM, HIM, OTHER))]
        await offered(store, tmp_path, messages)
        exported(tmp_path / "old" / "export.json", *messages)
        await imported(store, tmp_path / "old")
        before = await totals(store)
        await requests(store, tmp_path, 5_000).erase("discord", str(HIM), OPERATOR)
        await imported(store, tmp_path / "old")
        logged(tmp_path / "old", *((n * 60 + 0.5, int(m.author.key)) for n, m in enumerate(messages)), (6_000, HIM))
        await imported(store, tmp_path / "old")
        assert sum((await totals(store)).values()) == sum(before.values()) + 1
        people = (await stored(store))["people"]
        assert people[TOWN.key, str(HIM)] == (1, START + 6_000_000, START + 6_000_000)
        assert people[TOWN.key, str(OTHER)][0] == 2


async def test_an_archive_that_is_older_than_the_erasure_brings_nothing_back(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store:
        await everywhere(store, tmp_path)
        archive = Archive(tmp_path / "archive")
        rows = [row for file in archive.files() for row in archive.read(file)]
        await requests(store, tmp_path, 5_000).erase("discord", str(HIM), OPERATOR)
        await offered(store, tmp_path, [wrote(6_000, "new")])
        assert await logbook.restore(store, rows) == 1
        assert await query(store, "SELECT count(*) FROM chat_log WHERE message_text LIKE :t", t=f"%{TEXT}%") == [(0,)]


async def test_who_is_erased_while_he_is_archived_is_not_in_the_file(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store:
        await policy(store, "1", days=1, steps="archive")
        await offered(store, tmp_path, [wrote(1, TEXT), wrote(2, "hi", OTHER)])
        loop = asyncio.get_running_loop()

        class Slow(Archive):
            """Somebody is erased after his rows were read and before they are written."""

            def write(self, rows: Sequence[Any], under: str = "") -> str:
                if any(row.user == str(HIM) for row in rows):
                    erasing = requests(store, tmp_path).erase("discord", str(HIM), OPERATOR)
                    asyncio.run_coroutine_threadsafe(erasing, loop).result(30)
                return super().write(rows)

        slow = Slow(tmp_path / "archive")
        done = await Retention(store, slow).purge(BEGIN + timedelta(days=5))
        assert (done.archived, done.deleted, done.failed) == (1, 1, {})
        assert [row.user for file in slow.files() for row in slow.read(file)] == [str(OTHER)]
        assert await traces(store, tmp_path, str(HIM), NAME, TEXT) == []


async def test_names_are_forgotten_where_they_are_kept_for_suggestions(sqlite_url: str, tmp_path: Path) -> None:
    town = CommunityRef("discord", TOWN.key, TOWN.name)
    async with opened(sqlite_url) as store:
        await offered(store, tmp_path, [wrote(1), wrote(2, key=OTHER)])
        async with store.read() as reader:
            assert len(await chat_names.suggest(reader, town, "")) == 2
        await requests(store, tmp_path).erase("discord", str(HIM), OPERATOR)
        async with store.read() as reader:
            assert [one.key for one in await chat_names.suggest(reader, town, "")] == [str(OTHER)]


async def test_who_is_meant(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store:
        twin = Person(Platform.DISCORD, "77", "zebedee")
        await offered(store, tmp_path, [wrote(1), wrote(2, key=OTHER)])
        asked = requests(store, tmp_path)
        for text in (str(HIM), f"<@{HIM}>", NAME, "zebeDEE"):
            assert await asked.find("discord", text) == str(HIM)
        await offered(store, tmp_path, [said(channel(1), twin, 3)])
        with pytest.raises(PersonUnknown, match=rf"2 people .*\({HIM}, 77\)"):
            await asked.find("discord", NAME)
        with pytest.raises(PersonUnknown, match="give the platform's id"):
            await asked.find("discord", "nobody")
        assert await asked.find("discord", "42") == "42", "an id may stand in an archive alone"
        async with store.read() as reader:
            assert await privacy.key(reader) == b"", "nobody asked for anything yet"


async def test_the_id_of_who_opted_out_is_kept_as_a_hash_with_a_key_of_its_own(db_url: str, tmp_path: Path) -> None:
    hashes: list[str] = []
    async with opened(db_url) as store:
        for _ in range(2):
            await requests(store, tmp_path).opt_out("discord", str(HIM), OPERATOR)
            hashes += [person for (person,) in await query(store, "SELECT person FROM hidden_people")]
            await change(store, "DELETE FROM bot_config")
        assert len(set(hashes)) == 2, "another key, another hash"
        assert await traces(store, tmp_path, str(HIM)) == []


def test_every_table_is_said_to_hold_people_or_not() -> None:
    people = {table.name for table in (*privacy.OF_USERS, *privacy.LOOKED_THROUGH, *privacy.PSEUDONYMOUS)}
    assert people.isdisjoint(NOT_OF_PEOPLE)
    assert people | NOT_OF_PEOPLE == set(metadata.tables), "say in store/privacy.py, or here, whom a new table tells of"
    known = {table.name for table in (*privacy.OF_USERS, *privacy.LOOKED_THROUGH)}
    assert {name for name, table in metadata.tables.items() if "user_id" in table.c} <= known


NOT_OF_PEOPLE = {
    "channels",
    "chat_logging_config",
    "chat_summary_hours",
    "collector_states",
    "communities",
    "data_version",
    "evenings",
    "event_pipelines",
    "health_states",
    "history_channels",
    "incidents",
    "job_runs",
    "log_bad_lines",
    "log_migration_state",
    "message_counts",
    "recent_numbers",
    "user_counts",
    *("gaming_sessions", "match_players", "matches", "player_aliases", "player_rollup", "player_stats", "players"),
    *("processed_files", "ratings", "raw_files", "rounds", "servers", "weapon_rollup", "weapon_stats", "weapons"),
}
"""Counts of channels, how far things have come, and the game: players there are known by the game's id alone."""


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.integers(0, 1 << 16),
    st.sets(st.integers(500, 505), min_size=1),
    st.sets(st.integers(500, 505)),
    st.integers(0, 120),
)
def test_channels_count_the_same_whoever_opted_out(
    tmp_path_factory: pytest.TempPathFactory, seed: int, out: set[int], erased: set[int], at: int
) -> None:
    """Live, twice, with a log and an export beside: channels' sums are everybody's, people's are the others'."""
    folder = tmp_path_factory.mktemp("opted")
    messages = talk(120, seed, users=6, channels=3, hours=20)
    here = [message for message in messages if message.channel.key == "101"]

    async def counted() -> None:
        async with Store(parse_url(str(folder / "muster.db"))) as store:
            await upgrade(store)
            for key in out:
                await requests(store, folder).opt_out("discord", str(key), OPERATOR)
            await offered(store, folder, messages[:at])
            for key in erased:
                await requests(store, folder, 1 << 24).erase("discord", str(key), OPERATOR)
            (folder / "elsewhere").mkdir()
            if here:
                exported(folder / "elsewhere" / "export.json", *here[::2])
                lines = [((m.sent_at - START) / 1000 + 0.3, int(m.author.key)) for m in here]
                logged(folder / "elsewhere", *lines, name="channel 101")
                await imported(store, folder / "elsewhere")
            await offered(store, folder, [*messages[at:], *messages[::7]])
            await imported(store, folder / "elsewhere")  # names become channels, and an export is read every time
            found, wanted = await stored(store), expected(messages)
            assert found["days"] == wanted["days"]
            gone = {str(key) for key in out | erased}
            people = {key: sums for key, sums in wanted["people"].items() if key[1] not in gone}
            assert found["people"] == people
            assert found["sessions"] == [one for one in wanted["sessions"] if one[1] not in gone]

    asyncio.run(counted())
