"""Importing in tests: a store that is ready, folders taken in at once or in pieces, and a look at what came of it."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa

from muster.rounds.importer import Importer, ImportReport, ServerChoice, find
from muster.rounds.importer.rebuild import Difference, verify
from muster.store.engine import Store, parse_url
from muster.store.fingerprint import fingerprint
from muster.store.upgrade import upgrade
from tests.conftest import ROOT


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    """A store with its schema."""
    async with Store(parse_url(url)) as store:
        await upgrade(store)
        yield store


async def take(store: Store, *paths: Path, servers: ServerChoice | None = None, retry: bool = False) -> ImportReport:
    """Imports files and the round files of folders."""
    return await Importer(store, servers).run(find(paths)[0], retry=retry)


async def mark(store: Store) -> str:
    """The store's fingerprint."""
    async with store.read() as reader:
        return (await fingerprint(reader))[0]


async def change(store: Store, sql: str, **values: object) -> None:
    """Runs a statement that changes something."""
    async with store.write() as writer:
        await writer.run(sa.text(sql), values)


async def query(store: Store, sql: str, **values: object) -> list[tuple[Any, ...]]:
    """Rows of a query."""
    async with store.read() as reader:
        return [tuple(row) for row in await reader.all(sa.text(sql), values)]


async def statuses(store: Store) -> dict[str, str]:
    """File → where its round stands."""
    return dict(await query(store, "SELECT file, status FROM rounds"))


async def register(store: Store) -> list[tuple[str, str, str | None]]:
    """File, status and reason of everything that came, sorted."""
    return sorted(
        (name, status, reason or "")
        for name, status, reason in await query(store, "SELECT filename, status, reason FROM processed_files")
    )


async def differences(store: Store) -> list[Difference]:
    """What `verify` finds."""
    return await verify(store)


def rounds_in(*folders: Path) -> list[Path]:
    """The round files of folders, sorted."""
    return find(folders)[0]


def pieces(files: Sequence[Path], size: int) -> list[list[Path]]:
    return [list(files[at : at + size]) for at in range(0, len(files), size)]


def shuffled(files: Sequence[Path], seed: int) -> list[Path]:
    return Random(seed).sample(list(files), len(files))


async def mark_after(url: str, *portions: Sequence[Path]) -> str:
    """The fingerprint of a fresh database that took the portions one after another."""
    async with opened(url) as store:
        for portion in portions:
            await Importer(store).run(portion)
        return await mark(store)


PROGRAM = """
import asyncio, sys
from pathlib import Path
from muster.rounds.importer import Importer
from muster.store.engine import Store, parse_url
from muster.store.upgrade import upgrade

async def main(url, size, *names):
    paths = [Path(name) for name in names]
    async with Store(parse_url(url)) as store:
        await upgrade(store)
        print("ready", flush=True)
        for at in range(0, len(paths), int(size)):
            await Importer(store).run(paths[at : at + int(size)])

if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
"""


def start_import(url: str, files: Sequence[Path], size: int, **environment: str) -> subprocess.Popen[str]:
    """A process that imports files in portions of `size`, in the order given. It says `ready` when it begins."""
    return start(PROGRAM, url, str(size), *map(str, files), **environment)


def start(program: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """A Python of its own, with this Muster."""
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")} | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(*processes: subprocess.Popen[str]) -> None:
    """Waits until they are done; fails with what one of them had to complain about."""
    for process in processes:
        _, complaint = process.communicate(timeout=120)
        assert process.returncode == 0, complaint
