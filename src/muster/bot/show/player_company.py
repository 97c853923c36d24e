"""A player among others: partners, opponents, and beside one of them."""

from typing import Final

from muster.bot import text
from muster.bot.pages import ROWS, Answer, Page, Picture, in_pages
from muster.bot.show.player_words import (
    about,
    label,
    nothing,
    record,
    signed,
    starred,
    table,
    under,
    who,
)
from muster.charts import pictures
from muster.stats.formulas import NO_DATA
from muster.stats.metrics import METRICS
from muster.stats.values import Career, PlayerRef
from muster.stats.values.progress import CompanyKept, Comparison, Judged, Verdict

_WITH: Final = {
    Verdict.SURELY_BETTER: "wins more with, surely",
    Verdict.LIKELY_BETTER: "wins more with, likely",
    Verdict.OPEN: "no clear difference",
    Verdict.LIKELY_WORSE: "wins less with, likely",
    Verdict.SURELY_WORSE: "wins less with, surely",
}
_AGAINST: Final = {
    Verdict.SURELY_WORSE: "beaten by, surely",
    Verdict.LIKELY_WORSE: "beaten by, likely",
    Verdict.OPEN: "no clear difference",
    Verdict.LIKELY_BETTER: "beats, likely",
    Verdict.SURELY_BETTER: "beats, surely",
}
_COMPARED: Final = (
    *("kd", "dpm", "accuracy", "headshot_rate", "efficiency", "damage_efficiency", "kpr", "adr", "survival"),
    *("useful_share", "revive_rate", "objective_score", "support_score", "consistency", "win_rate"),
)
_CARDINAL: Final = ("rounds", "hours")
_NAME: Final = 8


def teammates(found: CompanyKept) -> Answer:
    """A row per regular partner, under how sure it is that he makes a difference."""
    return _company(found, "Teammates", _WITH)


def rivals(found: CompanyKept) -> Answer:
    """A row per regular opponent, those who keep beating him first."""
    return _company(found, "Rivals", _AGAINST)


def _company(found: CompanyKept, what: str, verdicts: dict[Verdict, str]) -> Answer:
    title = f"{what} of {who(found.player)}"
    if not found.rounds:
        return nothing(title, found.player, found.scope)
    usual = METRICS["win_rate"].show(found.usual_win_rate), METRICS["dpm"].show(found.usual_dpm)
    above = f"{about(found.scope)}\nUsually he wins **{usual[0]}** of rounds with **{usual[1]}** DPM."
    side = "on his side" if verdicts is _WITH else "against him"
    if not found.people:
        words = f"{above}\nNobody has played {found.min_rounds} rounds {side} yet."
        return Answer((Page(title, words),))
    lines = table(("", "rds", "won", "±won", "±DPM"), [_person(one) for one in found.people])
    grouped = under([f"[{verdicts[one.verdict]}]" for one in found.people], lines[1:], ROWS)
    footer = (
        f"± against his usual; won in percentage points · from {found.min_rounds} rounds {side} on · "
        "surely: 95 % of chance ruled out, likely: 80 %"
    )
    return Answer(in_pages(title, grouped, head=lines[:1], above=above, footer=footer))


def _person(one: Judged) -> tuple[str, ...]:
    own = one.company
    won = NO_DATA if own.win_rate is None else f"{own.win_rate:.0f}%"
    return (
        text.cell(own.player.name, own.player.key),
        f"{own.rounds:,}",
        won,
        signed(one.win_delta),
        signed(own.dpm_delta),
    )


def comparison(found: Comparison) -> Answer:
    """Two players metric by metric, against each other and together; with a radar."""
    one, other = found.first, found.second
    title = f"{who(one.player)} vs {who(other.player)}"
    missing = [career.player for career in (one, other) if not career.totals.rounds]
    if missing:
        return nothing(title, missing[0], one.scope)
    above = about(one.scope, r"\* the better one")
    picture = Picture("comparison.png", pictures.comparison, (one, other))
    words = "\n".join((above, text.block(_table(one, other)), *_meetings(found)))
    return Answer((Page(title, words),), picture)


def _table(one: Career, other: Career) -> list[str]:
    rows: list[tuple[str, ...]] = [_rating_row(one, other)]
    for key in _COMPARED:
        metric = METRICS[key]
        a, b = metric.of(one.totals), metric.of(other.totals)
        rows.append((label(key), *starred((metric.show(a), a), (metric.show(b), b), metric.higher_is_better)))
    for key in _CARDINAL:
        values = (METRICS[key].show(METRICS[key].of(career.totals)) for career in (one, other))
        rows.append((label(key), *(f"{value} " for value in values)))
    head = ("", *(f"{_short(career.player)} " for career in (one, other)))
    return table(head, rows)


def _short(player: PlayerRef) -> str:
    return text.fit(text.cell(player.name, player.key), _NAME).rstrip()


def _rating_row(one: Career, other: Career) -> tuple[str, str, str]:
    a, b = (career.rating.shown if career.rating else None for career in (one, other))
    metric = METRICS["rating"]
    first, second = starred((metric.show(a), a), (metric.show(b), b), True)
    return metric.title, first, second


def _meetings(found: Comparison) -> list[str]:
    meeting = found.head_to_head
    first, second = (
        text.called(meeting.first.name, meeting.first.key),
        text.called(meeting.second.name, meeting.second.key),
    )
    against, together = meeting.opposed, meeting.together
    lines = []
    if against.rounds:
        lines.append(
            f"**Against each other** {text.counted(against.rounds, 'round')}: {first} won {against.won:,}, "
            f"{second} {against.lost:,} · DPM {METRICS['dpm'].show(against.first.dpm)} to "
            f"{METRICS['dpm'].show(against.second.dpm)} · matches {record(meeting.matches)}"
        )
    else:
        lines.append("They never stood **against each other** here.")
    if together.rounds:
        lines.append(
            f"**Together** {text.counted(together.rounds, 'round')}: {together.won:,} won, {together.lost:,} lost"
        )
    return lines
