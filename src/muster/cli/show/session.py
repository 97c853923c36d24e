"""A gaming session: the evening at a glance, map by map, everybody by team, who was best."""

from collections.abc import Iterator
from typing import Final

from rich.console import RenderableType
from rich.text import Text

from muster.cli.show import figures, sides, style, text
from muster.cli.show.figures import Figure
from muster.cli.show.grid import Column, Grid, Row, Section
from muster.cli.show.pieces import Facts, card, heading, names, page, remark
from muster.cli.show.session_maps import played
from muster.stats.metrics import METRICS
from muster.stats.values import Award, MatchUp, SessionOverview, SessionPlayer

_AWARDS: Final = {
    "mvp": "Most valuable",
    "most_kills": "Most kills",
    "most_damage": "Most damage",
    "best_accuracy": "Best accuracy",
    "most_revives": "Most revives",
}
_NO_TEAM: Final = "No team"


def render(value: SessionOverview) -> RenderableType:
    """The whole page."""
    return page(_head(value), played(value), *_players(value), _awards(value.awards))


def _head(value: SessionOverview) -> RenderableType:
    head = value.head
    title = text.joined(Text(f"Session of {text.weekday(head.day)}", style.TITLE), text.plain(head.server))
    most = f"most played {text.plain(value.maps[0].map)}" if value.maps else ""
    facts = [
        text.hours_of_day(head.ended_at, head.seconds),
        text.span(head.seconds),
        text.counted(head.rounds, "round"),
        text.counted(head.matches, "match", "matches"),
        text.counted(head.players, "player"),
        most,
    ]
    return card(title, Facts(facts), *(line for up in value.match_ups for line in _match_up(up, len(value.match_ups))))


def _match_up(up: MatchUp, of: int) -> Iterator[RenderableType]:
    label = f"Match-up {up.match_up}: " if of > 1 else ""
    score = Text.assemble(label, sides.team("A"), f" {up.score_a} : {up.score_b} ", sides.team("B"))
    score.stylize_before(style.HEAD)
    maps = f"maps {up.maps_won_a} : {up.maps_won_b}" + (f", {up.maps_drawn} drawn" if up.maps_drawn else "")
    yield Text()
    yield Facts([score, maps])
    if of > 1:
        for letter, roster in (("A", up.team_a), ("B", up.team_b)):
            yield Facts(names(letter, [text.name(player) for player in roster], len(roster)), ", ")


def _players(value: SessionOverview) -> list[RenderableType]:
    """Everybody, by his team of the longest match-up."""
    if not value.players:
        return [Text("Nobody has a round that counts.")]
    several = len(value.match_ups) > 1
    main = max(value.match_ups, key=lambda up: up.matches).match_up if value.match_ups else None
    groups: dict[str, list[SessionPlayer]] = {"A": [], "B": [], "": []}
    for player in value.players:
        groups[_team_of(player, main)].append(player)
    columns = [
        Column("Player", left=True, least=16, most=24),
        Column("Team", 2, left=True),
        Figure("rounds").column(),
        *figures.columns(figures.LINE),
        Column("Spree", 11),
        Column("W–D–L", 7),
    ]
    other = "Others" if several else _NO_TEAM
    sections = [
        Section([_player(p, several) for p in group], _heading(team, other)) for team, group in groups.items() if group
    ]
    sections.append(Section([], total=["Everybody", "", "", *figures.cells(figures.LINE, value.totals), "", ""]))
    below = f"Teams are those of match-up {main}; column Team has all" if several else ""
    return [Grid(columns, sections, heading("Players")), *([remark(below)] if below else [])]


def _heading(team: str, other: str) -> Text:
    title = sides.team(team) if team else Text(other)
    title.stylize_before(style.HEAD)
    return title


def _team_of(player: SessionPlayer, match_up: int | None) -> str:
    return next((stint.team for stint in player.stints if stint.match_up == match_up and stint.team in "AB"), "")


def _player(player: SessionPlayer, several: bool) -> Row:
    return [
        text.name(player.player),
        " ".join(f"{stint.match_up}{text.plain(stint.team)}" for stint in player.stints) if several else "",
        Figure("rounds").cell(player.totals),
        *figures.cells(figures.LINE, player.totals),
        text.number(player.killing_spree),
        f"{player.won}–{player.drawn}–{player.lost}",
    ]


def _awards(awards: tuple[Award, ...]) -> RenderableType | None:
    if not awards:
        return None
    columns = [Column("", left=True), Column("", left=True, least=12, most=28), Column(""), Column("", 1, left=True)]
    return Grid(columns, [Section([_award(award) for award in awards])], heading("Awards"))


def _award(award: Award) -> Row:
    metric = METRICS[award.metric]
    shown = metric.show(award.value)
    asked = [text.counted(award.min_rounds, "round")] if award.min_rounds > 1 else []
    asked += [text.counted(award.min_shots, "shot")] if award.min_shots else []
    return [
        _AWARDS.get(award.key, metric.title),
        Text(text.name(award.player), style.BEST),
        f"{metric.title} {shown}" if award.key == "mvp" else shown,
        f"from {' and '.join(asked)} on" if asked else "",
    ]
