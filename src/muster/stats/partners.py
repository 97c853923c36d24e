"""With whom a player wins more than usual, and who keeps beating him: results judged against his own."""

from typing import Final

from muster.stats.formulas import LIKELY, SURE, interval
from muster.stats.players import totals_of
from muster.stats.rivals import REGULAR, opponents, teammates
from muster.stats.source import player_of
from muster.stats.values.common import EVERYTHING, Scope
from muster.stats.values.players import Companions, Company
from muster.stats.values.progress import CompanyKept, Judged, Verdict
from muster.store.engine import Reader

MOST: Final = 50
"""Partners or opponents that are looked at, those with most shared rounds."""
_BEST_FIRST: Final = tuple(Verdict)


async def best_teammates(reader: Reader, key: str, scope: Scope = EVERYTHING, *, least: int = REGULAR) -> CompanyKept:
    """A player's regular partners, those he wins most with first. Raises UnknownPlayer."""
    found = await teammates(reader, key, scope, min_rounds=least, limit=MOST)
    return await _kept(reader, found, scope, least)


async def hardest_rivals(reader: Reader, key: str, scope: Scope = EVERYTHING, *, least: int = REGULAR) -> CompanyKept:
    """A player's regular opponents, those he wins least against first. Raises UnknownPlayer."""
    found = await opponents(reader, key, scope, min_rounds=least, limit=MOST)
    return await _kept(reader, found, scope, least, hardest_first=True)


async def _kept(
    reader: Reader, found: Companions, scope: Scope, least: int, *, hardest_first: bool = False
) -> CompanyKept:
    player_id, _ = await player_of(reader, found.player.key)
    people = [judged(company, found.own_win_rate) for company in found.companions]
    sign = -1 if hardest_first else 1
    people.sort(key=lambda one: (sign * _place(one), -sign * (one.win_delta or 0), -one.company.rounds))
    return CompanyKept(
        player=found.player,
        scope=scope,
        rounds=(await totals_of(reader, player_id, scope)).rounds,
        usual_win_rate=found.own_win_rate,
        usual_dpm=found.own_dpm,
        min_rounds=least,
        people=tuple(people),
    )


def judged(company: Company, usual: float | None) -> Judged:
    """Somebody's results, held against the player's usual win rate (percent)."""
    if usual is None or company.win_rate is None:
        return Judged(company, None, Verdict.OPEN)
    delta = company.win_rate - usual
    n = company.won + company.lost
    for z, better, worse in (
        (SURE, Verdict.SURELY_BETTER, Verdict.SURELY_WORSE),
        (LIKELY, Verdict.LIKELY_BETTER, Verdict.LIKELY_WORSE),
    ):
        low, high = interval(company.won, n, z)
        if low > usual:
            return Judged(company, delta, better)
        if high < usual:
            return Judged(company, delta, worse)
    return Judged(company, delta, Verdict.OPEN)


def _place(one: Judged) -> int:
    return _BEST_FIRST.index(one.verdict)
