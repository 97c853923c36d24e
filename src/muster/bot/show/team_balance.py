"""Balanced teams: the most even splits side by side, with the chance each team is given."""

from collections.abc import Callable
from itertools import zip_longest
from typing import Final

import msgspec

from muster.bot import text
from muster.bot.pages import Answer, Table, in_parts
from muster.bot.show.team_words import percent
from muster.stats.values.teams import Balance, Seat, Split

ROWS: Final = 30
_HALF: Final = 19
"""Cells of each of two columns."""
_FEW: Final = 50
"""Matches below which forecasts are little to go by."""
_NEW: Final = "°"
_HEAD: Final = f"{'Team 1':<{_HALF}}  Team 2"

Chance = Callable[[float], float]
"""The first team's chance to win (0 to 1) at a margin."""


class Asked(msgspec.Struct, frozen=True):
    """Who is to be split: all players, where they are from, and who was left out and why, as running text."""

    count: int
    source: str = ""
    left_out: str = ""


def balance(found: Balance, chance: Chance | None, asked: Asked) -> Answer:
    """The splits, one below the other. Without a `chance` none is told."""
    parts: list[str | Table] = [_about(found, asked)]
    if asked.left_out:
        parts.append(asked.left_out)
    for number, split in enumerate(found.splits, 1):
        parts.append(Table(tuple(_lines(split)), (_HEAD,), _title(number, split, chance)))
    parts.append(_legend(found))
    return Answer(in_parts("Balanced teams", parts, rows=ROWS))


def _about(found: Balance, asked: Asked) -> str:
    how = "every split looked at" if found.is_exact else "the best splits found"
    return "-# " + " · ".join(part for part in (text.counted(asked.count, "player"), asked.source, how) if part)


def _title(number: int, split: Split, chance: Chance | None) -> str:
    if chance is None:
        return f"**{number}.** no chance known"
    first = 100 * chance(split.margin)
    return f"**{number}.** Team 1 **{percent(first, 1)}** – **{percent(100 - first, 1)}** Team 2"


def _lines(split: Split) -> list[str]:
    return ["  ".join(_seat(seat) for seat in pair).rstrip() for pair in zip_longest(split.first, split.second)]


def _seat(seat: Seat | None) -> str:
    if seat is None:
        return " " * _HALF
    name = text.cell(seat.player.name, seat.player.key)
    return _cell(name, f"{_NEW if seat.is_new else ''}{seat.shown:,}")


def _cell(name: str, value: str) -> str:
    return f"{text.fit(name, _HALF - 1 - len(value))} {value}"


def _legend(found: Balance) -> str:
    said = ["ratings are cautious, lower for who has played little; chances go by likely strength"]
    if any(seat.is_new for split in found.splits[:1] for seat in (*split.first, *split.second)):
        said.append(f"{_NEW} no match yet, a newcomer's rating")
    if found.scale is None:
        said.append("no rated match yet to tell a chance from")
    else:
        few = ": few, so take it lightly" if found.matches < _FEW else ""
        said.append(f"chance to win, a draw counting half, fitted on {found.matches:,} rated matches{few}")
    return "-# " + " · ".join(said)
