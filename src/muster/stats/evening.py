"""What an evening's rounds and rows amount to: players, maps, match-ups, awards, the course of time. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from muster.stats.matches import first_attackers, match_up_id
from muster.stats.metrics import METRICS, value
from muster.stats.results import counted, result_of
from muster.stats.rows import StatRow, added, usual
from muster.stats.source import TEAMS
from muster.stats.values.common import PlayerRef, Result, RoundHead, WeaponLine
from muster.stats.values.evenings import (
    Award,
    MapShare,
    MatchUp,
    PlayedMap,
    SessionHead,
    SessionOverview,
    SessionPlayer,
    Stint,
    TrendPlayer,
    TrendPoint,
)

AWARD_SHOTS: Final = 100
"""Aimed shots that the best accuracy of an evening takes."""
_AWARDS: Final = (
    ("most_kills", "kills", False),
    ("best_accuracy", "accuracy", True),
    ("most_damage", "damage_given", False),
    ("most_revives", "revives_given", False),
    ("mvp", "dpm", True),
)
"""Key, metric, and whether it takes half of the rounds."""


class Score(Protocol):
    """A stored match, as far as results go. Teams are 1 and 2."""

    match_id: str
    match_up: int
    score_a: int
    score_b: int
    valid: bool


Heads = Mapping[int, RoundHead]
Scores = Mapping[str, Score]


def overview(
    head: SessionHead, heads: Heads, rows: Sequence[StatRow], scores: Scores, weapons: tuple[WeaponLine, ...]
) -> SessionOverview:
    """Everything together: of its rounds, their player rows, its matches' scores and its weapons."""
    counting = [row for row in rows if row.eligible]
    people = players(counting, rows, heads, scores)
    return SessionOverview(
        head=head,
        totals=added(row.totals for row in counting),
        players=people,
        played=played(tuple(heads.values()), scores),
        match_ups=match_ups(head.session_id, rows, heads, scores),
        awards=awards(people, len({row.round_id for row in counting})),
        weapons=weapons,
        maps=map_shares(counting, heads),
        trend=trend(counting, heads),
    )


def players(
    counting: Sequence[StatRow], rows: Sequence[StatRow], heads: Heads, scores: Scores
) -> tuple[SessionPlayer, ...]:
    """Everybody with a row that counts, by dpm; bots last."""
    by_key = _by_key(counting)
    teams = _stints(rows, heads)
    results = _results(rows, heads, scores)
    found = [_player(own, heads, teams.get(key, ()), results.get(key, [])) for key, own in by_key.items()]
    return tuple(sorted(found, key=lambda p: (p.player.is_bot, -(p.dpm or 0), -p.totals.kills, p.player.key)))


def _player(own: Sequence[StatRow], heads: Heads, stints: Sequence[Stint], results: Sequence[Result]) -> SessionPlayer:
    totals = added(row.totals for row in own)
    record = counted(results)
    return SessionPlayer(
        player=own[0].player,
        totals=totals,
        **usual(totals),
        maps=len({heads[row.round_id].map for row in own}),
        stints=tuple(stints),
        won=record.won,
        drawn=record.drawn,
        lost=record.lost,
        killing_spree=max(row.killing_spree for row in own),
        death_spree=max(row.death_spree for row in own),
    )


def _by_key(rows: Sequence[StatRow]) -> dict[str, list[StatRow]]:
    found: dict[str, list[StatRow]] = {}
    for row in rows:
        found.setdefault(row.player.key, []).append(row)
    return found


def _stints(rows: Sequence[StatRow], heads: Heads) -> dict[str, tuple[Stint, ...]]:
    """Player key → his team in each match-up: the one he gave more rounds, A where they are even."""
    counts: dict[str, dict[int, Counter[int]]] = {}
    for row in rows:
        match_up = heads[row.round_id].match_up
        if row.team is not None and match_up is not None:
            counts.setdefault(row.player.key, {}).setdefault(match_up, Counter())[row.team] += 1
    return {
        key: tuple(Stint(number, TEAMS[1 if teams[1] >= teams[2] else 2]) for number, teams in sorted(own.items()))
        for key, own in counts.items()
    }


def _results(rows: Sequence[StatRow], heads: Heads, scores: Scores) -> dict[str, list[Result]]:
    """Player key → results of the valid matches he played, as the team he gave more time there."""
    seconds: dict[tuple[str, str], Counter[int]] = {}
    for row in rows:
        head = heads[row.round_id]
        if row.team is None or head.match_id is None or not scores[head.match_id].valid:
            continue
        # Without times in the file a round counts as the round's duration, as in the match's roster.
        times = seconds.setdefault((row.player.key, head.match_id), Counter())
        times[row.team] += row.seconds or round(head.seconds)
    found: dict[str, list[Result]] = {}
    for (key, match_id), times in seconds.items():
        score = scores[match_id]
        result = result_of(1 if times[1] >= times[2] else 2, score.score_a, score.score_b)
        found.setdefault(key, []).append(result)
    return found


def played(heads: Sequence[RoundHead], scores: Scores) -> tuple[PlayedMap, ...]:
    """The maps in the order they were played, both rounds of a pair as one."""
    by_file = {head.file: head for head in heads}
    maps = []
    for head in heads:
        partner = by_file.get(head.partner or "")
        if partner is None:
            maps.append(_played_map(head if head.round == 1 else None, head if head.round == 2 else None, scores))
        elif head.round == 2:
            maps.append(_played_map(partner, head, scores))
    return tuple(maps)


def _played_map(first: RoundHead | None, second: RoundHead | None, scores: Scores) -> PlayedMap:
    head = first or second
    assert head is not None
    score = scores.get(head.match_id or "")
    attackers = first_attackers(first) if first else None
    return PlayedMap(
        map=head.map,
        match_id=head.match_id,
        match_up=head.match_up,
        first=first,
        second=second,
        score_a=score.score_a if score else None,
        score_b=score.score_b if score else None,
        first_attackers=attackers,
    )


def match_ups(session_id: str, rows: Sequence[StatRow], heads: Heads, scores: Scores) -> tuple[MatchUp, ...]:
    """The match-ups with their rosters and scores."""
    people = {row.player.key: row.player for row in rows if not row.player.is_bot}
    rosters: dict[tuple[int, str], list[PlayerRef]] = {}
    for key, stints in _stints(rows, heads).items():
        for stint in stints:
            if key in people:
                rosters.setdefault((stint.match_up, stint.team), []).append(people[key])
    numbers = sorted({head.match_up for head in heads.values() if head.match_up is not None})
    return tuple(
        _match_up(session_id, number, rosters, [s for s in scores.values() if s.match_up == number and s.valid])
        for number in numbers
    )


def _match_up(
    session_id: str, number: int, rosters: Mapping[tuple[int, str], list[PlayerRef]], scores: Sequence[Score]
) -> MatchUp:
    def roster(team: str) -> tuple[PlayerRef, ...]:
        return tuple(sorted(rosters.get((number, team), []), key=lambda player: (player.name.lower(), player.key)))

    results = counted(result_of(1, score.score_a, score.score_b) for score in scores)
    return MatchUp(
        match_up=number,
        match_up_id=match_up_id(session_id, number),
        team_a=roster("A"),
        team_b=roster("B"),
        matches=len(scores),
        score_a=sum(score.score_a for score in scores),
        score_b=sum(score.score_b for score in scores),
        maps_won_a=results.won,
        maps_won_b=results.lost,
        maps_drawn=results.drawn,
    )


def awards(of: Sequence[SessionPlayer], rounds: int) -> tuple[Award, ...]:
    """The best of an evening, bots aside; where a metric is a rate, among who played half of its rounds."""
    found = []
    for key, metric_key, half in _AWARDS:
        metric = METRICS[metric_key]
        min_rounds = (rounds + 1) // 2 if half else 1
        min_shots = AWARD_SHOTS if metric.shots_gate else 0
        values = [
            (number, player)
            for player in of
            if not player.player.is_bot
            and player.totals.rounds >= min_rounds
            and player.totals.aimed_shots >= min_shots
            and (number := metric.of(player.totals))
        ]
        if values:
            best, winner = min(values, key=lambda pair: (-pair[0], pair[1].player.key))
            found.append(Award(key, metric_key, winner.player, best, min_rounds, min_shots))
    return tuple(found)


def map_shares(counting: Sequence[StatRow], heads: Heads) -> tuple[MapShare, ...]:
    """How much of the evening each map was, the most rounds first."""
    kills: Counter[str] = Counter()
    for row in counting:
        kills[heads[row.round_id].map] += row.totals.kills
    rounds = [heads[round_id] for round_id in {row.round_id for row in counting}]
    shares = [
        MapShare(
            map=map_,
            rounds=sum(head.map == map_ for head in rounds),
            seconds=sum(head.seconds for head in rounds if head.map == map_),
            kills=kills[map_],
        )
        for map_ in {head.map for head in rounds}
    ]
    return tuple(sorted(shares, key=lambda share: (-share.rounds, -share.seconds, share.map)))


def trend(counting: Sequence[StatRow], heads: Heads) -> tuple[TrendPoint, ...]:
    """The valid rounds in the course of time."""
    by_round: dict[int, list[StatRow]] = {}
    for row in counting:
        by_round.setdefault(row.round_id, []).append(row)
    return tuple(_point(head, by_round[round_id]) for round_id, head in heads.items() if round_id in by_round)


def _point(head: RoundHead, rows: Sequence[StatRow]) -> TrendPoint:
    return TrendPoint(
        head=head,
        kills_a=sum(row.totals.kills for row in rows if row.team == 1),
        kills_b=sum(row.totals.kills for row in rows if row.team == 2),
        dpm=value("dpm", added(row.totals for row in rows)),
        players=tuple(
            TrendPlayer(
                player=row.player,
                team=TEAMS.get(row.team or 0),
                kills=row.totals.kills,
                deaths=row.totals.deaths,
                dpm=value("dpm", row.totals),
                accuracy=value("accuracy", row.totals),
            )
            for row in sorted(rows, key=lambda row: row.player.key)
        ),
    )
