"""Whom a text means."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest

from muster.rounds.importer import Importer, find
from muster.rounds.importer.rebuild import rebuild
from muster.stats.names import lookup, suggest
from muster.stats.values import Candidate, Choice, Found, Nobody
from muster.store.engine import Reader, Store, parse_url
from tests.building import player, put
from tests.importer.working import change, opened
from tests.stats.asking import asked
from tests.stats.truth import Truth

PEOPLE = {
    "AAAAAAA1": ["^1Wolf^7gang", "Wolf"],
    "AAAAAAA2": ["wolfram"],
    "AAAAAAA3": ["Bjørn", "the_bear"],
    "AAAAAAA4": ["the%bear", "ÄRGER"],
    "BAAAAAA5": ["Marge", "wolfram"],
}


@asynccontextmanager
async def village(url: str, folder: Path) -> AsyncIterator[Reader]:
    """Everybody plays a round under each of his names, the last ones most; a bot is there too."""
    longest = max(len(names) for names in PEOPLE.values())
    for hour in range(longest + 1):
        lines = [player(key, name=names[min(hour, len(names) - 1)], kills=hour) for key, names in PEOPLE.items()]
        put(folder, f"2025-01-0{hour + 1}-200000", 1, *lines, player("OMNIBOT0", name="Wolfbot"))
    async with asked(url, folder) as reader:
        yield reader


def keys(found: Found | Choice | Nobody) -> list[str]:
    if isinstance(found, Choice):
        return [candidate.player.key for candidate in found.candidates]
    return [found.player.key] if isinstance(found, Found) else []


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("AAAAAAA2", "AAAAAAA2"),
        ("aaaaaaa2", "AAAAAAA2"),
        ("baaa", "BAAAAAA5"),
        ("wolf", "AAAAAAA1"),
        ("WOLFGANG", "AAAAAAA1"),
        ("marg", "BAAAAAA5"),
        ("bjøRN", "AAAAAAA3"),
        ("ärger", "AAAAAAA4"),
        ("THE_B", "AAAAAAA3"),
        ("the%", "AAAAAAA4"),
        ("  Wolf ", "AAAAAAA1"),
        ("wolfbot", "OMNIBOT0:Wolfbot"),
    ],
)
async def test_one_player_is_meant(db_url: str, tmp_path: Path, text: str, key: str) -> None:
    async with village(db_url, tmp_path) as reader:
        found = await lookup(reader, text)
    assert isinstance(found, Found)
    assert found.player.key == key


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("wolfram", {"AAAAAAA2", "BAAAAAA5"}),  # an exact name of both
        ("wol", {"AAAAAAA1", "AAAAAAA2", "BAAAAAA5"}),
        ("the", {"AAAAAAA3", "AAAAAAA4"}),
        ("aaaaaa", {"AAAAAAA1", "AAAAAAA2", "AAAAAAA3", "AAAAAAA4"}),
        ("wolfgong", {"AAAAAAA1"}),  # like one, which is not the same as being one
    ],
)
async def test_never_a_silent_first_hit(db_url: str, tmp_path: Path, text: str, wanted: set[str]) -> None:
    async with village(db_url, tmp_path) as reader:
        found = await lookup(reader, text)
    assert isinstance(found, Choice)
    assert wanted <= set(keys(found))
    if text != "wolfgong":
        assert wanted == set(keys(found))


@pytest.mark.parametrize("text", ["", "   ", "xqzzqx"])
async def test_nobody(sqlite_url: str, tmp_path: Path, text: str) -> None:
    async with village(sqlite_url, tmp_path) as reader:
        assert await lookup(reader, text) == Nobody(text)


async def test_a_choice_says_what_fits_and_is_short(sqlite_url: str, tmp_path: Path) -> None:
    async with village(sqlite_url, tmp_path) as reader:
        assert keys(await lookup(reader, "wol", limit=2)) == ["AAAAAAA2", "AAAAAAA1"]
        both = await lookup(reader, "wolfram")
    assert isinstance(both, Choice)
    assert [(c.player.key, c.player.name, c.alias, c.rounds, c.score) for c in both.candidates] == [
        ("AAAAAAA2", "wolfram", "wolfram", 3, 100),
        ("BAAAAAA5", "wolfram", "wolfram", 2, 100),
    ]


async def test_suggestions_while_typing(db_url: str, tmp_path: Path) -> None:
    async with village(db_url, tmp_path) as reader:
        assert [c.player.key for c in await suggest(reader, "wol")] == ["AAAAAAA2", "AAAAAAA1", "BAAAAAA5"]
        assert (await suggest(reader, "wolfgnag"))[0].player.key == "AAAAAAA1"
        everybody = await suggest(reader, "")
        assert {c.player.key for c in everybody} == set(PEOPLE)
        assert everybody[0].player.key == "AAAAAAA2"
        assert len(await suggest(reader, "", limit=2)) == 2
        assert await suggest(reader, "xqzzqx") == ()


async def offered(store: Store) -> list[tuple[Candidate, ...]]:
    """What is suggested by nothing and by every first character."""
    async with store.read() as reader:
        return [await suggest(reader, text, limit=1000) for text in ("", *"abcdefghijklmnopqrstuvwxyz.[-=")]


@pytest.mark.parametrize("seed", [1, 2])
async def test_names_kept_from_round_to_round_are_those_of_the_database(db_url: str, week: Truth, seed: int) -> None:
    """In any order: first rounds that come late have second rounds derived, and names counted, anew."""
    files = find([week.folder])[0]
    Random(seed).shuffle(files)
    async with opened(db_url) as store:
        for number, file in enumerate(files):
            await Importer(store).run([file])
            kept = await offered(store)
            if number % 10 == 0 or number == len(files) - 1:
                async with Store(parse_url(db_url)) as fresh:
                    assert kept == await offered(fresh)


async def test_only_who_played_since_is_read_again(db_url: str, tmp_path: Path) -> None:
    put(tmp_path, "2025-01-01-200000", 1, *(player(key, name=names[0]) for key, names in PEOPLE.items()))
    async with opened(db_url) as store:
        await Importer(store).run(find([tmp_path])[0])
        await offered(store)
        async with store.read() as reader:
            before = reader.kept["names"].known
        late = put(tmp_path, "2024-12-31-200000", 1, player("BAAAAAA5", name="Wendy"), player("CCCCCCC6", name="new"))
        await Importer(store).run([late])
        await offered(store)
        async with store.read() as reader:
            after = reader.kept["names"].known
            assert [one.alias for one in after] == ["Bjørn", "Marge", "new", "the%bear", "Wendy", "Wolfgang", "wolfram"]
            assert {one.key for one in after if not any(one is other for other in before)} == {"BAAAAAA5", "CCCCCCC6"}


async def test_names_are_read_again_after_a_rebuild(sqlite_url: str, tmp_path: Path) -> None:
    put(tmp_path, "2025-01-01-200000", 1, *(player(key, name=names[0]) for key, names in PEOPLE.items()))
    async with opened(sqlite_url) as store:
        await Importer(store).run(find([tmp_path])[0])
        right = await offered(store)
        await change(store, "UPDATE player_aliases SET name = 'astray'")
        await change(store, "UPDATE data_version SET version = version + 1 WHERE id = 1")
        assert await offered(store) == right  # nobody counted them anew
        await rebuild(store)
        assert await offered(store) == right
        async with Store(parse_url(sqlite_url)) as fresh:
            assert await offered(fresh) == right
