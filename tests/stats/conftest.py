"""Simulated seasons that several tests ask about. Read only: files and what really happened."""

from datetime import date

import pytest

from tests.stats.truth import Truth, season


@pytest.fixture(scope="session")
def months(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    """Twelve evenings of October and November, every layout there is, with everything that goes wrong on servers."""
    folder = tmp_path_factory.mktemp("months")
    return season(folder, nights=12, players=8, community=18, seed=3, rounds_per_night=14, until=date(2025, 11, 12))


@pytest.fixture(scope="session")
def week(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    """Three evenings of today's layout, undisturbed."""
    return season(
        tmp_path_factory.mktemp("week"), nights=3, players=8, community=12, seed=5, rounds_per_night=12, oddities=False
    )
