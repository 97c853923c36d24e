"""Round 2 minus round 1, durations, outcomes, doubts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.model.fields import KEPT
from muster.model.rounds import DerivedRound, Flag, Outcome, PlayerRow, RoundFile, Status
from muster.rounds.derive import derive
from tests.building import MP40, guid, parsed, player, six
from tests.oracle import CUMULATIVE


def second(*players: str, **header: str | int) -> RoundFile:
    return parsed(*players, number=2, **({"limit": "10:00", "next_limit": "8:00"} | header))  # type: ignore[arg-type]


def kept(row: PlayerRow, name: str) -> int | float | None:
    return row.kept[KEPT.index(name)]


def rows(derived: DerivedRound) -> dict[str, PlayerRow]:
    return {row.key: row for row in derived.rows}


def difference(after: str, before: str) -> list[PlayerRow]:
    """What a line of round 2 leaves when a line of round 1 is taken off."""
    return list(derive(second(after), parsed(before), Status.PAIRED).rows)


def flags(derived: DerivedRound) -> Flag:
    return Flag(derived.flags)


# ---------------------------------------------------------------------------------------------------------- rows


def test_a_first_round_is_as_it_is_written() -> None:
    weapons = {0: (0, 0, 0, 0, 0), 4: (10, 40, 3, 2, 1), 8: (0, 1, 0, 0, 0)}
    (row,) = derive(parsed(player(name="^1x", weapons=weapons, damage_given=7, xp=-3)), None, Status.SINGLE).rows
    assert (row.name, row.side, row.seconds) == ("^1x", 1, 600)
    assert row.weapons == ((4, 10, 40, 3, 2, 1), (8, 0, 1, 0, 0, 0))
    assert (kept(row, "damage_given"), kept(row, "xp"), kept(row, "time_played_pct")) == (7, -3, 90.0)


def test_counters_that_ran_on_are_subtracted_and_the_others_taken() -> None:
    before = player(weapons={4: (10, 40, 3, 2, 1)}, damage_given=100, self_kills=2, multi2=1, xp=30)
    after = player(
        weapons={0: (0, 3, 0, 0, 0), 4: (15, 60, 5, 2, 1)},
        rounds=1,
        side=2,
        damage_given=250,
        self_kills=2,
        multi2=2,
        xp=9,
        time_played_min="18.0",
    )
    (row,) = difference(after, before)
    assert row.weapons == ((0, 0, 3, 0, 0, 0), (4, 5, 20, 2, 0, 0))
    assert [kept(row, name) for name in ("damage_given", "self_kills", "multi2", "xp")] == [150, 0, 2, 9]
    assert (row.side, row.seconds, row.flags) == (2, 480, 0)


def test_alive_time_of_round_2_comes_from_both_shares() -> None:
    before = player(time_played_pct="90.0", time_played_min="10.0")
    (row,) = difference(player(rounds=1, time_played_pct="85.0", time_played_min="18.0"), before)
    assert kept(row, "time_played_pct") == pytest.approx((85 * 18 - 90 * 10) / 8, abs=0.051)
    (row,) = difference(player(rounds=1, time_played_pct="99.0", time_played_min="18.0"), before)
    assert kept(row, "time_played_pct") == 100


@pytest.mark.parametrize(
    ("before", "after", "flag"),
    [(0, 0, Flag.COUNTER_RESET), (3, 1, Flag.COUNTER_RESET), (0, 2, Flag.BASE_UNKNOWN), (1, 9, Flag.BASE_UNKNOWN)],
)
def test_counters_that_did_not_run_on_are_taken_as_they_are(before: int, after: int, flag: Flag) -> None:
    (row,) = difference(player(rounds=after, damage_given=50), player(rounds=before, damage_given=100))
    assert (kept(row, "damage_given"), row.seconds, row.flags) == (50, 600, flag)


def test_who_came_for_round_2_is_taken_as_he_is() -> None:
    derived = derive(second(player("AAAAAAA2", rounds=1, damage_given=50)), parsed(player()), Status.PAIRED)
    assert [(row.key, kept(row, "damage_given")) for row in derived.rows] == [("AAAAAAA2", 50)]


@pytest.mark.parametrize("fields", [33, 38])
def test_who_only_watched_round_2_has_no_row(fields: int) -> None:
    assert difference(player(rounds=1, side=3, fields=fields), player(fields=fields)) == []


@pytest.mark.parametrize("fields", [32, 38])
def test_a_row_that_stands_there_again_is_no_second_round(fields: int) -> None:
    """Somebody who left is kept with his counters, also where the server did not count the round for him."""
    before = player(fields=fields, damage_given=100)
    assert difference(player(fields=fields, damage_given=100, side=3), before) == []
    (row,) = difference(player(fields=fields, damage_given=101), before)
    assert (kept(row, "damage_given"), row.flags) == (101, Flag.COUNTER_RESET)


def test_where_no_time_is_written_nothing_done_means_watched() -> None:
    before = player(fields=32, damage_given=100)
    assert difference(player(fields=32, rounds=1, damage_given=100), before) == []
    (row,) = difference(player(fields=32, rounds=1, damage_given=110), before)
    assert (row.seconds, kept(row, "damage_given"), kept(row, "time_played_pct")) == (None, 10, None)


def test_a_shot_that_the_engine_takes_back_is_none() -> None:
    before = player(weapons={0: (0, 5, 0, 0, 0), 4: (1, 9, 1, 1, 0)})
    after = player(weapons={0: (0, 4, 0, 0, 0), 4: (2, 9, 1, 1, 0)}, rounds=1, time_played_min="18.0")
    (row,) = difference(after, before)
    assert row.weapons == ((4, 1, 0, 0, 0, 0),)


def test_a_difference_below_zero_is_marked() -> None:
    (row,) = difference(player(rounds=1, gibs=2, time_played_min="18.0"), player(gibs=3))
    assert kept(row, "gibs") == 0
    assert row.flags & Flag.NEGATIVE_DIFFERENCE


def test_a_round_1_that_contradicts_is_not_taken_off() -> None:
    """Two files of the map are missing between them: the sums stay as they are, and count nowhere."""
    before = parsed(*six(deaths=2, damage_given=9, damage_received=9, gibs=3), next_limit="10:00")
    after = six(rounds=1, swapped=True, deaths=2, damage_given=5, damage_received=5, time_played_min="18.0")
    derived = derive(second(*after, limit="8:00"), before, Status.PAIRED)
    assert (flags(derived), derived.valid) == (Flag.PARTNER_CONTRADICTS, False)
    assert {kept(row, "damage_given") for row in derived.rows} == {5}
    derived = derive(second(*after, limit="10:00"), before, Status.PAIRED)
    assert (flags(derived), derived.valid) == (Flag(0), True)
    risen = six(rounds=1, swapped=True, deaths=2, damage_given=12, damage_received=12, gibs=3, time_played_min="18.0")
    derived = derive(second(*risen, limit="8:00"), before, Status.PAIRED)
    assert (flags(derived), derived.valid) == (Flag(0), True)


def test_a_file_that_begins_anew_in_round_2_is_marked() -> None:
    derived = derive(second(*six(damage_given=5, damage_received=5)), parsed(*six()), Status.PAIRED)
    assert flags(derived) & Flag.NOT_CUMULATIVE
    assert {kept(row, "damage_given") for row in derived.rows} == {5}
    assert derived.valid


# --------------------------------------------------------------------------------------------- duration and outcome


@pytest.mark.parametrize(
    ("header", "longest", "seconds"),
    [
        ({"playtime": "432.5"}, "10.0", 432.5),
        ({"playtime": "432519"}, "10.0", 432.519),
        ({"playtime": "0"}, "10.0", 600),
        ({"playtime": "nan", "winner": 1}, "6.5", 390),
        ({"next_limit": "7:41"}, "7.7", 461),
        ({"next_limit": "7:41"}, "7.9", 461),
        ({"next_limit": "0:00"}, "7.5", 450),
        ({"winner": 1, "next_limit": "12:00"}, "11.9", 714),
        ({"winner": 1, "next_limit": "12:00"}, "14.2", 720),
        ({"winner": 1, "next_limit": "71:05"}, "6.5", 390),
        ({"winner": 1, "next_limit": "0:00"}, "6.5", 390),
        ({"winner": 1, "next_limit": "0:00", "limit": "0:00"}, "6.5", 390),
        ({"winner": 1, "limit": "20.00"}, "25.0", 1200),
        ({"winner": 0, "next_limit": "12:00"}, "3.0", 180),
    ],
)
def test_duration(header: dict[str, str | int], longest: str, seconds: float) -> None:
    file = parsed(player(time_played_min="1.0"), player("AAAAAAA2", time_played_min=longest), **header)  # type: ignore[arg-type]
    assert derive(file, None, Status.SINGLE).seconds == seconds


def test_duration_of_a_held_round_2_counts_the_time_of_round_2() -> None:
    after = player(rounds=1, time_played_min="16.5")
    derived = derive(second(after, winner=1, next_limit="71:05"), parsed(player()), Status.PAIRED)
    assert derived.seconds == 390


def test_a_time_of_many_rounds_is_no_duration() -> None:
    """Counters that hold more than the two rounds say nothing about how long one of them took."""
    lines = player(rounds=1, time_played_min="16.5"), player("AAAAAAA2", rounds=4, time_played_min="50.0")
    before = parsed(player(), player("AAAAAAA2"))
    derived = derive(second(*lines, winner=1), before, Status.PAIRED)
    assert derived.seconds == 390


def test_where_no_time_is_known_a_held_round_lasted_its_limit() -> None:
    assert derive(parsed(player(fields=32), winner=1, next_limit="12:00"), None, Status.SINGLE).seconds == 720


@pytest.mark.parametrize(
    ("defender", "winner", "outcome"),
    [
        (1, 1, Outcome.HELD),
        (1, 2, Outcome.COMPLETED),
        (2, 2, Outcome.HELD),
        (2, 1, Outcome.COMPLETED),
        (1, 0, None),
    ],
)
def test_outcome(defender: int, winner: int, outcome: Outcome | None) -> None:
    file = parsed(*six(), defender=defender, winner=winner)
    assert derive(file, None, Status.SINGLE).outcome is outcome


def test_an_empty_round_has_no_outcome_and_no_duration() -> None:
    derived = derive(parsed(), None, Status.EMPTY)
    assert (derived.rows, derived.outcome, derived.seconds, derived.valid, derived.flags) == ((), None, 0.0, False, 0)


# ------------------------------------------------------------------------------------------------------------- doubts


@pytest.mark.parametrize("status", list(Status))
def test_only_whole_rounds_are_valid(status: Status) -> None:
    derived = derive(parsed(*six()), None, status)
    assert derived.valid == (status in (Status.PAIRED, Status.SINGLE))


@pytest.mark.parametrize(
    ("lines", "header", "flag", "valid"),
    [
        (six(), {"next_limit": "0:59"}, Flag.TOO_SHORT, False),
        (six(), {"next_limit": "1:00"}, Flag(0), True),
        (six(damage_given=1), {}, Flag.DAMAGE_UNBALANCED, True),
        (six(team_damage_received=1), {}, Flag.TEAM_DAMAGE_UNBALANCED, True),
        (six(revives_given=1), {}, Flag.REVIVES_UNBALANCED, True),
        (six(kills=2, deaths=1), {}, Flag.KILLS_UNBALANCED, True),
        ([player(kills=1, deaths=1, extra=("1",))], {}, Flag.EXTRA_FIELDS, True),
        ([player(kills=1, deaths=1), player("OMNIBOT0", kills=1)], {}, Flag(0), True),
        ([player("OMNIBOT0", kills=1, deaths=1)], {}, Flag.BOT_MAJORITY, False),
        ([player(time_played_min="0.0", kills=1, deaths=1)], {"playtime": "300"}, Flag(0), False),
    ],
)
def test_doubts_about_a_round(lines: list[str], header: dict[str, str], flag: Flag, valid: bool) -> None:
    derived = derive(parsed(*lines, **header), None, Status.SINGLE)  # type: ignore[arg-type]
    known = flags(derived) if flag == Flag.KILLS_UNBALANCED else flags(derived) & ~Flag.KILLS_UNBALANCED
    assert (known, derived.valid) == (flag, valid)


def test_sums_are_not_asked_of_a_layout_that_lacks_them() -> None:
    lines = six(fields=33, kills=1, deaths=1, times_revived=4)
    assert derive(parsed(*lines), None, Status.SINGLE).flags == 0


def test_sums_are_not_asked_of_an_orphan() -> None:
    assert derive(second(*six(rounds=1, damage_given=3)), None, Status.ORPHAN_R2).flags == 0


@pytest.mark.parametrize(
    ("kills", "deaths", "written", "doubted"),
    [
        (3, 2, "1.5", False),
        (2, 3, "0.7", False),
        (1, 4, "0.3", False),  # half a tenth goes up
        (1, 4, "0.25", False),  # the oldest wrote two decimals
        (1, 4, "0.2", True),
        (4, 0, "5.0", False),
        (4, 0, "4.0", True),
        (0, 0, "1.0", False),
        (3, 2, "2.0", True),
    ],
)
def test_a_ratio_that_contradicts_the_sums_is_marked(kills: int, deaths: int, written: str, doubted: bool) -> None:
    (row,) = derive(parsed(player(kills=kills, deaths=deaths, kd=written)), None, Status.SINGLE).rows
    assert bool(row.flags & Flag.KD_CONTRADICTS) == doubted


@pytest.mark.parametrize(("denied", "doubted"), [(1800, False), (1801, True), (0, False)])
def test_more_denied_than_three_enemies_had_is_marked(denied: int, doubted: bool) -> None:
    lines = [player("AAAAAAF0", name="p", denied_playtime=denied), *six()[1::2], *six()[2::2]]
    row = rows(derive(parsed(*lines), None, Status.SINGLE))["AAAAAAF0"]
    assert bool(row.flags & Flag.DENIED_OUTLIER) == doubted


# -------------------------------------------------------------------------------------------------- for every truth

COUNT = st.integers(0, 5000)
WEAPON = st.tuples(*[st.integers(0, 300)] * 5)
WEAPONS = st.dictionaries(st.integers(0, 27), WEAPON, max_size=4)
PART = st.tuples(WEAPONS, st.tuples(*[COUNT] * len(CUMULATIVE)), st.integers(1, 200), COUNT)
"""One player in one round: weapons, cumulative fields, tenths of a minute, kills that were assists."""
KINDS = ("both", "reconnected", "came", "left")


def written(number: int, part: tuple[object, ...], base: tuple[object, ...] | None, rounds: int) -> str:
    """A line as a server that went on counting from `base` writes it."""
    weapons, counters, tenths, assists = part
    total = {at: list(block) for at, block in weapons.items()}  # type: ignore[attr-defined]
    if base is not None:
        for at, block in base[0].items():  # type: ignore[attr-defined]
            total[at] = [a + b for a, b in zip(total.get(at, [0] * 5), block, strict=True)]
        counters = [a + b for a, b in zip(counters, base[1], strict=True)]  # type: ignore[call-overload]
        tenths += base[2]  # type: ignore[operator]
    return player(
        guid(number),
        rounds=rounds,
        weapons={at: tuple(block) for at, block in total.items()},
        time_played_min=tenths / 10,  # type: ignore[operator]
        kill_assists=assists,
        **dict(zip(CUMULATIVE, counters, strict=True)),  # type: ignore[call-overload]
    )


@given(st.lists(st.tuples(st.sampled_from(KINDS), PART, PART), min_size=1, max_size=6), st.integers(0, 3), st.randoms())
def test_a_cumulative_file_gives_back_the_truth(
    people: list[tuple[str, tuple[object, ...], tuple[object, ...]]], base: int, chance: object
) -> None:
    first, after, truth = [], [], {}
    for number, (kind, one, two) in enumerate(people):
        if kind != "came":
            first.append(written(number, one, None, base))
        if kind != "left":
            goes_on = one if kind == "both" else None
            after.append(written(number, two, goes_on, base + 1 if kind == "both" else 0 if kind == "came" else base))
            # Who did the very same again can't be told from who is only still listed.
            if kind != "reconnected" or one[:3] != two[:3]:
                truth[guid(number)] = two
    chance.shuffle(first)  # type: ignore[attr-defined]
    chance.shuffle(after)  # type: ignore[attr-defined]
    derived = derive(second(*after), parsed(*first), Status.PAIRED)
    found = {
        row.key: (
            {at: block for at, *rest in row.weapons if any(block := tuple(rest))},
            tuple(kept(row, name) for name in CUMULATIVE),
            row.seconds,
            kept(row, "kill_assists"),
        )
        for row in derived.rows
    }
    assert found == {
        key: ({at: block for at, block in two[0].items() if any(block)}, two[1], two[2] * 6, two[3])  # type: ignore[attr-defined, operator]
        for key, two in truth.items()
    }
    assert not any(row.flags & Flag.NEGATIVE_DIFFERENCE for row in derived.rows)


def test_the_mp40_of_these_tests_is_one() -> None:
    assert derive(parsed(player()), None, Status.SINGLE).rows[0].weapons[0][0] == MP40
