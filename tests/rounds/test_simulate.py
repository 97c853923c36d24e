"""The simulator against the format it claims to write: read here by hand, so that no parser of ours has a say."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from muster.rounds.simulate import SimulationSummary, simulate

NAME = re.compile(r"^(\d{4}-\d\d-\d\d)-(\d{6})-(.+)-round-([12])\.txt$")
CLOCK = re.compile(r"^\d+:[0-5]\d$")
WEAPONS = [
    "KNIFE", "KNIFE_KBAR", "LUGER", "COLT", "MP40", "THOMPSON", "STEN", "FG42", "PANZERFAUST", "BAZOOKA",
    "FLAMETHROWER", "GRENADE", "MORTAR", "MORTAR2", "DYNAMITE", "AIRSTRIKE", "ARTILLERY", "SATCHEL",
    "GRENADELAUNCHER", "LANDMINE", "MG42", "BROWNING", "CARBINE", "KAR98", "GARAND", "K43", "MP34", "SYRINGE",
]  # fmt: skip
GUNS = set(WEAPONS[2:8] + WEAPONS[22:27])
CUMULATIVE = [
    "damage_given", "damage_received", "team_damage_given", "team_damage_received", "gibs", "self_kills",
    "team_kills", "team_gibs",
]  # fmt: skip
COUNTED = [
    "xp", "killing_spree", "death_spree", "kill_assists", "kill_steals", "headshot_kills", "objectives_stolen",
    "objectives_returned", "dynamites_planted", "dynamites_defused", "times_revived",
]  # fmt: skip
DERIVED = [
    "bullets_fired", "dpm", "time_played_min", "tank_meatshield", "time_dead_ratio", "time_dead_min", "kd",
]  # fmt: skip
MULTI = ["multi2", "multi3", "multi4", "multi5", "multi6"]
TAIL = ["denied_playtime", *MULTI, "useless_kills", "full_selfkills", "repairs", "revives_given"]
FIELDS = [*CUMULATIVE, "time_played_pct", *COUNTED, *DERIVED, "useful_kills", *TAIL]
PER_ROUND = [*COUNTED, "useful_kills", *TAIL]
PLACES = {
    32: [name for name in FIELDS if name not in ("time_played_min", *TAIL)] + MULTI,
    33: [name for name in FIELDS if name not in TAIL] + MULTI,
    36: FIELDS[:36],
    37: FIELDS[:37],
    38: FIELDS,
    40: [*FIELDS, "later1", "later2"],
}


class Row:
    """One player line, taken apart."""

    def __init__(self, line: str, layout: int) -> None:
        self.guid, self.name, rounds, team, rest = line.split("\\", 4)
        self.rounds, self.team = int(rounds), int(team)
        block, _, tail = rest.partition(" \t")
        numbers = block.split(" ")
        mask = int(numbers[0])
        used = [name for bit, name in enumerate(WEAPONS) if mask >> bit & 1]
        end = 1 + 5 * len(used)
        values = numbers[end:] if layout == 32 else tail.split("\t")
        assert ("\t" in rest) == (layout != 32)
        assert (layout == 32) == (len(numbers) > end)
        self.weapons = {name: [int(n) for n in numbers[1 + 5 * i : 6 + 5 * i]] for i, name in enumerate(used)}
        self.fields = dict(zip(PLACES[layout], map(float, values), strict=True))
        self.text = line


class File:
    """One round file, taken apart. ``rows`` by GUID, bots by GUID and name."""

    def __init__(self, path: Path, layout: int) -> None:
        self.content = path.read_bytes()
        lines = self.content.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
        assert lines.pop() == ""
        self.header = lines[0].split("\\")
        rows = [Row(line, layout) for line in lines[1:]]
        self.rows = {f"{row.guid}:{plain(row.name)}" if row.guid == "OMNIBOT0" else row.guid: row for row in rows}
        assert len(self.rows) == len(rows)


def plain(name: str) -> str:
    """Without colour codes, letter by letter."""
    kept, place = "", 0
    while place < len(name):
        if name[place] == "^" and name[place + 1 : place + 2] not in ("", "^", " "):
            place += 2
        else:
            kept += name[place]
            place += 1
    return kept


class Season:
    """Twelve nights: every file and every truth about it."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.summary: SimulationSummary = simulate(out, nights=12, seed=2)
        self.truth: dict[str, Any] = json.loads(self.summary.truth.read_text("utf-8"))
        self.rounds: list[dict[str, Any]] = self.truth["rounds"]
        self.by_file = {one["file"]: one for one in self.rounds}
        self.files = {one["file"]: File(out / one["file"], one["layout"]) for one in self.rounds}

    def pairs(self) -> Iterator[tuple[File, File, dict[str, Any]]]:
        for told in self.rounds:
            if told["round"] == 2 and told["partner"]:
                yield self.files[told["partner"]], self.files[told["file"]], told


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Season:
    return Season(tmp_path_factory.mktemp("season"))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_same_arguments_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    simulate(tmp_path / "one", nights=2, seed=3)
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    simulate(tmp_path / "two", nights=2, seed=3)
    simulate(tmp_path / "three", nights=2, seed=4)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert contents(tmp_path / "one") != contents(tmp_path / "three")


def test_says_what_it_wrote(season: Season) -> None:
    names = {path.name for path in season.out.iterdir()} - {"truth.json"}
    companions = {one["companion"] for one in season.rounds} - {None}
    assert names == set(season.files) | companions
    assert season.summary.files == len(names)
    assert season.summary.rounds == len(season.rounds)
    assert companions
    for name in companions:
        text = (season.out / name).read_text("utf-8")
        assert text.startswith("Most damage given\t")


def test_calls_back_for_every_file_and_ends_on_the_asked_night(tmp_path: Path) -> None:
    calls: list[int] = []
    last = date(2024, 2, 29)
    summary = simulate(
        tmp_path, nights=2, players=4, rounds_per_night=6, until=last, oddities=False, on_file=lambda: calls.append(1)
    )
    assert len(calls) == summary.files == summary.rounds == 12
    rounds = json.loads(summary.truth.read_text("utf-8"))["rounds"]
    assert date.fromisoformat(rounds[-1]["stamp"][:10]) - last <= timedelta(days=1)
    assert all(len(one["players"]) == 4 for one in rounds)
    assert not any(one["oddities"] or one["companion"] or one["kept_rows"] for one in rounds)


@pytest.mark.parametrize(
    "wrong", [{"nights": 0}, {"players": 1}, {"players": 12, "community": 11}, {"rounds_per_night": 81}]
)
def test_refuses_what_cannot_be(tmp_path: Path, wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"simulate|rounds_per_night"):
        simulate(tmp_path, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(("players", "rounds"), [(2, 30), (3, 9), (7, 30), (24, 8)])
def test_any_size_of_round(tmp_path: Path, players: int, rounds: int) -> None:
    summary = simulate(tmp_path, nights=2, players=players, rounds_per_night=rounds)
    told = json.loads(summary.truth.read_text("utf-8"))["rounds"]
    assert sum(bool(one["players"]) for one in told) == 2 * rounds


def test_names_say_map_round_and_moment(season: Season) -> None:
    for told in season.rounds:
        match = NAME.match(told["file"])
        assert match is not None
        day, moment, area, number = match.groups()
        assert datetime.strptime(f"{day} {moment}", "%Y-%m-%d %H%M%S").isoformat() == told["stamp"]  # noqa: DTZ007
        assert (area, int(number)) == (told["map"], told["round"])
    stamps = [told["stamp"] for told in season.rounds]
    assert stamps == sorted(set(stamps))


def test_every_layout_occurs_on_nights_of_its_own(season: Season) -> None:
    layouts = [told["layout"] for told in season.rounds]
    assert set(layouts) == {32, 33, 36, 37, 38, 40}
    assert layouts == sorted(layouts)
    assert Counter(layouts).most_common(1)[0][0] == 38


def test_headers(season: Season) -> None:
    for told in season.rounds:
        header = season.files[told["file"]].header
        _, area, config, number, defender, winner, limit, next_limit, *playtime = header
        assert (area, int(number)) == (told["map"], told["round"])
        assert (int(defender), int(winner)) == (told["defender"], told["winner"])
        assert int(defender) == (2 if area == "etl_ice" else 1)
        assert CLOCK.match(limit)
        assert CLOCK.match(next_limit)
        assert config.startswith(("legacy", "default"))
        if told["outcome"] == "completed":
            assert seconds(next_limit) == int(told["seconds"]) < seconds(limit)
        elif told["round"] == 1:
            assert next_limit == limit
        if playtime:
            value = float(playtime[0])
            assert (value / 1000 if value > 10_000 else value) == pytest.approx(told["seconds"])
    assert {len(season.files[told["file"]].header) for told in season.rounds} == {8, 9}


def test_a_second_round_plays_against_the_clock_of_the_first(season: Season) -> None:
    for first, second, told in season.pairs():
        assert second.header[6] == first.header[7]
        if told["outcome"] == "completed":
            assert told["seconds"] < seconds(first.header[7])


def test_who_is_in_the_file_is_in_the_truth(season: Season) -> None:
    for told in season.rounds:
        rows = season.files[told["file"]].rows
        assert set(rows) == {player["key"] for player in told["players"]} | set(told["kept_rows"])
        for player in told["players"]:
            row = rows[player["key"]]
            assert (row.name, plain(row.name)) == (player["name_raw"], player["name"])
            assert {1: "axis", 2: "allies", 3: None}[row.team] == player["side"]
            assert row.rounds == player["rounds"]
            assert told["team_by_guid"][player["key"]] == player["team"]
        sides = {(player["team"], player["played_side"]) for player in told["players"]}
        assert len(sides) == len({team for team, _ in sides}) == len({side for _, side in sides})


def test_sums_of_a_round_agree(season: Season) -> None:
    for told in season.rounds:
        for given, taken in [
            ("damage_given", "damage_received"),
            ("team_damage_given", "team_damage_received"),
            ("kills", "deaths"),
        ]:
            assert total(told, given) == total(told, taken), told["file"]
        if told["layout"] >= 38:
            assert total(told, "revives_given") == total(told, "times_revived")


def test_players_add_up(season: Season) -> None:
    for told in season.rounds:
        for player in told["players"]:
            rows = player["weapons"]
            for place, name in enumerate(("hits", "shots", "kills", "deaths", "headshots")):
                assert player[name] == sum(row[place] for row in rows.values())
            assert all(row[4] <= row[0] <= row[1] for name, row in rows.items() if name in GUNS)
            assert all(row[4] == 0 for name, row in rows.items() if name not in GUNS)
            assert player["bullets_fired"] == player["shots"]
            assert player["headshot_kills"] <= player["kills"]
            assert player["killing_spree"] == 0 or 3 <= player["killing_spree"] <= player["kills"]
            assert player["death_spree"] == 0 or 3 <= player["death_spree"] <= player["deaths"]
            assert sum(n * player[f"multi{n}"] for n in range(2, 7)) <= player["kills"]
            assert 0 < player["time_played_pct"] <= 100
            assert 0 < player["seconds"] <= told["seconds"]
            missing = [name for name in FIELDS if player[name] is None]
            assert missing == [name for name in FIELDS if name not in PLACES[told["layout"]]]


def test_a_first_round_is_written_as_it_was(season: Season) -> None:
    for told in season.rounds:
        for player in told["players"]:
            if player["cumulative"]:
                continue
            row = season.files[told["file"]].rows[player["key"]]
            assert row.weapons == player["weapons"]
            for name in [*CUMULATIVE, *PER_ROUND, "time_played_pct", "time_played_min", "time_dead_min", "kd"]:
                assert row.fields.get(name) == player[name]


def test_a_second_round_minus_the_first_is_the_truth(season: Season) -> None:
    subtracted = 0
    for first, second, told in season.pairs():
        for player in told["players"]:
            if not player["cumulative"]:
                continue
            before, after = first.rows[player["key"]], second.rows[player["key"]]
            assert after.rounds - before.rounds == 1
            assert weapons_between(before, after) == player["weapons"]
            for name in CUMULATIVE:
                assert after.fields[name] - before.fields[name] == player[name]
            for name in PER_ROUND:
                assert after.fields.get(name) == player[name]
            if told["layout"] > 32:
                minutes = after.fields["time_played_min"] - before.fields["time_played_min"]
                assert minutes == pytest.approx(player["time_played_min"])
                assert minutes == pytest.approx(player["seconds"] / 60, abs=0.1001)
            subtracted += 1
    assert subtracted > 500


def test_derived_fields_follow_from_the_file(season: Season) -> None:
    for told in season.rounds:
        for player in told["players"]:
            row = season.files[told["file"]].rows[player["key"]]
            shots, kills, deaths = (sum(weapon[place] for weapon in row.weapons.values()) for place in (1, 2, 3))
            assert row.fields["dpm"] == 0
            if told["layout"] >= 38:
                assert row.fields["bullets_fired"] == shots
            if not {"slotless_kill", "slotless_kill_before"} & set(player["oddities"]):
                expected = kills / deaths if deaths else kills + 1
                assert row.fields["kd"] == pytest.approx(expected, abs=0.05001)


def test_oddities_are_all_there_and_told(season: Season) -> None:
    told = Counter(name for one in season.rounds for name in one["oddities"])
    told.update(name for one in season.rounds for player in one["players"] for name in player["oddities"])
    assert {
        "surrender_r1", "surrender_r2", "orphan_r2", "lone_r1", "abandoned_r1", "restart", "restart_unpaired",
        "cancelled", "short", "long_break", "new_opponents", "bots", "bot_majority", "leaver", "leaver_replaced",
        "joined_r2", "late_joiner", "reconnect", "spectator_row", "moved_to_spectators_r1", "moved_to_spectators_r2",
        "name_change", "slotless_kill", "denied_outlier", "nonsense_limit", "crlf", "knife_shot_taken_back",
    } <= set(told)  # fmt: skip
    assert {one["status"] for one in season.rounds} == {
        "paired", "single", "abandoned", "orphan_r2", "empty", "cancelled",
    }  # fmt: skip
    assert any(one["seconds"] < 60 for one in season.rounds)
    assert sum(bool(one["oddities"]) for one in season.rounds) < len(season.rounds) / 2


def test_statuses_are_what_the_files_show(season: Season) -> None:
    for place, told in enumerate(season.rounds):
        file = season.files[told["file"]]
        if told["status"] == "paired":
            partner = season.by_file[told["partner"]]
            assert (partner["partner"], partner["round"]) == (told["file"], 3 - told["round"])
        if told["status"] == "orphan_r2":
            assert told["contains_sums"]
            assert all(row.rounds >= 1 for row in file.rows.values())
        if told["status"] == "abandoned":
            following = season.rounds[place + 1]
            assert (following["map"], following["round"]) == (told["map"], 1)
        if {"restart", "restart_unpaired"} & set(told["oddities"]) and told["round"] == 2:
            assert {row.rounds for row in file.rows.values()} == {0}
            assert not told["contains_sums"]
        assert (told["status"] == "empty") == (not file.rows)
        assert (told["status"] == "cancelled") == (told["winner"] == 0)
        assert ("crlf" in told["oddities"]) == (b"\r\n" in file.content)


def test_a_pair_goes_over_midnight(season: Season) -> None:
    days = [(season.by_file[told["partner"]]["stamp"][:10], told["stamp"][:10]) for _, _, told in season.pairs()]
    assert any(before < after for before, after in days)


def test_a_spectator_keeps_his_row(season: Season) -> None:
    kept = 0
    for first, second, told in season.pairs():
        for key in told["kept_rows"]:
            old, row = first.rows[key], second.rows[key]
            assert row.team == 3
            assert row.rounds == old.rounds + 1
            assert row.weapons == old.weapons
            assert row.fields["time_played_min"] == old.fields["time_played_min"]
            assert all(row.fields.get(name, 0) == 0 for name in PER_ROUND)
            kept += 1
    assert kept


def test_sessions_have_no_gap_over_an_hour(season: Season) -> None:
    flat = [name for session in season.truth["sessions"] for name in session]
    assert flat == [told["file"] for told in season.rounds if told["players"]]
    for number, session in enumerate(season.truth["sessions"]):
        stamps = [datetime.fromisoformat(season.by_file[name]["stamp"]) for name in session]
        assert all(late - early <= timedelta(hours=1) for early, late in pairwise(stamps))
        assert {season.by_file[name]["session"] for name in session} == {number}


def test_match_scores(season: Season) -> None:
    for match in season.truth["matches"]:
        first, second = season.by_file[match["r1"]], season.by_file[match["r2"]]
        winner = next((one for one in (second, first) if one["outcome"] == "completed"), None)
        if winner is None:
            assert match["score"] == {"A": 1, "B": 1}
        else:
            side = "allies" if winner["defender"] == 1 else "axis"
            team = next(player["team"] for player in winner["players"] if player["played_side"] == side)
            assert match["score"][team] == 2
            assert sum(match["score"].values()) == 2
    assert len({str(match["score"]) for match in season.truth["matches"]}) == 3


def test_skill_shows_in_the_numbers(season: Season) -> None:
    kills: Counter[str] = Counter()
    minutes: Counter[str] = Counter()
    for told in season.rounds:
        for player in told["players"]:
            kills[player["key"]] += player["kills"]
            minutes[player["key"]] += player["seconds"] / 60
    latent = season.truth["latent"]
    ranked = sorted((key for key in latent if minutes[key] > 60), key=lambda key: latent[key]["skill"])
    third = len(ranked) // 3
    rate = [sum(kills[k] for k in some) / sum(minutes[k] for k in some) for some in (ranked[:third], ranked[-third:])]
    assert rate[1] > 1.2 * rate[0]


def seconds(text: str) -> int:
    minutes, rest = text.split(":")
    return 60 * int(minutes) + int(rest)


def total(told: dict[str, Any], name: str) -> int:
    return sum(player[name] for player in told["players"])


def weapons_between(before: Row, after: Row) -> dict[str, list[int]]:
    """Every number's growth, a knife shot taken back counted as none; weapons that did not change are left out."""
    grown = {}
    for name, row in after.weapons.items():
        old = before.weapons.get(name, [0] * 5)
        growth = [late - early for late, early in zip(row, old, strict=True)]
        if name == "KNIFE":
            growth[1] = max(0, growth[1])
        assert min(growth) >= 0
        if any(growth):
            grown[name] = growth
    return grown
