"""The bot kept online: logged in, connected, begun again while Discord can't be reached."""

import asyncio
import math
from typing import Any, Final

import aiohttp
import discord
import structlog
from discord.backoff import ExponentialBackoff

from muster.announce.waiting import first_of
from muster.bot.client import MusterBot
from muster.bot.communities import community_of
from muster.bot.warm import warm
from muster.community.recorder import Recorder
from muster.community.voice import VoiceCounter
from muster.config import Settings
from muster.model.chat import Community
from muster.ops.parts import Misconfigured
from muster.store.engine import Store, StoreError

log = structlog.get_logger("muster.bot")

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 30.0
"""Seconds between two attempts to log in: doubled each time."""

LONGEST_EXPONENT: Final = 4
"""A pause before a shard is connected again takes up to 2 to this power, in seconds."""

SCOPES: Final = "https://discord.com/oauth2/authorize?client_id={id}&scope=bot+applications.commands"

TOKEN_REFUSED: Final = 4004
SHARDING_REQUIRED: Final = 4011
"""Codes the gateway closes with."""

discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
"""Nobody speaks here: libraries for voice are not missed."""


class Patience(ExponentialBackoff[Any]):
    """The library's pauses between attempts to reconnect, without those of up to 17 minutes."""

    def __init__(self, base: int = 1, *, integral: Any = False) -> None:
        super().__init__(base, integral=integral)
        self._max = LONGEST_EXPONENT


discord.shard.ExponentialBackoff = Patience  # type: ignore[attr-defined]

_PASSING: Final = (OSError, aiohttp.ClientError, discord.GatewayNotFound, StoreError)


class Online:
    """A bot that is online as long as it is asked to be."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        recorder: Recorder | None = None,
        voice: VoiceCounter | None = None,
        **options: Any,
    ) -> None:
        self._settings = settings
        self._store = store
        self._recorder = recorder
        self._voice = voice
        self._options = options
        self._bot: MusterBot | None = None
        self._in = asyncio.Event()

    async def bot(self) -> MusterBot:
        """The bot, as soon as it is logged in."""
        while self._bot is None:
            await self._in.wait()
        return self._bot

    def occupancy(self) -> int | None:
        """How many people are in the voice channels of evenings; None where it can't be seen now."""
        if self._bot is None or self._bot.rooms is None or not self._bot.is_ready():
            return None
        return self._bot.rooms.occupancy()

    @property
    def latency(self) -> float | None:
        """Seconds from a heartbeat to its answer; None while a connection is missing."""
        bot = self._bot
        if bot is None or not bot.is_ready() or any(shard.is_closed() for shard in bot.shards.values()):
            return None
        return bot.latency if math.isfinite(bot.latency) else 0.0

    def communities(self) -> list[Community]:
        """The servers the bot is on, as far as Discord has told of them."""
        if self._bot is None or not self._bot.is_ready():
            return []
        return [community_of(guild) for guild in self._bot.guilds if not guild.unavailable]

    async def members(self, community: Community) -> int | None:
        """How many members a server has; None where Discord does not answer."""
        if self._bot is None:
            return None
        try:
            guild = await self._bot.fetch_guild(int(community.key), with_counts=True)
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.warning("members can't be counted now", guild=community.key, error=str(error))
            return None
        return guild.approximate_member_count

    async def run(self, stop: asyncio.Event) -> None:
        """Stays online until it is stopped. Raises Misconfigured for what only a person can set right."""
        pause = FIRST_PAUSE
        while not stop.is_set():
            try:
                await self._stay(stop)
            except _PASSING as error:
                log.warning("Discord can't be reached", again_in=pause, error=str(error) or type(error).__name__)
            except discord.HTTPException as error:
                if error.status != 429 and error.status < 500:
                    raise Misconfigured(_cure(error, self._settings)) from error
                log.warning("Discord does not answer", again_in=pause, error=str(error))
            except (discord.LoginFailure, discord.PrivilegedIntentsRequired) as error:
                raise Misconfigured(_cure(error, self._settings)) from error
            except discord.ConnectionClosed as error:
                if error.code != SHARDING_REQUIRED:
                    raise Misconfigured(_cure(error, self._settings)) from error
                log.warning("the bot is on so many servers that it needs another shard", again_in=pause)
            await first_of(stop.wait(), seconds=pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _stay(self, stop: asyncio.Event) -> None:
        token = self._settings.discord_token
        assert token is not None
        async with MusterBot(self._settings, self._store, self._recorder, self._voice, **self._options) as bot:
            try:
                await first_of(self._connect(bot, token.get_secret_value()), stop.wait())
            finally:
                self._in.clear()
                self._bot = None
        if not stop.is_set():
            raise ConnectionError("the connection ended")

    async def _connect(self, bot: MusterBot, token: str) -> None:
        await bot.login(token)
        self._bot = bot
        self._in.set()
        log.info("logged in", user=str(bot.user))
        await warm(self._store, self._settings)
        if self._recorder is not None:
            await self._recorder.ready()
        if self._voice is not None:
            await self._voice.ready()
        await bot.connect()


def _cure(error: Exception, settings: Settings) -> str:
    """What a person has to do."""
    if isinstance(error, discord.PrivilegedIntentsRequired):
        named = {
            "message_content": ("Message Content Intent", settings.message_content, "MUSTER_MESSAGE_CONTENT=false"),
            "members": ("Server Members Intent", settings.count_joins, "MUSTER_COUNT_JOINS=false"),
        }
        asked = {name: about for name, about in named.items() if about[1]}
        return (
            f"Discord does not give the intent {' or '.join(asked)}: switch on "
            f"{' and '.join(f'“{portal}”' for portal, *_ in asked.values())} in the Developer "
            "Portal, Bot, Privileged Gateway Intents; or do without it: "
            f"{' '.join(without for *_, without in asked.values())}"
        )
    if isinstance(error, discord.ConnectionClosed) and error.code != TOKEN_REFUSED:
        return f"Discord closed the connection for good, code {error.code}: is this the newest Muster?"
    if isinstance(error, discord.LoginFailure | discord.ConnectionClosed):
        return (
            "Discord refuses the token: put the right one into DISCORD_TOKEN (environment or .env); "
            "a new one comes from the Developer Portal, Bot, Reset Token"
        )
    return (
        f"Discord refuses slash commands for server {settings.guild_id} ({error}): check GUILD_ID, and invite the bot "
        f"with {SCOPES.format(id='ITS_ID')}"
    )
