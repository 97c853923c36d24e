"""Made-up answers about players, for the tests of what a terminal shows."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from muster.cli.show import PlayerPage
from muster.stats.values import (
    EVERYTHING,
    Alias,
    Candidate,
    Career,
    Choice,
    Companions,
    Company,
    Entry,
    HeadToHead,
    History,
    Ladder,
    LadderEntry,
    Leaderboard,
    MapLine,
    Maps,
    Rating,
    Recent,
    RecentRound,
    Record,
    Result,
    SessionLine,
    Standing,
    Together,
    Totals,
    WeaponLine,
    Weapons,
    WeaponTotals,
)
from tests.cli.show_samples import NIGHT, head, line, ref, totals

FIRST = datetime(2024, 4, 16, 22, 7, tzinfo=UTC)


def career(name: str | None = None, **changed: Any) -> Career:
    """A player with a past."""
    aliases = (Alias("bordle", 90, FIRST, NIGHT), Alias("ox|bordle", 12, FIRST, NIGHT))
    sums = totals(0, rounds=102, kills=1565, deaths=1362, seconds=60000, timed_damage=309981, damage_given=309981)
    rating = Rating(31.2, 4.6, 40, 1273, 184, 6, 28)
    usual = Career(ref(0, name), EVERYTHING, sums, Record(40, 2, 33), 14, rating, FIRST, NIGHT, aliases)
    return msgspec.structs.replace(usual, **changed)


def player_page(name: str | None = None, map_: str = "supply", **changed: Any) -> PlayerPage:
    """A page with every part."""
    person = ref(0, name)
    weapon = WeaponTotals(102, 6877, 16375, 717, 615, 894)
    evening = SessionLine(
        "s", "dry.dock", NIGHT, 20251026, (map_, "te_escape2"), totals(), 1.75, 267.0, 34.9, Record(2, 0, 6), -112
    )
    usual = PlayerPage(
        career(name),
        Maps(person, totals(), (MapLine(map_, totals(), 1.75, 267.0, 34.9, 0.1, -12.0, 0.0),)),
        Weapons(person, (WeaponLine("MP40", True, weapon, 42.0, 13.0), unaimed("GRENADE"))),
        History(person, (evening,), 0, 14),
        Recent(person, (RecentRound(head(2, map=map_), line(0, name=name), "axis", "A", Result.LOST),)),
        (Standing("dpm", 267.0, 1, 12, 100.0), Standing("kd", 1.75, 6, 12, 55.0)),
    )
    return msgspec.structs.replace(usual, **changed)


def unaimed(weapon: str) -> WeaponLine:
    """A weapon that has no headshots."""
    return WeaponLine(weapon, False, WeaponTotals(12, 308, 913, 104, 132, 0), None, None)


def nothing_known() -> PlayerPage:
    """Somebody without a round that counts."""
    nobody = career(
        totals=Totals(), matches=Record(), sessions=0, rating=None, first_seen=None, last_seen=None, aliases=()
    )
    return PlayerPage(
        nobody,
        Maps(ref(0), Totals(), ()),
        Weapons(ref(0), ()),
        History(ref(0), (), 0, 0),
        Recent(ref(0), ()),
        (Standing("dpm", None, None, 12, None),),
    )


def leaderboard(players: int = 3, name: str | None = None, **changed: Any) -> Leaderboard:
    """The first of so many by DPM."""
    entries = tuple(Entry(n + 1, ref(n, name), 367.4 - 20 * n, 92 - n, 594.0 - n) for n in range(players))
    usual = Leaderboard("dpm", EVERYTHING, None, False, entries, 0, players, 17, 20, 0)
    return msgspec.structs.replace(usual, **changed)


def ladder(players: int = 3, name: str | None = None, **changed: Any) -> Ladder:
    """So many by rating."""
    entries = tuple(
        LadderEntry(n + 1, ref(n, name), 31.0, 4.0, 1745 - 90 * n, 195, 66 - n, 140) for n in range(players)
    )
    return msgspec.structs.replace(Ladder(entries, 0, players, 9, 10), **changed)


def head_to_head(first: str | None = None, second: str | None = None, **changed: Any) -> HeadToHead:
    """Two who met."""
    one, two = line(0, name=first), line(1, name=second)
    opposed, together = Together(45, one, two, 20, 23, 2, 10.5), Together(30, one, two, 18, 12, 0, 10.5)
    usual = HeadToHead(one.player, two.player, EVERYTHING, opposed, together, Record(10, 1, 12), 289.4, None)
    return msgspec.structs.replace(usual, **changed)


def choice(name: str | None = None, alias: str = "ox|bordle") -> Choice:
    """Two who may be meant."""
    return Choice((Candidate(ref(0, name), alias, 1102, 90.0), Candidate(ref(1), "jal", 3, 80.0)))


def companions(name: str | None = None) -> Companions:
    """One regular, and one of whom little is known."""
    regular = Company(ref(1, name), 40, 25, 15, 62.5, 15.0, 280.0, -9.0)
    return Companions(ref(0, name), 289.0, 51.0, (regular, Company(ref(2), 1, 0, 0, None, None, None, None)))
