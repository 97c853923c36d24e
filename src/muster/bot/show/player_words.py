"""What pages about one player share: names, labels, differences, facts, and what to say where there is nothing."""

from collections.abc import Sequence
from typing import Final

from muster.bot import text
from muster.bot.pages import GREY, Answer, Page
from muster.bot.show.board import scope as scope_words
from muster.stats.formulas import NO_DATA
from muster.stats.metrics import METRICS
from muster.stats.values import PlayerRef, Record, Result, Scope, Totals

LABELS: Final = {
    "damage_efficiency": "Damage ratio",
    "kpr": "Kills/rd",
    "dpr": "Deaths/rd",
    "adr": "Damage/rd",
    "useful_share": "Useful kills",
    "denied_per_minute": "Denied s/min",
    "denied_playtime": "Denied, s",
    "revive_rate": "Revives/rd",
    "times_revived_per_death": "Revived/death",
    "objective_score": "Obj. score",
    "support_score": "Supp. score",
    "headshot_rate": "HS rate",
    "headshot_kills": "HS kills",
    "damage_given": "Damage",
    "damage_received": "Damage taken",
    "kill_assists": "Assists",
    "kill_steals": "Steals",
    "multi2": "Doubles",
    "multi3": "Triples",
    "multi4": "Quads",
    "multi5": "Pentas",
    "multi6": "Hexas",
    "dynamites_planted": "Dyn. planted",
    "dynamites_defused": "Dyn. defused",
    "objectives_stolen": "Obj. stolen",
    "objectives_returned": "Obj. returned",
    "hours": "Played",
    "sessions": "Sessions",
    "knife_kills": "Knife kills",
}
"""Metrics whose title is too long for a table, or that are none."""

USUAL: Final = (("K/D", "kd"), ("DPM", "dpm"), ("ACC%", "accuracy"))
"""The columns that tables about play have in common, by metric."""

RESULTS: Final = {Result.WON: "W", Result.LOST: "L", Result.DRAWN: "D"}
_HALF: Final = (text.NARROW - 2) // 2


def who(player: PlayerRef) -> str:
    """A player in running text."""
    return text.called(player.name, player.key)


def label(key: str) -> str:
    """A metric as tables call it."""
    return LABELS.get(key) or METRICS[key].title


def shown(key: str, totals: Totals) -> str:
    """A metric's value of these sums."""
    return METRICS[key].show(METRICS[key].of(totals))


def bare(key: str, value: float | None) -> str:
    """A metric's value under a heading that has its unit."""
    return METRICS[key].show(value).removesuffix("%")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table that fits a phone, heading first."""
    return text.table(head, rows, width=text.NARROW)


def signed(value: float | None, decimals: int = 0, suffix: str = "") -> str:
    """A difference with its sign; `–` where unknown."""
    if value is None:
        return NO_DATA
    return f"{round(value, decimals) + 0.0:+,.{decimals}f}{suffix}".replace("-", "−")


def record(matches: Record) -> str:
    """Matches as won–drawn–lost; `–` without any."""
    if not (matches.won or matches.drawn or matches.lost):
        return NO_DATA
    return f"{matches.won}–{matches.drawn}–{matches.lost}"


def small(*parts: str) -> str:
    """A quiet line: the scope, and what decides the order."""
    return "-# " + " · ".join(part for part in parts if part)


def about(scope: Scope, *more: str) -> str:
    """The quiet line under a title."""
    return small(scope_words(scope), *more)


def facts(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Lines for a code block: two facts on each, the value on the right."""
    halves = [f"{text.fit(name, _HALF - 1 - len(value))} {value}" for name, value in pairs]
    return [f"{'  '.join(halves[i : i + 2])}".rstrip() for i in range(0, len(halves), 2)]


def under(heads: Sequence[str], lines: Sequence[str], rows: int) -> list[str]:
    """Lines of a table, with a heading above the first of each kind and at the top of a page of so many rows."""
    before = ("", *heads)
    return [
        line if head == before[i] and i % rows else f"{head}\n{line}"
        for i, (head, line) in enumerate(zip(heads, lines, strict=True))
    ]


def starred(one: tuple[str, float | None], other: tuple[str, float | None], higher: bool) -> tuple[str, str]:
    """Both values, the better one with a star; none where they look the same or one is unknown."""
    (a, first), (b, second) = one, other
    if a == b or first is None or second is None:
        return f"{a} ", f"{b} "
    first_better = (first > second) == higher
    return f"{a}{'*' if first_better else ' '}", f"{b}{' ' if first_better else '*'}"


def wider(scope: Scope) -> str:
    """How to ask for more than this part of the history; empty where it is all there is."""
    asked = ((scope.period.name != "all", "`period: all`"), (scope.map, "no `map:`"), (scope.server, "no `server:`"))
    narrowed = [word for narrow, word in asked if narrow]
    return f"Ask again with {' and '.join(narrowed)}." if narrowed else ""


def nothing(title: str, player: PlayerRef, scope: Scope) -> Answer:
    """Instead of an answer about somebody without a round that counts."""
    hint = wider(scope) or "His rounds were too short, abandoned, or played among bots."
    words = f"{about(scope)}\nThere is no round of {who(player)} that counts here. {hint}"
    return Answer((Page(title, words, colour=GREY),))
