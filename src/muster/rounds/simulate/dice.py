"""Chance that falls the same on every machine.

Everything is made of ``Random.random()`` (the one sequence Python promises to keep between versions) and of
+ - * /, which IEEE 754 rounds alike everywhere: no ``log``, ``exp`` or ``pow`` of a platform's own C library.
"""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """A seeded source of chance. ``random`` is the bound generator, for loops that are in a hurry."""

    __slots__ = ("random",)

    def __init__(self, seed: int) -> None:
        self.random = Random(seed).random

    def chance(self, probability: float) -> bool:
        return self.random() < probability

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.random()

    def whole(self, low: int, high: int) -> int:
        """An integer from ``low`` to ``high``, both included."""
        return low + int(self.random() * (high - low + 1))

    def about(self, mean: float) -> int:
        """``mean`` as an integer, rounded up or down by chance, so that the average is kept."""
        return int(mean + self.random())

    def bell(self) -> float:
        """Roughly normal: mean 0, standard deviation 1, never beyond 3.5."""
        random = self.random
        return (random() + random() + random() + random() - 2.0) * 1.7320508

    def pick(self, choices: Sequence[T]) -> T:
        return choices[int(self.random() * len(choices))]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        keyed = [(self.random(), place) for place in range(len(items))]
        return [items[place] for _, place in sorted(keyed)]
