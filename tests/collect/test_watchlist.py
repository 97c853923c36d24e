"""Decided from looks alone: what is new, what is still growing, what is left alone; how often to look; clocks."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.collect import clock
from muster.collect.collector import Listed
from muster.collect.pace import IDLE, LINGER, LOGIN_PAUSE, LONGEST_PAUSE, SESSION, Pace
from muster.collect.state import State
from muster.collect.watchlist import LONG_QUIET, OLD, QUIET, Watchlist
from tests.building import named

NOW = datetime(2025, 6, 1, 20, 0, tzinfo=UTC)


def file(size: int = 10, written: float = 1000.0, name: str = named()) -> Listed:
    return Listed(name, f"/stats/{name}", size, written)


def names(files: list[Listed]) -> list[str]:
    return [one.name for one in files]


def test_a_file_is_read_once_it_was_the_same_for_a_while() -> None:
    seen = Watchlist({})
    assert seen.look([file(5)], 0.0) == []
    assert seen.due(0.0) == QUIET
    assert seen.look([file(7)], QUIET) == []
    assert seen.look([file(7, 1001.0)], 2 * QUIET) == []
    assert seen.look([file(7, 1001.0)], 2.5 * QUIET) == []
    assert names(seen.look([file(7, 1001.0)], 3 * QUIET)) == [named()]
    seen.done([file(7, 1001.0)])
    assert seen.look([file(7, 1001.0)], 9 * QUIET) == []
    assert seen.due(9 * QUIET) is None
    assert seen.look([file(8, 1001.0)], 10 * QUIET) == []
    assert names(seen.look([file(8, 1001.0)], 11 * QUIET)) == [named()]


def test_a_file_that_is_older_than_others_is_read_at_once() -> None:
    old, new = file(name="a"), file(written=1000.0 + OLD, name="b")
    assert names(Watchlist({}).look([old, new], 0.0)) == ["a"]


def test_a_file_that_grows_late_is_not_taken_for_old() -> None:
    seen = Watchlist({})
    newer = file(written=1000.0 + 2 * OLD, name="b")
    seen.look([file(name="a", written=1000.0 + 2 * OLD), newer], 0.0)
    assert names(seen.look([file(11, 1000.0 + OLD, "a")], 0.1)) == []


def test_what_came_in_before_is_not_read_again_after_a_start() -> None:
    seen = Watchlist({"a": [10], "b": [9]})
    assert seen.look([file(name="a"), file(name="b")], 0.0) == []
    assert names(seen.look([file(name="a"), file(name="b")], QUIET)) == ["b"]


def test_what_could_not_be_read_is_left_alone_for_a_while() -> None:
    seen = Watchlist({})
    seen.look([file()], 0.0)
    assert seen.look([file()], QUIET)
    seen.put_off(file(), 30.0)
    assert seen.due(QUIET) == 30.0 - QUIET
    assert seen.look([file()], 29.0) == []
    assert seen.look([file()], 30.0) == [Listed(named(), f"/stats/{named()}", 10, 1000.0, settled=True)]
    seen.put_off(file(), 90.0)
    assert seen.look([file(11)], 31.0) == []
    assert names(seen.look([file(11)], 31.0 + QUIET)) == [named()]


def test_only_after_long_a_torn_line_is_believed() -> None:
    seen = Watchlist({})
    seen.look([file()], 0.0)
    assert [one.settled for one in seen.look([file()], QUIET)] == [False]
    assert [one.settled for one in seen.look([file()], LONG_QUIET)] == [True]


def test_files_that_were_not_there_before_are_fresh() -> None:
    seen = Watchlist({})
    seen.look([file(name="a")], 0.0)
    assert seen.fresh == []
    seen.look([file(name="a"), file(name="b")], 1.0)
    assert names(seen.fresh) == ["b"]
    seen.look([file(name="a"), file(name="b")], 2.0)
    assert seen.fresh == []


@given(st.lists(st.tuples(st.floats(0.01, 2.0), st.integers(1, 5), st.sampled_from([0.0, 1.0])), min_size=1))
def test_no_file_is_read_that_changed_within_the_quiet_time(looks: list[tuple[float, int, float]]) -> None:
    seen, now, since, before = Watchlist({}), 0.0, 0.0, None
    for pause, size, written in looks:
        now += pause
        mark = (size, written)
        since = since if mark == before else now
        before = mark
        ready = seen.look([file(size, written)], now)
        assert bool(ready) == (now - since >= QUIET)


def test_the_pace_follows_the_rounds() -> None:
    pace = Pace(chance=random.Random(1))
    assert 0.9 * IDLE <= pace.after(0.0) <= IDLE
    pace.came(10.0)
    assert 0.9 * SESSION <= pace.after(10.0 + LINGER - 1) <= SESSION
    assert 0.9 * IDLE <= pace.after(10.0 + LINGER) <= IDLE


def test_failures_are_answered_with_patience() -> None:
    pace = Pace(chance=random.Random(1))
    pauses = [pace.after_failure(State.UNREACHABLE) for _ in range(20)]
    assert pauses[0] <= 1.0 < pauses[2] < pauses[5]
    assert max(pauses) <= LONGEST_PAUSE
    assert len(set(pauses[10:])) > 1
    pace.after(0.0)
    assert pace.after_failure(State.UNREACHABLE) <= 1.0
    assert max(pace.after_failure(State.REFUSED) for _ in range(20)) > LONGEST_PAUSE
    assert max(pace.after_failure(State.REFUSED) for _ in range(20)) <= LOGIN_PAUSE


def written_at(moment: datetime, stamp: str = "2025-06-01-220000") -> Listed:
    return Listed(named(stamp), "", 1, moment.timestamp())


@pytest.mark.parametrize(
    ("written", "zone", "words"),
    [
        (timedelta(0), "Europe/Berlin", None),
        (timedelta(minutes=2), "Europe/Berlin", None),
        (timedelta(minutes=-12), "Europe/Berlin", "12 min behind"),
        (timedelta(hours=1, minutes=5), "Europe/Berlin", "1 h 5 min ahead of"),
        (timedelta(days=-30), "Europe/Berlin", None),
        (timedelta(days=30), "Europe/Berlin", "720 h ahead of"),
        (timedelta(0), "UTC", "2 h ahead of what the time zone UTC gives"),
        (timedelta(0), "Asia/Tokyo", "7 h behind what the time zone Asia/Tokyo gives"),
    ],
)
def test_a_clock_that_is_wrong_is_told(written: timedelta, zone: str, words: str | None) -> None:
    wrong = clock.judge(written_at(NOW + written), zone, NOW)
    assert (wrong is None) == (words is None)
    assert words is None or (wrong is not None and words in wrong[0])


def test_an_old_file_that_was_copied_tells_nothing() -> None:
    assert clock.judge(written_at(NOW, "2024-01-01-220000"), "UTC", NOW) is None
    assert clock.judge(written_at(NOW - timedelta(days=400), "2024-04-27-220000"), "Europe/Berlin", NOW) is None


def test_a_file_from_the_future_tells_whenever_it_is_seen() -> None:
    assert clock.ahead([written_at(NOW - timedelta(days=9))], NOW) is None
    assert clock.ahead([], NOW) is None
    wrong = clock.ahead([written_at(NOW), written_at(NOW + timedelta(hours=3))], NOW)
    assert wrong is not None
    assert "3 h ahead of" in wrong[0]
    assert clock.pushed(named("2025-06-01-200000"), "UTC", NOW) is None
    assert clock.pushed(named("2024-06-01-200000"), "UTC", NOW) is None
    assert clock.pushed(named("2025-06-01-200000"), "America/New_York", NOW) is not None
