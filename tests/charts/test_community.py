"""The pictures of a community: of the right size, the same every time, whatever is missing."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from muster.charts import pictures, style
from muster.charts.community import days_note
from muster.stats.values.chat import CommunityRef, Days, ServerActivity, ServerDay
from tests.charts import png

FIRST = date(2025, 5, 1)


def activity(count: int, name: str = "The Server", *, counted: bool = True) -> ServerActivity:
    days = tuple(
        ServerDay(FIRST + timedelta(days=n), n * 37 % 900, n % 40, 900 + n if counted and n % 5 else None)
        for n in range(count)
    )
    return ServerActivity(CommunityRef("discord", "1", name), Days(FIRST), days, 1, 1, None, None, ())


@pytest.mark.parametrize("count", [0, 1, 2, 31, 1200])
@pytest.mark.parametrize("counted", [True, False])
def test_a_server_on_any_number_of_days(count: int, counted: bool) -> None:
    drawn = pictures.server_activity(activity(count, counted=counted))
    width, height = png.size(drawn)
    assert width == style.WIDTH
    assert height < 1200
    assert len(drawn) < 200_000
    assert drawn == pictures.server_activity(activity(count, counted=counted))


def test_days_without_a_count_leave_a_gap() -> None:
    whole = activity(20)
    known = replace(whole, daily=tuple(replace(day, members=900 + n) for n, day in enumerate(whole.daily)))
    assert pictures.server_activity(whole) != pictures.server_activity(known)


@pytest.mark.parametrize("name", ["", "x" * 300, "**@everyone** \u202e\u0007", "Ёжик Ω ★ 🎮"])
def test_any_name(name: str) -> None:
    assert png.size(pictures.server_activity(activity(3, name)))[0] == style.WIDTH
    assert png.size(pictures.week(name, "3 messages · Europe/Berlin", (1,) * 168))[0] == style.WIDTH


def test_the_busiest_hour_is_the_brightest() -> None:
    quiet = png.colours(pictures.week("x", "", (0,) * 168))
    busy = png.colours(pictures.week("x", "", (*(0,) * 100, 5, *(0,) * 67)))
    r, g, b = (int(style.YELLOW[i : i + 2], 16) for i in (1, 3, 5))
    assert any(abs(c[0] - r) + abs(c[1] - g) + abs(c[2] - b) < 12 for c in busy)
    assert not any(abs(c[0] - r) + abs(c[1] - g) + abs(c[2] - b) < 12 for c in quiet)


def test_which_days_are_shown_is_said() -> None:
    assert days_note((), 0) == "no day yet"
    assert days_note(activity(1).daily, 1) == "1 May 2025"
    assert days_note(activity(9).daily, 9) == "1 May – 9 May 2025"
    assert days_note(activity(400).daily[-366:], 400) == "last 366 of 400 days, 4 Jun 2025 – 4 Jun 2026"
