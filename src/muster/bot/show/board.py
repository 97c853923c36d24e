"""Rankings as pages."""

from collections.abc import Sequence

from muster.bot import text
from muster.bot.pages import Answer, in_pages, said
from muster.stats.metrics import METRICS
from muster.stats.values import Leaderboard, PlayerRef, Scope, Standing


def leaderboard(board: Leaderboard) -> Answer:
    """A ranking: the metric that decides, rounds and hours beside it, and who was left out."""
    metric = METRICS[board.metric]
    title = f"{'Worst' if board.ascending == metric.higher_is_better else 'Top'} · {metric.title}"
    if board.weapon:
        title += f" · {board.weapon}"
    if not board.entries:
        return said(title, f"{_about(board)}\nNobody has enough rounds for that yet.")
    rows = [
        (
            f"{entry.rank:>2} {text.cell(entry.player.name, entry.player.key)}",
            metric.show(entry.value),
            text.number(entry.rounds),
            "–" if entry.minutes is None else f"{entry.minutes / 60:.1f}",
        )
        for entry in board.entries
    ]
    lines = text.table((" # player", metric.title if len(metric.title) <= 8 else "value", "rds", "h"), rows)
    return Answer(in_pages(title, lines[1:], head=lines[:1], above=_about(board), footer=_gates(board)))


def _about(board: Leaderboard) -> str:
    return f"{METRICS[board.metric].definition}\n-# {scope(board.scope)}"


def _gates(board: Leaderboard) -> str:
    shots = f" and {board.min_shots} shots" if board.min_shots else ""
    left = f", {board.left_out} left out" if board.left_out else ""
    return f"{board.total} ranked; asks for {board.min_rounds} rounds{shots}{left}"


def scope(asked: Scope) -> str:
    """What part of the history an answer is of."""
    parts = ["all time" if asked.period.name == "all" else asked.period.name]
    if asked.map:
        parts.append(text.name(asked.map))
    if asked.server:
        parts.append(text.name(asked.server))
    return " · ".join(parts)


def standings(player: PlayerRef, found: Sequence[Standing], asked: Scope) -> Answer:
    """Where a player stands by each metric: rank n of N, and the share of players who are not better."""
    rows = [
        (
            METRICS[standing.metric].title,
            METRICS[standing.metric].show(standing.value),
            "–" if standing.rank is None else f"{standing.rank}/{standing.total}",
            "–" if standing.percentile is None else f"{standing.percentile:.0f}%",
        )
        for standing in found
    ]
    lines = text.table(("metric", "value", "rank", "pctl"), rows)
    above = f"-# {scope(asked)} · pctl: share of the other ranked players who are not better"
    return Answer(in_pages(f"Ranks of {text.name(player.name, player.key)}", lines[1:], head=lines[:1], above=above))
