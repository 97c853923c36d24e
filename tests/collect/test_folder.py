"""A watched folder: nothing waits for the next listing, whenever it comes."""

import asyncio
from pathlib import Path

import pytest

from muster.collect.folder import watch
from tests.building import put_pair


async def test_a_file_that_comes_while_the_first_are_imported(tmp_path: Path) -> None:
    first = put_pair(tmp_path, hour=8)
    second: tuple[Path, ...] = ()
    stop = asyncio.Event()
    got: list[Path] = []
    async with asyncio.timeout(10):
        async for files in watch(tmp_path, stop):
            got += files
            if not second:
                second = put_pair(tmp_path, hour=9)
                await asyncio.sleep(0.5)
            if set(got) == {*first, *second}:
                stop.set()
    assert stop.is_set()


async def test_who_watches_may_leave(tmp_path: Path) -> None:
    """The stop of whoever asked is his own."""
    put_pair(tmp_path)
    stop = asyncio.Event()
    watching = watch(tmp_path, stop)
    assert len(await anext(watching)) == 2
    await watching.aclose()  # type: ignore[attr-defined]
    assert not stop.is_set()


async def test_a_stop_ends_it(tmp_path: Path) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(0.2, stop.set)
    async with asyncio.timeout(5):
        assert [files async for files in watch(tmp_path, stop)] == []


async def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        async for _ in watch(tmp_path / "none"):
            pass
