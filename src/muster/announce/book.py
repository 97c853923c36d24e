"""The book of evenings: what `life` decides, stored together with the posts it calls for, in one transaction.

Whoever has news (the importer, the bot) tells them to the book within a transaction of its own. The writer's lock makes
them come one after another, so that two sources that say the same begin one evening.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final

import msgspec
import structlog

from muster.announce import life
from muster.announce.life import Began, Decision, Evening, Event, Played, Rules, Span, State, owner, step
from muster.config import Settings
from muster.store import life as rows
from muster.store import outbox
from muster.store.engine import Reader, Writer
from muster.store.life import EveningRow
from muster.store.outbox import Call

log = structlog.get_logger("muster.announce")

SESSION_START: Final = "session_start"
SESSION_END: Final = "session_end"
EVENING: Final = "evening"
"""What a subject names an evening by."""


class Book:
    """Keeps evenings and calls for their posts. `zone`: whose calendar a summary is on."""

    def __init__(self, channel_id: int, rules: Rules, zone: str = "UTC") -> None:
        self.rules = rules
        self._channel_id = channel_id
        self._zone = zone

    async def state(self, reader: Reader, voice: int | None = None) -> State:
        """What is known now, with so many people in voice."""
        row = await rows.going_on(reader)
        kept: Any = await rows.noted(reader) or {}
        state = msgspec.convert(kept, State)
        evening = None if row is None else Evening(row.since, row.source, row.last_round, row.last_file, row.held)
        return msgspec.structs.replace(state, evening=evening, voice=voice)

    async def tell(self, writer: Writer, events: Sequence[Event], now: datetime, voice: int | None) -> list[Decision]:
        """Takes in what happened; returns what was decided."""
        now = now.replace(microsecond=0)
        before = await self.state(writer, voice)
        row = await rows.going_on(writer)
        state, decided = before, list[Decision]()
        for event in events:
            state, new = step(state, event, now, self.rules)
            for decision in new:
                row = await self._enact(writer, row, decision, state, now)
            decided += new
        if state.evening is not None and row is not None:
            await rows.change(writer, _filled(row, state.evening))
        if _kept(state) != _kept(before):
            await rows.note(writer, msgspec.to_builtins(_kept(state)))
        return decided

    async def played(self, writer: Writer, rounds: Sequence[Played], now: datetime) -> None:
        """Takes in rounds that may be news: they belong to an evening, begin one, or made one that nobody noticed."""
        for each in sorted(rounds, key=lambda one: one.ended):
            found = await self._owner(writer, each)
            if found is not None and found.until is not None:
                await self._late(writer, found, each, now)
            elif found is not None or now - each.ended < self.rules.silence:
                await self.tell(writer, [each], now, None)
            else:
                await self._passed_by(writer, each, now)

    async def came_late(self, writer: Writer, rounds: Sequence[Played], now: datetime) -> None:
        """Takes in rounds that are no news any more: all they change is the summary of their evening."""
        for each in rounds:
            found = await self._owner(writer, each)
            if found is not None and found.until is not None:
                await self._late(writer, found, each, now)

    async def any_near(self, reader: Reader, first: datetime, last: datetime) -> bool:
        """Whether there is an evening that rounds of a span of time may belong to."""
        return bool(await rows.around(reader, first - self.rules.silence, last + self.rules.silence))

    async def _owner(self, reader: Reader, played: Played) -> EveningRow | None:
        gap = self.rules.silence
        near = await rows.around(reader, played.ended - gap, played.ended + gap)
        found = owner(played.ended, tuple(Span(row.name, row.since, row.until) for row in near), gap)
        return next((row for row in near if found is not None and row.name == found.name), None)

    async def _enact(
        self, writer: Writer, row: EveningRow | None, decision: Decision, state: State, now: datetime
    ) -> EveningRow | None:
        """One decision as rows. Returns the evening that goes on."""
        if isinstance(decision, Began):
            row = await rows.begin(writer, decision.since, decision.source)
            log.info("an evening began", evening=row.name, by=decision.source)
            await self._call(writer, SESSION_START, row, now, voice=state.voice)
            return row
        assert row is not None
        log.info("an evening ended", evening=row.name, by=decision.reason)
        until = max(decision.until, row.since)
        await rows.change(writer, msgspec.structs.replace(row, until=until, reason=decision.reason))
        await self._call(writer, SESSION_END, row, now)
        return None

    async def _late(self, writer: Writer, row: EveningRow, played: Played, now: datetime) -> None:
        """A round of an evening that is over: its summary is edited."""
        assert row.until is not None
        since = row.since if row.since <= played.ended else played.began
        last = max(played.ended, row.last_round or played.ended)
        times = {"since": since, "until": max(row.until, played.ended), "last_round": last, "last_file": now}
        await rows.change(writer, msgspec.structs.replace(row, **times))
        await outbox.revise(writer, [self._key(SESSION_END, row)], now)

    async def _passed_by(self, writer: Writer, played: Played, now: datetime) -> None:
        """An evening that is found when it is over is told by its summary alone."""
        row = await rows.begin(writer, played.began, life.ROUNDS, until=played.ended)
        times = {"reason": life.SILENCE, "last_round": played.ended, "last_file": now}
        await rows.change(writer, msgspec.structs.replace(row, **times))
        await self._call(writer, SESSION_END, row, now + self.rules.quiet)

    async def _call(self, writer: Writer, kind: str, row: EveningRow, due: datetime, **about: Any) -> None:
        subject = {EVENING: row.name, "zone": self._zone, **{key: value for key, value in about.items() if value}}
        await outbox.add(writer, [Call(self._key(kind, row), self._channel_id, kind, subject, due)], due)

    def _key(self, kind: str, row: EveningRow) -> str:
        return f"{kind}:{row.name}@{self._channel_id}"


def book_of(settings: Settings) -> Book | None:
    """What keeps evenings, as it is configured; None where they are what the rounds alone make of them."""
    if not settings.automation_enabled or settings.stats_channel_id is None:
        return None
    rules = Rules(
        start=settings.session_start_threshold,
        end=settings.session_end_threshold,
        delay=timedelta(seconds=settings.session_end_delay),
        at=time.fromisoformat(settings.session_start_at) if settings.session_start_at else None,
        zone=settings.session_timezone or settings.timezone,
    )
    return Book(settings.stats_channel_id, rules, settings.timezone)


def _kept(state: State) -> State:
    """What is kept beside the evening itself. Who is in voice is seen anew."""
    return msgspec.structs.replace(state, evening=None, voice=None)


def _filled(row: EveningRow, evening: Evening) -> EveningRow:
    times = {"since": evening.since, "last_round": evening.last_round, "last_file": evening.last_file}
    return msgspec.structs.replace(row, **times, held=evening.held)
