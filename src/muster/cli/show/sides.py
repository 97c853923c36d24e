"""Outcomes, sides and teams in their colours."""

from rich.text import Text

from muster.cli.show import style
from muster.stats import words
from muster.stats.formulas import NO_DATA
from muster.stats.values import RoundHead


def outcome(head: RoundHead | None) -> Text:
    """A round in one word or time: `7:23` where the attackers completed, else `held`."""
    shown = words.outcome(head)
    return Text(shown, "italic" if shown == "held" else "")


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
