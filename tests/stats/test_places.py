"""Where was played, and what is offered while somebody types."""

from pathlib import Path

from muster.stats.places import fitting, maps, servers
from tests.building import put, six
from tests.stats.asking import asked
from tests.stats.truth import Truth


async def test_maps_the_most_played_first(db_url: str, months: Truth) -> None:
    async with asked(db_url, months.folder) as reader:
        found = await maps(reader)
    assert sorted(found) == sorted({line.map for line in months.lines})
    played = [sum(line.map == name for line in months.lines) for name in found]
    assert played == sorted(played, reverse=True)


async def test_servers(db_url: str, tmp_path: Path) -> None:
    for number, server in enumerate(("^1two towers", "Tower", "other")):
        put(tmp_path, f"2025-01-0{number + 1}-200000", 1, *six(), server=server)
    async with asked(db_url, tmp_path) as reader:
        assert await servers(reader) == ["Tower", "other", "two towers"]


def test_what_is_typed_anywhere_in_a_name() -> None:
    names = ["supply", "etl_ice", "ice", "etl_supply", "et_brewdog"]
    assert fitting(names, "SUP") == ["supply", "etl_supply"]
    assert fitting(names, " et", 2) == ["et_brewdog", "etl_ice"]
    assert fitting(names, "") == sorted(names)
    assert fitting(names, "x") == []
