"""What pages about rounds, matches and sessions share: outcomes, sides, teams, doubts."""

from typing import Final

from rich.text import Text

from muster.cli.show import style, text
from muster.stats.formulas import NO_DATA
from muster.stats.values import RoundHead

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
    "extra_fields": "written by a newer server script",
}
"""Flags of rounds and rows in words."""

_WHY_NOT: Final = ("bot_majority", "too_short")


def outcome(head: RoundHead | None) -> Text:
    """A round in one word or time: `7:23` where the attackers completed, else `held`."""
    if head is None:
        return Text(NO_DATA)
    match head.outcome:
        case "completed":
            return Text(text.clock(head.seconds))
        case "held":
            return Text("held", "italic")
        case _:
            return Text(NO_DATA)


def told(head: RoundHead) -> str:
    """A round's outcome in words."""
    match head.outcome:
        case "completed":
            return f"completed in {text.clock(head.seconds)}"
        case "held":
            return f"held, {text.clock(head.seconds)} played"
        case _:
            return f"no outcome known, {text.clock(head.seconds)} played"


def team(letter: str | None) -> Text:
    """`Team A` in its colour."""
    return Text(f"Team {letter}", style.TEAMS.get(letter, "")) if letter else Text()


def side(name: str | None) -> Text:
    """`Axis` or `Allies` in its colour."""
    return Text(name.capitalize(), style.SIDES.get(name, "")) if name else Text(NO_DATA)


def won(head: RoundHead) -> Text:
    """Who won a round."""
    if head.winner is None:
        return Text("no winner")
    by = Text(" (").append_text(team(head.winner_team)).append(")") if head.winner_team else Text()
    return Text.assemble(side(head.winner), by, " won")


def why_not(head: RoundHead) -> str:
    """What is wrong with a round, empty where nothing is."""
    alone = {1: "no round 2", 2: "no round 1"}.get(head.round, "") if head.status == "single" else ""
    reasons = [alone or STATUS.get(head.status, "")]
    reasons += [DOUBTS[flag] for flag in _WHY_NOT if flag in head.flags]
    return ", ".join(reason for reason in reasons if reason)


def doubts(flags: tuple[str, ...]) -> str:
    """Flags in words."""
    return ", ".join(DOUBTS.get(flag, text.plain(flag)) for flag in flags)
