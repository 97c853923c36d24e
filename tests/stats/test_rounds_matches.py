"""Rounds and matches against what really happened."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from muster.stats.matches import last_match, match_page
from muster.stats.rounds import last_round, round_page
from muster.stats.sessions import last_session, session, session_list
from muster.stats.values import EVERYTHING, PlayerRef, Result
from muster.store.engine import Reader
from tests.building import put, put_pair, six
from tests.stats.asking import asked
from tests.stats.truth import Truth, is_valid, sides_of

NOW = datetime(2025, 11, 12, 20, tzinfo=UTC)


def keys(players: Iterable[PlayerRef]) -> frozenset[str]:
    return frozenset(one.key for one in players)


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
        watched = [r for r in months.rounds if any(p["side"] is None for p in r["players"])]
        assert watched
        for told in [*months.rounds[::7], *watched]:
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
        sides = sides_of(halves[0])
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
