"""Who won a round, and why some do not count, as answers about rounds, matches and sessions say it."""

from collections.abc import Iterable

from muster.stats.values import RoundHead
from muster.stats.words import why_not


def won(head: RoundHead) -> str:
    """Who won a round."""
    if head.winner is None:
        return "no winner"
    team = f" (Team {head.winner_team})" if head.winner_team else ""
    return f"**{head.winner.capitalize()}**{team} won"


def not_counted(heads: Iterable[RoundHead]) -> str:
    """A line that says that rounds are not counted, and why; empty where they are."""
    wrong = [head for head in heads if not head.valid]
    if not wrong:
        return ""
    reasons = ", ".join(dict.fromkeys(reason for head in wrong if (reason := why_not(head))))
    sums = ": these may be sums of both rounds" if any(head.status == "orphan_r2" for head in wrong) else ""
    return f"⚠ Not counted{': ' if reasons else ''}{reasons}{sums}"
