"""The database is the same whatever the order of arrival, the portions, the processes, the clock and the engine.

`python -m tests.importer.orders` tries all of them, one by one too, on both databases.
"""

import asyncio
import os
import signal
from pathlib import Path

import psutil
import pytest

from muster.model.rounds import DerivedRound, RoundFile, Status
from muster.rounds.derive import derive
from muster.rounds.importer import Importer
from muster.rounds.importer.rebuild import rebuild
from muster.rounds.reading import DAMAGED
from muster.store.fingerprint import fingerprint
from tests.importer.conftest import Season
from tests.importer.working import (
    change,
    differences,
    finish,
    mark,
    mark_after,
    opened,
    pieces,
    query,
    rounds_in,
    shuffled,
    start_import,
)


class Straight:
    """Fingerprints of folders imported at once, in order, on SQLite; `verify` agrees with each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[Path, str] = {}

    async def of(self, folder: Path) -> str:
        if folder not in self.known:
            async with opened(str(self.folder / f"{len(self.known)}.db")) as store:
                await Importer(store).run(rounds_in(folder))
                assert await differences(store) == []
                self.known[folder] = await mark(store)
        return self.known[folder]


@pytest.fixture(scope="session")
def straight(tmp_path_factory: pytest.TempPathFactory) -> Straight:
    return Straight(tmp_path_factory.mktemp("straight"))


@pytest.fixture(params=["corpus", 1, 3])
def folder(request: pytest.FixtureRequest, season: Season) -> Path:
    """The corpus, and simulated seasons of twelve nights."""
    if request.param == "corpus":
        found: Path = request.getfixturevalue("corpus")
        return found
    return season(12, request.param)


def tenths(files: list[Path]) -> list[list[Path]]:
    return pieces(files, -(-len(files) // 10))


def singly(files: list[Path]) -> list[list[Path]]:
    return pieces(files, 1)


@pytest.mark.parametrize("order", ["sorted", "reversed", *range(5)])
async def test_the_corpus_in_ten_pieces(corpus: Path, straight: Straight, sqlite_url: str, order: str | int) -> None:
    files = rounds_in(corpus)
    ordered = {"sorted": files, "reversed": files[::-1]}.get(str(order)) or shuffled(files, int(order))
    assert await mark_after(sqlite_url, *tenths(ordered)) == await straight.of(corpus)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("order", ["reversed", 5])
async def test_a_season_in_ten_pieces(
    season: Season, straight: Straight, sqlite_url: str, seed: int, order: str | int
) -> None:
    files = rounds_in(season(12, seed))
    ordered = files[::-1] if order == "reversed" else shuffled(files, int(order) + seed)
    assert await mark_after(sqlite_url, *tenths(ordered)) == await straight.of(season(12, seed))


async def test_the_corpus_one_by_one(corpus: Path, straight: Straight, sqlite_url: str) -> None:
    assert await mark_after(sqlite_url, *singly(shuffled(rounds_in(corpus), 6))) == await straight.of(corpus)


async def test_a_season_one_by_one_backwards(db_url: str, season: Season, straight: Straight) -> None:
    files = rounds_in(season(3, 7))
    assert await mark_after(db_url, *singly(files[::-1])) == await straight.of(season(3, 7))


@pytest.mark.postgres
async def test_postgresql_agrees(folder: Path, straight: Straight, postgresql_url: str) -> None:
    files = rounds_in(folder)
    assert await mark_after(postgresql_url, *tenths(shuffled(files, 7))) == await straight.of(folder)


async def test_copies_with_other_line_ends_change_nothing(
    db_url: str, season: Season, straight: Straight, tmp_path: Path
) -> None:
    """Every second file also as a copy with CRLF, in another folder, mixed in."""
    files = rounds_in(season(6, 4))
    for file in files[::2]:
        data = file.read_bytes().replace(b"\r\n", b"\n")
        (tmp_path / file.name).write_bytes(data.replace(b"\n", b"\r\n"))
    mixed = shuffled([*files, *sorted(tmp_path.glob("*-round-?.txt"))], 8)
    assert await mark_after(db_url, *tenths(mixed)) == await straight.of(season(6, 4))


@pytest.mark.parametrize("seed", range(2))
async def test_two_processes_at_once(db_url: str, season: Season, straight: Straight, seed: int) -> None:
    """Each imports two thirds, so one third comes twice; both make the schema."""
    folder = season(3, 7)
    files = shuffled(rounds_in(folder), seed)
    third = len(files) // 3
    finish(start_import(db_url, files[: 2 * third], 7), start_import(db_url, files[third:][::-1], 11))
    async with opened(db_url) as store:
        assert await mark(store) == await straight.of(folder)


async def test_two_importers_in_one_process(db_url: str, season: Season, straight: Straight) -> None:
    folder = season(6, 4)
    files = shuffled(rounds_in(folder), 10)
    async with opened(db_url) as one, opened(db_url) as two:
        await asyncio.gather(*(Importer(store).run(part) for store in (one, two) for part in pieces(files, 20)))
        assert await mark(one) == await straight.of(folder)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Karachi"])
async def test_the_clock_of_the_machine_does_not_matter(
    db_url: str, season: Season, straight: Straight, zone: str
) -> None:
    folder = season(3, 7)
    finish(start_import(db_url, shuffled(rounds_in(folder), 11), 15, TZ=zone))
    async with opened(db_url) as store:
        assert await mark(store) == await straight.of(folder)


async def test_rebuild_and_verify_agree(db_url: str, season: Season, straight: Straight) -> None:
    folder = season(6, 4)
    async with opened(db_url) as store:
        for portion in tenths(shuffled(rounds_in(folder), 12)):
            await Importer(store).run(portion)
        assert await differences(store) == []
        await rebuild(store)
        assert await mark(store) == await straight.of(folder)


@pytest.mark.parametrize("followed", [1, 20])
async def test_rebuilt_in_portions_with_sums_and_ratings_now_and_then(
    db_url: str, season: Season, straight: Straight, monkeypatch: pytest.MonkeyPatch, followed: int
) -> None:
    monkeypatch.setattr("muster.rounds.importer.rebuild._PORTION", 5)
    monkeypatch.setattr("muster.rounds.importer.rebuild._FOLLOWED", followed)
    folder = season(6, 4)
    seen: list[int] = []
    async with opened(db_url) as store:
        await Importer(store).run(rounds_in(folder))
        await rebuild(store, progress=seen.append)
        assert len(seen) > 2, "one portion would show nothing"
        assert await mark(store) == await straight.of(folder)


async def test_what_was_derived_ahead_is_not_derived_again(
    sqlite_url: str, season: Season, straight: Straight, monkeypatch: pytest.MonkeyPatch
) -> None:
    def derived_again(file: RoundFile, partner: RoundFile | None, status: Status) -> DerivedRound:
        assert status is Status.EMPTY, "twice the work: only who stands in no evening has no place ahead"
        return derive(file, partner, status)

    folder = season(6, 4)
    wanted = await straight.of(folder)
    monkeypatch.setattr("muster.rounds.importer.settle.derive", derived_again)
    assert await mark_after(sqlite_url, rounds_in(folder)) == wanted


async def test_the_corpus_rebuilt(corpus: Path, straight: Straight, sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        await Importer(store).run(rounds_in(corpus))
        await rebuild(store)
        assert await mark(store) == await straight.of(corpus)


async def test_a_store_that_is_read_can_be_imported_into(db_url: str, season: Season, straight: Straight) -> None:
    """A reader sees one unchanging state while another process writes."""
    folder = season(6, 4)
    process = start_import(db_url, rounds_in(folder), 5)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    same = []
    async with opened(db_url) as store:
        while process.poll() is None:
            async with store.read() as reader:
                same.append(await fingerprint(reader) == await fingerprint(reader))
        finish(process)
        assert await mark(store) == await straight.of(folder)
    assert all(same)


# --------------------------------------------------------------------------------------------- what the checks see

CHANGES = {
    "rounds": "UPDATE rounds SET seconds = seconds + 1 WHERE id = 3",
    "player_stats": "UPDATE player_stats SET kills = kills + 1 WHERE round_id = 3",
    "weapon_stats": "DELETE FROM weapon_stats WHERE round_id = 3",
    "gaming_sessions": "UPDATE gaming_sessions SET players = players + 1",
    "matches": "UPDATE matches SET score_a = score_a + 1",
    "match_players": "UPDATE match_players SET team = 3 - team",
    "ratings": "UPDATE ratings SET mu = mu + 0.0001",
    "player_rollup": "UPDATE player_rollup SET kills = kills + 1",
    "weapon_rollup": "DELETE FROM weapon_rollup WHERE weapon = 4",
    "player_aliases": "UPDATE player_aliases SET rounds = rounds + 1",
    "players": "UPDATE players SET name = name || 'x'",
    "processed_files": "UPDATE processed_files SET reason = 'x' WHERE id = 3",
}


async def test_every_table_is_checked(db_url: str, season: Season) -> None:
    """A changed cell anywhere is another fingerprint, `verify` names the table, `rebuild` mends it."""
    async with opened(db_url) as store:
        await Importer(store).run(rounds_in(season(1, 5)))
        straight = await mark(store)
        for table, statement in CHANGES.items():
            await change(store, statement)
            assert await mark(store) != straight, table
        assert {difference.table for difference in await differences(store)} == set(CHANGES)
        await rebuild(store)
        assert await mark(store) == straight


async def test_a_damaged_content_is_named(db_url: str, season: Season) -> None:
    async with opened(db_url) as store:
        await Importer(store).run(rounds_in(season(1, 5)))
        ((name,),) = await query(store, "SELECT filename FROM processed_files WHERE id = 2")
        await change(store, "UPDATE raw_files SET content = :junk WHERE file_id = 2", junk=b"junk")
        found = {difference.table: difference for difference in await differences(store)}
        assert found["raw_files"].stored_only == [name]


async def test_a_damaged_content_is_mended_by_its_file(db_url: str, season: Season) -> None:
    """`rebuild` finds out and says so, `--retry` keeps the file's content anew."""
    files = rounds_in(season(1, 5))
    async with opened(db_url) as store:
        await Importer(store).run(files)
        straight = await mark(store)
        await change(store, "UPDATE raw_files SET content = :junk WHERE file_id = 2", junk=b"junk")
        await rebuild(store)
        assert await query(store, "SELECT id, reason FROM processed_files WHERE status = 'rejected'") == [(2, DAMAGED)]
        assert (await Importer(store).run(files)).counts == {"known": len(files)}
        report = await Importer(store).run(files, retry=True)
        assert report.counts == {"known": len(files) - 1, "imported": 1}
        await rebuild(store)
        assert await differences(store) == []
        assert await mark(store) == straight


# ------------------------------------------------------------------------------------------------- large imports

LARGE = 30
"""Nights with more files than one process reads alone."""


async def test_a_large_import_reads_ahead_in_another_process(
    season: Season, straight: Straight, sqlite_url: str
) -> None:
    files = rounds_in(season(LARGE, 6))
    assert len(files) > 400
    halves = [files[::2], files[1::2]]
    assert await mark_after(sqlite_url, *halves) == await straight.of(season(LARGE, 6))


async def test_an_import_goes_on_when_the_other_process_dies(
    season: Season, straight: Straight, sqlite_url: str
) -> None:
    files = rounds_in(season(LARGE, 6))
    killed = []

    def kill(_: int) -> None:
        for child in psutil.Process().children():
            if "muster.rounds.worker" in " ".join(child.cmdline()):
                child.send_signal(signal.SIGKILL)
                killed.append(child.pid)

    async with opened(sqlite_url) as store:
        report = await Importer(store).run(files, progress=kill)
        assert sum(report.counts.values()) == len(files)
        assert await mark(store) == await straight.of(season(LARGE, 6))
    assert killed or (os.cpu_count() or 1) < 2
