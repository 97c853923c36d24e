"""What may be asked along with a command: as options of a slash command, or typed as `map: supply` after a name."""

from discord.ext import commands
from discord.ext.commands import flag


class PlayerAsk(commands.FlagConverter, case_insensitive=True):
    """A player, and what part of the history."""

    player: str | None = flag(default=None, positional=True, description="a name, a mention, or nothing for yourself")
    period: str = flag(default="all", description="today, week, month, season, all, YYYY-MM or YYYY-MM-DD")
    map: str | None = flag(default=None, description="only this map")
    server: str | None = flag(default=None, description="only this game server")


class ArmedAsk(PlayerAsk, case_insensitive=True):
    """A player, what part of the history, and perhaps one weapon."""

    # Said again because a converter does not inherit which flag needs no name.
    player: str | None = flag(default=None, positional=True, description="a name, a mention, or nothing for yourself")
    weapon: str | None = flag(default=None, description="only what is done with this weapon")


class RecentAsk(ArmedAsk, case_insensitive=True):
    """A player, what part of the history, and how many rounds of it."""

    player: str | None = flag(default=None, positional=True, description="a name, a mention, or nothing for yourself")
    rounds: commands.Range[int, 1, 50] = flag(default=10, description="how many rounds, 1 to 50")


class PairAsk(commands.FlagConverter, case_insensitive=True):
    """Two players, and what part of the history. Typed as `A vs B`."""

    players: str | None = flag(name="player", default=None, positional=True, description="a player, or both as: A vs B")
    other: str | None = flag(default=None, description="the other player")
    period: str = flag(default="all", description="today, week, month, season, all, YYYY-MM or YYYY-MM-DD")
    map: str | None = flag(default=None, description="only this map")
    server: str | None = flag(default=None, description="only this game server")


class CompareAsk(PairAsk, case_insensitive=True):
    """Two players, what part of the history, and perhaps one weapon."""

    players: str | None = flag(name="player", default=None, positional=True, description="a player, or both as: A vs B")
    weapon: str | None = flag(default=None, description="only what is done with this weapon")


class BoardAsk(commands.FlagConverter, case_insensitive=True):
    """What part of the history a ranking is of."""

    period: str = flag(
        default="all", positional=True, description="today, week, month, season, all, YYYY-MM or YYYY-MM-DD"
    )
    map: str | None = flag(default=None, description="only this map")
    weapon: str | None = flag(default=None, description="only this weapon")
    server: str | None = flag(default=None, description="only this game server")
    place: commands.Range[int, 1, 1_000_000] = flag(default=1, description="the place to begin at")


class MetricAsk(commands.FlagConverter, case_insensitive=True):
    """A metric, and what part of the history."""

    metric: str | None = flag(default=None, positional=True, description="kills, kd, accuracy, dpm, …")
    period: str = flag(default="all", description="today, week, month, season, all, YYYY-MM or YYYY-MM-DD")
    map: str | None = flag(default=None, description="only this map")
    weapon: str | None = flag(default=None, description="only this weapon")
    server: str | None = flag(default=None, description="only this game server")
    place: commands.Range[int, 1, 1_000_000] = flag(default=1, description="the place to begin at")
