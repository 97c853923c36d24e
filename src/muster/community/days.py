"""The one day rule: when a day begins, for messages and members alike."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from muster.config import Settings

EPOCH = date(1970, 1, 1)
QUARTER = 900_000
"""Milliseconds. Clocks of all zones differ from UTC by whole quarters of an hour, so days begin on one."""


class DayRule:
    """The days of a community: its time zone, and the hour at which a day ends and the next begins."""

    def __init__(self, timezone: str = "UTC", cutoff_hour: int = 0) -> None:
        self.timezone = timezone
        self.cutoff_hour = cutoff_hour
        self._zone = ZoneInfo(timezone)
        self._at = lru_cache(4096)(self._of_quarter)

    def place(self, ms: int) -> tuple[int, int]:
        """Day (since 1970) and hour of the week (Monday 0:00 is 0) of a moment in milliseconds."""
        return self._at(ms // QUARTER)

    def day(self, moment: datetime) -> date:
        """The day a moment belongs to."""
        return (moment.astimezone(self._zone) - timedelta(hours=self.cutoff_hour)).date()

    def begin(self, day: date) -> datetime:
        """When a day begins, in UTC."""
        return datetime(day.year, day.month, day.day, self.cutoff_hour, tzinfo=self._zone).astimezone(UTC)

    def _of_quarter(self, quarter: int) -> tuple[int, int]:
        local = datetime.fromtimestamp(quarter * QUARTER / 1000, self._zone)
        day = (local.replace(tzinfo=None) - timedelta(hours=self.cutoff_hour)).date()
        return (day - EPOCH).days, local.weekday() * 24 + local.hour


def rule_of(settings: Settings) -> DayRule:
    """The days as they are configured."""
    return DayRule(settings.timezone, settings.day_cutoff_hour)


def date_of(day: int) -> date:
    """The date of a day counted since 1970."""
    return EPOCH + timedelta(days=day)
