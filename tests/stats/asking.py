"""Asking questions in tests: a store filled with invented or real rounds, and a reader of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from muster.rounds.importer import Importer, ServerChoice, find
from muster.store.engine import Reader, Store, parse_url
from muster.store.upgrade import upgrade


@asynccontextmanager
async def asked(url: str, *paths: Path, servers: ServerChoice | None = None) -> AsyncIterator[Reader]:
    """A reader of a store that holds the round files of these folders and nothing else."""
    async with Store(parse_url(url)) as store:
        await upgrade(store)
        await Importer(store, servers).run(find(paths)[0])
        async with store.read() as reader:
            yield reader
