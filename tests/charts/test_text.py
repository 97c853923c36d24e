"""Text of every kind: what is left of it, how wide it is, where it is cut."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muster.charts.canvas import Canvas, picture
from muster.charts.text import fit, flow, printable, width
from tests.charts.made_up import ODD, PLAIN


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Gnadle", "Gnadle"),
        ("Ёжик Δέλτα Żółw", "Ёжик Δέλτα Żółw"),
        ("$x^2$ \\_{y}", "$x^2$ \\_{y}"),
        ("名無し", "□□□"),
        ("\u202eevil\u200b\u0007", "evil"),
        ("a\nb\tc\u2003d", "a b c d"),
        ("  ", "–"),
        ("", "–"),
        ("𝕱𝖗𝖆𝖐 ＡＢ", "Frak AB"),
        ("e\u0301", "é"),
        ("q\u0301\u0302\u0303", "q\u0301"),
        ("\u0301", "–"),
        ("\ud800x", "x"),
    ],
)
def test_printable(text: str, left: str) -> None:
    assert printable(text) == left


@given(st.text())
@settings(max_examples=500)
def test_every_text_can_be_measured_and_cut_without_a_warning(text: str) -> None:
    cut = fit(text, 120, 26)
    assert cut
    assert width(cut, 26) <= 120
    assert printable(printable(text)) == printable(text)


@given(st.lists(st.text(), min_size=1, max_size=12))
@settings(max_examples=20)
def test_every_text_can_be_drawn_without_a_warning(texts: list[str]) -> None:
    def paint(canvas: Canvas) -> None:
        for row, text in enumerate(texts):
            canvas.text(5, 20 + 30 * row, printable(text), 24, bold=row % 2 == 0)

    assert picture(300, 400, paint)


def test_what_fits_is_not_cut() -> None:
    assert fit("zip", 100, 26) == "zip"


def test_what_does_not_fit_ends_with_an_ellipsis() -> None:
    assert fit("a" * 60, 100, 26) == "aaaa…"
    assert fit("a" * 60, 100, 26, end="") == "aaaaaa"
    assert fit("two words", 75, 26) == "two…"


def test_bold_is_wider() -> None:
    assert width("Gnadle", 26, bold=True) > width("Gnadle", 26)


def test_a_few_names_flow_on_one_line() -> None:
    placed = flow(["zip", "fox"], 400, 2, 26, 200)
    assert [(word.line, word.text) for word in placed] == [(0, "zip"), (0, "fox")]
    assert placed[1].offset > width("zip", 26)


def test_names_without_a_place_are_counted() -> None:
    placed = flow(PLAIN * 2, 400, 2, 26, 200)
    shown = [word.text for word in placed]
    assert shown[-1] == f"+{2 * len(PLAIN) - len(shown) + 1} more"
    assert max(word.line for word in placed) == 1


@given(st.lists(st.sampled_from(PLAIN + ODD), max_size=40), st.integers(1, 3))
def test_names_never_leave_their_room(names: list[str], lines: int) -> None:
    placed = flow(names, 400, lines, 26, 230)
    assert all(word.line < lines and word.offset + width(word.text, 26) <= 400 for word in placed)
    assert bool(placed) == bool(names)


def test_nobody_takes_no_place() -> None:
    assert flow([], 400, 2, 26, 200) == ()
