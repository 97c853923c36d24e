"""The corpus of real rounds in the database: every fact the specification states, and row by row the oracle's reading.

The oracle differs from the store where it says so: it keeps weapon rows only with a number in them, as the store does;
an empty round has no duration there and 0 here; derived ratios are not stored.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa

from muster.model.fields import KEPT, WEAPONS
from muster.model.rounds import Flag
from muster.store.engine import Store
from muster.store.schema import metadata
from tests.importer.working import opened, query, rounds_in, statuses, take
from tests.oracle import Reading, Row, read_folder

pytestmark = pytest.mark.corpus

Rows = dict[tuple[str, ...], dict[str, Any]]
SUMS: Final = ("kills", "deaths", "headshots", "hits", "shots")


@pytest.fixture(scope="module")
def oracle(corpus: Path) -> Reading:
    return read_folder(corpus)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with the corpus in it, which no test here changes."""
    if request.param == "sqlite":
        url = str(tmp_path_factory.mktemp("corpus") / "muster.db")
    else:
        url = request.getfixturevalue("postgres").create_database("corpus")
    asyncio.run(imported(url, corpus))
    return url


async def imported(url: str, folder: Path) -> None:
    async with opened(url) as store:
        await take(store, folder)


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    async with opened(url) as store:
        yield store


async def rows(store: Store, sql: str) -> list[dict[str, Any]]:
    async with store.read() as reader:
        return [dict(row._mapping) for row in await reader.all(sa.text(sql))]


async def test_statuses(store: Store, oracle: Reading) -> None:
    found = await statuses(store)
    assert found == {row["file"]: row["status"] for row in oracle.rounds}
    assert Counter(found.values()) == {"paired": 184, "single": 14, "orphan_r2": 9, "empty": 1, "abandoned": 1}
    assert found["2024-09-12-174949-supply-round-2.txt"] == "empty"
    assert found["2025-10-17-202140-supply-round-1.txt"] == "abandoned"
    assert found["2025-10-26-200001-etl_sp_delivery-round-2.txt"] == "single"


async def test_pairs(store: Store, oracle: Reading) -> None:
    pairs = dict(await query(store, "SELECT file, partner FROM rounds WHERE round = 2 AND partner IS NOT NULL"))
    assert pairs == oracle.partner
    assert pairs["2025-10-20-000043-etl_adlernest-round-2.txt"] == "2025-10-19-235307-etl_adlernest-round-1.txt"
    partner = await query(store, "SELECT partner FROM rounds WHERE file LIKE '2025-10-17-203425-%'")
    assert partner[0][0].startswith("2025-10-17-")


async def test_sessions(store: Store, oracle: Reading) -> None:
    expected = {(row["started_at"][:10], row["rounds"]) for row in oracle.sessions}
    found = await query(store, "SELECT session_id, rounds, day FROM gaming_sessions")
    assert {(session[:10], rounds) for session, rounds, _ in found} == expected
    october = defaultdict(list)
    for _, rounds, day in sorted(found):
        if day >= 20251017:
            october[day].append(rounds)
    assert october == {
        20251017: [5, 5],
        20251019: [24],
        20251020: [18],
        20251021: [16],
        20251022: [16],
        20251023: [18],
        20251024: [4],
        20251025: [4],
        20251026: [7, 8],
        20251027: [16],
    }


async def test_sessions_row_by_row(store: Store, oracle: Reading) -> None:
    files: defaultdict[str, list[str]] = defaultdict(list)
    for session, file in await query(store, "SELECT session_id, file FROM rounds WHERE session_id IS NOT NULL"):
        files[session].append(file)
    by_first = {min(row["files"]): row for row in oracle.sessions}
    assert len(files) == len(by_first)
    for row in await rows(store, "SELECT * FROM gaming_sessions"):
        expected = by_first[min(files[row["session_id"]])]
        assert sorted(files[row["session_id"]]) == sorted(expected["files"])
        assert (row["rounds"], row["matches"]) == (expected["rounds"], expected["matches"])
        assert row["players"] == expected["players"]
        assert row["session_id"][:17] == f"{datetime.fromisoformat(expected['started_at']):%Y-%m-%d-%H%M%S}"


async def test_rounds_row_by_row(store: Store, oracle: Reading) -> None:
    found = {row["file"]: row for row in await rows(store, "SELECT * FROM rounds")}
    assert set(found) == {row["file"] for row in oracle.rounds}
    counted = dict(
        await query(
            store,
            "SELECT r.file, count(p.round_id) FROM rounds r LEFT JOIN player_stats p ON p.round_id = r.id "
            "GROUP BY r.file",
        )
    )
    for expected in oracle.rounds:
        row = found[expected["file"]]
        for column in ("map", "config", "round", "defender", "winner", "outcome", "status"):
            assert row[column] == expected[column], (row["file"], column)
        assert bool(row["valid"]) == expected["valid"], row["file"]
        assert row["seconds"] == (expected["seconds"] or 0), row["file"]
        assert counted[row["file"]] == expected["players"]
        assert zero_sums(row["flags"]) == set(expected["flags"]) or expected["status"] == "orphan_r2", row["file"]


def zero_sums(flags: int) -> set[str]:
    names = {
        Flag.DAMAGE_UNBALANCED: "zero_sum:damage",
        Flag.KILLS_UNBALANCED: "zero_sum:kills",
        Flag.TEAM_DAMAGE_UNBALANCED: "zero_sum:team_damage",
        Flag.REVIVES_UNBALANCED: "zero_sum:revives",
    }
    return {name for flag, name in names.items() if flags & flag}


def expected_player(row: Row) -> list[Any]:
    minutes = row["time_played_min"]
    fields = [row[name] for name in KEPT if name != "time_played_pct"]
    return [row["side"], *(row[name] for name in SUMS), None if minutes is None else round(minutes * 60), *fields]


async def test_player_stats_row_by_row(store: Store, oracle: Reading) -> None:
    sides = {1: "axis", 2: "allies", 3: None}
    found = await query(
        store,
        f"SELECT r.file, p.name, pl.guid, p.time_played_pct, p.side, {', '.join(f'p.{name}' for name in SUMS)}, "
        f"p.seconds, {', '.join(f'p.{name}' for name in KEPT if name != 'time_played_pct')} "
        "FROM player_stats p JOIN rounds r ON r.id = p.round_id JOIN players pl ON pl.id = p.player_id",
    )
    assert len(found) == len(oracle.player_rounds)
    by_key = {(file, guid): (name, pct, [sides[rest[0]], *rest[1:]]) for file, name, guid, pct, *rest in found}
    assert len(by_key) == len(found)
    for expected in oracle.player_rounds:
        _, pct, values = by_key[expected["file"], expected["guid"]]
        assert values == expected_player(expected), (expected["file"], expected["guid"])
        assert pct == pytest.approx(expected["time_played_pct"], abs=0.0501), (expected["file"], expected["guid"])


async def test_weapon_stats_row_by_row(store: Store, oracle: Reading) -> None:
    found = await query(
        store,
        "SELECT r.file, pl.guid, w.weapon, w.hits, w.shots, w.kills, w.deaths, w.headshots FROM weapon_stats w "
        "JOIN rounds r ON r.id = w.round_id JOIN players pl ON pl.id = w.player_id",
    )
    columns = ("file", "guid", "weapon", "hits", "shots", "kills", "deaths", "headshots")
    assert sorted((file, guid, WEAPONS[weapon], *rest) for file, guid, weapon, *rest in found) == sorted(
        tuple(row[column] for column in columns) for row in oracle.weapon_rounds
    )


async def test_matches_row_by_row(store: Store, oracle: Reading) -> None:
    """Which of the two is team A is the store's own affair: rosters and points have to go together."""
    found = {row["second_file"]: row for row in await rows(store, "SELECT * FROM matches")}
    assert set(found) == {row["r2_file"] for row in oracle.matches}
    teams: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
    for match, guid, team in await query(
        store, "SELECT m.match_id, p.guid, m.team FROM match_players m JOIN players p ON p.id = m.player_id"
    ):
        teams[match, team].add(guid)
    for expected in oracle.matches:
        row = found[expected["r2_file"]]
        assert (row["map"], row["first_file"]) == (expected["map"], expected["r1_file"])
        assert (row["first_seconds"], row["second_seconds"]) == (expected["r1_seconds"], expected["r2_seconds"])
        a, b = (teams[row["match_id"], team] for team in (1, 2))
        attacked = set(expected["team_a"])
        straight = len(a & attacked) > len(b & attacked)
        points = (row["score_a"], row["score_b"]) if straight else (row["score_b"], row["score_a"])
        assert points == (expected["score_a"], expected["score_b"]), row["first_file"]
        first, other = (a, b) if straight else (b, a)
        assert first <= attacked
        assert other <= set(expected["team_b"])


async def test_zero_sums(store: Store) -> None:
    """What one side deals the other takes, in all but three files of leavers and reconnects."""
    found = await rows(
        store,
        "SELECT r.file, r.flags, sum(p.damage_given) - sum(p.damage_received) AS damage, "
        "sum(p.kills) - sum(p.deaths) AS kills, "
        "sum(p.team_damage_given) - sum(p.team_damage_received) AS team_damage, "
        "CASE WHEN count(p.revives_given) = count(*) THEN sum(p.revives_given) - sum(p.times_revived) END AS revives "
        "FROM rounds r JOIN player_stats p ON p.round_id = r.id WHERE r.status <> 'orphan_r2' GROUP BY r.file, r.flags",
    )
    wrong = {
        row["file"]: {name for name in ("damage", "kills", "team_damage", "revives") if row[name]} for row in found
    }
    assert {f"zero_sum:{name}" for names in wrong.values() for name in names} <= set.union(
        *(zero_sums(row["flags"]) for row in found)
    )
    assert all(zero_sums(row["flags"]) == {f"zero_sum:{n}" for n in wrong[row["file"]]} for row in found)
    assert sum(bool(names) for names in wrong.values()) <= 3


async def test_one_player_on_a_public_server(store: Store) -> None:
    found = await query(store, "SELECT players, status FROM rounds WHERE file = '2024-09-11-212540-supply-round-1.txt'")
    assert found == [(1, "single")]


async def test_who_reconnected_is_taken_as_he_is(store: Store, oracle: Reading) -> None:
    file = "2025-10-26-203013-etl_sp_delivery-round-2.txt"
    before = {player.guid: player.rounds for player in oracle.raw[oracle.partner[file]].players}
    (raw,) = [player for player in oracle.raw[file].players if player.rounds == before[player.guid]]
    ((name, kills, seconds, flags),) = await query(
        store,
        "SELECT p.name, p.kills, p.seconds, p.flags FROM player_stats p JOIN rounds r ON r.id = p.round_id "
        "JOIN players pl ON pl.id = p.player_id WHERE r.file = :file AND pl.guid = :guid",
        file=file,
        guid=raw.guid,
    )
    assert name == raw.name
    assert kills == raw.weapon_sum("kills")
    assert seconds == round(raw.tab["time_played_min"] * 60)
    assert flags & Flag.COUNTER_RESET


async def test_a_surrender_ended_before_the_headers_time(store: Store) -> None:
    found = await query(store, "SELECT seconds FROM rounds WHERE file = '2025-10-12-225242-sw_goldrush_te-round-2.txt'")
    assert found == [(390.0,)]


DOUBLES: Final = ((21, 2), (19, 1), (13, 0), (11, 0), (9, 0), (7, 0))
"""Kills and double kills of everybody in a round of the oldest layout of the corpus, most kills first."""


async def test_multikills_of_the_33_field_layout(store: Store) -> None:
    found = await query(
        store,
        "SELECT p.kills, p.multi2, p.denied_playtime, p.repairs FROM player_stats p "
        "JOIN rounds r ON r.id = p.round_id WHERE r.file = '2024-04-16-220731-te_escape2-round-1.txt' ORDER BY 1 DESC",
    )
    assert found == [(kills, multi2, None, None) for kills, multi2 in DOUBLES]


async def test_fields_that_a_layout_lacks_are_unknown(store: Store) -> None:
    found = await query(
        store,
        "SELECT substr(r.file, 1, 7) AS month, count(p.denied_playtime), count(p.useless_kills), count(p.repairs), "
        "count(p.revives_given), count(*) FROM player_stats p JOIN rounds r ON r.id = p.round_id GROUP BY 1 ORDER BY 1",
    )
    for month, denied, useless, repairs, revives, every in found:
        if month < "2024-11":
            assert (denied, useless, repairs, revives) == (0, 0, 0, 0)
        elif month > "2025-10":
            assert denied == useless == repairs == revives == every
        else:
            assert denied == useless == every
            assert revives <= repairs


async def test_names_without_colours(store: Store, oracle: Reading) -> None:
    found = await query(
        store, "SELECT p.guid, a.name FROM player_aliases a JOIN players p ON p.id = a.player_id ORDER BY 1, 2"
    )
    assert found == sorted({(row["guid"], row["name"]) for row in oracle.player_rounds})
    # One of them by hand: who it is stays in the corpus.
    assert "13efdcb6ffe0c6eb" in {sha256(f"{guid} {name}".encode()).hexdigest()[:16] for guid, name in found}


async def test_every_content_is_kept(store: Store, corpus: Path) -> None:
    assert await query(store, "SELECT count(*) FROM raw_files") == [(len(rounds_in(corpus)),)]
    assert await query(store, "SELECT DISTINCT status FROM processed_files ORDER BY 1") == [("empty",), ("imported",)]


def test_the_columns_that_are_compared_are_all_there_are() -> None:
    """A new column wants a comparison of its own."""
    compared = {"round_id", "player_id", "name", "side", "team", "confidence", "flags", "seconds"}
    compared |= {"aimed_hits", "aimed_shots", *SUMS, *KEPT}
    assert {column.name for column in metadata.tables["player_stats"].columns} == compared
