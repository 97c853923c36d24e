"""Which user is which player."""

import re
from typing import TYPE_CHECKING, Any, Final

import discord
import structlog
from discord.ext import commands
from discord.ext.commands import flag

from muster.bot import chat_desk, confirm, desk
from muster.bot.command import command
from muster.bot.context import Context
from muster.bot.refusals import Refused
from muster.bot.reply import send
from muster.bot.rules import is_admin
from muster.bot.show import link as show
from muster.bot.show.persons import profile as show_person
from muster.stats import chat_names, names, persons
from muster.stats.players import career
from muster.stats.values import Career, Nobody
from muster.stats.values.persons import PersonProfile
from muster.store import notes
from muster.store.engine import Reader

if TYPE_CHECKING:
    from muster.bot.client import MusterBot

log = structlog.get_logger("muster.bot")

_MENTION: Final = re.compile(r"<@!?(\d{1,20})>")
_FOR: Final = re.compile(r"(?P<name>.*?)\s*<@!?(?P<user>\d{1,20})>", re.DOTALL)


class LinkAsk(commands.FlagConverter, case_insensitive=True):
    """Which player, and of whom."""

    player: str = flag(default="", positional=True, description="the name you play under, or your GUID")
    user: discord.User | None = flag(default=None, description="for admins: the user to link")


class WhoAsk(commands.FlagConverter, case_insensitive=True):
    """Whom the question is about."""

    player: str = flag(default="", positional=True, description="a name, or a mention; nothing for yourself")


class UserAsk(commands.FlagConverter, case_insensitive=True):
    """Whose link."""

    user: discord.User | None = flag(default=None, positional=True, description="for admins: whose link to give up")


class Linking(commands.Cog, name="Link"):
    """Which Discord user is which player."""

    def __init__(self, bot: "MusterBot") -> None:
        self.bot = bot

    @command()
    async def link(self, ctx: Context, *, ask: LinkAsk) -> None:
        """Says which player you are, so that commands without a name mean you."""
        name, user = _whom(ctx, ask)
        if user != ctx.author.id and not is_admin(ctx):
            raise Refused("Only admins link other people. Each links himself: `link NAME`.")
        if not name:
            raise Refused(f"Say the name you play under: `{ctx.prefix or '/'}link NAME`.")
        if _MENTION.fullmatch(name):
            raise Refused("Say the name of the player, not of the user.")
        player = await desk.player(ctx, name)
        if player.is_bot:
            raise Refused("That is a bot of the game. Say the name you play under.")
        async with self.bot.store.read() as reader:
            about = await career(reader, player.key)
            holder = await notes.linked_user(reader, player.key)
            before = await notes.link_of(reader, user)
        if holder is not None and holder.user_id == user:
            await send(ctx, show.already(about, user))
            return

        async def confirmed(interaction: discord.Interaction[Any]) -> None:
            await self._link(ctx, about, user, holder.user_id if holder else None, interaction.user.id)

        if holder is None:
            page = show.question(about, user, ctx.author.id, before)
            await confirm.ask(ctx, page, "Yes, that is me" if user == ctx.author.id else "Link them", confirmed)
        else:
            page = show.taken(about, user, holder.user_id)
            await confirm.ask(ctx, page, "Link (admins)", confirmed, by_admins=True)

    @command()
    async def unlink(self, ctx: Context, *, ask: UserAsk) -> None:
        """Forgets which player you are."""
        user = ask.user.id if ask.user else ctx.author.id
        if user != ctx.author.id and not is_admin(ctx):
            raise Refused("Only admins give up the links of other people.")
        async with self.bot.store.write() as writer:
            was_linked = await notes.unlink(writer, user)
        if not was_linked:
            raise Refused("There is no link to give up: `link NAME` makes one.")
        log.info("unlinked", user=user, by=ctx.author.id)
        await send(ctx, show.unlinked(user))

    @command()
    async def whois(self, ctx: Context, *, ask: WhoAsk) -> None:
        """Which player a user is, or which user a player."""
        player = await desk.player(ctx, ask.player)
        await ctx.defer()
        async with self.bot.store.read() as reader:
            about = await career(reader, player.key)
            holder = await notes.linked_user(reader, player.key)
        await send(ctx, show.who(about, holder))

    @command()
    async def profile(self, ctx: Context, *, ask: WhoAsk) -> None:
        """Somebody in the game and on this server, side by side: rounds, messages, voice, company, hours."""
        player, user = await self._person(ctx, ask.player.strip())
        community = chat_desk.here(ctx) if ctx.guild is not None else None
        today, timezone = chat_desk.days(self.bot, "all").today, self.bot.settings.timezone

        async def question(reader: Reader) -> PersonProfile:
            both = await persons.other_half(reader, player, user)
            return await persons.profile(reader, both[0], community, both[1], today, timezone)

        await chat_desk.answer(ctx, question, lambda found: show_person(found, ctx.prefix or "/"))

    async def _person(self, ctx: Context, words: str) -> tuple[str | None, str | None]:
        """The key of the player that is meant, or that of the account: by mention, by name, or the author.

        Raises Answered or Refused as `desk.player` does.
        """
        mention = _MENTION.fullmatch(words)
        if mention or not words:
            return None, mention[1] if mention else str(ctx.author.id)
        async with self.bot.store.read() as reader:
            found = await names.lookup(reader, ctx.chosen.get(words, words))
            is_chatter = isinstance(found, Nobody) and ctx.guild is not None
            is_chatter = is_chatter and await chat_names.lookup(reader, chat_desk.here(ctx), words) is not None
        if is_chatter:
            return None, (await chat_desk.chatter(ctx, words)).key
        return (await desk.player(ctx, words)).key, None

    async def _link(self, ctx: Context, about: Career, user: int, known: int | None, by: int) -> None:
        """Links, if the player still is whose he was when it was asked: `known`."""
        async with self.bot.store.write() as writer:
            holder = await notes.linked_user(writer, about.player.key)
            now = holder.user_id if holder else None
            if now not in (known, user):
                raise Refused("That has changed meanwhile: `whois` says how it stands. Ask again if it is still right.")
            await notes.link(writer, user, about.player.key, by)
        log.info("linked", user=user, player=about.player.key, by=by, before=now)
        await send(ctx, show.linked(about, user))


def _whom(ctx: Context, ask: LinkAsk) -> tuple[str, int]:
    """The name, and whose it is: `NAME`, `NAME @user`, or both as options."""
    words = ask.player.strip()
    if ask.user is not None:
        return words, ask.user.id
    found = _FOR.fullmatch(words)
    if found is None or not found["name"]:
        return words, ctx.author.id
    return found["name"], int(found["user"])
