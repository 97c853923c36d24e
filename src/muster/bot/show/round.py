"""A round as pages: how it ended, both sides with everybody, who led."""

from collections.abc import Mapping, Sequence
from typing import Final

from muster.bot import text
from muster.bot.pages import BLUE, GREY, Answer, Page, Table, in_parts, said
from muster.bot.show import lines, outcomes
from muster.bot.show.lines import Line
from muster.stats import words
from muster.stats.bests import bests
from muster.stats.values import RoundPage, RoundPlayer, SideReport

ROWS: Final = 30
"""Lines of tables on a page that is leafed through: two sides of twelve with their totals."""

_TELLING: Final = (
    "kd_contradicts",
    "counter_reset",
    "negative_difference",
    "base_unknown",
    "side_inferred",
    "both_teams",
)


def last_round(page: RoundPage | None) -> Answer:
    """The answer about the round that was played last."""
    if page is None:
        return said("No round yet", "No round has been imported so far; `sync_all` imports what the servers have.")
    head = page.head
    alone = f"-# {words.why_not(head)} so far" if head.valid and words.why_not(head) else ""
    return Answer(pages(page, f"{text.called(head.map)} · round {head.round}", rows=ROWS, remark=alone))


def pages(page: RoundPage, title: str, *, rows: int, remark: str = "") -> tuple[Page, ...]:
    """Everybody of a round under a title, with its file in the footer; a remark stands above the tables."""
    head = page.head
    parts: list[str | Table] = [_head(page)]
    parts += [line for line in (outcomes.not_counted([head]), remark) if line]
    if doubt := words.doubts(flag for flag in head.flags if flag not in ("bot_majority", "too_short")):
        parts.append(f"-# {doubt}")
    if everybody := _everybody(page):
        parts += [*_tables(page, everybody), lines.together("Both sides", page.totals), *_legend(page, everybody)]
    else:
        parts.append("Nobody played it.")
    colour = BLUE if head.valid else GREY
    return in_parts(title, parts, footer=text.plain(head.file), colour=colour, rows=rows)


def _everybody(page: RoundPage) -> list[RoundPlayer]:
    return [*page.axis.players, *page.allies.players, *page.others]


def _head(page: RoundPage) -> str:
    head = page.head
    count = len(_everybody(page))
    facts = (
        text.called(head.server),
        text.called(head.config) if text.plain(head.config) else "",
        text.counted(count, "player"),
        text.moment(head.played_at),
    )
    return f"**{words.told(head)}** · {outcomes.won(head)}\n-# {' · '.join(fact for fact in facts if fact)}"


def _tables(page: RoundPage, everybody: Sequence[RoundPlayer]) -> list[Table]:
    """Both sides, and who ended as a spectator; the columns stand one below the other in all of them."""
    marked = _marked(everybody)
    places = {player.player.key: str(place) for place, player in enumerate(page.leaders, 1)}
    shown = [
        Line(
            player.player,
            player.totals,
            before=places.get(player.player.key, ""),
            doubted=bool(_remarks(player, page.head.valid)),
            best=marked.get(player.player.key, ()),
        )
        for player in everybody
    ]
    head, rows = lines.table(shown, (page.axis.totals, page.allies.totals))
    of_axis, of_allies = len(page.axis.players), len(page.allies.players)
    axis, allies, others = rows[:of_axis], rows[of_axis:][:of_allies], rows[of_axis + of_allies : -2]
    tables = []
    for side, own, total in ((page.axis, axis, rows[-2]), (page.allies, allies, rows[-1])):
        if own:
            tables.append(Table((*own, total) if len(own) > 1 else tuple(own), head, _side(side)))
    return [*tables, *([Table(tuple(others), head, "**Ended as spectators**")] if others else [])]


def _marked(everybody: Sequence[RoundPlayer]) -> Mapping[str, tuple[str, ...]]:
    """Player key → what he was best at."""
    found: dict[str, tuple[str, ...]] = {}
    for metric, key in bests(everybody).items():
        found[key] = (*found.get(key, ()), metric)
    return found


def _side(report: SideReport) -> str:
    parts = (
        f"**{report.side.capitalize()}**",
        f"Team {report.team}" if report.team else "",
        "attacked" if report.attacks else "defended",
        report.result.value if report.result else "",
    )
    return " · ".join(part for part in parts if part)


def _legend(page: RoundPage, everybody: Sequence[RoundPlayer]) -> list[str]:
    said = [*(["1–5 lead by kills, then damage"] if page.leaders else []), f"{lines.BEST} best of the round"]
    if any(player.player.is_bot for player in everybody):
        said.append(f"{lines.BOT} bot")
    remarks = [
        f"-# {lines.DOUBT} {text.called(player.player.name, player.player.key)}: {', '.join(found)}"
        for player in everybody
        if (found := _remarks(player, page.head.valid))
    ]
    return [f"-# {' · '.join(said)}", *remarks]


def _remarks(player: RoundPlayer, valid: bool) -> list[str]:
    """What has to be said of a row. Of a round that is not counted that is said once, for all."""
    found = [words.DOUBTS[flag] for flag in _TELLING if flag in player.flags]
    if player.confidence is not None:
        found.append(f"team inferred, {100 * player.confidence:.0f}% sure")
    return found if player.eligible or not valid else [*found, "not counted"]
