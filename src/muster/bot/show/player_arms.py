"""A player with one weapon, and two of them beside each other."""

from collections.abc import Sequence
from typing import Final

from muster.bot import text
from muster.bot.pages import Answer, Page, in_pages
from muster.bot.show.board import asks_for
from muster.bot.show.player_words import about, bare, nothing, starred, table, who
from muster.charts.labels import map_labels, weapon_label
from muster.stats.formulas import NO_DATA, ratio
from muster.stats.metrics import METRICS
from muster.stats.values import WeaponLine
from muster.stats.values.arms import Armed, ArmedPart

VIEWS: Final = ("Numbers", "By map", "By session", "Round by round")
_FIRST: Final = {
    "player_maps": "By map",
    "player_history": "By session",
    "player_trends": "By session",
    "player_recent": "Round by round",
}
"""Which view answers a command that has a weapon; the others begin with the numbers."""
_NOT_BY_WEAPON: Final = {
    "player_objectives": "Objectives are",
    "player_support": "Support is",
    "player_consistency": "DPM, and with it consistency, is",
    "player_achievements": "Milestones are",
    "player_rivals": "Opponents are",
    "player_teammates": "Team-mates are",
}
_HEAD: Final = ("rds", "K", "D", "ACC%", "HS%")
_FOOTER: Final = "rds rounds it was in · K kills, D deaths by it · ACC hits / shots · HS headshots / hits"
_NAME: Final = 9
_LISTED: Final = 60
"""Rounds that can be leafed through."""


def armed(found: Armed, command: str) -> Answer:
    """Numbers and ranks, then per map, session and round; what the command is about comes first."""
    title = f"{weapon_label(found.line.weapon)} of {who(found.player)}"
    if not found.rounds:
        return nothing(title, found.player, found.scope)
    if not found.played:
        words = f"{about(found.scope)}\nHe has not used it in {text.counted(found.rounds, 'round')}."
        return Answer((Page(title, words),))
    pages = (
        _numbers(found, title, _NOT_BY_WEAPON.get(command, "")),
        *_parts(found, title, VIEWS[1], "map", "most rounds first", _maps(found.maps)),
        *_parts(found, title, VIEWS[2], "day", "latest first", [(_day(part.day), part) for part in found.sessions]),
        *_rounds(found, title),
    )
    first = next(i for i, page in enumerate(pages) if page.label == _FIRST.get(command, VIEWS[0]))
    return Answer(pages, views=True, at=first)


def _numbers(found: Armed, title: str, but: str) -> Page:
    """What he does with it, and where that puts him among those who use it."""
    own = table(("", ""), [(name, value) for name, value, _ in _facts(found)])
    ranks = table(
        ("", "value", "rank"),
        [
            (
                METRICS[one.metric].title,
                METRICS[one.metric].show(one.value),
                NO_DATA if one.rank is None else f"{one.rank}/{one.total}",
            )
            for one in found.standings
        ],
    )
    share = "" if found.share_of_kills is None else f"{found.share_of_kills:.0f}% of his kills"
    parts = [about(found.scope, share), text.block(own), "Among those who use it:", text.block(ranks)]
    if but:
        parts.insert(1, f"{but} not counted by weapon; this is what he does with it.")
    return Page(title, "\n".join(parts), footer=asks_for(found.standings, found.gates), label=VIEWS[0])


def _facts(found: Armed) -> list[tuple[str, str, float | None]]:
    """Label, text and value of everything there is to say about a player with a weapon."""
    line, used = found.line, found.line.totals.rounds
    t = line.totals
    rows: list[tuple[str, str, float | None]] = [
        ("Kills", f"{t.kills:,}", t.kills),
        ("Kills/rd", METRICS["kpr"].show(ratio(t.kills, found.rounds)), ratio(t.kills, found.rounds)),
        ("Share of kills", METRICS["accuracy"].show(found.share_of_kills), found.share_of_kills),
        ("Deaths by it", f"{t.deaths:,}", None),
        ("Hits", f"{t.hits:,}", None),
        ("Shots", f"{t.shots:,}", None),
    ]
    if line.aimed:
        rows += [
            ("Accuracy", METRICS["accuracy"].show(line.accuracy), line.accuracy),
            ("Headshots", f"{t.headshots:,}", None),
            ("HS rate", METRICS["headshot_rate"].show(line.headshot_rate), line.headshot_rate),
        ]
    return [*rows, ("Rounds it was in", f"{used:,} of {found.rounds:,}", None)]


def _maps(parts: Sequence[ArmedPart]) -> list[tuple[str, ArmedPart]]:
    labels = map_labels(part.name for part in parts)
    return [(labels[part.name], part) for part in parts]


def _parts(
    found: Armed, title: str, label: str, what: str, order: str, parts: Sequence[tuple[str, ArmedPart]]
) -> tuple[Page, ...]:
    rows = [(text.cell(name), f"{part.rounds:,}", *_values(part.line)) for name, part in parts]
    lines = table((what, *_HEAD), rows)
    above = about(found.scope, order)
    return in_pages(title, lines[1:], head=lines[:1], above=above, footer=_FOOTER, label=label)


def _rounds(found: Armed, title: str) -> tuple[Page, ...]:
    labels = map_labels(one.map for one in found.played)
    rows = [
        (
            f"{_day(one.day)[5:]} {text.cell(labels[one.map])}",
            str(one.round),
            f"{one.kills}/{one.deaths}",
            f"{one.hits}/{one.shots}",
        )
        for one in found.played[:_LISTED]
    ]
    lines = table(("day   map", "R", "K/D", "hits"), rows)
    footer = "R round · K/D kills, deaths by it · hits/shots"
    count = text.counted(len(found.played), "round")
    above = about(found.scope, f"the latest {_LISTED} of {count}" if len(found.played) > _LISTED else count)
    return in_pages(title, lines[1:], head=lines[:1], above=above, footer=footer, label=VIEWS[3])


def _values(line: WeaponLine) -> tuple[str, ...]:
    t = line.totals
    return (
        f"{t.kills:,}",
        f"{t.deaths:,}",
        bare("accuracy", line.accuracy),
        bare("headshot_rate", line.headshot_rate),
    )


def _day(day: int) -> str:
    return f"{day // 10000}-{day // 100 % 100:02}-{day % 100:02}"


def _short(shown: str) -> str:
    return shown.partition(" of ")[0]


def comparison(one: Armed, other: Armed) -> Answer:
    """Two players with the same weapon."""
    title = f"{weapon_label(one.line.weapon)} · {who(one.player)} vs {who(other.player)}"
    missing = [own for own in (one, other) if not own.rounds]
    if missing:
        return nothing(title, missing[0].player, one.scope)
    rows = [
        (name.removesuffix(" it was in"), *starred((_short(shown), value), (_short(shown_too), value_too), True))
        for (name, shown, value), (_, shown_too, value_too) in zip(_facts(one), _facts(other), strict=True)
    ]
    heads = (text.fit(text.cell(own.player.name, own.player.key), _NAME).rstrip() for own in (one, other))
    lines = table(("", *(f"{head} " for head in heads)), rows)
    above = about(one.scope, r"\* the better one")
    return Answer((Page(title, f"{above}\n{text.block(lines)}"),))
