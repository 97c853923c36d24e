"""Rounds derived ahead are what they would be anyway, or are not believed."""

from datetime import UTC
from pathlib import Path

import msgspec

from muster.model.rounds import Status
from muster.rounds.derive import derive
from muster.rounds.likely import FEW, likely
from muster.rounds.pairing import Placement, evenings, head_of, pair
from muster.rounds.reading import Reading, find, read_portion
from muster.rounds.simulate import simulate


def read_some(folder: Path) -> list[Reading]:
    simulate(folder, nights=2, players=8, seed=5)
    readings, _ = read_portion((find([folder])[0], {}))
    return readings


def test_they_are_what_pairing_and_deriving_say(tmp_path: Path) -> None:
    readings = read_some(tmp_path)
    files = {r.name.file: r for r in readings if r.file is not None}
    assert len(files) > FEW
    seen = set()
    for evening in evenings(head_of(r.file, r.name.stamp.replace(tzinfo=UTC)) for r in files.values() if r.file):
        for name, place in pair(evening).items():
            ahead, file = files[name].likely, files[name].file
            assert ahead is not None
            assert file is not None
            other = files[place.partner] if file.header.round == 2 and place.partner else None
            assert ahead.holds(place, other.sha256 if other else None)
            assert ahead.derived == derive(file, other.file if other else None, place.status)
            seen.add((file.header.round, place.status))
    assert {(1, Status.PAIRED), (2, Status.PAIRED), (2, Status.ORPHAN_R2)} <= seen


def test_beside_anything_else_they_are_not_believed(tmp_path: Path) -> None:
    readings = read_some(tmp_path)
    second = next(r.likely for r in readings if r.likely and r.likely.partner is not None)
    assert second.holds(second.place, second.partner)
    assert not second.holds(second.place, None)
    assert not second.holds(second.place, b"another content of round 1")
    assert not second.holds(Placement(Status.ORPHAN_R2), None)
    first = next(r.likely for r in readings if r.likely and r.likely.place.partner and r.likely.partner is None)
    assert first.holds(first.place, b"any"), "a round 1 says the same beside any partner"
    assert not first.holds(Placement(Status.SINGLE), None)


def test_of_two_contents_under_one_name_neither_is(tmp_path: Path) -> None:
    readings = [r for r in read_some(tmp_path) if r.file is not None]
    files = [(r.sha256, r.file) for r in readings if r.file is not None]
    sha256, file = files[0]
    twin = (b"other", msgspec.structs.replace(file, players=file.players[:-1]))
    found = likely([*files, twin])
    assert sha256 not in found
    assert b"other" not in found
    assert found


def test_a_few_files_are_left_to_whoever_knows_the_others(tmp_path: Path) -> None:
    readings = read_some(tmp_path)
    assert likely([(r.sha256, r.file) for r in readings[:FEW] if r.file is not None]) == {}
