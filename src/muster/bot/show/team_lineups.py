"""Line-ups: a player's teams, evening by evening or put together, and two players' teams against each other."""

from typing import Final

from muster.bot import text
from muster.bot.pages import Answer, Page, Table, in_pages, in_parts
from muster.bot.show.player_words import about, who
from muster.bot.show.team_words import cells, filled, iso, matches, nothing, percent, points, record
from muster.stats.values.teams import Lineup, Meeting, Night, TeamHistory, TeamsOf, Versus

_ENTRIES: Final = 6
"""Line-ups on a page, each with its names."""
_LINES: Final = 15
_HEAD: Final = ("W–D–L", "points")


def history(found: TeamHistory) -> Answer:
    """A line per match-up, the latest first, his mates under it."""
    title = f"Teams of {who(found.player)}, evening by evening"
    if not found.nights:
        return nothing(title, found.scope, _no_match(who(found.player)))
    head, *lines = text.table(("evening", "team", *_HEAD), [_night(night) for night in found.nights])
    entries = ["\n".join((line, *filled(_mates(night)))) for line, night in zip(lines, found.nights, strict=True)]
    left = f"the latest {len(found.nights)} of " if found.total > len(found.nights) else ""
    pages = in_pages(
        title,
        entries,
        head=(head,),
        above=about(found.scope, f"{left}{text.counted(found.total, 'match-up')}", "latest first"),
        footer="maps won, drawn, lost by his team; with whom, most matches first",
        rows=_ENTRIES,
    )
    return Answer(pages)


def _night(night: Night) -> tuple[str, ...]:
    number = f" #{night.match_up}" if night.match_up > 1 else ""
    return f"{iso(night.day)}{number}", night.team, record(night.tally.record), points(night.tally)


def _mates(night: Night) -> list[str]:
    """Mates, each with his matches where he did not play all of them."""
    names = cells(mate.player for mate in night.mates)
    shared = [mate.matches for mate in night.mates]
    told = [
        name if count == night.tally.matches else f"{name} ({count})" for name, count in zip(names, shared, strict=True)
    ]
    return told or ["alone"]


def teams_of(found: TeamsOf) -> Answer:
    """All line-ups with a player, put together: what came of them, with whom, and each one."""
    title = f"Teams of {who(found.player)}"
    if not found.lineups:
        return nothing(title, found.scope, _no_match(who(found.player)))
    head, *lines = text.table(("last", "n", *_HEAD), [_lineup(one) for one in found.lineups])
    entries = ["\n".join((line, *filled(cells(one.players)))) for line, one in zip(lines, found.lineups, strict=True)]
    tally = found.tally
    mates = ", ".join(f"{who(mate.player)} {mate.matches}" for mate in found.mates)
    above = [
        about(found.scope),
        f"**{matches(tally.matches)}** in {text.counted(found.sessions, 'session')}: {record(tally.record)}, "
        f"**{percent(tally.win_rate)}** won · points {points(tally)}",
        *([f"Most with {mates}"] if mates else []),
    ]
    left = f"the {len(found.lineups)} most frequent of " if found.total > len(found.lineups) else ""
    pages = in_pages(
        title,
        entries,
        head=(head,),
        above="\n".join(above),
        footer=f"{left}{text.counted(found.total, 'line-up')}, by matches (n); won: of matches that somebody won",
        rows=_ENTRIES,
    )
    return Answer(pages)


def _lineup(one: Lineup) -> tuple[str, ...]:
    return f"{one.last_played:%Y-%m-%d}", str(one.tally.matches), record(one.tally.record), points(one.tally)


def versus(found: Versus) -> Answer:
    """Two players' teams against each other: in all, by match-up, by map."""
    first, second = who(found.first), who(found.second)
    title = f"Teams of {first} vs {second}"
    tally = found.total.tally
    if not tally.matches:
        return nothing(title, found.scope, f"{first} and {second} never stood in different teams of a finished match.")
    above = (
        f"{about(found.scope)}\n**{matches(tally.matches)}**, as {first} sees them: {record(tally.record)}, "
        f"**{percent(tally.win_rate)}** won\npoints {points(tally)} · rounds {_rounds(found.total)}"
    )
    evenings = [(_evening(one), *_cells(one)) for one in found.match_ups]
    maps = [(text.cell(one.map), *_cells(one)) for one in found.maps]
    footer = "maps won, drawn, lost · won: of matches that somebody won"
    pages: list[Page] = []
    for label, rows in (("By evening", evenings), ("By map", maps)):
        head, *lines = text.table(("" if label == "By map" else "evening", *_HEAD, "rounds"), rows)
        pages += in_parts(title, [above, Table(tuple(lines), (head,))], footer=footer, label=label, rows=_LINES)
    return Answer(tuple(pages), views=True)


def _evening(one: Meeting) -> str:
    return iso(one.day) + (f" #{one.match_up}" if one.match_up > 1 else "")


def _cells(one: Meeting) -> tuple[str, ...]:
    return record(one.tally.record), points(one.tally), _rounds(one)


def _rounds(one: Meeting) -> str:
    return f"{one.rounds_won}:{one.rounds_lost}"


def _no_match(name: str) -> str:
    return f"{name} has no finished match here: a map played both ways, in a team."
