"""A player by a list of metrics, as pages: numbers with ranks, best rounds, what each metric means."""

from collections.abc import Sequence
from typing import Final

from muster.bot import text
from muster.bot.pages import Answer, Page, in_pages
from muster.bot.show.player_words import about, label, nothing, shown, table, who
from muster.charts.labels import map_labels
from muster.stats.formulas import NO_DATA, Kind
from muster.stats.metrics import METRICS
from muster.stats.values import Maps
from muster.stats.values.progress import Best, Combat, Objectives, Sheet, SheetLine

WHOLE: Final = 30
"""Rows of a list that should stay on one page."""
_MANY: Final = 1000
_BESTS: Final = {
    "kills": "Kills",
    "dpm": "DPM",
    "damage_given": "Damage",
    "killing_spree": "Kills in a row",
    "headshots": "Headshots",
    "revives_given": "Revives",
}
_WORK: Final = (
    ("pl", "dynamites_planted"),
    ("df", "dynamites_defused"),
    ("st", "objectives_stolen"),
    ("rt", "objectives_returned"),
    ("rp", "repairs"),
)


def sheet(found: Sheet, what: str) -> Answer:
    """Numbers with ranks; what they mean as a second view."""
    title = f"{what} of {who(found.player)}"
    if not found.totals.rounds:
        return nothing(title, found.player, found.scope)
    return Answer((numbers(found, title), *meanings(found, title)), views=True)


def combat(found: Combat) -> Answer:
    """How a player fights: numbers, his best rounds, what the numbers mean."""
    own = found.sheet
    title = f"Combat of {who(own.player)}"
    if not own.totals.rounds:
        return nothing(title, own.player, own.scope)
    return Answer((numbers(own, title), best_rounds(found, title), *meanings(own, title)), views=True)


def objectives(found: Objectives) -> Answer:
    """What a player does for the objective: numbers, per map, what the numbers mean."""
    own = found.sheet
    title = f"Objectives of {who(own.player)}"
    if not own.totals.rounds:
        return nothing(title, own.player, own.scope)
    return Answer((numbers(own, title), *per_map(found, title), *meanings(own, title)), views=True)


def numbers(found: Sheet, title: str, page_label: str = "Numbers") -> Page:
    """A row per metric: value, per round, rank."""
    every_round = any(line.per_round is not None for line in found.lines)
    wide = any(line.total >= _MANY for line in found.lines)
    rows = []
    for line in found.lines:
        per = [_per_round(line)] if every_round else []
        rows.append((label(line.metric), METRICS[line.metric].show(line.value), *per, _rank(line, wide)))
    head = ("", "value", *(["/rd"] if every_round else []), "rank")
    lines = table(head, rows)
    rounds = shown("rounds", found.totals)
    (page,) = in_pages(
        title,
        lines[1:],
        head=lines[:1],
        above=about(found.scope, f"{rounds} rounds" if found.totals.rounds != 1 else "1 round"),
        footer=_gates(found),
        label=page_label,
        rows=WHOLE,
    )
    return page


def _per_round(line: SheetLine) -> str:
    if line.per_round is None:
        return ""
    return f"{line.per_round:,.{0 if line.per_round >= 100 else 1 if line.per_round >= 10 else 2}f}"


def _rank(line: SheetLine, wide: bool) -> str:
    """The rank; none for sums nobody wants to be first at."""
    metric = METRICS[line.metric]
    if metric.kind is Kind.SUM and not metric.higher_is_better:
        return ""
    if line.rank is None or (metric.kind is Kind.SUM and not line.value):
        return NO_DATA
    return f"#{line.rank:,}" if wide else f"{line.rank}/{line.total}"


def _gates(found: Sheet) -> str:
    gates = found.gates
    asks = f"ranks ask for {gates.sum_rounds} rounds, of ratios {gates.ratio_rounds}"
    most = max((line.total for line in found.lines), default=0)
    return f"{asks}; up to {most:,} ranked"


def best_rounds(found: Combat, title: str) -> Page:
    """The best single rounds, a line for each."""
    lines = [_best(best) for best in found.bests] or ["No round stands out yet."]
    above = about(found.sheet.scope, "the latest of equals")
    return Page(title, "\n".join((above, *lines)), label="Best rounds")


def _best(best: Best) -> str:
    head = best.head
    where = f"{text.name(head.map)} · round {head.round} · {text.moment(head.played_at, 'd')}"
    return f"{_BESTS[best.what]} **{best.value:,.0f}** · {where}"


def per_map(found: Objectives, title: str) -> tuple[Page, ...]:
    """A row per map, most rounds first."""
    lines = table(("map", "/rd", *(head for head, _ in _WORK)), _map_rows(found.maps))
    legend = "/rd: all of it per round · pl planted, df defused, st stolen, rt returned, rp built or repaired"
    above = about(found.sheet.scope, "most rounds first")
    return in_pages(title, lines[1:], head=lines[:1], above=above, footer=legend, label="Per map")


def _map_rows(maps: Maps) -> Sequence[Sequence[str]]:
    labels = map_labels(line.map for line in maps.maps)
    return [
        (
            text.cell(labels[line.map]),
            shown("objective_score", line.totals),
            *(shown(key, line.totals) for _, key in _WORK),
        )
        for line in maps.maps
    ]


def meanings(found: Sheet, title: str) -> tuple[Page, ...]:
    """What each metric of a sheet counts."""
    lines = [
        f"**{text.name(label(line.metric))}** {text.name(METRICS[line.metric].definition)}" for line in found.lines
    ]
    return (Page(title, "\n".join(lines), label="What they mean"),)
