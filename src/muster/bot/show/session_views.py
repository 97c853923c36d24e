"""The views of a session beside its overview: everybody's numbers by subject, weapons, maps, who was best."""

from collections.abc import Sequence
from typing import Final

from muster.bot import text
from muster.bot.pages import Table
from muster.bot.show.lines import BOT, bare, together
from muster.stats.metrics import METRICS
from muster.stats.values import Award, SessionOverview, SessionPlayer

Parts = list[str | Table]
Column = tuple[str, str]
"""A title and the metric below it."""

AWARDS: Final = {
    "mvp": "Most valuable",
    "most_kills": "Most kills",
    "most_damage": "Most damage",
    "best_accuracy": "Best accuracy",
    "most_revives": "Most revives",
}
_PLAYERS: Final[tuple[Column, ...]] = (
    ("rds", "rounds"), ("K", "kills"), ("D", "deaths"), ("K/D", "kd"), ("DPM", "dpm"), ("ACC%", "accuracy"),
)  # fmt: skip
_COMBAT: Final[tuple[Column, ...]] = (
    ("DMG", "damage_given"), ("taken", "damage_received"), ("HS%", "headshot_rate"), ("HSK", "headshot_kills"),
    ("gib", "gibs"),
)  # fmt: skip
_OBJECTIVES: Final[tuple[Column, ...]] = (
    ("pla", "dynamites_planted"), ("def", "dynamites_defused"), ("sto", "objectives_stolen"),
    ("ret", "objectives_returned"), ("rep", "repairs"), ("/rd", "objective_score"),
)  # fmt: skip
_SUPPORT: Final[tuple[Column, ...]] = (
    ("REV", "revives_given"), ("got", "times_revived"), ("AST", "kill_assists"), ("/rd", "support_score"),
)  # fmt: skip
_MULTI: Final[tuple[Column, ...]] = tuple((f"{n}K", f"multi{n}") for n in range(2, 7))
_PLACES: Final = 3
_NOBODY: Final = "Nobody has a round that counts."


def players(overview: SessionOverview) -> Parts:
    """Everybody, by the team of the longest match-up, then by dpm."""
    if not overview.players:
        return [_NOBODY]
    several = len(overview.match_ups) > 1
    main = max(overview.match_ups, key=lambda up: up.matches).match_up if overview.match_ups else None
    groups: dict[str, list[SessionPlayer]] = {"A": [], "B": [], "": []}
    for player in overview.players:
        groups[_team_of(player, main)].append(player)
    listed = [player for group in groups.values() for player in group]
    head, *lines = text.table(_titles(_PLAYERS), [(_name(player), *_cells(player, _PLAYERS)) for player in listed])
    parts: Parts = []
    for team, group in groups.items():
        if group:
            title = f"**Team {team}**" if team else "**Others**" if main is not None else ""
            parts.append(Table(tuple(lines[: len(group)]), (head,), title))
            lines = lines[len(group) :]
    note = f" · teams are those of match-up {main}" if several else ""
    return [*parts, together("Everybody", overview.totals), f"-# by DPM{note}{_bots(overview)}"]


def top(overview: SessionOverview) -> Parts:
    """The first three by each metric there is an award for."""
    if not overview.awards:
        return [_NOBODY]
    found = [(award, _best(overview.players, award)) for award in overview.awards]
    rows = [
        (f"{place} {_name(player)}", METRICS[award.metric].show(value))
        for award, best in found
        for place, (value, player) in enumerate(best, 1)
    ]
    lines = iter(text.table(("", ""), rows))
    return [
        Table(tuple(next(lines) for _ in best), (), f"**{AWARDS[award.key]}**{_asked(award)}") for award, best in found
    ]


def award(found: Award) -> str:
    """Who has an award, by how much, and what it takes."""
    metric = METRICS[found.metric]
    shown = f"{metric.title} {metric.show(found.value)}" if found.key == "mvp" else metric.show(found.value)
    return f"**{text.called(found.player.name, found.player.key)}** {shown}{_gate(found)}"


def combat(overview: SessionOverview) -> Parts:
    """Damage, headshots, gibs."""
    legend = "by damage given · HS% of hits · HSK headshot kills · gib gibs"
    return _table(overview, _COMBAT, "damage_given", legend)


def objectives(overview: SessionOverview) -> Parts:
    """What was done for the objective."""
    legend = (
        "by objective score: all of it per round · dynamites planted, defused · objectives stolen, returned · repairs"
    )
    return _table(overview, _OBJECTIVES, "objective_score", legend)


def support(overview: SessionOverview) -> Parts:
    """Revives and assists."""
    legend = "by support score: revives and assists per round · got: times revived · AST kill assists"
    return _table(overview, _SUPPORT, "support_score", legend)


def sprees(overview: SessionOverview) -> Parts:
    """The longest run of kills and of deaths in a round, and kills in quick succession."""
    if not overview.players:
        return [_NOBODY]
    best = sorted(overview.players, key=lambda player: (-player.killing_spree, -player.totals.kills))
    rows = [
        (_name(player), str(player.killing_spree), str(player.death_spree), *_cells(player, _MULTI)) for player in best
    ]
    head, *lines = text.table(("player", "run", "dry", *(title for title, _ in _MULTI)), rows)
    legend = "by the longest run of kills in a round · dry: of deaths · 2K … 6K: kills within 3 s of the one before"
    return [Table(tuple(lines), (head,)), f"-# {legend}{_bots(overview)}"]


def weapons(overview: SessionOverview) -> Parts:
    """Every weapon that did anything."""
    if not overview.weapons:
        return ["No weapon did anything."]
    rows = [
        (
            text.cell(line.weapon),
            text.number(line.totals.kills),
            text.number(line.totals.deaths),
            text.number(line.totals.shots),
            METRICS["accuracy"].show(line.accuracy).rstrip("%"),
            METRICS["headshot_rate"].show(line.headshot_rate).rstrip("%"),
        )
        for line in overview.weapons
    ]
    head, *lines = text.table(("weapon", "K", "D", "shots", "ACC%", "HS%"), rows)
    return [Table(tuple(lines), (head,)), "-# by kills · D: deaths by it"]


def maps(overview: SessionOverview) -> Parts:
    """How much of the session each map was."""
    if not overview.maps:
        return ["No round counts."]
    rows = [
        (text.cell(share.map), str(share.rounds), text.clock(share.seconds), text.number(share.kills))
        for share in overview.maps
    ]
    head, *lines = text.table(("map", "rds", "time", "kills"), rows)
    return [Table(tuple(lines), (head,)), "-# by rounds that count · time played, M:SS"]


def _table(overview: SessionOverview, columns: Sequence[Column], by: str, legend: str) -> Parts:
    """Everybody's numbers in the order of a metric."""
    if not overview.players:
        return [_NOBODY]
    best = sorted(overview.players, key=lambda player: -(METRICS[by].of(player.totals) or 0))
    head, *lines = text.table(_titles(columns), [(_name(player), *_cells(player, columns)) for player in best])
    return [Table(tuple(lines), (head,)), f"-# {legend}{_bots(overview)}"]


def _titles(columns: Sequence[Column]) -> tuple[str, ...]:
    return ("player", *(title for title, _ in columns))


def _cells(player: SessionPlayer, columns: Sequence[Column]) -> list[str]:
    return [bare(key, player.totals) for _, key in columns]


def _name(player: SessionPlayer) -> str:
    return (BOT if player.player.is_bot else "") + text.cell(player.player.name, player.player.key)


def _bots(overview: SessionOverview) -> str:
    return f" · {BOT} bot" if any(player.player.is_bot for player in overview.players) else ""


def _team_of(player: SessionPlayer, match_up: int | None) -> str:
    return next((stint.team for stint in player.stints if stint.match_up == match_up and stint.team in "AB"), "")


def _best(of: Sequence[SessionPlayer], award: Award) -> list[tuple[float, SessionPlayer]]:
    """Who comes first by the award's metric, among those it is open to."""
    values = [
        (value, player)
        for player in of
        if not player.player.is_bot
        and player.totals.rounds >= award.min_rounds
        and player.totals.aimed_shots >= award.min_shots
        and (value := METRICS[award.metric].of(player.totals))
    ]
    return sorted(values, key=lambda pair: (-pair[0], pair[1].player.key))[:_PLACES]


def _asked(award: Award) -> str:
    """What decides, and what it takes."""
    by = f" by {METRICS[award.metric].title}" if award.key == "mvp" else ""
    return f"{by}{_gate(award)}"


def _gate(award: Award) -> str:
    asked = [f"{award.min_rounds} rounds"] if award.min_rounds > 1 else []
    asked += [f"{award.min_shots} shots"] if award.min_shots else []
    return f" (from {' and '.join(asked)} on)" if asked else ""
