"""A player's weapons, maps, sessions, rounds and milestones as tables: what exactly stands in them."""

import msgspec

from muster.bot.pages import Page
from muster.bot.show import player_course, player_progress, player_tables
from muster.charts import pictures
from muster.stats.values import EVERYTHING, Result
from muster.stats.values.progress import (
    Achievements,
    Course,
    Direction,
    Spread,
    Steadiness,
    Trend,
)
from tests.bot.made_up_players import (
    ALICE,
    ENOUGH,
    ON_SUPPLY,
    ONE,
    best,
    described,
    history,
    maps,
    milestone,
    played,
    recent,
    session,
    standing,
    weapons,
)


def test_weapons() -> None:
    own = weapons()
    kills = Page(
        "Weapons of alice",
        described(
            "-# all time · most kills first",
            "```",
            "weapon      K   D ACC%  HS%",
            "MP40      310 200 40.0 10.8",
            "Riflenade   4   9    –    –",
            "FG42        0   1    –    –",
            "```",
        ),
        footer="K kills, D deaths by it · ACC hits / shots · HS headshots / hits",
        label="Kills and accuracy",
    )
    shots = Page(
        "Weapons of alice",
        described(
            "-# all time · most kills first",
            "```",
            "weapon     hits/shots heads",
            "MP40      1,200/3,000   130",
            "Riflenade       10/40     –",
            "FG42              0/0     0",
            "```",
        ),
        footer="heads: hits to the head",
        label="Hits and shots",
    )
    answer = player_tables.weapons(own, EVERYTHING)
    assert answer.pages == (kills, shots)
    assert answer.picture is not None
    assert (answer.picture.function, answer.picture.arguments) == (pictures.weapon_bars, (own,))


def test_maps_against_the_average() -> None:
    deltas, values = player_tables.maps(maps(), EVERYTHING).pages
    assert deltas == Page(
        "Maps of alice",
        described(
            "-# all time · most rounds first",
            "Difference to his average over all maps: K/D 1.25 · DPM 300 · ACC 37.5%",
            "```",
            "map         rds   K/D DPM ACC%",
            "escape2      22 +0.10  +0 −4.2",
            "goldrush_te  12 +0.10 +40 −4.2",
            "supply        6 +0.10   – −4.2",
            "```",
        ),
        footer="ACC in percentage points",
        label="Against own average",
    )
    assert values.label == "Values"
    assert "escape2     1.25   – 33.3 100%" in values.description


def test_history() -> None:
    found = msgspec.structs.replace(history(12, total=57), sessions=(session(12), session(5, known=False)))
    answer = player_course.history(found, EVERYTHING)
    assert answer.pages == (
        Page(
            "Sessions of alice",
            described(
                "-# all time · the latest 2 of 57 sessions · latest first",
                "```",
                "day    rds  K/D DPM ACC% W–D–L",
                "[Oct 2025]",
                "Sun 12   4 1.22 312 38.2 2–0–1",
                "  supply, adlernest",
                "Sun  5   4 1.15   –    –     –",
                "  supply, adlernest",
                "```",
            ),
            footer="W–D–L: matches won, drawn, lost",
        ),
    )
    assert answer.picture is not None
    assert answer.picture.function is pictures.player_trend


def test_many_sessions_take_pages_and_long_map_lists_take_lines() -> None:
    many = tuple(session(day, maps=tuple(f"etl_map_number_{n}" for n in range(6))) for day in range(20, 0, -1))
    answer = player_course.history(msgspec.structs.replace(history(), sessions=many, total=20), EVERYTHING)
    assert [page.footer.split(" · ")[-1] for page in answer.pages] == [f"page {n} of 4" for n in range(1, 5)]
    assert sum(page.description.count(" 2–0–1") for page in answer.pages) == 20
    assert "\n  map_number_0, map_number_1,\n  map_number_2" in answer.pages[0].description


def test_trends() -> None:
    courses = (
        Course("dpm", 5, 280.4, 320.0, 9.9, Direction.RISING),
        Course("kd", 5, 1.2, 1.1, -0.025, Direction.OPEN),
        Course("accuracy", 1, None, None, None, Direction.TOO_FEW),
    )
    (page,) = player_course.trend(Trend(ON_SUPPLY, history(12, 5), courses)).pages
    assert page.description == described(
        "-# all time · supply · 2 sessions · latest first",
        "```",
        "     from   to  slope",
        "DPM   280  320   +9.9   rising",
        "K/D  1.20 1.10 −0.025 no trend",
        "ACC%    –    –      –  too few",
        "```",
        "```",
        "day    rds  K/D DPM ACC%",
        "[Oct 2025]",
        "Sun 12   4 1.22 312 38.2",
        "Sun  5   4 1.15 305 38.2",
        "```",
    )
    assert page.footer.endswith("it takes 4 sessions to tell")


def test_recent_rounds_stand_under_their_evening() -> None:
    found = recent(played(), played("te_escape2", result=Result.LOST), played(day=11, result=None))
    (page,) = player_course.recent(found, EVERYTHING).pages
    assert page.description == described(
        "-# all time · the last 3 rounds",
        "```",
        "map     R  K/D DPM ACC%",
        "[2025-10-12]",
        "supply  1 11/4 301 39.0 W",
        "escape2 1 11/4 301 39.0 L",
        "[2025-10-11]",
        "supply  1 11/4   –    – –",
        "```",
    )
    pages = player_course.recent(recent(*[played()] * 30), EVERYTHING).pages
    assert [page.description.count("2025-10-12") for page in pages] == [1, 1, 1]


def test_achievements() -> None:
    found = Achievements(
        ALICE,
        EVERYTHING,
        40,
        (
            milestone("kills", 2_400, 3, 2_500, 1_000),
            milestone("hours", 17.9, 2, 25, 10),
            milestone("knife_kills", 0, 0, 1),
            milestone("repairs", None, 0, 5),
            milestone("rounds", 5_200, 8, None, 5_000),
        ),
    )
    answer = player_progress.achievements(found)
    assert answer.views
    assert answer.pages == (
        Page(
            "Achievements of alice",
            described(
                "-# all time",
                "**13** of 40 milestones reached. Nearest: 2,500 kills, 100 to go.",
                "```",
                "              now  next   %",
                "Kills       2,400 2,500  96",
                "Hours          17    25  71",
                "Knife kills     0     1   0",
                "Repairs         –     5   –",
                "Rounds      5,200   all 100",
                "```",
            ),
            label="What comes next",
        ),
        Page(
            "Achievements of alice",
            described(
                "-# all time",
                "```",
                "       reached steps",
                "Kills    1,000   3/8",
                "Hours       10   2/8",
                "Rounds   5,000   8/8",
                "```",
            ),
            footer="steps: milestones reached of those there are",
            label="What is reached",
        ),
    )


def test_consistency() -> None:
    spreads = (
        Spread("dpm", 40, 86.2, 268.7, 314.7, 352.7, 598.3),
        Spread("kd", 40, 0.25, 0.78, 1.17, 1.79, 6.0),
        Spread("accuracy", 38, 29.2, 39.0, 42.0, 45.0, 55.1),
    )
    found = Steadiness(
        ALICE, EVERYTHING, ENOUGH, standing("consistency", 81.8, 3, 12), 10, 40, 300.0, 54.6, spreads,
        best("dpm", 598.3), best("dpm", 86.2),
    )  # fmt: skip
    (page,) = player_progress.steadiness(found).pages
    assert page.title == "Consistency of alice"
    assert page.description == described(
        "-# all time · 40 rounds of more than 60 s",
        "Consistency **82%** · rank 3 of 12",
        "DPM **300** ± 55 from round to round",
        "```",
        "      min  25%  mid  75%  max",
        "DPM    86  269  315  353  598",
        "K/D  0.25 0.78 1.17 1.79 6.00",
        "ACC   29%  39%  42%  45%  55%",
        "```",
        r"Best: 598 DPM · te\_escape2 · round 1 · <t:1760299200:d>",
        r"Worst: 86 DPM · te\_escape2 · round 1 · <t:1760299200:d>",
    )
    few = msgspec.structs.replace(
        found, totals=ONE, standing=standing("consistency", None, None, 12), rounds=1, mean=200.0, deviation=None,
        spreads=(),
    )  # fmt: skip
    (page,) = player_progress.steadiness(few).pages
    assert page.description == described(
        "-# all time · 1 round of more than 60 s",
        "Consistency **–**, which takes 10 rounds of more than 60 s.",
    )
