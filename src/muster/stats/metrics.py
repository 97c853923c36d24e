"""The one definition of every metric: how it is counted, shown, ranked and explained.

A metric is a function of summed measures (`Totals`). Ratios divide sums, never average ratios; unknown input is
left out of both sums; without data the answer is None, shown as `–`.
"""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec
from rapidfuzz import process

from muster.stats.formulas import (
    NO_DATA,
    Kind,
    Metric,
    consistency,
    kd,
    objective_score,
    per_minute,
    percent,
    ratio,
    support_score,
)
from muster.stats.values.common import Totals, WeaponTotals


class UnknownMetric(ValueError):
    """A text that names no metric; the message says which ones are near it."""

    def __init__(self, text: str) -> None:
        near = [found[0] for found in process.extract(_plain(text), list(METRICS), limit=3)]
        super().__init__(f"{text!r} is no metric; did you mean {', '.join(near)}?")


def find(text: str) -> Metric:
    """The metric of a key, a title or another usual name, whatever its case. Raises UnknownMetric."""
    metric = _BY_NAME.get(_plain(text))
    if metric is None:
        raise UnknownMetric(text)
    return metric


def value(key: str, totals: Totals) -> float | None:
    """The value of a metric for these sums."""
    return METRICS[key].of(totals)


def _plain(text: str) -> str:
    return "".join(c for c in text.strip().lower() if c.isalnum())


def _total(key: str, title: str, definition: str, *aliases: str, known: str = "rounds", better: bool = True) -> Metric:
    """A sum over eligible rounds; `known` is the measure that is zero where nothing is known."""

    def of(t: Totals) -> float | None:
        return getattr(t, key) if getattr(t, known) else None

    needs = (key, known) if known != "rounds" else (key,)
    return Metric(key, title, "n", 0, Kind.SUM, definition, needs, of, higher_is_better=better, aliases=aliases)


def _untold(key: str, title: str, definition: str, *aliases: str) -> Metric:
    """A sum that servers since 2025 always write as 0: none is as good as unknown, where any round is from them.

    They are the servers that tell denied playtime. The export has what the file says.
    """

    def of(t: Totals) -> float | None:
        told = getattr(t, key)
        meant = t.rounds > 0 and t.denied_of_seconds == 0
        return told if told or meant else None

    words = f"{definition}; servers since 2025 count none, which is shown as {NO_DATA}"
    return Metric(key, title, "n", 0, Kind.SUM, words, (key, "rounds", "denied_of_seconds"), of, aliases=aliases)


_WEAPON_SUMS: Final[Mapping[str, Callable[[WeaponTotals], float | None]]] = {
    "kills": lambda w: w.kills if w.rounds else None,
    "deaths": lambda w: w.deaths if w.rounds else None,
    "headshots": lambda w: w.headshots if w.rounds else None,
}

_RATIOS: Final = (
    Metric(
        "kd", "K/D", "ratio", 2, Kind.RATIO, "kills / deaths (without a death: kills)",
        ("kills", "deaths"), kd, aliases=("kdr", "killdeathratio"),
    ),
    Metric(
        "accuracy", "Accuracy", "%", 1, Kind.RATIO,
        "hits / shots over the weapons that can score headshots, which is how the engine counts it",
        ("aimed_hits", "aimed_shots"), lambda t: percent(t.aimed_hits, t.aimed_shots),
        of_weapon=lambda w: percent(w.hits, w.shots), shots_gate=True, aliases=("acc",),
    ),
    Metric(
        "headshot_rate", "Headshot rate", "%", 1, Kind.RATIO,
        "headshot hits / hits over the weapons that can score headshots",
        ("headshots", "aimed_hits", "aimed_shots"), lambda t: percent(t.headshots, t.aimed_hits),
        of_weapon=lambda w: percent(w.headshots, w.hits), shots_gate=True, aliases=("hsrate", "headshotpercentage"),
    ),
    Metric(
        "dpm", "DPM", "HP/min", 0, Kind.RATIO, "damage given / minutes on a team",
        ("timed_damage",), lambda t: per_minute(t.timed_damage, t.seconds), aliases=("damageperminute",),
    ),
    Metric(
        "efficiency", "Efficiency", "%", 1, Kind.RATIO, "kills / (kills + deaths)",
        ("kills", "deaths"), lambda t: percent(t.kills, t.kills + t.deaths), aliases=("eff",),
    ),
    Metric(
        "damage_efficiency", "Damage efficiency", "ratio", 2, Kind.RATIO, "damage given / damage received",
        ("damage_given", "damage_received"), lambda t: ratio(t.damage_given, t.damage_received),
        aliases=("damageratio",),
    ),
    Metric(
        "kpr", "Kills per round", "n", 1, Kind.RATIO, "kills / rounds played",
        ("kills",), lambda t: ratio(t.kills, t.rounds),
    ),
    Metric(
        "dpr", "Deaths per round", "n", 1, Kind.RATIO, "deaths / rounds played",
        ("deaths",), lambda t: ratio(t.deaths, t.rounds), higher_is_better=False,
    ),
    Metric(
        "adr", "Damage per round", "HP", 0, Kind.RATIO, "damage given / rounds played",
        ("damage_given",), lambda t: ratio(t.damage_given, t.rounds),
    ),
    Metric(
        "survival", "Survival", "%", 1, Kind.RATIO,
        "time alive / time on a team, over rounds whose share of time alive is known",
        ("alive_seconds", "alive_of_seconds"), lambda t: percent(t.alive_seconds, t.alive_of_seconds),
    ),
    Metric(
        "frag_potential", "Frag potential", "HP/min", 0, Kind.RATIO, "damage given / minutes alive",
        ("alive_damage", "alive_seconds"), lambda t: per_minute(t.alive_damage, t.alive_seconds),
    ),
    Metric(
        "useful_share", "Useful kills share", "%", 1, Kind.RATIO,
        "useful kills / kills; a kill is useful when its victim had at least half a respawn interval to wait",
        ("useful_kills", "useful_of_kills"), lambda t: percent(t.useful_kills, t.useful_of_kills),
    ),
    Metric(
        "denied_per_minute", "Denied time per minute", "s/min", 1, Kind.RATIO,
        "seconds enemies were kept dead / minutes on a team; impossible values are left out",
        ("denied_playtime", "denied_of_seconds"), lambda t: per_minute(t.denied_playtime, t.denied_of_seconds),
    ),
    Metric(
        "revive_rate", "Revives per round", "n", 2, Kind.RATIO, "revives given / rounds that tell them",
        ("revives_given", "revives_of_rounds"), lambda t: ratio(t.revives_given, t.revives_of_rounds),
        aliases=("revivesperround",),
    ),
    Metric(
        "times_revived_per_death", "Revived per death", "ratio", 2, Kind.RATIO, "times revived / deaths",
        ("times_revived", "deaths"), lambda t: ratio(t.times_revived, t.deaths),
    ),
    Metric(
        "objective_score", "Objective score", "n", 2, Kind.RATIO,
        "dynamites planted + dynamites defused + repairs + objectives stolen + objectives returned, per round; "
        "repairs over the rounds that tell them",
        ("dynamites_planted", "dynamites_defused", "objectives_stolen", "objectives_returned", "repairs",
         "repairs_of_rounds"),
        objective_score, aliases=("objectives", "obj"),
    ),
    Metric(
        "support_score", "Support score", "n", 2, Kind.RATIO,
        "revives given + kill assists, per round; revives over the rounds that tell them",
        ("kill_assists", "revives_given", "revives_of_rounds"), support_score, aliases=("support",),
    ),
    Metric(
        "consistency", "Consistency", "%", 0, Kind.RATIO,
        "100 × (1 − standard deviation / mean) of DPM over rounds of more than 60 s, 0 to 100, from 10 rounds on "
        "(sample deviation, n − 1)",
        ("dpm_rounds", "dpm_sum", "dpm_squares"), consistency,
    ),
    Metric(
        "win_rate", "Win rate", "%", 1, Kind.RATIO, "rounds his side won / rounds that somebody won",
        ("rounds_won", "rounds_lost"), lambda t: percent(t.rounds_won, t.rounds_won + t.rounds_lost),
        aliases=("wins",),
    ),
    Metric(
        "rating", "Rating", "points", 0, Kind.RATING,
        "1000 + 40 × (mu − 3 sigma) of a PlackettLuce rating, updated per match by persistent teams and bound to no "
        "period; uncertainty is 40 sigma",
        (), lambda _: None, aliases=("skill", "elo"),
    ),
)  # fmt: skip

_TIME: Final = Metric(
    "hours", "Time played", "h", 1, Kind.SUM, "hours on a team, where known",
    (), lambda t: t.seconds / 3600 if t.seconds else None, aliases=("minutes", "time", "playtime"),
)  # fmt: skip

_SUMS: Final = (
    _total("rounds", "Rounds", "eligible rounds", "games"),
    _total("rounds_won", "Rounds won", "rounds his side won"),
    _TIME,
    _total("kills", "Kills", "enemies killed, over all weapons", "frags"),
    _total("deaths", "Deaths", "deaths by enemies, over all weapons", better=False),
    _total("headshots", "Headshots", "hits to the head", "hs", "headshothits"),
    _total("headshot_kills", "Headshot kills", "kills whose last hit was to the head", "hsk"),
    _total("hits", "Hits", "hits, over all weapons"),
    _total("shots", "Shots", "shots, over all weapons", "bullets_fired", "bulletsfired"),
    _total("damage_given", "Damage given", "hit points taken from enemies", "damage", "dmg"),
    _total("damage_received", "Damage received", "hit points lost to enemies", better=False),
    _total("team_damage_given", "Team damage", "hit points taken from own team", "teamdamage", better=False),
    _total("team_damage_received", "Team damage received", "hit points lost to own team", better=False),
    _total("gibs", "Gibs", "enemies gibbed"),
    _total("self_kills", "Self kills", "/kill, falls and own explosives", better=False),
    _total("full_selfkills", "Full self kills", "/kill with a full respawn to wait", better=False),
    _total("team_kills", "Team kills", "own players killed", "tks", better=False),
    _total("team_gibs", "Team gibs", "own players gibbed", better=False),
    _total("xp", "XP", "experience points"),
    _total("kill_assists", "Kill assists", "kills others finished", "assists"),
    _total("kill_steals", "Kill steals", "kills of enemies that others had brought low", better=False),
    _total("useful_kills", "Useful kills", "kills whose victim had at least half a respawn interval to wait"),
    _total("useless_kills", "Useless kills", "kills whose victim was back within 5 s", better=False),
    _total("denied_playtime", "Denied time", "seconds enemies were kept dead", "denied", known="denied_of_seconds"),
    _total("revives_given", "Revives", "team-mates revived", "revives", known="revives_of_rounds"),
    _total("times_revived", "Times revived", "revived by team-mates", "revived"),
    _total("dynamites_planted", "Dynamites planted", "dynamites planted", "dynamites", "planted", "plants"),
    _total("dynamites_defused", "Dynamites defused", "dynamites defused", "defused", "defuses"),
    _untold("objectives_stolen", "Objectives stolen", "objectives stolen", "stolen"),
    _untold("objectives_returned", "Objectives returned", "objectives returned", "returned"),
    _total("repairs", "Repairs", "objects built or repaired", known="repairs_of_rounds"),
    *(
        _total(f"multi{n}", f"{name} kills", f"{n} kills, each within 3 s of the one before", name.lower())
        for n, name in ((2, "Double"), (3, "Triple"), (4, "Quad"), (5, "Penta"), (6, "Hexa"))
    ),
)


def _with_weapon(metric: Metric) -> Metric:
    of_weapon = _WEAPON_SUMS.get(metric.key)
    return metric if of_weapon is None else msgspec.structs.replace(metric, of_weapon=of_weapon)


METRICS: Final[Mapping[str, Metric]] = {m.key: _with_weapon(m) for m in (*_RATIOS, *_SUMS)}
"""Every metric by key."""

WEAPON_METRICS: Final = tuple(key for key, metric in METRICS.items() if metric.of_weapon is not None)
"""Keys of the metrics a single weapon can be ranked by."""

_BY_NAME: Final = {
    **{_plain(name): metric for metric in METRICS.values() for name in (*metric.aliases, metric.title)},
    **{_plain(key): metric for key, metric in METRICS.items()},
}
