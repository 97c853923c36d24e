"""A player in the course of time: his sessions, where they lead, his last rounds."""

import textwrap
from collections.abc import Iterable, Sequence
from typing import Final

from muster.bot import text
from muster.bot.pages import Answer, Picture, in_pages
from muster.bot.show.player_words import (
    RESULTS,
    USUAL,
    about,
    bare,
    nothing,
    record,
    signed,
    table,
    under,
    who,
)
from muster.charts import pictures
from muster.charts.labels import day_label, map_labels
from muster.stats.formulas import NO_DATA
from muster.stats.metrics import METRICS
from muster.stats.trends import FEWEST
from muster.stats.values import History, Recent, RecentRound, Scope, SessionLine
from muster.stats.values.progress import Course, Direction, Trend

_SESSIONS_A_PAGE: Final = 6
_POINTS_A_PAGE: Final = 10
_ROUNDS_A_PAGE: Final = 12
_DATE: Final = len("2025-10-12")


def history(found: History, scope: Scope) -> Answer:
    """A row per session, the latest first, its maps under it; with a line chart."""
    title = f"Sessions of {who(found.player)}"
    if not found.sessions:
        return nothing(title, found.player, scope)
    rows = [(*_values(line), record(line.matches)) for line in found.sessions]
    lines = table(("day", "rds", *(name for name, _ in USUAL), "W–D–L"), rows)
    labels = map_labels(name for line in found.sessions for name in line.maps)
    with_maps = [
        "\n".join((line, *_wrapped(labels[name] for name in own.maps)))
        for line, own in zip(lines[1:], found.sessions, strict=True)
    ]
    pages = in_pages(
        title,
        under(_months(found), with_maps, _SESSIONS_A_PAGE),
        head=lines[:1],
        above=about(scope, _how_many(found), "latest first"),
        footer="W–D–L: matches won, drawn, lost",
        rows=_SESSIONS_A_PAGE,
    )
    return Answer(pages, Picture("sessions.png", pictures.player_trend, (found,)))


def _values(line: SessionLine) -> Sequence[str]:
    weekday, day, *_ = day_label(line.day).split()
    values = (bare(key, getattr(line, key)) for _, key in USUAL)
    return f"{weekday} {day:>2}", f"{line.totals.rounds:,}", *values


def _months(found: History) -> list[str]:
    """Headings: `[Oct 2025]`."""
    return [f"[{' '.join(day_label(line.day).split()[2:])}]" for line in found.sessions]


def _wrapped(maps: Iterable[str]) -> list[str]:
    names = ", ".join(text.cell(name) for name in maps)
    return textwrap.wrap(names, text.NARROW, initial_indent="  ", subsequent_indent="  ")


def _how_many(found: History) -> str:
    if found.total > len(found.sessions):
        return f"the latest {len(found.sessions):,} of {text.counted(found.total, 'session')}"
    return text.counted(found.total, "session")


def trend(found: Trend) -> Answer:
    """Where DPM, K/D and accuracy lead, and the sessions they are read from; with the chart."""
    own = found.history
    title = f"Trends of {who(own.player)}"
    if not own.sessions:
        return nothing(title, own.player, found.scope)
    courses = table(("", "from", "to", "slope", ""), [_course(course) for course in found.courses])
    lines = table(("day", "rds", *(name for name, _ in USUAL)), [_values(line) for line in own.sessions])
    rows = under(_months(own), lines[1:], _POINTS_A_PAGE)
    above = f"{about(found.scope, _how_many(own), 'latest first')}\n{text.block(courses)}"
    footer = (
        "from, to, slope per session: of a straight line through the sessions, each weighed by its rounds; "
        "rising and falling are sure to 95 %"
    )
    if any(course.direction is Direction.TOO_FEW for course in found.courses):
        footer += f"; it takes {FEWEST} sessions to tell"
    pages = in_pages(title, rows, head=lines[:1], above=above, footer=footer, rows=_POINTS_A_PAGE)
    return Answer(pages, Picture("trend.png", pictures.player_trend, (own,)))


def _course(course: Course) -> Sequence[str]:
    name = next(name for name, key in USUAL if key == course.metric)
    ends = (bare(course.metric, end) for end in (course.first, course.last))
    return name, *ends, signed(course.slope, METRICS[course.metric].decimals + 1), course.direction.value


def recent(found: Recent, scope: Scope) -> Answer:
    """A row per round, the latest first, under the evening it was played."""
    title = f"Last rounds of {who(found.player)}"
    if not found.rounds:
        return nothing(title, found.player, scope)
    labels = map_labels(played.head.map for played in found.rounds)
    rows = [(text.cell(labels[played.head.map]), *_round(played)) for played in found.rounds]
    head, *lines = table(("map", "R", "K/D", "DPM", "ACC%", ""), rows)
    days = [f"[{played.head.file[:_DATE]}]" for played in found.rounds]
    pages = in_pages(
        title,
        under(days, lines, _ROUNDS_A_PAGE),
        head=(head,),
        above=about(scope, f"the last {text.counted(len(found.rounds), 'round')}"),
        footer="R round · K/D kills and deaths · W won, L lost · dates on the server's clock",
        rows=_ROUNDS_A_PAGE,
    )
    return Answer(pages)


def _round(played: RecentRound) -> Sequence[str]:
    line = played.line
    return (
        str(played.head.round),
        f"{line.totals.kills}/{line.totals.deaths}",
        bare("dpm", line.dpm),
        bare("accuracy", line.accuracy),
        RESULTS[played.result] if played.result else NO_DATA,
    )
