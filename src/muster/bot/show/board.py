"""Rankings as pages."""

from collections.abc import Sequence
from typing import Final

from muster.bot import text
from muster.bot.pages import GREY, Answer, Page, in_pages
from muster.stats.metrics import METRICS
from muster.stats.values import Gates, Leaderboard, PlayerRef, Scope, Standing

KINDLY: Final = "Everybody here turns up and plays, and the next good evening moves them up."
"""Said over a ranking that begins at its other end."""


def leaderboard(board: Leaderboard, *, worst: bool = False) -> Answer:
    """A ranking: the metric that decides, rounds and hours beside it, and who was left out.

    `worst`: it begins with those who have most to gain, and says so kindly.
    """
    metric = METRICS[board.metric]
    title = f"{'Room to grow' if worst else 'Top'} · {metric.title}"
    if board.weapon:
        title += f" · {board.weapon}"
    if not board.entries:
        return Answer((Page(title, f"{_about(board)}\n{_nobody(board)}", footer=_gates(board), colour=GREY),))
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
    above = f"{_about(board)}\n{KINDLY}" if worst else _about(board)
    return Answer(in_pages(title, lines[1:], head=lines[:1], above=above, footer=_gates(board)))


def _nobody(board: Leaderboard) -> str:
    if board.total:
        return f"Nobody is on place {board.offset + 1:,}: the last one taken is {board.total:,}."
    if board.left_out:
        return "Nobody has played enough to be ranked here yet."
    return "No round that counts lies here yet: another period or map may have some."


def _about(board: Leaderboard) -> str:
    return f"{METRICS[board.metric].definition}\n-# {scope(board.scope)}"


def _gates(board: Leaderboard) -> str:
    shots = f" and {board.min_shots} shots" if board.min_shots else ""
    left = f", {board.left_out:,} left out" if board.left_out else ""
    return f"{board.total:,} ranked; asks for {board.min_rounds} rounds{shots}{left}"


def scope(asked: Scope) -> str:
    """What part of the history an answer is of."""
    parts = ["all time" if asked.period.name == "all" else asked.period.name]
    if asked.map:
        parts.append(text.name(asked.map))
    if asked.server:
        parts.append(text.name(asked.server))
    return " · ".join(parts)


def standings(
    player: PlayerRef, found: Sequence[Standing], asked: Scope, gates: Gates, *, weapon: str | None = None
) -> Answer:
    """Where a player stands by each metric: rank n of N, and the share of players who are not better."""
    lines = text.table(("metric", "value", "rank", "pctl"), places(found))
    above = f"-# {scope(asked)} · pctl: share of the other ranked players who are not better"
    title = f"Ranks of {text.called(player.name, player.key)}{f' · {weapon}' if weapon else ''}"
    return Answer(in_pages(title, lines[1:], head=lines[:1], above=above, footer=asks_for(found, gates)))


def places(found: Sequence[Standing]) -> list[tuple[str, ...]]:
    """A row per metric: value, rank n of N, percentile."""
    return [
        (
            METRICS[standing.metric].title,
            METRICS[standing.metric].show(standing.value),
            "–" if standing.rank is None else f"{standing.rank}/{standing.total}",
            "–" if standing.percentile is None else f"{standing.percentile:.0f}%",
        )
        for standing in found
    ]


def asks_for(found: Sequence[Standing], gates: Gates) -> str:
    """What ranks ask for, and how many were left out."""
    shots = any(METRICS[standing.metric].shots_gate for standing in found)
    aimed = f" and {gates.aimed_shots:,} shots for accuracy" if shots else ""
    most = max((standing.left_out for standing in found), default=0)
    left = f"; up to {most:,} left out" if most else ""
    return f"ranks ask for {gates.sum_rounds} rounds, {gates.ratio_rounds} for ratios{aimed}{left}"
