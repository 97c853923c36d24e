"""When messages were written: what tells one that is counted from one that is not (docs/decisions/0007-history.md).

Pure: nothing here knows a database. Moments are milliseconds since 1970.
"""

import sys
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

DAY = 86_400_000
TOLERANCE = 2_000
"""Milliseconds between a message's own time and that of its line in another program's log."""


def unmatched(exact: Sequence[int], logged: Sequence[int]) -> list[int]:
    """The logged moments that belong to none of the exact ones. Both are sorted, and so is the result.

    As many as possible find a partner: with one tolerance for all, taking the earliest that fits does that.
    """
    left: list[int] = []
    at = 0
    for moment in logged:
        while at < len(exact) and exact[at] < moment - TOLERANCE:
            at += 1
        if at < len(exact) and exact[at] <= moment + TOLERANCE:
            at += 1
        else:
            left.append(moment)
    return left


class Change(msgspec.Struct):
    """What else counts of a user in a channel: more exact moments, more logged ones, and logged ones no more."""

    exact: list[int]
    logged: list[int]
    gone: list[int]


def change(
    exact: Sequence[int], logged: Sequence[int], more_exact: Sequence[int], more_logged: Sequence[int], again: int
) -> Change:
    """What comes of further moments. Exact ones up to `again` may have come before and then are the same messages."""
    if not exact and not more_exact:
        return Change([], list(more_logged), [])
    fresh = sorted(
        [at for at in more_exact if at > again]
        + list((Counter(at for at in more_exact if at <= again) - Counter(exact)).elements())
    )
    before = Counter(unmatched(sorted(exact), sorted(logged)))
    after = Counter(unmatched(sorted([*exact, *fresh]), sorted([*logged, *more_logged])))
    return Change(fresh, sorted((after - before).elements()), sorted((before - after).elements()))


def pack(day: int, moments: Iterable[int]) -> bytes:
    """Moments of a UTC day (since 1970) as bytes."""
    begin = day * DAY
    return _little(array("I", [at - begin for at in moments])).tobytes()


def unpack(day: int, packed: bytes) -> list[int]:
    """The moments again."""
    begin = day * DAY
    return [begin + at for at in _little(array("I", packed))]


def by_day(moments: Iterable[int]) -> dict[int, list[int]]:
    """Moments by their UTC day."""
    found: dict[int, list[int]] = {}
    for at in moments:
        found.setdefault(at // DAY, []).append(at)
    return found


def _little(values: "array[int]") -> "array[int]":
    if sys.byteorder == "big":
        values.byteswap()
    return values
