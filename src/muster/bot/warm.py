"""What is asked most, asked once before anybody does.

The first question of a kind has its statement compiled and everybody ranked; asked by fifty people at once, that is a
second in which nobody gets an answer.
"""

import gc
from collections.abc import Awaitable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from muster.bot.cogs.leaderboards import RANKED
from muster.config import Settings
from muster.stats import history, leaderboard, names, periods, profiles, rounds, sessions, sheets
from muster.stats.values import Gates, Scope
from muster.store.engine import Reader, Store, StoreError

log = structlog.get_logger("muster.bot")


async def warm(store: Store, settings: Settings) -> None:
    """Asks about whoever has the most kills. A database that refuses is no reason not to go online."""
    gates = Gates(settings.min_rounds, settings.min_rounds_ratio, settings.min_shots)
    month = Scope(periods.parse("month", datetime.now(ZoneInfo(settings.timezone))))
    try:
        async with store.read() as reader:
            leaders = await leaderboard.leaderboard(reader, "kills", gates=gates, limit=1)
            for entry in leaders.entries:
                for question in _questions(reader, entry.player.key, gates, month):
                    await question
    except StoreError as error:
        log.warning("the database was not asked ahead", error=str(error))
    # What is there now stays: looking through all of it again and again would hold up answers.
    gc.collect()
    gc.freeze()


def _questions(reader: Reader, key: str, gates: Gates, month: Scope) -> Iterator[Awaitable[object]]:
    yield names.lookup(reader, key)
    yield profiles.summary(reader, key)
    yield profiles.profile(reader, key, gates=gates)
    yield leaderboard.standings(reader, key, RANKED, gates=gates)
    yield leaderboard.leaderboard(reader, "accuracy", month, gates=gates)
    for metrics in (sheets.EFFICIENCY, sheets.SUPPORT):
        yield sheets.sheet(reader, key, metrics, gates=gates)
    yield sheets.combat(reader, key, gates=gates)
    yield sheets.objectives(reader, key, gates=gates)
    yield history.recent(reader, key)
    yield rounds.last_round(reader)
    yield sessions.last_session(reader)
    yield sessions.session_list(reader)
