"""A session's maps in the order they were played: times or *held* by team, the score, what is wrong."""

import textwrap
from collections.abc import Sequence
from itertools import groupby

from muster.bot import text
from muster.bot.pages import Table
from muster.stats import words
from muster.stats.values import PlayedMap, SessionOverview

LEGEND = "-# a time is that of a team's attack"


def table(overview: SessionOverview) -> list[str | Table]:
    """A line per map, by match-up where there are several; remarks stand below their map."""
    if not overview.played:
        return ["No rounds."]
    head, *rows = text.table(("map", "team A", "team B", "score"), [_row(one) for one in overview.played])
    several = len(overview.match_ups) > 1
    tables: list[str | Table] = []
    listed = list(zip(overview.played, rows, strict=True))
    for match_up, part in groupby(listed, key=lambda pair: pair[0].match_up):
        lines = [line for one, row in part for line in (row, *_remark(one))]
        tables.append(Table(tuple(lines), (head,), _title(match_up) if several else ""))
    return [*tables, LEGEND]


def _title(match_up: int | None) -> str:
    return "**Without teams**" if match_up is None else f"**Match-up {match_up}**"


def _row(one: PlayedMap) -> tuple[str, str, str, str]:
    known = one.score_a is not None and one.score_b is not None
    return (text.cell(one.map), *_by_team(one), f"{one.score_a} : {one.score_b}" if known else "–")


def _by_team(one: PlayedMap) -> tuple[str, str]:
    """The outcome of each team's attack."""
    first, second = words.outcome(one.first), words.outcome(one.second)
    match one.first_attackers:
        case "A":
            return first, second
        case "B":
            return second, first
        case _:
            return "–", "–"


def _remark(one: PlayedMap) -> Sequence[str]:
    """What is wrong, and the rounds where no team is known."""
    heads = [head for head in (one.first, one.second) if head is not None]
    found = list(dict.fromkeys(why for head in heads if (why := words.why_not(head))))
    if not found and not all(head.valid for head in heads):
        found = ["not counted"]
    if not one.first_attackers:
        found += [f"round {head.round} {words.outcome(head)}" for head in heads]
    return textwrap.wrap("; ".join(found), text.WIDTH, initial_indent="  ", subsequent_indent="  ")
