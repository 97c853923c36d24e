"""A player's milestones, and how much he varies."""

from collections.abc import Sequence
from typing import Final

from muster.bot import text
from muster.bot.pages import Answer, Page, in_pages
from muster.bot.show.player_words import about, label, nothing, table, who
from muster.stats.achievements import KNIFE_KILLS, SESSIONS, nearest
from muster.stats.formulas import NO_DATA
from muster.stats.metrics import METRICS
from muster.stats.values.common import PlayerRef
from muster.stats.values.progress import Achievements, Best, Milestone, Spread, Steadiness, Unlock

_HOURS: Final = "Hours"
_MILLION: Final = 1_000_000
_IN_WORDS: Final = {"hours": "hours played", SESSIONS: "sessions", KNIFE_KILLS: "knife kills"}
"""What is no metric, or is called otherwise in a sentence."""


def achievements(found: Achievements) -> Answer:
    """A row per ladder: the level reached, what he has, what comes next."""
    title = f"Achievements of {who(found.player)}"
    if not found.rounds:
        return nothing(title, found.player, found.scope)
    rows = [
        (
            _called(one.key),
            _count(one.value),
            "all" if one.next is None else _count(one.next),
            NO_DATA if one.value is None else f"{100 * one.share // 1:.0f}",
        )
        for one in found.milestones
    ]
    lines = table(("", "now", "next", "%"), rows)
    above = f"{about(found.scope)}\n{_sum(found)}"
    coming = in_pages(title, lines[1:], head=lines[:1], above=above, rows=len(lines), label="What comes next")
    return Answer((*coming, *_reached(found, title)), views=True)


def unlocked(reached: Sequence[Unlock]) -> list[str]:
    """A line per player of what he has just reached, most first."""
    by_player: dict[PlayerRef, list[str]] = {}
    for unlock in reached:
        by_player.setdefault(unlock.player, []).append(_step(unlock))
    ordered = sorted(by_player.items(), key=lambda item: (-len(item[1]), item[0].name.lower(), item[0].key))
    return [f"**{who(player)}** {' · '.join(steps)}" for player, steps in ordered]


def _step(unlock: Unlock) -> str:
    """A step in words: `first quad kill`, `500 kills`, `100 hours played`."""
    named = _IN_WORDS.get(unlock.key) or METRICS[unlock.key].title.lower()
    return f"first {named.removesuffix('s')}" if unlock.step == 1 else f"{unlock.step:,} {named}"


def _reached(found: Achievements, title: str) -> tuple[Page, ...]:
    """The milestones that are reached."""
    rows = [
        (_called(one.key), _count(one.reached), f"{one.level}/{one.levels}")
        for one in found.milestones
        if one.reached is not None
    ]
    lines = table(("", "reached", "steps"), rows)
    return in_pages(
        title,
        lines[1:] or ["nothing yet"],
        head=lines[:1],
        above=about(found.scope),
        rows=len(found.milestones),
        label="What is reached",
        footer="steps: milestones reached of those there are",
    )


def _sum(found: Achievements) -> str:
    reached = sum(one.level for one in found.milestones)
    of = sum(one.levels for one in found.milestones)
    coming = nearest(found.milestones)
    told = f"**{reached}** of {of} milestones reached."
    if coming is None or coming.next is None:
        return told
    left = coming.next - (coming.value or 0)
    return f"{told} Nearest: {_count(coming.next)} {_called(coming.key).lower()}, {_left(left, coming)} to go."


def _called(key: str) -> str:
    return _HOURS if key == "hours" else label(key)


def _left(left: float, coming: Milestone) -> str:
    return f"{left:,.1f}" if isinstance(coming.value, float) else f"{left:,.0f}"


def _count(value: float | None) -> str:
    if value is None:
        return NO_DATA
    return f"{value // 1:,.0f}" if value < _MILLION else f"{value / _MILLION:.2f}M"


def steadiness(found: Steadiness) -> Answer:
    """How much a player varies: the metric, its rank, and the spread from round to round."""
    title = f"Consistency of {who(found.player)}"
    if not found.totals.rounds:
        return nothing(title, found.player, found.scope)
    metric = METRICS["consistency"]
    told = [about(found.scope, text.counted(found.rounds, "round") + " of more than 60 s"), _value(found)]
    if found.mean is not None and found.deviation is not None:
        told.append(f"DPM **{found.mean:,.0f}** ± {found.deviation:,.0f} from round to round")
    if found.spreads:
        lines = table(("", "min", "25%", "mid", "75%", "max"), [_spread(spread) for spread in found.spreads])
        told.append(text.block(lines))
    ends = (("Best", found.best), ("Worst", found.worst)) if found.rounds > 1 else ()
    told += [f"{name}: {_end(end)}" for name, end in ends if end]
    return Answer((Page(title, "\n".join(told), footer=metric.definition),))


def _value(found: Steadiness) -> str:
    standing = found.standing
    value = METRICS["consistency"].of(found.totals)
    if value is None:
        return f"Consistency **–**, which takes {found.needed} rounds of more than 60 s."
    shown = f"Consistency **{METRICS['consistency'].show(value)}**"
    return shown if standing.rank is None else f"{shown} · rank {standing.rank:,} of {standing.total:,}"


def _spread(spread: Spread) -> tuple[str, ...]:
    metric = METRICS[spread.metric]
    ends = (spread.least, spread.quarter, spread.median, spread.three_quarters, spread.greatest)
    decimals = 0 if metric.unit == "%" else metric.decimals
    suffix = "%" if metric.unit == "%" else ""
    return ("ACC" if spread.metric == "accuracy" else metric.title, *(f"{end:,.{decimals}f}{suffix}" for end in ends))


def _end(best: Best) -> str:
    head = best.head
    return f"{best.value:,.0f} DPM · {text.name(head.map)} · round {head.round} · {text.moment(head.played_at, 'd')}"
