"""Pages about one player: overview, summary, sheets of metrics, and what is said where there is nothing."""

import msgspec
import pytest

from muster.bot.pages import BLUE, GREY, Answer, Page
from muster.bot.show import player, player_sheets
from muster.bot.show.player_words import nothing
from muster.stats.periods import Grain, Period
from muster.stats.values import EVERYTHING, Result, Scope
from muster.stats.values.progress import (
    Combat,
    Objectives,
    Profile,
    Summary,
)
from tests.bot.made_up_players import (
    HOSTILE,
    HOSTILE_TITLE,
    INVISIBLE,
    ON_SUPPLY,
    ONE,
    best,
    career,
    described,
    map_line,
    maps,
    played,
    recent,
    sheet,
    standing,
    weapons,
)


def test_overview() -> None:
    badges = (standing("kills", 500, 1, 9), standing("dpm", 300.0, 4, 40))
    answer = player.profile(Profile(career(), badges, sheet(), sheet(), weapons(), maps()))
    assert answer.views
    assert [page.label for page in answer.pages] == ["Overview", "Combat", "Objectives and support", "Weapons", "Maps"]
    assert answer.pages[0] == Page(
        "alice",
        described(
            "-# all time",
            "Rating **1,700** ± 100 · #2 of 31",
            "🥇 Kills 500 · #4 DPM 300",
            "```",
            "K/D        1.25  DPM         300",
            "Accuracy  37.5%  HS rate   11.0%",
            "Eff.      55.6%  Survival  75.0%",
            "Win rate  60.0%  Consistency 82%",
            "Kills       500  Deaths      400",
            "Damage  120,000  Revives      60",
            "Rounds       40  Played    6.7 h",
            "Sessions      5  W–D–L    10–1–7",
            "```",
            r"Also known as \*al\* (1)",
            "Seen from <t:1759348800:d> to <t:1760299200:d>, <t:1760299200:R>",
        ),
        footer="W–D–L: matches won, drawn, lost",
        colour=BLUE,
        label="Overview",
    )


def test_summary() -> None:
    lately = recent(played(), played(result=Result.LOST), played(result=None))
    answer = player.summary(Summary(career(), map_line("sw_goldrush_te", 12, 340.0), weapons().weapons[0], lately))
    assert answer == Answer(
        (
            Page(
                "alice",
                described(
                    "-# all time",
                    "Rating **1,700** ± 100 · #2 of 31",
                    "```",
                    "K/D        1.25  DPM         300",
                    "Accuracy  37.5%  HS rate   11.0%",
                    "Win rate  60.0%  Eff.      55.6%",
                    "Rounds       40  Played    6.7 h",
                    "```",
                    "Last rounds **W L –** (latest first)",
                    r"Best map **sw\_goldrush\_te**: 340 DPM, +40",
                    "Weapon **MP40**: 310 kills, 40.0% hit",
                    "Last seen <t:1760299200:R>",
                ),
            ),
        )
    )


def test_somebody_without_a_name_and_with_hardly_a_round() -> None:
    (page,) = player.summary(Summary(career(INVISIBLE, ONE, ON_SUPPLY), None, None, recent())).pages
    assert page.title == "DDDDDDDD"
    assert page.description == described(
        "-# all time · supply",
        "No rating yet: it takes a match played both ways.",
        "```",
        "K/D        3.00  DPM           –",
        "Accuracy      –  HS rate       –",
        "Win rate   0.0%  Eff.     100.0%",
        "Rounds        1  Played        –",
        "```",
        "Last seen <t:1760299200:R>",
    )


@pytest.mark.parametrize(
    ("scope", "hint"),
    [
        (EVERYTHING, "His rounds were too short, abandoned, or played among bots."),
        (ON_SUPPLY, "Ask again with no `map:`."),
        (Scope(Period("2024", Grain.MONTHS, 20240101, 20241231)), "Ask again with `period: all`."),
        (
            Scope(Period("today", Grain.DAYS, 20251012, 20251012), "supply", "s*1"),
            "Ask again with `period: all` and no `map:` and no `server:`.",
        ),
    ],
)
def test_nothing_says_what_would_help(scope: Scope, hint: str) -> None:
    (page,) = nothing("Maps of x", HOSTILE, scope).pages
    assert page.colour == GREY
    assert page.description.endswith(f"There is no round of {HOSTILE_TITLE} that counts here. {hint}")


def test_a_sheet_with_ranks() -> None:
    page, meaning = player_sheets.sheet(sheet(), "Efficiency").pages
    assert page == Page(
        "Efficiency of alice",
        described(
            "-# all time · 40 rounds",
            "```",
            "            value  /rd rank",
            "Kills         500 12.5  1/9",
            "Deaths        400 10.0",
            "K/D          1.25       4/7",
            "Consistency     –         –",
            "```",
        ),
        footer="ranks ask for 10 rounds, of ratios 20; up to 9 ranked",
        label="Numbers",
    )
    assert meaning.label == "What they mean"
    assert meaning.description.splitlines()[:2] == [
        "**Kills** enemies killed, over all weapons",
        "**Deaths** deaths by enemies, over all weapons",
    ]


def test_a_sheet_of_a_large_community_has_room_for_its_ranks() -> None:
    own = sheet()
    many = msgspec.structs.replace(own, lines=tuple(msgspec.structs.replace(line, total=4_800) for line in own.lines))
    page, _ = player_sheets.sheet(many, "Efficiency").pages
    assert "Kills         500 12.5   #1" in page.description
    assert page.footer.endswith("up to 4,800 ranked")


def test_best_rounds() -> None:
    _, page, _ = player_sheets.combat(Combat(sheet(), (best(), best("revives_given", 3)))).pages
    assert page == Page(
        "Combat of alice",
        described(
            "-# all time · the latest of equals",
            r"Kills **25** · te\_escape2 · round 1 · <t:1760299200:d>",
            r"Revives **3** · te\_escape2 · round 1 · <t:1760299200:d>",
        ),
        label="Best rounds",
    )


def test_objectives_per_map() -> None:
    _, page, _ = player_sheets.objectives(Objectives(sheet(), maps())).pages
    assert page.description == described(
        "-# all time · most rounds first",
        "```",
        "map          /rd pl df st rt rp",
        "escape2     0.00  0  0  0  0  –",
        "goldrush_te 0.00  0  0  0  0  –",
        "supply      0.00  0  0  0  0  –",
        "```",
    )
