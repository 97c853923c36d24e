"""Sessions, rounds and matches against what really happened."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from muster.stats.history import history
from muster.stats.matches import last_match, match_page
from muster.stats.metrics import METRICS
from muster.stats.periods import parse
from muster.stats.rivals import head_to_head
from muster.stats.rounds import last_round, round_page
from muster.stats.sessions import last_session, session, session_list
from muster.stats.values import EVERYTHING, PlayerRef, Result, Scope
from muster.store.engine import Reader
from tests.building import player, put, put_pair, six
from tests.stats.asking import asked
from tests.stats.truth import HITS, KILLS, Line, Truth, accuracy, dpm, is_valid, total

NOW = datetime(2025, 11, 12, 20, tzinfo=UTC)


def keys(players: Iterable[PlayerRef]) -> frozenset[str]:
    return frozenset(one.key for one in players)


def of_session(truth: Truth, number: int) -> list[Line]:
    return [line for line in truth.lines if line.round["session"] == number]


def moment(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp).replace(tzinfo=UTC)


# ---------------------------------------------------------------------------------------------------------- sessions


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
                    assert played.score_a is None
                    continue
                assert played.first is not None
                assert played.second is not None
                shown.add((played.first.file, played.second.file))
                told = by_file[played.first.file]
                attackers = {k for k, p in teams_of(told).items() if p == 3 - told["defender"] and ":" not in k}
                side = keys(
                    p.player for p in found.players if (played.match_up, played.first_attackers) in
                    [(s.match_up, s.team) for s in p.stints]
                )  # fmt: skip
                assert len(attackers & side) >= len(attackers) / 2
                assert played.first.outcome == told["outcome"]
    assert shown == pairs


def teams_of(told: dict[str, Any]) -> dict[str, int]:
    return {p["key"]: {"axis": 1, "allies": 2}.get(p["played_side"], 0) for p in told["players"]}


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
    assert [award.min_rounds for award in found.awards if award.key == "mvp"] == [2]


async def test_an_empty_store_has_no_last_anything(db_url: str) -> None:
    async with asked(db_url) as reader:
        assert await last_session(reader) is None
        assert await last_round(reader) is None
        assert await last_match(reader) is None
        assert await session(reader, "x") is None
        assert await round_page(reader, "x") is None
        assert await match_page(reader, "x") is None
        assert (await session_list(reader)).total == 0


# ------------------------------------------------------------------------------------------------------------ rounds


async def test_every_round(db_url: str, months: Truth) -> None:
    async with asked(db_url, months.folder) as reader:
        for told in months.rounds[::7]:
            found = await round_page(reader, told["file"])
            assert found is not None
            head = found.head
            assert (head.status, head.outcome, head.valid) == (told["status"], told["outcome"], is_valid(told))
            shown = [*found.axis.players, *found.allies.players, *found.others]
            playing = {p["key"]: p for p in told["players"] if p["time_played_min"] != 0}
            assert keys(p.player for p in shown) == playing.keys()
            if told["status"] == "orphan_r2":
                continue  # its counters hold both rounds
            for one in shown:
                assert one.totals.kills == playing[one.player.key]["kills"]
                assert one.totals.damage_given == playing[one.player.key]["damage_given"]
                assert one.side == playing[one.player.key]["played_side"]
                assert one.killing_spree == playing[one.player.key]["killing_spree"]
            assert found.totals.kills == found.axis.totals.kills + found.allies.totals.kills
            best = sorted(playing.values(), key=lambda p: (-p["kills"], -p["damage_given"]))[:5]
            assert [p.totals.kills for p in found.leaders] == [p["kills"] for p in best]


async def test_the_sides_of_a_round(db_url: str, months: Truth) -> None:
    async with asked(db_url, months.folder) as reader:
        for told in [r for r in months.rounds if is_valid(r)][::5]:
            found = await round_page(reader, told["file"])
            assert found is not None
            for number, side in ((1, found.axis), (2, found.allies)):
                assert side.attacks == (told["defender"] != number)
                assert side.result == (Result.WON if told["winner"] == number else Result.LOST)
                if found.head.winner_team == side.team:
                    assert side.result is Result.WON
                teams = {told["team_by_guid"][p.player.key] for p in side.players if not p.flags}
                assert len(teams) <= 1
            assert {found.axis.team, found.allies.team} == {"A", "B"}


async def test_the_last_round_is_the_last_with_players(db_url: str, months: Truth, tmp_path: Path) -> None:
    last = max((r for r in months.rounds if r["players"]), key=lambda r: r["stamp"])
    put(tmp_path, "2025-11-20-200000", 1)
    async with asked(db_url, months.folder, tmp_path) as reader:
        found = await last_round(reader)
        assert found is not None
        assert found.head.file == last["file"]
        assert found == await round_page(reader, last["file"], found.head.server)
        assert await last_round(reader, "nowhere") is None
        assert await round_page(reader, last["file"], "nowhere") is None


# ----------------------------------------------------------------------------------------------------------- matches


async def test_every_match(db_url: str, week: Truth) -> None:
    by_file = {r["file"]: r for r in week.rounds}
    async with asked(db_url, week.folder) as reader:
        ids = [
            played.match_id
            for head in (await session_list(reader, EVERYTHING, limit=100)).sessions
            for played in (await overview(reader, head.session_id)).played
            if played.match_id
        ]
        assert len(ids) == len(week.told["matches"])
        shown = {}
        for match_id in ids:
            found = await match_page(reader, match_id)
            assert found is not None
            shown[(found.rounds[0].file, found.rounds[1].file)] = found
    for told in week.told["matches"]:
        found = shown[(told["r1"], told["r2"])]
        halves = [by_file[told["r1"]], by_file[told["r2"]]]
        wanted = {
            frozenset(k for k, t in halves[0]["team_by_guid"].items() if t == team): told["score"][team]
            for team in "AB"
        }
        teams = (found.team_a, found.team_b)
        assert {keys(p.player for p in team.players): team.score for team in teams} == wanted
        for team in teams:
            for one in team.players:
                rows = [p for half in halves for p in half["players"] if p["key"] == one.player.key]
                assert one.totals.kills == sum(p["kills"] for p in rows)
                assert one.totals.rounds == len(rows) == 2
                assert one.seconds == sum(round(p["time_played_min"] * 60) for p in rows)
        attackers = next(t for t in teams if t.team == found.first_attackers)
        sides = teams_of(halves[0])
        assert {sides[p.player.key] for p in attackers.players} == {3 - halves[0]["defender"]}
        assert [p.totals.kills for p in found.leaders] == sorted(
            (p.totals.kills for team in teams for p in team.players), reverse=True
        )[:5]  # fmt: skip


async def overview(reader: Reader, session_id: str) -> Any:
    return await session(reader, session_id)


async def test_ratings_go_from_match_to_match(db_url: str, months: Truth) -> None:
    """What a match shows as rating before it is what the match before left, also after a long absence."""
    shown: dict[str, int] = {}
    last: dict[str, int] = {}
    longest = number = 0
    async with asked(db_url, months.folder) as reader:
        for head in reversed((await session_list(reader, limit=100)).sessions):
            for played in (await overview(reader, head.session_id)).played:
                found = await match_page(reader, played.match_id or "")
                if found is None or found.margin is None:
                    continue
                number += 1
                for one in (*found.team_a.players, *found.team_b.players):
                    if one.player.is_bot:
                        assert one.rating is one.rating_change is None
                        continue
                    assert one.rating is not None
                    assert one.rating_change is not None
                    assert one.rating - one.rating_change == shown.get(one.player.key, 1000)
                    shown[one.player.key] = one.rating
                    longest = max(longest, number - last.setdefault(one.player.key, number))
                    last[one.player.key] = number
    assert len(shown) > 10
    assert longest > 40


async def test_the_last_match(db_url: str, tmp_path: Path) -> None:
    put_pair(tmp_path)
    put_pair(tmp_path, hour=21)
    put(tmp_path, "2025-01-01-220000", 1, *six())
    async with asked(db_url, tmp_path) as reader:
        found = await last_match(reader)
    assert found is not None
    assert found.rounds[0].file == "2025-01-01-210000-supply-round-1.txt"
    assert (found.team_a.score, found.team_b.score) == ((0, 2) if found.first_attackers == "A" else (2, 0))
    assert {found.team_a.result, found.team_b.result} == {Result.WON, Result.LOST}
    assert found.team_a.totals.kills == 3 * 5
    assert found.margin == pytest.approx(0.0, abs=2)
