"""One round's fighting, shot for shot where it matters: who fells whom, when, with what.

Every kill has a killer and a victim, every point of damage a giver and a taker, every revive two ends: so the sums of
a round agree, and sprees, revives, waits and denied seconds follow from one and the same sequence of events.
"""

from collections import defaultdict

from .arsenal import DEATHS, KILLS, LOADOUTS, SLOTS
from .community import Person
from .dice import Dice

NEVER = 1e9
EXCHANGES = 3.05 / 60
"""Exchanges of fire a second for every player on the field; about every third finds one of the two dead already."""
WOUNDING = 0.3
"""Share of the exchanges that only wound."""
ATTACKERS_WAIT, DEFENDERS_WAIT = 16.0, 26.0
"""Seconds between two respawns of a side."""


def _unused() -> list[int]:
    return [0, 0, 0, 0, 0]


class Fighter:
    """One person in one round: from when to when (seconds), on which side, and what became of it."""

    __slots__ = (
        "alias", "alive", "arms", "assists", "back", "before", "counter", "dead", "denied", "enters", "fields",
        "gibs", "given", "healer", "hurt_by", "key", "leaves", "log", "person", "quirks", "received", "revived",
        "revives", "side", "slain", "steals", "team", "team_in_file", "unslotted_deaths", "unslotted_kills", "useful",
        "useless", "weapons",
    )  # fmt: skip

    def __init__(self, person: Person, team: str, side: int, seconds: float) -> None:
        self.person, self.team, self.side = person, team, side
        self.alias, self.key = person.name, person.key
        self.enters, self.leaves = 0.0, seconds
        self.alive = 0.0
        self.team_in_file = side
        self.counter = 0
        self.before: Fighter | None = None
        self.quirks: list[str] = []
        self.arms = LOADOUTS[(person.role, person.style), side]
        self.healer = person.role == "medic"
        self.weapons: defaultdict[int, list[int]] = defaultdict(_unused)
        self.fields: list[float] = []
        self.log: list[float] = []
        self.slain: list[Fighter] = []
        self.hurt_by: Fighter | None = None
        self.back = self.dead = self.denied = 0.0
        self.given = self.received = self.assists = self.steals = self.gibs = 0
        self.revived = self.revives = self.useful = self.useless = 0
        self.unslotted_kills = self.unslotted_deaths = 0

    @property
    def seconds(self) -> float:
        """Time on a team in this round."""
        return self.leaves - self.enters

    @property
    def deaths(self) -> int:
        """By enemies, like everything in ``log``."""
        return len(self.log) - len(self.slain)


class Battle:
    """The field: who may fire, who may be hit, and the clocks of the two sides' respawns."""

    def __init__(self, dice: Dice, fighters: list[Fighter], seconds: float, defender: int) -> None:
        self.random = dice.random
        self.fighters = fighters
        self.seconds = seconds
        self.waits = {side: DEFENDERS_WAIT if side == defender else ATTACKERS_WAIT for side in (1, 2)}
        self.healers = {side: [f for f in fighters if f.side == side and f.healer] for side in (1, 2)}
        self.mercy = {side: min(0.42, 0.12 * len(healers)) for side, healers in self.healers.items()}

    def fight(self) -> None:
        """Run the round. Strength buys kills and, less so, safety."""
        random = self.random
        ballot = [f for f in self.fighters for _ in range(int(f.person.strength * 8 + 0.5))]
        prey = {1: self._exposed(2), 2: self._exposed(1)}
        if not prey[1] or not prey[2]:
            return
        fell, draws, end = self._fell, len(ballot), self.seconds
        pause = 2.0 / (EXCHANGES * len(self.fighters))
        for fighter in self.fighters:
            fighter.back = fighter.enters
        leaving = min(fighter.leaves for fighter in self.fighters)
        now = 0.0
        while (now := now + pause * random()) < end:
            if now >= leaving:
                leaving = self._send_off(now)
            killer = ballot[int(random() * draws)]
            targets = prey[killer.side]
            victim = targets[int(random() * len(targets))]
            if killer.back > now or victim.back > now:
                continue
            outcome = random()
            if outcome > WOUNDING:
                fell(killer, victim, now)
            else:
                damage = 60 + int(outcome * 1200)
                killer.given += damage
                victim.received += damage
                victim.hurt_by = killer
        for fighter in self.fighters:
            if fighter.back < NEVER:
                fighter.dead -= max(0.0, fighter.back - fighter.leaves)

    def _exposed(self, side: int) -> list[Fighter]:
        return [f for f in self.fighters if f.side == side for _ in range(max(3, int(11 - 3 * f.person.strength)))]

    def _send_off(self, now: float) -> float:
        """Those whose time is over take no further part; answers when the next one goes."""
        for fighter in self.fighters:
            if fighter.leaves <= now and fighter.back < NEVER:
                fighter.dead -= max(0.0, fighter.back - fighter.leaves)
                fighter.back = NEVER
        return min((fighter.leaves for fighter in self.fighters if fighter.back < NEVER), default=NEVER)

    def _fell(self, killer: Fighter, victim: Fighter, now: float) -> None:
        """One kill, with all that hangs on it."""
        random = self.random
        weapon = killer.arms[int(random() * SLOTS)]
        killer.weapons[weapon][KILLS] += 1
        victim.weapons[weapon][DEATHS] += 1
        damage = 80 + int(random() * 75)
        killer.given += damage
        victim.received += damage
        killer.log.append(now)
        victim.log.append(-now)
        killer.slain.append(victim)
        if (helper := victim.hurt_by) is not None:
            if helper is not killer:
                helper.assists += 1
                if random() < 0.35:
                    killer.steals += 1
            victim.hurt_by = None
        every = self.waits[victim.side]
        wait = every - now % every
        if wait >= every / 2:
            killer.useful += 1
        elif wait <= 5.0:
            killer.useless += 1
        if random() < self.mercy[victim.side]:
            wait = self._revive(victim, now, wait)
        elif random() < 0.42:
            killer.gibs += 1
        killer.denied += wait
        victim.dead += wait
        victim.back = now + wait

    def _revive(self, victim: Fighter, now: float, wait: float) -> float:
        """A medic of his side on his feet gets to him in a few seconds, or nobody does; answers the seconds dead."""
        healers = self.healers[victim.side]
        medic = healers[int(self.random() * len(healers))]
        if medic is victim or medic.back > now or wait < 3.0:
            return wait
        medic.revives += 1
        victim.revived += 1
        return min(wait, 1.5 + 5.0 * self.random())
