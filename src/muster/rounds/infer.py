"""Which of two sides a player stood on, for input that does not say so.

Four kinds of evidence, each as odds, multiplied: time on each side, where he stood before, what only one
side can do, and last the balance of numbers and skill. The result carries its confidence.
"""

from collections.abc import Sequence

import msgspec

FIRST, SECOND = 1, 2

_TIME_WEIGHT = 60.0
"""Seconds on a side that count as much as one earlier round there."""
_OBJECTIVE_ODDS = 2.5
"""How much more often the side that can do a thing is seen doing it than the other is credited with it."""
_MOST_OBJECTIVES = 3


class Evidence(msgspec.Struct, frozen=True):
    """What is known of one player. Absent evidence is zero.

    `seconds_*` on each side in this round, `rounds_*` on each side before, `objectives_*` done that only that
    side can do (dynamite planted for the attackers, defused for the defenders), `skill` as rating mu.
    """

    key: str
    seconds_first: float = 0
    seconds_second: float = 0
    rounds_first: int = 0
    rounds_second: int = 0
    objectives_first: int = 0
    objectives_second: int = 0
    skill: float = 0


class Guess(msgspec.Struct, frozen=True):
    """A side with the probability that it is right, 0.5 to 1."""

    key: str
    side: int
    confidence: float

    @property
    def level(self) -> str:
        """`high` from 90 %, `medium` from 70 %, else `low`."""
        return level(self.confidence)


def level(confidence: float) -> str:
    """The word for a confidence: `high` from 90 %, `medium` from 70 %, else `low`."""
    if confidence >= 0.9:
        return "high"
    return "medium" if confidence >= 0.7 else "low"


def infer_sides(players: Sequence[Evidence], first: int = 0, second: int = 0) -> list[Guess]:
    """Sides of `players`, beside `first` and `second` players whose sides are known.

    Whoever the evidence speaks for is placed first. The rest fill the smaller side, the strongest to the side
    with less skill, with little confidence.
    """
    guesses: list[Guess] = []
    counts = {FIRST: first, SECOND: second}
    skills = {FIRST: 0.0, SECOND: 0.0}
    open_cases: list[Evidence] = []
    for player in sorted(players, key=lambda p: p.key):
        probability = _probability_first(player)
        if probability == 0.5:
            open_cases.append(player)
            continue
        side = FIRST if probability > 0.5 else SECOND
        counts[side] += 1
        skills[side] += player.skill
        guesses.append(Guess(player.key, side, round(max(probability, 1 - probability), 4)))
    for player in sorted(open_cases, key=lambda p: (-p.skill, p.key)):
        uneven = counts[FIRST] != counts[SECOND]
        measure = counts if uneven else skills
        side = FIRST if measure[FIRST] <= measure[SECOND] else SECOND
        counts[side] += 1
        skills[side] += player.skill
        guesses.append(Guess(player.key, side, 0.6 if uneven else 0.5))
    return guesses


def _probability_first(player: Evidence) -> float:
    """Probability of the first side from time, history and objectives, by multiplied odds."""
    odds = (player.seconds_first / _TIME_WEIGHT + 1) ** 2 / (player.seconds_second / _TIME_WEIGHT + 1) ** 2
    odds *= (2 * player.rounds_first + 1) / (2 * player.rounds_second + 1)
    balance = player.objectives_first - player.objectives_second
    odds *= _OBJECTIVE_ODDS ** max(min(balance, _MOST_OBJECTIVES), -_MOST_OBJECTIVES)
    return odds / (1 + odds)
