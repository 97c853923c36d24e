"""Waiting for the first of several things: the others end, however they take it."""

import asyncio
import time

import pytest

from muster.announce import waiting
from muster.announce.waiting import first_of


async def test_the_others_are_cancelled() -> None:
    ended: list[str] = []

    async def forever() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("cancelled")

    await first_of(forever(), asyncio.sleep(0.01))
    await first_of(forever(), seconds=0.01)
    assert ended == ["cancelled"] * 2


async def test_an_error_is_raised() -> None:
    async def fails() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await first_of(fails(), asyncio.sleep(60))


async def test_a_cancellation_that_gets_lost_is_said_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it happens to `wait_for` before Python 3.12."""
    monkeypatch.setattr(waiting, "AGAIN", 0.05)

    async def deaf() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(60)

    began = time.monotonic()
    await first_of(deaf(), asyncio.sleep(0.01))
    assert time.monotonic() - began < 10
