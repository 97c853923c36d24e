"""Answers about one player, made up for the pictures."""

from datetime import UTC, datetime, timedelta
from random import Random

from muster.stats.values import (
    EVERYTHING,
    Career,
    History,
    MapLine,
    Maps,
    PlayerRef,
    Record,
    SessionLine,
    Totals,
    WeaponLine,
    Weapons,
    WeaponTotals,
)
from tests.charts.made_up import MAPS, WEAPONS

PLAYER = PlayerRef("A" * 32, "vexax")
OPPONENT = PlayerRef("B" * 32, "$x^2$ \\frac{1}{2} ★彡")


def history(sessions: int, *, total: int | None = None, known: bool = True) -> History:
    """So many sessions a few days apart, latest first; every ninth lacks dpm where `known`, all of them otherwise."""
    dice = Random(sessions)
    lines = []
    for i in range(sessions):
        played = datetime(2025, 6, 1, 19, tzinfo=UTC) + timedelta(days=3 * i)
        dpm = None if not known or i % 9 == 4 else dice.gauss(300 + 3 * i, 40)
        lines.append(
            SessionLine(
                f"s{i}", "a server", played, int(played.strftime("%Y%m%d")), MAPS[:3], Totals(rounds=6),
                max(dice.gauss(1.2, 0.25), 0.2), dpm, dice.gauss(36, 4), Record(2, 0, 1), 12,
            )
        )  # fmt: skip
    return History(PLAYER, tuple(reversed(lines)), 0, total or sessions)


def career(player: PlayerRef = PLAYER, *, seed: int = 1, rounds: int = 40) -> Career:
    """A career of so many rounds; none leaves everything unknown."""
    dice = Random(seed)
    totals = Totals() if not rounds else Totals(
        rounds=rounds, seconds=rounds * 500, timed_damage=rounds * dice.randrange(2000, 3600), kills=rounds * 12,
        deaths=rounds * dice.randrange(8, 14), aimed_hits=3300, aimed_shots=dice.randrange(8000, 11000),
        headshots=dice.randrange(300, 600), alive_seconds=dice.randrange(60, 90), alive_of_seconds=100,
        dynamites_planted=dice.randrange(10, 60), repairs_of_rounds=rounds, repairs=30, revives_of_rounds=rounds,
        revives_given=dice.randrange(20, 200), kill_assists=dice.randrange(50, 120),
    )  # fmt: skip
    return Career(player, EVERYTHING, totals, Record(10, 2, 8), 9, None, None, None, ())


def maps(count: int = 7) -> Maps:
    """A player on so many maps; on the last one he has no dpm."""
    lines = []
    for i in range(count):
        dpm = None if i == count - 1 and i else 340.0 - 12 * i
        delta = None if dpm is None else dpm - 310
        name = MAPS[i] if i < len(MAPS) else f"map_{i}"
        lines.append(MapLine(name, Totals(rounds=40 - i), 1.2, dpm, 35.0, 0.1, delta, -1.0))
    return Maps(PLAYER, Totals(rounds=200), tuple(lines))


def weapons() -> Weapons:
    """A player with every made-up weapon; the syringe kills nobody."""
    lines = [
        WeaponLine(name, i % 2 == 0, WeaponTotals(rounds=9, kills=0 if name == "SYRINGE" else 1200 // (i + 1)),
                   None if i % 2 else 33.0, None if i % 2 else 12.5)
        for i, name in enumerate(WEAPONS)
    ]  # fmt: skip
    return Weapons(PLAYER, tuple(lines))
