"""Balanced teams: the splits of some players whose summed ratings come closest. Pure but for reading the ratings."""

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Final

from muster.stats.formulas import shown_rating
from muster.stats.ratings import skills
from muster.stats.values.rankings import Skill
from muster.stats.values.teams import Seat, Split
from muster.store.engine import Reader

EXACT: Final = 14
"""Players up to whom every split is looked at: 1,716 of them."""
_STARTS: Final = 24
"""Splits that a search among more players begins with."""

Margin = Callable[[Sequence[Seat], Sequence[Seat]], float]
"""The first team's advantage over the second, in deviations."""
Newcomer = tuple[float, float]
"""mu and sigma of somebody without a rating."""


async def seats(reader: Reader, keys: Sequence[str], newcomer: Newcomer) -> tuple[Seat, ...]:
    """Players with their ratings, in the order asked for. Raises UnknownPlayer."""
    return tuple(_seat(skill, newcomer) for skill in await skills(reader, keys))


def splits(players: Sequence[Seat], margin: Margin, most: int = 3) -> tuple[Split, ...]:
    """The most even splits of two or more players, the best first; of an odd number one team has one more."""
    listed = sorted(players, key=lambda seat: (-seat.mu, seat.player.key))
    found = []
    for chosen in even_halves([seat.mu for seat in listed], most):
        first = tuple(seat for i, seat in enumerate(listed) if i in chosen)
        second = tuple(seat for i, seat in enumerate(listed) if i not in chosen)
        found.append(Split(first, second, margin(first, second)))
    return tuple(found)


def even_halves(worth: Sequence[float], most: int) -> list[frozenset[int]]:
    """Places of one team of the splits whose sums are closest, the closest first. `worth` comes in falling order.

    Whoever comes first stands in this team. A split's uncertainty is the same whoever stands where, so that the sums
    alone decide. Exact up to EXACT players; beyond, the best that swaps lead to from many starts.
    """
    count = len(worth)
    total = sum(worth)
    sizes = {count // 2, count - count // 2}
    candidates = (
        (frozenset((0, *rest)) for size in sizes for rest in combinations(range(1, count), size - 1))
        if count <= EXACT
        else _searched(worth, sizes)
    )
    apart = {chosen: abs(2 * sum(worth[i] for i in chosen) - total) for chosen in candidates}
    return sorted(apart, key=lambda chosen: (round(apart[chosen], 9), sorted(chosen)))[:most]


def _searched(worth: Sequence[float], sizes: set[int]) -> set[frozenset[int]]:
    """Splits that no swap of two players makes more even, and those a swap away from being so."""
    found: set[frozenset[int]] = set()
    for size in sizes:
        for start in range(_STARTS):
            found.update(_descended(worth, _start(len(worth), size, start)))
    return found


def _start(count: int, size: int, number: int) -> set[int]:
    """A split to begin with: every so many players, from a place on, the first of all among them."""
    step = 2 + number % 5
    dealt = [(number + i * step) % count for i in range(count)]
    order = list(dict.fromkeys((0, *dealt, *range(count))))
    return set(order[:size])


def _descended(worth: Sequence[float], chosen: set[int]) -> list[frozenset[int]]:
    """The ways of a split to a more even one, swap by swap: where it began, the last but one, the last."""
    way = [frozenset(chosen)]
    apart = 2 * sum(worth[i] for i in chosen) - sum(worth)
    while True:
        others = [i for i in range(len(worth)) if i not in chosen]
        swaps = ((abs(apart - 2 * (worth[i] - worth[j])), i, j) for i in chosen if i for j in others)
        best, out, into = min(swaps, default=(abs(apart), 0, 0))
        if best >= abs(apart) - 1e-9:
            return way
        apart -= 2 * (worth[out] - worth[into])
        chosen = chosen - {out} | {into}
        way.append(frozenset(chosen))


def _seat(skill: Skill, newcomer: Newcomer) -> Seat:
    is_new = skill.mu is None or skill.sigma is None
    mu, sigma = newcomer if skill.mu is None or skill.sigma is None else (skill.mu, skill.sigma)
    return Seat(skill.player, mu, sigma, shown_rating(mu, sigma), is_new)
