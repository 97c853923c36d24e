"""Who is to be split into teams: players named after each other, or everybody in the asker's voice channel."""

import asyncio
import re
from collections.abc import Sequence
from typing import Final

import msgspec

from muster.bot import desk, text
from muster.bot.cache import AnswerCache
from muster.bot.context import Context
from muster.bot.refusals import Refused
from muster.rounds import rating
from muster.rounds.rating import Calibration, Skill
from muster.stats import names, ratings, teams_balance
from muster.stats.values import Found, PlayerRef
from muster.stats.values.teams import Balance, Seat
from muster.store.engine import Reader
from muster.store.notes import link_of

MOST: Final = 48
"""Players that are split at once."""
_MENTION: Final = re.compile(r"(<@!?\d+>)")
_BETWEEN: Final = re.compile(r"[,;\n]|\s+(?:vs\.?|versus|against)\s+", re.IGNORECASE)


class Players(msgspec.Struct, frozen=True):
    """Whom a balance is for: where they are from, and who of there is no player, as running text."""

    players: tuple[PlayerRef, ...]
    source: str = ""
    left_out: str = ""


async def asked(ctx: Context, words: str | None) -> Players:
    """The players somebody names, or those of his voice channel. Raises Refused and Answered as `desk.player` does."""
    listed = await _named(ctx, words) if words and words.strip() else await _in_voice(ctx)
    if len(listed.players) > MOST:
        raise Refused(f"That are {len(listed.players)} players; I split {MOST} at most.")
    return listed


async def balance(reader: Reader, cache: AnswerCache, keys: Sequence[str]) -> Balance:
    """The most even splits of players, and what turns their margins into chances."""
    newcomer = Skill()
    seats = await teams_balance.seats(reader, keys, (newcomer.mu, newcomer.sigma))
    splits = await asyncio.to_thread(teams_balance.splits, seats, _margin)
    fitted = await cache.get(reader, ("calibration",), lambda: _calibration(reader))
    exact = len(seats) <= teams_balance.EXACT
    return Balance(splits, exact, fitted.matches if fitted else 0, fitted.scale if fitted else None)


async def _calibration(reader: Reader) -> Calibration | None:
    forecasts = [(forecast.margin, forecast.result) for forecast in await ratings.forecasts(reader)]
    # Thousands of matches take a while to fit, and nobody else shall wait for it.
    return await asyncio.to_thread(rating.calibrate, forecasts)


def _margin(first: Sequence[Seat], second: Sequence[Seat]) -> float:
    return rating.margin(*([Skill(seat.mu, seat.sigma) for seat in team] for team in (first, second)))


async def _named(ctx: Context, words: str) -> Players:
    apart = _MENTION.sub(r",\1,", words)
    parts = list(dict.fromkeys(part.strip() for part in _BETWEEN.split(apart) if part.strip()))
    if len(parts) == 1:
        parts = await _apart(ctx, parts[0])
    found: dict[str, PlayerRef] = {}
    refused = []
    for part in parts:
        try:
            player = await desk.player(ctx, part)
        except Refused as refusal:
            refused.append(str(refusal))
        else:
            found.setdefault(player.key, player)
    if refused:
        raise Refused("\n".join(refused[:5]) + (f"\nand {len(refused) - 5} more" if len(refused) > 5 else ""))
    if len(found) < 2:
        raise Refused(f"Name two players or more, with commas between: `{_command(ctx)} Ann, Bob, Cid, Dan`.")
    return Players(tuple(found.values()))


async def _apart(ctx: Context, words: str) -> list[str]:
    """Names typed without commas: each word by itself, unless all of them together name somebody."""
    single = words.split()
    if len(single) < 2:
        return [words]
    async with ctx.bot.store.read() as reader:
        whole = await names.lookup(reader, words)
    return [words] if isinstance(whole, Found) else single


async def _in_voice(ctx: Context) -> Players:
    """Linked users in the asker's voice channel."""
    voice = getattr(ctx.author, "voice", None)
    if voice is None or voice.channel is None:
        raise Refused(
            f"Name the players, with commas between: `{_command(ctx)} Ann, Bob, Cid, Dan`. "
            "Or join a voice channel: then I split who is in it and linked."
        )
    channel = voice.channel
    users = [user for user in channel.voice_states if not _is_bot(ctx, user)]
    found: dict[str, PlayerRef] = {}
    missing = []
    async with ctx.bot.store.read() as reader:
        for user in users:
            link = await link_of(reader, user)
            player = await names.lookup(reader, link.player_key) if link else None
            if isinstance(player, Found):
                found[player.player.key] = player.player
            else:
                missing.append(f"<@{user}>")
    left = f"Not linked, so left out: {' '.join(missing[:MOST])}" if missing else ""
    if len(found) < 2:
        raise Refused(
            f"Linked to a player: {len(found)} of {text.counted(len(users), 'user')} in {channel.mention}, too few for "
            f"teams. They link themselves with `{ctx.prefix or '/'}link NAME`; or name the players: "
            f"`{_command(ctx)} Ann, Bob, Cid, Dan`."
        )
    return Players(tuple(found.values()), f"linked in #{text.called(channel.name)}", left)


def _is_bot(ctx: Context, user: int) -> bool:
    member = ctx.guild.get_member(user) if ctx.guild else None
    return member is not None and member.bot


def _command(ctx: Context) -> str:
    return f"{ctx.prefix or '/'}{ctx.command}"
