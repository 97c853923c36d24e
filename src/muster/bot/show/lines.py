"""A player's line in the table of a round or a match, in 40 characters: K/D, DMG, DPM, ACC, revives."""

from collections.abc import Sequence
from typing import Final

import msgspec

from muster.bot import text
from muster.stats.metrics import METRICS
from muster.stats.values import PlayerRef, Totals

HEAD: Final = ("  player", "  K/D", " DMG", " DPM", " ACC%", " REV")
BEST: Final = "›"
BOT: Final = "°"
DOUBT: Final = "†"
_MARKED_BY: Final = ("kills", "damage_given", "dpm", "accuracy", "revives_given")
_TOGETHER: Final = {
    "kills": "kills",
    "deaths": "deaths",
    "damage_given": "DMG",
    "dpm": "DPM",
    "accuracy": "ACC",
    "revives_given": "REV",
}


class Line(msgspec.Struct, frozen=True):
    """Somebody's line. `before` is a letter or digit before the name; `best` are metrics to be marked."""

    player: PlayerRef
    totals: Totals
    before: str = ""
    doubted: bool = False
    best: tuple[str, ...] = ()


def bare(key: str, totals: Totals) -> str:
    """A metric's value without its unit, which the column's title says."""
    metric = METRICS[key]
    return metric.show(metric.of(totals)).rstrip("%")


def together(who: str, totals: Totals) -> str:
    """What several did together, on a line."""
    shown = (f"{METRICS[key].show(METRICS[key].of(totals))} {unit}" for key, unit in _TOGETHER.items())
    return f"**{who}** {' · '.join(shown)}"


def table(lines: Sequence[Line], sums: Sequence[Totals] = ()) -> tuple[tuple[str, ...], list[str]]:
    """The head of the table, and a line for each of `lines`, then for each of the `sums`."""
    rows = [(_name(line), *_cells(line.totals, line.best)) for line in lines]
    rows += [("  total", *_cells(totals)) for totals in sums]
    head, *shown = text.table(HEAD, rows, gap="")
    return (head,), shown


def _name(line: Line) -> str:
    marks = (BOT if line.player.is_bot else "") + (DOUBT if line.doubted else "")
    return f"{line.before:<2}{marks}{text.cell(line.player.name, line.player.key)}"


def _cells(totals: Totals, best: Sequence[str] = ()) -> list[str]:
    """The cells, each after a blank or the mark of the best."""
    shown = (
        f"{totals.kills}/{totals.deaths}",
        *(bare(key, totals) for key in ("damage_given", "dpm", "accuracy", "revives_given")),
    )
    marked = [(BEST if key in best else " ") + cell for key, cell in zip(_MARKED_BY, shown, strict=True)]
    return [f" {marked[0]}", *marked[1:]]
