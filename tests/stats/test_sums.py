"""The measures in SQL and the rollups' own: the same numbers, whichever of them answers."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from muster.stats.periods import Grain, Period, parse
from muster.stats.source import binds, shape_of
from muster.stats.sums import NAMES, totals_by_player, weapon_totals_by_player
from muster.stats.values import EVERYTHING, Scope, Totals
from muster.store.engine import Reader
from tests.stats.asking import asked
from tests.stats.truth import Truth

NOW = datetime(2025, 11, 12, 20, tzinfo=UTC)
EVERY_DAY = Period("every day", Grain.DAYS, 0, 99991231)


async def totals(reader: Reader, scope: Scope) -> dict[int, Totals]:
    rows = await reader.all(totals_by_player(shape_of(scope), NAMES), binds(scope))
    return {row[0]: Totals(*row[1:]) for row in rows}


async def weapon_totals(reader: Reader, scope: Scope, weapon: int) -> list[tuple[int, ...]]:
    rows = await reader.all(weapon_totals_by_player(shape_of(scope)), {**binds(scope), "weapon": weapon})
    return sorted(tuple(row) for row in rows)


async def test_rounds_and_rollups_say_the_same(db_url: str, months: Truth) -> None:
    async with asked(db_url, months.folder) as reader:
        rolled_up = await totals(reader, EVERYTHING)
        assert len(rolled_up) > 10
        assert await totals(reader, Scope(EVERY_DAY)) == rolled_up
        november = Scope(parse("2025-11", NOW))
        days = Period("days", Grain.DAYS, 20251101, 20251130)
        assert await totals(reader, Scope(days)) == await totals(reader, november) != rolled_up
        for map_ in {r["map"] for r in months.rounds}:
            assert await totals(reader, Scope(EVERY_DAY, map_)) == await totals(reader, Scope(map=map_))


async def test_weapons_and_their_rollup_say_the_same(db_url: str, months: Truth) -> None:
    async with asked(db_url, months.folder) as reader:
        for weapon in (0, 4, 11, 27):
            rolled_up = await weapon_totals(reader, EVERYTHING, weapon)
            assert rolled_up
            assert await weapon_totals(reader, Scope(EVERY_DAY), weapon) == rolled_up


async def test_a_map_within_months_is_counted_from_rounds(sqlite_url: str, months: Truth) -> None:
    by_month: dict[int, int] = {}
    for line in months.lines:
        if line.map == "supply":
            by_month[line.day // 100] = by_month.get(line.day // 100, 0) + line["kills"]
    assert len(by_month) > 1
    async with asked(sqlite_url, months.folder) as reader:
        for month, kills in by_month.items():
            scope = Scope(parse(f"{month // 100}-{month % 100:02d}", NOW), "supply")
            assert sum(t.kills for t in (await totals(reader, scope)).values()) == kills


async def test_a_server_by_its_name(db_url: str, week: Truth) -> None:
    async with asked(db_url, week.folder) as reader:
        name = await reader.scalar(sa.text("SELECT name FROM servers"))
        everything = await totals(reader, EVERYTHING)
        assert await totals(reader, Scope(server=name)) == everything
        assert await totals(reader, Scope(EVERY_DAY, server=name)) == everything
        assert await totals(reader, Scope(server="another")) == {}
        assert await totals(reader, Scope(EVERY_DAY, server="another")) == {}


@pytest.mark.parametrize("cents", [0, 49, 50, 51, 149, 150, 250, 251, 350, 123_450])
async def test_halves_go_to_the_even_number(db_url: str, cents: int) -> None:
    from muster.stats.sums import _HalfEven

    async with asked(db_url) as reader:
        value = sa.cast(sa.literal_column(str(cents)), sa.Double()) / sa.literal_column("100")
        assert await reader.scalar(sa.select(_HalfEven(value))) == round(cents / 100)
