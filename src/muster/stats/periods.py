"""Stretches of time that a question may be asked for, by the words people type."""

import re
from calendar import monthrange
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

WORDS: Final = ("today", "week", "month", "season", "all")
"""The words `parse` knows beside `YYYY`, `YYYY-MM` and `YYYY-MM-DD`."""

_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_MONTHS_IN_SEASON = 3


class Grain(StrEnum):
    """How finely a period cuts: whole months are answered from rollups, days are not."""

    ALL = "all"
    MONTHS = "months"
    DAYS = "days"


class Period(msgspec.Struct, frozen=True):
    """A stretch of days on the game servers' own clocks, both ends included, as YYYYMMDD. `name` is canonical."""

    name: str = "all"
    grain: Grain = Grain.ALL
    first_day: int = 0
    last_day: int = 99991231

    @property
    def first_month(self) -> int:
        """YYYYMM of the first day."""
        return self.first_day // 100

    @property
    def last_month(self) -> int:
        """YYYYMM of the last day."""
        return self.last_day // 100


ALL_TIME: Final = Period()


class UnknownPeriod(ValueError):
    """A text that names no period; the message says what does."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text!r} is no period; say {', '.join(WORDS)}, a year (2025), a month (2025-10) or a day (2025-10-26)"
        )


def parse(text: str | None, now: datetime) -> Period:
    """The period a text names; no text is all time. `now` is the asker's clock: its date is today.

    A week is the calendar week from Monday on, a season the calendar quarter. Raises UnknownPeriod.
    """
    word = (text or "all").strip().lower()
    today = now.date()
    match word:
        case "all":
            return ALL_TIME
        case "today":
            return _days(word, today, today)
        case "week":
            monday = today - timedelta(days=today.weekday())
            return _days(word, monday, monday + timedelta(days=6))
        case "month":
            return _months(word, today.year, today.month, today.month)
        case "season":
            first = today.month - (today.month - 1) % _MONTHS_IN_SEASON
            return _months(word, today.year, first, first + _MONTHS_IN_SEASON - 1)
    return _written(word, text or "")


def _written(word: str, text: str) -> Period:
    found = _DATE.fullmatch(word)
    if found is None:
        raise UnknownPeriod(text)
    year, month, day = (int(part) if part else None for part in found.groups())
    assert year is not None
    try:
        if month is None:
            return _months(f"{date(year, 1, 1).year:04d}", year, 1, 12)
        if day is None:
            return _months(f"{date(year, month, 1):%Y-%m}", year, month, month)
        chosen = date(year, month, day)
    except ValueError:
        raise UnknownPeriod(text) from None
    return _days(chosen.isoformat(), chosen, chosen)


def _months(name: str, year: int, first: int, last: int) -> Period:
    end = date(year, last, monthrange(year, last)[1])
    return Period(name, Grain.MONTHS, _number(date(year, first, 1)), _number(end))


def _days(name: str, first: date, last: date) -> Period:
    return Period(name, Grain.DAYS, _number(first), _number(last))


def _number(day: date) -> int:
    return day.year * 10000 + day.month * 100 + day.day
