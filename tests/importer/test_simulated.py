"""What the importer derived against what the simulator knows to have happened."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from muster.model.fields import KEPT, WEAPONS
from muster.model.rounds import Flag
from muster.store.engine import Store
from tests.importer.conftest import Season
from tests.importer.working import opened, query, take

COUNTERS = ("kills", "deaths", "headshots", "hits", "shots")
SIDES = {1: "axis", 2: "allies", 3: None}


class World:
    """A season as simulated and as imported."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.truth: dict[str, Any] = json.loads((folder / "truth.json").read_text("utf-8"))
        self.rounds: list[dict[str, Any]] = self.truth["rounds"]
        self.folder = folder
        self.store = store

    def resolution(self, told: dict[str, Any]) -> float:
        """How exactly a file tells the duration, in seconds.

        To the millisecond in newer headers, to the second where the attackers completed; else from players' times,
        tenths of a minute, and in round 2 from the difference of two.
        """
        header = (self.folder / told["file"]).read_bytes().partition(b"\n")[0].split(b"\\")
        if len(header) > 8:
            return 0.001
        return 0 if told["outcome"] == "completed" else 3 * told["round"] + 0.1


@pytest.fixture(scope="module", params=[1, 2, 3])
def place(request: pytest.FixtureRequest, season: Season, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A season, and a database with it, which no test here changes."""
    folder = season(12, request.param)
    url = str(tmp_path_factory.mktemp("simulated") / "muster.db")
    asyncio.run(imported(url, folder))
    return folder, url


async def imported(url: str, folder: Path) -> None:
    async with opened(url) as store:
        await take(store, folder)


@pytest.fixture
async def world(place: tuple[Path, str]) -> AsyncIterator[World]:
    folder, url = place
    async with opened(url) as store:
        yield World(folder, store)


async def test_rounds(world: World) -> None:
    found = {
        file: rest
        for file, *rest in await query(
            world.store, "SELECT file, status, partner, outcome, seconds, defender, winner, map, round FROM rounds"
        )
    }
    assert set(found) == {told["file"] for told in world.rounds}
    for told in world.rounds:
        status, partner, outcome, seconds, *header = found[told["file"]]
        assert (status, partner) == (told["status"], told["partner"]), told["file"]
        assert header == [told["defender"], told["winner"], told["map"], told["round"]]
        assert outcome == told["outcome"], told["file"]
        if told["status"] not in ("empty", "orphan_r2") and told["layout"] > 32:
            assert seconds == pytest.approx(told["seconds"], abs=world.resolution(told)), told["file"]


async def test_rows_are_of_one_round_only(world: World) -> None:
    found = {
        (file, key): rest
        for file, key, *rest in await query(
            world.store,
            f"SELECT r.file, pl.key, p.side, p.seconds, {', '.join(f'p.{name}' for name in (*COUNTERS, *KEPT))} "
            "FROM player_stats p JOIN rounds r ON r.id = p.round_id JOIN players pl ON pl.id = p.player_id",
        )
    }
    expected = 0
    for told in world.rounds:
        if told["status"] == "orphan_r2":
            expected += len(told["players"]) + len(told["kept_rows"])
            continue
        for player in told["players"]:
            side, seconds, *values = found[told["file"], player["key"]]
            expected += 1
            where = told["file"], player["key"]
            assert SIDES[side] == player["side"], where
            minutes = player["time_played_min"]
            assert seconds == (None if minutes is None else round(minutes * 60)), where
            wanted = {name: player[name] for name in (*COUNTERS, *KEPT)}
            got = dict(zip((*COUNTERS, *KEPT), values, strict=True))
            pct, true_pct = got.pop("time_played_pct"), wanted.pop("time_played_pct")
            assert got == wanted, where
            if pct is not None:
                # Of a round 2 two rounded shares of two rounded times leave so much open.
                open_ = 12 * 60 / player["seconds"] if player["cumulative"] else 0.01
                assert pct == pytest.approx(true_pct, abs=open_), where
    assert len(found) == expected


async def test_weapons_are_of_one_round_only(world: World) -> None:
    found: defaultdict[tuple[str, str], dict[str, list[int]]] = defaultdict(dict)
    for file, key, weapon, *numbers in await query(
        world.store,
        "SELECT r.file, pl.key, w.weapon, w.hits, w.shots, w.kills, w.deaths, w.headshots FROM weapon_stats w "
        "JOIN rounds r ON r.id = w.round_id JOIN players pl ON pl.id = w.player_id",
    ):
        found[file, key][WEAPONS[weapon]] = numbers
    for told in world.rounds:
        if told["status"] == "orphan_r2":
            continue
        for player in told["players"]:
            wanted = {name: numbers for name, numbers in player["weapons"].items() if any(numbers)}
            assert found.get((told["file"], player["key"]), {}) == wanted, (told["file"], player["key"])


async def test_sessions(world: World) -> None:
    found = defaultdict(list)
    for session, file in await query(
        world.store, "SELECT session_id, file FROM rounds WHERE session_id IS NOT NULL ORDER BY file"
    ):
        found[session].append(file)
    assert sorted(found.values()) == sorted(world.truth["sessions"])


async def test_matches_and_their_points(world: World) -> None:
    found = {
        second: rest
        for second, *rest in await query(
            world.store, "SELECT second_file, match_id, first_file, map, score_a, score_b FROM matches"
        )
    }
    assert set(found) == {match["r2"] for match in world.truth["matches"]}
    teams: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
    for match, key, team in await query(
        world.store, "SELECT m.match_id, p.key, m.team FROM match_players m JOIN players p ON p.id = m.player_id"
    ):
        teams[match, team].add(key)
    team_of = {told["file"]: told["team_by_guid"] for told in world.rounds}
    for match in world.truth["matches"]:
        match_id, first, map_, score_a, score_b = found[match["r2"]]
        assert (first, map_) == (match["r1"], match["map"])
        latent = {key: {team_of[file][key] for file in (first, match["r2"]) if key in team_of[file]} for key in
                  {*team_of[first], *team_of[match["r2"]]}}  # fmt: skip
        a = {key for key, both in latent.items() if both == {"A"}}
        b = {key for key, both in latent.items() if both == {"B"}}
        assert {frozenset(teams[match_id, 1]), frozenset(teams[match_id, 2])} == {frozenset(a), frozenset(b)}, match_id
        straight = teams[match_id, 1] == a
        assert {"A": score_a if straight else score_b, "B": score_b if straight else score_a} == match["score"]


async def test_teams_persist_through_a_match_up(world: World) -> None:
    """Inside a true match-up the store's teams are the true ones, under whichever letters."""
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    match_up: dict[str, tuple[str, int]] = {}
    for file, session, number, key, team, flags in await query(
        world.store,
        "SELECT r.file, r.session_id, r.match_up, pl.key, p.team, p.flags FROM player_stats p "
        "JOIN rounds r ON r.id = p.round_id JOIN players pl ON pl.id = p.player_id",
    ):
        if not flags & Flag.SIDE_INFERRED and team is not None:
            found[file][key] = team
        match_up[file] = (session, number)
    letters: dict[tuple[str, int], dict[int, str]] = {}
    for told in world.rounds:
        if not told["players"]:
            continue
        known = letters.setdefault(match_up[told["file"]], {})
        for key, team in found[told["file"]].items():
            if key in told["team_by_guid"]:
                assert known.setdefault(team, told["team_by_guid"][key]) == told["team_by_guid"][key], told["file"]
    for mapping in letters.values():
        assert len(set(mapping.values())) == len(mapping)


async def test_match_ups_begin_where_they_truly_do(world: World) -> None:
    """True match-ups and stored ones part the rounds of a session alike."""
    stored = {file: (session, number) for file, session, number in await query(
        world.store, "SELECT file, session_id, match_up FROM rounds WHERE session_id IS NOT NULL")}  # fmt: skip
    pairs = {((told["session"], told["matchup"]), stored[told["file"]]) for told in world.rounds if told["players"]}
    assert len({true for true, _ in pairs}) == len({found for _, found in pairs}) == len(pairs)


async def test_doubts_are_marked(world: World) -> None:
    marks: defaultdict[tuple[str, str], int] = defaultdict(int)
    for file, key, flags in await query(
        world.store,
        "SELECT r.file, pl.key, p.flags FROM player_stats p JOIN rounds r ON r.id = p.round_id "
        "JOIN players pl ON pl.id = p.player_id",
    ):
        marks[file, key] = flags
    rounds = dict(await query(world.store, "SELECT file, flags FROM rounds"))
    for told in world.rounds:
        if told["status"] == "orphan_r2":
            continue
        seen = {name for name in told["oddities"] if name in ("bot_majority", "short", "restart")}
        assert bool(rounds[told["file"]] & Flag.BOT_MAJORITY) == ("bot_majority" in seen), told["file"]
        assert bool(rounds[told["file"]] & Flag.TOO_SHORT) == (0 < told["seconds"] < 60 and bool(told["players"]))
        for player in told["players"]:
            flags = marks[told["file"], player["key"]]
            where = told["file"], player["key"]
            slotless = {"slotless_kill", "slotless_kill_before"} & set(player["oddities"])
            assert not (flags & Flag.KD_CONTRADICTS and not slotless), where
            if "reconnect" in player["oddities"]:
                assert flags & Flag.COUNTER_RESET, where
            if "denied_outlier" in player["oddities"]:
                assert flags & Flag.DENIED_OUTLIER, where
            assert not flags & Flag.NEGATIVE_DIFFERENCE, where


async def test_names(world: World) -> None:
    true: defaultdict[str, set[str]] = defaultdict(set)
    for told in world.rounds:
        for player in told["players"]:
            true[player["key"]].add(player["name"])
    found: defaultdict[str, set[str]] = defaultdict(set)
    for key, name in await query(
        world.store, "SELECT p.key, a.name FROM player_aliases a JOIN players p ON p.id = a.player_id"
    ):
        found[key].add(name)
    assert found == true
