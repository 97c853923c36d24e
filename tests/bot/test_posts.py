"""Posts: exactly, in one message each whatever the crowd, with what tells them apart in their footers."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from muster.bot import posts
from muster.bot.pages import BLUE, GREEN, GREY, TOTAL, Answer, Page
from muster.charts import pictures
from muster.stats import live, matches, rounds, sessions
from muster.stats.achievements import LADDERS
from muster.stats.values import PlayerRef
from muster.stats.values.progress import Unlock
from tests.bot.session_samples import HARD, crowd, evening, four, holds
from tests.bot.test_show_round import FOUR
from tests.building import named, put_pair
from tests.cli.show_samples import NIGHT, head, match_page, match_player, session
from tests.stats.asking import asked

MATCH = """\
**Team A 2 : 0 Team B**
Round 1: Team B attacked: **held, 12:00 played**
Round 2: Team A attacked: **completed in 7:23**
-# dry\\.dock · <t:1761507001:f>
**A** bordle, jalpel, kesfo
**B** Gnavo, urbxo, morbin
**Top five**
```
  player    K/D   DMG DPM ACC% REV
A bordle  21/12 3,200 267 34.9   0
A jalpel  20/13 3,070 256 34.5   1
A kesfo   19/14 2,940 245 34.1   2
B Gnavo   18/15 2,810 234 33.7   3
B urbxo   17/16 2,680 223 33.3   4
```
-# by kills, then damage, over both rounds"""

ENDED = """\
**18 rounds · 2 maps · 12 players**
-# <t:1761508501:f> – <t:1761517801:t> · 2 h 35 min
**Team A 11 : 7 Team B** · maps 5 : 3, 1 drawn
Most played map: **supply** 4 rounds
Most kills: **bordle** 1,245
Best accuracy: **kesfo** 41.2% (from 3 rounds and 100 shots on)
-# `last_session` shows everything"""


def fits_one_message(answer: Answer) -> bool:
    return len(answer.pages) <= 10 and sum(page.size for page in answer.pages) <= TOTAL - 100


def test_a_round_exactly() -> None:
    file = "2025-10-26-203001-supply-round-2.txt"
    assert posts.round_post(four()).pages == (Page("🎮 Round 2 complete · supply", FOUR, footer=file, colour=BLUE),)


def test_a_first_round_is_not_told_off_for_being_the_first() -> None:
    page = msgspec.structs.replace(four(), head=head(1, status="single"))
    (shown,) = posts.round_post(page).pages
    assert "no round 2" not in shown.description


@pytest.mark.parametrize("name", [None, *HARD])
def test_forty_players_are_in_one_message(name: str | None) -> None:
    answer = posts.round_post(crowd(40, name))
    holds(answer)
    assert fits_one_message(answer)
    assert sum("125/118" in page.description for page in answer.pages) == 1


def test_a_match_exactly() -> None:
    footer = "2025-10-26-202000-supply@dry.dock"
    assert posts.match_post(match_page()).pages == (Page("🏁 Map complete · supply", MATCH, footer=footer),)


def test_a_match_that_does_not_count() -> None:
    short = (head(1, valid=False, flags=("too_short",)), head(2))
    (page,) = posts.match_post(match_page(valid=False, rounds=short)).pages
    assert "\n⚠ Not counted: shorter than 60 s\n" in page.description
    assert page.colour == GREY


@pytest.mark.parametrize("name", HARD)
def test_a_match_of_hostile_names(name: str) -> None:
    page = match_page(20, map=name, server=name, match_id=name)
    players = tuple(match_player(n, name, both=True) for n in range(20))
    team = msgspec.structs.replace(page.team_a, players=players)
    answer = posts.match_post(msgspec.structs.replace(page, team_a=team, leaders=players[:5]))
    holds(answer)
    assert fits_one_message(answer)


def test_the_end_of_a_session_exactly() -> None:
    overview = evening()
    overview = msgspec.structs.replace(overview, match_ups=session([]).match_ups)
    answer = posts.session_ended_post(overview)
    assert answer.pages == (Page("📊 Gaming session ended", ENDED, footer="2025-10-26-200001@dry.dock"),)
    assert answer.picture is not None
    assert (answer.picture.file, answer.picture.function) == ("session.png", pictures.session_picture)
    assert answer.picture.arguments == (overview,)


@pytest.mark.parametrize("name", HARD)
def test_the_end_of_a_crowded_session_with_hostile_names(name: str) -> None:
    answer = posts.session_ended_post(evening(40, name, match_ups=6))
    holds(answer)
    assert fits_one_message(answer)


def test_the_end_of_a_session_in_which_nothing_counted() -> None:
    answer = posts.session_ended_post(session([], match_ups=(), awards=(), maps=()))
    assert answer.pages[0].description.endswith("\nNo round counts.")
    assert answer.picture is None


async def test_the_end_of_a_session_without_a_round(tmp_path: Path, sqlite_url: str) -> None:
    async with asked(sqlite_url, tmp_path) as reader:
        answer = posts.session_ended_post(await live.since(reader, NIGHT, NIGHT + timedelta(minutes=62)))
    told = "No round was played.\n-# <t:1761507001:f> – <t:1761510721:t> · 1 h 02 min"
    assert answer == Answer((Page("📊 Gaming session ended", told),))


def test_the_start_of_a_session() -> None:
    assert posts.session_started_post(NIGHT, by=77, voice=6, about="an id").pages == (
        Page(
            "🎮 Gaming session started",
            "Since <t:1761507001:t> · started by <@77> · 6 in voice",
            footer="an id",
            colour=GREEN,
        ),
    )


async def test_built_from_what_the_outbox_keeps(tmp_path: Path, db_url: str) -> None:
    put_pair(tmp_path)
    file = named("2025-01-01-200000")
    async with asked(db_url, tmp_path) as reader:
        page = await rounds.round_page(reader, file)
        overview = await sessions.last_session(reader)
        match = await matches.last_match(reader)
        assert page is not None
        assert overview is not None
        assert match is not None
        session_id = overview.head.session_id
        server = page.head.server

        assert await posts.build("round", {"server": server, "file": file}, reader) == posts.round_post(page)
        assert await posts.build("match", {"match_id": match.match_id}, reader) == posts.match_post(match)
        ended = await posts.build("session_end", {"session_id": session_id}, reader)
        assert ended == posts.session_ended_post(overview)
        started = await posts.build("session_start", {"session_id": session_id, "voice": 6}, reader)
        begun_at = overview.head.started_at
        assert started == posts.session_started_post(begun_at, voice=6, about=session_id)
        by_hand = {"since": "2025-01-01T20:00:00+00:00", "by": 7}
        moment = datetime(2025, 1, 1, 20, tzinfo=UTC)
        assert await posts.build("session_start", by_hand, reader) == posts.session_started_post(moment, by=7)
        reached = {"file": file, "unlocks": [["AAAAAA00", "rounds", 10], ["AAAAAA77", "rounds", 10]]}
        unlocks = (unlock(PlayerRef("AAAAAA00", "p0"), "rounds", 10),)
        assert await posts.build("achievements", reached, reader) == posts.unlocks_post(unlocks, file)
        seconds = {"since": moment.timestamp(), "by": 7}
        assert await posts.build("session_start", seconds, reader) == posts.session_started_post(moment, by=7)


def unlock(player: PlayerRef, key: str, step: int) -> Unlock:
    return Unlock(player, key, step)


def test_what_players_reached_exactly() -> None:
    ann, bob = PlayerRef("A" * 8, "ann"), PlayerRef("B" * 8, "*bob*")
    reached = (
        unlock(bob, "multi4", 1),
        unlock(ann, "kills", 1000),
        unlock(ann, "hours", 50),
        unlock(ann, "damage_given", 1_000_000),
        unlock(bob, "sessions", 25),
    )
    lines = (
        "**ann** 1,000 kills · 50 hours played · 1,000,000 damage given",
        r"**\*bob\*** first quad kill · 25 sessions",
    )
    page = Page("🏆 Achievements", "\n".join(lines), footer="a file")
    assert posts.unlocks_post(reached, "a file") == Answer((page,))


def test_every_step_has_words() -> None:
    for ladder in LADDERS:
        for step in ladder.steps:
            (page,) = posts.unlocks_post((unlock(PlayerRef("A", "a"), ladder.key, step),), "f").pages
            said = page.description.removeprefix("**a** ")
            assert said.startswith("first " if step == 1 else f"{step:,} "), said


@pytest.mark.parametrize("name", HARD)
def test_what_a_crowd_of_hostile_names_reached(name: str) -> None:
    everything = [
        unlock(PlayerRef(f"{n:08}", name), ladder.key, ladder.steps[-1]) for n in range(40) for ladder in LADDERS
    ]
    answer = posts.unlocks_post(everything, name)
    holds(answer)
    assert fits_one_message(answer)
    lines = answer.pages[0].description.splitlines()
    more = re.fullmatch(r"-# and (\d+) more players?: .*", lines[-1])
    assert more
    assert len(lines) - 1 + int(more[1]) == 40


async def test_a_subject_that_is_gone_has_no_post(tmp_path: Path, sqlite_url: str) -> None:
    async with asked(sqlite_url, tmp_path) as reader:
        assert await posts.build("round", {"server": "x", "file": "y"}, reader) is None
        assert await posts.build("match", {"match_id": "x"}, reader) is None
        assert await posts.build("session_start", {"session_id": "x"}, reader) is None
        assert await posts.build("session_end", {"session_id": "x"}, reader) is None
        gone = {"file": "x", "unlocks": [["y", "kills", 100]]}
        assert await posts.build("achievements", gone, reader) is None
        with pytest.raises(ValueError, match="no post of kind 'birthday'"):
            await posts.build("birthday", {}, reader)


async def test_footers_tell_posts_apart(tmp_path: Path, sqlite_url: str) -> None:
    first, second = put_pair(tmp_path)
    async with asked(sqlite_url, tmp_path) as reader:
        for file in (first.name, second.name):
            page = await rounds.round_page(reader, file)
            assert page is not None
            assert posts.round_post(page).pages[-1].footer == file
        match = await matches.last_match(reader)
        assert match is not None
        assert posts.match_post(match).pages[-1].footer == match.match_id
