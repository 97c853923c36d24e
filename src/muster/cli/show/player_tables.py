"""Tables about one player: maps, weapons, sessions, recent rounds, partners and opponents, standings."""

from collections.abc import Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text

from muster.cli.show import figures, style, text
from muster.cli.show.figures import Figure
from muster.cli.show.grid import Column, Grid, Row, Section
from muster.cli.show.pieces import heading, page, remark
from muster.stats.formulas import NO_DATA
from muster.stats.metrics import METRICS
from muster.stats.values import (
    Companions,
    Company,
    History,
    MapLine,
    Maps,
    Recent,
    RecentRound,
    SessionLine,
    Standing,
    WeaponLine,
    Weapons,
)

_MOST_MAPS = 12
_MOST_WEAPONS = 12
_NAME: Final = Column("", left=True, least=12, most=24)
_NONE = "no rounds that count"


def maps(value: Maps) -> RenderableType:
    """A row per map, with the difference to his own average."""
    extra = (Figure("win_rate", 2), Figure("hours", 3))
    columns = [
        Column("Map", left=True, least=12, most=24),
        Column("Rds"),
        *_with_delta("kd", 0),
        *_with_delta("dpm", 0),
        *_with_delta("accuracy", 1),
        *figures.columns(extra),
    ]
    rows = [[*_map(line), *figures.cells(extra, line.totals)] for line in value.maps[:_MOST_MAPS]]
    return _table("Maps, and the difference to his average", columns, rows, len(value.maps))


def _map(line: MapLine) -> list[str | Text]:
    return [
        text.plain(line.map),
        text.number(line.totals.rounds),
        figures.bare("kd", line.kd),
        figures.delta("kd", line.kd_delta),
        figures.bare("dpm", line.dpm),
        figures.delta("dpm", line.dpm_delta),
        figures.bare("accuracy", line.accuracy),
        figures.delta("accuracy", line.accuracy_delta),
    ]


def _with_delta(key: str, drop: int) -> list[Column]:
    return [Column(figures.title(key), drop), Column("+/-", drop)]


def weapons(value: Weapons) -> RenderableType:
    """A row per weapon."""
    columns = [
        Column("Weapon", left=True, least=10, most=20),
        Column("Kills"),
        Column("Deaths by"),
        Column("Hits", 3),
        Column("Shots", 3),
        Column("ACC %"),
        Column("Headshots", 2),
        Column("HS %"),
        Column("Rds", 1),
    ]
    rows = [_weapon(line) for line in value.weapons[:_MOST_WEAPONS]]
    return _table("Weapons", columns, rows, len(value.weapons))


def _weapon(line: WeaponLine) -> list[str]:
    t = line.totals
    return [
        text.plain(line.weapon),
        text.number(t.kills),
        text.number(t.deaths),
        text.number(t.hits),
        text.number(t.shots),
        figures.bare("accuracy", line.accuracy),
        text.number(t.headshots) if line.aimed else NO_DATA,
        figures.bare("headshot_rate", line.headshot_rate),
        text.number(t.rounds),
    ]


def history(value: History) -> RenderableType:
    """A row per gaming session, the latest first."""
    shown = (Figure("kills", 3), Figure("deaths", 3), Figure("kd"), Figure("dpm"), Figure("accuracy", 1))
    columns = [
        Column("Day", left=True),
        Column("Server", 9, left=True, least=12, most=20),
        Column("Maps", 8, left=True, least=20, most=60),
        Column("Rds"),
        *figures.columns(shown),
        Column("W–D–L"),
        Column("Rtg +/-", 2),
    ]
    several = len({line.server for line in value.sessions}) > 1
    rows = [_session(line, shown, several) for line in value.sessions]
    title = f"Sessions {_places(value.offset, len(value.sessions), value.total)}".rstrip()
    return _table(title, columns, rows, len(rows), "no sessions")


def _session(line: SessionLine, shown: Sequence[Figure], several: bool) -> Row:
    return [
        text.weekday(line.day),
        text.plain(line.server) if several else "",
        ", ".join(text.plain(name) for name in line.maps),
        text.number(line.totals.rounds),
        *figures.cells(shown, line.totals),
        text.record(line.matches),
        figures.delta("rating", line.rating_change),
    ]


def recent(value: Recent) -> RenderableType:
    """A row per round, the latest first."""
    columns = [
        Column("Played, UTC", left=True),
        Column("Map", left=True, least=14, most=24),
        Column("R"),
        Column("Side", 4, left=True),
        Column("Result", left=True),
        *figures.columns(figures.LINE),
    ]
    rows = [_recent_round(line) for line in value.rounds]
    return _table("Recent rounds", columns, rows, len(rows))


def _recent_round(line: RecentRound) -> Row:
    return [
        text.minute(line.head.played_at),
        text.plain(line.head.map),
        str(line.head.round),
        Text((line.side or NO_DATA).capitalize(), style.SIDES.get(line.side or "", "")),
        Text(line.result.value, style.RESULTS[line.result]) if line.result else NO_DATA,
        *figures.cells(figures.LINE, line.line.totals),
    ]


def companions(value: Companions, title: str) -> RenderableType:
    """A row per regular partner or opponent."""
    columns = [
        Column("Player", left=True, least=16, most=24),
        Column("Rds"),
        Column("Won"),
        Column("Lost"),
        Column("Won %"),
        Column("±"),
        Column("DPM"),
        Column("to usual"),
    ]
    rows = [_company(line) for line in value.companions]
    usual = f"usually DPM {METRICS['dpm'].show(value.own_dpm)}, {METRICS['win_rate'].show(value.own_win_rate)} won"
    return page(_table(f"{text.name(value.player)}: {title}", columns, rows, len(rows)), remark(usual))


def _company(line: Company) -> Row:
    return [
        text.name(line.player),
        text.number(line.rounds),
        text.number(line.won),
        text.number(line.lost),
        figures.bare("win_rate", line.win_rate),
        figures.bare("win_rate", line.win_margin),
        figures.bare("dpm", line.dpm),
        figures.delta("dpm", line.dpm_delta),
    ]


def standings(value: Sequence[Standing]) -> RenderableType:
    """Rank and percentile by each metric."""
    columns = [
        Column("Metric", left=True, least=12),
        Column("Value"),
        Column("Rank"),
        Column("of"),
        Column("Percentile"),
    ]
    rows = [_standing(standing) for standing in value]
    return _table("Standings", columns, rows, len(rows))


def _standing(standing: Standing) -> Row:
    metric = METRICS[standing.metric]
    return [
        metric.title,
        metric.show(standing.value),
        text.number(standing.rank),
        text.number(standing.total),
        NO_DATA if standing.percentile is None else f"{standing.percentile:.0f}",
    ]


def _places(offset: int, shown: int, total: int) -> str:
    """Which part of a list is shown, where it is not all of it."""
    if not 0 < shown < total:
        return ""
    return f"{offset + 1:,}{f'–{offset + shown:,}' if shown > 1 else ''} of {total:,}"


def _table(title: str, columns: Sequence[Column], rows: Sequence[Row], total: int, none: str = _NONE) -> RenderableType:
    if not rows:
        return Text.assemble((title, style.TITLE), f": {none}")
    grid = Grid(columns, [Section(rows)], heading(title))
    return Group(grid, remark(f"and {total - len(rows):,} more")) if total > len(rows) else grid
