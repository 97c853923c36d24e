"""One websocket: the handshake, heartbeats, and the opcodes a client sends."""

import asyncio
import time
from collections import deque
from collections.abc import Iterator
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from tests.discord_sim import payload
from tests.discord_sim.compression import Compress
from tests.discord_sim.events import KNOWN_INTENTS, MEMBERS, PRESENCES, PRIVILEGED, Event
from tests.discord_sim.sessions import Beat, Session
from tests.discord_sim.wire import Json, dumps, loads

if TYPE_CHECKING:
    from tests.discord_sim.gateway import Gateway


class Op(IntEnum):
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE = 3
    VOICE_STATE = 4
    RESUME = 6
    RECONNECT = 7
    REQUEST_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


class Close(Exception):
    """The server ends the connection with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Connection:
    def __init__(
        self, gateway: "Gateway", socket: web.WebSocketResponse, request: web.Request, compress: Compress | None
    ) -> None:
        self.session: Session | None = None
        self.commands: deque[float] = deque(maxlen=120)  # when the last ones came
        self._gateway = gateway
        self._socket = socket
        self._request = request
        self._compress = compress
        self._out: deque[bytes] = deque()
        self._wake = asyncio.Event()
        self._beat_at = time.monotonic()
        self._beaten = asyncio.Event()

    # Out

    def send(self, frame: bytes) -> None:
        self._out.append(frame)
        self._wake.set()

    def op(self, op: Op, data: object = None) -> None:
        self.send(dumps({"op": op, "d": data, "s": None, "t": None}))

    def abort(self) -> None:
        """Reset the TCP connection: nothing more is sent, not even what waits."""
        self._out.clear()
        self._part()
        if self._request.transport is not None:
            self._request.transport.abort()

    async def close(self, code: int, reason: str = "") -> None:
        self._part()
        await self._socket.close(code=code, message=reason.encode())

    async def ask_heartbeat(self) -> None:
        self._beaten.clear()
        self.op(Op.HEARTBEAT)
        await self._beaten.wait()

    async def _write(self) -> None:
        kind = WSMsgType.BINARY if self._compress else WSMsgType.TEXT
        while True:
            await self._wake.wait()
            self._wake.clear()
            sent = 0
            while self._out:
                frame = self._out.popleft()
                await self._socket.send_frame(self._compress(frame) if self._compress else frame, kind)
                sent += 1
                if sent % 64 == 0:
                    await asyncio.sleep(0)  # a flood must not keep the loop to itself

    # In

    async def run(self, version: str | None) -> None:
        writer = asyncio.create_task(self._write())
        try:
            if version not in {"9", "10"}:
                raise Close(4012, "Invalid API version.")
            self.op(Op.HELLO, {"heartbeat_interval": round(self._gateway.settings.heartbeat_interval * 1000)})
            async for message in self._socket:
                if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    break
                self._take(message.data)
        except Close as closing:
            self._gateway.counts[f"close {closing.code}"] += 1
            await self.close(closing.code, closing.reason)
        except ConnectionError:
            pass
        finally:
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
            if self._socket.close_code in {1000, 1001} and self.session is not None and self.session.send == self.send:
                self._gateway.forget(self.session)  # the client said good-bye
            self._part()

    def _take(self, raw: str | bytes) -> None:
        if len(raw) > 4096:
            raise Close(4002, "The payload is over 4096 bytes.")
        try:
            message = loads(raw)
            op, data = Op(message["op"]), message.get("d")
        except (KeyError, TypeError, AttributeError):
            raise Close(4002, "Error while decoding payload.") from None
        except ValueError as error:
            code = 4001 if "is not a valid Op" in str(error) else 4002
            raise Close(code, "Unknown opcode or broken JSON.") from None
        if op is Op.HEARTBEAT:
            self._heartbeat(data)
            return
        self._limit()
        match op:
            case Op.IDENTIFY:
                self._identify(data)
            case Op.RESUME:
                self._resume(data)
            case _ if self.session is None:
                raise Close(4003, "Not authenticated.")
            case Op.REQUEST_MEMBERS:
                self._request_members(self.session, data)
            case Op.PRESENCE | Op.VOICE_STATE:
                self._gateway.counts[op.name.lower()] += 1
            case _:
                raise Close(4001, "Unknown opcode.")

    def _limit(self) -> None:
        now = time.monotonic()
        if len(self.commands) == 120 and now - self.commands[0] < 60:
            raise Close(4008, "Rate limited.")
        self.commands.append(now)

    def _heartbeat(self, sequence: Any) -> None:
        now = time.monotonic()
        gap, self._beat_at = now - self._beat_at, now
        late = max(0.0, gap - self._gateway.settings.heartbeat_interval)
        self._gateway.beats.append(Beat(now, self.session.id if self.session else "", gap, late))
        if self.session is not None and isinstance(sequence, int):
            self.session.acknowledged = sequence
        self._beaten.set()
        self.op(Op.HEARTBEAT_ACK)

    def _identify(self, data: Json) -> None:
        gateway, settings = self._gateway, self._gateway.settings
        if self.session is not None:
            raise Close(4005, "Already authenticated.")
        if data.get("token") != settings.token:
            raise Close(4004, "Authentication failed.")
        shard, shards = data.get("shard") or (0, 1)
        if not 0 <= shard < shards:
            raise Close(4010, "Invalid shard.")
        intents = data.get("intents")
        if not isinstance(intents, int) or intents & ~KNOWN_INTENTS:
            raise Close(4013, "Invalid intent(s).")
        if intents & PRIVILEGED & ~settings.enabled_intents:
            raise Close(4014, "Disallowed intent(s).")
        now = time.monotonic()
        if settings.identify_limit and now - gateway.identified_at.get(shard, -10.0) < 5:
            gateway.counts["identifies refused"] += 1
            self.op(Op.INVALID_SESSION, False)
            return
        gateway.identified_at[shard] = now
        gateway.counts["identifies"] += 1
        self.session = gateway.new_session(intents, shard, shards)
        self.session.attach(self.send)
        gateway.greet(self.session)
        gateway.changed.fire()

    def _resume(self, data: Json) -> None:
        gateway = self._gateway
        if data.get("token") != gateway.settings.token:
            raise Close(4004, "Authentication failed.")
        sequence = data.get("seq")
        known = gateway.sessions.get(str(data.get("session_id")))
        if known is not None and (not isinstance(sequence, int) or sequence > known.sequence):
            raise Close(4007, "Invalid seq.")
        found = gateway.resumable(data.get("session_id"), sequence) if isinstance(sequence, int) else None
        if found is None:
            gateway.counts["resumes refused"] += 1
            self.op(Op.INVALID_SESSION, False)
            return
        self.session, missed = found
        gateway.counts["resumes"] += 1
        gateway.counts["events replayed"] += len(missed)
        self.session.replayed += len(missed)
        for frame in missed:
            self.send(frame)
        self.session.attach(self.send)
        self.session.push(Event.of("RESUMED", {}))
        gateway.changed.fire()

    def _request_members(self, session: Session, data: Json) -> None:
        for chunk in self._chunks(session, data):
            session.push(Event.of("GUILD_MEMBERS_CHUNK", chunk, int(data["guild_id"])))

    def _chunks(self, session: Session, data: Json) -> Iterator[Json]:
        guild = self._gateway.world.guilds.get(int(data["guild_id"]))
        members = list(guild.members.values()) if guild is not None else []
        wanted = data.get("user_ids")
        if wanted:
            numbers = {int(number) for number in (wanted if isinstance(wanted, list) else [wanted])}
            members = [m for m in members if m.user.id in numbers]
        elif data.get("query"):
            members = [m for m in members if m.user.name.lower().startswith(data["query"].lower())]
        elif not session.intents & MEMBERS:
            members = []  # everybody needs the intent
        members = members[: data.get("limit") or None]
        pages = [members[start : start + 1000] for start in range(0, len(members), 1000)] or [[]]
        for index, page in enumerate(pages):
            chunk: Json = {"guild_id": str(data["guild_id"]), "chunk_index": index, "chunk_count": len(pages)}
            chunk["members"] = [payload.member(m) for m in page]
            if data.get("presences") and session.intents & PRESENCES:
                chunk["presences"] = [payload.presence(m) for m in page if m.status != "offline"]
            if data.get("nonce"):
                chunk["nonce"] = data["nonce"]
            yield chunk

    def _part(self) -> None:
        if self.session is not None:
            self.session.part(self.send)
