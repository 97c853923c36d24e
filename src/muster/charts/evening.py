"""What the session picture says, prepared from the answer: which rows, in which order, in which words. Pure."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from statistics import median
from typing import Final, TypeVar

import msgspec

from muster.charts.labels import counted, day_label, duration, map_labels, weapon_label
from muster.charts.panels import Bar, Bars
from muster.charts.style import GREEN, GREY, PURPLE, team_colour
from muster.stats.metrics import METRICS
from muster.stats.values import MatchUp, SessionOverview, SessionPlayer, TrendPoint

MOST_PLAYERS: Final = 12
MOST_MATCH_UPS: Final = 3
_FAR_ABOVE: Final = 3
"""A value so many times the median does not make everybody else's bar short."""

_Line = TypeVar("_Line")


class Tile(msgspec.Struct, frozen=True):
    """A map on the time line: it spans `count` rounds from `first` on. `score` is empty where it is no match."""

    label: str
    first: int
    count: int
    score: str
    colour: str


class Line(msgspec.Struct, frozen=True):
    """A player's value per round; None where he has none."""

    key: str
    label: str
    values: tuple[float | None, ...]


def headline(overview: SessionOverview) -> str:
    """Day, duration, rounds, maps and players in one line."""
    head = overview.head
    parts = (
        day_label(head.day),
        duration(head.seconds),
        counted(head.rounds, "round"),
        counted(head.players, "player"),
    )
    return "  ·  ".join(parts)


def main_match_up(overview: SessionOverview) -> MatchUp | None:
    """The match-up with most matches, the first of equals: its teams give the players their colours."""
    return max(overview.match_ups, key=lambda match_up: match_up.matches, default=None)


def colours(overview: SessionOverview) -> Mapping[str, str]:
    """The colour of each player by key: his team's in the main match-up."""
    main = main_match_up(overview)
    number = main.match_up if main else None
    teams = {p.player.key: stint.team for p in overview.players for stint in p.stints if stint.match_up == number}
    return {p.player.key: team_colour(teams.get(p.player.key)) for p in overview.players}


def shown_players(overview: SessionOverview) -> tuple[SessionPlayer, ...]:
    """Everybody, or where they are too many those with most kills: a round of luck is no place in a picture."""
    by_kills = sorted(overview.players, key=lambda p: (-p.totals.kills, -p.totals.damage_given, p.player.key))
    return tuple(by_kills if len(by_kills) <= MOST_PLAYERS else by_kills[: MOST_PLAYERS - 1])


def kd_bars(overview: SessionOverview) -> Bars:
    """Players by K/D, with kills and deaths."""
    return _player_bars(
        overview, "kd", lambda p: p.kd, lambda p: f"{p.totals.kills} / {p.totals.deaths}" if p.kd is not None else ""
    )


def accuracy_bars(overview: SessionOverview) -> Bars:
    """Players by accuracy, with their headshot rate."""
    return _player_bars(overview, "accuracy", lambda p: p.accuracy, lambda p: _percent(p.headshot_rate))


def _player_bars(
    overview: SessionOverview, metric: str, value: Callable[[SessionPlayer], float | None],
    detail: Callable[[SessionPlayer], str],
) -> Bars:  # fmt: skip
    colour = colours(overview)
    shown = sorted(shown_players(overview), key=lambda p: (value(p) is None, -(value(p) or 0), p.player.key))
    rows = tuple(
        Bar(p.player.name, value(p), METRICS[metric].show(value(p)), detail(p), colour[p.player.key]) for p in shown
    )
    left_out = len(overview.players) - len(shown)
    return Bars(rows, _full([bar.value for bar in rows]), f"+{left_out} more with fewer kills" if left_out else "")


def weapon_bars(overview: SessionOverview, limit: int) -> Bars:
    """Weapons by kills, with their accuracy; weapons without a kill are no rows."""
    lines = sorted((w for w in overview.weapons if w.totals.kills), key=lambda w: (-w.totals.kills, w.weapon))
    shown = _limited(lines, limit)
    rows = tuple(
        Bar(weapon_label(w.weapon), w.totals.kills, f"{w.totals.kills:,}", _percent(w.accuracy), GREEN) for w in shown
    )
    return Bars(rows, max((bar.value or 0 for bar in rows), default=0), _more(lines, shown))


def map_bars(overview: SessionOverview, limit: int) -> Bars:
    """Maps by time of play, with rounds."""
    lines = sorted(overview.maps, key=lambda share: (-share.seconds, share.map))
    shown = _limited(lines, limit)
    labels = map_labels(share.map for share in lines)
    rows = tuple(Bar(labels[m.map], m.seconds, duration(m.seconds), counted(m.rounds, "round"), PURPLE) for m in shown)
    return Bars(rows, max((bar.value or 0 for bar in rows), default=0), _more(lines, shown))


def scores(overview: SessionOverview) -> tuple[tuple[int, int], ...]:
    """The score of each match-up, in order; none where no map was played both ways."""
    if not any(match_up.matches for match_up in overview.match_ups):
        return ()
    return tuple((m.score_a, m.score_b) for m in overview.match_ups)


def teams_note(match_ups: Sequence[MatchUp]) -> str:
    """How the maps of the one match-up went (`maps won 5 : 3, 1 drawn`), or how many match-ups there are."""
    if not any(match_up.matches for match_up in match_ups):
        return "no map played both ways yet" if match_ups else ""
    if len(match_ups) > MOST_MATCH_UPS:
        return f"the first {MOST_MATCH_UPS} of {len(match_ups)} match-ups"
    if len(match_ups) > 1:
        return f"{len(match_ups)} match-ups"
    only = match_ups[0]
    drawn = f", {only.maps_drawn} drawn" if only.maps_drawn else ""
    return f"maps won {only.maps_won_a} : {only.maps_won_b}{drawn}"


def tiles(overview: SessionOverview) -> tuple[Tile, ...]:
    """The maps of the trend in the order of play, each with its score in the colour of who won it."""
    labels = map_labels(point.head.map for point in overview.trend)
    score = {m.match_id: (m.score_a, m.score_b) for m in overview.played if m.match_id is not None}
    found, first = [], 0
    for (_, bsp), points in groupby(overview.trend, key=_match):
        count = len(list(points))
        a, b = score.get(overview.trend[first].head.match_id or "", (None, None))
        if a is None or b is None:
            found.append(Tile(labels[bsp], first, count, "", GREY))
        else:
            winner = "A" if a > b else "B" if b > a else None
            found.append(Tile(labels[bsp], first, count, f"{a} : {b}", team_colour(winner)))
        first += count
    return tuple(found)


def _match(point: TrendPoint) -> tuple[str, str]:
    return point.head.match_id or point.head.file, point.head.map


def best_line(overview: SessionOverview) -> Line | None:
    """The dpm of the most valuable player round by round; of the first by dpm where there is no such award.

    None where he is the only one.
    """
    if len(overview.players) < 2:
        return None
    best = next((award.player for award in overview.awards if award.key == "mvp"), None)
    player = best or overview.players[0].player
    values = tuple(next((p.dpm for p in point.players if p.player.key == player.key), None) for point in overview.trend)
    return Line(player.key, f"MVP {player.name}" if best else player.name, values)


def _full(values: Sequence[float | None]) -> float:
    known = [value for value in values if value is not None]
    return min(max(known), _FAR_ABOVE * median(known)) or max(known) if known else 0


def _limited(lines: Sequence[_Line], limit: int) -> Sequence[_Line]:
    """All lines, or one less than the limit: the words for the others take a row."""
    return lines if len(lines) <= limit else lines[: limit - 1]


def _more(lines: Sequence[object], shown: Sequence[object]) -> str:
    return f"+{len(lines) - len(shown)} more" if len(lines) > len(shown) else ""


def _percent(value: float | None) -> str:
    return METRICS["accuracy"].show(value)
