"""How often a distant folder is looked at."""

import random
from typing import Final

from muster.collect.state import BY_HAND, State

SESSION: Final = 1.0
IDLE: Final = 1.5
"""Seconds between two looks while rounds come, and else: a look at the folder's time costs next to nothing, and the
first round of an evening must not come late."""

LINGER: Final = 45 * 60.0
"""Seconds after a round in which another one may come: a map of two rounds with a long limit, and a pause."""

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 60.0
LOGIN_PAUSE: Final = 300.0
"""Seconds until the next attempt after a failure: doubled each time. Refused logins get hosts banned."""


class Pace:
    """When to look again. `chance` gives numbers from 0 to 1: many programs must not knock at the same moment."""

    def __init__(self, session: float = SESSION, idle: float = IDLE, chance: random.Random | None = None) -> None:
        self._session = session
        self._idle = idle
        self._chance = chance or random.Random()
        self._round: float | None = None
        self._failures = 0

    def came(self, now: float) -> None:
        """A round came."""
        self._round = now

    def after(self, now: float) -> float:
        """Seconds to wait after a look that went well."""
        self._failures = 0
        busy = self._round is not None and now - self._round < LINGER
        return (self._session if busy else self._idle) * self._chance.uniform(0.9, 1.0)

    def after_failure(self, state: State) -> float:
        """Seconds to wait after one that did not."""
        self._failures = min(self._failures + 1, 12)
        longest = LOGIN_PAUSE if state is State.REFUSED else LONGEST_PAUSE
        first = LONGEST_PAUSE / 4 if state in BY_HAND else FIRST_PAUSE
        return float(min(first * 2 ** (self._failures - 1), longest)) * self._chance.uniform(0.75, 1.0)
