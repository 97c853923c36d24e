"""Game servers as they are now, and how Muster itself is doing."""

import asyncio
import math
import re
import resource
import statistics
import sys
import time
from collections import defaultdict, deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

import discord
import structlog
from discord import app_commands
from discord.ext import commands
from discord.ext.commands import flag

from muster.bot import confirm, folders, text
from muster.bot.command import command
from muster.bot.context import Context
from muster.bot.refusals import Answered, Refused
from muster.bot.reply import send
from muster.bot.rules import admin
from muster.bot.show import server as show
from muster.config import ServerSettings, from_environment
from muster.ops import health as known_health
from muster.ops.quake3 import BadCommand, NoAnswer
from muster.store import admin as database
from muster.store import notes, outbox
from muster.store.engine import StoreError

if TYPE_CHECKING:
    from muster.bot.client import MusterBot

log = structlog.get_logger("muster.bot")

AUDIT: Final = "rcon_audit"
MOST_AUDITED: Final = 100
TIMED: Final = 500
"""Answers of each command whose times are kept."""

_MAP: Final = re.compile(r"[A-Za-z0-9_.+-]{1,64}")
_SECRET: Final = re.compile(r"(\S*pass\S*\s+)\S.*", re.IGNORECASE)


class ServerAsk(commands.FlagConverter, case_insensitive=True):
    """Which game server."""

    server: str = flag(default="", positional=True, description="only this game server")


class RconAsk(commands.FlagConverter, case_insensitive=True):
    """What a game server is to do."""

    command: str = flag(default="", positional=True, description="what the server is to do, such as: status")
    server: str = flag(default="", description="which game server, where there are several")


class MapAsk(commands.FlagConverter, case_insensitive=True):
    """Which map a game server is to load."""

    map: str = flag(default="", positional=True, description="the map's name, such as supply")
    server: str = flag(default="", description="which game server, where there are several")


class Server(commands.Cog):
    """Game servers right now, and how this bot is doing."""

    def __init__(self, bot: "MusterBot") -> None:
        self.bot = bot
        self._games = bot.games
        self._since = datetime.now(UTC)
        self._answered = 0
        self._failed = 0
        self._began: WeakKeyDictionary[Context, float] = WeakKeyDictionary()
        self._times: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=TIMED))

    @command()
    async def server_status(self, ctx: Context, *, ask: ServerAsk) -> None:
        """Who is on the game servers right now, on which map."""
        known = [server for server in self.bot.settings.servers if server.address]
        if not known:
            raise Refused("No game server has an `address`: set host:port in its [[servers]] table of muster.toml.")
        wanted = [_find(known, ask.server)] if ask.server.strip() else known
        await ctx.defer()
        await send(ctx, show.servers(await asyncio.gather(*(self._live(server) for server in wanted))))

    @command()
    @admin()
    async def rcon(self, ctx: Context, *, ask: RconAsk) -> None:
        """Has a game server do something. Its answer is for you alone."""
        server, address, password = self._controlled(ask.server)
        words = ask.command.strip()
        if not words:
            raise Refused(f"Say what it is to do: `{ctx.prefix or '/'}rcon status`.")

        async def confirmed(_: discord.Interaction[Any]) -> None:
            output = await self._rcon(ctx, server.name, address, password, words)
            await confirm.tell_privately(ctx, show.printed(server.name, _blotted(words), output))

        await confirm.ask(ctx, show.question(server.name, _blotted(words)), "Send", confirmed, private=True)

    @command(name="map")
    @admin()
    async def map_(self, ctx: Context, *, ask: MapAsk) -> None:
        """Has a game server load a map."""
        server, address, password = self._controlled(ask.server)
        wanted = ask.map.strip()
        if not _MAP.fullmatch(wanted):
            raise Refused(f"Say the map by the name the game knows it by: `{ctx.prefix or '/'}map supply`.")

        async def confirmed(_: discord.Interaction[Any]) -> None:
            output = await self._rcon(ctx, server.name, address, password, f"map {wanted}", quiet_is_good=True)
            if "can't find map" in output.lower():
                raise Refused(f"{text.called(server.name)} has no map “{text.called(wanted)}”.")
            await send(ctx, show.changing(server.name, wanted))

        warning = "The map that is being played ends at once."
        await confirm.ask(ctx, show.question(server.name, f"map {wanted}", warning), "Load it", confirmed)

    @command()
    async def health(self, ctx: Context) -> None:
        """Whether everything works: Discord, the database, the last file, posts."""
        await ctx.defer()
        latency = self.bot.latency * 1000
        took, pulse, posts, problem = None, None, dict[str, int](), ""
        parts: list[known_health.Known] = []
        try:
            async with self.bot.store.read() as reader:
                began = time.perf_counter()
                await notes.version(reader)
                took = (time.perf_counter() - began) * 1000
                pulse = await database.pulse(reader, self._today())
                posts = await outbox.counts(reader)
                parts = await known_health.known(reader, datetime.now(UTC))
        except StoreError as error:
            log.warning("the database can't be reached", error=str(error))
            took, problem = None, "it can't be reached; the log says why"
        known = latency if math.isfinite(latency) else None
        await send(
            ctx,
            show.health(show.Health(datetime.now(UTC), self._since, known, took, pulse, posts, problem, tuple(parts))),
        )

    @command()
    async def metrics(self, ctx: Context) -> None:
        """What was counted since the start: commands and their times, the cache, memory."""
        timings = [
            (name, len(times), statistics.median(times), sorted(times)[math.ceil(len(times) * 0.95) - 1])
            for name, times in self._times.items()
        ]
        timings.sort(key=lambda line: (-line[1], line[0]))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        cache = self.bot.cache
        counted = (self._answered, self._failed, cache.hits, cache.misses, peak)
        await send(ctx, show.figures(show.Figures(datetime.now(UTC), self._since, *counted, tuple(timings))))

    @command()
    async def automation_status(self, ctx: Context) -> None:
        """What goes on by itself: folders of game servers, imports, posts."""
        await ctx.defer()
        async with self.bot.store.read() as reader:
            found = await folders.folders(self.bot.settings, reader)
            pulse = await database.pulse(reader, self._today())
            posts = await outbox.counts(reader)
        channel = self.bot.settings.stats_channel_id
        evening = None if self.bot.keeper is None else await self.bot.keeper.state()
        await send(ctx, show.automation(show.Automation(datetime.now(UTC), found, channel, posts, pulse, evening)))

    @server_status.autocomplete("server")  # type: ignore[untyped-decorator]
    @rcon.autocomplete("server")  # type: ignore[untyped-decorator]
    @map_.autocomplete("server")  # type: ignore[untyped-decorator]
    async def named(self, _: discord.Interaction[Any], current: str) -> list[app_commands.Choice[str]]:
        """Game servers that can be asked."""
        names = [server.name for server in self.bot.settings.servers if server.address]
        fitting = [name for name in names if current.strip().lower() in name.lower()][:25]
        return [app_commands.Choice(name=text.cell(name)[:100], value=name[:100]) for name in fitting]

    @commands.Cog.listener()
    async def on_command(self, ctx: Context) -> None:
        """Notes when a command began."""
        self._began[ctx] = time.monotonic()

    @commands.Cog.listener()
    async def on_command_completion(self, ctx: Context) -> None:
        """Counts a command that was answered, and its time."""
        self._answered += 1
        began = self._began.pop(ctx, None)
        if began is not None and ctx.command is not None:
            self._times[ctx.command.qualified_name].append(time.monotonic() - began)

    @commands.Cog.listener()
    async def on_command_error(self, _: Context, error: commands.CommandError) -> None:
        """Counts a command that was refused or failed."""
        if not isinstance(error, commands.CommandNotFound):
            self._answered += 1
            self._failed += not isinstance(getattr(error, "original", error), Answered)

    async def _live(self, server: ServerSettings) -> show.Live:
        assert server.address is not None
        try:
            return show.Live(server.name, await self._games.status(server.address))
        except NoAnswer as error:
            log.info("a game server does not answer", server=server.name, error=str(error))
            return show.Live(server.name, None, "It does not answer.")

    def _today(self) -> int:
        now = datetime.now(ZoneInfo(self.bot.settings.timezone))
        return now.year * 10000 + now.month * 100 + now.day

    def _controlled(self, name: str) -> tuple[ServerSettings, str, str]:
        """The game server that is meant, its address and its password. Raises Refused with the cure."""
        known = [server for server in self.bot.settings.servers if server.address and server.rcon_password_env]
        if not known:
            raise Refused(
                "Control of game servers is off. It takes `address` and `rcon_password_env` in a [[servers]] table of "
                "muster.toml, and the password in that environment variable."
            )
        if not name.strip() and len(known) > 1:
            names = ", ".join(f"`server: {text.cell(server.name)}`" for server in known)
            raise Refused(f"Say which one: {names}.")
        server = _find(known, name) if name.strip() else known[0]
        variable = server.rcon_password_env or ""
        password = from_environment(variable)
        if not password:
            raise Refused(f"The environment variable `{text.cell(variable)}` is not set: it holds the password.")
        assert server.address is not None
        return server, server.address, password

    async def _rcon(
        self, ctx: Context, server: str, address: str, password: str, words: str, *, quiet_is_good: bool = False
    ) -> str:
        """Sends a command and keeps who sent it. `quiet_is_good`: a server that loads a map may say nothing."""
        outcome = "sent"
        try:
            output = await self._games.rcon(address, password, words)
            outcome = "answered"
        except BadCommand as error:
            outcome = "refused"
            raise Refused(f"That can't be sent: {error}.") from None
        except NoAnswer as error:
            outcome = "no answer"
            if quiet_is_good:
                return ""
            log.info("a game server does not answer", server=server, error=str(error))
            raise Refused("It did not answer. Whether it did what it was told is not known.") from None
        finally:
            await self._audit(ctx, server, _blotted(words), outcome)
        if "bad rconpassword" in output.lower():
            raise Refused("The game server refuses the password: set the right one in its environment variable.")
        return output

    async def _audit(self, ctx: Context, server: str, words: str, outcome: str) -> None:
        """Keeps who had which server do what: in the log, and the last hundred in the database."""
        log.info("rcon", user=ctx.author.id, server=server, command=words, outcome=outcome)
        entry = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "user": ctx.author.id,
            "server": server,
            "command": words,
            "outcome": outcome,
        }
        async with self.bot.store.write() as writer:
            before = await notes.noted(writer, AUDIT) or []
            await notes.note(writer, AUDIT, [*before, entry][-MOST_AUDITED:])


def _find(known: list[ServerSettings], name: str) -> ServerSettings:
    """The server of a name, or the only one whose name begins so."""
    wanted = name.strip().lower()
    exact = [server for server in known if server.name.lower() == wanted]
    starting = [server for server in known if server.name.lower().startswith(wanted)]
    if exact or len(starting) == 1:
        return (exact or starting)[0]
    names = ", ".join(text.called(server.name) for server in known)
    raise Refused(f"There is no game server “{text.called(name)}”; there is: {names}.")


def _blotted(words: str) -> str:
    """A command without the passwords that may be in it."""
    return _SECRET.sub(r"\1…", words)
