"""What is offered while somebody types."""

from pathlib import Path

from muster.stats.choices import game_servers, maps
from tests.building import put, six
from tests.stats.asking import asked
from tests.stats.truth import Truth


async def test_maps(db_url: str, months: Truth) -> None:
    played = sorted({line.map for line in months.lines})
    async with asked(db_url, months.folder) as reader:
        assert await maps(reader) == tuple(played)
        assert await maps(reader, "SUP") == ("supply",)
        assert await maps(reader, "et", limit=2) == tuple(name for name in played if name.startswith("et"))[:2]
        inside = await maps(reader, "ice")
        assert inside
        assert all("ice" in name for name in inside)


async def test_servers(db_url: str, tmp_path: Path) -> None:
    for number, server in enumerate(("^1two towers", "Tower", "other")):
        put(tmp_path, f"2025-01-0{number + 1}-200000", 1, *six(), server=server)
    async with asked(db_url, tmp_path) as reader:
        assert await game_servers(reader) == ("Tower", "other", "two towers")
        assert await game_servers(reader, "tower") == ("Tower", "two towers")
