"""Pages as they stand, line by line, in the folder `pages`.

After a change that is meant: `python -m tests.cli.test_show_pages` writes them anew; then look at them.
"""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from rich.console import RenderableType

from muster.cli.show import checks, imports, player_tables, render
from muster.cli.show.ratings import calibration
from muster.rounds.importer import FileResult, ImportReport
from muster.rounds.importer.rebuild import Difference
from muster.rounds.rating import Calibration
from muster.stats.values import Nobody, SessionList, Stint, Together
from muster.store.files import Server
from tests.cli import show_player_samples as people
from tests.cli import show_samples as evenings
from tests.cli.show_samples import coloured, lines

FOLDER = Path(__file__).parent / "pages"


def a_round() -> RenderableType:
    """Somebody reconnected, somebody watched at the end."""
    axis = [evenings.round_player(0, "axis"), evenings.round_player(1, "axis", flags=("counter_reset",))]
    allies = [evenings.round_player(n, "allies") for n in range(2, 6)]
    return render(evenings.round_page(axis, allies, others=(evenings.round_player(7, "axis", eligible=False),)))


def several_opponents() -> RenderableType:
    """Two match-ups, a round without its second, one without teams."""
    players = [
        evenings.session_player(0, "A"),
        evenings.session_player(1, stints=(Stint(1, "B"), Stint(2, "A"))),
        evenings.session_player(3, stints=(Stint(2, "B"),)),
    ]
    unscored = {"match_id": None, "score_a": None, "score_b": None}
    single = evenings.played_map(second=None, first=evenings.head(1, status="single"), **unscored)
    orphan = evenings.played_map(
        map="etl_ice", match_up=None, first=None, second=evenings.head(2, status="orphan_r2", valid=False),
        first_attackers=None, **unscored,
    )  # fmt: skip
    page = evenings.session(
        players,
        match_ups=(evenings.match_up(), evenings.match_up(2, matches=2)),
        played=(evenings.played_map(), single, evenings.played_map(match_up=2), orphan),
        awards=(),
    )
    return render(page)


def a_report() -> RenderableType:
    """Some of everything."""
    report = ImportReport()
    for number in range(1200):
        report.add(FileResult(f"{number}.txt", "imported"))
    for number in range(7):
        report.add(
            FileResult(f"bad-{number}.txt", "rejected", "line 3: 5 values where the lines above have 38: cut off?")
        )
    report.refuse("notes.md", "file name: 'notes.md' is not YYYY-MM-DD-HHMMSS-<map>-round-<1 or 2>.txt")
    report.new_servers.append(Server(1, "#dry dock", "UTC"))
    return imports.render(report)


def coin(log_loss: float) -> Calibration:
    return Calibration(92, 0.4362, log_loss, 0.7129, 0.6931, 0.591)


def a_session() -> RenderableType:
    """Two on each side."""
    return render(evenings.session([evenings.session_player(n, "AB"[n % 2]) for n in range(4)]))


def sessions() -> RenderableType:
    """The last two of many, on two servers."""
    return render(SessionList((evenings.session_head(), evenings.session_head(server="mud")), 20, 35))


def never_together() -> RenderableType:
    """Two who were always on opposite sides."""
    return render(people.head_to_head(together=Together(0, evenings.line(0), evenings.line(1), 0, 0, 0, None)))


def with_a_weapon() -> RenderableType:
    """Part of a ranking, without times."""
    entries = tuple(msgspec.structs.replace(entry, minutes=None) for entry in people.leaderboard(2).entries)
    return render(people.leaderboard(entries=entries, metric="kills", weapon="MP40", offset=2, total=9, left_out=0))


PAGES: dict[str, Callable[[], RenderableType]] = {
    "session": a_session,
    "session-several": several_opponents,
    "sessions": sessions,
    "round": a_round,
    "match": lambda: render(evenings.match_page(2)),
    "player": lambda: render(people.player_page()),
    "player-unknown": lambda: render(people.nothing_known()),
    "leaderboard": lambda: render(people.leaderboard()),
    "leaderboard-weapon": with_a_weapon,
    "ladder": lambda: render(people.ladder()),
    "versus": lambda: render(people.head_to_head()),
    "versus-never": never_together,
    "companions": lambda: player_tables.companions(people.companions(), "partners"),
    "standings": lambda: player_tables.standings(people.player_page().standings),
    "choice": lambda: render(people.choice()),
    "nobody": lambda: render(Nobody("zzz")),
    "calibration": lambda: calibration(coin(0.6474)),
    "calibration-bad": lambda: calibration(coin(0.8)),
    "import": a_report,
    "differences": lambda: checks.differences([Difference("rounds", ["('a', 1)"], ["('a', 2)"], 14)]),
    "no-differences": lambda: checks.differences([]),
    "pairs": lambda: checks.pairs([("revision", "0001"), ("size", "1.2 MB")]),
}
WIDTHS = (80, 120)


def shown(page: str, width: int) -> str:
    return "".join(f"{line.rstrip()}\n" for line in lines(PAGES[page](), width))


def written(page: str, width: int) -> Path:
    return FOLDER / f"{page}-{width}.txt"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_as_it_was(page: str, width: int) -> None:
    assert shown(page, width) == written(page, width).read_text(encoding="utf-8")


def test_no_page_is_left_over() -> None:
    assert set(FOLDER.iterdir()) == {written(page, width) for page in PAGES for width in WIDTHS}


def test_colours_say_what_is_good_and_who_is_who() -> None:
    session = coloured(a_session())
    assert "\x1b[1;36mTeam A" in session
    assert "\x1b[1;35mTeam B" in session
    player = coloured(render(people.player_page()))
    assert "\x1b[31m-12" in player
    assert "\x1b[32m+0.10" in player


def test_a_round_alone_misses_the_other() -> None:
    for number, other in ((1, 2), (2, 1)):
        page = evenings.round_page([], [], head=evenings.head(number, status="single"))
        assert f"no round {other}" in "".join(lines(render(page)))


def test_a_pipe_gets_no_colours() -> None:
    assert "\x1b" not in "".join(lines(a_session()))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for page in PAGES:
        for width in WIDTHS:
            written(page, width).write_text(shown(page, width), encoding="utf-8")
