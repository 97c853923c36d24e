"""Teams: those of an evening, both sides, who plays well together, and how to split players evenly."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import discord
import msgspec
from discord import app_commands
from discord.ext import commands

from muster.bot import balancing, complete, desk, text
from muster.bot.asks import PairAsk, PlayerAsk
from muster.bot.command import command
from muster.bot.context import Context
from muster.bot.pages import Answer
from muster.bot.refusals import Refused
from muster.bot.show import board, team_balance, team_evening, team_lineups, team_sides, team_synergy
from muster.bot.team_asks import BalanceAsk, EfficiencyAsk, EveningAsk, MapAsk, TeamAsk
from muster.rounds import rating
from muster.stats import names, place_names, sessions, teams, teams_lineups, teams_sides, teams_synergy
from muster.stats.values import EVERYTHING, Found, Scope
from muster.stats.values.teams import Balance, TeamEvening
from muster.store.engine import Reader

if TYPE_CHECKING:
    from muster.bot.client import MusterBot

SIDES: Final = ("axis", "allies")
EVENINGS: Final = 10
"""Sessions of a day or a month that can be looked through."""
_SESSION: Final = re.compile(r"\d{4}-\d{2}-\d{2}-\d{6}@.*")
_LAST: Final = ("", "a", "b", "team a", "team b", "last")

Evenings = tuple[TeamEvening, ...]


class Teams(commands.Cog):
    """Teams, sides, line-ups, and even splits."""

    def __init__(self, bot: "MusterBot") -> None:
        self.bot = bot

    @command()
    async def team_stats(self, ctx: Context, *, ask: TeamAsk) -> None:
        """Axis, Allies, the teams a player was in, or those of the last session."""
        scope = await desk.scope(ctx, ask)
        words = (ask.team or "").strip()
        if words.lower() in SIDES or (not words and scope != Scope(server=scope.server)):
            await self._sides(ctx, scope, lambda found: team_sides.sides(found, words.lower() or SIDES[0]))
        elif words.lower() in _LAST:
            await self._evenings(ctx, "", scope, team_evening.teams)
        else:
            player = await desk.player(ctx, words)
            await desk.answer(
                ctx,
                ("teams_with", player.key, scope),
                lambda reader: teams_lineups.teams_with(reader, player.key, scope),
                team_lineups.teams_of,
            )

    @command()
    async def team_roster(self, ctx: Context, *, ask: EveningAsk) -> None:
        """Who played for which team, or on a side of the last round."""
        words = (ask.which or "").split()
        side = next((word.lower() for word in words if word.lower() in SIDES), None)
        evening = " ".join(word for word in words if word.lower() not in SIDES)
        async with self.bot.store.read() as reader:
            scope = await place_names.known(reader, Scope(server=ask.server))
        if side is None:
            await self._evenings(ctx, evening, scope, team_evening.rosters)
            return
        chosen = await self._sessions(evening, scope)
        session_id = chosen[0] if chosen else None
        await desk.answer(
            ctx,
            ("team_sides_of", session_id),
            lambda reader: teams.sides_of(reader, session_id),
            lambda page: team_evening.side_roster(page, side),
        )

    @command()
    async def team_vs_team(self, ctx: Context, *, ask: PairAsk) -> None:
        """How the last session's teams did against each other, or two players' teams: A vs B."""
        scope = await desk.scope(ctx, ask)
        words = (ask.players or "").strip()
        if not ask.other and (not words or _SESSION.fullmatch(words) or desk.period_of(self.bot, words)):
            await self._evenings(ctx, words, scope, team_evening.versus)
            return
        one, other = await desk.pair(ctx, ask)
        await desk.answer(
            ctx,
            ("team_vs_team", one.key, other.key, scope),
            lambda reader: teams_lineups.versus(reader, one.key, other.key, scope),
            team_lineups.versus,
        )

    @command()
    async def team_balance(self, ctx: Context, *, ask: BalanceAsk) -> None:
        """Even teams out of named players, or of those in your voice channel."""
        listed = await balancing.asked(ctx, ask.players)
        keys = tuple(sorted(player.key for player in listed.players))
        who = team_balance.Asked(len(keys), listed.source, listed.left_out)
        await desk.answer(
            ctx,
            ("team_balance", keys),
            lambda reader: balancing.balance(reader, self.bot.cache, keys),
            lambda found: team_balance.balance(found, _chance(found), who),
        )

    @command()
    async def team_synergy(self, ctx: Context, *, ask: PairAsk) -> None:
        """Who wins more together than alone: two players (A vs B), one with everybody, or the best pairs."""
        scope = await desk.scope(ctx, ask)
        words = (ask.players or ask.other or "").strip()
        if words and ((ask.players and ask.other) or not await self._is_one(words)):
            one, other = await desk.pair(ctx, ask)
            await desk.answer(
                ctx,
                ("team_synergy", one.key, other.key, scope),
                lambda reader: teams_synergy.synergy(reader, one.key, other.key, scope),
                team_synergy.synergy,
            )
            return
        key = (await desk.player(ctx, words)).key if words else None
        await desk.answer(
            ctx,
            ("team_pairs", key, scope),
            lambda reader: teams_synergy.best_pairs(reader, scope, key=key),
            team_synergy.pairs,
        )

    @command()
    async def team_objective(self, ctx: Context, *, ask: MapAsk) -> None:
        """How often attacks complete and how long they take, map by map; of one side if you like."""
        words = (ask.map or "").split()
        side = next((word.lower() for word in words if word.lower() in SIDES), None)
        ask.map = " ".join(word for word in words if word.lower() not in SIDES) or None
        scope = await desk.scope(ctx, ask)
        await desk.answer(
            ctx,
            ("team_objective", scope),
            lambda reader: teams_sides.objectives(reader, scope),
            lambda found: team_sides.objectives(found, side),
        )

    @command()
    async def team_efficiency(self, ctx: Context, *, ask: EfficiencyAsk) -> None:
        """What the last session's teams, or both sides over time, made of their fights."""
        scope = await desk.scope(ctx, ask)
        words = (ask.which or "").strip()
        if words.lower() in ("sides", *SIDES) or (not words and scope != EVERYTHING):
            await self._sides(ctx, scope, team_sides.efficiency)
            return
        await self._evenings(ctx, words, scope, team_evening.efficiency)

    @command()
    async def team_history(self, ctx: Context, *, ask: PlayerAsk) -> None:
        """A player's team in each session: with whom, and how it did."""
        player = await desk.player(ctx, ask.player)
        scope = await desk.scope(ctx, ask)
        await desk.answer(
            ctx,
            ("team_history", player.key, scope),
            lambda reader: teams_lineups.team_history(reader, player.key, scope),
            team_lineups.history,
        )

    @team_stats.autocomplete("team")  # type: ignore[untyped-decorator]
    async def sides_and_players(self, interaction: discord.Interaction[Any], current: str) -> complete.Choices:
        """Both sides, then players."""
        return [*complete.offered(SIDES, current), *await complete.players(interaction, current)][: complete.MOST]

    @team_roster.autocomplete("which")  # type: ignore[untyped-decorator]
    async def sides_and_sessions(self, interaction: discord.Interaction[Any], current: str) -> complete.Choices:
        """Both sides, then the latest sessions."""
        return [*complete.offered(SIDES, current), *await complete.of_sessions(interaction, current)][: complete.MOST]

    @team_efficiency.autocomplete("which")  # type: ignore[untyped-decorator]
    async def or_sessions(self, interaction: discord.Interaction[Any], current: str) -> complete.Choices:
        """`sides`, then the latest sessions."""
        return [*complete.offered(("sides",), current), *await complete.of_sessions(interaction, current)][
            : complete.MOST
        ]

    @team_balance.autocomplete("players")  # type: ignore[untyped-decorator]
    async def one_more(self, interaction: discord.Interaction[Any], current: str) -> complete.Choices:
        """Players for the name after the last comma, as long as Discord takes the whole."""
        before, comma, typed = current.rpartition(",")
        choices = [
            app_commands.Choice(
                name=f"{before}{comma} {choice.name}".strip(), value=f"{before}{comma} {choice.value}".strip()
            )
            for choice in await complete.players(interaction, typed.strip())
        ]
        return [choice for choice in choices if len(choice.name) <= 100 and len(choice.value) <= 100]

    async def _sides(self, ctx: Context, scope: Scope, show: Callable[[Any], Answer]) -> None:
        await desk.answer(ctx, ("team_sides", scope), lambda reader: teams_sides.sides(reader, scope), show)

    async def _evenings(self, ctx: Context, words: str, scope: Scope, show: Callable[[Evenings], Answer]) -> None:
        """An answer about the teams of the last session, or of those that words or a scope mean."""
        chosen = await self._sessions(words, scope)

        async def ask(reader: Reader) -> Evenings:
            found = [await teams.teams_of(reader, session_id) for session_id in chosen]
            found = found or [await teams.last_teams(reader)]
            return tuple(evening for evening in found if evening is not None)

        def shown(found: Evenings) -> Answer:
            if chosen and not found:
                raise _no_session(text.called(words))
            return show(found)

        await desk.answer(ctx, ("team_evenings", chosen), ask, shown)

    async def _sessions(self, words: str, scope: Scope) -> tuple[str, ...]:
        """The sessions that a date, an id or a scope mean, latest first; none for the last of all. Raises Refused.

        Without a period or a map that is one of them.
        """
        period = desk.period_of(self.bot, words) if words else None
        if words and period is None:
            return (words,)
        asked = scope if period is None else msgspec.structs.replace(scope, period=period)
        if asked == EVERYTHING:
            return ()
        limit = 1 if asked == Scope(server=scope.server) else EVENINGS
        async with self.bot.store.read() as reader:
            found = await sessions.session_list(reader, asked, limit=limit)
        if not found.sessions:
            raise _no_session(text.called(words) if words else board.scope(asked))
        return tuple(head.session_id for head in found.sessions)

    async def _is_one(self, words: str) -> bool:
        """Whether a text means one player, not two."""
        if len(words.split()) == 1 and words.count("<@") < 2:
            return True
        async with self.bot.store.read() as reader:
            return isinstance(await names.lookup(reader, words), Found)


def _no_session(what: str) -> Refused:
    return Refused(f"There is no session “{what}”. Say a date (2025-10-26) or an id: `session_history` lists them.")


def _chance(found: Balance) -> team_balance.Chance | None:
    scale = found.scale
    return None if scale is None else lambda margin: rating.chance(margin, scale)
