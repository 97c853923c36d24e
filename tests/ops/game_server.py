"""A game server on loopback that speaks as much of Quake 3 as it is asked."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

HEAD = b"\xff\xff\xff\xff"
INFO = (
    "\\sv_hostname\\^a#^7d^ar^7ydock^a.^7mud\\mapname\\supply\\sv_maxclients\\20\\g_gametype\\3\\timelimit\\12.50\\"
    "version\\ET Legacy v2.83"
)
PLAYERS = ('123 48 "^1Ali^7ce"', '7 0 "[BOT]^^1x"', '-3 999 "```@everyone"')


class GameServer(asyncio.DatagramProtocol):
    """Answers status and RCON; `printed` maps a command to the datagrams it prints. Keeps when it was asked what."""

    def __init__(self) -> None:
        self.password = "s3cret"
        self.info = INFO
        self.players = list(PLAYERS)
        self.printed: dict[str, list[str]] = {
            "status": ["map: supply\n", "num score ping name\n  0    12   48 Alice\n"]
        }
        self.deaf = 0
        self.babble = 0
        self.junk: list[bytes] = []
        self.asked: list[tuple[float, bytes]] = []
        self.port = 0
        self._transport: Any = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked.append((time.monotonic(), data))
        for number in range(self.babble):
            asyncio.get_running_loop().call_later(number / 100, self._transport.sendto, b"blah", addr)
        if self.deaf:
            self.deaf -= 1
            return
        for packet in (*self.junk, *self._answer(data)):
            self._transport.sendto(packet, addr)

    def _answer(self, data: bytes) -> list[bytes]:
        if data == HEAD + b"getstatus\n":
            lines = "\n".join((self.info, *self.players))
            return [HEAD + b"statusResponse\n" + lines.encode("latin-1") + b"\n"]
        if not data.startswith(HEAD + b"rcon "):
            return []
        password, _, command = data.removeprefix(HEAD + b"rcon ").decode("latin-1").partition(" ")
        if password != self.password:
            return [HEAD + b"print\nBad rconpassword.\n"]
        if command == "rconpassword":
            return [HEAD + f'print\n"rconpassword" is:"{self.password}^7" default:"^7"\n'.encode()]
        return [HEAD + b"print\n" + part.encode("latin-1") for part in self.printed.get(command, [])]


@asynccontextmanager
async def game_server() -> AsyncIterator[GameServer]:
    """One that runs."""
    transport, server = await asyncio.get_running_loop().create_datagram_endpoint(
        GameServer, local_addr=("127.0.0.1", 0)
    )
    try:
        yield server
    finally:
        transport.close()
