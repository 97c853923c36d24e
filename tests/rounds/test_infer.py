"""Sides for input that lacks them, with a confidence."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.rounds.infer import FIRST, SECOND, Evidence, Guess, infer_sides, level


def one(evidence: Evidence, first: int = 0, second: int = 0) -> Guess:
    (guess,) = infer_sides([evidence], first, second)
    return guess


@pytest.mark.parametrize(
    ("confidence", "word"),
    [(1.0, "high"), (0.9, "high"), (0.8999, "medium"), (0.7, "medium"), (0.6999, "low"), (0.5, "low")],
)
def test_words_for_a_confidence(confidence: float, word: str) -> None:
    assert level(confidence) == word
    assert Guess("x", FIRST, confidence).level == word


@pytest.mark.parametrize(
    ("evidence", "side", "word"),
    [
        (Evidence("x", seconds_first=600), FIRST, "high"),
        (Evidence("x", seconds_second=600, seconds_first=30), SECOND, "high"),
        (Evidence("x", rounds_second=1), SECOND, "medium"),
        (Evidence("x", rounds_first=9), FIRST, "high"),
        (Evidence("x", objectives_first=1), FIRST, "medium"),
        (Evidence("x", objectives_second=3), SECOND, "high"),
        (Evidence("x", rounds_first=1, objectives_second=1), FIRST, "low"),
        (Evidence("x", seconds_first=600, rounds_second=2), FIRST, "high"),
    ],
)
def test_evidence_speaks_for_a_side(evidence: Evidence, side: int, word: str) -> None:
    guess = one(evidence)
    assert (guess.side, guess.level) == (side, word)


def test_without_evidence_the_smaller_side_is_filled() -> None:
    assert one(Evidence("x"), first=3, second=2) == Guess("x", SECOND, 0.6)
    assert one(Evidence("x"), first=2, second=2).confidence == 0.5


def test_without_evidence_skill_is_balanced() -> None:
    guesses = infer_sides([Evidence(key, skill=skill) for key, skill in zip("abcd", (30, 20, 10, 0), strict=True)])
    sides = {guess.key: guess.side for guess in guesses}
    assert sides["a"] != sides["b"]
    assert sorted(sides.values()) == [FIRST, FIRST, SECOND, SECOND]


EVIDENCE = st.lists(
    st.builds(
        Evidence,
        st.uuids().map(str),
        st.sampled_from((0.0, 60.0, 600.0)),
        st.sampled_from((0.0, 60.0, 600.0)),
        st.integers(0, 9),
        st.integers(0, 9),
        st.integers(0, 5),
        st.integers(0, 5),
        st.floats(0, 50),
    ),
    max_size=8,
    unique_by=lambda evidence: evidence.key,
)


@given(EVIDENCE, st.integers())
def test_everybody_gets_a_side_in_whatever_order(players: list[Evidence], seed: int) -> None:
    guesses = infer_sides(players)
    assert sorted(guess.key for guess in guesses) == sorted(player.key for player in players)
    assert all(guess.side in (FIRST, SECOND) and 0.5 <= guess.confidence <= 1 for guess in guesses)
    assert infer_sides(Random(seed).sample(players, len(players))) == guesses
