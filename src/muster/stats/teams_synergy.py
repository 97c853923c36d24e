"""Pairs: who wins more beside whom than on his own, told so that a few lucky games do not lead."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from heapq import nsmallest
from itertools import chain, combinations
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from muster.stats.formulas import SURE, interval, percent
from muster.stats.results import dates, within_matches
from muster.stats.source import Shape, binds, player_of, shape_of
from muster.stats.teams_lineups import Own, named, own_matches, tally
from muster.stats.values.common import EVERYTHING, PlayerRef, Record, Scope
from muster.stats.values.teams import BestPairs, Pair, Share, Synergy, Tally
from muster.store.engine import Reader
from muster.store.schema import match_players, matches, players

LEAST: Final = 5
"""Decided matches together from which on a pair is compared with others."""
_M, _P = matches.c, match_players.c
_Ids = tuple[int, int]
"""A pair: two player ids in order."""
_Team = Sequence[int]
"""The ids of a team, in order."""


async def synergy(reader: Reader, first: str, second: str, scope: Scope = EVERYTHING) -> Synergy:
    """Two players in one team, each without the other, and against each other. Raises UnknownPlayer."""
    first_id, one = await player_of(reader, first)
    second_id, other = await player_of(reader, second)
    own, others = [await own_matches(reader, player_id, scope) for player_id in (first_id, second_id)]
    together = tally(match for match in own if second_id in match.ids)
    opposed = {match.match_id for match in others if first_id not in match.ids}
    return Synergy(
        scope=scope,
        pair=pair(one, other, together, (tally(own), tally(others))),
        first=_share(one, own, second_id),
        second=_share(other, others, first_id),
        against=tally(match for match in own if match.match_id in opposed and second_id not in match.ids),
    )


async def best_pairs(
    reader: Reader, scope: Scope = EVERYTHING, *, key: str | None = None, least: int = LEAST, limit: int = 50
) -> BestPairs:
    """Pairs with enough decided matches together, of everybody or of one player, those that surely gain most first.

    Raises UnknownPlayer.
    """
    player_id, player = await player_of(reader, key) if key is not None else (None, None)
    rows = await reader.all(_sheets(shape_of(scope)), {**binds(scope), **dates(scope)})
    bots = {row.id for row in await reader.all(_BOTS)}
    # Tens of milliseconds with thousands of matches: nobody else shall wait for it.
    found = await asyncio.to_thread(_ranked, rows, bots, player_id, least, limit)
    people = await named(reader, {i for ids, *_ in found.best for i in ids})
    pairs = tuple(pair(people[ids[0]], people[ids[1]], together, usual) for ids, together, usual in found.best)
    return BestPairs(scope, player, least, pairs, found.total, found.left_out)


def pair(first: PlayerRef, second: PlayerRef, together: Tally, usual: tuple[Tally, Tally]) -> Pair:
    """Two players' matches together, held against the mean of what each of them usually wins."""
    one, other = (own.win_rate for own in usual)
    expected = None if one is None or other is None else (one + other) / 2
    if together.win_rate is None or expected is None:
        return Pair(first, second, together, expected, None, None, None, None)
    low, high = interval(together.record.won, together.record.won + together.record.lost, SURE)
    return Pair(first, second, together, expected, low, high, together.win_rate - expected, low - expected)


def _share(player: PlayerRef, own: Sequence[Own], other_id: int) -> Share:
    return Share(player, tally(own), tally(match for match in own if other_id not in match.ids))


class _Teams(msgspec.Struct):
    """Every team of every valid match, without bots, by how the match ended for it."""

    won: list[_Team] = msgspec.field(default_factory=list)
    drawn: list[_Team] = msgspec.field(default_factory=list)
    lost: list[_Team] = msgspec.field(default_factory=list)


class _Counts(msgspec.Struct, frozen=True):
    """Results counted by player or by pair."""

    won: Mapping[Any, int]
    drawn: Mapping[Any, int]
    lost: Mapping[Any, int]

    @property
    def size(self) -> int:
        """How many players or pairs there are."""
        return len(self.won.keys() | self.drawn.keys() | self.lost.keys())

    def decided(self, key: Any) -> int:
        """Matches that somebody won."""
        return self.won.get(key, 0) + self.lost.get(key, 0)

    def tally(self, key: Any) -> Tally:
        """The results, without points."""
        return Tally(Record(*(count.get(key, 0) for count in (self.won, self.drawn, self.lost))))


class _Ranked(msgspec.Struct, frozen=True):
    """The best pairs with their results and each one's own, and how many pairs have enough matches or too few."""

    best: list[tuple[_Ids, Tally, tuple[Tally, Tally]]]
    total: int
    left_out: int


def _ranked(
    rows: Sequence["sa.Row[Any]"], bots: Collection[int], player_id: int | None, least: int, limit: int
) -> _Ranked:
    teams = _teams(rows, bots)
    single, both = _singles(teams), _pairs(teams, player_id)
    gains = _gains(single, both, least)
    best = nsmallest(limit, gains, key=lambda ids: (-gains[ids], -both.decided(ids), ids))
    told = [(ids, both.tally(ids), (single.tally(ids[0]), single.tally(ids[1]))) for ids in best]
    return _Ranked(told, len(gains), both.size - len(gains))


def _teams(rows: Sequence["sa.Row[Any]"], bots: Collection[int]) -> _Teams:
    teams = _Teams()
    for row in rows:
        codes = [int(code) for code in (row.codes or "").split(",") if code]
        for first, ahead in ((1, row.score_a - row.score_b), (0, row.score_b - row.score_a)):
            ids = sorted([code >> 1 for code in codes if code & 1 == first])
            listed = teams.won if ahead > 0 else teams.lost if ahead < 0 else teams.drawn
            listed.append([i for i in ids if i not in bots] if bots else ids)
    return teams


def _singles(teams: _Teams) -> _Counts:
    return _Counts(*(Counter(chain.from_iterable(listed)) for listed in (teams.won, teams.drawn, teams.lost)))


def _pairs(teams: _Teams, player_id: int | None) -> _Counts:
    """All pairs, or those of one player."""
    counts = []
    for listed in (teams.won, teams.drawn, teams.lost):
        if player_id is None:
            counts.append(Counter(chain.from_iterable(combinations(team, 2) for team in listed)))
        else:
            mates = (i for team in listed if player_id in team for i in team if i != player_id)
            counts.append(Counter((min(i, player_id), max(i, player_id)) for i in mates))
    return _Counts(*counts)


def _gains(single: _Counts, both: _Counts, least: int) -> dict[_Ids, float]:
    """By how much pairs with enough decided matches surely win more than expected: what `Pair.sure_gain` says."""
    rates = {i: percent(single.won.get(i, 0), single.decided(i)) or 0.0 for i in single.won.keys() | single.lost.keys()}
    low = cache(lambda won, n: interval(won, n, SURE)[0])
    won, lost = both.won, both.lost
    gains = {}
    for ids in won.keys() | lost.keys():
        wins = won.get(ids, 0)
        decided = wins + lost.get(ids, 0)
        if decided >= least:
            gains[ids] = low(wins, decided) - (rates[ids[0]] + rates[ids[1]]) / 2
    return gains


@cache
def _sheets(shape: Shape) -> sa.Select[Any]:
    """Valid matches with everybody in them: twice a player's id, and one more in team A."""
    code = sa.cast(2 * _P.player_id + sa.case((_P.team == 1, 1), else_=0), sa.Text())
    codes = sa.select(sa.func.aggregate_strings(code, ",")).where(_P.match_id == _M.match_id).scalar_subquery()
    return sa.select(_M.score_a, _M.score_b, codes.label("codes")).where(_M.valid, *within_matches(shape))


_BOTS: Final = sa.select(players.c.id).where(players.c.is_bot)
