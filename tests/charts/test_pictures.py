"""The pictures as files: valid, of the right size, the same every time, whatever the names and however few or many."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from muster.charts import pictures, style
from muster.charts.player import map_rows, sessions_note, weapon_rows
from muster.charts.radar import SPOKES, spokes
from muster.charts.session import TALLEST, arrange
from muster.stats.values import SessionOverview
from tests.charts import png
from tests.charts.made_up import empty, overview
from tests.charts.made_up_player import OPPONENT, career, history, maps, weapons

EVENINGS: dict[str, Callable[[], SessionOverview]] = {
    "nothing": empty,
    "one player, one map": lambda: overview(1, 1),
    "two players": lambda: overview(2, 1),
    "3v3": lambda: overview(6, 4),
    "6v6": lambda: overview(12, 6),
    "odd names": lambda: overview(20, 3, odd=True),
    "40 players": lambda: overview(40, 10, odd=True),
    "three match-ups": lambda: overview(12, 9, match_ups=3, odd=True),
    "five match-ups": lambda: overview(10, 15, match_ups=5),
    "a marathon": lambda: overview(8, 40),
}


@pytest.mark.parametrize("evening", EVENINGS.values(), ids=EVENINGS)
def test_a_session_is_a_picture_of_the_expected_size(evening: Callable[[], SessionOverview]) -> None:
    drawn = pictures.session_picture(evening())
    width, height = png.size(drawn)
    assert width == style.WIDTH
    assert 700 < height <= TALLEST
    assert len(drawn) < 400_000


@pytest.mark.parametrize("players", range(0, 41, 3))
@pytest.mark.parametrize("match_ups", [1, 2, 3, 4])
def test_no_session_is_higher_than_a_phone_shows(players: int, match_ups: int) -> None:
    told = overview(players, 4, match_ups=match_ups)
    panels = arrange(min(players, 12), 6 if match_ups == 1 else 5, told.match_ups)
    assert panels.height <= TALLEST
    assert panels.trend.height >= 280


def test_the_same_evening_is_the_same_file() -> None:
    told = overview(12, odd=True)
    assert pictures.session_picture(told) == pictures.session_picture(told)


def test_the_file_names_neither_program_nor_date() -> None:
    assert png.notes(pictures.session_picture(empty())) == {}


def test_teams_are_seen_by_their_colours() -> None:
    told = overview(12)
    bright = png.colours(pictures.session_picture(told))
    assert any(_near(colour, style.SKY) for colour in bright)
    assert any(_near(colour, style.ORANGE) for colour in bright)


def test_unknown_values_everywhere() -> None:
    told = overview(6, 2)
    players = [replace(p, kd=None, dpm=None, accuracy=None, headshot_rate=None) for p in told.players]
    points = [replace(p, dpm=None, players=tuple(replace(x, dpm=None, team=None) for x in p.players))
              for p in told.trend]  # fmt: skip
    drawn = pictures.session_picture(replace(told, players=tuple(players), trend=tuple(points), awards=()))
    assert png.size(drawn)[0] == style.WIDTH


def test_a_long_server_name_and_huge_numbers() -> None:
    told = overview(6, 2)
    players = tuple(replace(p, totals=replace(p.totals, kills=123456, deaths=99999), kd=1234.5) for p in told.players)
    (only,) = told.match_ups
    huge = replace(
        told, head=replace(told.head, server="$server_" * 30), players=players,
        match_ups=(replace(only, score_a=1000, score_b=1000),),
    )  # fmt: skip
    assert png.size(pictures.session_picture(huge))[0] == style.WIDTH


@settings(max_examples=30)
@given(st.lists(st.text(max_size=30), min_size=6, max_size=6), st.text(max_size=80))
def test_any_name_can_be_drawn(names: list[str], server: str) -> None:
    told = overview(6, 1)
    renamed = {p.player: replace(p.player, name=name) for p, name in zip(told.players, names, strict=True)}
    (only,) = told.match_ups
    told = replace(
        told, head=replace(told.head, server=server),
        players=tuple(replace(p, player=renamed[p.player]) for p in told.players),
        match_ups=(replace(only, team_a=tuple(renamed[p] for p in only.team_a)),),
    )  # fmt: skip
    assert pictures.session_picture(told)


@pytest.mark.parametrize(("sessions", "height"), [(0, 1146), (1, 1186), (2, 1186), (24, 1186), (90, 1186)])
def test_the_trend_of_a_player(sessions: int, height: int) -> None:
    told = history(sessions)
    drawn = pictures.player_trend(told)
    assert png.size(drawn) == (style.WIDTH, height)
    assert drawn == pictures.player_trend(told)


def test_a_trend_of_unknown_values() -> None:
    assert png.size(pictures.player_trend(history(5, known=False))) == (style.WIDTH, 1186)


def test_the_trend_says_which_sessions_it_shows() -> None:
    def note(sessions: int, total: int) -> str:
        return sessions_note(tuple(reversed(history(sessions).sessions)), total)

    assert note(0, 0) == "no session yet"
    assert note(1, 1) == "1 Jun"
    assert note(2, 2) == "2 sessions, 1 Jun – 4 Jun 2025"
    assert note(24, 57) == "24 of 57 sessions, 1 Jun – 9 Aug 2025"
    assert note(80, 80) == "80 sessions, 1 Jun 2025 – 24 Jan 2026"


@pytest.mark.parametrize("count", [0, 1, 7, 14, 15, 60])
def test_maps_of_a_player(count: int) -> None:
    told = maps(count)
    assert png.size(pictures.map_bars(told))[0] == style.WIDTH
    bars = map_rows(told)
    assert len(bars.rows) == min(count, 14) - (count > 14)
    assert bars.more == (f"+{count - 13} more" if count > 14 else "")


def test_a_map_row_tells_the_distance_to_the_average() -> None:
    rows = map_rows(maps(7)).rows
    assert (rows[0].label, rows[0].shown, rows[0].detail, rows[0].colour) == (
        "supply", "340", "+30 · 40 rounds", style.SKY,
    )  # fmt: skip
    assert (rows[4].detail, rows[4].colour) == ("−18 · 36 rounds", style.ORANGE)
    assert (rows[6].shown, rows[6].detail, rows[6].colour) == ("–", "– · 34 rounds", style.GREY)


def test_weapons_of_a_player() -> None:
    assert png.size(pictures.weapon_bars(weapons()))[0] == style.WIDTH
    rows = weapon_rows(weapons()).rows
    assert [(row.label, row.shown, row.detail) for row in rows[:2]] == [
        ("Thompson", "1,200", "33.0% · 12.5%"),
        ("MP40", "600", "–"),
    ]
    assert "Syringe" not in [row.label for row in rows]


def test_two_players_compared() -> None:
    first, second = career(), career(OPPONENT, seed=4)
    drawn = pictures.comparison(first, second)
    assert png.size(drawn) == (style.WIDTH, 940)
    assert drawn == pictures.comparison(first, second)
    compared = spokes(first, second)
    assert len(compared) == len(SPOKES)
    assert all(max(spoke.first_share or 0, spoke.second_share or 0) == 1 for spoke in compared)


def test_somebody_compared_with_a_stranger() -> None:
    compared = spokes(career(), career(OPPONENT, rounds=0))
    assert {spoke.second for spoke in compared} == {"–"}
    assert {spoke.second_share for spoke in compared} == {None}
    assert pictures.comparison(career(rounds=0), career(OPPONENT, rounds=0))


def _near(colour: tuple[int, int, int], wanted: str) -> bool:
    parts = (int(wanted[i : i + 2], 16) for i in (1, 3, 5))
    return all(abs(a - b) <= 12 for a, b in zip(colour, parts, strict=True))
