"""The gateway: sessions, who is connected, and the ways a connection can be lost."""

import asyncio
import secrets
import time
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Iterable
from enum import Enum

from aiohttp import web

from tests.discord_sim import payload
from tests.discord_sim.compression import compressor
from tests.discord_sim.connection import Connection, Op
from tests.discord_sim.events import Event
from tests.discord_sim.sessions import Beat, Session
from tests.discord_sim.settings import Settings
from tests.discord_sim.signals import Signal
from tests.discord_sim.world import World


class Drop(Enum):
    """How a connection is lost, and what becomes of its session."""

    RESET = "the TCP connection is reset; RESUME works"
    CLOSE = "closed with 4000; RESUME works"
    RECONNECT = "op 7; RESUME works"
    LOST = "the TCP connection is reset and the session is gone: RESUME gets op 9"
    INVALID = "op 9, not resumable: what happens until the next IDENTIFY is never sent"
    INVALID_RESUMABLE = "op 9, resumable"


class Gateway:
    def __init__(self, world: World, settings: Settings, alter: Callable[[Event], Iterable[Event]]) -> None:
        self.world = world
        self.settings = settings
        self.url = ""
        self.sessions: dict[str, Session] = {}
        self.connections: set[Connection] = set()
        self.beats: deque[Beat] = deque(maxlen=10_000)
        self.counts: Counter[str] = Counter()  # connects, identifies, resumes, invalid sessions, closes by code …
        self.identified_at: dict[int, float] = {}
        self.changed = Signal()  # at every IDENTIFY and RESUME
        self._alter = alter
        self._tasks: set[asyncio.Task[None]] = set()

    # Towards the clients

    def dispatch(self, event: Event) -> None:
        for altered in self._alter(event):
            for session in self.sessions.values():
                if session.wants(altered):
                    session.push(altered)

    @property
    def connected(self) -> bool:
        return any(session.connected for session in self.sessions.values())

    @property
    def worst_lateness(self) -> float:
        """Seconds by which the latest of all heartbeats came too late."""
        return max((beat.late for beat in self.beats), default=0.0)

    def drop(self, how: Drop = Drop.RESET, shard: int | None = None) -> int:
        """Lose every connection with a session (of one shard). How many there were."""
        chosen = [c for c in self.connections if c.session is not None and shard in {None, c.session.shard}]
        for connection in chosen:
            assert connection.session is not None
            self.counts[f"drop {how.name}"] += 1
            if how in {Drop.LOST, Drop.INVALID}:
                self.forget(connection.session)
            match how:
                case Drop.RESET | Drop.LOST:
                    connection.abort()
                case Drop.CLOSE:
                    self._later(connection.close(4000))
                case Drop.RECONNECT:
                    connection.op(Op.RECONNECT)
                case Drop.INVALID | Drop.INVALID_RESUMABLE:
                    connection.op(Op.INVALID_SESSION, how is Drop.INVALID_RESUMABLE)
        return len(chosen)

    def forget(self, session: Session) -> None:
        """The session is gone: nothing more is sent to it, and RESUME is refused."""
        session.invalidate()
        self.sessions.pop(session.id, None)

    async def ping(self, within: float = 10.0) -> float:
        """Ask every client for a heartbeat now (op 1): the seconds until the slowest one answered."""
        began = time.perf_counter()
        waits = [asyncio.wait_for(connection.ask_heartbeat(), within) for connection in self.connections]
        await asyncio.gather(*waits)
        return time.perf_counter() - began

    # From the clients

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(timeout=1.0, max_msg_size=1 << 20, compress=False)
        await socket.prepare(request)
        self.counts["connects"] += 1
        connection = Connection(self, socket, request, compressor(request.query.get("compress")))
        self.connections.add(connection)
        try:
            await connection.run(request.query.get("v"))
        finally:
            self.connections.discard(connection)
        return socket

    def new_session(self, intents: int, shard: int, shards: int) -> Session:
        """A fresh session. Those the same shard left behind are dropped: who identifies does not resume them."""
        self._prune()
        for old in [s for s in self.sessions.values() if (s.shard, s.shards) == (shard, shards) and not s.connected]:
            self.forget(old)
        session = Session(secrets.token_hex(16), shard, shards, intents, self.settings.resume_buffer)
        self.sessions[session.id] = session
        return session

    def greet(self, session: Session) -> None:
        """READY and the guilds."""
        world = self.world
        guilds = [g for g in world.guilds.values() if (g.id >> 22) % session.shards == session.shard]
        ready = {
            "v": 10,
            "user": payload.full_user(world.bot),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "shard": [session.shard, session.shards],
            "application": {"id": str(world.application_id), "flags": self.settings.application_flags},
        }
        session.push(Event.of("READY", ready))
        for guild in guilds:
            if guild.available:
                data = payload.guild_create(guild, session.intents, world.bot.id)
                session.push(Event.of("GUILD_CREATE", data, guild.id))

    def resumable(self, session_id: object, sequence: int) -> tuple[Session, list[bytes]] | None:
        """The session to go on with and the events it missed; None: op 9."""
        self._prune()
        session = self.sessions.get(str(session_id))
        if session is None or not session.valid:
            return None
        missed = session.missed_after(sequence)
        return None if missed is None else (session, missed)

    def close_everything(self) -> None:
        for connection in list(self.connections):
            connection.abort()

    def _prune(self) -> None:
        oldest = time.monotonic() - self.settings.session_lifetime
        for session in list(self.sessions.values()):
            if session.parted_at is not None and session.parted_at < oldest:
                self.forget(session)

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
