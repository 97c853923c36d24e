"""Files that game servers send themselves: an HTTP endpoint with a token per server."""

import asyncio
import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

import msgspec
import structlog
from aiohttp import web

from muster.collect import clock
from muster.collect.state import Sign, State, Unavailable, no_store
from muster.rounds.filename import NotARoundFile, read_name
from muster.rounds.importer import Importer, ImportReport, UnknownZone
from muster.rounds.parse import LARGEST_FILE, content_hash, normalise
from muster.rounds.reading import Content, understand
from muster.store.engine import StoreError

log = structlog.get_logger("muster.collect")

BURST: Final = 300
PER_SECOND: Final = 30.0
"""Requests a server may send at once, and how many it may again each second."""

WRONG_BURST: Final = 10
WRONG_PER_SECOND: Final = 0.2
"""The same of requests without a right token, by address."""

ADDRESSES: Final = 10_000
"""Addresses that are remembered."""

AT_ONCE: Final = 8
"""Files of a server that are taken in at the same time."""

BODY_SECONDS: Final = 30.0
AGAIN_SECONDS: Final = 5.0
"""As long as a body may take; and when to try again where the address to listen at is taken."""


class Sender(msgspec.Struct, frozen=True):
    """A game server that may push: its token, where its files go, its clock, and what has it fetched from at once."""

    server: str
    token: str
    importer: Importer
    sign: Sign
    zone: str
    nudge: Callable[[], bool]


class Stored(msgspec.Struct, frozen=True):
    """The answer about a file."""

    file: str
    status: str
    reason: str | None = None


class Bucket:
    """How much may still come: a burst, and then so much each second."""

    def __init__(self, burst: int, per_second: float, tick: Callable[[], float]) -> None:
        self._left, self._burst, self._rate = float(burst), burst, per_second
        self._tick = tick
        self._at = tick()

    def take(self) -> bool:
        """Whether one more may come; it is counted."""
        now = self._tick()
        self._left = min(self._left + (now - self._at) * self._rate, self._burst)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Doors:
    """Who may come in. Tokens are compared as hashes, every one of them, so that time tells nothing."""

    def __init__(self, senders: Sequence[Sender], tick: Callable[[], float]) -> None:
        self._tick = tick
        self._tokens = [(_digest(sender.token), sender) for sender in senders]
        self._rates = {sender.server: Bucket(BURST, PER_SECOND, tick) for sender in senders}
        self._wrong: OrderedDict[str, Bucket] = OrderedDict()

    def enter(self, request: web.Request) -> Sender:
        """The game server a request comes from. Raises 401 and 429."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        given, found = _digest(token.strip() if scheme.lower() == "bearer" else ""), None
        for digest, sender in self._tokens:
            if hmac.compare_digest(digest, given):
                found = sender
        if found is None:
            if not self._wrong_at(request.remote or "").take():
                raise refusal(web.HTTPTooManyRequests, "too many requests without a right token", again=60)
            raise refusal(web.HTTPUnauthorized, "no right token: send `Authorization: Bearer TOKEN`")
        if not self._rates[found.server].take():
            raise refusal(web.HTTPTooManyRequests, "too many requests of this server", again=1)
        return found

    def _wrong_at(self, address: str) -> Bucket:
        bucket = self._wrong.setdefault(address, Bucket(WRONG_BURST, WRONG_PER_SECOND, self._tick))
        self._wrong.move_to_end(address)
        if len(self._wrong) > ADDRESSES:
            self._wrong.popitem(last=False)
        return bucket


class Push:
    """The endpoint. `done` is told what came of each file that was stored."""

    def __init__(
        self,
        host: str,
        port: int,
        senders: Sequence[Sender],
        done: Callable[[ImportReport], None] = lambda _: None,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self.address: tuple[str, int] | None = None
        """Where it listens; None while it does not."""
        self._place = (host, port)
        self._senders = senders
        self._done = done
        self._doors = Doors(senders, tick)
        self._slots = {sender.server: asyncio.Semaphore(AT_ONCE) for sender in senders}

    async def run(self, stop: asyncio.Event) -> None:
        """Takes files until it is stopped. Where the address is taken it is tried again."""
        app = web.Application(client_max_size=LARGEST_FILE)
        app.add_routes(
            [
                web.put("/rounds/{name}", self._round),
                web.post("/rounds/{name}", self._round),
                web.post("/nudge", self._nudged),
            ]
        )
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0, auto_decompress=False)
        await runner.setup()
        try:
            if await self._listen(runner, stop):
                await stop.wait()
        finally:
            self.address = None
            await runner.cleanup()

    async def _listen(self, runner: web.AppRunner, stop: asyncio.Event) -> bool:
        while not stop.is_set():
            try:
                await web.TCPSite(runner, *self._place, reuse_address=True).start()
            except OSError as error:
                what = f"{self._place[0]}:{self._place[1]} can't be listened at ({error.strerror})"
                for sender in self._senders:
                    sender.sign.bad(Unavailable(what, "set `push_host` and `push_port` right", State.SETTINGS))
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), AGAIN_SECONDS)
            else:
                host, port = runner.addresses[0][:2]
                self.address = (host, port)
                for sender in self._senders:
                    sender.sign.good()
                return True
        return False

    async def _round(self, request: web.Request) -> web.Response:
        """A file: 201 where it is new, 200 where it is known, 422 with the reason where it is refused."""
        sender = self._doors.enter(request)
        try:
            name = read_name(request.match_info["name"])
        except NotARoundFile as error:
            raise refusal(web.HTTPUnprocessableEntity, str(error)) from None
        async with self._slots[sender.server]:
            data = normalise(await _body(request))
            content = Content(name, data, content_hash(data), len(data))
            try:
                report = await sender.importer.take([understand(content)])
            except StoreError as error:
                sender.sign.bad(no_store(error))
                log.warning("a pushed file waits for the database", server=sender.server, error=str(error))
                raise refusal(web.HTTPServiceUnavailable, "the database is away: send it again", again=10) from None
            except UnknownZone as error:
                sender.sign.bad(Unavailable(str(error), "", State.SETTINGS))
                raise refusal(
                    web.HTTPServiceUnavailable, "this server is set wrong: see Muster's log", again=60
                ) from None
        sender.sign.clock(clock.pushed(name.file, sender.zone, datetime.now(UTC)))
        sender.sign.good()
        return self._answer(sender, name.file, report)

    def _answer(self, sender: Sender, file: str, report: ImportReport) -> web.Response:
        status = next(iter(report.counts), "known")
        reason = report.notable[0].reason if report.notable else None
        log.info("a file was pushed", server=sender.server, file=file, status=status, reason=reason)
        if report.played:
            sender.sign.came(file)
        self._done(report)
        return _json(STATUSES.get(status, 200), Stored(file, status, reason))

    async def _nudged(self, request: web.Request) -> web.Response:
        """A word that something is there: it is fetched at once."""
        sender = self._doors.enter(request)
        await _body(request)
        if not sender.nudge():
            raise refusal(
                web.HTTPConflict, "there is nothing to fetch from: set `folder` or `ssh_host` for this server"
            )
        return _json(202, {"server": sender.server})


STATUSES: Final[Mapping[str, int]] = {"imported": 201, "empty": 201, "rejected": 422}
"""What an import made of a file, as the status of an answer; 200 for all that was known in one way or another."""


async def _body(request: web.Request) -> bytes:
    """What was sent. Raises 408, 413 and 415."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise refusal(web.HTTPUnsupportedMediaType, "send it as it is, not compressed")
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.read()
    except TimeoutError:
        raise refusal(web.HTTPRequestTimeout, f"not all of it came within {BODY_SECONDS:.0f} s") from None
    except web.HTTPRequestEntityTooLarge:
        raise web.HTTPRequestEntityTooLarge(
            LARGEST_FILE,
            0,
            text=_text(f"a round file has at most {LARGEST_FILE:,} bytes"),
            content_type="application/json",
        ) from None


def refusal(kind: type[web.HTTPException], why: str, *, again: int | None = None) -> web.HTTPException:
    """An answer that says no, and why; `again`: seconds after which to try once more."""
    headers = {} if again is None else {"Retry-After": str(again)}
    if kind is web.HTTPUnauthorized:
        headers["WWW-Authenticate"] = "Bearer"
    return kind(text=_text(why), headers=headers, content_type="application/json")


def _text(why: str) -> str:
    return msgspec.json.encode({"error": why}).decode()


def _json(status: int, value: object) -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode(value), content_type="application/json")


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
