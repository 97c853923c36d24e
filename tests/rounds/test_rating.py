"""Ratings, chances, and how often the chances come true."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.rounds.rating import Contest, Skill, calibrate, chance, margin, rate

A, B = ("a1", "a2", "a3"), ("b1", "b2", "b3")


def contest(score_a: int, score_b: int) -> Contest:
    return Contest("m", A, B, score_a, score_b)


def test_winners_gain_losers_lose_everybody_becomes_surer() -> None:
    rated = rate(contest(2, 0), {})
    new = Skill()
    assert all(rated.after[key].mu > new.mu for key in A)
    assert all(rated.after[key].mu < new.mu for key in B)
    assert all(skill.sigma < new.sigma for skill in rated.after.values())
    assert rated.margin == 0


def test_a_draw_between_equals_moves_nobody() -> None:
    rated = rate(contest(1, 1), {})
    assert [skill.mu for skill in rated.after.values()] == pytest.approx([Skill().mu] * 6, abs=0.5)


def test_an_upset_moves_more_than_what_was_expected() -> None:
    strong = {key: Skill(35, 4) for key in A}
    upset, expected = rate(contest(0, 2), strong), rate(contest(2, 0), strong)
    assert strong["a1"].mu - upset.after["a1"].mu > expected.after["a1"].mu - strong["a1"].mu


def test_a_rating_is_what_somebody_is_worth_with_near_certainty() -> None:
    assert Skill(25, 5).conservative == 10


def test_uneven_numbers_are_rated_too() -> None:
    rated = rate(Contest("m", ("a",), ("b", "c"), 2, 0), {})
    assert set(rated.after) == {"a", "b", "c"}
    assert rated.margin < 0


SKILLS = st.lists(st.builds(Skill, st.floats(0, 50), st.floats(1, 9)), min_size=1, max_size=6)


@given(SKILLS, SKILLS)
def test_one_teams_advantage_is_the_others_disadvantage(a: list[Skill], b: list[Skill]) -> None:
    assert margin(a, b) == pytest.approx(-margin(b, a))
    assert chance(margin(a, b), 0.5) == pytest.approx(1 - chance(margin(b, a), 0.5))


def test_a_chance_grows_with_the_advantage_and_the_scale() -> None:
    assert chance(0, 1) == 0.5
    chances = [chance(advantage, 1) for advantage in (-2, -1, 0, 1, 2)]
    assert chances == sorted(chances)
    assert 0.5 < chance(1, 0.3) < chance(1, 1) < 1


def test_nothing_to_calibrate() -> None:
    assert calibrate([]) is None


def test_the_scale_of_a_made_up_world_is_found() -> None:
    random = Random(1)
    forecasts = []
    for _ in range(4000):
        advantage = random.gauss(0, 1.5)
        forecasts.append((advantage, float(random.random() < chance(advantage, 0.4))))
    found = calibrate(forecasts)
    assert found is not None
    assert found.scale == pytest.approx(0.4, abs=0.05)
    assert found.log_loss < found.log_loss_uncalibrated
    assert found.log_loss < found.log_loss_coin == math.log(2)
    assert found.accuracy is not None
    assert found.accuracy > 0.6


def test_forecasts_that_mean_nothing_are_scaled_to_a_coin() -> None:
    found = calibrate([(1.0, 1.0), (1.0, 0.0), (-1.0, 1.0), (-1.0, 0.0), (2.0, 0.5)])
    assert found is not None
    assert found.scale == pytest.approx(0, abs=0.01)
    assert found.log_loss == pytest.approx(math.log(2), abs=1e-6)
    assert found.accuracy == 0.5


def test_draws_alone_say_nothing_of_accuracy() -> None:
    found = calibrate([(0.5, 0.5)])
    assert found is not None
    assert found.accuracy is None
