"""What goes wrong on real servers, dealt out slowly: at most one thing a match, each recorded with its round."""

from .battle import Fighter
from .community import Person
from .dice import Dice
from .tally import DENIED

KINDS = (
    "surrender_r1", "surrender_r2", "orphan_r2", "lone_r1", "abandoned_r1", "restart", "restart_unpaired",
    "cancelled", "short", "long_break", "new_opponents", "bots", "bot_majority", "leaver", "leaver_replaced",
    "late_joiner", "late_joiner_r2", "reconnect", "spectator_row", "moved_to_spectators_r1",
    "moved_to_spectators_r2", "name_change", "slotless_kill", "denied_outlier",
)  # fmt: skip
HIDES_R1 = frozenset(("orphan_r2", "restart_unpaired"))
"""The first round was played, its file never written."""
LACKS_R2 = frozenset(("lone_r1", "cancelled"))
PERSONAL = frozenset(KINDS[KINDS.index("leaver") :])
"""Noted with a player, not with the round."""
NEEDS_TIMES = frozenset(("surrender_r1", "surrender_r2", "spectator_row", "cancelled"))
"""Not to be told from the file when a layout has no player times."""


class Deck:
    """Every kind once in a shuffled order, then again."""

    def __init__(self, dice: Dice) -> None:
        self.dice = dice
        self.kinds: list[str] = []

    def deal(self) -> str:
        if not self.kinds:
            self.kinds = self.dice.shuffled(KINDS)
        return self.kinds.pop()

    def give_back(self, kind: str) -> None:
        """It does not fit here: it comes a little later."""
        self.kinds.insert(max(0, len(self.kinds) - 2), kind)


def with_bots(dice: Dice, kind: str, team: list[Person], spare: list[Person]) -> list[Person]:
    """The team with some of its people replaced by bots, taken off ``spare``."""
    number = len(team) // 2 + 1 if kind == "bot_majority" else 1
    kept = dice.shuffled(team)[: len(team) - number]
    return kept + [spare.pop() for _ in range(number)]


def someone(dice: Dice, fighters: list[Fighter]) -> Fighter | None:
    """Anybody whose side can spare him."""
    sides = [f.side for f in fighters]
    spare = [f for f in fighters if sides.count(f.side) > 1 and not f.person.bot]
    return dice.pick(spare) if spare else None


def before_battle(dice: Dice, kind: str, number: int, fighters: list[Fighter], seconds: float) -> None:
    """Comings and goings while the round runs."""
    if kind not in PERSONAL or (fighter := someone(dice, fighters)) is None:
        return
    if kind in ("leaver", "leaver_replaced") and number == 1:
        fighter.leaves = seconds * dice.between(0.3, 0.9)
    elif kind == "late_joiner" and number == 1:
        fighter.enters = seconds * dice.between(0.1, 0.5)
    elif kind == "reconnect" and number == 2 and fighter.before:
        fighter.enters = seconds * dice.between(0.0, 0.1)
        fighter.counter, fighter.before = fighter.before.counter, None
    elif kind == f"moved_to_spectators_r{number}":
        fighter.leaves = seconds * dice.between(0.8, 0.98)
        fighter.team_in_file = 3
    else:
        return
    fighter.quirks.append(kind)


def after_battle(dice: Dice, kind: str, fighters: list[Fighter]) -> None:
    """A kill by something without a weapon slot: only the ratio (TAB field 26) knows of it."""
    if kind != "slotless_kill" or (killer := someone(dice, fighters)) is None:
        return
    victim = dice.pick([f for f in fighters if f.side != killer.side])
    killer.unslotted_kills += 1
    victim.unslotted_deaths += 1
    killer.quirks.append(kind)
    victim.quirks.append(kind)


def after_count(dice: Dice, kind: str, fighters: list[Fighter]) -> None:
    """``denied_playtime`` beyond anything possible."""
    if kind == "denied_outlier" and (fighter := someone(dice, fighters)):
        fighter.fields[DENIED] = dice.whole(9000, 20000)
        fighter.quirks.append(kind)
