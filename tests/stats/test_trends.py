"""Where somebody is going: the line, and whether it is more than chance."""

from random import Random

import pytest

from muster.stats.history import history
from muster.stats.trends import COURSES, Point, course, trend
from muster.stats.values import EVERYTHING, Scope
from muster.stats.values.progress import Direction
from tests.stats.asking import asked
from tests.stats.truth import Truth


def points(*values: float, weights: tuple[int, ...] = ()) -> list[Point]:
    return [
        Point(at, value, weight) for at, (value, weight) in enumerate(zip(values, weights or (1,) * 99, strict=False))
    ]


def test_a_straight_line_is_found() -> None:
    found = course("dpm", points(300, 310, 320, 330))
    assert (found.first, found.last, found.slope) == pytest.approx((300, 330, 10))
    assert found.direction is Direction.RISING
    assert course("dpm", points(3, 2, 1, 0)).direction is Direction.FALLING
    assert course("dpm", points(3, 3, 3, 3)).direction is Direction.OPEN


def test_sessions_weigh_as_many_rounds_as_were_played() -> None:
    # Two evenings of ten rounds at the same level, and two of a single one far off.
    found = course("dpm", points(300, 400, 300, 200, weights=(10, 1, 10, 1)))
    even = course("dpm", points(300, 400, 300, 200))
    assert found.slope is not None
    assert even.slope is not None
    assert abs(found.slope) < abs(even.slope)
    doubled = course("dpm", points(1, 2, 4, 3, weights=(2, 2, 2, 2)))
    single = course("dpm", points(1, 2, 4, 3))
    assert (doubled.slope, doubled.first, doubled.direction) == (single.slope, single.first, single.direction)


@pytest.mark.parametrize("values", [(), (1.0,), (1.0, 2.0), (1.0, 2.0, 3.0)])
def test_few_sessions_tell_nothing(values: tuple[float, ...]) -> None:
    found = course("kd", points(*values))
    assert found.direction is Direction.TOO_FEW
    assert (found.slope is None) == (len(values) < 2)


def test_chance_alone_is_seldom_called_a_trend() -> None:
    dice = Random(7)
    for sessions in (4, 8, 30):
        called = [course("dpm", points(*(dice.gauss(300, 40) for _ in range(sessions)))) for _ in range(600)]
        wrong = sum(found.direction is not Direction.OPEN for found in called)
        assert 10 <= wrong <= 50, sessions  # 5 % are 30


async def test_the_sessions_are_those_of_the_history(db_url: str, months: Truth) -> None:
    key = months.busiest[0]
    async with asked(db_url, months.folder) as reader:
        found = await trend(reader, key)
        assert found.history == await history(reader, key, limit=40)
        assert [one.metric for one in found.courses] == list(COURSES)
        known = [line.dpm for line in found.history.sessions if line.dpm is not None]
        assert found.courses[0].sessions == len(known)
        assert found.scope == EVERYTHING
        nowhere = await trend(reader, key, Scope(map="nowhere"))
    assert {one.direction for one in nowhere.courses} == {Direction.TOO_FEW}
