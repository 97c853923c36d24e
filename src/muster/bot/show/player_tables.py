"""A player's weapons, maps, sessions and rounds as tables."""

import textwrap
from collections.abc import Iterable, Sequence
from typing import Final

from muster.bot import text
from muster.bot.pages import Answer, Page, Picture, in_pages
from muster.bot.show.player_words import RESULTS, about, counted, iso, label, nothing, record, shown, signed, who
from muster.charts import pictures
from muster.charts.labels import map_labels, weapon_label
from muster.stats.formulas import NO_DATA
from muster.stats.metrics import METRICS
from muster.stats.values import History, MapLine, Maps, Recent, RecentRound, Scope, SessionLine, WeaponLine, Weapons
from muster.stats.values.progress import Trend

_SESSIONS_A_PAGE: Final = 6
_ROUNDS_A_PAGE: Final = 12
_WEAPONS_A_PAGE: Final = 30


def weapons(found: Weapons, scope: Scope) -> Answer:
    """A row per weapon, as two views, with a picture of the kills."""
    title = f"Weapons of {who(found.player)}"
    if not found.weapons:
        return nothing(title, found.player, scope)
    pages = (*weapon_kills(found, scope, title), *weapon_shots(found, scope, title))
    return Answer(pages, Picture("weapons.png", pictures.weapon_bars, (found,)), views=True)


def weapon_kills(found: Weapons, scope: Scope, title: str, page_label: str = "Kills and accuracy") -> tuple[Page, ...]:
    """Kills, deaths, accuracy and headshot rate of each weapon."""
    rows = [
        (
            weapon_label(line.weapon),
            f"{line.totals.kills:,}",
            f"{line.totals.deaths:,}",
            METRICS["accuracy"].show(line.accuracy),
            METRICS["headshot_rate"].show(line.headshot_rate),
        )
        for line in found.weapons
    ]
    lines = text.table(("weapon", "kills", "died", "ACC", "HS"), rows)
    return in_pages(
        title,
        lines[1:],
        head=lines[:1],
        above=about(scope, "most kills first"),
        footer="died: deaths by it · ACC: hits / shots · HS: headshots / hits",
        label=page_label,
        rows=_WEAPONS_A_PAGE,
    )


def weapon_shots(found: Weapons, scope: Scope, title: str) -> tuple[Page, ...]:
    """Hits, shots, headshots and rounds of each weapon."""
    rows = [
        (
            weapon_label(line.weapon),
            f"{line.totals.hits:,}/{line.totals.shots:,}",
            _headshots(line),
            f"{line.totals.rounds:,}",
        )
        for line in found.weapons
    ]
    lines = text.table(("weapon", "hits/shots", "heads", "rds"), rows)
    above = about(scope, "most kills first")
    return in_pages(
        title, lines[1:], head=lines[:1], above=above, label="Hits and shots", rows=_WEAPONS_A_PAGE,
        footer="heads: hits to the head · rds: rounds it was used or felt in",
    )  # fmt: skip


def _headshots(line: WeaponLine) -> str:
    return f"{line.totals.headshots:,}" if line.aimed else NO_DATA


def maps(found: Maps, scope: Scope) -> Answer:
    """A row per map: the difference to the player's own average, and the values themselves; with a picture."""
    title = f"Maps of {who(found.player)}"
    if not found.maps:
        return nothing(title, found.player, scope)
    pages = (*map_deltas(found, scope, title), *map_values(found, scope, title))
    return Answer(pages, Picture("maps.png", pictures.map_bars, (found,)), views=True)


def map_deltas(found: Maps, scope: Scope, title: str, page_label: str = "Against own average") -> tuple[Page, ...]:
    """K/D, DPM and accuracy of each map against the player's own average over all maps."""
    rows = [
        (
            text.cell(line.map),
            f"{line.totals.rounds:,}",
            signed(line.kd_delta, 2),
            signed(line.dpm_delta),
            signed(line.accuracy_delta, 1),
        )
        for line in found.maps
    ]
    lines = text.table(("map", "rds", "K/D", "DPM", "ACC"), rows)
    usual = " · ".join(f"{name} {shown(key, found.overall)}" for name, key in _USUAL)
    above = f"{about(scope, 'most rounds first')}\nDifference to his average over all maps: {usual}"
    return in_pages(
        title, lines[1:], head=lines[:1], above=above, label=page_label, footer="ACC in percentage points"
    )  # fmt: skip


def map_values(found: Maps, scope: Scope, title: str) -> tuple[Page, ...]:
    """K/D, DPM, accuracy and win rate of each map."""
    rows = [_map_values(line) for line in found.maps]
    lines = text.table(("map", "rds", "K/D", "DPM", "ACC", "won"), rows)
    return in_pages(
        title, lines[1:], head=lines[:1], above=about(scope, "most rounds first"), label="Values"
    )  # fmt: skip


def _map_values(line: MapLine) -> Sequence[str]:
    values = (shown(key, line.totals) for _, key in _USUAL)
    return text.cell(line.map), f"{line.totals.rounds:,}", *values, _whole(METRICS["win_rate"].of(line.totals))


def _whole(percent: float | None) -> str:
    return NO_DATA if percent is None else f"{percent:.0f}%"


_USUAL: Final = (("K/D", "kd"), ("DPM", "dpm"), ("ACC", "accuracy"))


def history(found: History, scope: Scope) -> Answer:
    """A row per session, the latest first, its maps under it; with a line chart."""
    title = f"Sessions of {who(found.player)}"
    if not found.sessions:
        return nothing(title, found.player, scope)
    lines = text.table(("date", "rds", "K/D", "DPM", "ACC", "W–D–L"), [_session(line) for line in found.sessions])
    labels = map_labels(name for line in found.sessions for name in line.maps)
    with_maps = [
        "\n".join((line, *_wrapped(labels[name] for name in own.maps)))
        for line, own in zip(lines[1:], found.sessions, strict=True)
    ]
    pages = in_pages(
        title,
        with_maps,
        head=lines[:1],
        above=about(scope, _how_many(found), "latest first"),
        footer="W–D–L: matches won, drawn, lost",
        rows=_SESSIONS_A_PAGE,
    )
    return Answer(pages, Picture("sessions.png", pictures.player_trend, (found,)))


def _session(line: SessionLine) -> Sequence[str]:
    values = (METRICS[key].show(getattr(line, key)) for _, key in _USUAL)
    return iso(line.day), f"{line.totals.rounds:,}", *values, record(line.matches)


def _wrapped(maps: Iterable[str]) -> list[str]:
    names = ", ".join(text.cell(name) for name in maps)
    return textwrap.wrap(names, text.WIDTH - 2, initial_indent="  ", subsequent_indent="  ")


def _how_many(found: History) -> str:
    if found.total > len(found.sessions):
        return f"the latest {len(found.sessions):,} of {counted(found.total, 'session')}"
    return counted(found.total, "session")


def trend(found: Trend) -> Answer:
    """Where DPM, K/D and accuracy lead, and the sessions they are read from; with the chart."""
    own = found.history
    title = f"Trends of {who(own.player)}"
    if not own.sessions:
        return nothing(title, own.player, found.scope)
    courses = text.table(
        ("", "from", "to", "/session", ""),
        [
            (
                label(course.metric),
                METRICS[course.metric].show(course.first),
                METRICS[course.metric].show(course.last),
                signed(course.slope, METRICS[course.metric].decimals + 1),
                course.direction.value,
            )
            for course in found.courses
        ],
    )
    rows = [
        (iso(line.day), f"{line.totals.rounds:,}", *(METRICS[key].show(getattr(line, key)) for _, key in _USUAL))
        for line in own.sessions
    ]
    lines = text.table(("date", "rds", "K/D", "DPM", "ACC"), rows)
    above = f"{about(found.scope, _how_many(own))}\n{text.block(courses)}"
    footer = "a straight line through the sessions, each weighed by its rounds; rising and falling are sure to 95 %"
    pages = in_pages(title, lines[1:], head=lines[:1], above=above, footer=footer, rows=10)
    return Answer(pages, Picture("trend.png", pictures.player_trend, (own,)))


def recent(found: Recent, scope: Scope) -> Answer:
    """A row per round, the latest first, under the evening it was played."""
    title = f"Last rounds of {who(found.player)}"
    if not found.rounds:
        return nothing(title, found.player, scope)
    head, *lines = text.table(("map", "R", "K/D", "DPM", "ACC", ""), [_round(played) for played in found.rounds])
    dated = []
    day = ""
    for line, played in zip(lines, found.rounds, strict=True):
        own_day = played.head.file[:10]
        dated.append(line if own_day == day else f"{text.plain(own_day)}\n{line}")
        day = own_day
    pages = in_pages(
        title,
        dated,
        head=(head,),
        above=about(scope, f"the last {counted(len(found.rounds), 'round')}"),
        footer="K/D: kills and deaths · dates on the server's clock",
        rows=_ROUNDS_A_PAGE,
    )
    return Answer(pages)


def _round(played: RecentRound) -> Sequence[str]:
    line = played.line
    return (
        text.cell(played.head.map),
        str(played.head.round),
        f"{line.totals.kills}/{line.totals.deaths}",
        METRICS["dpm"].show(line.dpm),
        METRICS["accuracy"].show(line.accuracy),
        RESULTS[played.result] if played.result else NO_DATA,
    )
