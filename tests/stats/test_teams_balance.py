"""Even splits: none better is left out, and a search among many comes as close."""

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.rounds import rating
from muster.rounds.rating import Skill
from muster.stats.teams_balance import EXACT, even_halves, seats, splits
from muster.stats.values import PlayerRef
from muster.stats.values.teams import Seat
from tests.building import put_pair
from tests.stats.asking import asked

WORTH = st.lists(st.floats(0, 50), min_size=2, max_size=9).map(lambda worth: sorted(worth, reverse=True))


def apart(worth: list[float], chosen: frozenset[int]) -> float:
    return abs(2 * sum(worth[i] for i in chosen) - sum(worth))


def all_halves(count: int) -> list[frozenset[int]]:
    """Every split once, as the team of the first."""
    sizes = {count // 2, count - count // 2}
    return [frozenset(c) for size in sizes for c in combinations(range(count), size) if 0 in c]


@given(WORTH)
def test_no_split_is_more_even(worth: list[float]) -> None:
    found = even_halves(worth, 3)
    best = sorted(apart(worth, chosen) for chosen in all_halves(len(worth)))[:3]
    assert [apart(worth, chosen) for chosen in found] == pytest.approx(best, abs=1e-6)
    assert len(set(found)) == len(found) == min(3, len(all_halves(len(worth))))
    assert all(0 in chosen for chosen in found)


@pytest.mark.parametrize("count", [15, 16, 23, 48])
def test_many_players(count: int) -> None:
    random = Random(count)
    worth = sorted((random.gauss(25, 6) for _ in range(count)), reverse=True)
    found = even_halves(worth, 3)
    assert count > EXACT
    assert len(set(found)) == 3
    assert {len(chosen) for chosen in found} <= {count // 2, count - count // 2}
    if count % 2 == 0:
        assert max(apart(worth, chosen) for chosen in found) < 1
    else:
        # One more player is worth much: only a split of very unequal players is even.
        assert [apart(worth, chosen) for chosen in found] == sorted(apart(worth, chosen) for chosen in found)
    if count == 16:
        best = min(apart(worth, chosen) for chosen in all_halves(count))
        assert apart(worth, found[0]) <= best + 0.5


def test_equal_players_are_split_too() -> None:
    for count in (2, 3, 12, 20, 40):
        assert even_halves([25.0] * count, 3)


def margin(first: Sequence[Seat], second: Sequence[Seat]) -> float:
    return rating.margin(*([Skill(seat.mu, seat.sigma) for seat in team] for team in (first, second)))


def seat(number: int, mu: float) -> Seat:
    return Seat(PlayerRef(f"K{number}", f"p{number}"), mu, 5.0, round(1000 + 40 * (mu - 15)), False)


def test_splits_stand_by_rating_and_know_their_margin() -> None:
    players = [seat(number, mu) for number, mu in enumerate((20, 35, 25, 30))]
    found = splits(players, margin)
    assert [[one.player.key for one in found[0].first], [one.player.key for one in found[0].second]] == [
        ["K1", "K0"], ["K3", "K2"]
    ]  # fmt: skip
    assert found[0].margin == 0
    assert [abs(split.margin) for split in found] == sorted(abs(split.margin) for split in found)
    assert len(found) == 3


async def test_a_newcomer_has_a_newcomers_rating(sqlite_url: str, tmp_path: Path) -> None:
    put_pair(tmp_path)
    new = Skill()
    async with asked(sqlite_url, tmp_path) as reader:
        rated = await seats(reader, ["AAAAAA00", "AAAAAA01"], (new.mu, new.sigma))
    assert [one.is_new for one in rated] == [False, False]
    assert rated[0].shown != rated[1].shown
