"""Parts on as many pages as they need, views of several pages, files that go with some of them."""

import weakref
from concurrent.futures.process import BrokenProcessPool

import pytest

from muster.bot.attached import Attached
from muster.bot.pages import DESCRIPTION, Answer, Option, Page, Picture, Table, Upload, in_parts
from muster.bot.views import OpeningPager, Pager, ViewButton, ViewMenu, Views
from tests.discord_sim.client import discord


def table(lines: int, width: int = 40) -> Table:
    return Table(tuple(f"{n:<{width - 1}}." for n in range(lines)), ("head",), "**above**")


def test_all_on_one_page() -> None:
    (page,) = in_parts("t", ["a", table(2, 3), "b"], footer="f", label="l", file="x")
    told = "a\n**above**\n```\nhead\n0 .\n1 .\n```\nb"
    assert page == Page("t", told, footer="f", label="l", file="x")


def test_a_table_that_fits_on_a_page_is_not_torn() -> None:
    first, second = in_parts("t", ["a", table(10), table(10)], rows=15)
    assert first.description.count("\n") == 14
    assert second.description.startswith("**above**\n```\nhead\n0 ")
    assert (first.footer, second.footer) == ("page 1 of 2", "page 2 of 2")


def test_a_table_that_does_not_fit_has_its_head_on_every_page() -> None:
    pages = in_parts("t", ["a", table(35)], rows=15)
    assert [page.description.count(".") for page in pages] == [15, 15, 5]
    assert all("**above**\n```\nhead\n" in page.description for page in pages)


def test_nothing_is_lost_where_lines_are_long() -> None:
    pages = in_parts("t", ["x" * DESCRIPTION, table(100, 90), "y" * (DESCRIPTION - 10), "end"])
    assert sum(page.description.count(".") for page in pages) == 100
    assert pages[0].description == "x" * DESCRIPTION
    assert pages[-1].description.endswith("y\nend")


def test_no_parts_are_an_empty_page() -> None:
    assert in_parts("t", []) == (Page("t"),)


async def draw(_: Picture) -> bytes:
    return b"drawn"


def answer(*pages: Page, at: int = 0) -> Answer:
    return Answer(pages, picture=Picture("p.png", bytes, ()), upload=Upload("u.csv", b"1"), views=True, at=at)


async def test_files_go_with_their_pages() -> None:
    own = answer(Page("a", file="p.png"), Page("b"), Page("c", file="u.csv"))
    attached = Attached(own, draw)
    assert [attached.name(page) for page in own.pages] == ["p.png", "", "u.csv"]
    assert [attached.image(page) for page in own.pages] == ["p.png", None, None]
    files = [await attached.file(page) for page in own.pages]
    assert [file.fp.read() if file else None for file in files] == [b"drawn", None, b"1"]


@pytest.mark.parametrize(
    ("picture", "upload", "name"), [(True, False, "p.png"), (True, True, "u.csv"), (False, False, "")]
)
async def test_without_a_word_a_file_goes_with_all_pages(picture: bool, upload: bool, name: str) -> None:
    own = Answer(
        (Page("a"), Page("b")),
        picture=Picture("p.png", bytes, ()) if picture else None,
        upload=Upload("u.csv", b"1") if upload else None,
    )
    attached = Attached(own, draw)
    assert {attached.name(page) for page in own.pages} == {name}
    assert {attached.image(page) for page in own.pages} == {name if name == "p.png" else None}


PAGES = (Page("a", label="one"), Page("b", label="two"), Page("c", label="two"), Page("d", label="three"))


@pytest.mark.parametrize(
    ("at", "title", "chosen", "back", "forward"),
    [
        (0, "a", "one", True, True),
        (1, "b", "two", True, False),
        (2, "c", "two", False, True),
        (3, "d", "three", True, True),
    ],
)
async def test_views_of_several_pages(at: int, title: str, chosen: str, back: bool, forward: bool) -> None:
    view = Views(1, PAGES, Attached(answer(*PAGES), draw), at)
    assert view.shown.title == title
    buttons = [child for child in view.children if isinstance(child, ViewButton)]
    assert [button.label for button in buttons] == ["one", "two", "three"]
    assert [button.label for button in buttons if button.style is discord.ButtonStyle.primary] == [chosen]
    assert (view.back.disabled, view.forward.disabled) == (back, forward)


async def test_many_views_are_in_a_menu() -> None:
    pages = tuple(Page(name, label=name) for name in "abcdef")
    (menu,) = Views(1, pages, Attached(answer(*pages), draw), 2).children
    assert isinstance(menu, ViewMenu)
    assert [option.label for option in menu.options] == list("abcdef")
    assert [option.label for option in menu.options if option.default] == ["c"]


async def test_views_of_one_page_each_are_not_leafed_through() -> None:
    pages = (PAGES[0], PAGES[3])
    assert len(Views(1, pages, Attached(answer(*pages), draw)).children) == 2
    assert len(Views(1, PAGES, Attached(answer(*PAGES), draw)).children) == 5
    assert len(Pager(1, PAGES, Attached(answer(*PAGES), draw)).children) == 2


async def test_what_can_be_opened_stands_on_the_page() -> None:
    async def opened(_: str) -> None:
        """Nobody opens anything here."""

    pages = tuple(Page(str(n), options=(Option(f"label {n}", f"value {n}"),)) for n in range(2))
    view = OpeningPager(1, pages, Attached(Answer(pages), draw), "open", opened)
    assert [option.value for option in view.menu.options] == ["value 0"]
    view.at = 1
    view.mark()
    assert [option.value for option in view.menu.options] == ["value 1"]


async def test_an_answer_goes_without_a_picture_that_cannot_be_drawn() -> None:
    async def broken(_: Picture) -> bytes:
        raise BrokenProcessPool("every worker died")

    page = Page("a", "text")
    attached = Attached(Answer((page,), picture=Picture("p.png", bytes, ())), broken)
    assert attached.image(page) == "p.png"
    assert await attached.file(page) is None
    assert (attached.name(page), attached.image(page)) == ("", None)


class Evening:
    """What a picture is drawn from."""


async def test_after_the_time_out_nothing_large_is_held() -> None:
    drawn_from = Evening()
    held = weakref.ref(drawn_from)
    own = Answer((Page("a", file="p.png"), Page("b")), picture=Picture("p.png", bytes, (drawn_from,)))
    view = Pager(1, own.pages, Attached(own, draw))
    assert await view.attached.file(own.pages[0]) is not None
    del own, drawn_from
    assert held() is not None
    await view.on_timeout()
    assert held() is None, "although the view itself is there"
