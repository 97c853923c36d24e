"""More rows at once than a statement takes parameters: 32,767 on PostgreSQL."""

from collections.abc import Awaitable, Callable

import pytest

from muster.store import evenings, files, people, skills
from muster.store.engine import Reader
from tests.importer.working import opened

MANY = range(1, 40_001)

LOOKUPS: dict[str, Callable[[Reader], Awaitable[object]]] = {
    "contents": lambda reader: files.contents(reader, MANY),
    "related files": lambda reader: files.related(reader, map(str, MANY), (b"%d" % n for n in MANY)),
    "known contents": lambda reader: files.known_content(reader, [str(n) for n in MANY]),
    "player ids": lambda reader: people.ids_of(reader, map(str, MANY)),
    "written names": lambda reader: people.written_names(reader, MANY),
    "rounds of files": lambda reader: evenings.rounds_of_files(reader, MANY),
    "who stood there": lambda reader: evenings.stands_of(reader, MANY),
    "samples": lambda reader: evenings.sample_rows(reader, MANY),
    "weapons": lambda reader: evenings.weapon_rows(reader, MANY),
    "sessions": lambda reader: evenings.sessions_of(reader, [str(n) for n in MANY]),
    "matches": lambda reader: evenings.matches_of(reader, [str(n) for n in MANY]),
    "ratings": lambda reader: skills.current(reader, MANY),
}


@pytest.mark.parametrize("lookup", LOOKUPS.values(), ids=LOOKUPS.keys())
async def test_a_lookup_takes_as_many_as_there_are(
    sqlite_url: str, lookup: Callable[[Reader], Awaitable[object]]
) -> None:
    async with opened(sqlite_url) as store, store.read() as reader:
        assert not await lookup(reader)


@pytest.mark.postgres
async def test_lookups_take_as_many_on_postgresql_too(postgresql_url: str) -> None:
    failed = []
    async with opened(postgresql_url) as store:
        for name, lookup in LOOKUPS.items():
            try:
                async with store.read() as reader:
                    assert not await lookup(reader)
            except Exception as error:  # noqa: BLE001 - which of them is the question
                failed.append(f"{name}: {str(error)[-80:]}")
    assert failed == []
