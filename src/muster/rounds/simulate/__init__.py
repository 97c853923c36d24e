"""Round files of a community that does not exist, with the truth beside them.

For tests, benchmarks and a first look without a game server. Shares no code with the parser, so that one can be held
against the other.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from .companion import endstats
from .dice import Dice
from .evening import Evening, World
from .files import round_file
from .played import Night, Played
from .truth import Truth

__all__ = ["SimulationSummary", "simulate"]

LAST_NIGHT = date(2025, 11, 30)
MOST_ROUNDS = 80
"""A night: more would run into the next evening."""


@dataclass(frozen=True, slots=True)
class SimulationSummary:
    """``rounds``: round files written; ``files``: those and their companions; ``truth``: where the truth lies."""

    files: int
    rounds: int
    truth: Path


def simulate(
    out: Path,
    *,
    nights: int = 3,
    players: int = 12,
    seed: int = 1,
    until: date | None = None,
    rounds_per_night: int | None = None,
    community: int | None = None,
    oddities: bool = True,
    on_file: Callable[[], None] | None = None,
) -> SimulationSummary:
    """Write ``nights`` evenings of round files into ``out``, and ``truth.json``: the same bytes for the same arguments.

    ``players`` stand on both sides together in a usual round, drawn from ``community`` people; ``until`` is the last
    evening; ``rounds_per_night`` files make an evening (else 10 to 20); ``oddities`` are the things that go wrong on
    real servers, seldom and each told in the truth. ``on_file`` is called after every file. Raises ``ValueError`` for
    numbers that make no community."""
    community = max(players * 2, 16) if community is None else community
    if nights < 1 or players < 2 or community < players:
        raise ValueError("simulate needs nights >= 1, players >= 2 and a community of at least the players")
    if rounds_per_night is not None and not 1 <= rounds_per_night <= MOST_ROUNDS:
        raise ValueError(f"rounds_per_night must lie between 1 and {MOST_ROUNDS}")
    out.mkdir(parents=True, exist_ok=True)
    world = World.begin(seed, players, community, rounds_per_night, oddities)
    files = 0
    with Truth(out / "truth.json", seed, world.people) as truth:
        for played in _season(world, nights, until or LAST_NIGHT):
            for name, content in _pages(world, played):
                (out / name).write_bytes(content)
                files += 1
                if on_file:
                    on_file()
            truth.add(played)
    return SimulationSummary(files, truth.rounds, out / "truth.json")


def _season(world: World, nights: int, until: date) -> Iterator[Played]:
    """Every round that left a file, in the order of time."""
    for number, night in enumerate(_calendar(world.dice, nights, until)):
        evening = Evening(world, night)
        if world.oddities and number % 5 == 1:
            yield evening.empty_round()
        for match in evening.matches():
            yield from (played for played in match if played.written)


def _pages(world: World, played: Played) -> Iterator[tuple[str, bytes]]:
    """The files of a round: name and content."""
    yield played.file, round_file(world.dice, played, world.oddities)
    if played.companion:
        yield played.companion, endstats(played)


def _calendar(dice: Dice, nights: int, until: date) -> list[Night]:
    """Two to four evenings a week, back from ``until``; the server's habits change as real ones did."""
    days = [until]
    while len(days) < nights:
        days.append(days[-1] - timedelta(days=dice.pick((1, 1, 2, 2, 3, 4))))
    days.reverse()
    return [Night(day, layout, _playtime(dice, layout)) for day, layout in zip(days, _layouts(nights), strict=True)]


def _layouts(nights: int) -> list[int]:
    """Fields per player line, oldest night first: mostly today's 38; from eight nights on, every layout there is."""
    if nights < 8:
        return [37] * (nights > 4) + [38] * (nights - (nights > 4))
    each = max(1, nights // 12)
    older = [layout for layout in (32, 33, 36, 37) for _ in range(each)]
    return older + [38] * (nights - 5 * each) + [40] * each


def _playtime(dice: Dice, layout: int) -> Literal["", "s", "ms"]:
    chance = dice.random()
    if layout < 38 or chance > 0.45:
        return ""
    return "s" if chance < 0.3 else "ms"
