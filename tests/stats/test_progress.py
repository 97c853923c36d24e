"""Sheets, milestones, badges and the other answers that are put together from several questions."""

import pytest

from muster.stats import achievements as own_achievements
from muster.stats.achievements import KNIFE_KILLS, LADDERS, SESSIONS, achievements, milestone, nearest
from muster.stats.history import recent
from muster.stats.leaderboard import standings
from muster.stats.metrics import METRICS, value
from muster.stats.players import career, maps, weapons
from muster.stats.profiles import BADGES, MAP_ROUNDS, badges, best_map, comparison, profile, summary
from muster.stats.rivals import head_to_head
from muster.stats.sheets import COMBAT, EFFICIENCY, OBJECTIVES, SUPPORT, combat, objectives, per_round, sheet
from muster.stats.source import UnknownPlayer
from muster.stats.values import EVERYTHING, Gates, MapLine, Maps, PlayerRef, Scope, Standing, Totals
from tests.stats.asking import asked
from tests.stats.truth import KILLS, Truth, total

GATES = Gates(5, 5, 100)
LISTS = (EFFICIENCY, COMBAT, SUPPORT, OBJECTIVES, BADGES)


def test_every_metric_that_is_asked_for_exists() -> None:
    assert {key for keys in LISTS for key in keys} <= set(METRICS)
    assert {ladder.key for ladder in LADDERS} - set(METRICS) == {SESSIONS, KNIFE_KILLS}
    for ladder in LADDERS:
        assert list(ladder.steps) == sorted(set(ladder.steps))


@pytest.mark.parametrize("scope", [EVERYTHING, Scope(map="supply")])
async def test_a_sheet_is_the_metrics_of_the_totals(db_url: str, months: Truth, scope: Scope) -> None:
    key = months.busiest[0]
    async with asked(db_url, months.folder) as reader:
        page = await career(reader, key, scope)
        found = await sheet(reader, key, EFFICIENCY + COMBAT, scope, gates=GATES)
        placed = await standings(reader, key, EFFICIENCY + COMBAT, scope, gates=GATES)
    assert found.totals == page.totals
    assert [(line.metric, line.rank, line.total) for line in found.lines] == [
        (one.metric, one.rank, one.total) for one in placed
    ]
    for line in found.lines:
        if line.metric == "rating":
            assert line.value == (page.rating.shown if page.rating else None)
        else:
            assert line.value == value(line.metric, page.totals)
    kills = next(line for line in found.lines if line.metric == "kills")
    assert kills.per_round == value("kpr", page.totals)


def test_per_round_goes_by_the_rounds_that_tell_it() -> None:
    totals = Totals(rounds=10, kills=55, revives_given=8, revives_of_rounds=4, denied_playtime=90, denied_of_seconds=99)
    told = {
        key: per_round(METRICS[key], totals) for key in ("kills", "revives_given", "repairs", "kd", "denied_playtime")
    }
    assert told == {"kills": 5.5, "revives_given": 2.0, "repairs": None, "kd": None, "denied_playtime": None}
    assert per_round(METRICS["hours"], totals) is None
    assert per_round(METRICS["kills"], Totals()) is None


async def test_pages_are_put_together_from_the_plain_questions(db_url: str, months: Truth) -> None:
    one, other = months.busiest[:2]
    async with asked(db_url, months.folder) as reader:
        page = await profile(reader, one, gates=GATES)
        assert page.career == await career(reader, one)
        assert page.weapons == await weapons(reader, one)
        assert page.maps == await maps(reader, one)
        assert page.combat == (await combat(reader, one, gates=GATES)).sheet
        work = await objectives(reader, one, gates=GATES)
        assert work.maps == page.maps
        assert page.objectives.lines[: len(OBJECTIVES)] == work.sheet.lines
        short = await summary(reader, one)
        assert short.career == page.career
        assert short.favourite == page.weapons.weapons[0]
        assert short.recent == await recent(reader, one, limit=10)
        assert short.best_map == best_map(page.maps)
        both = await comparison(reader, one, other)
        assert (both.first, both.second) == (page.career, await career(reader, other))
        assert both.head_to_head == await head_to_head(reader, one, other)
        for question in (profile, summary, combat, objectives, achievements):
            with pytest.raises(UnknownPlayer):
                await question(reader, "FFFFFFFF")


def standing(metric: str, rank: int | None, of: int) -> Standing:
    return Standing(metric, 1.0, rank, of, None if rank is None or of < 2 else 100 * (of - rank) / (of - 1))


def test_badges_are_for_the_podium_and_the_best_tenth() -> None:
    found = [
        standing("kills", 4, 60),
        standing("dpm", 1, 60),
        standing("kd", 3, 60),
        standing("accuracy", 9, 60),
        standing("rating", None, 60),
        standing("survival", 3, 4),
        standing("consistency", 4, 6),
        standing("efficiency", 1, 1),
    ]
    assert [badge.metric for badge in badges(found)] == ["dpm", "kd", "kills"]
    assert len(badges([standing("kills", 1, 60)] * 9)) == 6


def test_the_best_map_is_one_played_often_enough() -> None:
    def line(name: str, rounds: int, dpm: float | None) -> MapLine:
        return MapLine(name, Totals(rounds=rounds), None, dpm, None, None, None, None)

    def found(*lines: MapLine) -> Maps:
        return Maps(PlayerRef("A", "a"), Totals(), lines)

    usual, seldom = line("usual", MAP_ROUNDS, 300.0), line("seldom", MAP_ROUNDS - 1, 900.0)
    good, untimed = line("good", MAP_ROUNDS, 310.0), line("untimed", 99, None)
    assert best_map(found(usual, seldom, untimed, good)) == good
    assert best_map(found(usual, seldom, untimed)) is None


async def test_milestones_count_what_happened(db_url: str, months: Truth) -> None:
    key = months.busiest[0]
    lines = months.of(key)
    async with asked(db_url, months.folder) as reader:
        found = await achievements(reader, key)
        nowhere = await achievements(reader, key, Scope(map="nowhere"))
    values = {one.key: one.value for one in found.milestones}
    assert values["kills"] == total(lines, "kills")
    assert values["headshot_kills"] == total(lines, "headshot_kills")
    assert values[SESSIONS] == len({line.round["session"] for line in lines})
    assert values[KNIFE_KILLS] == sum(line.weapons(KILLS, ("KNIFE", "KNIFE_KBAR").__contains__) for line in lines)
    assert found.rounds == values["rounds"] == len(lines)
    assert {one.value for one in nowhere.milestones} == {None}
    assert "deaths" not in values


def test_a_place_on_a_ladder() -> None:
    ladder = own_achievements.Ladder("kills", (10, 50, 100))
    places = {n: milestone(ladder, n) for n in (None, 0, 9, 10, 75, 100, 1000)}
    assert {n: (one.level, one.reached, one.next) for n, one in places.items()} == {
        None: (0, None, 10),
        0: (0, None, 10),
        9: (0, None, 10),
        10: (1, 10, 50),
        75: (2, 50, 100),
        100: (3, 100, None),
        1000: (3, 100, None),
    }
    assert [places[n].share for n in (None, 9, 75, 1000)] == [0, 0.9, 0.75, 1]
    assert nearest(places.values()) == places[9]
    assert nearest([places[1000], places[0]]) is None


async def test_somebody_of_one_round(sqlite_url: str, week: Truth) -> None:
    async with asked(sqlite_url, week.folder) as reader:
        _, key = min((len(week.of(key)), key) for key in week.busiest)
        own = await sheet(reader, key, EFFICIENCY, gates=Gates(1000, 1000, 1000))
    assert {line.rank for line in own.lines} == {None}
    assert own.totals.rounds == len(week.of(key))
