"""A session's maps in the order they were played: times or *held* by team, score, who won."""

from itertools import groupby

from rich.console import RenderableType
from rich.text import Text

from muster.cli.show import sides, style, text
from muster.cli.show.grid import Column, Grid, Row, Section
from muster.cli.show.pieces import heading, page, remark
from muster.stats import words
from muster.stats.formulas import NO_DATA
from muster.stats.values import PlayedMap, SessionOverview


def played(value: SessionOverview) -> RenderableType:
    """A line per map. A team's time is that of its attack; `1st` attacked in round 1."""
    if not value.played:
        return Text("No rounds.")
    several = len(value.match_ups) > 1
    columns = [
        Column("Map", left=True, least=12, most=24),
        Column("Team A"),
        Column("Team B"),
        Column("1st", 2),
        Column("Score"),
        Column("Won by", left=True),
        Column("", 1, left=True, least=10, most=48),
    ]
    sections = [
        Section([_row(one) for one in part], _title(match_up) if several else None)
        for match_up, part in groupby(value.played, key=lambda one: one.match_up)
    ]
    legend = remark("a time is that of a team's attack", "1st: the team that attacked in round 1")
    return page(Grid(columns, sections, heading("Maps")), legend)


def _title(match_up: int | None) -> Text:
    return Text("Without teams" if match_up is None else f"Match-up {match_up}", style.HEAD)


def _row(one: PlayedMap) -> Row:
    by_team = _by_team(one)
    return [
        text.plain(one.map),
        by_team.get("A", Text(NO_DATA)),
        by_team.get("B", Text(NO_DATA)),
        Text(one.first_attackers or NO_DATA, style.TEAMS.get(one.first_attackers or "", "")),
        NO_DATA if one.score_a is None or one.score_b is None else f"{one.score_a} : {one.score_b}",
        _winner(one),
        _remark(one),
    ]


def _by_team(one: PlayedMap) -> dict[str, Text]:
    """The outcome of each team's attack."""
    match one.first_attackers:
        case "A":
            return {"A": sides.outcome(one.first), "B": sides.outcome(one.second)}
        case "B":
            return {"A": sides.outcome(one.second), "B": sides.outcome(one.first)}
        case _:
            return {}


def _winner(one: PlayedMap) -> Text:
    if one.score_a is None or one.score_b is None:
        return Text(NO_DATA)
    if one.score_a == one.score_b:
        return Text("drawn")
    return sides.team("A" if one.score_a > one.score_b else "B")


def _remark(one: PlayedMap) -> str:
    """What is wrong, and the rounds where no team is known."""
    heads = [head for head in (one.first, one.second) if head is not None]
    untold = [f"round {head.round}: {sides.outcome(head)}" for head in heads] if not one.first_attackers else []
    wrong = list(dict.fromkeys(why for head in heads if (why := words.why_not(head))))
    if not all(head.valid for head in heads) and not wrong:
        wrong = ["not counted"]
    return "; ".join([*wrong, *untold])
