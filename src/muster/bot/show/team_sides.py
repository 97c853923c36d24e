"""Axis and Allies: both sides, how efficient they are, and what attacks come to on each map."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from muster.bot import text
from muster.bot.pages import Answer, Page, Table, in_pages, in_parts
from muster.bot.show.player_words import about, shown
from muster.bot.show.team_evening import definitions
from muster.bot.show.team_words import label, nothing, percent
from muster.stats.metrics import METRICS
from muster.stats.values import Totals
from muster.stats.values.teams import Attacks, FastAttack, MapAttacks, Objectives, Sides, SideSheet

_NUMBERS: Final = ("kd", "dpm", "accuracy", "kpr")
_EFFICIENCY: Final = {
    "efficiency": "Eff. %",
    "damage_efficiency": "Damage",
    "useful_share": "Useful %",
    "kd": "K/D",
    "dpm": "DPM",
}
"""Metrics by what they are called where six values stand side by side."""
_SHORT: Final = {"axis": "Ax", "allies": "Al"}
_ROWS: Final = 20


def sides(found: Sides, first: str = "axis") -> Answer:
    """A view for each side: as attackers, as defenders, all in all, and the other side beside it."""
    if not found.axis.rounds:
        return nothing("Axis and Allies", found.scope, "There is no round that counts here.")
    pages = (_side(found, found.axis, found.allies), _side(found, found.allies, found.axis))
    return Answer(pages, views=True, at=0 if first == "axis" else 1)


def _side(found: Sides, own: SideSheet, other: SideSheet) -> Page:
    head = ("", "attack", "defend", "both", other.side.capitalize())
    rows = [
        ("Rounds", *(text.number(n) for n in (own.attack.rounds, own.defence.rounds, own.rounds, other.rounds))),
        ("Won", percent(own.attack.success), percent(own.defence.stopped), _won(own), _won(other)),
        *(
            (title, text.clock(time(own.attack)), text.clock(time(own.defence)), "", text.clock(time(other.attack)))
            for title, time in _TIMES
        ),
        *((label(key), *(shown(key, totals) for totals in _columns(own, other))) for key in _NUMBERS),
    ]
    words = (
        about(found.scope, f"{text.counted(own.rounds, 'round')} that count"),
        text.block(text.table(head, rows)),
        f"-# Times are of completed attacks: own ones under attack, the other side's under defend. "
        f"Under {other.side.capitalize()}: all of its rounds, and its own attacks.",
    )
    return Page(f"{own.side.capitalize()} as a team", "\n".join(words), label=own.side.capitalize())


_TIMES: Final[tuple[tuple[str, Callable[[Attacks], float | None]], ...]] = (
    ("Median time", lambda attacks: attacks.median),
    ("Best time", lambda attacks: attacks.best),
)


def _columns(own: SideSheet, other: SideSheet) -> Sequence[Totals]:
    return own.attacking, own.defending, own.totals, other.totals


def _won(side: SideSheet) -> str:
    decided = side.won + side.lost
    return percent(100 * side.won / decided if decided else None)


def efficiency(found: Sides) -> Answer:
    """What both sides make of their fights, as attackers and as defenders."""
    title = "Efficiency of Axis and Allies"
    if not found.axis.rounds:
        return nothing(title, found.scope, "There is no round that counts here.")
    head = ("", "Axis", "att.", "def.", "Allies", "att.", "def.")
    columns = [
        totals for side in (found.axis, found.allies) for totals in (side.totals, side.attacking, side.defending)
    ]
    rows = [(title, *(_bare(key, totals) for totals in columns)) for key, title in _EFFICIENCY.items()]
    words = (
        about(found.scope, f"{text.counted(found.axis.rounds, 'round')} that count"),
        text.block(text.table(head, rows)),
        definitions(),
    )
    return Answer((Page(title, "\n".join(words)),))


def _bare(key: str, totals: Totals) -> str:
    """A value without its unit, a share in whole percent."""
    metric = METRICS[key]
    return percent(metric.of(totals)).rstrip("%") if metric.unit == "%" else metric.show(metric.of(totals))


def objectives(found: Objectives, side: str | None = None) -> Answer:
    """Attacks per map and side, or of one side only; of one map also by round, and the fastest."""
    if side is not None:
        maps = tuple(one for one in found.maps if one.side == side)
        fastest = tuple(one for one in found.fastest if one.side == side)
        found = msgspec.structs.replace(found, maps=maps, fastest=fastest)
    if not found.maps:
        who = f" in which {side.capitalize()} attacked" if side else ""
        return nothing("Objectives", found.scope, f"There is no round that counts here{who}.")
    return _one_map(found) if found.scope.map else _all_maps(found)


def _all_maps(found: Objectives) -> Answer:
    lines = text.table(_HEAD, [_on_map(one) for one in found.maps])
    pages = in_pages(
        "Objectives by map",
        lines[1:],
        head=lines[:1],
        above=about(found.scope, "most rounds first"),
        footer="by: who attacks · won: attacks that completed · times: median and best of those",
        rows=_ROWS,
    )
    return Answer(pages)


_HEAD: Final = ("map", "by", "rds", "won", "med", "best")


def _on_map(one: MapAttacks) -> tuple[str, ...]:
    return (text.cell(one.map), _SHORT[one.side], *_cells(one.attacks))


def _cells(attacks: Attacks) -> tuple[str, ...]:
    return (
        text.number(attacks.rounds),
        percent(attacks.success),
        text.clock(attacks.median),
        text.clock(attacks.best),
    )


def _one_map(found: Objectives) -> Answer:
    rows = []
    for one in found.maps:
        rows.append((f"{one.side.capitalize()} attack", *_cells(one.attacks)))
        rows += [(f"  round {number}", *_cells(attacks)) for number, attacks in enumerate(one.by_round, 1)]
    head, *lines = text.table(("", *_HEAD[2:]), rows)
    parts: list[str | Table] = [about(found.scope), Table(tuple(lines), (head,))]
    if found.fastest:
        first, *fastest = text.table(("fastest", "by", "R", "time"), [_fast(one) for one in found.fastest])
        parts.append(Table(tuple(fastest), (first,)))
    parts.append(
        "-# won: attacks that completed · times: median and best of those · "
        "in round 2 the time to beat is round 1's, where that completed"
    )
    return Answer(in_parts(f"Objectives on {text.called(found.scope.map or '')}", parts))


def _fast(one: FastAttack) -> tuple[str, ...]:
    return f"{text.plain(one.file)[:10]} {text.cell(one.server)}", _SHORT[one.side], str(one.round), _fine(one.seconds)


def _fine(seconds: float) -> str:
    """M:SS.T: the fastest differ by less than a second."""
    tenths = int(round(seconds * 10, 3))
    return f"{text.clock(tenths // 10)}.{tenths % 10}"
