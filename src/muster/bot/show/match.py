"""A match as a page: the score, how both rounds went, who played, who led."""

from collections.abc import Sequence
from typing import Final

from muster.bot import text
from muster.bot.pages import BLUE, GREY, Page, Table, in_parts
from muster.bot.show import lines, outcomes
from muster.bot.show.lines import Line
from muster.stats import words
from muster.stats.values import MatchPage, PlayerRef, RoundHead

_OTHER: Final = {"A": "B", "B": "A"}


def pages(page: MatchPage, title: str) -> tuple[Page, ...]:
    """A match under a title, with its id in the footer."""
    first, second = page.rounds
    parts: list[str | Table] = [
        score(page.team_a.score, page.team_b.score),
        _round(first, page.first_attackers),
        _round(second, _OTHER.get(page.first_attackers, "")),
        f"-# {text.called(page.server)} · {text.moment(page.played_at)}",
    ]
    if warning := outcomes.not_counted(page.rounds):
        parts.append(warning)
    for team in (page.team_a, page.team_b):
        parts += roster(team.team, [player.player for player in team.players])
    if page.leaders:
        parts += [_leaders(page), "-# by kills, then damage, over both rounds"]
    both = [player.player for team in (page.team_a, page.team_b) for player in team.players if player.both]
    parts += listed("-# stood on both teams: ", [text.called(player.name, player.key) for player in both])
    colour = BLUE if page.valid else GREY
    return in_parts(title, parts, footer=text.plain(page.match_id), colour=colour)


def score(a: int, b: int) -> str:
    """`Team A 2 : 0 Team B`."""
    return f"**Team A {a} : {b} Team B**"


def roster(team: str, players: Sequence[PlayerRef]) -> list[str]:
    """A line, or more where there are many, of who played for a team."""
    names = [text.called(player.name, player.key) for player in players]
    return listed(f"**{team}** ", names) or [f"**{team}** nobody"]


def listed(before: str, names: Sequence[str], limit: int = 1000) -> list[str]:
    """Names after each other, on as many lines as keep each below a limit; none where there are none."""
    found: list[str] = []
    for name in names:
        if found and len(found[-1]) + len(name) + 2 <= limit:
            found[-1] += f", {name}"
        else:
            found.append(before + name)
    return found


def _round(head: RoundHead, attackers: str) -> str:
    who = f"Team {attackers} attacked: " if attackers else ""
    return f"Round {head.round}: {who}**{words.told(head)}**"


def _leaders(page: MatchPage) -> Table:
    teams = {player.player.key: team.team for team in (page.team_a, page.team_b) for player in team.players}
    shown = [
        Line(player.player, player.totals, before=teams.get(player.player.key, ""), doubted=player.both)
        for player in page.leaders
    ]
    head, rows = lines.table(shown)
    return Table(tuple(rows), head, "**Top five**" if len(rows) == 5 else "**Top**")
