"""Files brought in on demand: listed, chosen, imported; what fails is told and tried again."""

import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from muster.collect import taking
from muster.collect.collector import (
    Brought,
    Collector,
    FolderCollector,
    Left,
    Listed,
    Unavailable,
    choice_of,
    collectors,
)
from muster.collect.spans import Span, parse
from muster.collect.sync import Failure, Phase, Progress, SyncReport, sync
from muster.collect.taking import Place
from muster.config import load
from muster.rounds import reading
from muster.rounds.importer import ImportReport, ServerChoice, UnknownZone
from muster.rounds.parse import Rejected
from tests.building import put_pair
from tests.importer.working import opened, register, statuses

ALL = Span("all")


class Shelf:
    """A collector whose files are brought from somewhere else."""

    kind = "shelf"
    place = "a shelf"

    def __init__(self, server: str, shelf: Path, *, broken: str = "") -> None:
        self.server = server
        self.closed = False
        self._shelf = shelf
        self._broken = broken

    async def listing(self) -> list[Listed]:
        if self._broken == "listing":
            raise Unavailable("the door is locked")
        return [Listed(path.name, str(path)) for path in sorted(self._shelf.iterdir())]

    async def fetch(self, files: Sequence[Listed], to: Path) -> Brought:
        if self._broken == "fetching":
            raise Unavailable("the carrier fell")
        for file in files:
            (to / file.name).write_bytes(Path(file.place).read_bytes())
        if self._broken == "a file":
            return Brought([to / file.name for file in files[1:]], [Left(files[0].name, Unavailable("it is glued"))])
        return Brought([to / file.name for file in files])

    async def close(self) -> None:
        self.closed = True


def settled(folder: Path) -> Path:
    """The files of a folder lie there for a while."""
    for path in folder.iterdir():
        os.utime(path, (time.time() - 60, time.time() - 60))
    return folder


async def run(url: str, *found: Collector, span: Span = ALL) -> tuple[SyncReport, list[Progress]]:
    told: list[Progress] = []

    async def take(server: str, paths: list[Path]) -> ImportReport:
        return await taking._take(Place(url, ServerChoice(name=server)), paths)

    spans = {one.server: span for one in found}
    return await sync(list(found), spans, take, told.append), told


async def test_what_lies_in_folders_comes_in_once(sqlite_url: str, tmp_path: Path) -> None:
    put_pair(tmp_path / "one", "2025-01-01")
    put_pair(tmp_path / "two", "2025-01-02")
    found = [FolderCollector(name, settled(tmp_path / name)) for name in ("one", "two")]
    async with opened(sqlite_url) as store:
        report, told = await run(sqlite_url, *found)
        assert (report.listed, report.wanted, report.failures) == (4, 4, ())
        assert report.imported.counts == {"imported": 4}
        assert len(report.imported.played) == 4
        assert [server.name for server in report.imported.new_servers] == ["one", "two"]
        assert [now.phase for now in told] == [*[Phase.LISTING] * 2, *[Phase.READING, Phase.IMPORTING] * 2]
        assert told[-1] == Progress(Phase.IMPORTING, "two", 2, 4)
        assert set((await statuses(store)).values()) == {"paired"}
        again, _ = await run(sqlite_url, *found)
        assert again.imported.counts == {"known": 4}
        assert again.imported.played == []


async def test_only_what_is_of_its_time(sqlite_url: str, tmp_path: Path) -> None:
    put_pair(tmp_path / "one", "2025-01-01")
    put_pair(tmp_path / "one", "2025-02-01")
    async with opened(sqlite_url) as store:
        collector = FolderCollector("one", settled(tmp_path / "one"))
        report, _ = await run(sqlite_url, collector, span=parse("2025-02", datetime.now(UTC)))
        assert (report.listed, report.wanted) == (4, 2)
        assert all(file.startswith("2025-02-01") for file in await statuses(store))


async def test_files_from_elsewhere_come_in_alike(sqlite_url: str, tmp_path: Path) -> None:
    put_pair(tmp_path / "shelf")
    async with opened(sqlite_url) as store:
        far = Shelf("far", tmp_path / "shelf")
        report, _ = await run(sqlite_url, far)
        assert far.closed
        assert report.imported.counts == {"imported": 2}
        assert len(await statuses(store)) == 2


@pytest.mark.parametrize(("broken", "reason"), [("listing", "the door is locked"), ("fetching", "the carrier fell")])
async def test_one_that_fails_does_not_stop_the_others(
    sqlite_url: str, tmp_path: Path, broken: str, reason: str
) -> None:
    put_pair(tmp_path / "shelf")
    put_pair(tmp_path / "one", "2025-01-02")
    bad = Shelf("far", tmp_path / "shelf", broken=broken)
    async with opened(sqlite_url):
        report, _ = await run(sqlite_url, bad, FolderCollector("one", settled(tmp_path / "one")))
    assert report.failures == (Failure("far", reason),)
    assert report.imported.counts == {"imported": 2}


async def test_a_file_that_can_not_be_had_is_named(sqlite_url: str, tmp_path: Path) -> None:
    put_pair(tmp_path / "shelf")
    async with opened(sqlite_url):
        report, _ = await run(sqlite_url, Shelf("far", tmp_path / "shelf", broken="a file"))
    assert report.failures == (Failure("far", "it is glued"),)
    assert report.imported.counts == {"imported": 1}


async def test_a_server_whose_clock_was_changed_is_told(sqlite_url: str, tmp_path: Path) -> None:
    put_pair(tmp_path / "one")

    async def take(server: str, paths: list[Path]) -> ImportReport:
        raise UnknownZone("to change it: muster rebuild")

    found = FolderCollector("one", settled(tmp_path / "one"))
    report = await sync([found], {"one": ALL}, take, lambda _: None)
    assert report.failures == (Failure("one", "to change it: muster rebuild"),)


async def test_a_folder_that_is_not_there_or_may_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="there is no folder"):
        await FolderCollector("one", tmp_path / "gone").listing()
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="there is no folder"):
        await FolderCollector("one", tmp_path / "file").listing()


async def test_a_file_that_is_being_written_is_left_for_later(tmp_path: Path) -> None:
    first, second = put_pair(settled(tmp_path))
    settled(tmp_path)
    os.utime(second)
    assert [file.name for file in await FolderCollector("one", tmp_path).listing()] == [first.name]


async def test_what_failed_is_tried_again(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its bytes are known, so that an ordinary import would pass it over."""
    put_pair(tmp_path / "one")
    found = FolderCollector("one", settled(tmp_path / "one"))

    def refusing(*given: object) -> object:
        raise Rejected("not today", 1, "header")

    async with opened(sqlite_url) as store:
        monkeypatch.setattr(reading, "parse", refusing)
        report, _ = await run(sqlite_url, found)
        assert report.imported.counts == {"rejected": 2}
        report, _ = await run(sqlite_url, found)
        assert report.imported.counts == {"rejected": 2}
        monkeypatch.undo()
        report, _ = await run(sqlite_url, found)
        assert report.imported.counts == {"imported": 2}
        assert set((await statuses(store)).values()) == {"paired"}


async def test_what_is_kept_can_be_read_again(db_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the files: the store has their contents, and the server is found as soon as the header can be read."""
    first, _ = put_pair(tmp_path / "one")

    def refusing(*given: object) -> object:
        raise Rejected("not today", 1, "header")

    async with opened(db_url) as store:
        url = store.url.render_as_string(hide_password=False)
        monkeypatch.setattr(reading, "parse", refusing)
        place = Place(url, ServerChoice())
        await taking._take(place, sorted((tmp_path / "one").iterdir()))
        report = await taking._take_again(place)
        assert report.counts == {"rejected": 2}
        assert {result.reason for result in report.notable} == {str(Rejected("not today", 1, "header"))}
        monkeypatch.undo()
        first.unlink()
        report = await taking._take_again(place)
        assert report.counts == {"imported": 2}
        assert set((await statuses(store)).values()) == {"paired"}
        assert {status for _, status, _ in await register(store)} == {"imported"}
        assert await taking._take_again(place) == ImportReport()


def test_collectors_are_those_with_a_folder(tmp_path: Path) -> None:
    main = {"name": "main", "folder": tmp_path, "timezone": "Europe/Berlin", "hostnames": ["^1main"]}
    settings = load(servers=[main, {"name": "off"}], timezone="America/New_York")
    assert [one.server for one in collectors(settings)] == ["main"]
    assert choice_of(settings, "main") == ServerChoice(
        "main", {"^1main": "main"}, {"main": "Europe/Berlin"}, "America/New_York"
    )
