"""Gaming sessions against what really happened."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from muster.stats.history import history
from muster.stats.metrics import METRICS
from muster.stats.periods import parse
from muster.stats.rivals import head_to_head
from muster.stats.rounds import round_page
from muster.stats.sessions import last_session, session, session_list
from muster.stats.values import PlayerRef, Scope
from tests.building import player, put, six
from tests.stats.asking import asked
from tests.stats.truth import HITS, KILLS, Line, Truth, accuracy, dpm, sides_of, total

NOW = datetime(2025, 11, 12, 20, tzinfo=UTC)


def keys(players: Iterable[PlayerRef]) -> frozenset[str]:
    return frozenset(one.key for one in players)


def of_session(truth: Truth, number: int) -> list[Line]:
    return [line for line in truth.lines if line.round["session"] == number]


def moment(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp).replace(tzinfo=UTC)


async def test_the_list_of_sessions(db_url: str, months: Truth) -> None:
    stamps = {r["file"]: moment(r["stamp"]) for r in months.rounds}
    wanted = [(stamps[files[0]], stamps[files[-1]], len(files)) for files in reversed(months.told["sessions"])]
    async with asked(db_url, months.folder) as reader:
        found = await session_list(reader, limit=100)
        assert [(s.started_at, s.ended_at, s.rounds) for s in found.sessions] == wanted
        assert found.total == len(wanted)
        page = await session_list(reader, limit=2, offset=3)
        assert (page.sessions, page.total) == (found.sessions[3:5], found.total)
        october = await session_list(reader, Scope(parse("2025-10", NOW)), limit=100)
        assert [s.started_at for s in october.sessions] == [start for start, *_ in wanted if start.month == 10]
        assert october.total == len(october.sessions)
        with_supply = await session_list(reader, Scope(map="supply"), limit=100)
        assert {s.started_at for s in with_supply.sessions} == {
            stamps[files[0]] for files in months.told["sessions"] if any("-supply-" in file for file in files)
        }


async def test_the_last_session(db_url: str, months: Truth) -> None:
    files = months.told["sessions"][-1]
    lines = of_session(months, len(months.told["sessions"]) - 1)
    rounds = {r["file"]: r for r in months.rounds if r["file"] in files}
    async with asked(db_url, months.folder) as reader:
        found = await last_session(reader)
        assert found is not None
        assert found == await session(reader, found.head.session_id)
    everybody = {line.key for line in lines}
    assert keys(p.player for p in found.players) == everybody
    for shown in found.players:
        own = [line for line in lines if line.key == shown.player.key]
        assert (shown.totals.kills, shown.totals.rounds) == (total(own, "kills"), len(own))
        assert shown.dpm == pytest.approx(dpm(own))
        assert shown.accuracy == pytest.approx(accuracy(own))
        assert shown.maps == len({line.map for line in own})
        assert shown.killing_spree == max(line["killing_spree"] for line in own)
    assert found.totals.damage_given == total(lines, "damage_given")
    shown_files = [half.file for played in found.played for half in (played.first, played.second) if half]
    assert sorted(shown_files) == sorted(files)
    first = rounds[files[0]]
    spent = timedelta(seconds=found.head.seconds)
    assert spent == moment(rounds[files[-1]]["stamp"]) - moment(first["stamp"]) + timedelta(seconds=first["seconds"])


async def test_results_in_a_session_are_those_of_the_history(db_url: str, months: Truth) -> None:
    async with asked(db_url, months.folder) as reader:
        for head in (await session_list(reader, limit=4)).sessions:
            found = await session(reader, head.session_id)
            assert found is not None
            for one in found.players:
                lines = (await history(reader, one.player.key, limit=100)).sessions
                record = next(line.matches for line in lines if line.session_id == head.session_id)
                assert (one.won, one.drawn, one.lost) == (record.won, record.drawn, record.lost)
            assert sum(one.won for one in found.players) > 0


async def test_a_row_of_unknown_base_is_shown_but_not_counted(db_url: str, tmp_path: Path) -> None:
    """His counters ran on from rounds that nobody has."""
    put(tmp_path, "2025-01-01-200000", 1, *six())
    second = [*six(rounds=1, swapped=True, time_played_min=20.0)[:5], player("AAAAAA05", rounds=7, kills=90)]
    file = put(tmp_path, "2025-01-01-201000", 2, *second, limit="10:00").name
    async with asked(db_url, tmp_path) as reader:
        page, evening = await round_page(reader, file), await last_session(reader)
        both = await head_to_head(reader, "AAAAAA04", "AAAAAA05")
    assert page is not None
    assert evening is not None
    shown = {p.player.key: p for p in (*page.axis.players, *page.allies.players)}
    assert (shown["AAAAAA05"].totals.kills, shown["AAAAAA05"].eligible) == (90, False)
    assert "base_unknown" in shown["AAAAAA05"].flags
    assert all(one.eligible for key, one in shown.items() if key != "AAAAAA05")
    assert {p.player.key: p.totals.rounds for p in evening.players}["AAAAAA05"] == 1
    assert evening.totals.rounds == 11
    assert len(evening.trend[1].players) == 5
    assert both.opposed.rounds + both.together.rounds == 1


async def test_weapons_maps_and_trend_of_a_session(db_url: str, months: Truth) -> None:
    lines = of_session(months, len(months.told["sessions"]) - 1)
    async with asked(db_url, months.folder) as reader:
        found = await last_session(reader)
    assert found is not None
    for weapon in found.weapons:
        assert weapon.totals.kills == sum(x.weapons(KILLS, weapon.weapon.__eq__) for x in lines)
        assert weapon.totals.hits == sum(x.weapons(HITS, weapon.weapon.__eq__) for x in lines)
    assert sum(weapon.totals.kills for weapon in found.weapons) == total(lines, "kills")
    for share in found.maps:
        there = [line for line in lines if line.map == share.map]
        assert (share.rounds, share.kills) == (len({x.round["file"] for x in there}), total(there, "kills"))
    assert [point.head.file for point in found.trend] == list(dict.fromkeys(line.round["file"] for line in lines))
    for point in found.trend:
        there = [line for line in lines if line.round["file"] == point.head.file]
        assert point.dpm == pytest.approx(dpm(there))
        kills = {team: total([x for x in there if x["team"] == team], "kills") for team in "AB"}
        assert {point.kills_a, point.kills_b} == set(kills.values())
        assert {p.player.key: p.kills for p in point.players} == {x.key: x["kills"] for x in there}


async def test_match_ups_and_their_scores(db_url: str, months: Truth) -> None:
    """Teams may be called the other way round; who they are and what they won is told."""
    by_file = {r["file"]: r for r in months.rounds}
    async with asked(db_url, months.folder) as reader:
        heads = (await session_list(reader, limit=100)).sessions
        for head in heads:
            found = await session(reader, head.session_id)
            assert found is not None
            files = {half.file for played in found.played for half in (played.first, played.second) if half}
            for match_up in found.match_ups:
                scores: dict[frozenset[str], int] = {}
                for match in months.valid_matches:
                    r1 = by_file[match["r1"]]
                    if match["r1"] not in files or told_match_up(found, match["r1"]) != match_up.match_up:
                        continue
                    for team in "AB":
                        people = frozenset(k for k, t in r1["team_by_guid"].items() if t == team and ":" not in k)
                        side = "A" if len(people & keys(match_up.team_a)) > len(people & keys(match_up.team_b)) else "B"
                        scores[frozenset(side)] = scores.get(frozenset(side), 0) + match["score"][team]
                assert match_up.score_a == scores.get(frozenset("A"), 0)
                assert match_up.score_b == scores.get(frozenset("B"), 0)
                assert match_up.maps_won_a + match_up.maps_won_b + match_up.maps_drawn == match_up.matches
                assert not keys(match_up.team_a) & keys(match_up.team_b)
                assert match_up.match_up_id == f"{head.session_id}#{match_up.match_up}"


def told_match_up(found: Any, file: str) -> int | None:
    return next((p.match_up for p in found.played if p.first and p.first.file == file), None)


async def test_lines_of_maps(db_url: str, months: Truth) -> None:
    by_file = {r["file"]: r for r in months.rounds}
    pairs = {(m["r1"], m["r2"]) for m in months.told["matches"] if by_file[m["r2"]]["outcome"]}
    async with asked(db_url, months.folder) as reader:
        shown = set()
        for head in (await session_list(reader, limit=100)).sessions:
            found = await session(reader, head.session_id)
            assert found is not None
            for played in found.played:
                if played.match_id is None:
                    halves = (played.first, played.second)
                    assert [half.round for half in halves if half] == [n for n, half in enumerate(halves, 1) if half]
                    assert played.score_a is None
                    continue
                assert played.first is not None
                assert played.second is not None
                shown.add((played.first.file, played.second.file))
                told = by_file[played.first.file]
                attackers = {k for k, p in sides_of(told).items() if p == 3 - told["defender"] and ":" not in k}
                side = keys(
                    p.player for p in found.players if (played.match_up, played.first_attackers) in
                    [(s.match_up, s.team) for s in p.stints]
                )  # fmt: skip
                assert len(attackers & side) >= len(attackers) / 2
                assert played.first.outcome == told["outcome"]
    assert shown == pairs


async def test_awards(db_url: str, months: Truth) -> None:
    lines = of_session(months, len(months.told["sessions"]) - 1)
    rounds = len({line.round["file"] for line in lines})
    people: dict[str, list[Line]] = {}
    for line in lines:
        if ":" not in line.key:
            people.setdefault(line.key, []).append(line)
    regulars = {key: own for key, own in people.items() if 2 * len(own) >= rounds}
    async with asked(db_url, months.folder) as reader:
        found = await last_session(reader)
    assert found is not None
    awards = {award.key: award for award in found.awards}
    assert set(awards) <= {"most_kills", "best_accuracy", "most_damage", "most_revives", "mvp"}
    assert awards["most_kills"].value == max(total(own, "kills") for own in people.values())
    assert awards["most_damage"].value == max(total(own, "damage_given") for own in people.values())
    assert awards["mvp"].value == pytest.approx(max(dpm(own) for own in regulars.values()))
    assert dpm(regulars[awards["mvp"].player.key]) == pytest.approx(awards["mvp"].value)
    assert awards["best_accuracy"].value == pytest.approx(max(accuracy(own) for own in regulars.values()))
    assert all(award.metric in METRICS for award in found.awards)


async def test_half_of_the_rounds_make_a_regular(sqlite_url: str, tmp_path: Path) -> None:
    """Whoever shines in one round of three is no MVP; neither is a bot."""
    for hour in range(3):
        lines = [player(f"AAAAAAA{n}", side=1 + n % 2, damage_given=1000 + n) for n in range(4)]
        star = [player("BBBBBBB1", damage_given=9000)] if hour == 0 else []
        bot = [player("OMNIBOT0", name="bot", damage_given=9999, kills=99)]
        put(tmp_path, f"2025-01-01-20{hour}000", 1, *lines, *star, *bot, map_=f"map{hour}")
    async with asked(sqlite_url, tmp_path) as reader:
        found = await last_session(reader)
    assert found is not None
    awards = {award.key: award.player.key for award in found.awards}
    assert awards["mvp"] == "AAAAAAA3"
    assert awards["most_damage"] == "BBBBBBB1"
    assert awards["most_kills"] != "OMNIBOT0:bot"
    assert found.players[-1].player.is_bot
    rosters = [one.key for match_up in found.match_ups for one in (*match_up.team_a, *match_up.team_b)]
    assert sorted(rosters) == ["AAAAAAA0", "AAAAAAA1", "AAAAAAA2", "AAAAAAA3", "BBBBBBB1"]
    assert [award.min_rounds for award in found.awards if award.key == "mvp"] == [2]
