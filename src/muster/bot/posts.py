"""What announces itself: rounds, maps and sessions as posts. Their footers tell in a channel which post is whose."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from muster.bot import text
from muster.bot.pages import DESCRIPTION, GREEN, Answer, Page
from muster.bot.show import match as match_page
from muster.bot.show import round as round_page
from muster.bot.show.player_progress import unlocked
from muster.bot.show.server import Standing, standings
from muster.bot.show.session import counts, picture, scores, when
from muster.bot.show.session_views import AWARDS, award
from muster.stats import live, matches, rounds, sessions, unlocks
from muster.stats.values import MatchPage, RoundPage, SessionOverview
from muster.stats.values.progress import Unlock
from muster.store import life, outbox
from muster.store.engine import Reader

_UNLOCKS: Final = DESCRIPTION - 200
"""Characters for what players reached; the rest says how many more there are."""


def round_post(page: RoundPage) -> Answer:
    """A round is complete: how it ended, both sides with everybody. One page, but for crowds no server holds."""
    title = f"🎮 Round {page.head.round} complete · {text.called(page.head.map)}"
    return Answer(round_page.pages(page, title, rows=DESCRIPTION))


def match_post(page: MatchPage) -> Answer:
    """A map is complete: the score, both rounds, the teams, the five who led."""
    return Answer(match_page.pages(page, f"🏁 Map complete · {text.called(page.map)}"))


def session_started_post(
    since: datetime, *, by: int | None = None, voice: int | None = None, about: str = ""
) -> Answer:
    """A session has begun: by whom (a user's id), with how many in voice. `about` is its id, if it has one."""
    parts = [
        f"Since {text.moment(since, 't')}",
        f"started by <@{by}>" if by is not None else "",
        f"{voice} in voice" if voice is not None else "",
    ]
    told = " · ".join(part for part in parts if part)
    return Answer((Page("🎮 Gaming session started", told, footer=text.plain(about), colour=GREEN),))


def session_ended_post(overview: SessionOverview) -> Answer:
    """A session is over: how long, how much, the score, who was best; with its picture where anything counts."""
    head = overview.head
    lines = [f"**{counts(overview)}**", f"-# {when(head)}", *scores(overview)]
    if overview.maps:
        most = overview.maps[0]
        lines.append(f"Most played map: **{text.called(most.map)}** {text.counted(most.rounds, 'round')}")
    lines += [f"{AWARDS[each.key]}: {award(each)}" for each in overview.awards]
    if not head.rounds:
        lines = ["No round was played.", f"-# {when(head)}"]
    elif not overview.players:
        lines.append("No round counts.")
    else:
        lines.append("-# `last_session` shows everything")
    page = Page("📊 Gaming session ended", "\n".join(lines), footer=text.plain(head.session_id)[:200])
    return Answer((page,), picture=picture(overview) if overview.players else None)


def unlocks_post(reached: Sequence[Unlock], about: str) -> Answer:
    """What players reached with new rounds, a line each; who no longer fits in is counted. `about`: the last file."""
    lines = unlocked(reached)
    most = len(lines)
    while len("\n".join(lines[:most])) > _UNLOCKS:
        most -= 1
    if most < len(lines):
        more = text.counted(len(lines) - most, "more player")
        lines = [*lines[:most], f"-# and {more}: `player_achievements NAME` shows what they reached"]
    return Answer((Page("🏆 Achievements", "\n".join(lines), footer=text.plain(about)),))


def pipeline_post(subject: Mapping[str, Any]) -> Answer:
    """What a pipeline tells of a message: its own words, with who, where and a link filled in."""
    user, channel = subject["user"], subject["channel"]
    on_discord = subject["platform"] == "discord"
    filled = str(subject["text"]).format(
        user=f"<@{user['key']}>" if on_discord else text.called(user["name"]),
        channel=f"<#{channel['key']}>" if on_discord else f"#{text.called(channel['name'])}",
        link=subject["link"],
    )
    return Answer((Page("🔔 " + str(subject["pipeline"]), filled),))


async def build(kind: str, subject: Mapping[str, Any], reader: Reader) -> Answer | None:
    """The post of a kind about a subject, as the outbox keeps them; None where the subject is gone.

    `round`: server, file · `match`: match_id · `session_end`: session_id · `session_start`: session_id, or `since`
    (ISO 8601 or seconds since 1970), with `by` (a user's id) and `voice` (how many) where they are known ·
    Both may name an `evening` instead, with the `zone` its summary is told in · `game_status`: `servers` and `at` ·
    `achievements`: file, `unlocks` as player's key, ladder and step · `pipeline`: pipeline, text, user, channel, link.
    Raises ValueError for a kind there is no post of.
    """
    match kind:
        case "round":
            page = await rounds.round_page(reader, subject["file"], subject.get("server"))
            return None if page is None else round_post(page)
        case "match":
            match_ = await matches.match_page(reader, subject["match_id"])
            return None if match_ is None else match_post(match_)
        case "session_end":
            overview = await _summed_up(subject, reader)
            return None if overview is None else session_ended_post(overview)
        case "achievements":
            reached = await unlocks.named(reader, subject["unlocks"])
            return unlocks_post(reached, subject["file"]) if reached else None
        case outbox.PIPELINE:
            return pipeline_post(subject)
        case "game_status":
            found = msgspec.convert(subject["servers"], tuple[Standing, ...], strict=False)
            return standings(found, _moment(subject["at"]))
        case "session_start":
            return await _started(subject, reader)
        case _:
            raise ValueError(f"there is no post of kind {kind!r}")


async def _summed_up(subject: Mapping[str, Any], reader: Reader) -> SessionOverview | None:
    """The session a summary is of: an evening over all servers, or what rounds of one server make of it."""
    if "evening" not in subject:
        return await sessions.session(reader, subject["session_id"])
    evening = await life.named(reader, subject["evening"])
    if evening is None or evening.until is None:
        return None
    zone = ZoneInfo(subject["zone"])
    return await live.since(reader, evening.since.astimezone(zone), evening.until.astimezone(zone))


async def _started(subject: Mapping[str, Any], reader: Reader) -> Answer | None:
    by, voice, about = subject.get("by"), subject.get("voice"), subject.get("session_id")
    if "evening" in subject:
        evening = await life.named(reader, subject["evening"])
        return None if evening is None else session_started_post(evening.since, by=by, voice=voice)
    if about is None:
        return session_started_post(_moment(subject["since"]), by=by, voice=voice)
    overview = await sessions.session(reader, about)
    if overview is None:
        return None
    return session_started_post(overview.head.started_at, by=by, voice=voice, about=about)


def _moment(value: str | float) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else datetime.fromtimestamp(value, UTC)
