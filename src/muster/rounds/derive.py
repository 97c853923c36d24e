"""Round 2 minus round 1, and what a round amounts to.

A round-2 file carries some counters on from round 1. The `rounds` counter of each player tells whether
his were: it grows by one when they were, and starts again at zero when he reconnected.
"""

from collections.abc import Iterable
from operator import itemgetter, sub

from muster.model.fields import FIELDS, KEPT, POSITION, Carry
from muster.model.rounds import (
    DerivedRound,
    Flag,
    Header,
    Outcome,
    PlayerLine,
    PlayerRow,
    RoundFile,
    Status,
    Weapon,
)

SHORTEST_ROUND = 60
"""Seconds. A shorter round is kept but counts nowhere."""

_keep = itemgetter(*(POSITION[name] for name in KEPT))
_CUMULATIVE = tuple(i for i, name in enumerate(KEPT) if FIELDS[POSITION[name]].carry is Carry.CUMULATIVE)
_cumulative = itemgetter(*_CUMULATIVE)
_PCT = KEPT.index("time_played_pct")
_MINUTES = POSITION["time_played_min"]
_KD = POSITION["kd"]
_AT = {name: i for i, name in enumerate(KEPT)}
_NOTHING = (0, 0, 0, 0, 0)
_UNSOUND = Flag.TOO_SHORT | Flag.BOT_MAJORITY | Flag.PARTNER_CONTRADICTS
_KD_CONTRADICTS = int(Flag.KD_CONTRADICTS)
_BALANCES = (
    (Flag.DAMAGE_UNBALANCED, "damage_given", "damage_received"),
    (Flag.TEAM_DAMAGE_UNBALANCED, "team_damage_given", "team_damage_received"),
    (Flag.REVIVES_UNBALANCED, "revives_given", "times_revived"),
)


def derive(file: RoundFile, partner: RoundFile | None, status: Status) -> DerivedRound:
    """Round-only rows of a file. `partner` is the round 1 of a paired round 2, else None."""
    header = file.header
    flags = Flag(0)
    if partner is None:
        rows = [_as_written(line) for line in file.players]
    else:
        rows = _difference(file.players, partner.players)
        if _contradicts(header, partner.header, rows):
            rows = [_as_written(line) for line in file.players]
            flags |= Flag.PARTNER_CONTRADICTS
        if all(line.rounds == 0 for line in file.players):
            flags |= Flag.NOT_CUMULATIVE
    empty = status is Status.EMPTY
    outcome = None if empty else _outcome(header)
    seconds = 0.0 if empty else duration(header, (row.seconds for row in rows if not row.flags & Flag.BASE_UNKNOWN))
    if status is not Status.ORPHAN_R2:
        rows = _mark_denied(rows, seconds)
        flags |= _balance(rows)
    if file.extra_fields:
        flags |= Flag.EXTRA_FIELDS
    if 0 < seconds < SHORTEST_ROUND:
        flags |= Flag.TOO_SHORT
    playing = [row for row in rows if row.played]
    if 2 * sum(row.is_bot for row in playing) > len(playing):
        flags |= Flag.BOT_MAJORITY
    sound = not flags & _UNSOUND and outcome is not None and bool(playing)
    return DerivedRound(
        rows=tuple(rows),
        outcome=outcome,
        seconds=seconds,
        valid=sound and status in (Status.PAIRED, Status.SINGLE),
        flags=int(flags),
    )


def _contradicts(header: Header, first: Header, rows: Iterable[PlayerRow]) -> bool:
    """True where the time to beat is not the one round 1 left, and counters fell: files between the two are missing."""
    if header.timelimit is None or first.next_timelimit is None or header.timelimit == first.next_timelimit:
        return False
    return any(row.flags & Flag.NEGATIVE_DIFFERENCE for row in rows)


def duration(header: Header, player_seconds: Iterable[int | None]) -> float:
    """Seconds a round took: the ninth header part, else the time of completion, else the longest player's time.

    A held round's header repeats the limit even when the round ended early, so players' times bound it.
    """
    if header.playtime:
        return header.playtime
    if _outcome(header) is Outcome.COMPLETED and header.next_timelimit:
        return header.next_timelimit
    longest = max((seconds for seconds in player_seconds if seconds is not None), default=None)
    limits = [limit for limit in (header.timelimit, longest) if limit]
    return float(min(limits, default=0.0))


def _outcome(header: Header) -> Outcome | None:
    if header.winner == 0:
        return None
    return Outcome.HELD if header.winner == header.defender else Outcome.COMPLETED


def _as_written(line: PlayerLine, flags: int = 0) -> PlayerRow:
    minutes = line.fields[_MINUTES]
    return PlayerRow(
        key=line.key,
        name=line.name,
        side=line.side,
        weapons=tuple([weapon for weapon in line.weapons if weapon[1:] != _NOTHING]),
        kept=_keep(line.fields),
        seconds=None if minutes is None else round(minutes * 60),
        flags=flags | _contradiction(line),
    )


def _difference(players: Iterable[PlayerLine], base: Iterable[PlayerLine]) -> list[PlayerRow]:
    first = {line.key: line for line in base}
    rows: list[PlayerRow] = []
    for line in players:
        before = first.get(line.key)
        if before is None:
            rows.append(_as_written(line))
        elif line.rounds <= before.rounds:
            if not _untouched(line, before):
                rows.append(_as_written(line, Flag.COUNTER_RESET))
        elif line.rounds > before.rounds + 1:
            rows.append(_as_written(line, Flag.BASE_UNKNOWN))
        elif not _watched(line, before):
            rows.append(_minus(line, before))
    return rows


def _watched(line: PlayerLine, before: PlayerLine) -> bool:
    """True for a spectator who kept his round-1 row: no time, no shot, no hit point was added to it."""
    if line.fields[_MINUTES] is None:
        return _untouched(line, before)
    return line.minutes_tenths == before.minutes_tenths


def _untouched(line: PlayerLine, before: PlayerLine) -> bool:
    """True for a round-1 row that stands there again: counters that began anew would have to come out alike."""
    return (
        line.weapons == before.weapons
        and line.minutes_tenths == before.minutes_tenths
        and _cumulative(_keep(line.fields)) == _cumulative(_keep(before.fields))
    )


def _minus(line: PlayerLine, before: PlayerLine) -> PlayerRow:
    later, earlier = line.minutes_tenths, before.minutes_tenths
    now, then = _keep(line.fields), _keep(before.fields)
    kept = list(now)
    flags = _contradiction(line)
    left = list(map(sub, _cumulative(now), _cumulative(then)))
    if min(left) < 0:
        left = [max(value, 0) for value in left]
        flags |= Flag.NEGATIVE_DIFFERENCE
    for i, value in zip(_CUMULATIVE, left, strict=True):
        kept[i] = value
    tenths = None if later is None or earlier is None else later - earlier
    if tenths is not None and tenths < 0:
        tenths = 0
        flags |= Flag.NEGATIVE_DIFFERENCE
    kept[_PCT] = _alive_pct(now[_PCT], later, then[_PCT], earlier)
    return PlayerRow(
        key=line.key,
        name=line.name,
        side=line.side,
        weapons=_weapon_difference(line.weapons, before.weapons),
        kept=tuple(kept),
        seconds=None if tenths is None else tenths * 6,
        flags=flags,
    )


def _alive_pct(now: float, later: int | None, then: float, earlier: int | None) -> float | None:
    """Share of round 2 a player was alive, in percent, from two ratios of cumulative times."""
    if later is None or earlier is None or later <= earlier:
        return None
    alive = (now * later - then * earlier) / (later - earlier)
    return round(min(max(alive, 0.0), 100.0), 1)


def _weapon_difference(now: tuple[Weapon, ...], then: tuple[Weapon, ...]) -> tuple[Weapon, ...]:
    """Per weapon, never below zero: the engine may take a knife's shot back."""
    before = {weapon[0]: weapon for weapon in then}
    result: list[Weapon] = []
    for weapon in now:
        base = before.get(weapon[0])
        if base is None:
            result.append(weapon)
        elif weapon != base:
            index, hits, shots, kills, deaths, headshots = weapon
            _, hits0, shots0, kills0, deaths0, headshots0 = base
            left = (index, hits - hits0, shots - shots0, kills - kills0, deaths - deaths0, headshots - headshots0)
            if min(left) < 0:
                h, s, k, d, hs = (max(value, 0) for value in left[1:])
                if not (h or s or k or d or hs):
                    continue
                left = (index, h, s, k, d, hs)
            result.append(left)
    return tuple(result)


def _contradiction(line: PlayerLine) -> int:
    """A kill by something without a weapon slot is missing in the sums; the line's own ratio gives it away."""
    kills = deaths = 0
    for weapon in line.weapons:
        kills += weapon[3]
        deaths += weapon[4]
    written = line.fields[_KD]
    if written is None:
        return 0
    if not deaths:
        return 0 if written == kills + 1 else _KD_CONTRADICTS
    # Servers round half up, to one decimal; the oldest to two.
    twice = 2 * deaths
    if round(written * 10) == (20 * kills + deaths) // twice or round(written * 100) == (200 * kills + deaths) // twice:
        return 0
    return _KD_CONTRADICTS


def _mark_denied(rows: list[PlayerRow], seconds: float) -> list[PlayerRow]:
    """Flags a playtime denied to enemies that is longer than all of them were in the round."""
    denied = _AT["denied_playtime"]
    sides = [row.side for row in rows]
    marked: list[PlayerRow] = []
    for row in rows:
        value = row.kept[denied]
        if value and value > seconds * max(sides.count(3 - row.side), 1):
            row = PlayerRow(
                row.key, row.name, row.side, row.weapons, row.kept, row.seconds, row.flags | Flag.DENIED_OUTLIER
            )
        marked.append(row)
    return marked


def _balance(rows: list[PlayerRow]) -> Flag:
    """What one side deals the other takes. A sum that does not come out means that a row is missing or wrong."""
    flags = Flag(0)
    kills = deaths = 0
    for row in rows:
        for weapon in row.weapons:
            kills += weapon[3]
            deaths += weapon[4]
    if kills != deaths:
        flags |= Flag.KILLS_UNBALANCED
    columns = list(zip(*[row.kept for row in rows], strict=True))
    for flag, given, taken in _BALANCES if columns else ():
        try:
            if sum(columns[_AT[given]]) != sum(columns[_AT[taken]]):
                flags |= flag
        except TypeError:  # the layout lacks one of the two
            continue
    return flags
