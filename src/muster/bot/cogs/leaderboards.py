"""Who is best at what."""

from typing import TYPE_CHECKING, Any

from discord.ext import commands

from muster.bot import desk
from muster.bot.asks import ArmedAsk, BoardAsk, MetricAsk
from muster.bot.command import command
from muster.bot.context import Context
from muster.bot.refusals import Refused
from muster.bot.show import board
from muster.model.fields import WEAPONS
from muster.stats import leaderboard, metrics
from muster.stats.weapons import weapon_index
from muster.store import notes

if TYPE_CHECKING:
    from muster.bot.client import MusterBot

PLACES = 120
"""Places of a ranking that can be leafed through; `place` leads to those after them."""

RANKED = (
    *("kills", "kd", "accuracy", "headshot_rate", "dpm", "efficiency", "survival", "useful_share"),
    *("revive_rate", "objective_score", "support_score", "consistency", "rating"),
)
"""What `rank_player` ranks by."""


class Leaderboards(commands.Cog):
    """Who is best at what."""

    def __init__(self, bot: "MusterBot") -> None:
        self.bot = bot

    @command(aliases=["top"])
    async def leaderboard(self, ctx: Context, *, ask: MetricAsk) -> None:
        """Players by any metric."""
        await self._rank(ctx, ask.metric or "kills", ask)

    @command()
    async def top_killers(self, ctx: Context, *, ask: BoardAsk) -> None:
        """Players by kills."""
        await self._rank(ctx, "kills", ask)

    @command()
    async def top_accuracy(self, ctx: Context, *, ask: BoardAsk) -> None:
        """Players by accuracy."""
        await self._rank(ctx, "accuracy", ask)

    @command()
    async def top_objectives(self, ctx: Context, *, ask: BoardAsk) -> None:
        """Players by what they do for the objective."""
        await self._rank(ctx, "objective_score", ask)

    @command()
    async def top_support(self, ctx: Context, *, ask: BoardAsk) -> None:
        """Players by revives and assists."""
        await self._rank(ctx, "support_score", ask)

    @command()
    async def top_efficiency(self, ctx: Context, *, ask: BoardAsk) -> None:
        """Players by the share of fights they win."""
        await self._rank(ctx, "efficiency", ask)

    @command()
    async def worst_performers(self, ctx: Context, *, ask: MetricAsk) -> None:
        """The other end of a ranking; an admin switches it on: `worst_performers_switch on`."""
        async with self.bot.store.read() as reader:
            switched_on = await notes.noted(reader, f"worst_performers:{ctx.guild.id if ctx.guild else 0}")
        if not switched_on:
            raise Refused("This ranking is off here. An admin can switch it on: `worst_performers_switch on`.")
        await self._rank(ctx, ask.metric or "kd", ask, worst=True)

    @command()
    async def rank_player(self, ctx: Context, *, ask: ArmedAsk) -> None:
        """Where a player stands by every metric, or with a weapon."""
        player = await desk.player(ctx, ask.player)
        scope = await desk.scope(ctx, ask)
        gates = desk.gates_of(self.bot)
        weapon = WEAPONS[weapon_index(ask.weapon)] if ask.weapon else None
        await desk.answer(
            ctx,
            ("rank_player", player.key, scope, weapon),
            lambda reader: (
                leaderboard.standings_with(reader, player.key, weapon, scope, gates=gates)
                if weapon
                else leaderboard.standings(reader, player.key, RANKED, scope, gates=gates)
            ),
            lambda found: board.standings(player, found, scope, gates, weapon=weapon),
        )

    async def _rank(self, ctx: Context, metric: str, ask: Any, *, worst: bool = False) -> None:
        key = metrics.find(metric).key
        scope = await desk.scope(ctx, ask)
        await desk.answer(
            ctx,
            ("leaderboard", key, scope, ask.weapon, worst, ask.place),
            lambda reader: leaderboard.leaderboard(
                reader,
                key,
                scope,
                weapon=ask.weapon,
                worst_first=worst,
                gates=desk.gates_of(self.bot),
                limit=PLACES,
                offset=ask.place - 1,
            ),
            lambda found: board.leaderboard(found, worst=worst),
        )
