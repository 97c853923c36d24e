"""One player, or two: how he plays, where, with what, with whom, and where he is going."""

from collections.abc import Awaitable, Callable, Hashable
from typing import TYPE_CHECKING, Final, TypeVar

from discord.ext import commands

from muster.bot import desk
from muster.bot.asks import ArmedAsk, CompareAsk, RecentAsk
from muster.bot.command import command
from muster.bot.context import Context
from muster.bot.pages import Answer
from muster.bot.show import (
    player,
    player_arms,
    player_company,
    player_course,
    player_progress,
    player_sheets,
    player_tables,
)
from muster.model.fields import WEAPONS
from muster.stats import achievements, arms, history, own_rounds, partners, players, profiles, sheets, trends
from muster.stats.values import PlayerRef, Scope
from muster.stats.values.arms import Armed
from muster.stats.weapons import weapon_index
from muster.store.engine import Reader

if TYPE_CHECKING:
    from muster.bot.client import MusterBot

T = TypeVar("T")
Question = Callable[[Reader, str, Scope], Awaitable[T]]
"""What is asked about the player of a key, within a scope."""

SESSIONS: Final = 120
"""Sessions of a history that can be leafed through."""


class Players(commands.Cog):
    """How somebody plays, where, with what, with whom, and where he is going."""

    def __init__(self, bot: "MusterBot") -> None:
        self.bot = bot

    @command(aliases=["stats"])
    async def player_stats(self, ctx: Context, *, ask: ArmedAsk) -> None:
        """A player from all sides: overview, combat, objectives, weapons, maps."""
        gates = desk.gates_of(self.bot)
        await self._answer(ctx, ask, lambda *of: profiles.profile(*of, gates=gates), player.profile)

    @command()
    async def player_summary(self, ctx: Context, *, ask: ArmedAsk) -> None:
        """A player in short."""
        await self._answer(ctx, ask, profiles.summary, player.summary)

    @command()
    async def player_history(self, ctx: Context, *, ask: ArmedAsk) -> None:
        """A player's evenings: maps, K/D, DPM, accuracy, results, with a chart."""
        await self._within(ctx, ask, lambda *of: history.history(*of, limit=SESSIONS), player_course.history)

    @command()
    async def player_weapons(self, ctx: Context, *, ask: ArmedAsk) -> None:
        """A player's weapons: kills, deaths, hits, accuracy, headshots."""
        await self._within(ctx, ask, players.weapons, player_tables.weapons)

    @command()
    async def player_objectives(self, ctx: Context, *, ask: ArmedAsk) -> None:
        """What a player does for the objective, also per map."""
        gates = desk.gates_of(self.bot)
        await self._answer(ctx, ask, lambda *of: sheets.objectives(*of, gates=gates), player_sheets.objectives)

    @command()
    async def compare_players(self, ctx: Context, *, ask: CompareAsk) -> None:
        """Two players side by side, against each other and together: A vs B."""
        scope = await desk.scope(ctx, ask)
        one, other = await desk.pair(ctx, ask)
        if ask.weapon:
            await self._compare_arms(ctx, (one, other), ask.weapon, scope)
            return
        await desk.answer(
            ctx,
            ("compare_players", one.key, other.key, scope),
            lambda reader: profiles.comparison(reader, one.key, other.key, scope),
            player_company.comparison,
        )

    @command()
    async def player_maps(self, ctx: Context, *, ask: ArmedAsk) -> None:
        """A player's maps, against his own average."""
        await self._within(ctx, ask, players.maps, player_tables.maps)

    @command()
    async def player_trends(self, ctx: Context, *, ask: ArmedAsk) -> None:
        """Where a player's DPM, K/D and accuracy are going, with a chart."""
        await self._answer(ctx, ask, trends.trend, player_course.trend)

    @command()
    async def player_recent(self, ctx: Context, *, ask: RecentAsk) -> None:
        """A player's last rounds with their results."""
        limit = ask.rounds
        await self._within(ctx, ask, lambda *of: history.recent(*of, limit=limit), player_course.recent, limit)

    @command()
    async def player_achievements(self, ctx: Context, *, ask: ArmedAsk) -> None:
        """Milestones a player has reached, and how far it is to the next."""
        await self._answer(ctx, ask, achievements.achievements, player_progress.achievements)

    @command()
    async def player_efficiency(self, ctx: Context, *, ask: ArmedAsk) -> None:
        """What a player makes of his time and his lives."""
        await self._sheet(ctx, ask, sheets.EFFICIENCY, "Efficiency")

    @command()
    async def player_combat(self, ctx: Context, *, ask: ArmedAsk) -> None:
        """How a player fights, and his best rounds."""
        gates = desk.gates_of(self.bot)
        await self._answer(ctx, ask, lambda *of: sheets.combat(*of, gates=gates), player_sheets.combat)

    @command()
    async def player_support(self, ctx: Context, *, ask: ArmedAsk) -> None:
        """What a player does for his team: revives, assists, time denied to enemies."""
        await self._sheet(ctx, ask, sheets.SUPPORT, "Support")

    @command()
    async def player_consistency(self, ctx: Context, *, ask: ArmedAsk) -> None:
        """How much a player varies from round to round."""
        gates = desk.gates_of(self.bot)
        await self._answer(ctx, ask, lambda *of: own_rounds.steadiness(*of, gates=gates), player_progress.steadiness)

    @command()
    async def player_rivals(self, ctx: Context, *, ask: ArmedAsk) -> None:
        """Who keeps beating a player, and whom he beats."""
        await self._answer(ctx, ask, partners.hardest_rivals, player_company.rivals)

    @command()
    async def player_teammates(self, ctx: Context, *, ask: ArmedAsk) -> None:
        """With whom a player wins more than usual."""
        await self._answer(ctx, ask, partners.best_teammates, player_company.teammates)

    async def _sheet(self, ctx: Context, ask: ArmedAsk, metrics: tuple[str, ...], what: str) -> None:
        gates = desk.gates_of(self.bot)
        await self._answer(
            ctx,
            ask,
            lambda reader, key, scope: sheets.sheet(reader, key, metrics, scope, gates=gates),
            lambda found: player_sheets.sheet(found, what),
        )

    async def _answer(self, ctx: Context, ask: ArmedAsk, question: Question[T], show: Callable[[T], Answer]) -> None:
        """An answer that says itself what part of the history it is of."""
        await self._within(ctx, ask, question, lambda found, _: show(found))

    async def _within(
        self,
        ctx: Context,
        ask: ArmedAsk,
        question: Question[T],
        show: Callable[[T, Scope], Answer],
        also: Hashable = None,
    ) -> None:
        """An answer that is shown together with its scope. `also` is what it depends on beside that."""
        assert ctx.command is not None
        scope = await desk.scope(ctx, ask)
        about = await desk.player(ctx, ask.player)
        if ask.weapon:
            await self._armed(ctx, about, ask.weapon, scope)
            return
        await desk.answer(
            ctx,
            (ctx.command.name, about.key, scope, also),
            lambda reader: question(reader, about.key, scope),
            lambda found: show(found, scope),
        )

    async def _armed(self, ctx: Context, about: PlayerRef, weapon: str, scope: Scope) -> None:
        """The same of one weapon."""
        assert ctx.command is not None
        name, gates = WEAPONS[weapon_index(weapon)], desk.gates_of(self.bot)
        command = ctx.command.name
        await desk.answer(
            ctx,
            ("armed", about.key, name, scope),
            lambda reader: arms.armed(reader, about.key, name, scope, gates=gates),
            lambda found: player_arms.armed(found, command),
        )

    async def _compare_arms(self, ctx: Context, pair: tuple[PlayerRef, PlayerRef], weapon: str, scope: Scope) -> None:
        """Two players with one weapon."""
        name, gates = WEAPONS[weapon_index(weapon)], desk.gates_of(self.bot)

        async def ask(reader: Reader) -> tuple[Armed, Armed]:
            one, other = [await arms.armed(reader, player.key, name, scope, gates=gates) for player in pair]
            return one, other

        keys = tuple(player.key for player in pair)
        await desk.answer(ctx, ("armed", keys, name, scope), ask, lambda found: player_arms.comparison(*found))
