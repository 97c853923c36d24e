"""The rating ladder, and how far its forecasts can be trusted."""

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from muster.cli.show import style, text
from muster.cli.show.grid import Column, Grid, Row, Section
from muster.cli.show.pieces import Prose, Whisker, page, remark
from muster.stats.formulas import NO_DATA
from muster.stats.metrics import METRICS
from muster.stats.values import Ladder, LadderEntry

if TYPE_CHECKING:
    from muster.rounds.rating import Calibration


def render(value: Ladder) -> RenderableType:
    """The ladder, each rating with one standard deviation to both sides."""
    title = Group(Text("Ratings", style.TITLE), Prose(Text(METRICS["rating"].definition)))
    last = value.offset + len(value.entries)
    part = f"places {value.offset + 1:,} to {last:,} of {value.total:,}"
    below = remark(
        part if 0 < len(value.entries) < value.total else f"{value.total:,} ranked",
        f"asks for {value.min_rounds:,} rounds" if value.min_rounds else "",
        f"{value.left_out:,} left out with fewer" if value.left_out else "nobody left out",
    )
    if not value.entries:
        return page(title, Text("Nobody is rated yet: ratings come with the first match of two teams."), below)
    low = min(entry.shown - entry.uncertainty for entry in value.entries)
    high = max(entry.shown + entry.uncertainty for entry in value.entries)
    columns = [
        Column("#"),
        Column("Player", left=True, least=16, most=28),
        Column("Rating", style=style.DECIDES),
        Column("±"),
        Column("", 1, left=True, least=11, most=31),
        Column("Matches"),
        Column("Rounds", 2),
    ]
    rows = [_entry(entry, low, max(high - low, 1)) for entry in value.entries]
    return page(title, Grid(columns, [Section(rows)]), below)


def _entry(entry: LadderEntry, low: int, width: int) -> Row:
    ends = (entry.shown - entry.uncertainty, entry.shown, entry.shown + entry.uncertainty)
    return [
        text.number(entry.rank),
        Text(text.name(entry.player), style.BEST if entry.rank == 1 else ""),
        text.number(entry.shown),
        text.number(entry.uncertainty),
        Whisker(*((end - low) / width for end in ends)),
        text.number(entry.matches),
        text.number(entry.rounds),
    ]


def calibration(value: "Calibration | None") -> RenderableType:
    """Log-loss of the forecasts against a coin and against the plain model."""
    title = Text("How good the win forecasts are", style.TITLE)
    if value is None:
        return page(title, Text("There is no rated match yet to measure them on."))
    columns = [Column("Forecast", left=True), Column("Log-loss per match"), Column("", left=True)]
    best = min(value.log_loss, value.log_loss_uncalibrated, value.log_loss_coin)
    rows = [
        _loss("calibrated, as shown", value.log_loss, best),
        _loss("uncalibrated", value.log_loss_uncalibrated, best),
        _loss("a coin", value.log_loss_coin, best),
    ]
    right = NO_DATA if value.accuracy is None else f"{100 * value.accuracy:.1f}%"
    below = remark(
        text.counted(value.matches, "rated match", "rated matches"),
        f"scale {value.scale:.3f}",
        f"winner named in {right} of those decided",
        "less is better",
    )
    return page(title, Grid(columns, [Section(rows)]), below)


def _loss(label: str, value: float, best: float) -> Row:
    return [label, Text(f"{value:.4f}", style.HEAD if value == best else ""), "best" if value == best else ""]
