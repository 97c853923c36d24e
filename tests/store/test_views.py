"""What the views say of two rounds that were made up for it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from muster.store.engine import Store
from tests.building import player, put
from tests.importer.working import opened, query, take

KNIFE, MP40, GRENADE, SYRINGE = 0, 4, 11, 27


@pytest.fixture
async def store(db_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    """Ann (medic, Axis first) and Bo; completed in 8:20, then held for 8:20."""
    ann: dict[str, Any] = {"name": "^1Ann", "revives_given": 0, "xp": 20}
    bo: dict[str, Any] = {"name": "Bo", "kill_assists": 2, "useful_kills": 1, "useless_kills": 1}
    knife_and_all = {
        KNIFE: (1, 3, 1, 0, 0),
        MP40: (30, 90, 4, 2, 6),
        GRENADE: (9, 5, 1, 0, 0),
        SYRINGE: (2, 4, 1, 0, 0),
    }
    put(
        tmp_path,
        "2025-01-01-200000",
        1,
        player("AAAAAAA1", side=1, weapons=knife_and_all, damage_given=700, damage_received=200, gibs=1, **ann),
        player(
            "AAAAAAA2",
            side=2,
            weapons={
                MP40: (20, 80, 2, 4, 1),
                KNIFE: (0, 0, 0, 1, 0),
                GRENADE: (0, 0, 0, 1, 0),
                SYRINGE: (0, 0, 0, 1, 0),
            },
            damage_given=200,
            damage_received=700,
            **bo,
        ),
        next_limit="8:20",
    )
    put(
        tmp_path,
        "2025-01-01-201000",
        2,
        player("AAAAAAA1", side=2, rounds=1, weapons=knife_and_all, damage_given=700, damage_received=200, gibs=1)
        .replace("\t10.0\t", "\t18.3\t")
        .replace("\\n\\", "\\^1Ann\\"),
        player(
            "AAAAAAA2",
            side=1,
            rounds=1,
            weapons={
                MP40: (20, 80, 2, 4, 1),
                KNIFE: (0, 0, 0, 1, 0),
                GRENADE: (0, 0, 0, 1, 0),
                SYRINGE: (0, 0, 0, 1, 0),
            },
            damage_given=200,
            damage_received=700,
            time_played_min="18.3",
        ),
        winner=1,
        limit="8:20",
        next_limit="8:20",
    )
    async with opened(db_url) as store:
        await take(store, tmp_path)
        yield store


async def comprehensive(store: Store, name: str, number: int) -> dict[str, Any]:
    async with store.read() as reader:
        row = await reader.first(
            sa.text("SELECT * FROM player_comprehensive_stats WHERE player_name = :name AND round_num = :number"),
            {"name": name, "number": number},
        )
    assert row is not None
    return dict(row._mapping)


async def test_the_comprehensive_row_of_a_player(store: Store) -> None:
    row = await comprehensive(store, "Ann", 1)
    expected = {
        "session_id": "2025-01-01-200000",
        "map_name": "supply",
        "timestamp": "2025-01-01 20:00:00",
        "kills": 7,
        "deaths": 2,
        "damage_given": 700,
        "damage_received": 200,
        "headshots": 6,
        "gibs": 1,
        "weapon_hits": 42,
        "weapon_shots": 102,
        "weapon_kills": 7,
        "knife_kills": 1,
        "poison_kills": 1,
        "poison_deaths": 0,
        "kdr": 3.5,
        "kpr": 7.0,
        "dpr": 2.0,
        "damage_efficiency": 3.5,
        "time_played": 600,
        "time_axis": 600,
        "time_allies": None,
        "team": "axis",
        "round_winner": "allies",
        "won_round": 0,
        "team_detection_confidence": "high",
        "xp_total": 20,
        "map_id": "2025-01-01-200000-supply@host",
        "ammo_given": None,
        "health_given": None,
        "obj_captured": None,
        "obj_destroyed": None,
    }
    assert {name: row[name] for name in expected} == expected
    assert float(row["accuracy"]) == pytest.approx(100 * 30 / 90)
    assert float(row["efficiency"]) == pytest.approx(100 * 7 / 9)


async def test_ratios_are_the_same_kind_of_number_on_both_databases(store: Store) -> None:
    """REAL in the rundown: not PostgreSQL's `numeric`, which comes as a Decimal."""
    row = await comprehensive(store, "Ann", 1)
    ratios = ("accuracy", "efficiency", "kdr", "kpr", "dpr", "damage_efficiency")
    assert {name: type(row[name]) for name in ratios} == dict.fromkeys(ratios, float)


async def test_a_second_round_is_of_its_own(store: Store) -> None:
    row = await comprehensive(store, "Ann", 2)
    assert [row[name] for name in ("kills", "deaths", "damage_given", "weapon_shots", "knife_kills")] == [0] * 5
    assert [row[name] for name in ("accuracy", "efficiency", "damage_efficiency")] == [None] * 3
    assert (row["team"], row["round_winner"], row["won_round"], row["kdr"]) == ("allies", "axis", 0, 0)
    assert (row["time_played"], row["time_axis"], row["time_allies"]) == (498, None, 498)
    other = await comprehensive(store, "n", 2)
    assert (other["won_round"], other["poison_deaths"]) == (1, 0)


async def test_rows_have_ids_of_their_own(store: Store) -> None:
    assert await query(store, "SELECT count(DISTINCT id) FROM player_comprehensive_stats") == [(4,)]


async def test_session_teams_and_team_history(store: Store) -> None:
    rows = await query(
        store, "SELECT round_num, axis_players, allies_players, axis_team FROM session_teams ORDER BY round_num"
    )
    named = [
        (number, *(json.loads(x) if isinstance(x, str) else x for x in both), team) for number, *both, team in rows
    ]
    assert named == [(1, ["AAAAAAA1"], ["AAAAAAA2"], 1), (2, ["AAAAAAA2"], ["AAAAAAA1"], 2)]
    history = await query(
        store, "SELECT round_num, guid, team, persistent_team FROM team_history ORDER BY round_num, guid"
    )
    assert history == [
        (1, "AAAAAAA1", "axis", 1),
        (1, "AAAAAAA2", "allies", 2),
        (2, "AAAAAAA1", "allies", 1),
        (2, "AAAAAAA2", "axis", 2),
    ]


async def test_match_ups(store: Store) -> None:
    found = await query(store, "SELECT match_up, matches, score_a, score_b FROM match_ups")
    assert found == [(1, 1, 0, 2)]


async def test_what_counts(store: Store) -> None:
    assert await query(store, "SELECT count(*) FROM eligible_stats") == [(4,)]
