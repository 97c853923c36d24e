"""Words and dates as periods."""

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.stats.periods import ALL_TIME, WORDS, Grain, UnknownPeriod, parse

NOW = datetime(2025, 10, 29, 1, 30, tzinfo=UTC)  # a Wednesday
MOMENTS = st.dates(date(2000, 1, 1), date(2099, 12, 31)).map(lambda day: datetime.combine(day, time(12), UTC))


@pytest.mark.parametrize(
    ("text", "name", "grain", "first", "last"),
    [
        ("today", "today", Grain.DAYS, 20251029, 20251029),
        ("Week", "week", Grain.DAYS, 20251027, 20251102),
        ("month", "month", Grain.MONTHS, 20251001, 20251031),
        ("season", "season", Grain.MONTHS, 20251001, 20251231),
        ("2024", "2024", Grain.MONTHS, 20240101, 20241231),
        ("2024-02", "2024-02", Grain.MONTHS, 20240201, 20240229),
        (" 2025-2 ", "2025-02", Grain.MONTHS, 20250201, 20250228),
        ("2025-10-26", "2025-10-26", Grain.DAYS, 20251026, 20251026),
    ],
)
def test_what_a_text_means(text: str, name: str, grain: Grain, first: int, last: int) -> None:
    period = parse(text, NOW)
    assert (period.name, period.grain, period.first_day, period.last_day) == (name, grain, first, last)
    assert (period.first_month, period.last_month) == (first // 100, last // 100)


def test_nothing_means_all_time() -> None:
    assert parse(None, NOW) == parse("", NOW) == parse("all", NOW) == ALL_TIME


@pytest.mark.parametrize("text", ["yesterday", "2025-13", "2025-02-30", "25", "2025-10-26-1", "0000", "-1"])
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(UnknownPeriod, match="season"):
        parse(text, NOW)


@given(MOMENTS, st.sampled_from(WORDS))
def test_a_word_holds_today(now: datetime, word: str) -> None:
    period = parse(word, now)
    assert period.first_day <= int(f"{now:%Y%m%d}") <= period.last_day


@given(MOMENTS)
def test_a_season_is_a_quarter_and_a_week_seven_days(now: datetime) -> None:
    season, week = parse("season", now), parse("week", now)
    assert season.last_month - season.first_month == 2
    assert season.first_month % 100 in (1, 4, 7, 10)
    first, last = (datetime.strptime(str(day), "%Y%m%d").replace(tzinfo=UTC) for day in (week.first_day, week.last_day))
    assert (last - first).days == 6
    assert first.weekday() == 0


@given(MOMENTS, st.sampled_from(("%Y", "%Y-%m", "%Y-%m-%d")))
def test_a_written_period_has_its_own_text_as_name(now: datetime, form: str) -> None:
    assert parse(now.strftime(form), NOW).name == now.strftime(form)
