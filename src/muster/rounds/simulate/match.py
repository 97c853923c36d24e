"""Two rounds on one map: the sides change, the time to beat stays."""

from datetime import datetime, timedelta

from .battle import Battle, Fighter
from .community import Person
from .dice import Dice
from .maps import Map
from .oddities import HIDES_R1, LACKS_R2, PERSONAL, after_battle, after_count, before_battle, someone
from .played import Night, Played, clock
from .tally import settle
from .teamwork import friendly_fire, objectives

NONSENSE = ("0:00", "0:00", "0:00", "71:05", "114:37")


class Match:
    """``play()`` answers the rounds, files or not; ``now`` is the server's clock, moved on by playing.

    ``base``: what the round counters stand at (1 when the map was not loaded anew); ``kind``: what goes wrong;
    ``bench``: who may step in; ``messy``: servers are allowed their slips."""

    def __init__(self, dice: Dice, night: Night, area: Map, kind: str, now: datetime) -> None:
        self.dice, self.night, self.area, self.kind, self.now = dice, night, area, kind, now
        self.sides = {"A": (side := dice.pick((1, 2))), "B": 3 - side}
        self.teams: dict[str, list[Person]] = {}
        self.bench: list[Person] = []
        self.base = self.matchup = 0
        self.messy = False
        self.missing: Person | None = None

    def play(self) -> list[Played]:
        rounds = []
        if self.kind == "abandoned_r1":
            rounds.append(self._first_round())
            rounds[0].status = "abandoned"
            self.now += timedelta(seconds=self.dice.whole(40, 200))
        first = self._first_round()
        rounds.append(first)
        if self.kind in LACKS_R2:
            first.status = "cancelled" if self.kind == "cancelled" else "single"
            return rounds
        self.now += timedelta(seconds=self.dice.whole(33, 70))
        second = self._second_round(first)
        rounds.append(second)
        if self.kind in HIDES_R1:
            first.written = False
            second.status = "orphan_r2" if self.kind == "orphan_r2" else "single"
        else:
            first.status = second.status = "paired"
            first.partner, second.partner = second, first
        return rounds

    def _first_round(self) -> Played:
        if self.kind == "late_joiner_r2" and len(self.teams["A"]) > 1:
            self.missing = self.dice.pick(self.teams["A"])
        return self._round(1, self.area.limit, clock(self.area.limit), None)

    def _second_round(self, first: Played) -> Played:
        """Sides swapped, against the clock of the first round."""
        self.sides = {team: 3 - side for team, side in self.sides.items()}
        left = (f.person for f in first.fighters if f.leaves < first.seconds and f.team_in_file != 3)
        self.missing = next(left, None)
        self._step_in()
        if self.kind == "name_change":
            renamed = [f.person for f in first.fighters if len(f.person.aliases) > 1]
            if renamed:
                self.dice.pick(renamed).rename(self.dice)
        beaten = int(first.seconds) if first.outcome == "completed" else self.area.limit
        return self._round(2, beaten, first.next_limit, first)

    def _step_in(self) -> None:
        """Somebody from the bench takes the leaver's place."""
        if self.kind != "leaver_replaced" or not self.missing:
            return
        for people in self.teams.values():
            if self.missing in people:
                people[people.index(self.missing)] = self.bench.pop(0)
                self.bench.append(self.missing)
                return

    def _round(self, number: int, ceiling: int, limit: str, prior: Played | None) -> Played:
        dice, area = self.dice, self.area
        whole, completed = self._duration(number, ceiling)
        seconds = whole + dice.whole(0, 999) / 1000 if self.night.playtime else float(whole)
        fighters = self._line_up(seconds, prior)
        idle = self._stands_by(fighters) if self.kind == "spectator_row" and prior else []
        before_battle(dice, self.kind, number, fighters, seconds)
        Battle(dice, fighters, seconds, area.defender).fight()
        after_battle(dice, self.kind, fighters)
        for fighter in fighters:
            settle(dice, fighter)
        friendly_fire(dice, fighters)
        objectives(dice, area, fighters, area.defender, completed, counted=self.night.layout < 36)
        after_count(dice, self.kind, fighters)
        self.now += timedelta(seconds=whole + 3 + (dice.whole(60, 240) if dice.chance(0.03) else 0))
        winner = 0 if self.kind == "cancelled" else 3 - area.defender if completed else area.defender
        played = Played(
            self.night, area, number, self._config(), self.now, seconds, winner, limit,
            clock(whole) if completed else limit, fighters, self.matchup, idle,
        )  # fmt: skip
        self._slips(played)
        return played

    def _duration(self, number: int, ceiling: int) -> tuple[int, bool]:
        """Seconds, and whether the attackers got through: the stronger they are, the sooner."""
        dice = self.dice
        if self.kind == f"surrender_r{number}":
            return int(ceiling * dice.between(0.3, 0.8)), False
        if self.kind == "short" and number == 1:
            return dice.whole(38, 58), True
        if self.kind == "cancelled":
            return dice.whole(60, 240), False
        strength = {side: self._strength(team) for team, side in self.sides.items()}
        edge = strength[3 - self.area.defender] - strength[self.area.defender]
        share = self.area.pace * (1.0 - 1.8 * edge) * dice.between(0.45, 1.5)
        seconds = max(75, int(self.area.limit * share))
        return min(seconds, ceiling), seconds < ceiling

    def _strength(self, team: str) -> float:
        people = self.teams[team]
        return sum([person.strength for person in people]) / len(people)

    def _line_up(self, seconds: float, prior: Played | None) -> list[Fighter]:
        """Who starts, in no order, each with the row of the first round that the server will count on from."""
        known = {f.person: f for f in prior.fighters} if prior and not self.kind.startswith("restart") else {}
        fighters = []
        for team, people in self.teams.items():
            for person in people:
                if person is self.missing:
                    continue
                fighter = Fighter(person, team, self.sides[team], seconds)
                fighter.before = known.get(person)
                fighter.counter = self.base + (fighter.before is not None)
                if known:
                    self._note_change(fighter)
                fighters.append(fighter)
        return self.dice.shuffled(fighters)

    def _note_change(self, fighter: Fighter) -> None:
        """What of his first round still shows in his second."""
        before = fighter.before
        if before is None:
            fighter.quirks.append("joined_r2")
            return
        if before.alias is not fighter.alias:
            fighter.quirks.append("name_change")
        if before.unslotted_kills or before.unslotted_deaths:
            fighter.quirks.append("slotless_kill_before")

    def _stands_by(self, fighters: list[Fighter]) -> list[Fighter]:
        """One of the first round watches the second; the server keeps writing his old row."""
        fighter = someone(self.dice, fighters)
        if fighter is None or fighter.before is None:
            return []
        fighters.remove(fighter)
        return [fighter.before]

    def _config(self) -> str:
        size = max(len(people) for people in self.teams.values())
        return next((f"legacy{n}" for n in (1, 3, 5, 6) if size <= n), "defaultpublic")

    def _slips(self, played: Played) -> None:
        """Small things of servers and copies that change nothing in the round."""
        dice = self.dice
        if self.kind and self.kind not in PERSONAL and self.kind != f"surrender_r{3 - played.number}":
            played.quirks.append(self.kind)
        if played.idle:
            played.quirks.append("spectator_row")
        if not self.messy:
            return
        if played.number == 2 and played.outcome == "held" and dice.chance(0.12):
            played.next_limit = dice.pick(NONSENSE)
            played.quirks.append("nonsense_limit")
        if dice.chance(0.06):
            played.crlf = True
            played.quirks.append("crlf")
        if dice.chance(0.08):
            early = played.stamp - timedelta(seconds=dice.whole(1, 2))
            played.companion = f"{early:%Y-%m-%d-%H%M%S}-{self.area.name}-round-{played.number}-endstats.txt"
