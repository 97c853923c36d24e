"""Stretches of time, as admins type them."""

from datetime import UTC, datetime

import pytest

from muster.collect.collector import Listed
from muster.collect.spans import Span, UnknownSpan, parse

NOW = datetime(2025, 10, 27, 12, 0, tzinfo=UTC)


def listed(*stamps: str) -> list[Listed]:
    return [Listed(f"{stamp}-supply-round-1.txt", stamp) for stamp in stamps]


def held(span: Span, *stamps: str) -> list[str]:
    return [file.place for file in span.of(listed(*stamps))]


@pytest.mark.parametrize(
    ("text", "begin"),
    [
        ("today", "2025-10-26 12:00"),
        ("24h", "2025-10-26 12:00"),
        ("2days", "2025-10-25 12:00"),
        ("2 days", "2025-10-25 12:00"),
        ("last 2 days", "2025-10-25 12:00"),
        ("1week", "2025-10-20 12:00"),
        ("Week", "2025-10-20 12:00"),
        ("1month", "2025-09-27 12:00"),
        ("month", "2025-09-27 12:00"),
        ("1y", "2024-10-27 12:00"),
    ],
)
def test_so_long_ago(text: str, begin: str) -> None:
    assert parse(text, NOW) == Span(text.lower(), datetime.fromisoformat(begin))


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("2025-10-26", "2025-10-26", "2025-10-27"),
        ("2025-10", "2025-10-01", "2025-11-01"),
        ("2024-2", "2024-02-01", "2024-03-01"),
        ("2025", "2025-01-01", "2026-01-01"),
    ],
)
def test_dates(text: str, begin: str, end: str) -> None:
    assert parse(text, NOW) == Span(text, datetime.fromisoformat(begin), datetime.fromisoformat(end))


def test_all() -> None:
    assert held(parse("all", NOW), "1999-01-01-000000", "2030-01-01-000000") == [
        "1999-01-01-000000",
        "2030-01-01-000000",
    ]
    assert parse("9999y", NOW) == Span("all")


@pytest.mark.parametrize("text", ["", "yesteryear", "2025-13", "2025-02-30", "0000", "2025-10-26-20", "-1d", "1e3d"])
def test_what_is_none(text: str) -> None:
    with pytest.raises(UnknownSpan, match="is no period"):
        parse(text, NOW)


def test_the_clock_is_the_servers() -> None:
    span = parse("1h", NOW, "Europe/Ljubljana")
    assert span.begin == datetime(2025, 10, 27, 12, 0)  # noqa: DTZ001 - the server's wall clock


def test_a_round_1_just_before_comes_along_and_the_next_day_does_not() -> None:
    span = parse("2025-10-26", NOW)
    stamps = ("2025-10-25-231400", "2025-10-25-231600", "2025-10-26-000000", "2025-10-26-235959", "2025-10-27-000000")
    assert held(span, *stamps) == list(stamps[1:4])
