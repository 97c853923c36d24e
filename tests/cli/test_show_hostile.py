"""Every page with names that mean harm, with nothing known, with nobody, with a crowd."""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest
from rich.cells import cell_len
from rich.console import RenderableType

from muster.cli.show import checks, imports, player_tables, render
from muster.cli.show.ratings import calibration
from muster.rounds.importer import FileResult, ImportReport
from muster.rounds.importer.rebuild import Difference
from muster.stats.values import (
    Award,
    Choice,
    Companions,
    Maps,
    MapShare,
    Nobody,
    Recent,
    Result,
    Scope,
    SessionList,
    SessionPlayer,
    TeamReport,
    Totals,
)
from muster.store.files import Server
from tests.cli import show_player_samples as people
from tests.cli import show_samples as evenings
from tests.cli.show_samples import HOSTILE, coloured, lines

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
WIDTHS = (40, 80, 120)


def _round(name: str) -> RenderableType:
    head = evenings.head(2, map=name, server=name, config=name, flags=(name,))
    players = [evenings.round_player(n, "axis", name, flags=("both_teams",), eligible=False) for n in range(3)]
    watcher = evenings.round_player(5, "allies", name, confidence=0.72)
    others = (msgspec.structs.replace(watcher, side=None),)
    return render(evenings.round_page(players, [], head=head, others=others))


def _match(name: str) -> RenderableType:
    page = evenings.match_page(map=name, server=name, match_id=name)
    team = TeamReport("A", 2, Result.WON, (evenings.match_player(0, name, both=True),), Totals())
    return render(msgspec.structs.replace(page, team_a=team))


def _session(name: str) -> RenderableType:
    players = [evenings.session_player(n, "AB"[n % 2], name) for n in range(4)]
    several = tuple(evenings.match_up(n, team_a=(evenings.ref(0, name),)) for n in (1, 2))
    page = evenings.session(
        players,
        head=evenings.session_head(server=name),
        match_ups=several,
        played=(evenings.played_map(map=name, first_attackers=None),),
        awards=(Award("mvp", "dpm", evenings.ref(0, name), 300.0, 8, 100),),
        maps=(MapShare(name, 1, 1.0, 1),),
    )
    return render(page)


def _sessions(name: str) -> RenderableType:
    heads = (evenings.session_head(server=name), evenings.session_head())
    return render(SessionList(heads, 0, 30))


def _import(name: str) -> RenderableType:
    report = ImportReport()
    report.add(FileResult(name, "rejected", name))
    report.refuse(name, name)
    report.counts[name] = 3
    report.new_servers.append(Server(1, name, "UTC"))
    return imports.render(report)


PAGES: dict[str, Callable[[str], RenderableType]] = {
    "round": _round,
    "match": _match,
    "session": _session,
    "sessions": _sessions,
    "import": _import,
    "player": lambda name: render(people.player_page(name, name)),
    "leaderboard": lambda name: render(
        people.leaderboard(3, name, scope=Scope(map=name, server=name), weapon=name, ascending=True)
    ),
    "ladder": lambda name: render(people.ladder(3, name)),
    "versus": lambda name: render(people.head_to_head(name, name)),
    "choice": lambda name: render(people.choice(name, name)),
    "nobody": lambda name: render(Nobody(name)),
    "companions": lambda name: player_tables.companions(people.companions(name), "opponents"),
    "differences": lambda name: checks.differences([Difference(name, [name], [name], 12)]),
    "pairs": lambda name: checks.pairs([(name, name), ("size", "1 MB")]),
}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_only_ever_text(page: str, name: str) -> None:
    for width in WIDTHS:
        shown = lines(PAGES[page](name), width)
        assert shown
        assert all(cell_len(line) <= width for line in shown), (width, shown)
        assert not [c for c in "".join(shown) if unicodedata.category(c) in ("Cc", "Cf", "Cs") and c != "\u200e"]


@pytest.mark.parametrize("page", PAGES)
def test_markup_in_a_name_is_shown_as_it_stands(page: str) -> None:
    assert "[red]x[/]" in "\n".join(lines(PAGES[page]("[red]x[/]"), 120))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", ["\x1b[31mred", "\x1b]8;;https://example.org\x1b\\x", "[link=https://example.org]x"])
def test_a_terminal_gets_our_colours_and_nothing_else(page: str, name: str) -> None:
    shown = coloured(PAGES[page](name))
    assert "\x1b" not in COLOUR.sub("", shown)
    assert not re.search(r"\x1b\[[0-9;]*\b(2|8|30|37|90|97)m", shown), "faint, hidden, black or white"


@pytest.mark.parametrize("page", sorted(PAGES.keys() - {"import"}))
def test_columns_stay_in_line_whatever_stands_in_them(page: str) -> None:
    """What follows a wide name begins where it does below a narrow one."""
    wide, narrow = (lines(PAGES[page](name), 120) for name in ("名無し", "abcdef"))
    assert [cell_len(line) for line in wide] == [cell_len(line) for line in narrow]


UNKNOWN = Totals()


@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_unknown_is_a_dash(width: int) -> None:
    player = evenings.line(0, SessionPlayer, sums=UNKNOWN, maps=0, stints=(), won=0, drawn=0, lost=0,
                           killing_spree=0, death_spree=0)  # fmt: skip
    shown = lines(render(evenings.session([player])), width)
    row = next(line for line in shown if line.startswith(" bordle"))
    assert "–" in row
    assert "None" not in "\n".join(shown)


@pytest.mark.parametrize("width", WIDTHS)
def test_nobody_and_nothing(width: int) -> None:
    empty = evenings.session([], played=(), match_ups=(), awards=(), maps=(), totals=UNKNOWN)
    pages = [
        render(empty),
        render(evenings.round_page([], [], totals=UNKNOWN, head=evenings.head(1, outcome=None, winner=None))),
        render(people.nothing_known()),
        render(people.leaderboard(0)),
        render(people.ladder(0)),
        render(SessionList((), 0, 0)),
        render(Choice(())),
        render(Maps(evenings.ref(0), UNKNOWN, ())),
        render(Recent(evenings.ref(0), ())),
        player_tables.companions(Companions(evenings.ref(0), None, None, ()), "partners"),
        player_tables.standings(()),
        calibration(None),
        checks.differences([]),
        checks.pairs([]),
        imports.render(ImportReport()),
    ]
    for page in pages:
        shown = lines(page, width)
        assert all(cell_len(line) <= width for line in shown)
        assert not {"None", "nan", "inf"} & set("\n".join(shown).replace(",", " ").split())


@pytest.mark.parametrize("width", WIDTHS)
def test_forty_players_have_a_line_each(width: int) -> None:
    names = [f"player {n:02d}" for n in range(40)]
    ours = [evenings.round_player(n, "axis", names[n]) for n in range(20)]
    theirs = [evenings.round_player(n, "allies", names[n]) for n in range(20, 40)]
    evening = evenings.session([evenings.session_player(n, "AB"[n % 2], names[n]) for n in range(40)])
    for page in (evenings.round_page(ours, theirs), evening):
        shown = lines(render(page), width)
        assert [sum(name in line for line in shown) for name in names] == [1] * 40


def test_a_date_without_a_zone_of_its_own_says_utc() -> None:
    page = evenings.round_page(
        [evenings.round_player(0, "axis")], [], head=evenings.head(played_at=datetime(2025, 1, 2, 3, 4, tzinfo=UTC))
    )
    assert "2025-01-02 03:04 UTC" in "\n".join(lines(render(page)))
