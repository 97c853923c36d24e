"""Stretches of time that files are fetched of: the last days or weeks, a month, all."""

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from muster.collect.collector import Listed
from muster.rounds.filename import read_name
from muster.rounds.pairing import PARTNER_WINDOW

WORDS: Final = ("1day", "2days", "1week", "2weeks", "1month", "3months", "all")
"""What is offered; any number goes."""

_AGO = re.compile(r"(?:last\s*)?(\d{1,4})\s*(h|hours?|d|days?|w|weeks?|m|months?|y|years?)")
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_LENGTHS: Final = {
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(days=7),
    "m": timedelta(days=30),
    "y": timedelta(days=365),
}
_ALONE: Final = {"today": "1d", "day": "1d", "week": "1w", "month": "1m", "year": "1y"}


class UnknownSpan(ValueError):
    """A text that names no stretch of time; the message says what does."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is no period; say 2days, 1week, 1month, all, or a date such as 2025-10")


class Span(msgspec.Struct, frozen=True):
    """From when to when files count by their names, on the server's clock; None is open. `name` is as asked."""

    name: str
    begin: datetime | None = None
    end: datetime | None = None

    def of(self, files: Iterable[Listed]) -> list[Listed]:
        """The files within it, and those just before: a round 2 needs its round 1."""
        begin = None if self.begin is None else self.begin - PARTNER_WINDOW
        return [file for file in files if self._holds(read_name(file.name).stamp, begin)]

    def _holds(self, stamp: datetime, begin: datetime | None) -> bool:
        return (begin is None or stamp >= begin) and (self.end is None or stamp < self.end)


def parse(text: str, now: datetime, zone: str = "UTC") -> Span:
    """The span a text names, on the clock of a zone. `now` is aware. Raises UnknownSpan."""
    word = " ".join(text.lower().split())
    local = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if word in ("all", "everything"):
        return Span("all")
    ago = _AGO.fullmatch(_ALONE.get(word, word))
    if ago is not None:
        try:
            return Span(word, local - int(ago[1]) * _LENGTHS[ago[2][0]])
        except OverflowError:
            return Span("all")
    found = _DATE.fullmatch(word)
    if found is None:
        raise UnknownSpan(text)
    try:
        return _dated(word, *(int(part) if part else None for part in found.groups()))
    except (ValueError, OverflowError):
        raise UnknownSpan(text) from None


def _dated(word: str, year: int | None, month: int | None, day: int | None) -> Span:
    assert year is not None
    begin = datetime(year, month or 1, day or 1)  # noqa: DTZ001 - naive by nature: the server's wall clock
    if day is not None:
        return Span(word, begin, begin + timedelta(days=1))
    days = monthrange(year, month)[1] if month else (datetime(year, 12, 31) - begin).days + 1  # noqa: DTZ001
    return Span(word, begin, begin + timedelta(days=days))
