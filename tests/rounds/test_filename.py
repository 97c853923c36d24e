"""What the name of a round file says, and which names are none."""

import re
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.rounds.filename import NotARoundFile, is_companion, read_name


def test_a_name_is_stamp_map_and_round() -> None:
    name = read_name("2025-10-26-203013-etl_sp_delivery-round-2.txt")
    assert (name.stamp, name.map, name.round) == (datetime(2025, 10, 26, 20, 30, 13), "etl_sp_delivery", 2)  # noqa: DTZ001


@pytest.mark.parametrize("map_", ["supply", "te-escape-2", "a_b-c.d", "map-round-1", "karte mit raum", "ñandú", "-"])
def test_a_map_may_be_called_nearly_anything(map_: str) -> None:
    name = read_name(f"2025-01-01-000000-{map_}-round-1.txt")
    assert (name.map, name.round) == (map_, 1)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "supply-round-1.txt",
        "2025-01-01-200000-supply-round-3.txt",
        "2025-01-01-200000-supply-round-0.txt",
        "2025-01-01-200000-supply-round-1.TXT",
        "2025-01-01-200000-supply-round-1.txt.tmp",
        "2025-01-01-200000-supply-round-1.txt\n",
        ".2025-01-01-200000-supply-round-1.txt",
        "2025-01-01-20000-supply-round-1.txt",
        "2025-01-01 200000-supply-round-1.txt",
        "٢٠٢٥-01-01-200000-supply-round-1.txt",
        "2025-01-01-200000--round-1.txt",
        "2025-01-01-200000-../../etc/passwd-round-1.txt",
        "../2025-01-01-200000-supply-round-1.txt",
        "2025-01-01-200000-..\\x-round-1.txt",
        "2025-01-01-200000-a\0b-round-1.txt",
        "2025-01-01-200000-a\nb-round-1.txt",
        f"2025-01-01-200000-{'m' * 65}-round-1.txt",
        "2025-01-01-200000-supply-round-1-endstats.txt",
        "2025-01-01-200000-supply-round-1_ws.txt",
    ],
)
def test_other_names_are_refused_with_the_right_form(name: str) -> None:
    with pytest.raises(NotARoundFile, match=r"is not YYYY-MM-DD-HHMMSS-<map>-round-<1 or 2>\.txt"):
        read_name(name)


@pytest.mark.parametrize("stamp", ["2025-13-01-200000", "2025-02-29-200000", "2025-01-01-246000", "0000-01-01-000000"])
def test_a_stamp_must_be_a_moment(stamp: str) -> None:
    with pytest.raises(NotARoundFile, match=re.escape(f"'{stamp}' is not a date and a time of day")):
        read_name(f"{stamp}-supply-round-1.txt")


@pytest.mark.parametrize(
    ("name", "companion"),
    [
        ("2025-01-01-200000-supply-round-1-endstats.txt", True),
        ("2025-01-01-200000-supply-round-2_ws.txt", True),
        ("2025-01-01-200000-supply-round-1.txt", False),
        ("notes.txt", False),
    ],
)
def test_companions_are_known(name: str, companion: bool) -> None:
    assert is_companion(name) is companion


@given(st.text(max_size=40))
def test_any_text_is_a_name_or_refused(text: str) -> None:
    try:
        name = read_name(text)
    except NotARoundFile:
        return
    assert name.file == text


@given(
    st.datetimes(datetime(2003, 1, 1), datetime(2090, 1, 1)),  # noqa: DTZ001
    st.from_regex(r"[A-Za-z0-9_.-]{1,64}", fullmatch=True),
    st.sampled_from((1, 2)),
)
def test_what_is_written_is_read(stamp: datetime, map_: str, number: int) -> None:
    name = read_name(f"{stamp:%Y-%m-%d-%H%M%S}-{map_}-round-{number}.txt")
    assert (name.stamp, name.map, name.round) == (stamp.replace(microsecond=0), map_, number)
