"""Parts of pictures: axes of round numbers, boxes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.charts.panels import scale
from muster.charts.style import Box


@pytest.mark.parametrize(
    ("values", "marks"),
    [
        ([90, 480], (0, 100, 200, 300, 400, 500)),
        ([210, 390], (200, 250, 300, 350, 400)),
        ([0.7, 1.8], (0.5, 1.0, 1.5, 2.0)),
        ([35], (30, 40)),
        ([0], (0, 0.25)),
        ([], (0, 0.25, 0.5, 0.75, 1)),
        ([None, 5, None], (4, 6)),
    ],
)
def test_an_axis_has_round_numbers(values: list[float | None], marks: tuple[float, ...]) -> None:
    assert scale(values).marks() == pytest.approx(marks)


@given(st.lists(st.floats(0, 1e7), min_size=1, max_size=30), st.integers(2, 6))
def test_an_axis_holds_its_values_on_a_few_lines(values: list[float], steps: int) -> None:
    axis = scale(values, steps)
    assert all(-1e-6 <= axis.share(value) <= 1 + 1e-6 for value in values)
    assert 2 <= len(axis.marks()) <= steps + 3


def test_columns_share_a_box() -> None:
    left, right = Box(10, 20, 110, 50).columns(2, 10)
    assert (left, right) == (Box(10, 20, 50, 50), Box(70, 20, 50, 50))
    assert (right.right, right.bottom) == (120, 70)
    assert Box(10, 20, 110, 50).inset(5) == Box(15, 25, 100, 40)
