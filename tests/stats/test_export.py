"""Exports against the independent reader, on real rounds, and against what really happened in simulated ones."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from muster.stats.export import COLUMNS, rows
from muster.stats.periods import parse
from muster.stats.values import EVERYTHING, Scope
from muster.store.engine import Reader
from tests.building import player, put, put_pair, six
from tests.oracle import read_folder
from tests.stats.asking import asked
from tests.stats.truth import BOT, Truth, is_valid

Row = dict[str, Any]
NOW = datetime(2025, 11, 12, 20, tzinfo=UTC)
PLACES = ("played_at", "session_id", "match_id", "server", "flags")
"""Columns the oracle names in its own way."""


async def exported(reader: Reader, what: str, scope: Scope = EVERYTHING, everything: bool = False) -> list[Row]:
    found = [row async for row in rows(reader, what, scope, everything=everything)]
    assert all(tuple(row) == COLUMNS[what] for row in found)
    return found


def by(found: list[Row], *columns: str) -> dict[tuple[Any, ...], Row]:
    keyed = {tuple(row[column] for column in columns): row for row in found}
    assert len(keyed) == len(found)
    return keyed


KEYS = {"player_rounds": ("file", "guid"), "weapon_rounds": ("file", "guid", "weapon"), "rounds": ("file",)}


@pytest.mark.parametrize("what", KEYS)
async def test_the_corpus_row_by_row(db_url: str, corpus: Path, what: str) -> None:
    wanted = by(getattr(read_folder(corpus), what), *KEYS[what])
    async with asked(db_url, corpus) as reader:
        got = by(await exported(reader, what, everything=True), *KEYS[what])
    assert got.keys() == wanted.keys()
    for key, row in wanted.items():
        for column in set(row) & set(COLUMNS[what]) - set(PLACES):
            # A share of time alive is kept with one decimal.
            near = {"time_played_pct": 0.051, "time_dead_ratio": 0.051}.get(column, 1e-9)
            value: Any = got[key][column]
            assert value == (pytest.approx(row[column], abs=near) if isinstance(row[column], float) else row[column]), (
                key,
                column,
            )


async def test_the_corpus_matches_and_sessions(db_url: str, corpus: Path) -> None:
    oracle = read_folder(corpus)
    async with asked(db_url, corpus) as reader:
        matches = by(await exported(reader, "matches", everything=True), "r1_file", "r2_file")
        sessions = await exported(reader, "sessions", everything=True)
        valid = await exported(reader, "rounds")
        counting = await exported(reader, "player_rounds")
        weapons = await exported(reader, "weapon_rounds")
    assert matches.keys() == {row["match_id"] for row in oracle.matches}
    for row in oracle.matches:
        got = matches[row["match_id"]]
        assert (got["map"], got["r1_seconds"], got["r2_seconds"]) == (row["map"], row["r1_seconds"], row["r2_seconds"])
        teams = [(got["team_a"], got["score_a"]), (got["team_b"], got["score_b"])]
        assert sorted(teams) == sorted([(row["team_a"], row["score_a"]), (row["team_b"], row["score_b"])])
    counts = ("rounds", "matches", "players")
    assert [[row[n] for n in counts] for row in sessions] == [[row[n] for n in counts] for row in oracle.sessions]
    files = {row["file"] for row in oracle.rounds if row["valid"]}
    assert (
        {row["file"] for row in valid} == {row["file"] for row in counting} == {row["file"] for row in weapons} == files
    )
    assert {(row["file"], row["guid"]) for row in counting} == {
        (row["file"], row["guid"]) for row in oracle.player_rounds if row["valid"] and row["time_played_min"] != 0
    }


async def test_simulated_rounds(db_url: str, months: Truth) -> None:
    told = {(r["file"], p["key"]): (r, p) for r in months.rounds for p in r["players"]}
    async with asked(db_url, months.folder) as reader:
        got = by(await exported(reader, "player_rounds"), "file", "guid")
        heads = by(await exported(reader, "rounds", everything=True), "file")
    assert got.keys() == {(line.round["file"], line.key) for line in months.lines}
    names = ("name", "side", "kills", "deaths", "hits", "shots", "headshots", "damage_given", "xp", "multi2", "repairs")
    for key, row in got.items():
        r, p = told[key]
        assert [row[n] for n in names] == [p[n] for n in names], key
        assert row["played_at"] == r["stamp"] + "Z"
        assert row["time_played_min"] == p["time_played_min"]
        assert row["bullets_fired"] == p["shots"]
        assert row["kd"] == pytest.approx(p["kills"] / p["deaths"] if p["deaths"] else p["kills"])
    assert {file for (file,), row in heads.items() if row["valid"]} == {r["file"] for r in months.rounds if is_valid(r)}
    for r in months.rounds:
        row = heads[(r["file"],)]
        assert (row["status"], row["outcome"], row["defender"]) == (r["status"], r["outcome"], r["defender"])
        assert row["players"] == len(r["players"])
    assert any(row["guid"].startswith(BOT + ":") for row in got.values())


async def test_filters(db_url: str, months: Truth) -> None:
    async with asked(db_url, months.folder) as reader:
        for scope in (Scope(map="supply"), Scope(parse("2025-10", NOW)), Scope(parse("today", NOW), "supply")):
            days = range(scope.period.first_day, scope.period.last_day + 1)
            files = {
                r["file"]
                for r in months.rounds
                if is_valid(r) and int(r["stamp"][:10].replace("-", "")) in days and scope.map in (None, r["map"])
            }
            for what in KEYS:
                assert {row["file"] for row in await exported(reader, what, scope)} == files
            for match in await exported(reader, "matches", scope):
                assert {match["r1_file"], match["r2_file"]} <= files
            of_sessions = {row["session_id"] for row in await exported(reader, "rounds", scope)}
            assert of_sessions <= {row["session_id"] for row in await exported(reader, "sessions", scope)}
        server = (await exported(reader, "sessions"))[0]["server"]
        for what in COLUMNS:
            assert await exported(reader, what, Scope(server=server)) == await exported(reader, what)
            assert await exported(reader, what, Scope(server="nowhere")) == []


async def test_everything_is_in_order(db_url: str, months: Truth) -> None:
    async with asked(db_url, months.folder) as reader:
        moments = {row["file"]: row["played_at"] for row in await exported(reader, "rounds", everything=True)}
        for what, columns in KEYS.items():
            keys = [
                (moments[row["file"]], *(row[c] for c in columns[:2]))
                for row in await exported(reader, what, everything=True)
            ]
            assert keys == sorted(keys)
        played = [moments[row["r2_file"]] for row in await exported(reader, "matches", everything=True)]
        assert played == sorted(played)
        ratings = [row["guid"] for row in await exported(reader, "ratings")]
        assert ratings == sorted(ratings)


async def test_ratings(db_url: str, week: Truth) -> None:
    async with asked(db_url, week.folder) as reader:
        got = by(await exported(reader, "ratings"), "guid")
    assert {(key,): row["rounds"] for (key,), row in got.items()} == {(key,): len(week.of(key)) for key in week.busiest}
    assert sum(row["matches"] for row in got.values()) == sum(
        len({p["key"] for r in week.rounds if r["file"] in (m["r1"], m["r2"]) for p in r["players"]})
        for m in week.valid_matches
    )


async def test_what_does_not_count_comes_only_when_asked(db_url: str, tmp_path: Path) -> None:
    """An empty round, an orphan, a round without a known base, a spectator."""
    put(tmp_path, "2025-01-01-180000", 1)
    put(tmp_path, "2024-12-31-190000", 2, *six(rounds=1), map_="radar")
    put(tmp_path, "2025-01-01-200000", 1, *six(), player("BBBBBBB1", side=3, time_played_min=0.0))
    second = [*six(rounds=1, swapped=True, time_played_min=20.0)[:5], player("AAAAAA05", rounds=7, side=1)]
    put(tmp_path, "2025-01-01-201000", 2, *second, limit="10:00")
    async with asked(db_url, tmp_path) as reader:
        assert [row["status"] for row in await exported(reader, "rounds")] == ["paired"] * 2
        everything = await exported(reader, "rounds", everything=True)
        assert [(row["status"], row["players"]) for row in everything] == [
            ("orphan_r2", 6), ("empty", 0), ("paired", 7), ("paired", 6)
        ]  # fmt: skip
        assert [everything[1][n] for n in ("outcome", "seconds", "session_id", "match_id")] == [None] * 4
        counting = await exported(reader, "player_rounds")
        assert len(counting) == 6 + 5
        assert len(await exported(reader, "player_rounds", everything=True)) == 6 + 7 + 6
        spectator = [r for r in await exported(reader, "player_rounds", everything=True) if r["guid"] == "BBBBBBB1"]
        assert [(row["side"], row["team"], row["dpm"]) for row in spectator] == [(None, None, None)]
        shooting = {row["guid"] for row in await exported(reader, "weapon_rounds", everything=True)}
        counted = {row["guid"] for row in await exported(reader, "weapon_rounds")}
        assert shooting - counted == {"BBBBBBB1"}
        assert [row["rounds"] for row in await exported(reader, "sessions")] == [2]
        assert [row["rounds"] for row in await exported(reader, "sessions", everything=True)] == [1, 2]


async def test_names_are_clean_and_flags_have_names(sqlite_url: str, tmp_path: Path) -> None:
    lines = [player("AAAAAAA1", name="^1a^^2b", damage_given=7), *six()]
    put(tmp_path, "2025-01-01-200000", 1, *lines)
    async with asked(sqlite_url, tmp_path) as reader:
        names = {row["guid"]: row["name"] for row in await exported(reader, "player_rounds")}
        flags = [row["flags"] for row in await exported(reader, "rounds")]
    assert names["AAAAAAA1"] == "a^b"
    assert "damage_unbalanced" in flags[0]


async def test_two_servers_with_a_file_of_the_same_name(db_url: str, tmp_path: Path) -> None:
    put_pair(tmp_path / "one", server="^1one")
    put_pair(tmp_path / "two", server="^2two")
    async with asked(db_url, tmp_path / "one", tmp_path / "two") as reader:
        found = await exported(reader, "player_rounds")
        assert [row["server"] for row in found] == (["one"] * 6 + ["two"] * 6) * 2
        assert [row["kills"] for row in found] == [3] * 12 + [2] * 12
        only = await exported(reader, "matches", Scope(server="two"))
        assert [row["server"] for row in only] == ["two"]
