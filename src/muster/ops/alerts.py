"""Words to admins: one message for everything that goes wrong, opened, edited while it lasts, and closed."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, Protocol

import msgspec
import structlog

from muster.ops.health import Health, Level, State, Vital, known
from muster.store import incidents
from muster.store.engine import Store, StoreError
from muster.store.incidents import Incident

log = structlog.get_logger("muster.ops")

LOOK: Final = 3.0
"""Seconds between two looks at what is wrong."""

CALM: Final = timedelta(minutes=1)
"""How long something must be right again before it is said to be over."""

EDITED: Final = timedelta(minutes=5)
"""The least time between two edits of a message whose incident goes on."""

OLD: Final = timedelta(days=90)
GONE: Final = timedelta(days=1)
"""As long as incidents that are over are kept, and as long as a process that is silent is missed."""

AT_ONCE: Final = ("host key changed", "counted and not kept")
"""What is told without waiting whether it passes."""


class HeraldError(Exception):
    """A message could not be brought. `later`: another try may help, and it may have arrived."""

    def __init__(self, why: str, *, later: bool) -> None:
        super().__init__(why)
        self.later = later


class Herald(Protocol):
    """Who brings messages to the admins' channel. Every method raises HeraldError."""

    async def ready(self) -> None:
        """Waits until there is anybody to bring them to."""

    async def send(self, one: Incident) -> int:
        """Posts an incident; returns the message's id."""

    async def edit(self, one: Incident) -> None:
        """Makes its message say how it is now."""

    async def find(self, one: Incident) -> int | None:
        """The message of an incident, where it arrived."""


def wrong(state: State) -> dict[str, Vital]:
    """What is not as it has to be, by part."""
    return {vital.part: vital for vital in state.vitals if vital.level is not Level.OK}


class Hysteresis:
    """What has been wrong, or right again, for long enough. `after`: how long it must be wrong."""

    def __init__(self, after: timedelta, calm: timedelta = CALM) -> None:
        self._after = after
        self._calm = calm
        self._wrong: dict[str, datetime] = {}
        self._right: dict[str, datetime] = {}

    def opened(self, now: datetime, bad: Mapping[str, Vital]) -> list[str]:
        """Parts that are wrong for so long that somebody is to be told."""
        self._wrong = {part: self._wrong.get(part, now) for part in bad}
        return [
            part
            for part, since in self._wrong.items()
            if now - since >= self._after or any(sign in bad[part].detail for sign in AT_ONCE)
        ]

    def closed(self, now: datetime, bad: Mapping[str, Vital], told: Sequence[str]) -> list[str]:
        """Of the parts that were told those that are right for so long that it is over."""
        self._right = {part: self._right.get(part, now) for part in told if part not in bad}
        return [part for part, since in self._right.items() if now - since >= self._calm]


class Alerts:
    """Tells admins. What was told is kept in the database, so that a restart neither repeats nor forgets it."""

    def __init__(
        self,
        health: Health,
        store: Store,
        herald: Herald,
        channel: int,
        after: timedelta,
        *,
        process: str = "run",
        calm: timedelta = CALM,
    ) -> None:
        self._health = health
        self._store = store
        self._herald = herald
        self._channel = channel
        self._process = process
        self._hysteresis = Hysteresis(after, calm)
        self._ours: dict[str, Incident] | None = None
        self._unsaved: set[str] = set()
        self._edited: dict[str, datetime] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Tells what is wrong until it is stopped."""
        while not stop.is_set():
            await self.step()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK)

    async def step(self) -> None:
        """Looks once, keeps what changed, and brings what is to be told."""
        if self._ours is None and not await self._load():
            return
        assert self._ours is not None
        now = self._health.clock().replace(microsecond=0)
        bad = wrong(self._health.latest) | await self._others(now)
        going_on = {one.key: one for one in self._ours.values() if one.closed is None}
        for part in self._hysteresis.opened(now, bad):
            if part not in going_on:
                self._keep(self._new(bad[part], now))
        for part, one in going_on.items():
            if part in bad:
                told = bad[part]
                self._keep(msgspec.structs.replace(one, title=_title(told), detail=told.detail, cure=told.cure))
        for part in self._hysteresis.closed(now, bad, list(going_on)):
            self._keep(msgspec.structs.replace(going_on[part], closed=now))
        await self._save()
        for one in list(self._ours.values()):
            await self._bring(one, now)
        await self._save()

    def _new(self, vital: Vital, now: datetime) -> Incident:
        # As Discord gives it back in a footer.
        printable = "".join(char if char.isprintable() else " " for char in vital.part.replace("·", "-"))
        name = f"{' '.join(printable.split())} {now:%Y-%m-%d %H:%M:%S}"
        log.warning("something is wrong", part=vital.part, what=vital.detail, cure=vital.cure)
        return Incident(name, vital.part, self._channel, _title(vital), vital.detail, vital.cure, now)

    def _keep(self, one: Incident) -> None:
        assert self._ours is not None
        if self._ours.get(one.id) != one:
            self._ours[one.id] = one
            self._unsaved.add(one.id)

    async def _load(self) -> bool:
        try:
            async with self._store.write() as writer:
                await incidents.forget(writer, self._health.clock() - OLD)
                found = await incidents.unfinished(writer)
        except StoreError:
            return False
        self._ours = {one.id: one for one in found}
        return True

    async def _save(self) -> None:
        """What can't be saved now is saved later: that the database is away must be told all the same."""
        assert self._ours is not None
        self._health.figures["muster_incidents_open"] = float(sum(one.closed is None for one in self._ours.values()))
        if not self._unsaved:
            return
        with suppress(StoreError):
            async with self._store.write() as writer:
                for name in self._unsaved:
                    await incidents.put(writer, self._ours[name])
            self._unsaved.clear()
            over = [one.id for one in self._ours.values() if one.closed is not None and one.shown == one.words]
            for name in over:
                del self._ours[name]

    async def _others(self, now: datetime) -> dict[str, Vital]:
        """What is wrong with the other processes of this database."""
        found: dict[str, Vital] = {}
        with suppress(StoreError):
            async with self._store.read() as reader:
                others = [one for one in await known(reader, now) if one.process != self._process]
            for one in others:
                silent = now - one.state.taken_at
                if not one.silent:
                    found |= {part: vital for part, vital in wrong(one.state).items() if part != "database"}
                elif silent < GONE:
                    what = f"silent since {one.state.taken_at:%Y-%m-%d %H:%M} UTC"
                    found[one.process] = Vital(one.process, Level.FAILING, None, None, what, "start it again")
        return found

    async def _bring(self, one: Incident, now: datetime) -> None:
        """Brings the message of an incident up to date, as far as that is due."""
        if one.shown == one.words:
            return
        if one.shown and one.closed is None and now - self._edited.get(one.id, one.opened) < EDITED:
            return
        try:
            if one.message_id is None and one.tried:
                one = msgspec.structs.replace(one, message_id=await self._herald.find(one))
            if one.message_id is None:
                self._keep(msgspec.structs.replace(one, tried=True))
                await self._save()
                one = msgspec.structs.replace(one, tried=True, message_id=await self._herald.send(one))
            else:
                await self._herald.edit(one)
        except HeraldError as error:
            if error.later:
                return
            log.warning("admins can't be told", incident=one.id, error=str(error))
        self._edited[one.id] = now
        self._keep(msgspec.structs.replace(one, shown=one.words))


def _title(vital: Vital) -> str:
    return f"{vital.part} is {vital.level}"
