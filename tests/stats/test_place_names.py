"""Which map or server a text means."""

import pytest

from muster.stats.place_names import UnknownPlace, find, known
from muster.stats.places import maps, servers
from muster.stats.values import EVERYTHING, Scope
from tests.stats.asking import asked
from tests.stats.truth import Truth

NAMES = ["te_escape2", "supply", "sw_goldrush_te", "etl_supply", "Adlernest", "adlernest"]


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("supply", "supply"),
        ("SUPPLY", "supply"),
        ("goldrush", "sw_goldrush_te"),
        ("etl", "etl_supply"),
        ("Adlernest", "Adlernest"),
        ("adlernest", "adlernest"),
    ],
)
def test_what_is_meant(text: str, means: str) -> None:
    assert find("map", text, NAMES) == means


@pytest.mark.parametrize(
    ("text", "names", "told"),
    [
        ("te", NAMES, "'te' is part of several names; say one of te_escape2, sw_goldrush_te"),
        ("ADLERNEST", NAMES, "'ADLERNEST' is part of several names; say one of Adlernest, adlernest"),
        ("suply", NAMES, "'suply' is no map known here; there is supply, etl_supply"),
        ("qqq", NAMES, "'qqq' is no map known here; there is te_escape2, supply, "),
        ("x", [], "There is no map yet, because no round is stored"),
        ("q", [f"m{n}" for n in range(30)], "m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11 and 18 more"),
    ],
)
def test_what_is_told_where_nothing_is_meant(text: str, names: list[str], told: str) -> None:
    with pytest.raises(UnknownPlace) as failed:
        find("map", text, names)
    assert told in str(failed.value)


async def test_a_scope_gets_the_names_of_the_store(db_url: str, week: Truth) -> None:
    async with asked(db_url, week.folder) as reader:
        (server,) = await servers(reader)
        map_ = (await maps(reader))[0]
        assert await known(reader, EVERYTHING) == EVERYTHING
        assert await known(reader, Scope(map=f" {map_.upper()} ", server=server[1:])) == Scope(map=map_, server=server)
        assert await known(reader, Scope(map=" ")) == EVERYTHING
        with pytest.raises(UnknownPlace, match="is no game server known here; there is "):
            await known(reader, Scope(server="nobody's"))
