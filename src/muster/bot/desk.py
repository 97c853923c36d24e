"""The desk every command comes to: whom it means, what part of the history, the question, the answer."""

import re
from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

from muster.bot import text
from muster.bot.context import Context
from muster.bot.pages import Answer
from muster.bot.refusals import Answered, Refused
from muster.bot.reply import ask_which, send
from muster.stats import names, periods, place_names
from muster.stats.values import Choice, Found, Gates, Nobody, PlayerRef, Scope
from muster.store.engine import Reader
from muster.store.notes import link_of

if TYPE_CHECKING:
    from muster.bot.client import MusterBot

T = TypeVar("T")
_MENTION = re.compile(r"<@!?(\d+)>")
_VERSUS = re.compile(r"\s+(?:vs\.?|versus|against)\s+|(?<=>)\s*(?=<@)", re.IGNORECASE)
_MOST_WORDS = 8


def scope_of(bot: "MusterBot", ask: Any) -> Scope:
    """What part of the history is asked for. Raises UnknownPeriod."""
    now = datetime.now(ZoneInfo(bot.settings.timezone))
    return Scope(periods.parse(ask.period, now), ask.map, ask.server)


async def scope(ctx: Context, ask: Any) -> Scope:
    """The same, with the map and the server as the store has them. Raises UnknownPlace too."""
    asked = scope_of(ctx.bot, ask)
    async with ctx.bot.store.read() as reader:
        return await place_names.known(reader, asked)


def period_of(bot: "MusterBot", words: str) -> periods.Period | None:
    """The period that words are, if they are one."""
    try:
        found = periods.parse(words, datetime.now(ZoneInfo(bot.settings.timezone)))
    except periods.UnknownPeriod:
        return None
    return None if found == periods.ALL_TIME else found


def gates_of(bot: "MusterBot") -> Gates:
    """How much a player must have played to be ranked."""
    return Gates(bot.settings.min_rounds, bot.settings.min_rounds_ratio, bot.settings.min_shots)


async def answer(
    ctx: Context,
    key: Hashable,
    question: Callable[[Reader], Awaitable[T]],
    show: Callable[[T], Answer],
    *,
    opened: Callable[[str], Awaitable[None]] | None = None,
    open_what: str = "open",
) -> None:
    """Asks a question, or remembers its answer, and sends the pages. `key` names the question with all it is about.

    `opened` and `open_what` as in `send`.
    """
    await ctx.defer()
    async with ctx.bot.store.read() as reader:
        found = await ctx.bot.cache.get(reader, key, lambda: question(reader))
    await send(ctx, show(found), opened, open_what=open_what)


async def player(ctx: Context, words: str | None) -> PlayerRef:
    """The player somebody means: by mention, by name, or himself.

    Where several fit he is asked which, and the command runs again with his choice: raises Answered then.
    Raises Refused where nobody fits.
    """
    wanted = ctx.chosen.get((words or "").strip(), (words or "").strip())
    mention = _MENTION.fullmatch(wanted)
    if mention or not wanted:
        return await _linked(ctx, int(mention[1]) if mention else ctx.author.id)
    async with ctx.bot.store.read() as reader:
        found = await names.lookup(reader, wanted)
        nobody_yet = isinstance(found, Nobody) and not await names.suggest(reader, "", limit=1)
    if isinstance(found, Found):
        return found.player
    if isinstance(found, Choice):
        labels = [(f"{text.cell(c.player.name)} ({text.cell(c.alias)})", c.player.key) for c in found.candidates]
        named = all(candidate.score == 100 for candidate in found.candidates)
        start = "Several players go by something like" if named else "These come near, for nobody goes by"
        await ask_which(ctx, wanted, labels, f"{start} “{text.name(wanted)}”.")
        raise Answered
    if nobody_yet:
        raise Refused("No round is stored yet, so there is nobody to show. An admin brings rounds in with `sync_all`.")
    raise Refused(
        f"Nobody goes by anything like “{text.name(wanted)}”. `{ctx.prefix or '/'}top_killers` shows who plays."
    )


async def pair(ctx: Context, ask: Any) -> tuple[PlayerRef, PlayerRef]:
    """The two players somebody means: `A vs B`, two options, or one beside himself.

    Raises Answered or Refused, as `player` does.
    """
    first, second = (ask.players or "").strip(), (ask.other or "").strip()
    if first and not second:
        first, second = await _apart(ctx, first)
    if not (first and second):
        own = await _own(ctx)
        if own is None or not (first or second):
            raise Refused(
                f"Say two players: `{ctx.prefix or '/'}{ctx.command} A vs B`. "
                f"Who is linked (`{ctx.prefix or '/'}link NAME`) may leave himself out."
            )
        one, other = own, await player(ctx, first or second)
    else:
        one, other = await player(ctx, first), await player(ctx, second)
    if one.key == other.key:
        raise Refused(f"Both mean {text.name(one.name, one.key)}. Say two players: A vs B.")
    return one, other


async def _apart(ctx: Context, words: str) -> tuple[str, str]:
    """Two names typed as one text; the second is empty where there is only one."""
    parts = _VERSUS.split(words, maxsplit=1)
    if len(parts) == 2:
        return parts[0].strip(), parts[1].strip()
    single = words.split()
    if not 2 <= len(single) <= _MOST_WORDS:
        return words, ""
    async with ctx.bot.store.read() as reader:
        if not isinstance(await names.lookup(reader, words), Found):
            for cut in range(1, len(single)):
                two = " ".join(single[:cut]), " ".join(single[cut:])
                if all([isinstance(await names.lookup(reader, name), Found) for name in two]):
                    return two
    return words, ""


async def _own(ctx: Context) -> PlayerRef | None:
    """The author's own player, where he is linked."""
    try:
        return await _linked(ctx, ctx.author.id)
    except Refused:
        return None


async def _linked(ctx: Context, user_id: int) -> PlayerRef:
    async with ctx.bot.store.read() as reader:
        link = await link_of(reader, user_id)
        found = await names.lookup(reader, link.player_key) if link else None
    if isinstance(found, Found):
        return found.player
    if user_id == ctx.author.id:
        raise Refused(f"Say whom you mean, or link yourself once with `{ctx.prefix or '/'}link NAME`.")
    raise Refused("That user is not linked to a player. They can do so with `link NAME`.")
