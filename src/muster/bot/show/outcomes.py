"""How rounds ended and what is wrong with them, in words that answers about rounds, matches and sessions share."""

from collections.abc import Iterable
from typing import Final

from muster.bot import text
from muster.stats.values import RoundHead

STATUS: Final = {
    "abandoned": "abandoned",
    "orphan_r2": "no round 1: these may be sums of both rounds",
    "cancelled": "cancelled",
    "empty": "nobody played",
}
DOUBTS: Final = {
    "kd_contradicts": "a kill without a weapon is missing",
    "denied_outlier": "impossible denied time",
    "counter_reset": "reconnected",
    "negative_difference": "counters ran backwards",
    "base_unknown": "what he had before is unknown",
    "side_inferred": "side inferred",
    "both_teams": "stood on both teams",
    "damage_unbalanced": "damage given and received differ",
    "kills_unbalanced": "kills and deaths differ",
    "team_damage_unbalanced": "team damage given and received differ",
    "revives_unbalanced": "revives given and received differ",
    "bot_majority": "mostly bots",
    "too_short": "shorter than 60 s",
    "not_cumulative": "counters began anew",
    "extra_fields": "written by a newer server script",
}
"""Flags of rounds and rows."""

_WHY_NOT: Final = ("bot_majority", "too_short")


def outcome(head: RoundHead | None) -> str:
    """A round in one word or time: `7:23` where the attackers completed, else `held`."""
    if head is None:
        return "–"
    return {"completed": text.clock(head.seconds), "held": "held"}.get(head.outcome or "", "–")


def told(head: RoundHead) -> str:
    """A round's outcome in words."""
    played = f", {text.clock(head.seconds)} played" if head.seconds else ""
    match head.outcome:
        case "completed":
            return f"completed in {text.clock(head.seconds)}"
        case "held":
            return f"held{played}"
        case _:
            return f"no outcome known{played}"


def won(head: RoundHead) -> str:
    """Who won a round."""
    if head.winner is None:
        return "no winner"
    team = f" (Team {head.winner_team})" if head.winner_team else ""
    return f"**{head.winner.capitalize()}**{team} won"


def why_not(head: RoundHead) -> str:
    """What is wrong with a round, empty where nothing is."""
    alone = {1: "no round 2", 2: "no round 1"}.get(head.round, "") if head.status == "single" else ""
    reasons = [alone or STATUS.get(head.status, ""), doubts(flag for flag in _WHY_NOT if flag in head.flags)]
    return ", ".join(reason for reason in reasons if reason)


def doubts(flags: Iterable[str]) -> str:
    """Flags in words."""
    return ", ".join(DOUBTS.get(flag, text.called(flag)) for flag in flags)


def not_counted(heads: Iterable[RoundHead]) -> str:
    """A line that says that rounds are not counted, and why; empty where they are."""
    wrong = [head for head in heads if not head.valid]
    if not wrong:
        return ""
    reasons = ", ".join(dict.fromkeys(reason for head in wrong if (reason := why_not(head))))
    return f"⚠ Not counted{': ' if reasons else ''}{reasons}"
