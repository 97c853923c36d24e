"""The people: what they are good at, how often they come, and who stands with whom tonight."""

from dataclasses import dataclass

from .dice import Dice
from .names import Alias, alias, dressed, nickname, odd

ROLES = ("medic", "medic", "medic", "medic", "engineer", "engineer", "fieldop", "fieldop", "soldier", "covert")
_ROLE_FIRE = {"medic": 1.05, "engineer": 0.92, "fieldop": 0.95, "soldier": 1.1, "covert": 0.93}
_STYLES = {
    "medic": ("smg",),
    "engineer": ("smg", "rifle"),
    "fieldop": ("smg",),
    "soldier": ("panzer", "machine gun", "mortar", "flamer"),
    "covert": ("sten", "sniper"),
}
_BOT_NAMES = (
    b"[BOT]Rusty", b"^1[BOT]^7Bolt", b"[BOT]Gasket", b"^o[BOT]^zPiston", b"[BOT]Sprocket", b"[BOT]Flange",
    b"[BOT]Rivet", b"[BOT]Washer", b"^2[BOT]^7Spring", b"[BOT]Cog", b"[BOT]Lever", b"[BOT]^dCrank",
)  # fmt: skip


@dataclass(slots=True, eq=False)
class Person:
    """Somebody who plays. ``skill`` is latent (mean 0, deviation 1), ``form`` its drift, ``aim`` hits per shot,
    ``headshots`` headshots per hit, ``activity`` 0…1 the wish to come."""

    guid: str
    nick: str
    role: str
    style: str
    skill: float
    aim: float
    headshots: float
    activity: float
    aliases: list[Alias]
    wears: int = 0
    form: float = 0.0
    bot: bool = False

    @property
    def name(self) -> Alias:
        return self.aliases[self.wears]

    @property
    def key(self) -> str:
        """Who it is: the GUID; bots share one, so theirs goes with the name."""
        return f"{self.guid}:{self.name.clean}" if self.bot else self.guid

    @property
    def strength(self) -> float:
        """How much of the fighting is his: 1 is the middle, 0.45 … 1.9."""
        return min(1.9, max(0.45, (1.0 + 0.2 * (self.skill + self.form)) * _ROLE_FIRE[self.role]))

    def drift(self, dice: Dice) -> None:
        """A night later: form comes and goes, and sometimes so does the name."""
        self.form = 0.75 * self.form + 0.3 * dice.bell()
        if len(self.aliases) > 1 and dice.chance(0.12):
            self.rename(dice)

    def rename(self, dice: Dice) -> None:
        self.wears = (self.wears + dice.whole(1, len(self.aliases) - 1)) % len(self.aliases)


def gather(dice: Dice, size: int, oddities: bool) -> list[Person]:
    """A community of ``size`` people; with ``oddities`` every fourth has an alias that breaks things."""
    people: list[Person] = []
    taken: set[str] = set()
    for number in range(size):
        guid = "".join(dice.pick("0123456789ABCDEF") for _ in range(8))
        while guid in taken:
            guid = "".join(dice.pick("0123456789ABCDEF") for _ in range(8))
        taken.add(guid)
        people.append(_person(dice, number, guid, oddities))
    return people


def _person(dice: Dice, number: int, guid: str, oddities: bool) -> Person:
    skill, nick, role = dice.bell(), nickname(dice, number), dice.pick(ROLES)
    aliases = [dressed(dice, nick) for _ in range(dice.pick((1, 1, 2, 3)))]
    if oddities and number % 4 == 1:
        aliases.insert(dice.whole(0, 1), odd(number // 4, nick))
    return Person(
        guid=guid,
        nick=nick,
        role=role,
        style=dice.pick(_STYLES[role]),
        skill=round(skill, 4),
        aim=round(min(0.5, max(0.22, 0.36 + 0.035 * skill + 0.03 * dice.bell())), 4),
        headshots=round(min(0.24, max(0.05, 0.125 + 0.012 * skill + 0.025 * dice.bell())), 4),
        activity=round(dice.pick((1.0, 0.9, 0.75, 0.55, 0.35, 0.15)) * dice.between(0.8, 1.0), 4),
        aliases=aliases,
    )


def bots() -> list[Person]:
    """The omnibots: one GUID, several names, all equally bad."""
    return [
        Person("OMNIBOT0", name.decode(), "medic", "smg", -1.5, 0.2, 0.04, 0.0, [alias(name)], bot=True)
        for name in _BOT_NAMES
    ]


def who_comes(dice: Dice, people: list[Person]) -> list[Person]:
    """Everybody in tonight's order of arrival; who did not mean to come stands last, in case he is needed."""
    order = [(not dice.chance(person.activity), dice.random(), place) for place, person in enumerate(people)]
    return [people[place] for _, _, place in sorted(order)]


def draft(dice: Dice, players: list[Person]) -> tuple[list[Person], list[Person]]:
    """Two teams by captains' choice (A B B A …): about even, never quite."""
    order = [(-person.skill + 0.8 * dice.bell(), place) for place, person in enumerate(players)]
    ranked = [players[place] for _, place in sorted(order)]
    first = [person for place, person in enumerate(ranked) if place % 4 in (0, 3)]
    second = [person for place, person in enumerate(ranked) if place % 4 in (1, 2)]
    while len(first) - len(second) > 1:
        second.append(first.pop())
    while len(second) - len(first) > 1:
        first.append(second.pop())
    return first, second
