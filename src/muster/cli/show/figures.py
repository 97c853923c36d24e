"""Columns for metrics: a short title with the unit, and values without it. What a metric is stands in `stats`."""

from collections.abc import Sequence
from typing import Final

import msgspec
from rich.text import Text

from muster.cli.show import style
from muster.cli.show.grid import Column
from muster.cli.show.text import change
from muster.stats.formulas import NO_DATA
from muster.stats.metrics import METRICS
from muster.stats.values import Totals

_SHORT: Final = {
    "rounds": "Rds",
    "accuracy": "ACC %",
    "headshot_rate": "HS %",
    "headshot_kills": "HSK",
    "damage_given": "DMG",
    "damage_received": "Recv",
    "team_damage_given": "TDMG",
    "revives_given": "Rev",
    "hours": "Hours",
    "win_rate": "Won %",
    "consistency": "Cons %",
    "self_kills": "SK",
    "team_kills": "TK",
}


class Figure(msgspec.Struct, frozen=True):
    """A metric as a column; `drop` as in `Column`."""

    key: str
    drop: int = 0

    def column(self) -> Column:
        """Its column."""
        return Column(title(self.key), self.drop)

    def cell(self, totals: Totals) -> str:
        """Its value for these sums."""
        return bare(self.key, METRICS[self.key].of(totals))


LINE: Final = (
    Figure("kills"),
    Figure("deaths"),
    Figure("kd"),
    Figure("damage_given", 2),
    Figure("damage_received", 8),
    Figure("dpm"),
    Figure("accuracy", 1),
    Figure("headshot_rate", 4),
    Figure("headshot_kills", 9),
    Figure("revives_given", 3),
    Figure("gibs", 10),
)
"""What is said of every player, wherever players are listed."""


def title(key: str) -> str:
    """A short title, with the unit where it needs one."""
    return _SHORT.get(key) or METRICS[key].title


def headed(key: str) -> str:
    """The full title with the unit, for the column that decides."""
    metric = METRICS[key]
    return (
        metric.title
        if metric.unit in ("n", "ratio", "points") or metric.key == "dpm"
        else f"{metric.title}, {metric.unit}"
    )


def bare(key: str, value: float | None) -> str:
    """A value without its unit, which the column's title says."""
    return NO_DATA if value is None else f"{value:,.{METRICS[key].decimals}f}"


def delta(key: str, value: float | None) -> Text:
    """A difference to something, good or bad by colour."""
    shown = change(value, METRICS[key].decimals)
    better = shown.startswith("+") == METRICS[key].higher_is_better
    return Text(shown, (style.GOOD if better else style.BAD) if shown[0] in "+-" else style.PLAIN)


def columns(figures: Sequence[Figure]) -> list[Column]:
    """Their columns."""
    return [figure.column() for figure in figures]


def cells(figures: Sequence[Figure], totals: Totals) -> list[str]:
    """Their values for these sums."""
    return [figure.cell(totals) for figure in figures]
