"""Every metric against a hand calculation, and against what it says of itself."""

import statistics
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.stats import metrics
from muster.stats.formulas import Kind, shown_rating, shown_uncertainty
from muster.stats.metrics import METRICS, WEAPON_METRICS, UnknownMetric, find
from muster.stats.values import GATES, Gates, Totals, WeaponTotals
from muster.store.measures import MEASURES

SOME = Totals(
    rounds=40, rounds_won=18, rounds_lost=20, seconds=24_000, timed_damage=120_000, alive_seconds=18_000,
    alive_of_seconds=24_000, alive_damage=120_000, useful_of_kills=400, denied_playtime=2_000,
    denied_of_seconds=12_000, repairs_of_rounds=10, revives_of_rounds=20, kills=500, deaths=400, headshots=300,
    hits=4_000, shots=9_000, aimed_hits=3_000, aimed_shots=8_000, damage_given=125_000, damage_received=100_000,
    kill_assists=80, useful_kills=200, dynamites_planted=8, dynamites_defused=4, repairs=5, revives_given=30,
    times_revived=60, objectives_stolen=2, objectives_returned=6, xp=7_000,
)  # fmt: skip

BY_HAND: dict[str, float] = {
    "kd": 500 / 400,
    "accuracy": 37.5,
    "headshot_rate": 10.0,
    "dpm": 300.0,
    "efficiency": 100 * 5 / 9,
    "damage_efficiency": 1.25,
    "kpr": 12.5,
    "dpr": 10.0,
    "adr": 3125.0,
    "survival": 75.0,
    "frag_potential": 400.0,
    "useful_share": 50.0,
    "denied_per_minute": 10.0,
    "revive_rate": 1.5,
    "times_revived_per_death": 0.15,
    "objective_score": (8 + 4 + 2 + 6) / 40 + 5 / 10,
    "support_score": 80 / 40 + 30 / 20,
    "win_rate": 100 * 18 / 38,
    "hours": 24_000 / 3600,
}


def test_totals_have_the_measures_of_the_rollups_in_their_order() -> None:
    assert Totals.__struct_fields__ == tuple(measure.name for measure in MEASURES)


@pytest.mark.parametrize("key", BY_HAND)
def test_a_ratio_by_hand(key: str) -> None:
    assert METRICS[key].of(SOME) == pytest.approx(BY_HAND[key])


def test_every_ratio_was_calculated_by_hand() -> None:
    ratios = {key for key, metric in METRICS.items() if metric.kind is Kind.RATIO}
    assert ratios - set(BY_HAND) == {"consistency"}


def test_a_sum_is_its_measure() -> None:
    sums = [metric for metric in METRICS.values() if metric.kind is Kind.SUM and metric.key != "hours"]
    assert {metric.key: metric.of(SOME) for metric in sums} == {m.key: getattr(SOME, m.key) for m in sums}


@pytest.mark.parametrize("key", METRICS)
def test_without_data_there_is_no_value(key: str) -> None:
    assert METRICS[key].of(Totals()) is None
    assert METRICS[key].show(None) == "–"


@pytest.mark.parametrize("key", ["objectives_stolen", "objectives_returned"])
def test_no_objective_of_servers_that_never_count_them_is_unknown(key: str) -> None:
    """They are those that tell denied playtime; older ones mean a 0 as they write it."""
    old = Totals(rounds=3, seconds=900)
    new = Totals(rounds=3, seconds=900, denied_of_seconds=300)
    assert METRICS[key].of(old) == 0
    assert METRICS[key].of(new) is None
    assert METRICS[key].of(msgspec.structs.replace(new, **{key: 2})) == 2
    assert "shown as –" in METRICS[key].definition


def test_unknown_is_not_zero() -> None:
    """Layouts without revives, repairs and denied time."""
    old = msgspec.structs.replace(
        SOME, revives_of_rounds=0, revives_given=0, repairs_of_rounds=0, repairs=0, denied_of_seconds=0, seconds=0
    )
    for key in ("revives_given", "revive_rate", "repairs", "denied_playtime", "denied_per_minute", "dpm", "hours"):
        assert METRICS[key].of(old) is None
    assert METRICS["support_score"].of(old) == 2.0
    assert METRICS["objective_score"].of(old) == 0.5


def test_without_a_death_kd_is_kills() -> None:
    assert METRICS["kd"].of(Totals(rounds=1, kills=7)) == 7.0


class _Looked:
    """Totals that remember what was looked at."""

    def __init__(self) -> None:
        self.at: set[str] = set()

    def __getattr__(self, name: str) -> int:
        self.at.add(name)
        return 20


@pytest.mark.parametrize("key", METRICS)
def test_a_metric_needs_what_it_looks_at(key: str) -> None:
    looked: Any = _Looked()
    METRICS[key].of(looked)
    assert looked.at - {"rounds", "seconds"} <= set(METRICS[key].needs)
    assert set(METRICS[key].needs) - {"aimed_shots"} <= looked.at


@given(st.lists(st.integers(500, 6000), min_size=10, max_size=60))
def test_consistency_is_the_sample_deviation(tenths: list[int]) -> None:
    t = Totals(dpm_rounds=len(tenths), dpm_sum=sum(tenths), dpm_squares=sum(n * n for n in tenths))
    wanted = 100 * (1 - statistics.stdev(tenths) / statistics.mean(tenths))
    assert METRICS["consistency"].of(t) == pytest.approx(min(max(wanted, 0), 100), abs=1e-6)


def test_consistency_takes_ten_rounds_and_stays_within_bounds() -> None:
    def of(tenths: list[int]) -> float | None:
        sums = Totals(dpm_rounds=len(tenths), dpm_sum=sum(tenths), dpm_squares=sum(n * n for n in tenths))
        return METRICS["consistency"].of(sums)

    assert of([3000] * 9) is None
    assert of([3000] * 10) == 100
    assert of([10_000] + [0] * 19) == 0


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("kills", "kills"), ("K/D", "kd"), ("kdr", "kd"), ("ACC", "accuracy"), ("headshot rate", "headshot_rate"),
        ("Headshot-Kills", "headshot_kills"), ("damage", "damage_given"), ("revives", "revives_given"),
        ("playtime", "hours"), ("support", "support_score"), ("win rate", "win_rate"), ("bullets_fired", "shots"),
        ("Triple kills", "multi3"),
    ],
)  # fmt: skip
def test_people_find_metrics_by_usual_names(text: str, key: str) -> None:
    assert find(text).key == key


def test_a_wrong_name_is_told_what_is_near() -> None:
    with pytest.raises(UnknownMetric, match="accuracy"):
        find("acuracy")


def test_no_two_metrics_share_a_name() -> None:
    names = [
        metrics._plain(name) for m in METRICS.values() for name in {*map(metrics._plain, (*m.aliases, m.title, m.key))}
    ]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("kills", 12345, "12,345"), ("kd", 1.256, "1.26"), ("accuracy", 37.46, "37.5%"), ("hours", 12.34, "12.3 h"),
        ("dpm", 412.5, "412"), ("rating", 1532, "1,532"),
    ],
)  # fmt: skip
def test_how_values_are_shown(key: str, value: float, shown: str) -> None:
    assert METRICS[key].show(value) == shown


def test_gates() -> None:
    assert METRICS["kills"].gate(GATES) == (10, 0)
    assert METRICS["kd"].gate(GATES) == (20, 0)
    assert METRICS["accuracy"].gate(GATES) == METRICS["headshot_rate"].gate(GATES) == (20, 500)
    assert METRICS["rating"].gate(GATES) == (10, 0)
    assert METRICS["accuracy"].gate(Gates(1, 2, 3)) == (2, 3)


def test_one_weapon() -> None:
    assert set(WEAPON_METRICS) == {"kills", "deaths", "headshots", "accuracy", "headshot_rate"}
    w = WeaponTotals(rounds=4, hits=40, shots=100, kills=9, deaths=3, headshots=10)
    values = {key: METRICS[key].of_weapon(w) for key in WEAPON_METRICS}  # type: ignore[misc]
    assert values == {"kills": 9, "deaths": 3, "headshots": 10, "accuracy": 40.0, "headshot_rate": 25.0}


def test_a_newcomer_has_1000_points() -> None:
    assert shown_rating(25, 25 / 3) == 1000
    assert shown_rating(30, 2) == 1960
    assert shown_uncertainty(25 / 3) == 333
