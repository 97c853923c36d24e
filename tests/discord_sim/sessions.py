"""A gateway session: numbers its events, keeps the last ones for RESUME, outlives its connections."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice

from tests.discord_sim.events import Event

Send = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Beat:
    """A heartbeat: seconds since the one before (or HELLO), and how much later than asked for."""

    at: float
    session: str
    gap: float
    late: float


@dataclass(eq=False)
class Session:
    id: str
    shard: int
    shards: int
    intents: int
    buffer_size: int
    sequence: int = 0
    send: Send | None = None  # the connection's, while there is one
    parted_at: float | None = None  # monotonic; when it lost its connection
    valid: bool = True
    replayed: int = 0
    acknowledged: int = 0  # the last sequence a heartbeat named
    _buffer: deque[bytes] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self._buffer = deque(maxlen=self.buffer_size)

    @property
    def connected(self) -> bool:
        return self.send is not None

    def wants(self, event: Event) -> bool:
        shard = 0 if event.guild_id is None else (event.guild_id >> 22) % self.shards
        needed = event.intents
        return shard == self.shard and (not needed or bool(needed & self.intents))

    def push(self, event: Event) -> None:
        """Number an event, keep it, and send it if somebody listens."""
        self.sequence += 1
        frame = event.frame(self.sequence, self.intents)
        self._buffer.append(frame)
        if self.send is not None:
            self.send(frame)

    def missed_after(self, sequence: int) -> list[bytes] | None:
        """The events after a sequence number; None if some of them are no longer kept."""
        missing = self.sequence - sequence
        if missing > len(self._buffer):
            return None
        return list(islice(self._buffer, len(self._buffer) - missing, None))

    def attach(self, send: Send) -> None:
        self.send, self.parted_at = send, None

    def part(self, send: Send) -> None:
        """The connection is gone; a newer one of the same session stays."""
        if self.send == send:
            self.send, self.parted_at = None, time.monotonic()

    def invalidate(self) -> None:
        self.valid = False
        self._buffer.clear()
