"""A session's views: exactly, with a crowd, with hostile names, with everything that may be missing."""

import csv
import io
from collections.abc import Sequence
from datetime import timedelta

import msgspec
import pytest

from muster.bot.manual import Started
from muster.bot.pages import Answer, Option, Page, said
from muster.bot.refusals import Refused
from muster.bot.show.folders import Folder
from muster.bot.show.session import VIEWS, find_view, session
from muster.bot.show.session_csv import COLUMNS
from muster.bot.show.session_history import history
from muster.bot.show.session_status import Status, VoiceRoom, status
from muster.stats.metrics import METRICS
from muster.stats.values import EVERYTHING, SessionList, SessionOverview, Stint, WeaponLine, WeaponTotals
from tests.bot.session_samples import HARD, evening, holds, tables
from tests.cli.show_samples import NIGHT, head, match_up, played_map, session_head, session_player, totals
from tests.cli.show_samples import session as sample

ID = "2025-10-26-200001@dry.dock"
OVERVIEW = """\
**18 rounds · 2 maps · 12 players**
-# dry\\.dock · <t:1761508501:f> – <t:1761517801:t> · 2 h 35 min
**Team A 11 : 7 Team B** · maps 5 : 3, 1 drawn
**A** bordle, kesfo
**B** jalpel, Gnavo
```
map        team A team B score
supply       7:23   held 2 : 0
te_escape2   held   7:23 1 : 1
```
-# a time is that of a team's attack
Most kills: **bordle** 1,245
Best accuracy: **kesfo** 41.2% (from 3 rounds and 100 shots on)"""
PLAYERS = """\
**Team A**
```
player rds  K  D  K/D DPM ACC%
bordle   1 21 12 1.75 267 34.9
kesfo    1 19 14 1.36 245 34.1
```
**Team B**
```
player rds  K  D  K/D DPM ACC%
jalpel   1 20 13 1.54 256 34.5
Gnavo    1 18 15 1.20 234 33.7
```
**Everybody** 1,200 kills · 1,200 deaths · 345,678 DMG · 267 DPM · 34.9% ACC · 0 REV
-# by DPM"""
SUPPORT = """\
```
player REV got AST  /rd
Gnavo    3   0   0 3.00
kesfo    2   0   0 2.00
jalpel   1   0   0 1.00
bordle   0   0   0 0.00
```
-# by support score: revives and assists per round · got: times revived · AST kill assists"""


def view(overview: SessionOverview, name: str) -> list[Page]:
    return [page for page in session(overview).pages if page.label == name]


def text(overview: SessionOverview, name: str) -> str:
    return "\n".join(page.description for page in view(overview, name))


@pytest.mark.parametrize(
    ("name", "title", "told", "file"),
    [
        ("overview", "Session of Sun 2025-10-26", OVERVIEW, "session.png"),
        ("players", "Session of Sun 2025-10-26 · players", PLAYERS, ""),
        ("support", "Session of Sun 2025-10-26 · support", SUPPORT, ""),
    ],
)
def test_views_exactly(name: str, title: str, told: str, file: str) -> None:
    assert view(evening(), name) == [Page(title, told, footer=ID, label=name, file=file)]


def test_every_view_is_in_the_menu_and_can_come_first() -> None:
    for name in VIEWS:
        answer = session(evening(), name)
        assert answer.views
        assert answer.pages[answer.at].label == name
    assert [page.label for page in session(evening()).pages] == list(VIEWS)


def test_no_session_yet() -> None:
    told = "No round has been imported so far; `sync_all` imports what the servers have."
    assert session(None) == said("No session yet", told)


@pytest.mark.parametrize(("words", "name"), [(None, "overview"), (" Weap ", "weapons"), ("MAPS", "maps"), ("o", "")])
def test_a_view_by_its_beginning(words: str | None, name: str) -> None:
    if name:
        assert find_view(words) == name
    else:
        with pytest.raises(Refused, match="say overview, players, top"):
            find_view(words)


def test_forty_players_are_all_there_in_every_view_of_players() -> None:
    overview = evening(40)
    holds(session(overview))
    for name in ("players", "combat", "objectives", "support", "sprees"):
        pages = view(overview, name)
        assert len(pages) > 1
        shown = [line for page in pages for line in tables(page) if not line.startswith("player")]
        assert len(shown) == 40
    assert all(f"page 1 of {len(view(overview, name))}" in view(overview, name)[0].footer for name in ("players",))


@pytest.mark.parametrize("name", HARD)
def test_hostile_names(name: str) -> None:
    overview = evening(12, name, match_ups=3)
    holds(
        session(
            msgspec.structs.replace(
                overview,
                head=session_head(server=name, session_id=name),
                played=(played_map(map=name), played_map(map=name, first_attackers=None, first=None)),
                weapons=(WeaponLine(name, True, WeaponTotals(1, 2, 3, 4, 5, 6), 50.0, None),),
            )
        )
    )


def test_a_single_round_without_its_partner() -> None:
    alone = played_map(first=head(1, status="single"), second=None, match_id=None, score_a=None, score_b=None)
    overview = sample([session_player(0)], played=(alone,), match_ups=(), awards=())
    shown = text(overview, "overview")
    assert "No map was played both ways: no team score." in shown
    assert "map    team A team B score\nsupply   7:23      –     –\n  no round 2\n" in shown


def test_a_map_without_teams_tells_its_rounds() -> None:
    odd = played_map(first_attackers=None, score_a=None, score_b=None, first=head(1, valid=False))
    shown = text(sample([], played=(odd,)), "overview")
    assert "supply      –      –     –\n  not counted; round 1 7:23; round 2\n  held\n" in shown


def test_several_match_ups() -> None:
    ups = (match_up(1), match_up(2, score_a=1, score_b=3, matches=2))
    played = (played_map(), played_map(match_up=2, map="radar"), played_map(match_up=None, map="oasis"))
    players = [session_player(0), session_player(1, stints=(Stint(2, "B"),))]
    overview = sample(players, match_ups=ups, played=played)
    shown = text(overview, "overview")
    assert "Match-up 2: **Team A 1 : 3 Team B**" in shown
    assert all(f"**{title}**\n```\nmap" in shown for title in ("Match-up 1", "Match-up 2", "Without teams"))
    everybody = text(overview, "players")
    assert "**Others**\n```\nplayer" in everybody
    assert everybody.endswith("-# by DPM · teams are those of match-up 1")


def test_nobody_counts() -> None:
    overview = sample([], match_ups=(), played=(), awards=(), maps=())
    answer = session(overview)
    assert "No rounds." in text(overview, "overview")
    assert "Nobody has a round that counts." in text(overview, "combat")
    assert [page.label for page in answer.pages if page.file] == ["csv"], "no picture of nothing"


def test_the_best_pass_the_gates_of_the_award() -> None:
    few = session_player(1, totals=totals(1, rounds=1, aimed_hits=99, aimed_shots=100))
    enough = [session_player(n, totals=totals(n, rounds=3)) for n in (0, 2, 3)]
    shown = text(sample([few, *enough]), "top")
    assert "**Best accuracy** (from 3 rounds and 100 shots on)" in shown
    assert "99.0%" not in shown


def test_bots_are_marked() -> None:
    bot = session_player(0)
    bot = msgspec.structs.replace(bot, player=msgspec.structs.replace(bot.player, is_bot=True))
    assert "°bordle" in text(sample([bot]), "combat")
    assert text(sample([bot]), "combat").endswith("· ° bot")


def test_the_file_has_every_number_of_everybody() -> None:
    overview = evening(40)
    upload = session(overview).upload
    assert upload is not None
    assert upload.file == "session-2025-10-26-200001_dry.dock.csv"
    rows = list(csv.DictReader(io.StringIO(upload.content.decode())))
    assert tuple(rows[0]) == COLUMNS
    assert [row["guid"] for row in rows] == [player.player.key for player in overview.players]
    for row, player in zip(rows, overview.players, strict=True):
        for key in set(METRICS) - {"rating"}:
            value = METRICS[key].of(player.totals)
            assert row[key] == "" if value is None else float(row[key]) == pytest.approx(value, abs=1e-4)


@pytest.mark.parametrize("name", ["=1+1", "+1", "-x", "@SUM(A1)", "\tx"])
def test_no_name_is_a_formula(name: str) -> None:
    upload = session(evening(2, name)).upload
    assert upload is not None
    rows = list(csv.DictReader(io.StringIO(upload.content.decode(), newline="")))
    assert rows[0]["name"] == f"'{name}"


def heads(count: int) -> SessionList:
    found = [session_head(session_id=f"{n}@dry.dock", rounds=n + 1) for n in range(count)]
    return SessionList(tuple(found), 0, max(count, 40))


def test_the_history() -> None:
    answer = history(heads(2), EVERYTHING)
    told = (
        "-# all time · latest first · days are the servers' own · maps: played both ways\n```\n"
        "day            rds maps plrs     length\n"
        "Sun 2025-10-26   1    9   12 2 h 35 min\n"
        "Sun 2025-10-26   2    9   12 2 h 35 min\n```"
    )
    options = (
        Option("Sun 2025-10-26 · 1 round · 12 players", "0@dry.dock", "2 h 35 min · 0@dry.dock"),
        Option("Sun 2025-10-26 · 2 rounds · 12 players", "1@dry.dock", "2 h 35 min · 1@dry.dock"),
    )
    footer = "40 sessions · 38 earlier ones: name a month"
    assert answer.pages == (Page("Gaming sessions", told, footer=footer, options=options),)


def test_a_long_history_is_leafed_through() -> None:
    answer = history(heads(40), EVERYTHING)
    assert [len(page.options) for page in answer.pages] == [15, 15, 10]
    assert answer.pages[2].footer == "40 sessions · page 3 of 3"
    holds(answer)


def test_no_session_in_that_month() -> None:
    assert history(SessionList((), 0, 0), EVERYTHING) == said("Gaming sessions", "-# all time\nNo session there.")


def now(**changed: object) -> Answer:
    usual = Status(NIGHT + timedelta(days=1), None, evening(), head(2), (), ())
    return status(msgspec.structs.replace(usual, **changed))


def lines(answer: Answer) -> Sequence[str]:
    (page,) = answer.pages
    return page.description.split("\n")


def test_nothing_is_going_on() -> None:
    answer = now()
    assert answer.pages[0].title == "No gaming session is on"
    assert lines(answer) == [
        "Nobody has played since <t:1761507001:R>. `session_start` starts a session.",
        "**Last session** 18 rounds · 2 maps · 12 players",
        "**Team A 11 : 7 Team B** · maps 5 : 3, 1 drawn",
        "**In voice** nobody",
        "**Last file** `2025-10-26-203001-supply-round-2.txt` <t:1761507001:R>",
        "-# No folder is watched: no game server in the settings names one.",
    ]


def test_rounds_are_coming_in() -> None:
    waiting = played_map(map="radar", first=head(1, map="radar", status="single"), second=None)
    answer = now(
        now=NIGHT + timedelta(minutes=50),
        played=sample([], played=(played_map(), waiting)),
        voice=(VoiceRoom("the_lobby", ("ann", "bob")), VoiceRoom("B", ("cid",))),
        watching=(Folder("dry.dock", 40, 2, NIGHT),),
    )
    assert answer.pages[0].title == "A gaming session is on"
    assert lines(answer) == [
        "Nobody started it, but rounds are coming in since <t:1761507001:t>.",
        "**So far** 18 rounds · 2 maps · 12 players",
        "**Team A 11 : 7 Team B** · maps 5 : 3, 1 drawn",
        "**radar** round 1 completed in 7:23; round 2 is next",
        "**In voice** 3",
        "the\\_lobby: ann, bob",
        "B: cid",
        "**Last file** `2025-10-26-203001-supply-round-2.txt` <t:1761507001:R>",
        "**dry\\.dock**: 40 files in its folder, the newest 50 min ago, ⚠ 2 not imported",
    ]


def test_a_session_that_somebody_started() -> None:
    nothing = sample([], head=session_head(rounds=0, session_id=""), played=(), match_ups=())
    answer = now(started=Started(NIGHT, 7, 8), played=nothing, last=None, voice=None)
    assert answer.pages[0].title == "A gaming session is on"
    assert lines(answer) == [
        "Started by <@7> in <#8> <t:1761507001:R>, at <t:1761507001:t>. `session_end` ends it.",
        "No round since then.",
        "**Last file** none",
        "-# No folder is watched: no game server in the settings names one.",
    ]


def test_nothing_at_all_yet() -> None:
    answer = now(played=None, last=None, voice=None)
    assert lines(answer)[0] == "No round has been imported so far. `session_start` starts a session."


@pytest.mark.parametrize("name", HARD)
def test_a_full_voice_channel_with_hostile_names(name: str) -> None:
    crowd = VoiceRoom(name, tuple("m" * 32 for _ in range(99)))
    holds(
        now(
            voice=(crowd, crowd),
            last=head(2, file=name),
            watching=(Folder(name, 1, 0, None), Folder(name, 0, 0, None, "its folder can't be listed")),
        )
    )
