"""Values as text: foreign names made harmless, clocks, days, changes."""

from datetime import datetime, timedelta
from typing import Final

from rich.text import Text

from muster.stats.formulas import NO_DATA
from muster.stats.values import PlayerRef, Record, Scope
from muster.stats.words import clock as clock
from muster.stats.words import plain as plain

_PERIODS: Final = {"all": "all time", "week": "this week", "month": "this month", "season": "this season"}


def name(player: PlayerRef) -> str:
    """A player's name; his GUID where nothing of it can be seen."""
    shown = plain(player.name).strip()
    return f"{shown or plain(player.key)}{' (bot)' if player.is_bot else ''}"


def number(value: int | None) -> str:
    """A whole number with thousands separators."""
    return NO_DATA if value is None else f"{value:,}"


def change(value: float | None, decimals: int = 0) -> str:
    """A difference with its sign; 0 has none."""
    if value is None:
        return NO_DATA
    shown = f"{value:+,.{decimals}f}"
    return shown if any(digit in shown for digit in "123456789") else shown[1:]


def span(seconds: float) -> str:
    """A longer time: `2 h 35 m`, `35 m`, below a minute `40 s`."""
    if seconds < 60:
        return f"{round(seconds)} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours:,} h {minutes:02d} m" if hours else f"{minutes} m"


def day(number: int) -> str:
    """YYYYMMDD as 2025-10-26."""
    return f"{number // 10000:04d}-{number // 100 % 100:02d}-{number % 100:02d}"


def weekday(number: int) -> str:
    """YYYYMMDD as Sun 2025-10-26."""
    try:
        return f"{datetime.fromisoformat(day(number)):%a} {day(number)}"
    except ValueError:
        return day(number)


def date(moment: datetime | None) -> str:
    """The UTC day of a moment; say `UTC` near it."""
    return NO_DATA if moment is None else f"{moment:%Y-%m-%d}"


def minute(moment: datetime) -> str:
    """A moment to the minute, UTC; say `UTC` near it."""
    return f"{moment:%Y-%m-%d %H:%M}"


def hours_of_day(ended_at: datetime, seconds: float) -> str:
    """From when to when, as 18:58–22:31 UTC."""
    return f"{ended_at - timedelta(seconds=seconds):%H:%M}–{ended_at:%H:%M} UTC"


def record(results: Record) -> str:
    """Won, drawn, lost as 41–3–29."""
    return f"{results.won:,}–{results.drawn:,}–{results.lost:,}"


def counted(count: int, one: str, many: str | None = None) -> str:
    """A number and its noun: `1 round`, `12 rounds`, `3 match-ups`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def scope(asked: Scope, weapon: str | None = None) -> list[str]:
    """What part of the history was asked for, in words."""
    period = asked.period.name
    words = [_PERIODS.get(period, plain(period))]
    if asked.map is not None:
        words.append(f"map {plain(asked.map)}")
    if weapon is not None:
        words.append(f"weapon {plain(weapon)}")
    if asked.server is not None:
        words.append(f"server {plain(asked.server)}")
    return words


def joined(*parts: Text | str, sep: str = " · ") -> Text:
    """Parts on one line, the empty ones left out."""
    return Text(sep).join(part if isinstance(part, Text) else Text(part) for part in parts if part)


def alias(name: str) -> str:
    """A name somebody went by."""
    return plain(name).strip() or "(nothing to be seen)"
