"""Two players, head to head."""

from rich.console import RenderableType
from rich.text import Text

from muster.cli.show import figures, style, text
from muster.cli.show.figures import Figure
from muster.cli.show.grid import Column, Grid, Row, Section
from muster.cli.show.pieces import card, page, remark
from muster.stats.metrics import METRICS
from muster.stats.values import HeadToHead, PlayerLine, Together

_FIGURES = (
    Figure("kills", 3),
    Figure("deaths", 3),
    Figure("kd"),
    Figure("damage_given", 4),
    Figure("dpm"),
    Figure("accuracy", 1),
    Figure("headshot_rate", 2),
    Figure("revives_given", 5),
)
_COMPARED = ("kd", "dpm", "accuracy", "headshot_rate")


def render(value: HeadToHead) -> RenderableType:
    """Against each other and together, each one's numbers there, the better one marked."""
    first, second = text.name(value.first), text.name(value.second)
    players = Text.assemble((first, style.TITLE), " against ", (second, style.TITLE))
    columns = [
        Column("", left=True, least=12, most=24),
        Column("Rds"),
        Column("Won"),
        Column("Lost"),
        Column("Even", 6),
        *figures.columns(_FIGURES),
    ]
    against = _section("Against each other", value.opposed, opposed=True)
    together = _section("On the same side", value.together, opposed=False)
    dpm = METRICS["dpm"].show
    matches = f"{first} in matches against {second} (won–drawn–lost): "
    return page(
        card(
            text.joined(players, *text.scope(value.scope)),
            Text.assemble(matches, (text.record(value.matches), style.HEAD)),
        ),
        Grid(columns, [against, together]),
        remark(f"usual DPM: {first} {dpm(value.first_dpm)}", f"{second} {dpm(value.second_dpm)}"),
    )


def _section(title: str, shared: Together, opposed: bool) -> Section:
    if not shared.rounds:
        return Section([], Text.assemble((title, style.HEAD), ": never"))
    won, lost = (shared.lost, shared.won) if opposed else (shared.won, shared.lost)
    rows = [
        _row(shared.first, shared.second, shared, shared.won, shared.lost),
        _row(shared.second, shared.first, shared, won, lost),
    ]
    return Section(rows, Text(title, style.HEAD))


def _row(line: PlayerLine, other: PlayerLine, shared: Together, won: int, lost: int) -> Row:
    return [
        text.name(line.player),
        text.number(shared.rounds),
        text.number(won),
        text.number(lost),
        text.number(shared.undecided),
        *(Text(figure.cell(line.totals), _mark(figure.key, line, other)) for figure in _FIGURES),
    ]


def _mark(key: str, line: PlayerLine, other: PlayerLine) -> str:
    if key not in _COMPARED:
        return ""
    own, his = METRICS[key].of(line.totals), METRICS[key].of(other.totals)
    return style.BEST if own is not None and his is not None and own > his else ""
