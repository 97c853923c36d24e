"""The six-panel picture of a gaming session: teams, K/D, accuracy, weapons, maps and the course of the evening."""

from collections.abc import Sequence
from typing import Final

import msgspec

from muster.charts import evening, style
from muster.charts.canvas import Canvas, Point, picture
from muster.charts.panels import HEAD, Bars, bar_rows, card, sentence
from muster.charts.style import Box
from muster.charts.text import Placed, fit, flow, width
from muster.charts.timeline import timeline
from muster.stats.values import MatchUp, PlayerRef, SessionOverview

TALLEST: Final = 1590
"""A picture is as high as it has something to show, and never higher than this."""
_USUAL: Final = 1530
_HEADER: Final = 100
_THING_ROWS: Final = (6, 5)
"""Rows for weapons and maps, with one match-up and with more."""
_FEWEST_ROWS: Final = 3
_PITCH: Final = (34, 44)
_PLAYER_ROWS_HEIGHT: Final = 408
_BELOW_ROWS: Final = 16
_TREND: Final = (330, 410)
_LINE: Final = 36
_TEAM_LINES: Final = 6
_MOST_LINES: Final = 3
_CHIP: Final = 30


class Panels(msgspec.Struct, frozen=True):
    """Where everything of the picture is. `lines` is how many lines of names each team of a match-up gets."""

    header: Box
    teams: Box
    lines: int
    players: Box
    things: Box
    trend: Box

    @property
    def height(self) -> int:
        """The height of the whole picture."""
        return round(self.trend.bottom + style.MARGIN)


def session_picture(overview: SessionOverview) -> bytes:
    """The picture of a session as PNG, `style.WIDTH` wide and at most `TALLEST` high."""
    kd, accuracy = evening.kd_bars(overview), evening.accuracy_bars(overview)
    rows = _THING_ROWS[len(overview.match_ups) > 1]
    weapons, maps = evening.weapon_bars(overview, rows), evening.map_bars(overview, rows)
    panels = arrange(_rows(kd, accuracy), _rows(weapons, maps), overview.match_ups)

    def paint(canvas: Canvas) -> None:
        _header(canvas, panels.header, overview)
        _teams(canvas, panels.teams, overview.match_ups, panels.lines)
        left, right = panels.players.columns(2, style.GAP)
        _bars(canvas, left, ("K/D", "kills / deaths"), kd, "Nobody has played yet.")
        _bars(canvas, right, ("Accuracy", "headshot rate"), accuracy, "Nobody has fired yet.")
        left, right = panels.things.columns(2, style.GAP)
        _bars(canvas, left, ("Weapons", "kills · accuracy"), weapons, "Nobody has fallen yet.")
        _bars(canvas, right, ("Maps", "time · rounds"), maps, "No valid round yet.")
        timeline(canvas, panels.trend, overview)

    return picture(style.WIDTH, panels.height, paint)


def arrange(player_rows: int, thing_rows: int, match_ups: Sequence[MatchUp]) -> Panels:
    """The panels one below the other, each as high as it needs; the trend gives way where room is short."""
    header = Box(style.MARGIN, style.MARGIN, style.WIDTH - 2 * style.MARGIN, _HEADER)
    lines = _team_lines(match_ups)
    shown = min(max(len(match_ups), 1), evening.MOST_MATCH_UPS)
    teams = _below(header, HEAD + shown * lines * _LINE + _BELOW_ROWS)
    players = _below(teams, _height(player_rows))
    things = _below(players, _height(thing_rows))
    lowest, highest = _TREND
    room = _USUAL - style.MARGIN - style.GAP - things.bottom
    return Panels(header, teams, lines, players, things, _below(things, min(max(room, lowest), highest)))


def _team_lines(match_ups: Sequence[MatchUp]) -> int:
    """How many lines the longest roster takes, as far as there is room."""
    shown = match_ups[: evening.MOST_MATCH_UPS]
    room = style.WIDTH - 2 * style.MARGIN - 2 * style.PADDING
    box = _roster_boxes(Box(0, 0, room, 0), len(match_ups))[0]
    placed = [_placed(team, box, _most_lines(match_ups)) for m in shown for team in (m.team_a, m.team_b)]
    return max((words[-1].line + 1 for words in placed if words), default=1)


def _most_lines(match_ups: Sequence[MatchUp]) -> int:
    return min(_TEAM_LINES // min(max(len(match_ups), 1), evening.MOST_MATCH_UPS), _MOST_LINES)


def _rows(left: Bars, right: Bars) -> int:
    return max(len(bars.rows) + bool(bars.more) for bars in (left, right))


def _below(box: Box, height: float) -> Box:
    return Box(box.x, box.bottom + style.GAP, box.width, height)


def _height(rows: int) -> float:
    """The height of a card of bars: its rows are taller where there are few."""
    lowest, highest = _PITCH
    rows = max(rows, _FEWEST_ROWS)
    return HEAD + rows * min(max(_PLAYER_ROWS_HEIGHT // rows, lowest), highest) + _BELOW_ROWS


def _bars(canvas: Canvas, box: Box, title: tuple[str, str], bars: Bars, nothing: str) -> None:
    room = card(canvas, box, *title)
    if bars.rows:
        bar_rows(canvas, room, bars)
    else:
        sentence(canvas, room, nothing)


def _header(canvas: Canvas, box: Box, overview: SessionOverview) -> None:
    scores = evening.scores(overview)
    left, right = box.x + 4, box.right - 4
    if len(scores) == 1:
        begin = _score(canvas, (right, box.y + 50), scores[0], style.HERO)
        room = (begin - left - style.GAP, begin - left - style.GAP)
    else:
        room = (_many_scores(canvas, (right, box.y + 30), scores) - left - style.GAP, right - left)
    name = fit(overview.head.server, room[0], style.HEADLINE, bold=True)
    canvas.text(left, box.y + 30, name, style.HEADLINE, bold=True)
    line = fit(evening.headline(overview), room[1], style.BODY)
    canvas.text(left, box.y + 78, line, style.BODY, style.QUIET)


def _many_scores(canvas: Canvas, end: Point, scores: tuple[tuple[int, int], ...]) -> float:
    shown = scores[: evening.MOST_MATCH_UPS]
    x, y = end
    if len(scores) > len(shown):
        x = _leftwards(canvas, end, ((f"+{len(scores) - len(shown)}", style.QUIET),), style.TITLE) - 28
    for score in reversed(shown):
        x = _score(canvas, (x, y), score, style.HEADLINE) - 36
    return x


def _score(canvas: Canvas, end: Point, score: tuple[int, int], size: float) -> float:
    """`11 : 7` in the colours of the teams, ending there; answers where it begins."""
    a, b = score
    parts = ((str(b), style.team_colour("B")), (" : ", style.QUIET), (str(a), style.team_colour("A")))
    return _leftwards(canvas, end, parts, size)


def _leftwards(canvas: Canvas, end: Point, parts: tuple[tuple[str, str], ...], size: float) -> float:
    """Bold words from the end to the left; answers where they begin."""
    x, y = end
    for text, colour in parts:
        canvas.text(x, y, text, size, colour, bold=True, align="right")
        x -= width(text, size, bold=True)
    return x


def _teams(canvas: Canvas, box: Box, match_ups: Sequence[MatchUp], lines: int) -> None:
    room = card(canvas, box, "Teams", evening.teams_note(match_ups))
    if not match_ups:
        sentence(canvas, room, "No map was played both ways: no team score yet.")
    for number, match_up in enumerate(match_ups[: evening.MOST_MATCH_UPS]):
        row = Box(room.x, room.y + number * lines * _LINE, room.width, lines * _LINE)
        left, right = _roster_boxes(row, len(match_ups))
        _roster(canvas, left, "A", match_up.team_a, lines)
        _roster(canvas, right, "B", match_up.team_b, lines)
        if len(match_ups) > 1 and match_up.matches:
            score = f"{match_up.score_a} : {match_up.score_b}"
            middle = row.x + row.width / 2
            canvas.text(middle, row.y + _CHIP / 2, score, style.TITLE, bold=True, align="center")


def _roster_boxes(row: Box, match_ups: int) -> tuple[Box, ...]:
    """A team on the left, a team on the right, and room for the score between them where it has to stand there."""
    return row.columns(2, 130 if match_ups > 1 else style.PADDING)


def _roster(canvas: Canvas, box: Box, team: str, players: Sequence[PlayerRef], lines: int) -> None:
    """The team's letter on its colour, and who played for it."""
    middle = box.y + _CHIP / 2
    canvas.box(Box(box.x, box.y, _CHIP, _CHIP), style.team_colour(team), 6)
    canvas.text(box.x + _CHIP / 2, middle, team, style.SMALL, style.CARD, bold=True, align="center")
    left = box.x + _CHIP + 12
    for word in _placed(players, box, lines):
        canvas.text(left + word.offset, middle + _LINE * word.line, word.text, style.BODY, style.team_colour(team))
    if not players:
        canvas.text(left, middle, "nobody", style.BODY, style.QUIET)


def _placed(players: Sequence[PlayerRef], box: Box, lines: int) -> tuple[Placed, ...]:
    room = box.width - _CHIP - 12
    return flow([player.name for player in players], room, lines, style.BODY, 0.6 * room)
