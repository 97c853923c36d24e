"""Broken files in numbers: see `tests.importer.mutate`, which tries many more."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muster.rounds.filename import read_name
from muster.rounds.parse import Rejected, normalise, parse
from tests.importer.mutate import REASON, WOUNDS, gather, run, wounded
from tests.importer.working import opened

CASES = 1_500
"""For each database."""


@pytest.fixture(scope="session")
def nights(tmp_path_factory: pytest.TempPathFactory) -> list[list[Path]]:
    return gather(tmp_path_factory.mktemp("nights"), 1)


async def test_whatever_comes_is_answered_and_nothing_is_stored_by_halves(
    db_url: str, nights: Sequence[Sequence[Path]]
) -> None:
    async with opened(db_url) as store:
        outcome = await run(store, nights, CASES, seed=len(db_url.partition(":")[0]))
    assert outcome.faults == []
    assert outcome.counts["imported"] > CASES / 5
    assert outcome.counts["rejected"] > CASES / 5


async def test_every_refusal_names_line_and_field(sqlite_url: str, nights: Sequence[Sequence[Path]]) -> None:
    async with opened(sqlite_url) as store:
        outcome = await run(store, nights, 500, seed=3)
    assert not outcome.unnamed


@settings(max_examples=300)
@given(st.integers(0, 2**32), st.data())
def test_a_broken_file_is_read_or_refused(nights: list[list[Path]], seed: int, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from([path for night in nights for path in night]))
    broken = wounded(Random(seed), path.read_bytes())
    reason = refusal(path.name, broken)
    assert reason is None or REASON.match(reason), reason


def refusal(name: str, data: bytes) -> str | None:
    """Why the reader does not take it, None where it does."""
    try:
        parse(read_name(name), normalise(data))
    except Rejected as error:
        return str(error)
    return None


def test_every_wound_can_be_dealt_to_anything() -> None:
    for wound in set(WOUNDS):
        for data in (b"x", b"\n", b"a\\b\tc d:1\n", b"\\" * 9):
            for seed in range(50):
                assert isinstance(wound(Random(seed), data), bytes)
