"""Discord away, the database away: the program stays, and all is well soon after. See `tests.app.outage`."""

import signal
from collections.abc import Iterator
from pathlib import Path

import discord
import pytest

from muster.bot import online
from tests.app.outage import database_away, discord_away
from tests.app.restarts import Restartable, restartable
from tests.conftest import IN_CI
from tests.postgres import PostgresUnavailable


@pytest.fixture(scope="module")
def server() -> Iterator[Restartable]:
    try:
        with restartable() as server:
            yield server
    except PostgresUnavailable as error:
        (pytest.fail if IN_CI else pytest.skip)(f"PostgreSQL cannot be started: {error}")


def test_pauses_between_attempts_stay_short() -> None:
    """The library's own grow up to 17 minutes: a bot that stays away long after Discord is back."""
    pauses = discord.shard.ExponentialBackoff()  # type: ignore[attr-defined]
    assert isinstance(pauses, online.Patience)
    assert max(pauses.delay() for _ in range(500)) <= 16


async def test_discord_away(sqlite_url: str, tmp_path: Path) -> None:
    outcome = await discord_away(tmp_path, sqlite_url, 3)
    assert outcome.faults == []
    assert outcome.posted < 10


@pytest.mark.postgres
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["restarted", "crashed"])
async def test_database_away(server: Restartable, tmp_path: Path, how: signal.Signals) -> None:
    outcome = await database_away(tmp_path, server, f"away_{how.name.lower()}", 1, how)
    assert outcome.faults == []
    assert outcome.refused
    assert outcome.posted < 20
