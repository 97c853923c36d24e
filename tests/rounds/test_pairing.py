"""Which round 2 belongs to which round 1, and where an evening begins and ends."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.model.rounds import Status
from muster.rounds.pairing import Head, Placement, evenings, head_of, pair
from tests.building import parsed, six

EVENING = datetime(2025, 1, 1, 19, tzinfo=UTC)
US = frozenset("abcdef")
THEM = frozenset("uvwxyz")


def head(
    minute: float,
    map_: str,
    number: int,
    *,
    winner: int = 1,
    keys: frozenset[str] = US,
    clock: tuple[float, float] = (600.0, 600.0),
    carries: bool | None = None,
) -> Head:
    at = EVENING + timedelta(minutes=minute)
    carries = number == 2 if carries is None else carries
    return Head(f"{at:%Y%m%d-%H%M%S}-{map_}-{number}", at, map_, number, winner, *clock, keys, carries)


def places(*heads: Head) -> str:
    """Statuses in the order of time, and for a pair how many rounds away the partner is."""
    ordered = sorted(heads, key=lambda one: one.played_at)
    at = {one.file: place for place, one in enumerate(ordered)}
    found = pair(ordered)
    words = []
    for one in ordered:
        place = found[one.file]
        words.append(place.status.value + (f"{at[place.partner] - at[one.file]:+d}" if place.partner else ""))
    return " ".join(words)


@pytest.mark.parametrize(
    ("heads", "expected"),
    [
        ([head(0, "a", 1), head(10, "a", 2)], "paired+1 paired-1"),
        ([head(0, "a", 1)], "single"),
        ([head(0, "a", 2)], "orphan_r2"),
        ([head(0, "a", 2, carries=False)], "single"),
        ([head(0, "a", 1), head(9, "a", 1), head(20, "a", 2)], "abandoned paired+1 paired-1"),
        ([head(0, "a", 1), head(9, "a", 1)], "abandoned single"),
        ([head(0, "a", 1), head(9, "a", 2), head(20, "a", 2)], "paired+1 paired-1 orphan_r2"),
        ([head(0, "a", 1), head(9, "a", 2), head(20, "a", 1), head(29, "a", 2)], "paired+1 paired-1 paired+1 paired-1"),
        ([head(0, "a", 1), head(5, "b", 1), head(9, "a", 2), head(14, "b", 2)], "paired+2 paired+2 paired-2 paired-2"),
        ([head(0, "a", 1), head(5, "b", 2)], "single orphan_r2"),
        ([head(0, "a", 1), head(45, "a", 2)], "paired+1 paired-1"),
        ([head(0, "a", 1), head(45.02, "a", 2)], "single orphan_r2"),
        ([head(0, "a", 1), head(0, "a", 2)], "paired+1 paired-1"),
        ([head(0, "a", 1, winner=0)], "cancelled"),
        ([head(0, "a", 1, winner=0), head(9, "a", 1), head(18, "a", 2)], "cancelled paired+1 paired-1"),
        ([head(0, "a", 1), head(9, "a", 2, winner=0)], "paired+1 cancelled-1"),
        ([head(0, "a", 2, winner=0, carries=False)], "cancelled"),
        ([head(300, "a", 1), head(310, "a", 2)], "paired+1 paired-1"),  # midnight, on the clock of the test
    ],
)
def test_places(heads: list[Head], expected: str) -> None:
    assert places(*heads) == expected


def test_strangers_with_another_clock_are_no_partners() -> None:
    first = head(0, "a", 1, clock=(600, 500))
    assert places(first, head(10, "a", 2, keys=THEM, clock=(600, 600))) == "single orphan_r2"
    assert places(first, head(10, "a", 2, keys=THEM, clock=(500, 500))) == "paired+1 paired-1"
    assert places(first, head(10, "a", 2, clock=(600, 600))) == "paired+1 paired-1"
    half = frozenset("abcxyz")
    assert places(first, head(10, "a", 2, keys=half, clock=(600, 600))) == "paired+1 paired-1"


def test_a_head_is_taken_from_a_file() -> None:
    found = head_of(parsed(*six(rounds=1), number=2), EVENING)
    assert (found.map, found.round, found.timelimit, found.next_timelimit) == ("supply", 2, 720, 600)
    assert (len(found.keys), found.carries) == (6, True)
    assert not head_of(parsed(*six()), EVENING).carries


@pytest.mark.parametrize(("gap", "count"), [(59, 1), (60, 1), (60.02, 2), (120, 2)])
def test_an_hour_parts_two_evenings(gap: float, count: int) -> None:
    assert len(evenings([head(0, "a", 1), head(gap, "b", 1)])) == count


def test_an_empty_round_belongs_to_no_evening() -> None:
    empty = head(50, "c", 1, keys=frozenset())
    groups = evenings([head(100, "b", 1), empty, head(0, "a", 1)])
    assert [[one.map for one in group] for group in groups] == [["a"], ["b"]]


HEADS = st.lists(
    st.builds(
        head,
        st.integers(0, 400),
        st.sampled_from("abc"),
        st.sampled_from((1, 2)),
        winner=st.sampled_from((0, 1, 2)),
        keys=st.sampled_from((US, THEM, frozenset("abcxyz"))),
        clock=st.sampled_from(((600.0, 600.0), (600.0, 480.0), (480.0, 480.0))),
        carries=st.booleans(),
    ),
    unique_by=lambda one: one.file,
    max_size=14,
)


def placed(heads: list[Head]) -> list[dict[str, Placement]]:
    return [pair(evening) for evening in evenings(heads)]


@given(HEADS, st.integers())
def test_the_order_of_arrival_does_not_matter(heads: list[Head], seed: int) -> None:
    shuffled = Random(seed).sample(heads, len(heads))
    assert placed(shuffled) == placed(heads)


@given(HEADS)
def test_partners_are_partners_of_each_other(heads: list[Head]) -> None:
    by_file = {one.file: one for one in heads}
    for places_of_evening in placed(heads):
        for file, place in places_of_evening.items():
            if place.partner is None:
                assert place.status is not Status.PAIRED
                continue
            assert places_of_evening[place.partner].partner == file
            first, second = sorted((by_file[file], by_file[place.partner]), key=lambda one: one.round)
            assert (first.round, second.round, first.map) == (1, 2, second.map)
            assert timedelta(0) <= second.played_at - first.played_at <= timedelta(minutes=45)


@given(HEADS)
def test_evenings_are_what_a_naive_look_finds(heads: list[Head]) -> None:
    groups = evenings(heads)
    assert sorted(one.file for group in groups for one in group) == sorted(one.file for one in heads)
    times = sorted(one.played_at for one in heads)
    breaks = sum(late - early > timedelta(hours=1) for early, late in pairwise(times))
    assert len(groups) == (breaks + 1 if heads else 0)
    assert all(group == sorted(group, key=lambda one: (one.played_at, one.file)) for group in groups)
