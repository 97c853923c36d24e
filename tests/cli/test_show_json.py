"""Answers as JSON."""

import json
from typing import Any

import pytest

from muster.cli.show.jsonout import to_json
from muster.rounds.importer import FileResult, ImportReport
from muster.rounds.importer.rebuild import Difference
from muster.stats.metrics import METRICS
from muster.stats.values import Nobody
from tests.cli.show_player_samples import career, leaderboard, nothing_known, player_page
from tests.cli.show_samples import HOSTILE, match_page, round_page, round_player, session, session_player


def read(value: object) -> Any:
    return json.loads(to_json(value))


def test_a_leaderboard_carries_its_values() -> None:
    answer = read(leaderboard())
    assert list(answer)[:2] == ["metric", "scope"]
    assert answer["metric"] == "dpm"
    assert answer["entries"][0]["value"] == 367.4
    assert answer["entries"][0]["player"] == {"key": "A0000000", "name": "bordle", "is_bot": False}
    assert answer["scope"]["period"] == {"name": "all", "grain": "all", "first_day": 0, "last_day": 99991231}


def test_times_are_utc_and_results_are_words() -> None:
    answer = read(round_page([round_player(0, "axis")], []))
    assert answer["head"]["played_at"] == "2025-10-26T19:30:01Z"
    assert answer["allies"]["result"] == "won"


def test_every_ratio_stands_beside_the_sums_it_is_made_of() -> None:
    answer = read(career())
    sums = career().totals
    assert answer["totals"]["kills"] == sums.kills
    assert answer["metrics"]["kd"] == METRICS["kd"].of(sums)
    assert answer["metrics"]["survival"] is None
    assert list(answer).index("metrics") == list(answer).index("totals") + 1


def test_an_evening_has_everybody() -> None:
    answer = read(session([session_player(n) for n in range(40)]))
    assert len(answer["players"]) == 40
    assert answer["players"][0]["metrics"]["dpm"] == answer["players"][0]["dpm"]


@pytest.mark.parametrize("value", [player_page(), nothing_known(), match_page(), {"a": (1, None)}, [Nobody("x")], None])
def test_anything_is_json_and_the_same_each_time(value: object) -> None:
    assert to_json(value) == to_json(value)
    read(value)


def test_reports_are_json_too() -> None:
    report = ImportReport()
    report.add(FileResult("a.txt", "rejected", "line 3: no"))
    assert read(report)["notable"] == [{"file": "a.txt", "status": "rejected", "reason": "line 3: no"}]
    assert read([Difference("rounds", ["(1,)"], [], 1)])[0]["table"] == "rounds"


@pytest.mark.parametrize("name", [*HOSTILE, "\U000e0041", "del\x7f"])
def test_nothing_acts_on_the_terminal_and_nothing_is_lost(name: str) -> None:
    shown = to_json(Nobody(name))
    assert all(char.isprintable() or char == "\n" for char in shown)
    assert json.loads(shown) == {"text": name}


def test_letters_of_other_alphabets_stay_readable() -> None:
    assert "Żółw 名無し" in to_json(Nobody("Żółw 名無し"))
