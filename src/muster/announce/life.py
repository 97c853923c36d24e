"""When an evening begins and ends: who is in voice, the schedule, commands, rounds and silence. Pure.

A state and something that happened at a moment make the next state, and what follows from it. The same news twice, or
the same evening told by two sources, makes one beginning and one end.
"""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

VOICE: Final = "voice"
SCHEDULE: Final = "schedule"
COMMAND: Final = "command"
ROUNDS: Final = "rounds"
SILENCE: Final = "silence"
LENGTH: Final = "length"
"""What begins an evening, and what ends it."""

LATE: Final = timedelta(minutes=15)
"""A scheduled beginning that was missed by more is left out."""


class Rules(msgspec.Struct, frozen=True):
    """`start` people in voice begin an evening, fewer than `end` for `delay` end it.

    `silence`: how long no round must have ended, `quiet`: nor have come. `at`: time of day it begins at, in `zone`.
    """

    start: int = 6
    end: int = 2
    delay: timedelta = timedelta(seconds=180)
    silence: timedelta = timedelta(minutes=60)
    quiet: timedelta = timedelta(minutes=10)
    longest: timedelta = timedelta(hours=24)
    at: time | None = None
    zone: str = "UTC"


class Evening(msgspec.Struct, frozen=True):
    """One that goes on. `last_round`: when its newest round ended; `last_file`: when a round of it was last stored.
    `held`: enough people were in voice that it ends when they leave.
    """

    since: datetime
    source: str
    last_round: datetime | None = None
    last_file: datetime | None = None
    held: bool = False


class State(msgspec.Struct, frozen=True):
    """What is known. `voice`: people in voice, None where nobody can tell; `low_since`: since when too few to go on,
    `thin_since`: since when too few to begin one; both while an evening goes on.
    `armed`: voice may begin an evening; after one ended over their heads, people have to leave first. `scheduled`: the
    last day the schedule was kept.
    """

    evening: Evening | None = None
    voice: int | None = None
    low_since: datetime | None = None
    thin_since: datetime | None = None
    armed: bool = True
    scheduled: date | None = None


class Voice(msgspec.Struct, frozen=True):
    """So many people are in voice; None: it can't be seen."""

    count: int | None


class Played(msgspec.Struct, frozen=True):
    """A round was stored that began and ended then."""

    began: datetime
    ended: datetime


class Asked(msgspec.Struct, frozen=True):
    """Somebody wants an evening to begin, or to end."""

    begin: bool


class Tick(msgspec.Struct, frozen=True):
    """Time has passed."""


Event = Voice | Played | Asked | Tick


class Began(msgspec.Struct, frozen=True):
    """An evening began."""

    since: datetime
    source: str


class Ended(msgspec.Struct, frozen=True):
    """It ended then."""

    until: datetime
    reason: str


Decision = Began | Ended


def step(state: State, event: Event, now: datetime, rules: Rules) -> tuple[State, tuple[Decision, ...]]:
    """The next state, and what was decided, in order. Rounds end nothing: only time and people do."""
    match event:
        case Voice():
            return _passing(_heard(state, event.count, now, rules), now, rules)
        case Tick():
            return _passing(state, now, rules)
        case Played():
            return _played(state, event, now)
        case Asked(begin=True):
            return (state, ()) if state.evening else _begun(state, now, COMMAND, rules)
        case Asked():
            return _over(state, now, COMMAND, rules) if state.evening else (state, ())


def _heard(state: State, count: int | None, now: datetime, rules: Rules) -> State:
    """Who is in voice now. What is not known changes nothing that was."""
    if count is None:
        return _with(state, voice=None)
    evening = state.evening
    low_since = (state.low_since or now) if evening is not None and count < rules.end else None
    if evening is not None and count >= rules.start:
        evening = _held(evening)
    thin_since = (state.thin_since or now) if evening is not None and count < rules.start else None
    armed = state.armed or count < rules.start
    return _with(state, voice=count, low_since=low_since, thin_since=thin_since, armed=armed, evening=evening)


def _passing(state: State, now: datetime, rules: Rules) -> tuple[State, tuple[Decision, ...]]:
    """What time brings: an end, the schedule's beginning, and that of voice."""
    decided: tuple[Decision, ...] = ()
    if state.evening is not None and (end := _end(state, state.evening, now, rules)) is not None:
        state, decided = _over(state, end.until, end.reason, rules)
    state, planned = _planned(state, now, rules)
    full = state.voice is not None and state.voice >= rules.start
    if state.evening is None and (planned is not None or (full and state.armed)):
        state, begun = _begun(state, now if planned is None else planned, SCHEDULE if planned else VOICE, rules)
        decided += begun
    return state, decided


def _end(state: State, evening: Evening, now: datetime, rules: Rules) -> Ended | None:
    """Whether an evening is over: everybody left voice, nobody has played for long, or it has lasted a day."""
    last = max(evening.since, evening.last_round or evening.since)
    if evening.held and state.voice is not None and state.low_since and now - state.low_since >= rules.delay:
        return Ended(max(state.low_since, last), VOICE)
    until = now if evening.last_round is None else last
    if now - evening.since >= rules.longest:
        return Ended(until, LENGTH)
    # As many as would begin an evening keep it open while they pause; before the first round it is theirs to end.
    full = state.voice is not None and (state.voice >= rules.start or (evening.held and evening.last_round is None))
    waited = evening.last_file is None or now - evening.last_file >= rules.quiet
    active = last if state.thin_since is None else max(last, state.thin_since)
    if not full and waited and now - active >= rules.silence:
        return Ended(until, SILENCE)
    return None


def _planned(state: State, now: datetime, rules: Rules) -> tuple[State, datetime | None]:
    """The schedule, once a day; its moment where an evening is to begin by it."""
    if rules.at is None:
        return state, None
    zone = ZoneInfo(rules.zone)
    day = now.astimezone(zone).date()
    moment = datetime.combine(day, rules.at, zone).astimezone(now.tzinfo)
    if state.scheduled == day or now < moment:
        return state, None
    kept = _with(state, scheduled=day)
    return kept, moment if state.evening is None and now - moment <= LATE else None


def _played(state: State, round_: Played, now: datetime) -> tuple[State, tuple[Decision, ...]]:
    decided: tuple[Decision, ...] = ()
    evening = state.evening
    if evening is None:
        evening = Evening(round_.began, ROUNDS)
        decided = (Began(round_.began, ROUNDS),)
    last = max(evening.last_round or round_.ended, round_.ended)
    since = min(evening.since, round_.ended)
    evening = msgspec.structs.replace(evening, since=since, last_round=last, last_file=now)
    return _with(state, evening=evening), decided


def _begun(state: State, since: datetime, source: str, rules: Rules) -> tuple[State, tuple[Decision, ...]]:
    full = state.voice is not None and state.voice >= rules.start
    evening = Evening(since, source, held=full)
    return _with(state, evening=evening), (Began(since, source),)


def _over(state: State, until: datetime, reason: str, rules: Rules) -> tuple[State, tuple[Decision, ...]]:
    """Voice may begin the next one only after people have left, or (unseen) are known to be fewer."""
    armed = state.voice is not None and state.voice < rules.start
    return _with(state, evening=None, low_since=None, thin_since=None, armed=armed), (Ended(until, reason),)


def _held(evening: Evening) -> Evening:
    return evening if evening.held else msgspec.structs.replace(evening, held=True)


def _with(state: State, **values: object) -> State:
    return msgspec.structs.replace(state, **values)


class Span(msgspec.Struct, frozen=True):
    """An evening by when it was; `until` is None while it goes on."""

    name: str
    since: datetime
    until: datetime | None


def owner(ended: datetime, spans: tuple[Span, ...], silence: timedelta) -> Span | None:
    """The evening a round that ended then belongs to: the last one it falls into, else the nearest one that no
    silence lies between; None where there is none.
    """
    within = [span for span in spans if span.since <= ended and (span.until is None or ended <= span.until)]
    if within:
        return max(within, key=lambda span: span.since)
    near = [(_apart(ended, span), span.name, span) for span in spans if _apart(ended, span) <= silence]
    return min(near)[2] if near else None


def _apart(ended: datetime, span: Span) -> timedelta:
    """How far a moment is from an evening."""
    if ended < span.since:
        return span.since - ended
    return timedelta() if span.until is None else max(ended - span.until, timedelta())
