"""A player's page: who he is, how good, where, with what, and lately."""

from collections.abc import Sequence
from typing import Final

import msgspec
from rich.console import RenderableType
from rich.text import Text

from muster.cli.show import figures, player_tables, style, text
from muster.cli.show.figures import Figure
from muster.cli.show.grid import Column, Grid, Section
from muster.cli.show.pieces import Facts, card, names, page
from muster.stats.formulas import NO_DATA
from muster.stats.metrics import METRICS
from muster.stats.values import Career, History, Maps, Rating, Recent, Standing, Weapons

_ALIASES = 8
_BADGES = 6
_BADGE_RANK = 3
_BADGE_PERCENTILE = 90

_SUMS: Final = (
    "kills", "deaths", "damage_given", "headshots", "revives_given", "gibs", "dynamites_planted", "dynamites_defused",
)  # fmt: skip
_RATES: Final = (
    "efficiency", "survival", "consistency", "useful_share", "revive_rate", "objective_score", "frag_potential",
)  # fmt: skip


class PlayerPage(msgspec.Struct, frozen=True):
    """What a player's page shows. Parts that were not asked for are None; `standings` make the badges."""

    career: Career
    maps: Maps | None = None
    weapons: Weapons | None = None
    history: History | None = None
    recent: Recent | None = None
    standings: tuple[Standing, ...] = ()


def render(value: PlayerPage) -> RenderableType:
    """The whole page; parts without a row are left out."""
    return page(
        overview(value.career, value.standings),
        player_tables.maps(value.maps) if value.maps and value.maps.maps else None,
        player_tables.weapons(value.weapons) if value.weapons and value.weapons.weapons else None,
        player_tables.history(value.history) if value.history and value.history.sessions else None,
        player_tables.recent(value.recent) if value.recent and value.recent.rounds else None,
    )


def overview(career: Career, standings: Sequence[Standing] = ()) -> RenderableType:
    """The card on top: key figures, sums, badges, aliases, since when."""
    player = career.player
    title = text.joined(Text(text.name(player), style.TITLE), *_guid(career), *text.scope(career.scope))
    if not career.totals.rounds:
        return card(title, Text("No round that counts here."), *_about(career))
    return card(title, _key_figures(career), Text(), *_sums(career), *_badges(standings), *_about(career))


def _guid(career: Career) -> list[str]:
    return [] if career.player.is_bot else [text.plain(career.player.key)]


def _key_figures(career: Career) -> RenderableType:
    shown = (
        Figure("kd"),
        Figure("dpm"),
        Figure("accuracy"),
        Figure("headshot_rate", 2),
        Figure("rounds"),
        Figure("win_rate", 3),
        Figure("hours", 1),
    )
    record = text.record(career.matches)
    row = [*_rating(career.rating), *figures.cells(shown, career.totals), record]
    columns = [
        Column("Rating", style=style.TITLE),
        Column("±"),
        Column("Rank", 2),
        *(msgspec.structs.replace(column, style=style.HEAD) for column in figures.columns(shown)),
        Column("W–D–L", 4),
    ]
    return Grid(columns, [Section([row])])


def _rating(rating: Rating | None) -> list[str]:
    if rating is None:
        return [NO_DATA, NO_DATA, NO_DATA]
    return [text.number(rating.shown), text.number(rating.uncertainty), f"{rating.rank:,}/{rating.ranked:,}"]


def _sums(career: Career) -> list[RenderableType]:
    """Two lines: what he did, and how."""
    return [
        Facts([_labelled(key, METRICS[key].show(METRICS[key].of(career.totals))) for key in keys])
        for keys in (_SUMS, _RATES)
    ]


def _labelled(key: str, value: str) -> Text:
    return Text.assemble(f"{METRICS[key].title} ", (value, style.HEAD))


def _badges(standings: Sequence[Standing]) -> list[RenderableType]:
    """Where he is among the first three or the best tenth."""
    ranked = [s for s in standings if s.rank is not None and s.total > 1]
    good = [s for s in ranked if _rank(s) <= _BADGE_RANK or (s.percentile or 0) >= _BADGE_PERCENTILE]
    best = sorted(good, key=lambda s: (_rank(s), -(s.percentile or 0)))[:_BADGES]
    if not best:
        return []
    badges = [
        Text.assemble((f"#{_rank(s)} ", style.BEST), METRICS[s.metric].title, f" {METRICS[s.metric].show(s.value)}")
        for s in best
    ]
    return [Facts(badges)]


def _rank(standing: Standing) -> int:
    return standing.rank or standing.total


def _about(career: Career) -> list[RenderableType]:
    seen = f"seen {text.date(career.first_seen)} to {text.date(career.last_seen)} UTC"
    played = [text.counted(career.sessions, "session"), seen if career.first_seen else ""]
    others = [alias for alias in career.aliases if alias.name != career.player.name]
    if not others:
        return [Facts(played)]
    shown = [f"{text.alias(alias.name)} ({alias.rounds:,})" for alias in others[:_ALIASES]]
    return [Facts(played), Facts(names("also as", shown, len(others)))]
