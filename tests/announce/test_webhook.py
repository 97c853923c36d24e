"""Events sent to addresses: what is sent, what is refused, and what is tried again."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from muster.announce.webhook import MOST, Webhooks, is_outside
from muster.community.events.outward import ActionFailed


class Names(AbstractResolver):
    """Names that mean what they are told to mean."""

    def __init__(self, *addresses: str) -> None:
        self.addresses: Sequence[str] = addresses
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked += 1
        kinds = {address: socket.AF_INET6 if ":" in address else socket.AF_INET for address in self.addresses}
        return [
            {"hostname": host, "host": address, "port": port, "family": kind, "proto": 0, "flags": 0}
            for address, kind in kinds.items()
        ]

    async def close(self) -> None:
        pass


class Receiver:
    """An address on loopback that notes what comes, and answers as it is told."""

    def __init__(self) -> None:
        self.url = ""
        self.got: list[tuple[str, bytes, str]] = []
        self.status = 200

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.got.append((request.path, await request.read(), request.headers["X-Muster-Event"]))
        headers = {"Location": "/elsewhere"} if 300 <= self.status < 400 else {}
        return web.Response(status=self.status, headers=headers, body=b"x" * 100)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", receiver.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    receiver.url = f"http://127.0.0.1:{port}/hook"
    try:
        yield receiver
    finally:
        await runner.cleanup()


async def test_what_is_sent_arrives_once() -> None:
    async with receiving() as receiver:
        await Webhooks(private=True).send(receiver.url, b'{"a": 1}', "one:discord:1:2")
        assert receiver.got == [("/hook", b'{"a": 1}', "one:discord:1:2")]


@pytest.mark.parametrize(
    ("status", "again"), [(302, False), (307, False), (404, False), (429, True), (500, True), (503, True)]
)
async def test_answers_that_are_no_yes(status: int, again: bool) -> None:
    async with receiving() as receiver:
        receiver.status = status
        with pytest.raises(ActionFailed, match=f"it answered {status}") as caught:
            await Webhooks(private=True).send(receiver.url, b"{}", "one")
        assert caught.value.again is again
        assert [path for path, *_ in receiver.got] == ["/hook"], "no redirect is followed"


async def test_nothing_goes_into_the_own_network() -> None:
    async with receiving() as receiver:
        port = receiver.url.rpartition(":")[2].partition("/")[0]
        for host in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "[fe80::1]", "0.0.0.0"):
            names = Names("127.0.0.1")
            with pytest.raises(ActionFailed, match="private network") as caught:
                await Webhooks(resolver=names).send(f"https://{host}:{port}/hook", b"{}", "one")
            assert (caught.value.again, names.asked) == (False, 0)
        for addresses in (("127.0.0.1",), ("93.184.216.34", "10.1.2.3"), ("::1",), ("169.254.169.254",), ("fd00::1",)):
            names = Names(*addresses)
            with pytest.raises(ActionFailed, match=r"hook\.example is in a private network") as caught:
                await Webhooks(resolver=names).send(f"https://hook.example:{port}/hook", b"{}", "one")
            assert (caught.value.again, names.asked) == (False, 1)
        with pytest.raises(ActionFailed, match="not https"):
            await Webhooks().send(f"http://hook.example:{port}/hook", b"{}", "one")
        assert receiver.got == []


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "0177.0.0.1", "localhost", "127.0.0.1."])
async def test_other_ways_to_write_the_own_machine(host: str) -> None:
    async with receiving() as receiver:
        port = receiver.url.rpartition(":")[2].partition("/")[0]
        with pytest.raises(ActionFailed):
            await Webhooks().send(f"https://{host}:{port}/hook", b"{}", "one")
        assert receiver.got == []


async def test_a_name_is_looked_up_once() -> None:
    """Where a second look would give another address, the first one counts."""
    async with receiving() as receiver:
        port = receiver.url.rpartition(":")[2].partition("/")[0]
        names = Names("127.0.0.1")
        await Webhooks(private=True, resolver=names).send(f"http://hook.example:{port}/hook", b"{}", "one")
        assert (names.asked, len(receiver.got)) == (1, 1)


async def test_nobody_there_and_too_much() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        with pytest.raises(ActionFailed, match="can't be reached") as caught:
            await Webhooks(private=True).send(f"http://127.0.0.1:{held.getsockname()[1]}/", b"{}", "one")
    assert caught.value.again
    with pytest.raises(ActionFailed, match="too many"):
        await Webhooks(private=True).send("http://127.0.0.1:1/", b"x" * (MOST + 1), "one")


async def test_an_answer_that_never_comes_is_not_waited_for() -> None:
    """The caller's time limit ends it; the connection is closed then."""

    over = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        over.set()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await Webhooks(private=True).send(f"http://127.0.0.1:{port}/", b"{}", "one")
        await asyncio.wait_for(over.wait(), 10)


def test_addresses_of_the_public_internet() -> None:
    for address in ("93.184.216.34", "8.8.8.8", "2606:4700:4700::1111"):
        assert is_outside(address), address
    for address in (
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "240.0.0.1", "198.18.0.1", "192.0.2.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1",
        "ff02::1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "2001:0:4136:e378::1", "fec0::1", "nonsense",
    ):  # fmt: skip
        assert not is_outside(address), address
    assert is_outside("64:ff9b::808:808")
