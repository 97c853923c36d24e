"""Tables that fit."""

from rich.cells import cell_len
from rich.text import Text

from muster.cli.show.grid import Column, Grid, Section
from muster.cli.show.pieces import Bar, Facts, Whisker
from tests.cli.show_samples import lines

COLUMNS = (
    Column("Name", left=True, least=6, most=12),
    Column("Kills"),
    Column("Gibs", 2),
    Column("XP", 5),
)


def grid(*rows: tuple[str, str, str, str]) -> Grid:
    return Grid(COLUMNS, [Section(rows)])


def test_words_to_the_left_numbers_to_the_right() -> None:
    assert lines(grid(("ab", "1,234", "1", "2"), ("名無し", "5", "10", "200"))) == [
        " Name    Kills  Gibs   XP",
        " ────────────────────────",
        " ab      1,234     1    2",
        " 名無し      5    10  200",
    ]


def test_the_least_important_goes_first_and_words_are_cut_before_numbers() -> None:
    wide = grid(("a long name, longer still", "1,234", "1", "2"))
    assert lines(wide, 40)[2] == " a long name…  1,234     1   2"
    assert lines(wide, 25)[2] == " a long…  1,234     1   2"
    assert lines(wide, 23)[2] == " a long n…  1,234     1"
    assert lines(wide, 15)[2] == " a long…  1,234"


def test_nothing_wraps_however_narrow() -> None:
    shown = lines(grid(("a long name", "1,234", "1", "2")), 8)
    assert len(shown) == 3
    assert all(cell_len(line) <= 8 for line in shown)


def test_a_column_without_content_is_not_shown() -> None:
    assert lines(grid(("a", "1", "", "2"), ("b", "3", "", "4")))[0] == " Name  Kills  XP"


def test_sections_have_titles_and_totals() -> None:
    sections = [
        Section([("a", "1", "2", "3")], Text("Axis"), ("Total", "1", "2", "3")),
        Section([("b", "1", "2", "3")], Text("Allies")),
        Section([], total=("All", "2", "4", "6")),
    ]
    assert lines(Grid(COLUMNS, sections, Text("Players"))) == [
        "Players",
        " Name   Kills  Gibs  XP",
        " ──────────────────────",
        " Axis",
        " a          1     2   3",
        " Total      1     2   3",
        "",
        " Allies",
        " b          1     2   3",
        "",
        " All        2     4   6",
    ]


def test_a_table_without_rows_has_its_head() -> None:
    assert lines(grid()) == [" Name  Kills  Gibs  XP", " ─────────────────────"]


def test_bars_are_drawn_to_an_eighth_of_a_cell() -> None:
    assert Bar(1.0).draw(4).plain == "████"
    assert Bar(0.5).draw(5).plain == "██▌"
    assert Bar(0.0).draw(5).plain == Bar(-3.0).draw(5).plain == ""
    assert Bar(7.0).draw(5).plain == "█████"


def test_a_whisker_stays_within_its_width() -> None:
    assert Whisker(0.0, 0.5, 1.0).draw(5).plain == "──●──"
    assert Whisker(-1.0, 0.0, 0.0).draw(5).plain == "●"
    assert Whisker(1.0, 1.0, 2.0).draw(5).plain == "    ●"


def test_facts_break_between_facts() -> None:
    assert lines(Facts(["2 h 35 m", "", "18 rounds", Text("12 players")]), 21) == ["2 h 35 m · 18 rounds", "12 players"]
    assert lines(Facts(["a fact too long for the line"]), 10) == ["a fact to…"]
    assert lines(Facts([])) == []
