"""Seasons of simulated rounds, made once for all tests of a run."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from muster.rounds.simulate import simulate

Season = Callable[[int, int], Path]


@pytest.fixture(scope="session")
def season(tmp_path_factory: pytest.TempPathFactory) -> Season:
    """`season(nights, seed)`: a folder of simulated rounds with everything that goes wrong on real servers."""

    @cache
    def made(nights: int, seed: int) -> Path:
        out = tmp_path_factory.mktemp(f"season-{nights}-{seed}-")
        simulate(out, nights=nights, seed=seed)
        return out

    return made
