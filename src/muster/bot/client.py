"""The client: what is asked of Discord, and what every command shares."""

import hashlib
from collections.abc import Awaitable
from typing import Any

import discord
import structlog
from discord.ext import commands

from muster.announce.keeper import Keeper
from muster.bot import rules
from muster.bot.cache import AnswerCache
from muster.bot.context import Context
from muster.bot.errors import answer_error
from muster.bot.pages import Picture
from muster.bot.presence import PresenceSource
from muster.bot.rooms import Rooms
from muster.bot.source import Source, tracking
from muster.charts.workers import ChartWorkers
from muster.community.recorder import Recorder
from muster.community.voice import VoiceCounter
from muster.config import Settings
from muster.ops.quake3 import GameServers
from muster.store import notes
from muster.store.engine import Store

log = structlog.get_logger("muster.bot")

INTENTS = {
    "guilds": "to know channels and roles",
    "guild_messages": "to see that somebody typed a command, and to count who writes how much",
    "message_content": "to read commands that are typed, such as !last_session, and for the chat log",
    "dm_messages": "to answer in private",
    "voice_states": "to know who is in voice, for session_status and team_balance, and to count how long",
    "members": "to keep who joins and leaves",
}
"""What may be asked of Discord, and what for."""


def intents_for(settings: Settings) -> dict[str, str]:
    """What is asked of Discord with these settings, and what for."""
    unwanted = {"message_content"} if not settings.message_content else set()
    unwanted |= {"members"} if not settings.count_joins else set()
    return {name: why for name, why in INTENTS.items() if name not in unwanted}


class MusterBot(commands.AutoShardedBot):
    """Answers commands from a store."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        recorder: Recorder | None = None,
        voice: VoiceCounter | None = None,
        keeper: Keeper | None = None,
        games: GameServers | None = None,
        **options: Any,
    ) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned_or(settings.command_prefix),
            intents=discord.Intents(**dict.fromkeys(intents_for(settings), True)),
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,  # nobody's list of members is needed
            max_messages=None,  # nor messages that were said
            case_insensitive=True,
            strip_after_prefix=True,
            help_command=None,
            **options,
        )
        self.settings = settings
        self.store = store
        self.recorder = recorder
        self.voice = voice
        self.keeper = keeper
        self.rooms: Rooms | None = None
        self.games = games or GameServers()
        self.cache = AnswerCache()
        self.charts = ChartWorkers(max_workers=settings.chart_workers)
        rules.install(self)

    async def setup_hook(self) -> None:
        """Loads the commands and registers them where they are not what Discord has."""
        from muster.bot.cogs import ALL

        if self.recorder is not None:
            tracked = tracking(self.settings.counted_channels, self.settings.ignored_channels)
            Source(self, self.recorder, tracked).attach(self.settings.command_prefix)
        if self.voice is not None:
            wanted = {"voice": self.settings.count_voice, "members": self.settings.count_joins}
            PresenceSource(self, self.voice, self.settings.ignored_channels, **wanted).attach()
        if self.keeper is not None and self.settings.gaming_voice_channels:
            self.rooms = Rooms(self, self.settings.gaming_voice_channels, self.keeper.wake)
            self.rooms.attach()
        for cog in ALL:
            await self.add_cog(cog(self))
        await self.register()

    async def register(self) -> bool:
        """Registers slash commands, at once for the configured server; False where nothing changed."""
        guild = discord.Object(self.settings.guild_id) if self.settings.guild_id else None
        if guild is not None:
            self.tree.copy_global_to(guild=guild)
        tree = self.tree.get_commands(guild=guild)
        listed = sorted(str(command.to_dict(self.tree)) for command in tree)
        mark = hashlib.sha256(f"{self.settings.guild_id}{self.application_id}{listed}".encode()).hexdigest()
        async with self.store.read() as reader:
            if await notes.noted(reader, "slash_commands") == mark:
                return False
        await self.tree.sync(guild=guild)
        async with self.store.write() as writer:
            await notes.note(writer, "slash_commands", mark)
        log.info("slash commands registered", count=len(listed), guild=self.settings.guild_id)
        return True

    async def get_context(self, origin: Any, /, *, cls: Any = Context) -> Any:
        """The context of a command, ours by default."""
        return await super().get_context(origin, cls=cls)

    async def on_command_error(self, ctx: Any, error: commands.CommandError, /) -> None:
        """Every error of a command, typed or chosen."""
        await answer_error(ctx, error)

    async def again(self, ctx: Context) -> None:
        """Runs a command once more, after its asker said which player he meant."""
        assert ctx.command is not None
        await self.guarded(ctx, ctx.command.callback(ctx.cog, ctx, **ctx.kwargs))  # type: ignore[arg-type]

    async def guarded(self, ctx: Context, answering: Awaitable[None]) -> None:
        """Goes on answering a command from one of its buttons or menus."""
        try:
            await answering
        except Exception as error:  # noqa: BLE001 - the one place where a command's errors become answers
            await answer_error(ctx, error)

    async def draw(self, picture: Picture) -> bytes:
        """Draws a picture in a worker process."""
        return await self.charts.draw(picture.function, *picture.arguments)

    async def close(self) -> None:
        """Leaves Discord and ends the workers."""
        await super().close()
        await self.charts.close()
