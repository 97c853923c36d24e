"""What can go wrong on purpose: REST answers, deliveries, latency. Everything random comes from one seed.

with sim.faults.too_many_requests(0.3): …            # 429 rain
with sim.faults.errors(0.1, statuses=(500, 503)): …
with sim.faults.swallow(times=1) as fault: …          # done, but never answered
sim.faults.deliveries.lose = 0.01
"""

import random
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import TracebackType

from tests.discord_sim.events import Event

CREATE_MESSAGE = "POST /channels/{channel}/messages"


class Harm(Enum):
    LATENCY = "answered later"
    REFUSE = "the connection is reset before anything was done"
    ERROR = "5xx before anything was done"
    TOO_MANY = "429 before anything was done"
    SWALLOW = "done, then the connection is reset instead of an answer"
    ERROR_AFTER = "done, then answered with 5xx"


@dataclass(eq=False)
class Fault:
    """One thing that goes wrong, with a probability and for at most so many times. Ends with its `with` block."""

    faults: "Faults"
    harm: Harm
    probability: float
    times: int | None
    route: str | None  # as "POST /channels/{channel}/messages"; None: every route
    statuses: Sequence[int] = (500,)
    seconds: tuple[float, float] = (0.0, 0.0)
    is_global: bool = False
    hits: int = 0

    def strikes(self, route: str, dice: random.Random) -> bool:
        if self.route not in {None, route} or (self.times is not None and self.hits >= self.times):
            return False
        if self.probability < 1 and dice.random() >= self.probability:
            return False
        self.hits += 1
        return True

    def stop(self) -> None:
        if self in self.faults.active:
            self.faults.active.remove(self)

    def __enter__(self) -> "Fault":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@dataclass
class Deliveries:
    """Gateway events that get lost (no RESUME brings them back), come twice, or come late: probabilities."""

    dice: random.Random
    lose: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    window: int = 5  # an event that comes late comes after 1 to this many others
    names: frozenset[str] = frozenset({"MESSAGE_CREATE"})
    lost: int = 0
    duplicated: int = 0
    reordered: int = 0
    _held: deque[tuple[int, Event]] = field(default_factory=deque)

    def alter(self, event: Event) -> Iterable[Event]:
        if not (self.lose or self.duplicate or self.reorder or self._held):
            return (event,)
        return list(self._altered(event))

    def flush(self) -> Iterator[Event]:
        """The events still held back."""
        while self._held:
            yield self._held.popleft()[1]

    def _altered(self, event: Event) -> Iterator[Event]:
        if event.name not in self.names:
            yield event
        elif self.dice.random() < self.lose:
            self.lost += 1
        elif self.dice.random() < self.reorder:
            self.reordered += 1
            self._held.append((self.dice.randint(1, self.window), event))
            return
        else:
            yield event
            if self.dice.random() < self.duplicate:
                self.duplicated += 1
                yield event
        waiting = [(wait - 1, held) for wait, held in self._held]
        self._held = deque((wait, held) for wait, held in waiting if wait > 0)
        yield from (held for wait, held in waiting if wait <= 0)


class Faults:
    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.active: list[Fault] = []
        self.deliveries = Deliveries(random.Random(seed + 1))

    def too_many_requests(
        self,
        probability: float = 1.0,
        *,
        times: int | None = None,
        route: str | None = None,
        retry_after: tuple[float, float] = (0.05, 0.2),
        is_global: bool = False,
    ) -> Fault:
        """429 rain. `retry_after`: seconds, drawn between the two."""
        fault = Fault(self, Harm.TOO_MANY, probability, times, route, seconds=retry_after, is_global=is_global)
        return self._start(fault)

    def errors(
        self,
        probability: float = 1.0,
        *,
        times: int | None = None,
        route: str | None = None,
        statuses: Sequence[int] = (500, 502, 503, 504),
        after: bool = False,
    ) -> Fault:
        """5xx rain; `after`: the work is done all the same."""
        return self._start(Fault(self, Harm.ERROR_AFTER if after else Harm.ERROR, probability, times, route, statuses))

    def swallow(
        self, probability: float = 1.0, *, times: int | None = None, route: str | None = CREATE_MESSAGE
    ) -> Fault:
        """Do what is asked, then reset the connection instead of answering."""
        return self._start(Fault(self, Harm.SWALLOW, probability, times, route))

    def refuse(self, probability: float = 1.0, *, times: int | None = None, route: str | None = None) -> Fault:
        """Reset the connection before anything is done."""
        return self._start(Fault(self, Harm.REFUSE, probability, times, route))

    def latency(self, least: float, most: float | None = None, *, route: str | None = None) -> Fault:
        """Answer later by so many seconds, drawn between the two."""
        seconds = (least, least if most is None else most)
        return self._start(Fault(self, Harm.LATENCY, 1.0, None, route, seconds=seconds))

    def stop(self) -> None:
        """No more faults."""
        self.active.clear()
        self.deliveries.lose = self.deliveries.duplicate = self.deliveries.reorder = 0.0

    def strike(self, route: str) -> dict[Harm, Fault]:
        """What happens to this request."""
        struck: dict[Harm, Fault] = {}
        for fault in self.active:
            if fault.harm not in struck and fault.strikes(route, self.dice):
                struck[fault.harm] = fault
        return struck

    def seconds(self, fault: Fault) -> float:
        return self.dice.uniform(*fault.seconds)

    def _start(self, fault: Fault) -> Fault:
        self.active.append(fault)
        return fault
