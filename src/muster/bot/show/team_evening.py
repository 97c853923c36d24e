"""The teams of one evening: what they did, who stood for them, how they met, how efficient they were."""

from collections.abc import Callable, Sequence
from typing import Final

from muster.bot import text
from muster.bot.pages import GREY, Answer, Page, Table, in_parts, said
from muster.bot.show import outcomes, session_maps
from muster.bot.show.match import roster as names_of
from muster.bot.show.match import score
from muster.bot.show.player_words import shown
from muster.bot.show.session import day_title, when
from muster.bot.show.team_words import label, matches
from muster.stats.metrics import METRICS
from muster.stats.values import PlayerLine, RoundPage
from muster.stats.values.teams import Attacks, MatchUpSheet, TeamEvening, TeamMember, TeamSheet

ROWS: Final = 30
"""Lines of tables on one page: two teams of twelve with their heads."""
_PLAYED: Final = ("kd", "dpm", "accuracy", "headshot_rate", "kpr", "revive_rate", "objective_score")
_EFFICIENCY: Final = ("efficiency", "damage_efficiency", "useful_share", "kd", "dpm", "frag_potential", "survival")
_ELSEWHERE: Final = "*"

Parts = list[str | Table]
Evenings = Sequence[TeamEvening]


def teams(evenings: Evenings) -> Answer:
    """Results and numbers of both teams of each match-up."""
    return _of_match_ups(evenings, "teams", _numbers)


def rosters(evenings: Evenings) -> Answer:
    """Everybody of each team, with his rounds for it."""
    return _of_match_ups(evenings, "rosters", _members)


def versus(evenings: Evenings) -> Answer:
    """How the teams did against each other: score, points, rounds, map by map."""
    return _of_match_ups(evenings, "team vs team", _meeting, maps=True)


def efficiency(evenings: Evenings) -> Answer:
    """What each team made of its fights."""
    return _of_match_ups(evenings, "efficiency", _efficiency)


def side_roster(page: RoundPage | None, side: str) -> Answer:
    """Who stood on a side in a round."""
    if page is None:
        return _no_session()
    report = page.axis if side == "axis" else page.allies
    head = page.head
    facts = (
        f"Team {report.team}" if report.team else "no team known",
        "attacked" if report.attacks else "defended",
        report.result.value if report.result else "no winner",
        text.counted(len(report.players), "player"),
    )
    parts: Parts = [f"**{' · '.join(facts)}**", f"-# {text.called(head.server)} · {text.moment(head.played_at)}"]
    if warning := outcomes.not_counted([head]):
        parts.append(warning)
    rows = [(text.cell(one.player.name, one.player.key), *_kd_dpm(one)) for one in report.players]
    first, *lines = text.table(("player", "K/D", "DPM"), rows)
    parts.append(Table(tuple(lines), (first,)) if rows else "Nobody stood there at the end.")
    title = f"{side.capitalize()} · {text.called(head.map)} round {head.round}"
    return Answer(in_parts(title, parts, footer=text.plain(head.file), rows=ROWS))


def _of_match_ups(
    evenings: Evenings, what: str, show: Callable[[MatchUpSheet], Parts], *, maps: bool = False
) -> Answer:
    """An evening, or several as views."""
    if not evenings:
        return _no_session()
    pages: list[Page] = []
    for evening in evenings:
        head = evening.overview.head
        parts = _parts(evening, show)
        if maps:
            parts += session_maps.table(evening.overview)
        footer = text.plain(head.session_id)
        pages += in_parts(f"{day_title(head)} · {what}", parts, footer=footer, label=footer[:100], rows=ROWS)
    return Answer(tuple(pages), views=len(evenings) > 1)


def _parts(evening: TeamEvening, show: Callable[[MatchUpSheet], Parts]) -> Parts:
    head = evening.overview.head
    parts: Parts = [f"-# {text.called(head.server)} · {when(head)}"]
    for sheet in evening.match_ups:
        if len(evening.match_ups) > 1:
            parts.append(f"**Match-up {sheet.result.match_up}**")
        parts += show(sheet)
    return parts if evening.match_ups else [*parts, "Nobody stood in a team that evening."]


def _no_session() -> Answer:
    words = "No round has been imported so far; `sync_all` imports what the servers have."
    return said("No session yet", words, colour=GREY)


def _numbers(sheet: MatchUpSheet) -> Parts:
    both = (sheet.team_a, sheet.team_b)
    rows = [*_results(sheet), *_metrics(_PLAYED, both)]
    return [*names_of("A", sheet.result.team_a), *names_of("B", sheet.result.team_b), _columns(rows), _legend(sheet)]


def _results(sheet: MatchUpSheet) -> list[tuple[str, str, str]]:
    one = sheet.result
    rows = [
        ("Maps won", str(one.maps_won_a), str(one.maps_won_b)),
        ("Points", str(one.score_a), str(one.score_b)),
    ]
    cells: tuple[tuple[str, Callable[[TeamSheet], str]], ...] = (
        ("Rounds won", lambda team: str(team.rounds_won)),
        ("Attacks won", lambda team: _share(team.attack)),
        ("Defences held", lambda team: f"{team.defence.held}/{team.defence.rounds}"),
        ("Attack, median", lambda team: text.clock(team.attack.median)),
        ("Attack, best", lambda team: text.clock(team.attack.best)),
    )
    return [*(rows if one.matches else []), *((title, cell(sheet.team_a), cell(sheet.team_b)) for title, cell in cells)]


def _share(attacks: Attacks) -> str:
    return f"{attacks.completed}/{attacks.rounds}"


def _metrics(keys: Sequence[str], both: Sequence[TeamSheet]) -> list[tuple[str, str, str]]:
    one, other = both
    return [(label(key), shown(key, one.totals), shown(key, other.totals)) for key in keys]


def _columns(rows: Sequence[tuple[str, str, str]]) -> Table:
    first, *lines = text.table(("", "  A", "  B"), rows, gap="   ")
    return Table(tuple(lines), (first,))


def _legend(sheet: MatchUpSheet) -> str:
    counted = f"{text.counted(sheet.rounds, 'round')} and {matches(sheet.result.matches)} that count"
    return f"-# {counted} · median and best are of completed attacks"


def _members(sheet: MatchUpSheet) -> Parts:
    parts: Parts = []
    for team in (sheet.team_a, sheet.team_b):
        title = f"**Team {team.team}** · {text.counted(len(team.members), 'player')}"
        rows = [_member(member) for member in team.members]
        first, *lines = text.table((" player", "rds", "K/D", "DPM"), rows)
        parts.append(Table(tuple(lines), (first,), title) if rows else f"{title}: nobody")
    if any(member.elsewhere for team in (sheet.team_a, sheet.team_b) for member in team.members):
        parts.append(f"-# {_ELSEWHERE} stood for the other team too; his numbers are of this one")
    return parts


def _member(member: TeamMember) -> tuple[str, ...]:
    mark = _ELSEWHERE if member.elsewhere else " "
    name = text.cell(member.player.name, member.player.key)
    return (f"{mark}{name}", str(member.totals.rounds), *_kd_dpm(member))


def _kd_dpm(line: PlayerLine) -> tuple[str, str]:
    return METRICS["kd"].show(line.kd), METRICS["dpm"].show(line.dpm)


def _meeting(sheet: MatchUpSheet) -> Parts:
    one = sheet.result
    parts: Parts = [*names_of("A", one.team_a), *names_of("B", one.team_b)]
    if one.matches:
        drawn = f", {one.maps_drawn} drawn" if one.maps_drawn else ""
        won = f"{sheet.team_a.rounds_won} : {sheet.team_b.rounds_won}"
        maps = f"maps {one.maps_won_a} : {one.maps_won_b}{drawn}"
        parts.append(f"{score(one.score_a, one.score_b)} · {maps} · rounds {won}")
    else:
        parts.append("No map was played both ways: no team score.")
    return parts


def _efficiency(sheet: MatchUpSheet) -> Parts:
    return [
        *names_of("A", sheet.result.team_a),
        *names_of("B", sheet.result.team_b),
        _columns(_metrics(_EFFICIENCY, (sheet.team_a, sheet.team_b))),
        definitions(),
    ]


def definitions() -> str:
    """What the three metrics of efficiency mean."""
    return "-# " + " · ".join(f"{label(key)}: {METRICS[key].definition}" for key in _EFFICIENCY[:3])
