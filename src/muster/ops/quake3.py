"""Asking a game server over UDP, in the language of Quake 3: how it stands, and commands by RCON.

Every packet begins with four bytes 0xFF. The engine answers an address only every so often, so no server is asked
more often than that; who asks again soon gets the last answer.
"""

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec

PORT: Final = 27960
SPACING: Final = 0.8
"""Seconds between two packets to one server: the engine wants 0.75."""

FRESH: Final = 5.0
"""Seconds for which a status answers the next who ask."""

PATIENCE: Final = 1.5
"""Seconds until a server that says nothing is asked again, or given up."""

ATTEMPTS: Final = 2
QUIET: Final = 0.4
"""Seconds of silence after which the answer to a command is complete: it comes in several datagrams."""

LONGEST: Final = 5.0
MOST_BYTES: Final = 1 << 18
MOST_PLAYERS: Final = 128
LONGEST_COMMAND: Final = 800

_HEAD = b"\xff\xff\xff\xff"
_STATUS = _HEAD + b"statusResponse\n"
_PRINT = _HEAD + b"print\n"
_PLAYER = re.compile(r'(-?\d{1,9}) (-?\d{1,9}) "?(.*?)"?')


class NoAnswer(Exception):
    """A server did not answer; the message says what was tried."""


class BadCommand(ValueError):
    """A command that can't be sent as it stands."""


class LivePlayer(msgspec.Struct, frozen=True):
    """Somebody on a server: experience or score, milliseconds, and the name with its colours."""

    score: int
    ping: int
    name: str


class LiveStatus(msgspec.Struct, frozen=True):
    """What a server said about itself, when, and after how many seconds. `info` holds its public variables."""

    info: Mapping[str, str]
    players: tuple[LivePlayer, ...]
    asked_at: datetime
    seconds: float

    def value(self, *names: str) -> str:
        """The first of these variables that is set, whatever its case."""
        lower = {key.lower(): value for key, value in self.info.items()}
        return next((lower[name.lower()] for name in names if lower.get(name.lower())), "")


class GameServers:
    """Asks game servers, by `host:port`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._turns: dict[str, asyncio.Lock] = {}
        self._asked: dict[str, float] = {}
        self._known: dict[str, tuple[float, LiveStatus | NoAnswer]] = {}

    async def status(self, address: str) -> LiveStatus:
        """How a server stands now, or stood a few seconds ago. Raises NoAnswer."""
        parse_address(address)
        async with self._turn(address):
            at, known = self._known.get(address, (-FRESH, None))
            if known is None or self._clock() - at >= FRESH:
                known = await self._status(address)
                self._known[address] = self._clock(), known
        if isinstance(known, NoAnswer):
            raise NoAnswer(str(known))
        return known

    async def rcon(self, address: str, password: str, command: str) -> str:
        """Has a server do something; returns what it printed, without the password. Raises NoAnswer, BadCommand.

        It is sent once: nobody knows whether a command without an answer was done.
        """
        packet = _rcon_packet(password, command)
        async with self._turn(address):
            await self._wait(address)
            self._known.pop(address, None)
            parts = await _exchange(address, packet, _PRINT, quiet=QUIET)
        return b"".join(parts).decode("latin-1").replace(password, "•••")

    async def _status(self, address: str) -> LiveStatus | NoAnswer:
        answer: LiveStatus | NoAnswer = NoAnswer(address)
        for _ in range(ATTEMPTS):
            await self._wait(address)
            began = self._clock()
            try:
                (packet,) = await _exchange(address, _HEAD + b"getstatus\n", _STATUS, quiet=None)
            except NoAnswer as error:
                answer = error
            else:
                return read_status(packet, datetime.now(UTC), self._clock() - began)
        return answer

    def _turn(self, address: str) -> asyncio.Lock:
        return self._turns.setdefault(address, asyncio.Lock())

    async def _wait(self, address: str) -> None:
        """Until the server may be asked."""
        pause = self._asked.get(address, -SPACING) + SPACING - self._clock()
        if pause > 0:
            await asyncio.sleep(pause)
        self._asked[address] = self._clock()


def read_status(packet: bytes, asked_at: datetime, seconds: float) -> LiveStatus:
    """A status from the bytes after its head. Lines that are none of a player are passed over."""
    first, *lines = packet.decode("latin-1").split("\n")
    parts = first.removeprefix("\\").split("\\")
    info = dict(zip(parts[::2], parts[1::2], strict=False))
    found = [match for line in lines if (match := _PLAYER.fullmatch(line))]
    players = tuple(LivePlayer(int(match[1]), int(match[2]), match[3]) for match in found[:MOST_PLAYERS])
    return LiveStatus(info, players, asked_at, seconds)


def _rcon_packet(password: str, command: str) -> bytes:
    if not command.strip() or not command.isprintable() or len(command) > LONGEST_COMMAND:
        raise BadCommand(f"a command is one line of at most {LONGEST_COMMAND} printable characters")
    try:
        text = command.strip().encode("latin-1")
        secret = password.encode("latin-1")
    except UnicodeEncodeError:
        raise BadCommand("the game knows Western European letters only (latin-1)") from None
    quoted = b'"' + secret + b'"' if b" " in secret else secret
    return _HEAD + b"rcon " + quoted + b" " + text


def parse_address(address: str) -> tuple[str, int]:
    """Host and port of `host`, `host:port` or `[address]:port`; raises NoAnswer for what is none of these."""
    match = re.fullmatch(r"\[(?P<six>[0-9A-Fa-f:.]+)\](?::(\d{1,5}))?|(?P<host>[^\s:\[\]]+)(?::(\d{1,5}))?", address)
    if match is None or not 0 < int(match[2] or match[4] or PORT) < 1 << 16:
        raise NoAnswer(f"{address!r} is no address: write host:port in `address` of [[servers]]")
    return match["six"] or match["host"], int(match[2] or match[4] or PORT)


async def _exchange(address: str, packet: bytes, head: bytes, *, quiet: float | None) -> list[bytes]:
    """Sends a packet; what came back, without its head: one datagram, or all until it is quiet."""
    host, port = parse_address(address)
    loop = asyncio.get_running_loop()
    try:
        transport, mail = await loop.create_datagram_endpoint(_Mail, remote_addr=(host, port))
    except OSError as error:
        raise NoAnswer(f"{address} can't be reached: {error.strerror or error}") from error
    try:
        transport.sendto(packet)
        return await _answer(mail, head, quiet)
    except TimeoutError:
        raise NoAnswer(f"{address} did not answer within {PATIENCE:g} s") from None
    except OSError as error:
        raise NoAnswer(f"nothing answers at {address}: {error.strerror or error}") from error
    finally:
        transport.close()


async def _answer(mail: "_Mail", head: bytes, quiet: float | None) -> list[bytes]:
    parts: list[bytes] = []
    loop = asyncio.get_running_loop()
    first, last = loop.time() + PATIENCE, loop.time() + LONGEST
    while not parts or (quiet is not None and sum(map(len, parts)) < MOST_BYTES):
        try:
            async with asyncio.timeout_at(min(loop.time() + quiet, last) if parts and quiet else first):
                datagram = await mail.next()
        except TimeoutError:
            if not parts:
                raise
            break
        if datagram.startswith(head):
            parts.append(datagram.removeprefix(head))
    return parts


class _Mail(asyncio.DatagramProtocol):
    """What arrives."""

    def __init__(self) -> None:
        self._arrived: asyncio.Queue[bytes | OSError] = asyncio.Queue(maxsize=256)

    def datagram_received(self, data: bytes, _: object) -> None:
        """A datagram; from anybody else the socket takes none."""
        self._put(data)

    def error_received(self, exc: Exception) -> None:
        """Such as: nobody listens there."""
        if isinstance(exc, OSError):
            self._put(exc)

    def _put(self, what: bytes | OSError) -> None:
        if not self._arrived.full():
            self._arrived.put_nowait(what)

    async def next(self) -> bytes:
        """The next datagram. Raises what the network said instead."""
        arrived = await self._arrived.get()
        if isinstance(arrived, OSError):
            raise arrived
        return arrived
