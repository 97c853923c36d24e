"""A gaming session: the evening at a glance, and every other view of it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Final

from muster.bot import text
from muster.bot.pages import Answer, Page, Picture, Table, in_parts, said
from muster.bot.refusals import Refused
from muster.bot.show import session_csv, session_maps, session_views
from muster.bot.show.match import roster, score
from muster.charts import pictures
from muster.stats.values import MatchUp, SessionHead, SessionOverview

PICTURE: Final = "session.png"
ROWS: Final = 22
"""Lines of tables on one page: a phone's screen."""


def session(overview: SessionOverview | None, view: str = "overview") -> Answer:
    """All views of a session, one of them shown first."""
    if overview is None:
        return said("No session yet", "No round has been imported so far; `sync_all` imports what the servers have.")
    upload = session_csv.upload(overview)
    pages: list[Page] = []
    places: dict[str, int] = {}
    for name, parts in VIEWS.items():
        places[name] = len(pages)
        file = {"overview": PICTURE, "graphs": PICTURE, "csv": upload.file}.get(name, "")
        if file == PICTURE and not overview.players:
            file = ""
        title = day_title(overview.head) if name == "overview" else f"{day_title(overview.head)} · {name}"
        footer = text.plain(overview.head.session_id)
        pages += in_parts(title, parts(overview), footer=footer, label=name, file=file, rows=ROWS)
    return Answer(tuple(pages), picture=picture(overview), upload=upload, views=True, at=places[view])


def find_view(words: str | None) -> str:
    """The view a text means: its name, or how that begins. Raises Refused."""
    wanted = (words or "overview").strip().lower()
    if wanted in VIEWS:
        return wanted
    found = [name for name in VIEWS if name.startswith(wanted)]
    if len(found) != 1:
        raise Refused(f"There is no view “{text.called(wanted)}”; say {', '.join(VIEWS)}.")
    return found[0]


def picture(overview: SessionOverview) -> Picture:
    """The six-panel picture."""
    return Picture(PICTURE, pictures.session_picture, (overview,))


def day_title(head: SessionHead) -> str:
    """`Session of Sun 2025-10-26`, on the server's own calendar."""
    return f"Session of {weekday(head.day)}"


def weekday(day: int) -> str:
    """YYYYMMDD as Sun 2025-10-26."""
    return f"{date(day // 10000, day // 100 % 100, day % 100):%a %Y-%m-%d}"


def when(head: SessionHead) -> str:
    """From when to when, and how long."""
    began_at = head.ended_at - timedelta(seconds=head.seconds)
    return f"{text.moment(began_at)} – {text.moment(head.ended_at, 't')} · {text.span(head.seconds)}"


def counts(overview: SessionOverview) -> str:
    """Rounds, maps and players."""
    head = overview.head
    found = ((head.rounds, "round"), (len(overview.played), "map"), (head.players, "player"))
    return " · ".join(text.counted(count, noun) for count, noun in found)


def scores(overview: SessionOverview) -> Iterator[str]:
    """The score of each match-up."""
    several = len(overview.match_ups) > 1
    for up in overview.match_ups:
        drawn = f", {up.maps_drawn} drawn" if up.maps_drawn else ""
        before = f"Match-up {up.match_up}: " if several else ""
        yield f"{before}{score(up.score_a, up.score_b)} · maps {up.maps_won_a} : {up.maps_won_b}{drawn}"


def _overview(overview: SessionOverview) -> list[str | Table]:
    parts: list[str | Table] = [
        f"**{counts(overview)}**",
        f"-# {text.called(overview.head.server)} · {when(overview.head)}",
    ]
    for up, line in zip(overview.match_ups, scores(overview), strict=True):
        parts += [line, *_rosters(up)]
    if not overview.match_ups:
        parts.append("No map was played both ways: no team score.")
    return [*parts, *session_maps.table(overview), *_awards(overview)]


def _rosters(up: MatchUp) -> list[str]:
    return [*roster("A", up.team_a), *roster("B", up.team_b)]


def _awards(overview: SessionOverview) -> list[str]:
    return [f"{session_views.AWARDS[award.key]}: {session_views.award(award)}" for award in overview.awards]


def _graphs(overview: SessionOverview) -> list[str | Table]:
    return [f"-# {when(overview.head)}"] if overview.players else ["Nobody has a round that counts."]


def _csv(overview: SessionOverview) -> list[str | Table]:
    count = len(overview.players)
    return [
        f"{text.counted(count, 'player')}, a row each; {len(session_csv.COLUMNS)} columns; what is unknown is empty."
    ]


VIEWS: Final[Mapping[str, Callable[[SessionOverview], list[str | Table]]]] = {
    "overview": _overview,
    "players": session_views.players,
    "top": session_views.top,
    "combat": session_views.combat,
    "objectives": session_views.objectives,
    "weapons": session_views.weapons,
    "support": session_views.support,
    "sprees": session_views.sprees,
    "maps": lambda overview: [*session_views.maps(overview), *session_maps.table(overview)],
    "graphs": _graphs,
    "csv": _csv,
}
"""What of a session can be seen, by name, in the order of the menu."""
