"""What the players of a side do for and to each other: team damage, dynamite, documents."""

from .arsenal import DYNAMITE, SHOTS
from .battle import Fighter
from .dice import Dice
from .maps import Map
from .tally import (
    BULLETS,
    DEFUSED,
    PLANTED,
    RETURNED,
    STOLEN,
    TEAM_DAMAGE_GIVEN,
    TEAM_DAMAGE_RECEIVED,
    TEAM_GIBS,
    TEAM_KILLS,
)


def friendly_fire(dice: Dice, fighters: list[Fighter]) -> None:
    """About 5 HP a minute hit the wrong man; what one gave another took."""
    sides = {side: [f for f in fighters if f.side == side] for side in (1, 2)}
    for fighter in fighters:
        mates = sides[fighter.side]
        if len(mates) < 2 or not dice.chance(0.09 * fighter.seconds / 60):
            continue
        mate = dice.pick(mates)
        if mate is fighter:
            continue
        damage = 18 * dice.whole(1, 6)
        fighter.fields[TEAM_DAMAGE_GIVEN] += damage
        mate.fields[TEAM_DAMAGE_RECEIVED] += damage
        if damage > 80:
            fighter.fields[TEAM_KILLS] += 1
            fighter.fields[TEAM_GIBS] += dice.whole(0, 1)


def objectives(dice: Dice, area: Map, fighters: list[Fighter], defender: int, completed: bool, counted: bool) -> None:
    """Dynamite and loot. ``counted``: this server's Lua still counts what is stolen and returned."""
    attackers = [f for f in fighters if f.side != defender]
    defenders = [f for f in fighters if f.side == defender]
    if not attackers or not defenders:
        return
    if area.dynamite:
        _dynamite(dice, attackers, defenders, completed)
    if area.loot and counted:
        stolen = dice.whole(0, 2) + completed
        for _ in range(stolen):
            dice.pick(attackers).fields[STOLEN] += 1
        for _ in range(dice.whole(0, stolen - completed) if stolen else 0):
            dice.pick(defenders).fields[RETURNED] += 1


def _dynamite(dice: Dice, attackers: list[Fighter], defenders: list[Fighter], completed: bool) -> None:
    planters = [f for f in attackers if f.person.role == "engineer"] or attackers
    planted = dice.whole(0, 3) + completed
    for _ in range(planted):
        planter = dice.pick(planters)
        planter.fields[PLANTED] += 1
        planter.fields[BULLETS] += 1
        planter.weapons[DYNAMITE][SHOTS] += 1
    removers = [f for f in defenders if f.person.role == "engineer"]
    for _ in range(dice.whole(0, planted - completed) if removers and planted else 0):
        dice.pick(removers).fields[DEFUSED] += 1
