"""Pages about players at their limits: nobody, hostile names, much of everything."""

import re
from collections.abc import Iterator
from itertools import chain

import msgspec
import pytest
from rich.cells import cell_len

from muster.bot.pages import ROWS, Answer
from muster.bot.show import player, player_company, player_course, player_progress, player_sheets, player_tables
from muster.bot.show.player_words import facts, signed, under
from muster.bot.text import WIDTH
from muster.stats.periods import Grain, Period
from muster.stats.trends import Point, course
from muster.stats.values import EVERYTHING, Maps, PlayerRef, Scope, Totals, Weapons
from muster.stats.values.progress import (
    Achievements,
    Combat,
    CompanyKept,
    Comparison,
    Objectives,
    Profile,
    Steadiness,
    Summary,
    Trend,
    Verdict,
)
from tests.bot.made_up_players import (
    ALICE,
    ENOUGH,
    HOSTILE,
    HOSTILE_TITLE,
    INVISIBLE,
    best,
    career,
    history,
    judged,
    map_line,
    meeting,
    milestone,
    played,
    recent,
    sheet,
    standing,
    weapons,
)


def test_every_page_says_so_where_there_is_nothing() -> None:
    empty = Totals()
    own, blank = career(HOSTILE, empty), sheet(HOSTILE, empty)
    none = Steadiness(
        HOSTILE, EVERYTHING, empty, standing("consistency", None, None, 3), 10, 0, None, None, (), None, None
    )
    kept = CompanyKept(HOSTILE, EVERYTHING, 0, None, None, 10, ())
    for answer in (
        player.profile(Profile(own, (), blank, blank, Weapons(HOSTILE, ()), Maps(HOSTILE, empty, ()))),
        player.summary(Summary(own, None, None, recent())),
        player_sheets.sheet(blank, "Efficiency"),
        player_sheets.combat(Combat(blank, ())),
        player_sheets.objectives(Objectives(blank, Maps(HOSTILE, empty, ()))),
        player_tables.weapons(Weapons(HOSTILE, ()), EVERYTHING),
        player_tables.maps(Maps(HOSTILE, empty, ()), EVERYTHING),
        player_course.history(history(player=HOSTILE), EVERYTHING),
        player_course.trend(Trend(EVERYTHING, history(player=HOSTILE), ())),
        player_course.recent(recent(player=HOSTILE), EVERYTHING),
        player_progress.achievements(Achievements(HOSTILE, EVERYTHING, 0, ())),
        player_progress.steadiness(none),
        player_company.teammates(kept),
        player_company.rivals(kept),
        player_company.comparison(Comparison(career(), own, meeting(0, 0))),
    ):
        (page,) = answer.pages
        assert HOSTILE_TITLE in page.title
        assert "There is no round of" in page.description
        assert answer.picture is None


def answers(who: PlayerRef, totals: Totals) -> Iterator[Answer]:
    """Every answer about somebody with a lot to show."""
    scope = Scope(Period("2025-10-26", Grain.DAYS, 20251026, 20251026), "m" * 60, "s_" * 30)
    own, numbers = career(who, totals, scope), sheet(who, totals, scope)
    large = msgspec.structs.replace(
        numbers,
        lines=tuple(
            msgspec.structs.replace(line, value=98_765_432, per_round=12_345.6, rank=999, total=999)
            for line in numbers.lines
        ),
    )
    arms = Weapons(who, weapons(who).weapons * 10)
    places = Maps(who, totals, tuple(map_line(f"etl_quite_a_long_name_{n}", 1_000 + n) for n in range(40)))
    evenings = msgspec.structs.replace(history(*range(1, 31), player=who), total=2_000)
    rounds = recent(*[played("etl_quite_a_long_name_of_a_map")] * 50, player=who)
    people = tuple(judged(who, 1_234, 1_100, -12.5, verdict) for verdict in Verdict for _ in range(10))
    kept = CompanyKept(who, scope, 3_000, 50.0, 300.0, 10, people)
    steps = tuple(milestone("damage_given", 9_765_432, 7, 10_000_000) for _ in range(19))
    yield player.profile(Profile(own, (standing("kills", 1, 1, 9),) * 6, large, large, arms, places))
    yield player.summary(Summary(own, places.maps[0], arms.weapons[0], rounds))
    yield player_sheets.combat(Combat(large, (best(),) * 6))
    yield player_sheets.objectives(Objectives(large, places))
    yield player_sheets.sheet(large, "Support")
    yield player_tables.weapons(arms, scope)
    yield player_tables.maps(places, scope)
    yield player_course.history(evenings, scope)
    yield player_course.trend(Trend(scope, evenings, (course("dpm", [Point(0, 9_999.0, 1), Point(1, 1.0, 9)]),)))
    yield player_course.recent(rounds, scope)
    yield player_progress.achievements(Achievements(who, scope, 3_000, steps))
    yield player_company.teammates(kept)
    yield player_company.rivals(kept)
    yield player_company.comparison(Comparison(own, career(who, totals, scope), meeting(9_999, 9_999, who, who)))


@pytest.mark.parametrize("who", [HOSTILE, INVISIBLE, PlayerRef("E" * 32, "彡" * 36), PlayerRef("F" * 32, "_" * 200)])
def test_pages_hold_whatever_there_is(who: PlayerRef) -> None:
    """Pages refuse themselves what Discord would refuse; lines of tables fit a phone; no block ends early."""
    wealth = msgspec.structs.replace(ENOUGH, kills=987_654, damage_given=98_765_432, rounds=9_999)
    for page in chain.from_iterable(answer.pages for answer in answers(who, wealth)):
        assert page.description.count("```") % 2 == 0
        for block in re.findall(r"```\n(.*?)\n```", page.description, re.DOTALL):
            lines = block.splitlines()
            assert max(map(cell_len, lines)) <= WIDTH, page
            assert "" not in lines


def test_rows_of_long_lists_are_all_there() -> None:
    for answer in answers(ALICE, ENOUGH):
        by_view: dict[str, int] = {}
        for page in answer.pages:
            by_view[page.label] = by_view.get(page.label, 0) + page.description.count("quite_a_long_name")
        assert all(count in (0, 1, 40, 50) for count in by_view.values()), answer.pages[0].title


def test_words() -> None:
    assert [signed(value) for value in (None, -0.4, 0.6, -1234.5)] == ["–", "+0", "+1", "−1,234"]
    assert signed(1.25, 1, "%") == "+1.2%"
    assert facts([("Kills", "12"), ("A metric of a long name", "1,234,567"), ("Odd", "1")]) == [
        "Kills        12  A me… 1,234,567",
        "Odd           1",
    ]
    lines = [str(n) for n in range(ROWS + 2)]
    grouped = under(["a"] * 3 + ["b"] * (ROWS - 1), lines, ROWS)
    assert [line for line in grouped if "\n" in line] == ["a\n0", "b\n3", f"b\n{ROWS}"]
