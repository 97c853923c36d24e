"""A round as pages: exactly, with a crowd, with hostile names, with everything that may be wrong."""

import msgspec
import pytest

from muster.bot.pages import BLUE, GREY, Page, said
from muster.bot.show.round import last_round
from muster.stats.values import RoundPage, Totals
from tests.bot.session_samples import HARD, crowd, four, holds, tables
from tests.cli.show_samples import head, round_page, round_player

FOUR = """\
**completed in 7:23** · **Allies** (Team B) won
-# dry\\.dock · legacy6 · 4 players · <t:1761507001:f>
**Axis** · Team A · defended · lost
```
  player    K/D   DMG DPM ACC% REV
1 bordle ›21/12›3,200›267›34.9   0
3 †kesfo  19/14 2,940 245 34.1  ›2
  total   50/70 3,200 267 34.9   0
```
**Allies** · Team B · attacked · won
```
  player    K/D   DMG DPM ACC% REV
2 jalpel  20/13 3,070 256 34.5   1
4 †urbxo  17/16 2,680 223 33.3   4
  total   70/50 3,200 267 34.9   0
```
**Both sides** 120 kills · 120 deaths · 3,200 DMG · 267 DPM · 34.9% ACC · 0 REV
-# 1–5 lead by kills, then damage · › best of the round
-# † kesfo: reconnected
-# † urbxo: team inferred, 80% sure, not counted"""


def text(page: RoundPage) -> str:
    return "\n".join(shown.description for shown in last_round(page).pages)


def test_a_round_exactly() -> None:
    assert last_round(four()).pages == (
        Page("supply · round 2", FOUR, footer="2025-10-26-203001-supply-round-2.txt", colour=BLUE),
    )


def test_no_round_yet() -> None:
    told = "No round has been imported so far; `sync_all` imports what the servers have."
    assert last_round(None) == said("No round yet", told)


def test_forty_players_take_two_pages_and_nobody_is_missing() -> None:
    page = crowd(40)
    answer = last_round(page)
    assert len(answer.pages) == 2
    holds(answer)
    shown = [line for one in answer.pages for line in tables(one)]
    for player in (*page.axis.players, *page.allies.players):
        assert any(f"{player.totals.kills}/118" in line for line in shown)
    assert [one.footer[-11:] for one in answer.pages] == ["page 1 of 2", "page 2 of 2"]


@pytest.mark.parametrize("name", HARD)
def test_hostile_names(name: str) -> None:
    page = crowd(12, name)
    wrong = head(2, map=name, server=name, config=name, file=name, flags=(name,), valid=False)
    holds(last_round(msgspec.structs.replace(page, head=wrong)))


def test_a_name_that_can_not_be_seen_is_the_guid() -> None:
    page = round_page([round_player(0, "axis", "\u3164")], [round_player(1, "allies", "")])
    assert "A0000000" in text(page)
    assert "A0000001" in text(page)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"status": "abandoned"}, "⚠ Not counted: abandoned"),
        ({"status": "single"}, "⚠ Not counted: no round 1"),
        ({"status": "orphan_r2"}, "⚠ Not counted: no round 1: these may be sums of both rounds"),
        ({"flags": ("too_short", "kills_unbalanced")}, "⚠ Not counted: shorter than 60 s\n-# kills and deaths differ"),
        ({"flags": ("bot_majority",)}, "⚠ Not counted: mostly bots"),
        ({}, "⚠ Not counted\n"),
    ],
)
def test_why_a_round_does_not_count(changed: dict[str, object], told: str) -> None:
    page = msgspec.structs.replace(four(), head=head(2, valid=False, **changed))
    assert told in text(page)
    assert last_round(page).pages[0].colour == GREY
    assert "not counted" not in text(page).split("\n", 3)[3], "said once, not for everybody"


def test_a_first_round_that_waits_for_its_second() -> None:
    page = msgspec.structs.replace(four(), head=head(1, status="single"))
    assert "-# no round 2 so far\n" in text(page)


def test_outcomes() -> None:
    held = head(2, outcome="held", winner="axis", winner_team=None, seconds=720.96)
    assert text(msgspec.structs.replace(four(), head=held)).startswith("**held, 12:00 played** · **Axis** won\n")
    unknown = head(2, outcome=None, winner=None, seconds=0.0)
    assert text(msgspec.structs.replace(four(), head=unknown)).startswith("**no outcome known** · no winner\n")


def test_bots_and_spectators() -> None:
    bot = round_player(0, "axis")
    bot = msgspec.structs.replace(bot, player=msgspec.structs.replace(bot.player, is_bot=True))
    watcher = msgspec.structs.replace(round_player(1, "axis"), side=None)
    shown = text(round_page([bot], [], others=(watcher,)))
    assert "1 °bordle" in shown
    assert "**Ended as spectators**" in shown
    assert shown.endswith("› best of the round · ° bot")
    assert "**Allies**" not in shown.split("\n", 1)[1], "nobody stood there"


def test_what_is_unknown_is_a_dash() -> None:
    page = round_page([round_player(0, "axis", totals=Totals(rounds=1, kills=3, deaths=1, damage_given=20))], [])
    assert "1 bordle   ›3/1   ›20   –    –   –\n" in text(page)


def test_nobody_played() -> None:
    page = round_page([], [], head=head(2, status="empty", valid=False), leaders=())
    assert text(page).endswith("⚠ Not counted: nobody played\nNobody played it.")
