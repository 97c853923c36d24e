"""What pages about teams share: results in words, names that fill lines, and what to say where there is nothing."""

from collections.abc import Iterable
from typing import Final

from rich.cells import cell_len

from muster.bot import text
from muster.bot.pages import GREY, Answer, said
from muster.bot.show.player_words import about, wider
from muster.stats.formulas import NO_DATA
from muster.stats.metrics import METRICS
from muster.stats.values import PlayerRef, Record, Scope
from muster.stats.values.teams import Tally

LABELS: Final = {
    "damage_efficiency": "Damage ratio",
    "kpr": "Kills/round",
    "useful_share": "Useful kills",
    "revive_rate": "Revives/round",
}
"""Metrics whose title is too long for a table."""


def label(key: str) -> str:
    """A metric as tables call it."""
    return LABELS.get(key) or METRICS[key].title


def record(results: Record) -> str:
    """Results as won–drawn–lost."""
    return f"{results.won}–{results.drawn}–{results.lost}"


def points(tally: Tally) -> str:
    """Points as own:other."""
    return f"{tally.points}:{tally.conceded}"


def matches(count: int) -> str:
    """`1 match`, `1,800 matches`."""
    return f"{count:,} match{'' if count == 1 else 'es'}"


def percent(value: float | None, decimals: int = 0) -> str:
    """A share; `–` where unknown."""
    return NO_DATA if value is None else f"{value:.{decimals}f}%"


def iso(day: int) -> str:
    """YYYYMMDD as 2025-10-12."""
    return f"{day // 10000}-{day // 100 % 100:02}-{day % 100:02}"


def filled(names: Iterable[str], *, indent: int = 2, width: int = text.WIDTH) -> list[str]:
    """Names one after the other in lines of a code block, broken between names; one too long for a line is cut."""
    room = width - indent
    lines: list[str] = []
    for name in names:
        fitting = name if cell_len(name) < room else text.fit(name, room - 1)
        if lines and cell_len(lines[-1]) + 2 + cell_len(fitting) < room:
            lines[-1] += f", {fitting}"
            continue
        if lines:
            lines[-1] += ","
        lines.append(fitting)
    return [" " * indent + line for line in lines]


def cells(players: Iterable[PlayerRef]) -> list[str]:
    """Players in a code block."""
    return [text.cell(player.name, player.key) for player in players]


def nothing(title: str, scope: Scope, words: str) -> Answer:
    """Instead of an answer there is nothing for: what there is none of, and how to ask for more."""
    return said(title, f"{about(scope)}\n{words} {wider(scope)}".rstrip(), colour=GREY)
