"""What may be asked along with the commands about teams."""

from typing import Final

from discord.ext import commands
from discord.ext.commands import flag

_PERIOD: Final = "today, week, month, season, all, YYYY-MM or YYYY-MM-DD"


class TeamAsk(commands.FlagConverter, case_insensitive=True):
    """A side or a player, and what part of the history."""

    team: str | None = flag(
        default=None, positional=True, description="axis, allies, a player whose teams are meant, or nothing"
    )
    period: str = flag(default="all", description=_PERIOD)
    map: str | None = flag(default=None, description="only this map")
    server: str | None = flag(default=None, description="only this game server")


class EveningAsk(commands.FlagConverter, case_insensitive=True):
    """Which evening, which side."""

    which: str | None = flag(
        default=None, positional=True, description="axis, allies, a date, a session's id, or nothing for the last one"
    )
    server: str | None = flag(default=None, description="only this game server")


class EfficiencyAsk(commands.FlagConverter, case_insensitive=True):
    """Which evening, or what part of the history of both sides."""

    which: str | None = flag(
        default=None, positional=True, description="sides, a date, a session's id, or nothing for the last one"
    )
    period: str = flag(default="all", description=_PERIOD)
    map: str | None = flag(default=None, description="only this map")
    server: str | None = flag(default=None, description="only this game server")


class MapAsk(commands.FlagConverter, case_insensitive=True):
    """A map, and what part of the history."""

    map: str | None = flag(
        default=None, positional=True, description="only this map, round by round; or axis, or allies"
    )
    period: str = flag(default="all", description=_PERIOD)
    server: str | None = flag(default=None, description="only this game server")


class BalanceAsk(commands.FlagConverter, case_insensitive=True):
    """Who is to be split."""

    players: str | None = flag(
        default=None, positional=True, description="names or mentions with commas between, or nothing for your voice"
    )
