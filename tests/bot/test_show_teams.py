"""Teams as pages: what stands on them, that they fit a phone, and that no name breaks them."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import msgspec
import pytest
from rich.cells import cell_len

from muster.bot.pages import Answer
from muster.bot.show import team_balance, team_evening, team_lineups, team_sides, team_synergy
from muster.bot.show.team_words import filled
from muster.stats.periods import parse
from muster.stats.rows import usual
from muster.stats.values import (
    EVERYTHING,
    MatchUp,
    PlayedMap,
    PlayerRef,
    Record,
    RoundHead,
    Scope,
    SessionHead,
    SessionOverview,
    Totals,
)
from muster.stats.values.teams import (
    Attacks,
    Balance,
    BestPairs,
    FastAttack,
    Lineup,
    MapAttacks,
    MatchUpSheet,
    Mate,
    Meeting,
    Night,
    Objectives,
    Pair,
    Seat,
    Share,
    Sides,
    SideSheet,
    Split,
    Synergy,
    Tally,
    TeamEvening,
    TeamHistory,
    TeamMember,
    TeamSheet,
    TeamsOf,
    Versus,
)

AT = datetime(2025, 10, 26, 20, 30, tzinfo=UTC)
SESSION = "2025-10-26-191725@host"
ANN, BOB, CID = (PlayerRef(f"AAAAAA0{n}", name) for n, name in enumerate(("Ann", "Bob", "Cid")))
HOSTILE = [
    PlayerRef(f"BBBBBB{n:02}", name)
    for n, name in enumerate(
        (
            "```\nrun",
            "**@everyone**",
            "",
            "\u202egnirts",
            "漢字漢字漢字漢字漢字漢字漢字漢字",
            "W" * 36,
            "a, b; <@1>",
            "שלום",
        )
    )
]
NARROW = Scope(parse("2025-10", AT), "supply", "host")


def blocks(answer: Answer) -> Iterator[list[str]]:
    """The code blocks of all pages."""
    for page in answer.pages:
        for found in re.findall(r"```\n(.*?)\n```", page.description, re.DOTALL):
            yield found.split("\n")


def assert_fits(answer: Answer) -> None:
    for lines in blocks(answer):
        assert all(cell_len(line) <= 40 for line in lines), lines
    for page in answer.pages:
        assert page.description.count("```") % 2 == 0
        outside = re.sub(r"```\n.*?\n```", "", page.description, flags=re.DOTALL)
        assert "@everyone" not in f"{page.title} {outside}"
        assert "\u202e" not in f"{page.title} {page.description}"


def only(answer: Answer) -> str:
    (page,) = answer.pages
    assert_fits(answer)
    return page.description


# ----------------------------------------------------------------------------------------------------------- evenings


def totals(rounds: int = 2) -> Totals:
    return Totals(
        rounds=rounds, seconds=600 * rounds, timed_damage=3000 * rounds, damage_given=3000 * rounds,
        damage_received=2000 * rounds, kills=10 * rounds, deaths=8 * rounds, aimed_hits=40, aimed_shots=100,
        headshots=10, useful_kills=4 * rounds, useful_of_kills=10 * rounds,
    )  # fmt: skip


def member(player: PlayerRef, rounds: int = 2, elsewhere: int = 0) -> TeamMember:
    return TeamMember(player, totals(rounds), **usual(totals(rounds)), elsewhere=elsewhere)


def head(number: int, outcome: str, seconds: float) -> RoundHead:
    return RoundHead(
        file=f"2025-10-26-20{number}000-supply-round-{number}.txt", server="host", played_at=AT, map="supply",
        config="legacy3", round=number, defender="axis", winner="allies" if outcome == "completed" else "axis",
        outcome=outcome, seconds=seconds, status="paired", valid=True, flags=(), session_id=SESSION, match_id="m",
        match_up=1, axis_team="A" if number == 1 else "B", winner_team="B",
    )  # fmt: skip


def evening(team_a: Sequence[PlayerRef], team_b: Sequence[PlayerRef], match_ups: int = 1) -> TeamEvening:
    played = PlayedMap("supply", "m", 1, head(1, "completed", 433), head(2, "held", 433), 0, 2, "B")
    sheets = []
    for number in range(1, match_ups + 1):
        result = MatchUp(number, f"{SESSION}#{number}", tuple(team_a), tuple(team_b), 1, 0, 2, 0, 1, 0)
        own = TeamSheet("A", tuple(map(member, team_a)), totals(), 0, 2, Attacks(1), Attacks(1, 1, 433, 433))
        members = tuple(member(player, 2, int(i == 0)) for i, player in enumerate(team_b))
        other = TeamSheet("B", members, totals(), 2, 0, Attacks(1, 1, 433, 433), Attacks(1))
        sheets.append(MatchUpSheet(result, 2, own, other))
    overview = SessionOverview(
        head=SessionHead(SESSION, "host", AT, AT, 20251026, 3600, 2, 1, 3, match_ups),
        totals=totals(), players=(), played=(played,), match_ups=tuple(sheet.result for sheet in sheets), awards=(),
        weapons=(), maps=(), trend=(),
    )  # fmt: skip
    return TeamEvening(overview, tuple(sheets), head(2, "held", 433).file)


def test_numbers_of_both_teams() -> None:
    assert only(team_evening.teams([evening([ANN], [BOB, CID])])) == (
        "-# host · <t:1761507000:f> – <t:1761510600:t> · 1 h 00 min\n"
        "**A** Ann\n"
        "**B** Bob, Cid\n"
        "```\n"
        "                      A       B\n"
        "Maps won              0       1\n"
        "Points                0       2\n"
        "Rounds won            0       2\n"
        "Attacks won         0/1     1/1\n"
        "Defences held       0/1     1/1\n"
        "Attack, median        –    7:13\n"
        "Attack, best          –    7:13\n"
        "K/D                1.25    1.25\n"
        "DPM                 300     300\n"
        "Accuracy          40.0%   40.0%\n"
        "Headshot rate     25.0%   25.0%\n"
        "Kills/round        10.0    10.0\n"
        "Revives/round         –       –\n"
        "Objective score    0.00    0.00\n"
        "```\n"
        "-# 2 rounds and 1 match that count · median and best are of completed attacks"
    ).replace("1761507000", str(int(AT.timestamp()) - 3600)).replace("1761510600", str(int(AT.timestamp())))


def test_rosters() -> None:
    assert only(team_evening.rosters([evening([ANN], [BOB, CID])])).split("\n")[1:] == [
        "**Team A** · 1 player",
        "```",
        " player rds  K/D DPM",
        " Ann      2 1.25 300",
        "```",
        "**Team B** · 2 players",
        "```",
        " player rds  K/D DPM",
        "*Bob      2 1.25 300",
        " Cid      2 1.25 300",
        "```",
        "-# * stood for the other team too; his numbers are of this one",
    ]


def test_a_meeting_of_teams() -> None:
    assert only(team_evening.versus([evening([ANN], [BOB])])).split("\n")[1:] == [
        "**A** Ann",
        "**B** Bob",
        "**Team A 0 : 2 Team B** · maps 0 : 1 · rounds 0 : 2",
        "```",
        "map    team A team B score",
        "supply   held   7:13 0 : 2",
        "```",
        "-# a time is that of a team's attack",
    ]


def test_efficiency_of_teams() -> None:
    shown = only(team_evening.efficiency([evening([ANN], [BOB])]))
    assert "Efficiency       55.6%   55.6%\nDamage ratio      1.50    1.50\nUseful kills     40.0%   40.0%\n" in shown
    assert "Efficiency: kills / (kills + deaths)" in shown


def test_several_evenings_are_views_and_several_match_ups_are_named() -> None:
    one = evening([ANN], [BOB], match_ups=2)
    replace = msgspec.structs.replace
    head_of_other = replace(one.overview.head, session_id="x")
    other = replace(one, overview=replace(one.overview, head=head_of_other))
    answer = team_evening.teams([one, other])
    assert answer.views
    assert [page.label for page in answer.pages] == [SESSION, "x"]
    assert "**Match-up 2**" in answer.pages[0].description


@pytest.mark.parametrize(
    "show", [team_evening.teams, team_evening.rosters, team_evening.versus, team_evening.efficiency]
)
def test_evenings_of_every_kind(show: Callable[[Sequence[TeamEvening]], Answer]) -> None:
    forty = [PlayerRef(f"CCCCCC{n:02}", f"{'_' * 30}{n}") for n in range(40)]
    for made in (
        evening(HOSTILE, HOSTILE),
        evening(forty[:20], forty[20:], match_ups=3),
        evening([], []),
        evening([ANN], [BOB], match_ups=0),
    ):
        answer = show([made])
        assert_fits(answer)
    assert show([]).pages[0].title == "No session yet"


# -------------------------------------------------------------------------------------------------------------- sides


def side(name: str, attack: Attacks, defence: Attacks) -> SideSheet:
    rounds = attack.rounds + defence.rounds
    won = attack.completed + defence.held
    return SideSheet(name, rounds, won, rounds - won, attack, defence, totals(1), totals(2), totals(3))


BOTH = Sides(
    EVERYTHING,
    side("axis", Attacks(4, 1, 300, 300), Attacks(6, 3, 200, 240.5)),
    side("allies", Attacks(6, 3, 200, 240.5), Attacks(4, 1, 300, 300)),
)


def test_a_side() -> None:
    answer = team_sides.sides(BOTH, "allies")
    assert (answer.views, answer.at, [page.label for page in answer.pages]) == (True, 1, ["Axis", "Allies"])
    assert_fits(answer)
    assert answer.pages[0].description.split("\n")[:11] == [
        "-# all time · 10 rounds that count",
        "```",
        "            attack defend  both Allies",
        "Rounds           4      6    10     10",
        "Won            25%    50%   40%    60%",
        "Median time   5:00   4:00         4:00",
        "Best time     5:00   3:20         3:20",
        "K/D           1.25   1.25  1.25   1.25",
        "DPM            300    300   300    300",
        "Accuracy     40.0%  40.0% 40.0%  40.0%",
        "Kills/round   10.0   10.0  10.0   10.0",
    ]


def test_efficiency_of_sides() -> None:
    assert only(team_sides.efficiency(BOTH)).split("\n")[1:9] == [
        "```",
        "         Axis att. def. Allies att. def.",
        "Eff. %     56   56   56     56   56   56",
        "Damage   1.50 1.50 1.50   1.50 1.50 1.50",
        "Useful %   40   40   40     40   40   40",
        "K/D      1.25 1.25 1.25   1.25 1.25 1.25",
        "DPM       300  300  300    300  300  300",
        "```",
    ]


def test_large_numbers_fit() -> None:
    many = Attacks(123_456, 123_456, 5999, 5999)
    sums = totals(123_456)
    sheets = [SideSheet(name, 246_912, 123_456, 123_456, many, many, sums, sums, sums) for name in ("axis", "allies")]
    assert_fits(team_sides.sides(Sides(EVERYTHING, *sheets)))
    assert_fits(team_sides.efficiency(Sides(EVERYTHING, *sheets)))
    assert_fits(team_sides.objectives(Objectives(EVERYTHING, (MapAttacks("m" * 60, "axis", many),), ())))


def test_objectives_by_map() -> None:
    found = Objectives(
        EVERYTHING,
        (MapAttacks("supply", "allies", Attacks(6, 3, 200, 240.5)), MapAttacks("et_ice", "axis", Attacks(1))),
        (),
    )
    assert only(team_sides.objectives(found)).split("\n") == [
        "-# all time · most rounds first",
        "```",
        "map    by rds won  med best",
        "supply Al   6 50% 4:00 3:20",
        "et_ice Ax   1  0%    –    –",
        "```",
    ]


def test_objectives_of_a_map() -> None:
    by_round = (Attacks(4, 2, 200, 210), Attacks(2, 1, 220, 220))
    fast = FastAttack(200.06, "allies", 1, "2025-10-26-203000-supply-round-1.txt", "host")
    found = Objectives(NARROW, (MapAttacks("supply", "allies", Attacks(6, 3, 200, 210), by_round),), (fast,))
    assert only(team_sides.objectives(found)).split("\n")[:11] == [
        "-# 2025-10 · supply · host",
        "```",
        "              rds won  med best",
        "Allies attack   6 50% 3:30 3:20",
        "  round 1       4 50% 3:30 3:20",
        "  round 2       2 50% 3:40 3:40",
        "```",
        "```",
        "fastest         by R   time",
        "2025-10-26 host Al 1 3:20.0",
        "```",
    ]


def test_no_rounds() -> None:
    none = side("axis", Attacks(), Attacks())
    for answer in (
        team_sides.sides(Sides(NARROW, none, none)),
        team_sides.efficiency(Sides(NARROW, none, none)),
        team_sides.objectives(Objectives(NARROW, (), ())),
    ):
        assert "no round that counts here. Ask again with `period: all` and no `map:` and no `server:`" in only(answer)


# ------------------------------------------------------------------------------------------------------------ line-ups

TALLY = Tally(Record(3, 1, 2), 7, 5)


def test_history() -> None:
    nights = (
        Night(SESSION, 1, "host", 20251026, "A", TALLY, (Mate(BOB, 6), Mate(CID, 2))),
        Night(SESSION, 2, "host", 20251025, "B", Tally(Record(1, 0, 0), 2, 0), ()),
    )
    assert only(team_lineups.history(TeamHistory(ANN, EVERYTHING, nights, 2))).split("\n") == [
        "-# all time · 2 match-ups · latest first",
        "```",
        "evening       team W–D–L points",
        "2025-10-26       A 3–1–2    7:5",
        "  Bob, Cid (2)",
        "2025-10-25 #2    B 1–0–0    2:0",
        "  alone",
        "```",
    ]


def test_teams_of_a_player() -> None:
    lineups = (Lineup((ANN, BOB), TALLY, AT), Lineup((ANN,), Tally(Record(1, 0, 0), 2, 0), AT))
    answer = team_lineups.teams_of(TeamsOf(ANN, EVERYTHING, TALLY, 2, (Mate(BOB, 6),), lineups, 2))
    assert only(answer).split("\n") == [
        "-# all time",
        "**6 matches** in 2 sessions: 3–1–2, **60%** won · points 7:5",
        "Most with Bob 6",
        "```",
        "last       n W–D–L points",
        "2025-10-26 6 3–1–2    7:5",
        "  Ann, Bob",
        "2025-10-26 1 1–0–0    2:0",
        "  Ann",
        "```",
    ]


def test_two_players_teams_against_each_other() -> None:
    total = Meeting(TALLY, 8, 4)
    evenings = (Meeting(TALLY, 8, 4, SESSION, 2, 20251026),)
    found = Versus(ANN, BOB, EVERYTHING, total, evenings, (Meeting(TALLY, 8, 4, map="supply"),))
    answer = team_lineups.versus(found)
    assert_fits(answer)
    assert answer.views
    assert [page.description.split("\n")[1:] for page in answer.pages] == [
        [
            "**6 matches**, as Ann sees them: 3–1–2, **60%** won",
            "points 7:5 · rounds 8:4",
            "```",
            first,
            row,
            "```",
        ]
        for first, row in (
            ("evening       W–D–L points rounds", "2025-10-26 #2 3–1–2    7:5    8:4"),
            ("       W–D–L points rounds", "supply 3–1–2    7:5    8:4"),
        )
    ]


def test_nobody_met() -> None:
    none = Meeting(Tally(), 0, 0)
    assert "never stood in different teams" in only(team_lineups.versus(Versus(ANN, BOB, EVERYTHING, none, (), ())))
    assert "no finished match here" in only(team_lineups.history(TeamHistory(ANN, EVERYTHING, (), 0)))
    assert "no finished match here" in only(team_lineups.teams_of(TeamsOf(ANN, NARROW, Tally(), 0, (), (), 0)))


@pytest.mark.parametrize("player", HOSTILE)
def test_hostile_names_in_line_ups(player: PlayerRef) -> None:
    mates = tuple(Mate(one, 3) for one in HOSTILE * 4)
    nights = tuple(Night(SESSION, n, "host", 20251026, "A", TALLY, mates) for n in range(20))
    assert_fits(team_lineups.history(TeamHistory(player, EVERYTHING, nights, 99)))
    lineups = (Lineup(tuple(HOSTILE * 4), TALLY, AT),) * 20
    assert_fits(team_lineups.teams_of(TeamsOf(player, EVERYTHING, TALLY, 2, mates[:8], lineups, 99)))
    evenings = tuple(Meeting(TALLY, 8, 4, SESSION, n, 20251026) for n in range(40))
    maps = tuple(Meeting(TALLY, 8, 4, map="`" * n) for n in range(40))
    answer = team_lineups.versus(Versus(player, ANN, EVERYTHING, Meeting(TALLY, 8, 4), evenings, maps))
    assert_fits(answer)
    assert len(answer.pages) == 6


def test_names_fill_lines() -> None:
    assert filled(["a" * 50, "b", "c"], width=12) == ["  aaaaaaaa…,", "  b, c"]
    assert filled(["ab", "cd", "ef"], width=10) == ["  ab, cd,", "  ef"]
    assert filled([]) == []


# ------------------------------------------------------------------------------------------------------- pairs, splits


def pair(first: PlayerRef, second: PlayerRef) -> Pair:
    return Pair(first, second, TALLY, 50.0, 23.1, 88.2, 10.0, -26.9)


def test_best_pairs() -> None:
    answer = team_synergy.pairs(BestPairs(EVERYTHING, None, 5, (pair(ANN, BOB), pair(BOB, CID)), 2, 7))
    assert only(answer).split("\n")[2:] == [
        "```",
        "     n won usual gain sure",
        " 1 Ann + Bob",
        "     6 60%   50%  +10  −27",
        " 2 Bob + Cid",
        "     6 60%   50%  +10  −27",
        "```",
    ]
    assert answer.pages[0].footer.endswith("2 pairs; asks for 5 decided matches, 7 left out")


def test_two_together() -> None:
    apart = Tally(Record(1, 0, 3), 2, 6)
    found = Synergy(EVERYTHING, pair(ANN, BOB), Share(ANN, TALLY, apart), Share(BOB, TALLY, Tally()), apart)
    assert only(team_synergy.synergy(found)).split("\n") == [
        "-# all time · 6 matches together",
        "**60%** won together, **50%** to be expected of their own: +10 points. "
        "With 95 % certainty it is 23 to 88 %. That may be chance.",
        "```",
        "                n W–D–L won",
        "together        6 3–1–2 60%",
        "Ann             6 3–1–2 60%",
        "  without Bob   4 1–0–3 25%",
        "Bob             6 3–1–2 60%",
        "  without Ann   0     –   –",
        "Ann against him 4 1–0–3 25%",
        "```",
        "-# W–D–L: matches won, drawn, lost · won: of matches that somebody won",
    ]


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(51.0, 90.0, "surely win more"), (10.0, 49.0, "surely win less"), (40.0, 60.0, "may be chance")],
)
def test_verdicts(low: float, high: float, verdict: str) -> None:
    found = msgspec.structs.replace(pair(ANN, BOB), low=low, high=high)
    share = Share(ANN, TALLY, TALLY)
    assert verdict in only(team_synergy.synergy(Synergy(EVERYTHING, found, share, share, Tally())))


def test_no_pair() -> None:
    none = Pair(ANN, BOB, Tally(), None, None, None, None, None)
    drawn = Pair(ANN, BOB, Tally(Record(0, 1, 0), 1, 1), None, None, None, None, None)
    share = Share(ANN, TALLY, TALLY)
    assert "never stood in the same team" in only(team_synergy.synergy(Synergy(NARROW, none, share, share, TALLY)))
    assert "Nobody won any" in only(team_synergy.synergy(Synergy(EVERYTHING, drawn, share, share, Tally())))
    assert "1 pair with fewer" in only(team_synergy.pairs(BestPairs(EVERYTHING, ANN, 5, (), 0, 1)))


def test_hostile_pairs() -> None:
    pairs = tuple(pair(one, other) for one in HOSTILE for other in HOSTILE)
    assert_fits(team_synergy.pairs(BestPairs(EVERYTHING, HOSTILE[1], 5, pairs, 99_999, 99_999)))
    for one in HOSTILE:
        share = Share(one, TALLY, TALLY)
        assert_fits(team_synergy.synergy(Synergy(EVERYTHING, pair(one, one), share, share, TALLY)))


def seats(players: Sequence[PlayerRef], is_new: bool = False) -> tuple[Seat, ...]:
    return tuple(Seat(player, 25, 8.3, 1234, is_new) for player in players)


def test_splits() -> None:
    split = Split(seats([ANN, BOB]), seats([CID], is_new=True), 0.5)
    answer = team_balance.balance(
        Balance((split,), True, 49, 0.4), lambda _: 0.512, team_balance.Asked(3, "in #x", "!")
    )
    assert only(answer).split("\n") == [
        "-# 3 players · in #x · every split looked at",
        "!",
        "**1.** Team 1 **51.2%** – **48.8%** Team 2",
        "```",
        "Team 1               Team 2",
        "Ann           1,234  Cid          °1,234",
        "Bob           1,234",
        "```",
        "-# ratings are cautious, lower for who has played little; chances go by likely strength · "
        "° no match yet, a newcomer's rating · chance to win, a draw counting half, fitted on 49 rated matches: "
        "few, so take it lightly",
    ]


def test_splits_without_a_chance() -> None:
    split = Split(seats(HOSTILE[:4]), seats(HOSTILE[4:]), 0)
    shown = only(team_balance.balance(Balance((split,), False, 0, None), None, team_balance.Asked(8)))
    assert "**1.** no chance known" in shown
    assert "no rated match yet" in shown


def test_many_players_are_split_on_pages() -> None:
    split = Split(seats(HOSTILE * 3), seats(HOSTILE * 3), 0)
    answer = team_balance.balance(Balance((split,) * 3, False, 500, 0.4), lambda _: 0.5, team_balance.Asked(48))
    assert_fits(answer)
    assert len(answer.pages) == 3
