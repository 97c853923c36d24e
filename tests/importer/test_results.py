"""What becomes of each file: by status, with a reason, whatever it is and whenever it comes."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from muster.rounds.importer import Importer, find
from muster.rounds.importer.rebuild import rebuild
from muster.rounds.parse import LARGEST_FILE
from tests.building import content, named, player, put, put_pair, six
from tests.importer.working import differences, mark, mark_after, opened, query, register, statuses, take

pytestmark = pytest.mark.filterwarnings("error")

S1, S2 = "2025-01-01-200000", "2025-01-01-201000"


# ------------------------------------------------------------------------------------------------------ the statuses


async def test_one_of_each(db_url: str, tmp_path: Path) -> None:
    first, second = put_pair(tmp_path)
    put(tmp_path, "2025-01-02-200000", 1)
    put(tmp_path, "2025-01-03-200000", 1, "no player line")
    (tmp_path / named("2025-01-04-200000")).write_bytes(first.read_bytes())
    async with opened(db_url) as store:
        report = await take(store, tmp_path)
        assert report.counts == {"imported": 2, "empty": 1, "rejected": 1, "duplicate": 1}
        assert sorted(report.played) == [first.name, second.name]
        assert {(result.status, result.reason) for result in report.notable} == {
            ("empty", "no player lines: nobody was on the server when the round ended"),
            ("rejected", "line 2, field player: a player line has 5 parts separated by a backslash, here are 1"),
            ("duplicate", f"same content as {first.name}"),
        }
        assert [(name, status) for name, status, _ in await register(store)] == [
            (first.name, "imported"),
            (second.name, "imported"),
            (named("2025-01-02-200000"), "empty"),
            (named("2025-01-03-200000"), "rejected"),
            (named("2025-01-04-200000"), "duplicate"),
        ]
        assert await statuses(store) == {
            first.name: "paired",
            second.name: "paired",
            named("2025-01-02-200000"): "empty",
        }


async def test_importing_again_changes_nothing(db_url: str, tmp_path: Path) -> None:
    put_pair(tmp_path)
    put(tmp_path, "2025-01-03-200000", 1, "no player line")
    async with opened(db_url) as store:
        await take(store, tmp_path)
        before = await mark(store), await query(store, "SELECT * FROM processed_files ORDER BY id")
        again = await take(store, tmp_path)
        assert sum(again.counts.values()) == 3
        assert again.counts["known"] >= 2
        assert again.played == []
        assert (await mark(store), await query(store, "SELECT * FROM processed_files ORDER BY id")) == before


async def test_a_bad_file_takes_no_good_one_with_it(db_url: str, tmp_path: Path) -> None:
    for day in range(1, 6):
        put_pair(tmp_path, f"2025-01-{day:02d}")
    for day, junk in ((1, b""), (2, b"\0" * 5000), (3, b"\\" * 100), (4, content(1, "AAAAAAA1\\x"))):
        (tmp_path / named(f"2025-01-{day:02d}-203000")).write_bytes(junk)
    async with opened(db_url) as store:
        report = await take(store, tmp_path)
        assert report.counts == {"imported": 10, "rejected": 4}
        assert set((await statuses(store)).values()) == {"paired"}
        assert await differences(store) == []


UGLY = {
    "a ratio of 400 digits": content(1, *six(), player(kd="9" * 400)),
    "a share of 400 digits": content(1, *six(), player(time_played_pct="9" * 400)),
    "bots named like numbered ones": content(1, *six(), *(player("OMNIBOT0", name=n) for n in ("C", "C", "C#2"))),
    "a name of 3,000 letters": content(1, *six(), player(name="".join(chr(0x4E00 + n) for n in range(3000)))),
    "a bot of 3,000 letters": content(1, *six(), player("OMNIBOT0", name="".join(chr(256 + n) for n in range(3000)))),
    "a server of 3,000 letters": content(1, *six(), server="".join(chr(0x4E00 + n) for n in range(3000))),
    "a config of 3,000 letters": content(1, *six(), config="".join(chr(0x4E00 + n) for n in range(3000))),
    "a NUL in every name": content(1, *six(), player(name="a\0b"), server="ho\0st", config="leg\0acy"),
    "line separators": content(1, *six(), player(name="a\u2028b\x85c\rd\x0ce"), server="ho\u2029st"),
    "bytes of no alphabet": content(1, *six(), player(name="NAME")).replace(b"NAME", b"\xff\xfe\xed\xa0\x80"),
    "a server without a name": content(1, *six(), server="^1^2"),
    "a server called unknown": content(1, *six(), server="unknown"),
    "a minus before nothing": content(1, *six(), player(time_dead_min="-0.0", time_played_pct="-0.0", xp="-0")),
    "256 players": content(1, *(player(f"BBBBB{n:03X}", name=f"p{n}") for n in range(256))),
    "the largest numbers": content(
        1, *six(), player(weapons=dict.fromkeys(range(28), (2_000_000,) * 5), damage_given=2_000_000, xp=-2_000_000)
    ),
    "the longest times": content(1, *six(), player(time_played_min="2000000.0", time_dead_min="1999999.9"), winner=1),
}


@pytest.mark.parametrize("data", UGLY.values(), ids=UGLY.keys())
async def test_an_ugly_file_is_taken_or_refused_and_harms_nobody(sqlite_url: str, tmp_path: Path, data: bytes) -> None:
    put_pair(tmp_path)
    (tmp_path / named("2025-01-01-203000")).write_bytes(data)
    async with opened(sqlite_url) as store:
        report = await take(store, tmp_path)
        assert report.counts["imported"] == 3 - report.counts.get("rejected", 0)
        assert len(report.played) == report.counts["imported"]
        assert await differences(store) == []


async def test_all_the_ugly_files_are_the_same_on_both_databases(db_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "rounds"
    for minute, data in enumerate(UGLY.values()):
        put_pair(folder, f"2025-01-{minute + 1:02d}")
        (folder / named(f"2025-01-{minute + 1:02d}-203000")).write_bytes(data)
    async with opened(db_url) as store:
        await take(store, folder)
        assert await differences(store) == []
        assert await mark(store) == await mark_after(str(tmp_path / "other.db"), sorted(folder.iterdir()))


async def test_a_sum_of_absurd_values_stays_a_number(db_url: str, tmp_path: Path) -> None:
    """Rollups add up what many rounds say: nothing that is accepted may make them overflow."""
    for day in range(1, 32):
        put(
            tmp_path,
            f"2025-01-{day:02d}-200000",
            1,
            *six(time_played_pct="9" * 12, time_played_min="2000000.0", damage_given=2_000_000, denied_playtime=day),
            winner=1,
        )
    async with opened(db_url) as store:
        report = await take(store, tmp_path)
        assert sum(report.counts.values()) == 31
        assert await differences(store) == []


async def test_stamps_at_the_ends_of_time_harm_nobody(db_url: str, tmp_path: Path) -> None:
    put_pair(tmp_path)
    for stamp in ("0001-01-01-000000", "0001-01-01-003000", "9999-12-31-235959", "1969-12-31-235959"):
        put(tmp_path, stamp, 1, *six(kills=7, deaths=7))
    async with opened(db_url) as store:
        report = await take(store, tmp_path)
        assert report.counts["imported"] >= 2
        assert await differences(store) == []


async def test_a_name_that_is_no_text_harms_nobody(db_url: str, tmp_path: Path) -> None:
    put_pair(tmp_path)
    (tmp_path / os.fsdecode(b"2025-01-01-203000-s\xff-round-1.txt")).write_bytes(content(1, *six(), map_="s\ufffd"))
    async with opened(db_url) as store:
        report = await take(store, tmp_path)
        assert report.counts["imported"] == 2
        assert await differences(store) == []


# ----------------------------------------------------------------------------------------- two names, two contents


async def test_the_first_name_of_a_content_is_the_round(db_url: str, tmp_path: Path) -> None:
    """Also where the second name came first."""
    early, late = (tmp_path / named(f"2025-01-0{day}-200000") for day in (1, 2))
    for path in (early, late):
        path.write_bytes(content(1, *six()))
    async with opened(db_url) as store:
        await take(store, late)
        assert await statuses(store) == {late.name: "single"}
        await take(store, early)
        assert await statuses(store) == {early.name: "single"}
        assert await register(store) == [
            (early.name, "imported", ""),
            (late.name, "duplicate", f"same content as {early.name}"),
        ]
        assert await differences(store) == []


async def test_a_copy_with_other_line_ends_is_the_same(db_url: str, tmp_path: Path) -> None:
    lf = put(tmp_path / "lf", S1, 1, *six())
    crlf = put(tmp_path / "crlf", S1, 1, *six(), crlf=True)
    renamed = put(tmp_path, "2025-01-05-200000", 1, *six(), crlf=True)
    assert lf.read_bytes() != crlf.read_bytes()
    async with opened(db_url) as store:
        assert (await take(store, crlf)).counts == {"imported": 1}
        assert (await take(store, lf)).counts == {"known": 1}
        assert (await take(store, renamed)).counts == {"duplicate": 1}


async def test_two_copies_in_one_import_are_one_round(sqlite_url: str, tmp_path: Path) -> None:
    put(tmp_path / "lf", S1, 1, *six())
    put(tmp_path / "crlf", S1, 1, *six(), crlf=True)
    async with opened(sqlite_url) as store:
        report = await take(store, tmp_path)
        assert report.counts["imported"] == 1
        assert await register(store) == [(named(S1), "imported", "")]


def contents_of_one_name(folder: Path) -> list[Path]:
    """A round 1 as it grew on the server: two players, four, six; then round 2."""
    players = six(kills=3, deaths=3, damage_given=100, damage_received=100)
    grown = [put(folder / str(count), S1, 1, *players[:count]) for count in (2, 4, 6)]
    after = six(
        kills=5, deaths=5, rounds=1, swapped=True, time_played_min="18.0", damage_given=150, damage_received=150
    )
    return [*grown, put(folder, S2, 2, *after, limit="10:00", next_limit="8:00")]


@pytest.mark.parametrize("order", ["0123", "3210", "2031", "1302", "0312", "0 3 2 1", "3 0 2", "0 3 1 2", "2 3 0 1"])
async def test_the_fullest_content_of_a_name_is_the_round(sqlite_url: str, tmp_path: Path, order: str) -> None:
    await assert_the_fullest_wins(sqlite_url, tmp_path, order)


@pytest.mark.postgres
async def test_the_fullest_content_is_the_round_on_postgresql_too(postgresql_url: str, tmp_path: Path) -> None:
    await assert_the_fullest_wins(postgresql_url, tmp_path, "0 3 2 1")


async def assert_the_fullest_wins(url: str, folder: Path, order: str) -> None:
    """Also where its round 2 was derived from another content before."""
    files = contents_of_one_name(folder)
    async with opened(url) as store:
        for portion in order.split():
            await take(store, *(files[int(at)] for at in portion))
        kept = [row for row in await register(store) if row[1] == "imported"]
        assert [name for name, *_ in kept] == [named(S1), named(S2, 2)]
        assert await query(store, "SELECT round, players FROM rounds ORDER BY round") == [(1, 6), (2, 6)]
        damage = await query(
            store,
            "SELECT DISTINCT r.round, p.damage_given, p.kills FROM player_stats p "
            "JOIN rounds r ON r.id = p.round_id ORDER BY 1",
        )
        assert damage == [(1, 100, 3), (2, 50, 2)]
        assert await differences(store) == []


async def test_the_superseded_content_says_why(sqlite_url: str, tmp_path: Path) -> None:
    short, _, full, _ = contents_of_one_name(tmp_path)
    async with opened(sqlite_url) as store:
        await take(store, full)
        report = await take(store, short)
        assert [(result.status, result.reason) for result in report.notable] == [
            ("superseded", f"another content of the same name is fuller (6 players, {full.stat().st_size} bytes)")
        ]


async def test_a_copy_of_a_superseded_content_comes_into_its_own(db_url: str, tmp_path: Path) -> None:
    """B's content stood under A's name first; A is fuller now, so B is a round of its own."""
    short = put(tmp_path / "short", S1, 1, *six()[:4])
    copy = put(tmp_path, "2025-01-01-203000", 1, *six()[:4])
    full = put(tmp_path / "full", S1, 1, *six())
    async with opened(db_url) as store:
        await take(store, short)
        assert (await take(store, copy)).counts == {"duplicate": 1}
        await take(store, full)
        assert await statuses(store) == {full.name: "abandoned", copy.name: "single"}
        assert await differences(store) == []


# --------------------------------------------------------------------------------------------------------- rejected


async def test_a_rejected_file_is_tried_again_when_it_changed(db_url: str, tmp_path: Path) -> None:
    path = put(tmp_path, S1, 1, *six()[:3], "AAAAAA03\\cut o")
    async with opened(db_url) as store:
        assert (await take(store, path)).counts == {"rejected": 1}
        path.write_bytes(content(1, *six()))
        assert (await take(store, path)).counts == {"imported": 1}
        assert await statuses(store) == {path.name: "single"}
        assert [status for _, status, _ in await register(store)] == ["imported", "rejected"]
        assert await differences(store) == []


async def test_a_rejected_file_is_tried_again_when_asked(
    db_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer Muster may read what an older one could not."""
    first, second = put_pair(tmp_path)
    with monkeypatch.context() as older:
        older.setattr("muster.rounds.parse.LARGEST_FILE", 1)
        async with opened(db_url) as store:
            assert (await take(store, tmp_path)).counts == {"rejected": 2}
            assert len((await take(store, tmp_path)).played) == 0
    async with opened(db_url) as store:
        assert (await take(store, tmp_path)).played == []
        report = await take(store, tmp_path, retry=True)
        assert sorted(report.played) == [first.name, second.name]
        assert await statuses(store) == {first.name: "paired", second.name: "paired"}
        assert await register(store) == [(first.name, "imported", ""), (second.name, "imported", "")]
        assert await differences(store) == []


async def test_a_rebuild_reads_what_was_rejected_again(
    db_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = put_pair(tmp_path / "rounds")
    straight = await mark_after(str(tmp_path / "straight.db"), [first, second])
    with monkeypatch.context() as older:
        older.setattr("muster.rounds.parse.LARGEST_FILE", 1)
        async with opened(db_url) as store:
            assert (await take(store, first, second)).counts == {"rejected": 2}
    async with opened(db_url) as store:
        await rebuild(store)
        assert await query(store, "SELECT name FROM servers") == [("host",)]
        assert await mark(store) == straight


async def test_a_stored_content_that_a_newer_reader_refuses_stops_nobody(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until a rebuild it stays what it was."""
    short, *_, second = contents_of_one_name(tmp_path)
    async with opened(sqlite_url) as store:
        await take(store, second)
        monkeypatch.setattr("muster.rounds.parse.LARGEST_FILE", second.stat().st_size - 1)
        assert (await take(store, short)).counts == {"imported": 1}


async def test_trying_again_touches_nothing_that_was_read(sqlite_url: str, tmp_path: Path) -> None:
    put_pair(tmp_path)
    async with opened(sqlite_url) as store:
        await take(store, tmp_path)
        before = await mark(store)
        report = await take(store, tmp_path, retry=True)
        assert (report.counts, report.played) == ({"known": 2}, [])
        assert await mark(store) == before


# ----------------------------------------------------------------------------------------------------------- evenings


async def test_a_late_first_round_derives_its_second_anew(db_url: str, tmp_path: Path) -> None:
    first, second = put_pair(tmp_path)
    rows = "SELECT p.damage_given, p.kills, p.seconds FROM player_stats p JOIN rounds r ON r.id = p.round_id "
    async with opened(db_url) as store:
        await take(store, second)
        assert await statuses(store) == {second.name: "orphan_r2"}
        assert await query(store, "SELECT count(*) FROM eligible_stats") == [(0,)]
        assert await query(store, "SELECT count(*) FROM player_rollup") == [(0,)]
        await take(store, first)
        assert await statuses(store) == {first.name: "paired", second.name: "paired"}
        assert await query(store, rows + "WHERE r.round = 2") == [(50, 2, 480)] * 6
        assert await query(store, rows + "WHERE r.round = 1") == [(100, 3, 600)] * 6
        assert await query(store, "SELECT count(*) FROM matches") == [(1,)]
        assert await differences(store) == []


async def test_a_first_round_given_up_is_abandoned(db_url: str, tmp_path: Path) -> None:
    late = put(tmp_path, "2025-01-01-195500", 1, *six(kills=9, deaths=9))
    first, second = put_pair(tmp_path)
    async with opened(db_url) as store:
        await take(store, first, second)
        await take(store, late)
        assert await statuses(store) == {late.name: "abandoned", first.name: "paired", second.name: "paired"}
        assert await query(store, "SELECT count(*) FROM gaming_sessions") == [(1,)]
        assert await differences(store) == []


async def test_a_round_between_two_evenings_joins_them(db_url: str, tmp_path: Path) -> None:
    early = put_pair(tmp_path, hour=19)
    late = put_pair(tmp_path, hour=21)
    bridge = put(tmp_path, "2025-01-01-201000", 1, *six(kills=8, deaths=8), map_="etl_ice")
    async with opened(db_url) as store:
        await take(store, *early, *late)
        assert await query(store, "SELECT rounds FROM gaming_sessions") == [(2,), (2,)]
        await take(store, bridge)
        assert await query(store, "SELECT rounds, matches FROM gaming_sessions") == [(5, 2)]
        assert await differences(store) == []


async def test_a_pair_across_midnight(db_url: str, tmp_path: Path) -> None:
    damage: dict[str, Any] = {"damage_given": 5, "damage_received": 5}
    put(tmp_path, "2025-01-01-235500", 1, *six(**damage))
    put(tmp_path, "2025-01-02-000500", 2, *six(rounds=1, swapped=True, time_played_min="18.0", **damage))
    async with opened(db_url) as store:
        await take(store, tmp_path)
        assert set((await statuses(store)).values()) == {"paired"}
        assert await query(store, "SELECT rounds, matches, day FROM gaming_sessions") == [(2, 1, 20250101)]
        assert await query(store, "SELECT day FROM rounds ORDER BY day") == [(20250101,), (20250102,)]


async def test_an_empty_round_is_kept_and_belongs_nowhere(db_url: str, tmp_path: Path) -> None:
    first, second = put_pair(tmp_path)
    empty = put(tmp_path, "2025-01-01-200500", 2)
    async with opened(db_url) as store:
        await take(store, tmp_path)
        assert await statuses(store) == {first.name: "paired", second.name: "paired", empty.name: "empty"}
        assert await query(store, "SELECT outcome, seconds, session_id FROM rounds WHERE status = 'empty'") == [
            (None, 0.0, None)
        ]


async def test_two_empty_rounds_are_two(sqlite_url: str, tmp_path: Path) -> None:
    put(tmp_path, S1, 1)
    put(tmp_path, "2025-01-02-200000", 1)
    async with opened(sqlite_url) as store:
        assert (await take(store, tmp_path)).counts == {"empty": 2}


async def test_names_are_remembered_with_first_and_last_sight(db_url: str, tmp_path: Path) -> None:
    names = ["^1Ann", "Bo", "Ann"]
    files = [put(tmp_path, f"2025-01-0{day}-200000", 1, player(name=n, kills=day)) for day, n in enumerate(names, 1)]
    async with opened(db_url) as store:
        await take(store, files[2])
        await take(store, files[0])
        await take(store, files[1])
        assert await query(store, "SELECT name FROM players") == [("Ann",)]
        seen = await query(store, "SELECT name, rounds FROM player_aliases ORDER BY name")
        assert seen == [("Ann", 2), ("Bo", 1)]
        assert await differences(store) == []


# -------------------------------------------------------------------------------------------- what is no round file


@pytest.fixture
def fifo(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / named("2025-01-01-210000")
    os.mkfifo(path)
    yield path
    path.unlink()


async def test_a_fifo_is_named_and_not_waited_for(sqlite_url: str, tmp_path: Path, fifo: Path) -> None:
    put_pair(tmp_path)
    watch = threading.Timer(20, lambda: fifo.open("wb").close())  # nobody would write: it must not be opened
    watch.start()
    started = time.monotonic()
    async with opened(sqlite_url) as store:
        report = await take(store, tmp_path)
    watch.cancel()
    assert time.monotonic() - started < 15
    assert report.counts == {"imported": 2, "unreadable": 1}
    assert [result.reason for result in report.notable] == [f"{fifo.name} is not a regular file"]


async def test_a_folder_named_like_a_round_file_is_searched(sqlite_url: str, tmp_path: Path) -> None:
    folder = tmp_path / named("2025-01-01-210000")
    put_pair(folder)
    async with opened(sqlite_url) as store:
        report = await take(store, tmp_path)
        assert report.counts == {"imported": 2, "unreadable": 1}
        assert "not a regular file" in (report.notable[0].reason or "")


async def test_what_cannot_be_read_is_named_with_the_cause(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_pair(tmp_path)
    locked = put(tmp_path, "2025-01-01-210000", 1, *six())
    usual = Path.open

    def refuse(path: Path, *args: str, **more: str) -> object:
        if path == locked:
            raise PermissionError(13, "Permission denied")
        return usual(path, *args, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    async with opened(sqlite_url) as store:
        report = await take(store, tmp_path)
        assert report.counts == {"imported": 2, "unreadable": 1}
        assert report.notable[0].reason == "can't be read: Permission denied; check that Muster's user may read it"
        assert len(await register(store)) == 2


def test_a_folder_that_may_not_be_listed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing found is not the same as nothing there."""
    put_pair(tmp_path / "open")
    put_pair(tmp_path / "locked")
    usual = os.scandir

    def refuse(path: str) -> object:
        if "locked" in str(path):
            raise PermissionError(13, "Permission denied", str(path))
        return usual(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found, refused, _ = find([tmp_path])
    assert len(found) == 2
    assert [(path.name, "Permission denied" in reason) for path, reason in refused] == [("locked", True)]


async def test_a_file_that_went_away_is_named(sqlite_url: str, tmp_path: Path) -> None:
    first, second = put_pair(tmp_path)
    gone = tmp_path / named("2025-01-01-210000")
    async with opened(sqlite_url) as store:
        report = await Importer(store).run([gone, first, second])
        assert report.counts == {"unreadable": 1, "imported": 2}


async def test_symbolic_links(sqlite_url: str, tmp_path: Path) -> None:
    first, second = put_pair(tmp_path / "real")
    folder = tmp_path / "links"
    folder.mkdir()
    (folder / first.name).symlink_to(first)
    (folder / named("2025-01-01-210000")).symlink_to(folder / named("2025-01-01-210000"))
    (folder / named("2025-01-01-211000")).symlink_to(tmp_path / "nowhere")
    (folder / "loop").symlink_to(folder)
    async with opened(sqlite_url) as store:
        report = await take(store, folder)
        assert (report.counts["imported"], report.played) == (1, [first.name])
        assert report.counts.get("unreadable", 0) <= 2
        assert (await take(store, second)).counts == {"imported": 1}


@pytest.mark.parametrize("size", [LARGEST_FILE + 1, 50_000_000])
async def test_a_huge_text_is_refused_by_its_size(sqlite_url: str, tmp_path: Path, size: int) -> None:
    path = put(tmp_path, S1, 1, *six())
    with path.open("ab") as stream:
        for _ in range(size // 1_000_000 + 1):
            stream.write(b"A line of text that goes on.....\n" * 30304)
    async with opened(sqlite_url) as store:
        report = await take(store, path)
        assert report.counts == {"rejected": 1}
        assert "too many for a round file" in (report.notable[0].reason or "")
        assert (await take(store, path)).played == []
        assert await query(store, "SELECT size FROM processed_files") == [(path.stat().st_size,)]
        assert await query(store, "SELECT count(*) FROM raw_files") == [(0,)]
        assert await differences(store) == []


async def test_a_file_of_three_gigabytes_is_refused(db_url: str, tmp_path: Path) -> None:
    path = tmp_path / named()
    with path.open("wb") as stream:
        stream.truncate(3 << 30)  # holes: it takes no room
    async with opened(db_url) as store:
        assert (await take(store, path)).counts == {"rejected": 1}


def test_what_was_named_and_is_no_round_file_is_said(tmp_path: Path) -> None:
    put_pair(tmp_path)
    (tmp_path / "notes.txt").write_text("x")
    companion = tmp_path / "2025-01-01-200000-supply-round-1-endstats.txt"
    companion.write_text("x")
    found, refused, others = find([tmp_path])
    assert (len(found), refused, others) == (2, [], 2)
    named_outright = [companion, tmp_path / "notes.txt", tmp_path / "missing.txt", tmp_path / ".." / "x" / named()]
    found, refused, others = find(named_outright)
    assert (found, others) == ([], 0)
    assert [path for path, _ in refused] == named_outright
    assert [reason.partition(":")[0] for _, reason in refused] == [
        "an award file beside a round file",
        "file name",
        "can't be reached",
        "can't be reached",
    ]


async def test_a_path_through_other_folders_is_the_file_it_leads_to(sqlite_url: str, tmp_path: Path) -> None:
    first, _ = put_pair(tmp_path / "here")
    (tmp_path / "there").mkdir()
    async with opened(sqlite_url) as store:
        report = await take(store, tmp_path / "there" / ".." / "here" / first.name)
        assert report.counts == {"imported": 1}
        assert await query(store, "SELECT filename FROM processed_files") == [(first.name,)]
