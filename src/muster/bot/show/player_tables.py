"""A player's weapons and maps as tables."""

from collections.abc import Sequence
from typing import Final

from muster.bot import text
from muster.bot.pages import Answer, Page, Picture, in_pages
from muster.bot.show.player_words import USUAL, about, bare, nothing, shown, signed, table, who
from muster.charts import pictures
from muster.charts.labels import map_labels, weapon_label
from muster.stats.formulas import NO_DATA
from muster.stats.metrics import METRICS
from muster.stats.values import MapLine, Maps, Scope, WeaponLine, Weapons

_WEAPONS_A_PAGE: Final = 30
_SHORT: Final = {
    "GRENADELAUNCHER": "Riflenade",
    "FLAMETHROWER": "Flamer",
    "PANZERFAUST": "Panzer",
    "MORTAR2": "Granatw.",
}
"""Weapons whose names a table has no room for, as players say them."""


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
            _weapon(line),
            f"{line.totals.kills:,}",
            f"{line.totals.deaths:,}",
            bare("accuracy", line.accuracy),
            bare("headshot_rate", line.headshot_rate),
        )
        for line in found.weapons
    ]
    lines = table(("weapon", "K", "D", "ACC%", "HS%"), rows)
    return in_pages(
        title,
        lines[1:],
        head=lines[:1],
        above=about(scope, "most kills first"),
        footer="K kills, D deaths by it · ACC hits / shots · HS headshots / hits",
        label=page_label,
        rows=_WEAPONS_A_PAGE,
    )


def weapon_shots(found: Weapons, scope: Scope, title: str) -> tuple[Page, ...]:
    """Hits, shots and headshots of each weapon."""
    rows = [(_weapon(line), f"{line.totals.hits:,}/{line.totals.shots:,}", _headshots(line)) for line in found.weapons]
    lines = table(("weapon", "hits/shots", "heads"), rows)
    return in_pages(
        title,
        lines[1:],
        head=lines[:1],
        above=about(scope, "most kills first"),
        footer="heads: hits to the head",
        label="Hits and shots",
        rows=_WEAPONS_A_PAGE,
    )


def _weapon(line: WeaponLine) -> str:
    return _SHORT.get(line.weapon) or weapon_label(line.weapon)


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
    labels = map_labels(line.map for line in found.maps)
    rows = [
        (
            text.cell(labels[line.map]),
            f"{line.totals.rounds:,}",
            signed(line.kd_delta, 2),
            signed(line.dpm_delta),
            signed(line.accuracy_delta, 1),
        )
        for line in found.maps
    ]
    lines = table(("map", "rds", *(name for name, _ in USUAL)), rows)
    usual = " · ".join(f"{name.rstrip('%')} {shown(key, found.overall)}" for name, key in USUAL)
    above = f"{about(scope, 'most rounds first')}\nDifference to his average over all maps: {usual}"
    footer = "ACC in percentage points"
    return in_pages(title, lines[1:], head=lines[:1], above=above, label=page_label, footer=footer)


def map_values(found: Maps, scope: Scope, title: str) -> tuple[Page, ...]:
    """K/D, DPM, accuracy and win rate of each map."""
    labels = map_labels(line.map for line in found.maps)
    rows = [(text.cell(labels[line.map]), *_map_values(line)) for line in found.maps]
    lines = table(("map", *(name for name, _ in USUAL), "won"), rows)
    above = about(scope, "most rounds first")
    return in_pages(title, lines[1:], head=lines[:1], above=above, label="Values")


def _map_values(line: MapLine) -> Sequence[str]:
    values = (bare(key, METRICS[key].of(line.totals)) for _, key in USUAL)
    return *values, _whole(METRICS["win_rate"].of(line.totals))


def _whole(percent: float | None) -> str:
    return NO_DATA if percent is None else f"{percent:.0f}%"
