"""What was played since a moment, held against the gaming sessions it is part of."""

from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from muster.rounds import pairing
from muster.stats import live, sessions
from muster.stats.bests import BESTS, ROUND_SHOTS, bests
from muster.stats.values import SessionOverview
from tests.building import guid, player, put, put_pair
from tests.cli.show_samples import ref, round_player, totals
from tests.stats.asking import asked
from tests.stats.truth import Truth

HOUR = timedelta(hours=1)
FIELDS = ("totals", "players", "played", "match_ups", "awards", "weapons", "maps", "trend")


def began(overview: SessionOverview) -> datetime:
    return overview.head.ended_at - timedelta(seconds=overview.head.seconds)


async def test_a_stretch_over_one_session_says_what_the_session_says(week: Truth, db_url: str) -> None:
    async with asked(db_url, week.folder) as reader:
        session = await sessions.last_session(reader)
        assert session is not None
        found = await live.since(reader, began(session) - HOUR / 2, session.head.ended_at + HOUR / 2)
    assert {name: getattr(found, name) for name in FIELDS} == {name: getattr(session, name) for name in FIELDS}
    assert found.head == msgspec.structs.replace(
        session.head,
        started_at=began(session) - HOUR / 2,
        ended_at=session.head.ended_at + HOUR / 2,
        seconds=session.head.seconds + 3600,
    )


async def test_two_sessions_are_added_up_and_their_match_ups_numbered_anew(tmp_path: Path, sqlite_url: str) -> None:
    put_pair(tmp_path, hour=18)
    put_pair(tmp_path, hour=21)
    async with asked(sqlite_url, tmp_path) as reader:
        both = (await sessions.session_list(reader)).sessions
        found = await live.since(reader, both[1].started_at - HOUR, both[0].ended_at + HOUR)
        later = await live.since(reader, both[0].started_at - HOUR / 2, both[0].ended_at)
        only = await sessions.session(reader, both[0].session_id)
    assert len(both) == 2
    assert [up.match_up for up in found.match_ups] == [1, 2]
    assert [(up.score_a, up.score_b) for up in found.match_ups] == [(only.match_ups[0].score_a, 0)] * 2 if only else []
    assert found.head.session_id == f"{both[1].session_id} + {both[0].session_id}"
    assert (found.head.rounds, found.head.matches, found.head.players, found.head.match_ups) == (4, 2, 6, 2)
    assert found.totals.kills == 2 * later.totals.kills > 0
    assert later.match_ups == (only.match_ups if only else ())


async def test_a_map_whose_first_round_came_before_counts_its_second(tmp_path: Path, sqlite_url: str) -> None:
    put_pair(tmp_path)
    async with asked(sqlite_url, tmp_path) as reader:
        session = await sessions.last_session(reader)
        assert session is not None
        found = await live.since(reader, session.head.ended_at, session.head.ended_at)
    assert (found.head.rounds, found.head.matches) == (1, 1)
    (played,) = found.played
    assert played.first is None
    assert played.second is not None
    assert (played.score_a, played.score_b) == (session.played[0].score_a, session.played[0].score_b)


async def test_nothing_was_played(tmp_path: Path, db_url: str) -> None:
    moment = datetime.fromisoformat("2025-01-01T20:00:00Z")
    async with asked(db_url, tmp_path) as reader:
        found = await live.since(reader, moment, moment + HOUR)
    assert (found.head.rounds, found.head.seconds, found.players, found.match_ups) == (0, 3600, (), ())
    assert (found.head.day, found.head.session_id, found.head.server) == (20250101, "", "")


async def test_a_session_that_nobody_ended_is_cut_off(tmp_path: Path, sqlite_url: str) -> None:
    put(tmp_path, "2025-01-03-200000", 1, *(player(guid(n), side=1 + n % 2) for n in range(6)))
    moment = datetime.fromisoformat("2025-01-01T20:00:00Z")
    async with asked(sqlite_url, tmp_path) as reader:
        found = await live.since(reader, moment, moment + 100 * HOUR)
    assert (found.head.rounds, found.head.ended_at) == (0, moment + live.LONGEST)


def test_a_session_is_over_when_the_next_round_would_begin_another() -> None:
    assert live.PAUSE == pairing.SESSION_GAP


def test_the_best_of_a_round() -> None:
    players = [round_player(n, "axis") for n in range(4)]
    first, last = ref(0).key, ref(3).key
    assert bests(players) == {
        **dict.fromkeys(("kills", "damage_given", "dpm", "accuracy"), first),
        "revives_given": last,
    }
    assert tuple(bests(players)) == BESTS


def test_nobody_is_best_at_what_nobody_did() -> None:
    nothing = totals(0, kills=0, damage_given=0, timed_damage=0, aimed_hits=0, revives_given=0)
    assert bests([round_player(0, "axis", totals=nothing)]) == {}
    assert bests([]) == {}


def test_rates_take_half_of_the_round_and_some_shots() -> None:
    late = round_player(0, "axis", totals=totals(0, seconds=100, timed_damage=3000, aimed_hits=60, aimed_shots=60))
    shy = round_player(1, "axis", totals=totals(1, aimed_hits=10, aimed_shots=ROUND_SHOTS - 1))
    usual = round_player(2, "axis")
    found = bests([late, shy, usual])
    assert (found["dpm"], found["accuracy"]) == (shy.player.key, usual.player.key)
    assert found["kills"] == late.player.key


def test_bots_and_rows_that_do_not_count_stand_back() -> None:
    bot = round_player(0, "axis")
    bot = msgspec.structs.replace(bot, player=msgspec.structs.replace(bot.player, is_bot=True))
    doubtful = round_player(1, "axis", eligible=False)
    usual = round_player(2, "axis")
    assert bests([bot, doubtful, usual])["kills"] == usual.player.key
    assert bests([bot, doubtful])["kills"] == bot.player.key
    assert bests([doubtful])["kills"] == doubtful.player.key
