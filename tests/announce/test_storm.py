"""A small storm; `python -m tests.announce.storm` is the whole one."""

from pathlib import Path

import pytest

from tests.announce.storm import run


@pytest.mark.slow
async def test_every_round_is_posted_once_and_in_order(db_url: str, tmp_path: Path) -> None:
    outcome = await run(tmp_path, db_url, rounds=40, kills=3, every=1.5, patience=60)
    assert outcome.faults == []
    assert outcome.kills == 3
    assert outcome.rounds > 30
