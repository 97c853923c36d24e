"""A round: how it ended, both sides with everybody, the five who led."""

from collections.abc import Mapping, Sequence
from typing import Final

from rich.console import RenderableType
from rich.text import Text

from muster.cli.show import figures, sides, style, text
from muster.cli.show.figures import Figure
from muster.cli.show.grid import Column, Grid, Row, Section
from muster.cli.show.pieces import Facts, card, page, remark
from muster.stats import words
from muster.stats.values import RoundPage, RoundPlayer, SideReport, Totals

_FIGURES: Final = (*figures.LINE, Figure("team_damage_given", 11), Figure("xp", 12))
_TELLING: Final = (
    "kd_contradicts",
    "counter_reset",
    "negative_difference",
    "base_unknown",
    "side_inferred",
    "both_teams",
)


def render(value: RoundPage) -> RenderableType:
    """The whole page."""
    leaders = {player.player.key: place for place, player in enumerate(value.leaders, 1)}
    sections = [_side(side, leaders, value.head.valid) for side in (value.axis, value.allies)]
    if value.others:
        watchers = [_player(player, leaders, value.head.valid) for player in value.others]
        sections.append(Section(watchers, Text("Ended as spectators", style.HEAD)))
    players = [player for side in (value.axis, value.allies) for player in side.players]
    players += value.others
    columns = [
        Column("", style=style.TITLE),
        Column("Player", left=True, least=16, most=24),
        Column("Time", 5),
        *figures.columns(_FIGURES),
    ]
    sections.append(Section([], total=_sums("Both sides", value.totals)))
    return page(
        _head(value, len(players)),
        Grid(columns, sections) if players else Text("Nobody played it."),
        remark(*_legend(value, players)) if players else None,
    )


def _head(value: RoundPage, players: int) -> RenderableType:
    head = value.head
    title = text.joined(Text(text.plain(head.map), style.TITLE), f"round {head.round}", words.told(head))
    facts: list[Text | str] = [
        sides.won(head),
        f"{text.minute(head.played_at)} UTC",
        text.counted(players, "player"),
        text.plain(head.config),
        text.plain(head.server),
    ]
    sums = "these may be sums of both rounds" if head.status == "orphan_r2" else ""
    wrong = [
        why for why in (words.why_not(head), sums, "" if head.valid else "not counted", _doubts(head.flags)) if why
    ]
    return card(title, Facts(facts), Facts([Text(why, style.BAD) for why in wrong]))


def _doubts(flags: tuple[str, ...]) -> str:
    return words.doubts(tuple(flag for flag in flags if flag not in ("bot_majority", "too_short")))


def _side(report: SideReport, leaders: Mapping[str, int], valid: bool) -> Section:
    result = Text(report.result.value, style.RESULTS[report.result]) if report.result else ""
    role = "attacked" if report.attacks else "defended"
    title = text.joined(sides.side(report.side), sides.team(report.team), role, result)
    title.stylize_before(style.HEAD)
    rows = [_player(player, leaders, valid) for player in report.players]
    total = _sums("Total", report.totals) if len(rows) > 1 else None
    return Section(rows, title, total)


def _sums(label: str, totals: Totals) -> Row:
    return ["", label, "", *figures.cells(_FIGURES, totals)]


def _player(player: RoundPlayer, leaders: Mapping[str, int], valid: bool) -> Row:
    place = leaders.get(player.player.key)
    name = Text(text.name(player.player) + ("*" if _remarks(player, valid) else ""), style.HEAD if place else "")
    seconds = player.totals.seconds
    return [
        f"{place}." if place else "",
        name,
        text.clock(seconds or None),
        *figures.cells(_FIGURES, player.totals),
    ]


def _remarks(player: RoundPlayer, valid: bool) -> list[str]:
    """What has to be said of a row. Of a round that is not counted that is said once, for all."""
    said = [words.DOUBTS[flag] for flag in _TELLING if flag in player.flags]
    if player.confidence is not None:
        said.append(f"team inferred, {100 * player.confidence:.0f}% sure")
    return said if player.eligible or not valid else [*said, "not counted"]


def _legend(value: RoundPage, players: Sequence[RoundPlayer]) -> list[str]:
    said = [(player, _remarks(player, value.head.valid)) for player in players]
    marked = [f"* {text.name(player.player)}: {', '.join(remarks)}" for player, remarks in said if remarks]
    return [*(["1.–5. lead by kills, then damage"] if value.leaders else []), *marked]
