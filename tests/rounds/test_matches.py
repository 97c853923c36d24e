"""A map's two rounds as one result, and an evening as one whole."""

from datetime import UTC, datetime, timedelta

import pytest

from muster.model.rounds import Outcome, Status
from muster.rounds.matches import Half, Session, arrange, map_score
from muster.rounds.pairing import Head, pair
from muster.rounds.teams import Stand

EVENING = datetime(2025, 1, 1, 19, tzinfo=UTC)
HELD, DONE = Outcome.HELD, Outcome.COMPLETED


def half(
    minute: int,
    map_: str,
    number: int,
    axis: str,
    allies: str,
    outcome: Outcome | None = DONE,
    *,
    defender: int = 1,
    valid: bool = True,
    seconds: int | None = 500,
) -> Half:
    at = EVENING + timedelta(minutes=minute)
    winner = 0 if outcome is None else defender if outcome is HELD else 3 - defender
    file = f"{at:%Y-%m-%d-%H%M%S}-{map_}-round-{number}.txt"
    head = Head(file, at, map_, number, winner, 600.0, 600.0, frozenset(axis + allies), number == 2)
    stands = tuple(Stand(key, side, seconds) for keys, side in ((axis, 1), (allies, 2)) for key in keys)
    place = pair([head])[file]
    return Half(head, place, defender, outcome, 480.0, valid, stands)


def session(*halves: Half) -> Session:
    """An evening arranged as the importer does it."""
    ordered = sorted(halves, key=lambda one: one.head.played_at)
    found = pair([one.head for one in ordered])
    placed = [Half(o.head, found[o.head.file], o.defender, o.outcome, o.seconds, o.valid, o.stands) for o in ordered]
    return arrange(placed, "host")


@pytest.mark.parametrize(
    ("first", "second", "score"),
    [(HELD, HELD, (1, 1)), (DONE, HELD, (2, 0)), (HELD, DONE, (0, 2)), (DONE, DONE, (0, 2))],
)
def test_who_completes_last_has_beaten_the_time(first: Outcome, second: Outcome, score: tuple[int, int]) -> None:
    assert map_score(first, second) == score


@pytest.mark.parametrize(("defender", "score"), [(1, (0, 2)), (2, (2, 0))])
def test_points_go_to_teams_not_sides(defender: int, score: tuple[int, int]) -> None:
    """Only round 1 was completed: two points for those who attacked in it; team A stood as Axis."""
    evening = session(
        half(0, "ice", 1, "ab", "cd", DONE, defender=defender), half(10, "ice", 2, "cd", "ab", HELD, defender=defender)
    )
    (match,) = evening.matches
    assert (match.score_a, match.score_b) == score


def test_a_score_follows_a_team_that_changes_its_side_from_map_to_map() -> None:
    evening = session(
        half(0, "x", 1, "ab", "cd", HELD),
        half(10, "x", 2, "cd", "ab", DONE),
        half(20, "y", 1, "cd", "ab", DONE),
        half(30, "y", 2, "ab", "cd", HELD),
    )
    assert [(match.score_a, match.score_b) for match in evening.matches] == [(2, 0), (2, 0)]
    assert [match.match_up for match in evening.matches] == [1, 1]


def test_ids_are_the_stamp_of_the_first_round_and_the_server() -> None:
    evening = session(half(0, "x", 1, "ab", "cd"), half(10, "x", 2, "cd", "ab"), half(20, "y", 1, "ab", "cd"))
    assert evening.session_id == "2025-01-01-190000@host"
    assert [match.match_id for match in evening.matches] == ["2025-01-01-190000-x@host"]


def test_a_round_alone_is_no_match() -> None:
    evening = session(half(0, "x", 1, "ab", "cd"), half(20, "y", 2, "cd", "ab"), half(30, "y", 1, "ab", "cd"))
    assert evening.matches == ()
    assert set(evening.lineups) == {one.head.file for one in evening.halves}


def test_a_pair_with_a_cancelled_round_is_no_match() -> None:
    evening = session(half(0, "x", 1, "ab", "cd"), half(10, "x", 2, "cd", "ab", None))
    assert [one.place.status for one in evening.halves] == [Status.PAIRED, Status.CANCELLED]
    assert evening.matches == ()


def test_a_match_is_as_valid_as_both_its_rounds() -> None:
    evening = session(half(0, "x", 1, "ab", "cd"), half(10, "x", 2, "cd", "ab", valid=False))
    assert not evening.matches[0].valid


def test_a_roster_holds_time_and_the_team_that_got_more_of_it() -> None:
    first = half(0, "x", 1, "abe", "cd", seconds=400)
    second = half(10, "x", 2, "cdae", "b", seconds=500)
    (match,) = session(first, second).matches
    assert {key: (share.team, share.seconds, share.both) for key, share in match.roster.items()} == {
        "a": (2, 900, True),
        "b": (1, 900, False),
        "c": (2, 900, False),
        "d": (2, 900, False),
        "e": (2, 900, True),
    }


def test_without_times_a_round_counts_as_its_duration() -> None:
    (match,) = session(half(0, "x", 1, "a", "b", seconds=None), half(10, "x", 2, "b", "a", seconds=None)).matches
    assert {share.seconds for share in match.roster.values()} == {960}


def test_membership_of_somebody_who_only_watched_is_none() -> None:
    evening = session(half(0, "x", 1, "ab", "cd"))
    assert evening.membership(evening.halves[0].head.file, "z") is None
