"""One evening on the server: who comes, which maps, when, and what goes wrong."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from .community import Person, bots, draft, gather, who_comes
from .dice import Dice
from .maps import ROTATION, Map
from .match import Match
from .oddities import LACKS_R2, NEEDS_TIMES, Deck, with_bots
from .played import Night, Played, clock

REST = timedelta(minutes=50)
"""A map does not come back sooner, unless it is played twice in a row: it is never unclear what belongs together."""


@dataclass(slots=True)
class World:
    """What lasts longer than an evening. ``rounds``: files a night, None for 10 … 20."""

    dice: Dice
    people: list[Person]
    deck: Deck
    players: int
    rounds: int | None
    oddities: bool
    matchups: int = 0

    @classmethod
    def begin(cls, seed: int, players: int, community: int, rounds: int | None, oddities: bool) -> "World":
        dice = Dice(seed)
        return cls(dice, gather(dice, community, oddities), Deck(dice), players, rounds, oddities)


class Evening:
    """``matches()`` plays it through; teams, bench, clock and maps are its state. ``over``: maps left half played."""

    def __init__(self, world: World, night: Night) -> None:
        self.world, self.night, self.dice = world, night, world.dice
        dice = self.dice
        for person in world.people:
            person.drift(dice)
        size = world.players - (2 if world.players >= 8 and dice.chance(0.2) else 0)
        order = who_comes(dice, world.people)
        self.teams = dict(zip("AB", draft(dice, order[:size]), strict=True))
        self.bench = order[size:]
        self.quota = world.rounds or 2 * dice.whole(5, 10)
        self.now = datetime.combine(night.day, time(20, 35)) + timedelta(minutes=dice.whole(0, 90))
        self.now -= timedelta(minutes=9) * max(0, self.quota - 20)
        self.last_on: dict[str, datetime] = {}
        self.over: set[str] = set()
        world.matchups += 1

    def matches(self) -> Iterator[list[Played]]:
        """The rounds of one match after another (of a broken one, what there was), until the evening has its files."""
        area, replay = self._next_map(), False
        while self.quota > 0:
            kind = self._oddity(replay)
            rounds = self._play(area, kind, replay)
            self.quota -= sum(played.written for played in rounds)
            yield rounds
            replay = not replay and not kind and self.quota > 1 and self.dice.chance(0.2)
            if not replay:
                area = self._next_map()
                self._substitute()

    def empty_round(self) -> Played:
        """A header with nobody below it, left by a public server hours before the evening."""
        stamp = self.now - timedelta(minutes=self.dice.whole(130, 220))
        area = ROTATION[0]
        limit = clock(900)
        return Played(
            self.night, area, 2, "defaultpublic", stamp, 900.0, area.defender, limit, limit, [], None, status="empty"
        )

    def _next_map(self) -> Map:
        open_maps = [area for area in ROTATION if area.name not in self.over] or list(ROTATION)
        rested = [area for area in open_maps if area.name not in self.last_on or self._rest(area) > REST]
        if rested:
            return self.dice.pick(rested)
        area = max(open_maps, key=self._rest)
        self.now = self.last_on[area.name] + REST
        return area

    def _rest(self, area: Map) -> timedelta:
        return self.now - self.last_on[area.name]

    def _oddity(self, replay: bool) -> str:
        """What goes wrong in the coming match; mostly nothing."""
        if self.quota == 1:
            return "lone_r1"
        if not self.world.oddities or replay or not self.dice.chance(0.4):
            return ""
        kind = self.world.deck.deal()
        if self._possible(kind):
            return kind
        self.world.deck.give_back(kind)
        return ""

    def _possible(self, kind: str) -> bool:
        size = len(self.teams["B"])
        if kind in NEEDS_TIMES:
            return self.night.layout > 32
        if kind == "denied_outlier":
            return self.night.layout > 33
        if kind == "bots":
            return size > 1
        if kind == "bot_majority":
            return 2 < size < 12
        if kind == "new_opponents":
            return len(self.bench) >= size
        if kind == "leaver_replaced":
            return bool(self.bench)
        return kind != "abandoned_r1" or self.quota > 2

    def _play(self, area: Map, kind: str, replay: bool) -> list[Played]:
        dice = self.dice
        if kind == "long_break":
            self.now += timedelta(minutes=dice.whole(65, 100))
            self.world.matchups += 1
        elif kind == "new_opponents":
            self._change_opponents()
        self.now += timedelta(seconds=dice.whole(200, 340) if dice.chance(0.08) else dice.whole(40, 150))
        match = Match(dice, self.night, area, kind, self.now)
        match.base, match.matchup, match.messy = int(replay), self.world.matchups, self.world.oddities
        match.bench = self.bench
        match.teams = self._with_bots(kind) if kind in ("bots", "bot_majority") else self.teams
        rounds = match.play()
        self.now = self.last_on[area.name] = match.now
        if kind in LACKS_R2:
            self.over.add(area.name)
        return rounds

    def _with_bots(self, kind: str) -> dict[str, list[Person]]:
        spare = self.dice.shuffled(bots())
        return {team: with_bots(self.dice, kind, people, spare) for team, people in self.teams.items()}

    def _change_opponents(self) -> None:
        """Another team comes: nobody of B stays."""
        size = len(self.teams["B"])
        leaving = self.teams["B"]
        self.teams["B"], self.bench = self.bench[:size], self.bench[size:] + leaving
        self.world.matchups += 1

    def _substitute(self) -> None:
        """Between two matches somebody goes to bed and somebody else takes his place."""
        if not self.bench or not self.dice.chance(0.12):
            return
        team = self.teams[self.dice.pick("AB")]
        place = self.dice.whole(0, len(team) - 1)
        self.bench.append(team[place])
        team[place] = self.bench.pop(0)
