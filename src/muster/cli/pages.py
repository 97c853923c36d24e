"""Pages that take more than one question."""

import re
from collections.abc import Callable
from pathlib import Path

from muster.cli.common import fail
from muster.cli.show import PlayerPage, render
from muster.cli.show import ratings as show_ratings
from muster.rounds.rating import Calibration, calibrate
from muster.stats import history, leaderboard, players, ratings
from muster.stats import sessions as stats_sessions
from muster.stats.values import EVERYTHING, GATES, Gates, Scope, SessionList, SessionOverview
from muster.store.engine import Reader

_BADGES = (
    "kills",
    "kd",
    "accuracy",
    "headshot_rate",
    "dpm",
    "efficiency",
    "survival",
    "revive_rate",
    "objective_score",
)
_DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")


render.register(Calibration, show_ratings.calibration)


async def player_page(
    reader: Reader, key: str, scope: Scope = EVERYTHING, gates: Gates = GATES, limit: int = 10
) -> PlayerPage:
    """All that a player's page shows."""
    return PlayerPage(
        career=await players.career(reader, key, scope),
        maps=await players.maps(reader, key, scope),
        weapons=await players.weapons(reader, key, scope),
        history=await history.history(reader, key, scope, limit=limit),
        recent=await history.recent(reader, key, scope, limit=limit),
        standings=await leaderboard.standings(reader, key, _BADGES, scope, gates=gates),
    )


async def session_list(reader: Reader, scope: Scope, limit: int, offset: int) -> SessionList:
    """Sessions, latest first."""
    return await stats_sessions.session_list(reader, scope, limit=limit, offset=offset)


async def sessions(
    reader: Reader, which: str, scope_of: Callable[[str], Scope], limit: int, offset: int
) -> SessionOverview | SessionList | list[SessionOverview] | None:
    """The last session, the one of an id, every one of a day, or the list of a longer period."""
    if which == "last":
        return await stats_sessions.last_session(reader, scope_of("all").server)
    by_id = await stats_sessions.session(reader, which)
    if by_id is not None:
        return by_id
    listed = await stats_sessions.session_list(reader, scope_of(which), limit=limit, offset=offset)
    if not _DAY.fullmatch(which):
        return listed
    if not listed.sessions:
        raise fail(f"no session began on {which}")
    found = [await stats_sessions.session(reader, head.session_id) for head in reversed(listed.sessions)]
    return [overview for overview in found if overview is not None]


async def calibration(reader: Reader) -> Calibration | None:
    """How often the forecasts of the ratings came true."""
    return calibrate([(forecast.margin, forecast.result) for forecast in await ratings.forecasts(reader)])


def draw(found: object, picture: str) -> None:
    """Writes the picture of the session found."""
    from muster.charts.session import session_picture

    overviews = found if isinstance(found, list) else [found]
    if len(overviews) != 1 or not isinstance(overviews[0], SessionOverview):
        raise fail("--picture draws one session: name it by its id", 2)
    try:
        Path(picture).write_bytes(session_picture(overviews[0]))
    except OSError as error:
        raise fail(f"can't write {picture}: {error.strerror}") from None
