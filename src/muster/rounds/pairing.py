"""Which round 2 belongs to which round 1, decided from one evening's sorted rounds and nothing else."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from muster.model.rounds import RoundFile, Status

PARTNER_WINDOW = timedelta(minutes=45)
SESSION_GAP = timedelta(minutes=60)


class Head(msgspec.Struct, frozen=True):
    """As much of a round as its neighbours need to know. `carries`: some counter was not at zero before it."""

    file: str
    played_at: datetime
    map: str
    round: int
    winner: int
    timelimit: float | None
    next_timelimit: float | None
    keys: frozenset[str]
    carries: bool


class Placement(msgspec.Struct, frozen=True):
    """Where a round stands; `partner` is the other file of its pair."""

    status: Status
    partner: str | None = None


def head_of(file: RoundFile, played_at: datetime) -> Head:
    """The part of a file that pairing looks at."""
    header = file.header
    return Head(
        file=file.name.file,
        played_at=played_at,
        map=header.map,
        round=header.round,
        winner=header.winner,
        timelimit=header.timelimit,
        next_timelimit=header.next_timelimit,
        keys=frozenset(line.key for line in file.players),
        carries=any(line.rounds for line in file.players),
    )


def evenings(heads: Iterable[Head]) -> list[list[Head]]:
    """Rounds of one server, grouped where no gap is longer than an hour. Empty rounds belong to no evening."""
    groups: list[list[Head]] = []
    for head in sorted((head for head in heads if head.keys), key=order):
        if groups and head.played_at - groups[-1][-1].played_at <= SESSION_GAP:
            groups[-1].append(head)
        else:
            groups.append([head])
    return groups


def order(head: Head) -> tuple[datetime, str]:
    """Rounds in the order they were played; a name breaks the tie."""
    return head.played_at, head.file


def pair(evening: Sequence[Head]) -> dict[str, Placement]:
    """The place of every round of one evening, by file.

    A partner is the nearest earlier round 1 of the same map, at most 45 minutes before and with no other
    round of that map between.
    """
    places: dict[str, Placement] = {}
    latest: dict[str, Head] = {}
    for head in evening:
        before = latest.get(head.map)
        if head.round == 1:
            if before is not None and before.round == 1 and places[before.file].status is Status.SINGLE:
                places[before.file] = Placement(Status.ABANDONED)
            places[head.file] = Placement(Status.SINGLE if head.winner else Status.CANCELLED)
        elif before is not None and _partners(before, head):
            places[before.file] = _paired(before, head)
            places[head.file] = _paired(head, before)
        else:
            places[head.file] = Placement(Status.ORPHAN_R2 if head.carries else _alone(head))
        latest[head.map] = head
    return places


def _alone(head: Head) -> Status:
    return Status.SINGLE if head.winner else Status.CANCELLED


def _paired(head: Head, partner: Head) -> Placement:
    """A cancelled round keeps its partner: its counters are carried on all the same."""
    return Placement(Status.PAIRED if head.winner else Status.CANCELLED, partner.file)


def _partners(first: Head, second: Head) -> bool:
    if first.round != 1 or second.played_at - first.played_at > PARTNER_WINDOW:
        return False
    same_clock = first.next_timelimit is not None and first.next_timelimit == second.timelimit
    shared = len(first.keys & second.keys)
    return same_clock or 2 * shared >= min(len(first.keys), len(second.keys))
