"""Values as text, and foreign names made harmless."""

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from muster.cli.show import text
from muster.stats.periods import Period
from muster.stats.values import EVERYTHING, PlayerRef, Record, Scope


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("plain", "plain"),
        ("Żółw", "Żółw"),
        ("名無し", "名無し"),
        ("[red]boo[/red]", "[red]boo[/red]"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("\x9b31mcsi", "31mcsi"),
        ("\x1b]0;title\x07x", "]0;titlex"),
        ("\u202egnol\u2066", "gnol"),
        ("a\nb\tc\r", "a b c"),
        ("zero\u200bwidth\ufeff\u00ad", "zerowidth"),
        ("fam\u200dily\ufe0f", "family"),
        ("z" + "\u0301" * 40 + "a", "z\u0301\u0301a"),
        ("שלום", "שלום\u200e"),
        ("\ud800lone", "lone"),
        ("tag\U000e0041", "tag"),
    ],
)
def test_foreign_text_is_made_harmless(given: str, shown: str) -> None:
    assert text.plain(given) == shown


@given(st.text())
def test_nothing_that_acts_on_a_terminal_is_left(foreign: str) -> None:
    shown = text.plain(foreign)
    assert not [char for char in shown if unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn")]
    assert {char for char in shown if unicodedata.category(char) == "Cf"} <= {"\u200e"}
    assert text.plain(shown) == shown
    assert cell_len(shown) >= 0


@pytest.mark.parametrize("name", ["", "   ", "\u3164", "\u2800\u2800", "\x1b\x07", "\u202e"])
def test_a_name_nobody_can_see_gives_way_to_the_guid(name: str) -> None:
    assert text.name(PlayerRef("AAAAAA00", name)) == "AAAAAA00"


def test_a_bot_is_called_one() -> None:
    assert text.name(PlayerRef("OMNIBOT0 vic", "vic", is_bot=True)) == "vic (bot)"


@pytest.mark.parametrize(
    ("seconds", "shown"), [(443, "7:23"), (0, "0:00"), (59.99, "0:59"), (389.9999999, "6:30"), (6000, "100:00")]
)
def test_a_clock(seconds: float, shown: str) -> None:
    assert text.clock(seconds) == shown


def test_an_unknown_time_is_a_dash() -> None:
    assert text.clock(None) == text.number(None) == text.change(None) == text.date(None) == "–"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (40, "40 s"),
        (2100, "35 m"),
        (9300, "2 h 35 m"),
        (3600, "1 h 00 m"),
        (3599, "1 h 00 m"),
        (3_960_000, "1,100 h 00 m"),
    ],
)
def test_a_span(seconds: float, shown: str) -> None:
    assert text.span(seconds) == shown


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [(1234.5, 1, "+1,234.5"), (-0.19, 2, "-0.19"), (0.004, 2, "0.00"), (-0.004, 2, "0.00"), (0, 0, "0")],
)
def test_a_change(value: float, decimals: int, shown: str) -> None:
    assert text.change(value, decimals) == shown


def test_days_and_hours() -> None:
    assert text.day(20251026) == "2025-10-26"
    assert text.weekday(20251026) == "Sun 2025-10-26"
    assert text.weekday(99991341) == "9999-13-41"
    assert text.hours_of_day(datetime(2025, 10, 27, 0, 5, tzinfo=UTC), 3900) == "23:00–00:05 UTC"


def test_counts() -> None:
    assert text.record(Record(1041, 3, 29)) == "1,041–3–29"
    assert text.counted(1, "match", "matches") == "1 match"
    assert text.counted(1200, "round") == "1,200 rounds"


def test_a_scope() -> None:
    assert text.scope(EVERYTHING) == ["all time"]
    asked = Scope(Period("2025-10"), map="supply", server="dry\x1b.dock")
    assert text.scope(asked, "MP40") == ["2025-10", "map supply", "weapon MP40", "server dry.dock"]
    assert text.scope(Scope(Period("week"))) == ["this week"]
