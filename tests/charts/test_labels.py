"""Words of the pictures."""

import pytest

from muster.charts.labels import counted, day_label, duration, map_labels, short_day, weapon_label
from muster.model.fields import WEAPONS


def test_days() -> None:
    assert day_label(20251012) == "Sun 12 Oct 2025"
    assert short_day(20250103) == "3 Jan"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.4, "59 s"), (59.6, "1 min"), (2280, "38 min"), (3599, "1 h 00 min"), (8820, "2 h 27 min")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_numbers_with_their_word() -> None:
    assert [counted(n, "round") for n in (0, 1, 18)] == ["0 rounds", "1 round", "18 rounds"]


def test_weapons_by_the_names_people_use() -> None:
    names = [weapon_label(weapon) for weapon in WEAPONS]
    assert len(set(names)) == len(WEAPONS)
    assert {"MP40", "Thompson", "Kar98", "Rifle grenade", "Ka-Bar", "FG42", "Panzerfaust"} <= set(names)


def test_maps_lose_the_prefix_that_tells_the_game() -> None:
    short = map_labels(["etl_adlernest", "te_escape2", "sw_goldrush_te", "supply", "etl_ice", "erdenberg_t2"])
    assert list(short.values()) == ["adlernest", "escape2", "goldrush_te", "supply", "etl_ice", "erdenberg_t2"]


def test_maps_stay_different() -> None:
    short = map_labels(["etl_supply", "sw_supply", "supply", "te_escape2"])
    assert list(short.values()) == ["etl_supply", "sw_supply", "supply", "escape2"]
