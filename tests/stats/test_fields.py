"""The extended fields that are not kept but follow from the others."""

import pytest

from muster.model.fields import FIELDS, KEPT
from muster.stats.fields import extended, meatshield


def row(**known: object) -> dict[str, object]:
    kept = [known.get(name, 0) for name in KEPT]
    kills, deaths, shots, seconds = (known.get(name, 0) for name in ("kills", "deaths", "shots", "seconds"))
    return extended(kills, deaths, shots, seconds, kept)  # type: ignore[arg-type]


def test_every_field_in_the_order_of_the_file() -> None:
    assert tuple(row()) == tuple(field.name for field in FIELDS)


def test_what_follows_from_the_others() -> None:
    told = row(kills=9, deaths=4, shots=321, seconds=396, damage_given=2200, damage_received=2000, time_played_pct=78.4)
    assert told["kd"] == 2.25
    assert told["bullets_fired"] == 321
    assert told["time_played_min"] == 6.6
    assert told["dpm"] == pytest.approx(2200 / 6.6)
    assert told["tank_meatshield"] == pytest.approx(2000 / 4 / 130)
    assert told["time_dead_ratio"] == 21.6


def test_unknown_stays_unknown() -> None:
    told = row(kills=3, seconds=None, damage_given=500, time_played_pct=None, repairs=None)
    assert [told[name] for name in ("dpm", "time_played_min", "time_dead_ratio", "repairs")] == [None] * 4
    assert told["kd"] == 3.0


@pytest.mark.parametrize(
    ("received", "deaths", "wanted"),
    [(1000, 1, 0.0), (1001, 1, 7.7), (1560, 4, 0.0), (1561, 4, 3.0019230769230767), (1300, 0, 10.0)],
)
def test_the_meatshield(received: int, deaths: int, wanted: float) -> None:
    assert meatshield(received, deaths) == pytest.approx(wanted)
