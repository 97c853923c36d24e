"""A match: a map played both ways, both teams with everybody."""

from collections.abc import Mapping
from typing import Final

from rich.console import RenderableType
from rich.text import Text

from muster.cli.show import figures, sides, style, text
from muster.cli.show.grid import Column, Grid, Row, Section
from muster.cli.show.pieces import Facts, card, page, remark
from muster.stats import words
from muster.stats.values import MatchPage, MatchPlayer, RoundHead, TeamReport

_OTHER: Final = {"A": "B", "B": "A"}


def render(value: MatchPage) -> RenderableType:
    """The whole page."""
    leaders = {player.player.key: place for place, player in enumerate(value.leaders, 1)}
    columns = [
        Column("", style=style.TITLE),
        Column("Player", left=True, least=16, most=24),
        Column("Time", 6),
        *figures.columns(figures.LINE),
        Column("Rating", 5),
        Column("Rtg +/-", 2),
    ]
    sections = [_team(value.team_a, leaders), _team(value.team_b, leaders)]
    players = [*value.team_a.players, *value.team_b.players]
    both = [f"* {text.name(p.player)} stood on both teams" for p in players if p.both]
    legend = ["1.–5. lead by kills, then damage"] if leaders else []
    return page(_head(value), Grid(columns, sections), remark(*legend, *both))


def _head(value: MatchPage) -> RenderableType:
    score = Text.assemble(sides.team("A"), f" {value.team_a.score} : {value.team_b.score} ", sides.team("B"))
    title = text.joined(Text(text.plain(value.map), style.TITLE), score)
    first, second = value.rounds
    second_attackers = _OTHER.get(value.first_attackers, "")
    body: list[RenderableType] = [
        _round(first, value.first_attackers),
        _round(second, second_attackers),
        Facts([f"{text.minute(value.played_at)} UTC", text.plain(value.server), text.plain(value.match_id)]),
    ]
    if not value.valid:
        wrong = {words.why_not(head) for head in value.rounds if words.why_not(head)}
        body.append(Text("; ".join(["not counted", *sorted(wrong)]), style.BAD))
    return card(title, *body)


def _round(head: RoundHead, attackers: str) -> Text:
    told = Text(words.told(head), style.HEAD)
    return Text.assemble(f"Round {head.round}: ", sides.team(attackers), " attacked: ", told)


def _team(report: TeamReport, leaders: Mapping[str, int]) -> Section:
    title = text.joined(
        sides.team(report.team), f"{report.score} points", Text(report.result.value, style.RESULTS[report.result])
    )
    title.stylize_before(style.HEAD)
    rows = [_player(player, leaders) for player in report.players]
    total = ["", "Total", "", *figures.cells(figures.LINE, report.totals), "", ""]
    return Section(rows, title, total if len(rows) > 1 else None)


def _player(player: MatchPlayer, leaders: Mapping[str, int]) -> Row:
    place = leaders.get(player.player.key)
    return [
        f"{place}." if place else "",
        Text(text.name(player.player) + ("*" if player.both else ""), style.HEAD if place else ""),
        text.clock(player.seconds or None),
        *figures.cells(figures.LINE, player.totals),
        text.number(player.rating),
        figures.delta("rating", player.rating_change),
    ]
