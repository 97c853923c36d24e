"""Every picture, by name: what to hand to ChartWorkers. Costs no matplotlib until one is drawn, where it is drawn."""

from muster.stats.values import Career, History, Maps, SessionOverview, Weapons
from muster.stats.values.chat import ServerActivity


def session_picture(overview: SessionOverview) -> bytes:
    """The six-panel picture of a gaming session, PNG."""
    from muster.charts import session

    return session.session_picture(overview)


def player_trend(history: History) -> bytes:
    """DPM, K/D and accuracy from session to session, PNG."""
    from muster.charts import player

    return player.player_trend(history)


def map_bars(maps: Maps) -> bytes:
    """A player's DPM per map, PNG."""
    from muster.charts import player

    return player.map_bars(maps)


def weapon_bars(weapons: Weapons) -> bytes:
    """A player's kills per weapon, PNG."""
    from muster.charts import player

    return player.weapon_bars(weapons)


def comparison(first: Career, second: Career) -> bytes:
    """Two players as a radar, PNG."""
    from muster.charts import radar

    return radar.comparison(first, second)


def server_activity(activity: ServerActivity) -> bytes:
    """Members, messages and writers of a community by day, PNG."""
    from muster.charts import community

    return community.server_activity(activity)


def week(name: str, note: str, hours: tuple[int, ...]) -> bytes:
    """Messages by hour of the week, PNG."""
    from muster.charts import community

    return community.week(name, note, hours)
