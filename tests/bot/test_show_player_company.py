"""A player among others: what exactly the pages say."""

import msgspec

from muster.bot.show import player_company
from muster.stats.values import EVERYTHING
from muster.stats.values.progress import (
    CompanyKept,
    Comparison,
    Verdict,
)
from tests.bot.made_up_players import (
    ALICE,
    BOB,
    ENOUGH,
    HOSTILE,
    HOSTILE_TITLE,
    INVISIBLE,
    career,
    described,
    judged,
    meeting,
)


def test_teammates_under_how_sure_it_is() -> None:
    people = (
        judged(BOB, 20, 4, 35.2, Verdict.SURELY_BETTER),
        judged(HOSTILE, 12, 9, 0.0, Verdict.OPEN),
        judged(INVISIBLE, 0, 0, None, Verdict.OPEN),
        judged(BOB, 3, 20, -30.0, Verdict.SURELY_WORSE),
    )
    (page,) = player_company.teammates(CompanyKept(ALICE, EVERYTHING, 40, 48.05, 300.0, 10, people)).pages
    assert page.title == "Teammates of alice"
    assert page.description == described(
        "-# all time",
        "Usually he wins **48.0%** of rounds with **300** DPM.",
        "```",
        "               rds won ±won ±DPM",
        "[wins more with, surely]",
        "bob             24 83%  +35  +10",
        "[no clear difference]",
        "**'x'** @ever…  21 57%   +0  +10",
        "DDDDDDDD        12   –    –  +10",
        "[wins less with, surely]",
        "bob             23 13%  −30  +10",
        "```",
    )
    assert "from 10 rounds on his side on" in page.footer


def test_rivals() -> None:
    people = (judged(BOB, 4, 20, -33.0, Verdict.SURELY_WORSE), judged(BOB, 20, 4, 35.0, Verdict.LIKELY_BETTER))
    found = CompanyKept(ALICE, EVERYTHING, 40, 50.0, None, 10, people)
    (page,) = player_company.rivals(found).pages
    assert "[beaten by, surely]\nbob   24 17%" in page.description
    assert "[beats, likely]\nbob" in page.description
    assert "with **–** DPM" in page.description
    (page,) = player_company.rivals(msgspec.structs.replace(found, people=())).pages
    assert page.description.endswith("Nobody has played 10 rounds against him yet.")


def test_two_compared() -> None:
    weaker = msgspec.structs.replace(ENOUGH, kills=400, timed_damage=0, damage_given=0, headshots=0, aimed_hits=0)
    other = career(HOSTILE, weaker)
    answer = player_company.comparison(Comparison(career(), other, meeting(12, 1, other=HOSTILE)))
    (page,) = answer.pages
    assert page.title == f"alice vs {HOSTILE_TITLE}"
    assert page.description == described(
        r"-# all time · \* the better one",
        "```",
        "             alice  **'x'**…",
        "Rating       1,700     1,700",
        "K/D           1.25*     1.00",
        "DPM            300*        0",
        "Accuracy     37.5%*     0.0%",
        "HS rate      11.0%         –",
        "Efficiency   55.6%*    50.0%",
        "Damage ratio  1.20*     0.00",
        "Kills/rd      12.5*     10.0",
        "Damage/rd    3,000*        0",
        "Survival     75.0%     75.0%",
        "Useful kills 50.0%     50.0%",
        "Revives/rd    1.50      1.50",
        "Obj. score    0.40      0.40",
        "Supp. score   3.50      3.50",
        "Consistency    82%       82%",
        "Win rate     60.0%     60.0%",
        "Rounds          40        40",
        "Played       6.7 h     6.7 h",
        "```",
        f"**Against each other** 12 rounds: alice won 12, {HOSTILE_TITLE} 0 · DPM 301 to 301 · matches 3–0–1",
        "**Together** 1 round: 1 won, 0 lost",
    )
    assert answer.picture is not None
    assert answer.picture.arguments == (career(), other)
    (page,) = player_company.comparison(Comparison(career(), career(BOB), meeting(0, 0))).pages
    assert page.description.endswith("They never stood **against each other** here.")
