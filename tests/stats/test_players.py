"""A player's page against what really happened to him."""

from datetime import UTC, datetime
from typing import Any

import pytest

from muster.stats.history import history, recent
from muster.stats.metrics import value
from muster.stats.periods import parse
from muster.stats.players import career, maps, weapons
from muster.stats.source import UnknownPlayer
from muster.stats.values import EVERYTHING, Record, Result, Scope, WeaponTotals
from tests.stats.asking import asked
from tests.stats.truth import DEATHS, HEADSHOTS, HITS, KILLS, SHOTS, Truth, accuracy, dpm, total

NOW = datetime(2025, 11, 12, 20, tzinfo=UTC)
SUMMED = (
    "kills", "deaths", "hits", "shots", "headshots", "damage_given", "damage_received", "team_damage_given", "gibs",
    "self_kills", "team_kills", "xp", "kill_assists", "headshot_kills", "dynamites_planted", "times_revived",
    "useful_kills", "multi2", "multi3", "useless_kills", "repairs", "revives_given",
)  # fmt: skip


def record(months: Truth, key: str, matches: list[dict[str, Any]] | None = None) -> Record:
    """Valid matches won, drawn, lost by the team a player stood with, if he stood with one only."""
    sides = {r["file"]: {p["key"]: p["team"] for p in r["players"] if p["time_played_min"] != 0} for r in months.rounds}
    counts = {1: 0, 0: 0, -1: 0}
    for match in months.valid_matches if matches is None else matches:
        teams = {sides[match[half]].get(key) for half in ("r1", "r2")} - {None}
        assert len(teams) <= 1
        for team in teams:
            own, other = match["score"][team], match["score"]["B" if team == "A" else "A"]
            counts[(own > other) - (own < other)] += 1
    return Record(counts[1], counts[0], counts[-1])


@pytest.mark.parametrize("scope", [EVERYTHING, Scope(map="supply"), Scope(parse("2025-11", NOW))])
async def test_career(db_url: str, months: Truth, scope: Scope) -> None:
    days = range(scope.period.first_day, scope.period.last_day + 1)
    async with asked(db_url, months.folder) as reader:
        for key in months.busiest[:3]:
            lines = [x for x in months.of(key) if x.day in days and scope.map in (None, x.map)]
            page = await career(reader, key, scope)
            assert page.totals.rounds == len(lines)
            assert {n: getattr(page.totals, n) for n in SUMMED} == {n: total(lines, n) for n in SUMMED}
            assert page.totals.rounds_won == sum(line.won is True for line in lines)
            assert value("dpm", page.totals) == pytest.approx(dpm(lines))
            assert value("accuracy", page.totals) == pytest.approx(accuracy(lines))
            assert page.sessions == len({line.round["session"] for line in lines})


async def test_matches_won_and_lost(db_url: str, week: Truth) -> None:
    async with asked(db_url, week.folder) as reader:
        records = {key: (await career(reader, key)).matches for key in week.busiest}
        assert records == {key: record(week, key) for key in week.busiest}
        assert sum(r.won for r in records.values()) > 0
        day = week.valid_matches[-1]["r2"][:10]
        of_day = [m for m in week.valid_matches if m["r2"].startswith(day)]
        assert 0 < len(of_day) < len(week.valid_matches)
        records = {key: (await career(reader, key, Scope(parse(day, NOW)))).matches for key in week.busiest}
        assert records == {key: record(week, key, of_day) for key in week.busiest}


async def test_names_and_moments(db_url: str, months: Truth) -> None:
    key = next(k for k in months.busiest if len({line["name"] for line in months.of(k)}) > 1)
    present = [(r["stamp"], p["name"]) for r in months.rounds for p in r["players"] if p["key"] == key]
    async with asked(db_url, months.folder) as reader:
        page = await career(reader, key)
    assert {(alias.name, alias.rounds) for alias in page.aliases} == {
        (name, sum(other == name for _, other in present)) for _, name in present
    }
    assert page.player.name == present[-1][1] == page.aliases[0].name
    assert page.first_seen == datetime.fromisoformat(present[0][0]).replace(tzinfo=UTC)
    assert page.last_seen == datetime.fromisoformat(present[-1][0]).replace(tzinfo=UTC)


async def test_rating_and_rank(db_url: str, week: Truth) -> None:
    async with asked(db_url, week.folder) as reader:
        ratings = {key: (await career(reader, key)).rating for key in week.busiest}
    known = [rating for rating in ratings.values() if rating is not None]
    assert len(known) == len(week.busiest)
    for rating in known:
        assert rating.shown == round(1000 + 40 * (rating.mu - 3 * rating.sigma))
        assert rating.rank == 1 + sum(o.mu - 3 * o.sigma > rating.mu - 3 * rating.sigma for o in known)
        assert rating.ranked == len(known)


async def test_maps_with_their_deltas(db_url: str, months: Truth) -> None:
    key = months.busiest[0]
    lines = months.of(key)
    async with asked(db_url, months.folder) as reader:
        page = await maps(reader, key)
        assert page.overall.rounds == len(lines)
        assert {line.map: line.totals.rounds for line in page.maps} == {
            name: sum(line.map == name for line in lines) for name in {line.map for line in lines}
        }
        for line in page.maps:
            there = [own for own in lines if own.map == line.map]
            assert line.totals.kills == total(there, "kills")
            if line.dpm is not None:
                assert line.dpm_delta == pytest.approx(dpm(there) - dpm(lines))
            assert line.accuracy_delta == pytest.approx(accuracy(there) - accuracy(lines))
        november = await maps(reader, key, Scope(parse("2025-11", NOW)))
        assert november.overall.rounds == sum(20251101 <= line.day <= 20251130 for line in lines)
        only = await maps(reader, key, Scope(map=page.maps[0].map))
        assert only.maps == page.maps[:1]


@pytest.mark.parametrize("scope", [EVERYTHING, Scope(map="supply")])
async def test_weapons(db_url: str, months: Truth, scope: Scope) -> None:
    key = months.busiest[0]
    rows: dict[str, list[list[int]]] = {}
    for line in months.of(key):
        for weapon, row in line.player["weapons"].items() if scope.map in (None, line.map) else ():
            if any(row):
                rows.setdefault(weapon, []).append(row)
    async with asked(db_url, months.folder) as reader:
        page = await weapons(reader, key, scope)
    assert {w.weapon: w.totals for w in page.weapons} == {
        weapon: WeaponTotals(len(own), *(sum(row[n] for row in own) for n in (HITS, SHOTS, KILLS, DEATHS, HEADSHOTS)))
        for weapon, own in rows.items()
    }
    for shown in page.weapons:
        if shown.aimed and shown.totals.shots:
            assert shown.accuracy == pytest.approx(100 * shown.totals.hits / shown.totals.shots)
        if not shown.aimed:
            assert shown.accuracy is shown.headshot_rate is None


async def test_history_is_a_row_per_session(db_url: str, months: Truth) -> None:
    key = months.busiest[1]
    sessions: dict[int, list[int]] = {}
    for line in months.of(key):
        sessions.setdefault(line.round["session"], []).append(line["kills"])
    async with asked(db_url, months.folder) as reader:
        page = await history(reader, key, limit=100)
        assert page.total == len(sessions)
        latest_first = [kills for _, kills in sorted(sessions.items(), reverse=True)]
        assert [(s.totals.kills, s.totals.rounds) for s in page.sessions] == [(sum(k), len(k)) for k in latest_first]
        part = await history(reader, key, limit=2, offset=1)
        assert part.sessions == page.sessions[1:3]
        assert part.total == page.total
        beyond = await history(reader, key, offset=1000)
        assert (beyond.sessions, beyond.total) == ((), page.total)


async def test_history_adds_up_to_the_career(db_url: str, week: Truth) -> None:
    """Rating changes of all sessions lead from 1000 to today's rating, results to the career's."""
    async with asked(db_url, week.folder) as reader:
        for key in week.busiest:
            page, whole = await history(reader, key, limit=100), await career(reader, key)
            assert whole.rating is not None
            assert 1000 + sum(s.rating_change or 0 for s in page.sessions) == whole.rating.shown
            assert sum(s.matches.won for s in page.sessions) == whole.matches.won
            assert sum(s.matches.lost for s in page.sessions) == whole.matches.lost
            played = [dict.fromkeys(x.map for x in week.of(key) if x.round["session"] == n) for n in (2, 1, 0)]
            assert [s.maps for s in page.sessions] == [tuple(names) for names in played if names]


async def test_recent_rounds(db_url: str, months: Truth) -> None:
    key = months.busiest[0]
    last = months.of(key)[-5:][::-1]
    async with asked(db_url, months.folder) as reader:
        page = await recent(reader, key, limit=5)
        on_supply = await recent(reader, key, Scope(map="supply"), limit=3)
    assert [r.head.file for r in page.rounds] == [line.round["file"] for line in last]
    for shown, line in zip(page.rounds, last, strict=True):
        assert (shown.line.totals.kills, shown.line.totals.damage_given) == (line["kills"], line["damage_given"])
        assert shown.side == line["side"]
        assert shown.result == {True: Result.WON, False: Result.LOST, None: None}[line.won]
        assert shown.head.outcome == line.round["outcome"]
    assert [r.head.map for r in on_supply.rounds] == ["supply"] * 3


async def test_an_unknown_key(sqlite_url: str) -> None:
    async with asked(sqlite_url) as reader:
        for question in (career, maps, weapons, history, recent):
            with pytest.raises(UnknownPlayer, match="FFFFFFFF"):
                await question(reader, "FFFFFFFF")
