"""The page: a channel live in the browser, for a person without a token. Served beside the API, on a port of its own.

The page is one of the users: it writes, runs slash commands, presses buttons; a few faults can be set off from it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.discord_sim import payload
from tests.discord_sim.errors import ApiError
from tests.discord_sim.gateway import Drop
from tests.discord_sim.interactions import Interaction, Kind
from tests.discord_sim.model import Channel, Message, User
from tests.discord_sim.registry import BOOLEAN, CHANNEL, INTEGER, NUMBER, ROLE, USER, CommandRefused
from tests.discord_sim.sim import DiscordSim
from tests.discord_sim.wire import Json, dumps

FILES = Path(__file__).parent / "web"
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
Work = Callable[[Json], Awaitable[Json]]


class Page:
    def __init__(self, sim: DiscordSim) -> None:
        self.sim = sim
        self.url = ""
        self._listeners: set[asyncio.Queue[Json]] = set()
        self._runner: web.AppRunner | None = None
        self._forms: dict[str, Interaction] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, port: int = 0) -> None:
        app = web.Application()
        app.router.add_get("/", self.file)
        app.router.add_get("/web/{name}", self.file)
        app.router.add_get("/attachments/{channel}/{file}/{name}", self.sim.attachment)
        app.router.add_get("/state", self.state)
        app.router.add_get("/status", self.status)
        app.router.add_get("/events", self.events)
        for name in ("say", "slash", "autocomplete", "click", "choose", "submit", "fault"):
            app.router.add_post(f"/{name}", self._posting(getattr(self, name)))
        self.sim.core.feed.watchers.append(self._took)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.sim.core.settings.host, port).start()
        self.url = f"http://{self.sim.core.settings.host}:{self._runner.addresses[0][1]}/"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    # What the page reads

    async def file(self, request: web.Request) -> web.Response:
        path = FILES / request.match_info.get("name", "page.html")
        if path.parent != FILES or not path.is_file():
            return web.Response(status=404)
        return web.Response(body=path.read_bytes(), content_type=TYPES[path.suffix], charset="utf-8")

    async def state(self, request: web.Request) -> web.Response:
        world, guild = self.sim.world, self.sim.guild
        channel = world.channels.get(int(request.query.get("channel") or 0), self.sim.channel)
        hidden = [m for m in world.hidden.values() if m.channel_id == channel.id]
        messages = sorted([*world.history(channel.id).latest(80), *hidden], key=lambda m: m.id)
        people = [payload.member(m) | {"color": self._color(m.user)} for m in guild.members.values()]
        state = {
            "guild": {"id": str(guild.id), "name": guild.name},
            "channel": str(channel.id),
            "channels": [payload.channel(c) for c in guild.channels.values() if not c.archived],
            "roles": [payload.role(r) for r in guild.roles.values()],
            "members": people,
            "bot": world.bot.json(),
            "messages": [self.message(m) for m in messages],
        }
        return web.Response(body=dumps(state | self._status()), content_type="application/json")

    async def status(self, request: web.Request) -> web.Response:
        return web.Response(body=dumps(self._status()), content_type="application/json")

    def _status(self) -> Json:
        gateway = self.sim.gateway
        commands = self.sim.core.registry.visible(self.sim.guild)
        return {"connected": gateway.connected, "counts": dict(gateway.counts), "commands": commands}

    async def events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        queue: asyncio.Queue[Json] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            while True:
                await response.write(b"data: " + dumps(await queue.get()) + b"\n\n")
        except ConnectionError:
            return response
        finally:
            self._listeners.discard(queue)

    def message(self, message: Message) -> Json:
        out = payload.message(message, self.sim.world)
        out["seen_by"] = str(message.seen_by) if message.seen_by else None
        out["color"] = self._color(message.author)
        return out

    def _color(self, user: User) -> int:
        member = self.sim.guild.members.get(user.id)
        roles = self.sim.guild.roles_of(member) if member is not None else ()
        coloured = sorted((role for role in roles if role.color), key=lambda role: role.position)
        return coloured[-1].color if coloured else 0

    def _took(self, what: str, message: Message) -> None:
        event = {"what": what, "channel": str(message.channel_id), "message": self.message(message)}
        for queue in self._listeners:
            queue.put_nowait(event)

    # What the page does

    def _posting(self, work: Work) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def serve(request: web.Request) -> web.Response:
            try:
                out = await work(await request.json())
            except (CommandRefused, ApiError, TimeoutError) as error:
                out = {"error": str(error)}
            return web.Response(body=dumps(out), content_type="application/json")

        return serve

    async def say(self, asked: Json) -> Json:
        self.sim.act.post(self._channel(asked), self._user(asked), asked["content"])
        return {}

    async def slash(self, asked: Json) -> Json:
        options = self._options(asked)
        return await self._answered(
            self.sim.act.slash(self._user(asked), self._channel(asked), asked["command"], **options)
        )

    async def autocomplete(self, asked: Json) -> Json:
        options = self._options(asked)
        options.pop(asked["focused"], None)
        choices = await self.sim.act.autocomplete(
            self._user(asked), self._channel(asked), asked["command"], asked["focused"], asked["typed"], 3.0, **options
        )
        return {"choices": choices}

    async def click(self, asked: Json) -> Json:
        return await self._answered(self.sim.act.click(self._user(asked), self._message(asked), asked["custom_id"]))

    async def choose(self, asked: Json) -> Json:
        message, values = self._message(asked), asked["values"]
        return await self._answered(self.sim.act.choose(self._user(asked), message, *values, menu=asked["custom_id"]))

    async def submit(self, asked: Json) -> Json:
        return await self._answered(self.sim.act.submit(self._forms.pop(asked["form"]), **asked["values"]))

    async def fault(self, asked: Json) -> Json:
        match asked["name"]:
            case "outage":
                task = asyncio.create_task(self.sim.outage(10))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            case "429":
                self.sim.faults.too_many_requests(0.5, times=20, retry_after=(0.2, 1.0))
            case "500":
                self.sim.faults.errors(0.5, times=5)
            case name:
                self.sim.gateway.drop(Drop[name])
        return {}

    async def _answered(self, interaction: Interaction) -> Json:
        """What the page shows by itself: a form, or that nobody answered. Messages come as events."""
        try:
            await interaction.answered(self.sim.core.settings.interaction_deadline + 0.2)
        except TimeoutError:
            whole = interaction.kind is Kind.COMMAND
            return {"error": "The application did not respond" if whole else "This interaction failed"}
        seconds = interaction.answered_after or 0.0
        if interaction.modal is None:
            return {"seconds": seconds}
        self._forms[interaction.token] = interaction
        return {"seconds": seconds, "form": interaction.token, "modal": interaction.modal}

    def _user(self, asked: Json) -> User:
        return self.sim.world.users[int(asked["user"])]

    def _channel(self, asked: Json) -> Channel:
        return self.sim.world.channel(int(asked["channel"]))

    def _message(self, asked: Json) -> Message:
        return self.sim.world.message(int(asked["channel"]), int(asked["message"]))

    def _options(self, asked: Json) -> dict[str, Any]:
        """What was typed, as the types of the command's options."""
        found = self.sim.core.registry.find(self.sim.guild, asked["command"])
        kinds = {option["name"]: option["type"] for option in found.options}
        return {name: self._typed(kinds.get(name, 3), text) for name, text in asked["options"].items() if text != ""}

    def _typed(self, kind: int, text: str) -> Any:
        try:
            match kind:
                case kind if kind == INTEGER:
                    return int(text)
                case kind if kind == NUMBER:
                    return float(text)
                case kind if kind == BOOLEAN:
                    return text == "true"
                case kind if kind == USER:
                    return self.sim.world.users[int(text)]
                case kind if kind == CHANNEL:
                    return self.sim.world.channels[int(text)]
                case kind if kind == ROLE:
                    return self.sim.guild.roles[int(text)]
        except (ValueError, KeyError):
            raise CommandRefused(f"{text!r} does not fit here") from None
        return text
