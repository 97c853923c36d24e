"""How every part is: when it last did its work, and how far behind it is. One small interface for all of them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from muster.store import health
from muster.store.engine import Reader, Store, StoreError

EVERY: Final = 10.0
"""Seconds between two looks at every part."""

SILENT: Final = timedelta(seconds=60)
"""A program that has noted nothing for so long does not run, or hangs."""


class Level(StrEnum):
    """How a part is."""

    OK = "ok"
    LAGGING = "lagging"
    FAILING = "failing"


class Vital(msgspec.Struct, frozen=True):
    """How one part is: `done` when it last succeeded, `lag` in seconds; what is wrong and what would help."""

    part: str
    level: Level = Level.OK
    done: datetime | None = None
    lag: float | None = None
    detail: str = ""
    cure: str = ""


class State(msgspec.Struct, frozen=True):
    """How the program is. `figures` are those of ops/metrics.py that are looked up, by name."""

    taken_at: datetime
    started_at: datetime
    vitals: tuple[Vital, ...]
    figures: dict[str, float]

    @property
    def ok(self) -> bool:
        """Whether no part fails."""
        return all(vital.level is not Level.FAILING for vital in self.vitals)


class Sign:
    """What a part shows of itself. `lag` tells how far behind it is, and from `most` seconds on that is too far."""

    def __init__(
        self,
        part: str,
        lag: Callable[[], float | None] = lambda: None,
        most: float = 120.0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._part = part
        self.lag = lag
        self._most = most
        self._clock = clock
        self._done: datetime | None = None
        self._trouble = ("", "")

    def done(self) -> None:
        """It did its work, just now."""
        self._done = self._clock()
        self._trouble = ("", "")

    def failed(self, detail: str, cure: str = "") -> None:
        """It could not, and why; it is failing until it is done again."""
        self._trouble = (detail, cure)

    def vital(self) -> Vital:
        """How it is now."""
        lag = self.lag()
        level = Level.FAILING if self._trouble[0] else Level.OK if lag is None or lag <= self._most else Level.LAGGING
        detail = self._trouble[0] or ("" if level is Level.OK else f"{lag:,.0f} s behind")
        return Vital(self._part, level, self._done, lag, detail, self._trouble[1])


class Behind:
    """How long something has waited without any progress: 0 while nothing waits, or some of it went."""

    def __init__(self, waiting: Callable[[], int], gone: Callable[[], int], tick: Callable[[], float]) -> None:
        self._waiting = waiting
        self._gone = gone
        self._tick = tick
        self._since = tick()
        self._before = gone()

    def __call__(self) -> float:
        """Seconds."""
        gone = self._gone()
        if not self._waiting() or gone != self._before:
            self._since, self._before = self._tick(), gone
        return self._tick() - self._since


Look = Callable[[datetime], Awaitable[Iterable[Vital]]]
"""How parts are that have to be asked. It may put figures beside."""


class Health:
    """How every part of this process is. `figures` is filled by those who look."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.clock = clock
        self.figures: dict[str, float] = {}
        self._started = clock()
        self._signs: list[Sign] = []
        self._looks: list[Look] = []
        self.latest = State(clock(), clock(), (), {})

    def part(self, name: str, lag: Callable[[], float | None] = lambda: None, most: float = 120.0) -> Sign:
        """The sign of a part."""
        sign = Sign(name, lag, most, self.clock)
        self._signs.append(sign)
        return sign

    def look(self, look: Look) -> None:
        """Asks this, too, whenever it is looked."""
        self._looks.append(look)

    async def take(self) -> State:
        """How everything is now."""
        now = self.clock()
        vitals = [sign.vital() for sign in self._signs]
        for look in self._looks:
            vitals += await look(now)
        self.latest = State(now, self._started, tuple(vitals), dict(self.figures))
        return self.latest


class Checkup:
    """Looks every few seconds, and keeps what it saw in the database, for `muster health` and the bot."""

    def __init__(self, health: Health, store: Store, process: str = "run", every: float = EVERY) -> None:
        self._health = health
        self._store = store
        self._process = process
        self._every = every

    async def run(self, stop: asyncio.Event) -> None:
        """Looks until it is stopped."""
        while not stop.is_set():
            state = await self._health.take()
            with suppress(StoreError):
                async with self._store.write() as writer:
                    await health.note(writer, self._process, state.taken_at, msgspec.json.encode(state).decode())
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._every)


class Known(msgspec.Struct, frozen=True):
    """What is known of a process: `silent` where it noted nothing of late."""

    process: str
    state: State
    silent: bool


async def known(reader: Reader, now: datetime) -> list[Known]:
    """How every process was when it last noted it."""
    return [
        Known(process, msgspec.json.decode(text, type=State), now - noted > SILENT)
        for process, noted, text in await health.noted(reader)
    ]
