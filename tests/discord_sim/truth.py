"""What really happened, to be compared with what a bot counted and posted."""

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from tests.discord_sim.model import Channel, Message
from tests.discord_sim.wire import time_of


@dataclass(frozen=True, slots=True)
class Created:
    """A message as it was made. `kind`: user, bot (the bot under test), webhook, system or other_bot."""

    id: int
    channel_id: int
    parent_id: int | None  # of a thread
    guild_id: int | None
    author_id: int
    kind: str
    nonce: str | int | None

    @property
    def at(self) -> datetime:
        return time_of(self.id)


@dataclass(frozen=True, slots=True)
class Request:
    """A REST call and its answer; status 0: none was given."""

    at: float  # seconds since the epoch
    route: str
    path: str
    status: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Moved:
    """Somebody is in a voice channel, or (None) in none, from a moment (milliseconds) on."""

    guild_id: int
    user_id: int
    channel_id: int | None
    at: int


@dataclass
class Truth:
    created: list[Created] = field(default_factory=list)
    edited: list[int] = field(default_factory=list)
    deleted: list[int] = field(default_factory=list)
    deduplicated: list[int] = field(default_factory=list)  # ids given back for a nonce seen before
    calls: Counter[str] = field(default_factory=Counter)  # by route, also those that were refused
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    requests: deque[Request] = field(default_factory=lambda: deque(maxlen=100_000))
    unknown: Counter[str] = field(default_factory=Counter)  # routes this simulator does not have
    validation: list[str] = field(default_factory=list)  # bodies refused with 400
    voice: list[Moved] = field(default_factory=list)
    clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000  # milliseconds; what voice goes by

    def message(self, message: Message, channel: Channel, bot_id: int) -> None:
        kind = "user"
        if message.webhook_id is not None and message.author.id != bot_id:
            kind = "webhook"
        elif message.type not in {0, 19, 20, 23}:
            kind = "system"
        elif message.author.bot:
            kind = "bot" if message.author.id == bot_id else "other_bot"
        parent = channel.parent_id if channel.is_thread else None
        made = Created(message.id, message.channel_id, parent, message.guild_id, message.author.id, kind, message.nonce)
        self.created.append(made)

    def moved(self, guild_id: int, user_id: int, channel_id: int | None) -> None:
        self.voice.append(Moved(guild_id, user_id, channel_id, self.clock()))

    def stays(self) -> list[tuple[int, int, int, int]]:
        """Who (user) was in which voice channel from when to when, up to now."""
        now: dict[int, Moved] = {}
        found: list[tuple[int, int, int, int]] = []
        for moved in [*self.voice, *(Moved(0, user, None, self.clock()) for user in {m.user_id for m in self.voice})]:
            before = now.pop(moved.user_id, None)
            if before is not None and before.channel_id is not None:
                found.append((moved.user_id, before.channel_id, before.at, moved.at))
            now[moved.user_id] = moved
        return found

    def request(self, one: Request) -> None:
        self.calls[one.route] += 1
        self.statuses[one.route, one.status] += 1
        self.requests.append(one)

    def by_users(self, since: int = 0) -> list[Created]:
        """What people wrote, deleted or not, with ids above `since`."""
        return [made for made in self.created if made.kind == "user" and made.id > since]

    def by_bot(self) -> list[Created]:
        return [made for made in self.created if made.kind == "bot"]

    def per_channel(self) -> Counter[int]:
        return Counter(made.channel_id for made in self.by_users())

    def per_author(self) -> Counter[int]:
        return Counter(made.author_id for made in self.by_users())
