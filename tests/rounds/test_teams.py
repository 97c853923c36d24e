"""Who stood with whom: persistent teams through an evening of swapped sides."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.model.rounds import Side
from muster.rounds.teams import TEAM_A, TEAM_B, Lineup, Stand, Unit, chain


def stands(axis: str, allies: str, watching: str = "", bots: str = "") -> tuple[Stand, ...]:
    """A letter is a player."""
    return tuple(
        Stand(key, side, 600, key in bots)
        for keys, side in ((axis, Side.AXIS), (allies, Side.ALLIES), (watching, Side.SPECTATOR))
        for key in keys
    )


def match(name: str, axis: str, allies: str, *, second: tuple[str, str] | None = None, watching: str = "") -> Unit:
    """Both rounds of a map: sides as of round 1, swapped in round 2 unless `second` (Axis, Allies) says otherwise."""
    axis2, allies2 = second or (allies, axis)
    return Unit(((f"{name}1", 1, stands(axis, allies)), (f"{name}2", 2, stands(axis2, allies2, watching))))


def first_only(name: str, axis: str, allies: str, watching: str = "") -> Unit:
    return Unit(((f"{name}1", 1, stands(axis, allies, watching)),))


def second_only(name: str, axis: str, allies: str) -> Unit:
    return Unit(((f"{name}2", 2, stands(axis, allies)),))


def teams(lineup: Lineup, file: str) -> tuple[str, str]:
    """The players of both teams in a round."""
    members = lineup.teams[file]
    return tuple("".join(sorted(k for k, m in members.items() if m.team == team)) for team in (TEAM_A, TEAM_B))  # type: ignore[return-value]


def test_a_team_is_a_side_and_then_the_other() -> None:
    (lineup,) = chain([match("x", "abc", "def")])
    assert teams(lineup, "x1") == teams(lineup, "x2") == ("abc", "def")
    assert [lineup.team_on(side, number) for number in (1, 2) for side in (1, 2)] == [1, 2, 2, 1]


def test_it_does_not_matter_who_attacks_first() -> None:
    found = chain([match("x", "abc", "def"), match("y", "def", "abc"), match("z", "abc", "def")])
    assert [teams(lineup, f"{name}1") for lineup, name in zip(found, "xyz", strict=True)] == [("abc", "def")] * 3
    assert [lineup.axis_team for lineup in found] == [TEAM_A, TEAM_B, TEAM_A]
    assert {lineup.match_up for lineup in found} == {1}


def test_a_round_2_alone_is_chained_too() -> None:
    found = chain([match("x", "abc", "def"), second_only("y", "abc", "def"), first_only("z", "abc", "def")])
    assert teams(found[1], "y2") == teams(found[2], "z1") == ("abc", "def")


def test_a_late_joiner_belongs_to_those_he_stands_with() -> None:
    found = chain([match("x", "abc", "def"), match("y", "abcg", "defh"), match("z", "defh", "abg")])
    assert teams(found[1], "y2") == ("abcg", "defh")
    assert teams(found[2], "z1") == ("abg", "defh")


def test_a_substitute_of_one_team_does_not_end_a_match_up() -> None:
    found = chain([match("x", "abc", "def"), match("y", "abg", "dhf"), match("z", "gbi", "dhf")])
    assert [lineup.match_up for lineup in found] == [1, 1, 1]


def test_other_opponents_are_another_match_up() -> None:
    found = chain([match("x", "abc", "def"), match("y", "abc", "uvw"), match("z", "uvw", "abc")])
    assert [lineup.match_up for lineup in found] == [1, 2, 2]
    assert teams(found[2], "z1") == ("abc", "uvw")


def test_mixed_teams_are_another_match_up() -> None:
    found = chain([match("x", "abcd", "efgh"), match("y", "abgh", "efcd"), match("z", "aehf", "bgcd")])
    assert [lineup.match_up for lineup in found] == [1, 1, 1]  # half of each team is still there
    found = chain([match("x", "abcd", "efgh"), match("y", "abce", "dfgh"), match("z", "uvwx", "dfgh")])
    assert [lineup.match_up for lineup in found] == [1, 1, 2]


def test_who_changes_sides_in_a_map_is_marked_on_both() -> None:
    (lineup,) = chain([match("x", "abc", "def", second=("defa", "bc"))])
    marked = {key for file in ("x1", "x2") for key, member in lineup.teams[file].items() if member.both}
    assert marked == {"a"}
    assert (lineup.teams["x1"]["a"].team, lineup.teams["x2"]["a"].team) == (TEAM_A, TEAM_B)


def test_who_changes_teams_between_maps_belongs_to_the_new_one() -> None:
    found = chain([match("x", "abc", "def"), match("y", "bcf", "ade"), match("z", "ade", "bcf")])
    assert [lineup.match_up for lineup in found] == [1, 1, 1]
    assert teams(found[2], "z1") == ("bcf", "ade")


def test_who_ended_as_a_spectator_is_placed_by_what_is_known_of_him() -> None:
    (_, lineup) = chain([match("x", "abc", "def"), first_only("y", "de", "abc", watching="f")])
    member = lineup.teams["y1"]["f"]
    assert member.team == TEAM_B
    assert member.confidence is not None
    assert 0.5 < member.confidence < 1
    assert lineup.teams["y1"]["d"].confidence is None


def test_an_unknown_spectator_fills_the_smaller_team_with_little_confidence() -> None:
    (lineup,) = chain([first_only("x", "abc", "de", watching="z")])
    assert (lineup.teams["x1"]["z"].team, lineup.teams["x1"]["z"].confidence) == (TEAM_B, 0.6)


def test_where_no_times_are_written_a_spectator_may_have_played() -> None:
    """The oldest layout: being in the file counts, as it does everywhere else."""
    unit = Unit((("x1", 1, (*stands("abc", "de"), Stand("z", Side.SPECTATOR, None))),))
    (lineup,) = chain([unit])
    assert lineup.teams["x1"]["z"].team == TEAM_B


def test_who_only_watched_has_no_team() -> None:
    unit = Unit((("x1", 1, (*stands("abc", "def"), Stand("z", Side.SPECTATOR, 0))),))
    (lineup,) = chain([unit])
    assert "z" not in lineup.teams["x1"]


def test_bots_stand_with_a_team_and_prove_nothing() -> None:
    units = [
        Unit((("x1", 1, stands("ab1", "cd2", bots="12")),)),
        Unit((("y1", 1, stands("ab2", "cd1", bots="12")),)),
    ]
    found = chain(units)
    assert teams(found[1], "y1") == ("2ab", "1cd")
    assert not any(member.both for lineup in found for members in lineup.teams.values() for member in members.values())


@pytest.mark.parametrize("axis", ["", "a"])
def test_a_side_may_be_empty(axis: str) -> None:
    found = chain([first_only("x", axis, "def"), first_only("y", "def", axis)])
    assert [lineup.match_up for lineup in found] == [1, 1]
    assert teams(found[1], "y1") == (axis, "def")


def test_no_units_no_teams() -> None:
    assert chain([]) == []


UNIT = st.lists(st.sampled_from((1, 1, 2, 2, 3)), min_size=8, max_size=8)


@given(st.lists(UNIT, min_size=1, max_size=5), st.integers())
def test_the_order_of_players_does_not_matter(sides: list[list[int]], seed: int) -> None:
    def units(chance: Random | None) -> list[Unit]:
        found = []
        for number, places in enumerate(sides):
            here = [Stand(key, side, 60) for key, side in zip("abcdefgh", places, strict=True)]
            found.append(Unit(((f"{number}", 1, tuple(chance.sample(here, 8) if chance else here)),)))
        return found

    assert chain(units(Random(seed))) == chain(units(None))


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 2)), min_size=1, max_size=8), st.integers(2, 6))
def test_two_teams_that_swap_and_substitute_stay_two_teams(maps: list[tuple[bool, int]], size: int) -> None:
    us, them = [f"a{n}" for n in range(size)], [f"b{n}" for n in range(size)]
    units, expected = [], []
    for number, (swapped, substitutes) in enumerate(maps):
        for n in range(min(substitutes, size // 2)):
            us[n] = f"a{number}-{n}-new"
        axis, allies = (them, us) if swapped else (us, them)
        here = tuple(Stand(key, side, 60) for keys, side in ((axis, 1), (allies, 2)) for key in keys)
        units.append(Unit(((str(number), 1, here),)))
        expected.append((set(us), set(them)))
    found = chain(units)
    assert {lineup.match_up for lineup in found} == {1}
    for number, (lineup, both) in enumerate(zip(found, expected, strict=True)):
        members = lineup.teams[str(number)]
        grouped = [{key for key, member in members.items() if member.team == team} for team in (TEAM_A, TEAM_B)]
        assert grouped == list(both if not maps[0][0] else both[::-1])
