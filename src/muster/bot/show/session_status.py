"""What is going on right now: the session, who is in voice, the score, the last file, what is watched."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec

from muster.bot import text
from muster.bot.manual import Started
from muster.bot.pages import BLUE, GREEN, Answer, Table, in_parts
from muster.bot.show import folders
from muster.bot.show.match import listed
from muster.bot.show.session import counts, scores
from muster.stats import words
from muster.stats.live import PAUSE
from muster.stats.values import RoundHead, SessionOverview

_BEGINNERS: Final = {"voice": "by people in voice", "schedule": "by the schedule", "rounds": "by a round"}
_EMPTY: Final = "No round has been imported so far."


class VoiceRoom(msgspec.Struct, frozen=True):
    """A voice channel with somebody in it: names as they are to be shown, without bots."""

    channel: str
    people: tuple[str, ...]


class Status(msgspec.Struct, frozen=True):
    """`played` is what was played since `started`, else the last gaming session. `last` is the last round.

    `voice` is None where there is no server to look at. `watching` are the folders files are fetched from.
    """

    now: datetime
    started: Started | None
    played: SessionOverview | None
    last: RoundHead | None
    voice: tuple[VoiceRoom, ...] | None
    watching: tuple[folders.Folder, ...]

    @property
    def going_on(self) -> bool:
        """Whether a session is going on: somebody began one, or rounds are coming in."""
        return self.started is not None or (self.last is not None and self.now - self.last.played_at <= PAUSE)


def status(now: Status) -> Answer:
    """The page."""
    parts: list[str | Table] = [_state(now), *_played(now), *_voice(now), _last(now), *_watching(now)]
    title = "A gaming session is on" if now.going_on else "No gaming session is on"
    footer = text.plain(now.played.head.session_id) if now.played is not None else ""
    return Answer(in_parts(title, parts, footer=footer[:200], colour=GREEN if now.going_on else BLUE))


def _state(now: Status) -> str:
    if now.started is not None:
        since = now.started.since
        whom = _BEGINNERS.get(now.started.source, "by hand")
        if now.started.by is not None:
            whom = f"by <@{now.started.by}> in <#{now.started.channel}>"
        return f"Started {whom} {text.moment(since, 'R')}, at {text.moment(since, 't')}. `session_end` ends it."
    if now.last is None:
        return f"{_EMPTY} `session_start` starts a session."
    if now.going_on and now.played is not None:
        return f"Nobody started it, but rounds are coming in since {text.moment(now.played.head.started_at, 't')}."
    return f"Nobody has played since {text.moment(now.last.played_at, 'R')}. `session_start` starts a session."


def _played(now: Status) -> Iterator[str]:
    played = now.played
    if played is None or not played.head.rounds:
        if now.started is not None:
            yield "No round since then."
        return
    yield f"**{'So far' if now.going_on else 'Last session'}** {counts(played)}"
    if not now.going_on:
        yield from scores(played)
        return
    current = played.played[-1]
    yield from (
        line for up, line in zip(played.match_ups, scores(played), strict=True) if up.match_up == current.match_up
    )
    if current.first is not None and current.second is None:
        waiting = "; round 2 is next" if current.first.status == "single" else ""
        yield f"**{text.called(current.map)}** round 1 {words.told(current.first)}{waiting}"


def _voice(now: Status) -> Iterator[str]:
    if now.voice is None:
        return
    count = sum(len(room.people) for room in now.voice)
    yield f"**In voice** {count if count else 'nobody'}"
    for room in now.voice:
        yield from listed(f"{text.called(room.channel)}: ", room.people)


def _last(now: Status) -> str:
    if now.last is None:
        return "**Last file** none"
    return f"**Last file** `{text.cell(now.last.file)}` {text.moment(now.last.played_at, 'R')}"


def _watching(now: Status) -> Iterator[str]:
    if not now.watching:
        yield "-# No folder is watched: no game server in the settings names one."
    for folder in now.watching:
        yield folders.line(folder, now.now)
