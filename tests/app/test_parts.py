"""Parts begin together and end together: one that dies takes the others along, by its name."""

import asyncio
import time

import pytest

from muster.ops import parts
from muster.ops.parts import Part, PartDied, supervise


class Recorder:
    """Parts that note when they stop."""

    def __init__(self) -> None:
        self.ended: list[str] = []

    def part(self, name: str, *, lingers: float = 0.0, dies: Exception | None = None, ends: bool = False) -> Part:
        async def run(stop: asyncio.Event) -> None:
            if dies is not None:
                await asyncio.sleep(0.05)
                raise dies
            if not ends:
                await stop.wait()
            await asyncio.sleep(lingers)
            self.ended.append(name)

        return Part(name, run, patience=0.3)


async def test_a_stop_ends_them_in_order() -> None:
    recorder, stop = Recorder(), asyncio.Event()
    task = asyncio.create_task(supervise([recorder.part("a", lingers=0.1), recorder.part("b")], stop))
    await asyncio.sleep(0.05)
    assert not task.done()
    stop.set()
    await task
    assert recorder.ended == ["a", "b"]


async def test_one_that_dies_ends_the_others() -> None:
    recorder = Recorder()
    parts = [recorder.part("a"), recorder.part("b", dies=ZeroDivisionError("a bug")), recorder.part("c")]
    with pytest.raises(PartDied, match="b: a bug") as died:
        await supervise(parts, asyncio.Event())
    assert (died.value.name, type(died.value.error)) == ("b", ZeroDivisionError)
    assert recorder.ended == ["a", "c"]


async def test_one_that_just_ends_is_as_bad() -> None:
    with pytest.raises(PartDied, match="a: it ended"):
        await supervise([Recorder().part("a", ends=True)], asyncio.Event())


async def test_one_that_does_not_stop_is_broken_off() -> None:
    recorder, stop = Recorder(), asyncio.Event()
    stop.set()
    began = time.monotonic()
    await supervise([recorder.part("slow", lingers=60), recorder.part("b")], stop)
    assert recorder.ended == ["b"]
    assert time.monotonic() - began < 2


async def test_whoever_waits_for_them_may_be_cancelled() -> None:
    recorder = Recorder()
    task = asyncio.create_task(supervise([recorder.part("a")], asyncio.Event()))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert recorder.ended == ["a"]


async def test_however_many_parts_linger_a_stop_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "LONGEST_STOP", 0.5)
    recorder, stop = Recorder(), asyncio.Event()
    stop.set()
    began = asyncio.get_running_loop().time()
    await supervise([recorder.part(str(n), lingers=5) for n in range(8)], stop)
    assert recorder.ended == []
    assert asyncio.get_running_loop().time() - began < 8 * 0.3, "less than the patience with each"
