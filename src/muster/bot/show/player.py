"""A player from all sides, and in short."""

from typing import Final

from muster.bot import text
from muster.bot.pages import Answer, Page
from muster.bot.show import player_sheets, player_tables
from muster.bot.show.player_words import (
    RESULTS,
    about,
    facts,
    label,
    nothing,
    record,
    shown,
    signed,
    who,
)
from muster.charts.labels import weapon_label
from muster.stats.metrics import METRICS
from muster.stats.values import Alias, Career, MapLine, WeaponLine
from muster.stats.values.progress import Profile, Summary
from muster.stats.values.rankings import Standing

_MEDALS: Final = {1: "🥇", 2: "🥈", 3: "🥉"}
_MOST_ALIASES: Final = 8
_OVERVIEW: Final = (
    *("kd", "dpm", "accuracy", "headshot_rate", "efficiency", "survival", "win_rate", "consistency"),
    *("kills", "deaths", "damage_given", "revives_given", "rounds", "hours"),
)
_SUMMARY: Final = ("kd", "dpm", "accuracy", "headshot_rate", "win_rate", "efficiency", "rounds", "hours")


def profile(found: Profile) -> Answer:
    """A player from all sides, to be chosen from a menu."""
    own = found.career
    name = who(own.player)
    if not own.totals.rounds:
        return nothing(name, own.player, own.scope)
    return Answer(
        (
            overview(found),
            player_sheets.numbers(found.combat, f"Combat of {name}", "Combat"),
            player_sheets.numbers(found.objectives, f"Objectives of {name}", "Objectives and support"),
            *player_tables.weapon_kills(found.weapons, own.scope, f"Weapons of {name}", "Weapons"),
            *player_tables.map_deltas(found.maps, own.scope, f"Maps of {name}", "Maps"),
        ),
        views=True,
    )


def overview(found: Profile) -> Page:
    """Rating, badges, key figures, names, since when."""
    own = found.career
    pairs = [(_short(key), shown(key, own.totals)) for key in _OVERVIEW]
    pairs += [("Sessions", f"{own.sessions:,}"), ("W–D–L", record(own.matches))]
    parts = [about(own.scope), _rating(own), *_badges(found.badges), text.block(facts(pairs)), *_about(own)]
    return Page(who(own.player), "\n".join(parts), footer="W–D–L: matches won, drawn, lost", label="Overview")


def summary(found: Summary) -> Answer:
    """A player in one compact embed."""
    own = found.career
    title = who(own.player)
    if not own.totals.rounds:
        return nothing(title, own.player, own.scope)
    pairs = [(_short(key), shown(key, own.totals)) for key in _SUMMARY]
    parts = [about(own.scope), _rating(own), text.block(facts(pairs))]
    if found.recent.rounds:
        letters = " ".join(RESULTS[played.result] if played.result else "–" for played in found.recent.rounds)
        parts.append(f"Last rounds **{letters}** (latest first)")
    parts += [*_best_map(found.best_map), *_favourite(found.favourite)]
    if own.last_seen is not None:
        parts.append(f"Last seen {text.moment(own.last_seen, 'R')}")
    return Answer((Page(title, "\n".join(parts)),))


def _best_map(best: MapLine | None) -> list[str]:
    if best is None:
        return []
    return [f"Best map **{text.name(best.map)}**: {METRICS['dpm'].show(best.dpm)} DPM, {signed(best.dpm_delta)}"]


def _favourite(weapon: WeaponLine | None) -> list[str]:
    if weapon is None:
        return []
    accuracy = f", {METRICS['accuracy'].show(weapon.accuracy)} hit" if weapon.aimed else ""
    return [
        f"Weapon **{text.name(weapon_label(weapon.weapon))}**: {text.counted(weapon.totals.kills, 'kill')}{accuracy}"
    ]


def _short(key: str) -> str:
    return "Eff." if key == "efficiency" else label(key)


def _rating(own: Career) -> str:
    if own.rating is None:
        return "No rating yet: it takes a match played both ways."
    rating = own.rating
    return f"Rating **{rating.shown:,}** ± {rating.uncertainty} · #{rating.rank:,} of {rating.ranked:,}"


def _badges(badges: tuple[Standing, ...]) -> list[str]:
    if not badges:
        return []
    return [" · ".join(_badge(standing) for standing in badges)]


def _badge(standing: Standing) -> str:
    metric = METRICS[standing.metric]
    place = _MEDALS.get(standing.rank or 0, f"#{standing.rank}")
    return f"{place} {metric.title} {metric.show(standing.value)}"


def _about(own: Career) -> list[str]:
    lines = []
    others = [alias for alias in own.aliases if alias.name != own.player.name]
    if others:
        more = f" and {len(others) - _MOST_ALIASES} more" if len(others) > _MOST_ALIASES else ""
        lines.append(f"Also known as {', '.join(_alias(alias) for alias in others[:_MOST_ALIASES])}{more}")
    if own.first_seen is not None and own.last_seen is not None:
        first, last, ago = text.moment(own.first_seen, "d"), text.moment(own.last_seen, "d"), own.last_seen
        lines.append(f"Seen from {first} to {last}, {text.moment(ago, 'R')}")
    return lines


def _alias(alias: Alias) -> str:
    return f"{text.called(alias.name)} ({alias.rounds:,})"
