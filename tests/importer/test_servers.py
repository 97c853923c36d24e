"""Several game servers in one store, each with its own clock."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from muster.rounds.importer import ServerChoice, UnknownZone
from muster.rounds.importer.rebuild import rebuild
from muster.store.schema import gaming_sessions
from tests.building import put, put_pair, six
from tests.importer.working import differences, mark, mark_after, opened, query, statuses, take

ZONES = {"alps": "Europe/Ljubljana", "sea": "America/New_York"}


def two_servers(folder: Path) -> None:
    """The same evening on both: the same names and numbers but for the host."""
    put_pair(folder / "alps", server="^1al^7ps")
    put_pair(folder / "sea", server="^4sea")


async def test_each_server_has_its_own_clock_and_evenings(db_url: str, tmp_path: Path) -> None:
    two_servers(tmp_path)
    async with opened(db_url) as store:
        report = await take(store, tmp_path, servers=ServerChoice(zones=ZONES))
        assert report.counts == {"imported": 4}
        assert [(server.name, server.timezone) for server in report.new_servers] == [*ZONES.items()]
        async with store.read() as reader:
            started = {row.session_id: row.started_at for row in await reader.all(gaming_sessions.select())}
        assert started == {
            "2025-01-01-200000@alps": datetime(2025, 1, 1, 19, tzinfo=UTC),
            "2025-01-01-200000@sea": datetime(2025, 1, 2, 1, tzinfo=UTC),
        }
        assert await query(store, "SELECT count(*) FROM matches") == [(2,)]
        assert await query(store, "SELECT DISTINCT day FROM rounds") == [(20250101,)]
        assert await differences(store) == []


async def test_a_round_2_does_not_pair_with_another_servers_round_1(db_url: str, tmp_path: Path) -> None:
    first, _ = put_pair(tmp_path / "alps", server="alps")
    _, second = put_pair(tmp_path / "sea", server="sea")
    async with opened(db_url) as store:
        await take(store, first, second)
        assert await statuses(store) == {first.name: "single", second.name: "orphan_r2"}


async def test_the_order_of_servers_does_not_matter(db_url: str, tmp_path: Path) -> None:
    two_servers(tmp_path)
    choice = ServerChoice(default_zone="Europe/Ljubljana")
    marks = set()
    for order in (("alps", "sea"), ("sea", "alps")):
        url = db_url if order[0] == "alps" else str(tmp_path / "other.db")
        async with opened(url) as store:
            for name in order:
                await take(store, tmp_path / name, servers=choice)
            marks.add(await mark(store))
    assert len(marks) == 1


async def test_one_server_may_have_had_several_host_names(sqlite_url: str, tmp_path: Path) -> None:
    first, _ = put_pair(tmp_path / "a", server="^1alps")
    _, second = put_pair(tmp_path / "b", server="^2alps.old")
    choice = ServerChoice(hostnames={"alps.old": "alps"}, zones={"alps": "Europe/Ljubljana"})
    async with opened(sqlite_url) as store:
        await take(store, tmp_path, servers=choice)
        assert set((await statuses(store)).values()) == {"paired"}
        assert await query(store, "SELECT name FROM servers") == [("alps",)]
        assert {first.name, second.name} == set(await statuses(store))


async def test_a_named_server_takes_everything(sqlite_url: str, tmp_path: Path) -> None:
    two_servers(tmp_path)
    async with opened(sqlite_url) as store:
        report = await take(store, tmp_path / "alps", servers=ServerChoice(name="mine", zones={"mine": "Asia/Tokyo"}))
        assert report.counts == {"imported": 2}
        assert await query(store, "SELECT name, timezone FROM servers") == [("mine", "Asia/Tokyo")]
        assert await query(store, "SELECT DISTINCT server FROM processed_files") == [("mine",)]


async def test_another_zone_than_before_is_an_error_that_names_the_cure(db_url: str, tmp_path: Path) -> None:
    first, second = put_pair(tmp_path, server="alps")
    async with opened(db_url) as store:
        await take(store, first, servers=ServerChoice(zones=ZONES))
        before = await mark(store)
        with pytest.raises(UnknownZone, match=r"'alps' was imported with time zone Europe/Ljubljana.*rebuild --zone"):
            await take(store, second, servers=ServerChoice(zones={"alps": "UTC"}))
        assert await mark(store) == before
        assert (await take(store, second)).counts == {"imported": 1}


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd", "Europe", "UTC\0", "/etc/localtime"])
async def test_a_zone_that_does_not_exist_is_an_error(sqlite_url: str, tmp_path: Path, zone: str) -> None:
    put_pair(tmp_path)
    async with opened(sqlite_url) as store:
        with pytest.raises(UnknownZone, match="is no time zone"):
            await take(store, tmp_path, servers=ServerChoice(default_zone=zone))
        assert await query(store, "SELECT count(*) FROM processed_files") == [(0,)]


async def test_a_rebuild_with_another_zone_is_as_if_it_had_been_imported_so(db_url: str, tmp_path: Path) -> None:
    two_servers(tmp_path / "rounds")
    right = ServerChoice(zones={"alps": "Asia/Karachi", "sea": "UTC"})
    async with opened(str(tmp_path / "right.db")) as store:
        await take(store, tmp_path / "rounds", servers=right)
        expected = await mark(store)
    async with opened(db_url) as store:
        await take(store, tmp_path / "rounds", servers=ServerChoice(zones={"sea": "UTC"}))
        with pytest.raises(UnknownZone, match="there is no server 'lake'; known are: alps, sea"):
            await rebuild(store, {"lake": "UTC"})
        with pytest.raises(UnknownZone, match="is no time zone"):
            await rebuild(store, {"alps": "Mars"})
        await rebuild(store, {"alps": "Asia/Karachi"})
        assert await mark(store) == expected
        assert await differences(store) == []


@pytest.mark.parametrize(
    ("stamps", "evenings"),
    [
        # Clocks go back at 03:00 on 26 October 2025: 02:30 is taken as its first run, so a round at 02:30 of the
        # second run stands an hour early, in the order of its name.
        (("2025-10-26-015500", "2025-10-26-020500"), 1),
        (("2025-10-26-025500", "2025-10-26-030500"), 2),
        # And forward at 02:00 on 30 March: ten minutes, although the names are 70 apart.
        (("2025-03-30-015500", "2025-03-30-030500"), 1),
    ],
)
async def test_the_hour_that_a_clock_repeats_or_skips(
    sqlite_url: str, tmp_path: Path, stamps: tuple[str, str], evenings: int
) -> None:
    damage: dict[str, Any] = {"damage_given": 5, "damage_received": 5}
    put(tmp_path, stamps[0], 1, *six(**damage))
    put(tmp_path, stamps[1], 2, *six(rounds=1, swapped=True, time_played_min="18.0", **damage))
    async with opened(sqlite_url) as store:
        await take(store, tmp_path, servers=ServerChoice(default_zone="Europe/Ljubljana"))
        assert await query(store, "SELECT count(*) FROM gaming_sessions") == [(evenings,)]
        assert await differences(store) == []


async def test_trying_again_under_another_choice_doubles_nothing(db_url: str, tmp_path: Path) -> None:
    """`--retry` without the `--server` that the files came with."""
    put_pair(tmp_path)
    async with opened(db_url) as store:
        await take(store, tmp_path, servers=ServerChoice(name="mine"))
        report = await take(store, tmp_path, retry=True)
        assert report.played == []
        assert await query(store, "SELECT count(*) FROM rounds") == [(2,)]


async def test_every_order_of_both_servers_files_is_the_same_database(db_url: str, tmp_path: Path) -> None:
    two_servers(tmp_path)
    files = sorted(tmp_path.rglob("*.txt"))
    expected = await mark_after(str(tmp_path / "straight.db"), files)
    assert await mark_after(db_url, *([file] for file in reversed(files))) == expected
