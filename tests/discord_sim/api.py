"""The REST API: routes by their template, authorization, limits, faults, errors in Discord's shape."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, hdrs, web

from tests.discord_sim.core import Core
from tests.discord_sim.errors import (
    INVALID_JSON,
    MISSING_ACCESS,
    MISSING_PERMISSIONS,
    NO_ROUTE,
    TOO_LARGE,
    UNAUTHORIZED,
    ApiError,
)
from tests.discord_sim.faults import Fault, Harm
from tests.discord_sim.model import Channel, Guild
from tests.discord_sim.permissions import P
from tests.discord_sim.throttle import Throttle
from tests.discord_sim.truth import Request
from tests.discord_sim.wire import Json, dumps, loads

MAJOR = ("channel", "guild", "webhook", "token", "interaction")
_LIMIT_HEADERS = web.RequestKey("limit_headers", dict[str, str])


@dataclass(frozen=True, slots=True)
class Upload:
    filename: str
    data: bytes
    content_type: str


@dataclass(slots=True)
class Call:
    """One request, read."""

    core: Core
    path: dict[str, str]
    query: dict[str, str]
    body: Json
    files: dict[int, Upload] = field(default_factory=dict)
    host: str = ""

    def id(self, name: str) -> int:
        try:
            return int(self.path[name])
        except ValueError:
            problem = {"_errors": [{"code": "NUMBER_TYPE_COERCE", "message": "Value is not snowflake."}]}
            raise ApiError(400, 50035, "Invalid Form Body", {f"{name}_id": problem}) from None

    def number(self, name: str, default: int) -> int:
        raw = self.query.get(name, "")
        if raw and not raw.isdigit():
            problem = {"_errors": [{"code": "NUMBER_TYPE_COERCE", "message": f'Value "{raw}" is not int.'}]}
            raise ApiError(400, 50035, "Invalid Form Body", {name: problem})
        return int(raw) if raw else default

    def channel(self, *needed: P) -> Channel:
        """The channel of the path, if the bot sees it and has these permissions there."""
        channel = self.core.world.channel(self.id("channel"))
        rights = self.core.world.rights(channel, self.core.world.bot)
        if not rights & P.VIEW_CHANNEL:
            raise ApiError(*MISSING_ACCESS)
        if any(not rights & permission for permission in needed):
            raise ApiError(*MISSING_PERMISSIONS)
        return channel

    def guild(self) -> Guild:
        guild = self.core.world.guild(self.id("guild"))
        if self.core.world.bot.id not in guild.members:
            raise ApiError(*MISSING_ACCESS)
        return guild


Answer = Json | list[Json] | None  # None: 204
Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str
    handler: Handler
    needs_token: bool = True

    @property
    def key(self) -> str:
        return f"{self.method} {self.path}"


class Routes(list[Route]):
    """Collects handlers: `@routes("GET", "/users/@me")`."""

    def __call__(self, method: str, path: str, *, needs_token: bool = True) -> Callable[[Handler], Handler]:
        def keep(handler: Handler) -> Handler:
            self.append(Route(method, path, handler, needs_token))
            return handler

        return keep


class Api:
    def __init__(self, core: Core) -> None:
        self.core = core

    def mount(self, router: web.UrlDispatcher, routes: list[Route], prefix: str) -> None:
        for route in routes:
            router.add_route(route.method, prefix + route.path, self._serving(route))
        router.add_route("*", prefix + "/{tail:.*}", self._unknown)

    def _serving(self, route: Route) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def serve(request: web.Request) -> web.Response:
            began = time.perf_counter()
            struck = self.core.faults.strike(route.key)
            latency = self.core.faults.seconds(struck[Harm.LATENCY]) if Harm.LATENCY in struck else 0.0
            await asyncio.sleep(latency / 2)  # half of it before the work, half after: a crash may fall into either
            response = self._before(route, request, struck) or await self._work(route, request)
            await asyncio.sleep(latency / 2)
            status = response.status
            if Harm.SWALLOW in struck and status < 400:
                status = self._reset(request)
            elif Harm.ERROR_AFTER in struck and status < 400:
                response = self._failure(struck[Harm.ERROR_AFTER])
                status = response.status
            elif Harm.REFUSE in struck:
                status = 0
            seconds = time.perf_counter() - began
            self.core.truth.request(Request(time.time(), route.key, request.path, status, seconds))
            return response

        return serve

    def _before(self, route: Route, request: web.Request, struck: dict[Harm, Fault]) -> web.Response | None:
        """What keeps the work from being done: faults, a wrong token, a rate limit."""
        core = self.core
        if Harm.REFUSE in struck:
            self._reset(request)
            return answer(503, {})
        if Harm.ERROR in struck:
            return self._failure(struck[Harm.ERROR])
        if route.needs_token and request.headers.get(hdrs.AUTHORIZATION) != f"Bot {core.settings.token}":
            return answer(401, ApiError(*UNAUTHORIZED).body())
        if Harm.TOO_MANY in struck:
            fault = struck[Harm.TOO_MANY]
            verdict = Throttle.refusal(core.faults.seconds(fault), is_global=fault.is_global)
        else:
            major = "/".join(request.match_info.get(name, "") for name in MAJOR)
            verdict = core.limits.take(route.key, major, counts_globally="/interactions/" not in route.path)
        if verdict.retry_after is None:
            request[_LIMIT_HEADERS] = verdict.headers
            return None
        body = {"message": "You are being rate limited.", "retry_after": round(verdict.retry_after, 3)}
        return answer(429, body | {"global": verdict.is_global}, verdict.headers)

    async def _work(self, route: Route, request: web.Request) -> web.Response:
        headers = request[_LIMIT_HEADERS]
        try:
            body, files = await read_body(request, self.core.settings.file_limit)
            call = Call(self.core, dict(request.match_info), dict(request.query), body, files, request.host)
            out = route.handler(call)
        except ApiError as error:
            if error.status == 400:
                self.core.truth.validation.append(str(error))
            return answer(error.status, error.body(), headers)
        return answer(204 if out is None else 200, out, headers)

    def _failure(self, fault: Fault) -> web.Response:
        status = self.core.faults.dice.choice(list(fault.statuses))
        return answer(status, {"message": f"{status}: Server Error", "code": 0})

    @staticmethod
    def _reset(request: web.Request) -> int:
        if request.transport is not None:
            request.transport.abort()
        return 0

    async def _unknown(self, request: web.Request) -> web.Response:
        self.core.truth.unknown[f"{request.method} {request.path}"] += 1
        return answer(404, ApiError(*NO_ROUTE).body())


def answer(status: int, body: Answer, headers: dict[str, str] | None = None) -> web.Response:
    """The content type is bare: discord.py compares it as a whole."""
    if body is None:
        return web.Response(status=status, headers=headers)
    return web.Response(
        status=status, body=dumps(body), headers={**(headers or {}), "Content-Type": "application/json"}
    )


async def read_body(request: web.Request, file_limit: int) -> tuple[Json, dict[int, Upload]]:
    """The JSON of a request, bare or as payload_json beside files[n]."""
    if not request.content_type.startswith("multipart/"):
        raw = await request.read()
        return (parse(raw) if raw else {}), {}
    body: Json = {}
    files: dict[int, Upload] = {}
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        name, data = part.name or "", bytes(await part.read(decode=True))
        if name == "payload_json":
            body = parse(data)
        elif name.startswith("file"):
            if len(data) > file_limit:
                raise ApiError(*TOO_LARGE)
            number = int(name[6:-1]) if name.startswith("files[") else len(files)
            kind = part.headers.get(hdrs.CONTENT_TYPE, "application/octet-stream")
            files[number] = Upload(part.filename or "unknown", data, kind)
    return body, files


def parse(raw: bytes) -> Json:
    try:
        value = loads(raw)
    except ValueError:
        raise ApiError(*INVALID_JSON) from None
    return value if isinstance(value, dict) else {"": value}  # a bulk overwrite is a bare list
