"""What every face says alike: names made harmless, clocks, how rounds ended and what is wrong with them."""

import unicodedata
from collections.abc import Iterable
from typing import Final

from muster.stats.formulas import NO_DATA
from muster.stats.values.common import RoundHead

STATUS: Final = {
    "abandoned": "abandoned",
    "orphan_r2": "no round 1",
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
    "partner_contradicts": "its round 1 is missing",
    "extra_fields": "written by a newer server script",
}
"""Flags of rounds and rows."""

_WHY_NOT: Final = ("bot_majority", "too_short", "partner_contradicts")
_UNWANTED: Final = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))
_INVISIBLE: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0\ufe0e\ufe0f\u034f\u17b4\u17b5")
_BREAKS: Final = "\t\n\v\f\r\x85"
_TO_THE_RIGHT: Final = "\u200e"
_MARKS: Final = 2


def plain(text: str) -> str:
    """Foreign text without what acts or hides: controls, escapes, overrides of direction, invisible characters.

    Line breaks and tabs are spaces. Of a pile of accents on one letter two stay. Text with letters written to the
    left ends with a mark that keeps the figures after it in their place.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    spaced = (" " if unicodedata.category(c) in ("Zs", "Zl", "Zp") or c in _BREAKS else c for c in text)
    kept: list[str] = []
    pile = 0
    for c in spaced:
        category = unicodedata.category(c)
        pile = pile + 1 if category in ("Mn", "Me") else 0
        if category not in _UNWANTED and c not in _INVISIBLE and pile <= _MARKS:
            kept.append(c)
    result = "".join(kept).strip()
    leftward = any(unicodedata.bidirectional(c) in ("R", "AL") for c in result)
    return result + _TO_THE_RIGHT if leftward else result


def clock(seconds: float | None) -> str:
    """M:SS of a duration, fractions cut off as the game's own clock does; `–` where unknown."""
    if seconds is None:
        return NO_DATA
    whole = int(round(seconds, 3))
    return f"{whole // 60}:{whole % 60:02}"


def outcome(head: RoundHead | None) -> str:
    """A round in one word or time: `7:23` where the attackers completed, else `held`."""
    if head is None:
        return NO_DATA
    return {"completed": clock(head.seconds), "held": "held"}.get(head.outcome or "", NO_DATA)


def told(head: RoundHead) -> str:
    """A round's outcome in words."""
    played = f", {clock(head.seconds)} played" if head.seconds else ""
    match head.outcome:
        case "completed":
            return f"completed in {clock(head.seconds)}"
        case "held":
            return f"held{played}"
        case _:
            return f"no outcome known{played}"


def why_not(head: RoundHead) -> str:
    """What is wrong with a round, empty where nothing is."""
    alone = {1: "no round 2", 2: "no round 1"}.get(head.round, "") if head.status == "single" else ""
    reasons = [alone or STATUS.get(head.status, ""), doubts(flag for flag in _WHY_NOT if flag in head.flags)]
    return ", ".join(reason for reason in reasons if reason)


def doubts(flags: Iterable[str]) -> str:
    """Flags in words; one that is not known here by its letters, which can do no harm anywhere."""
    return ", ".join(DOUBTS.get(flag) or _letters(flag) for flag in flags)


def _letters(flag: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in flag).split())
