"""What the server counts for each player at the end of a round: the 38 fields, this round only."""

from .arsenal import GRENADE, GUNS, HEADSHOTS, HITS, KILLS, KNIFE, MACHINE_GUNS, PISTOL, SHOTS, SYRINGE
from .battle import Fighter
from .dice import Dice

FIELDS = (
    "damage_given", "damage_received", "team_damage_given", "team_damage_received", "gibs", "self_kills", "team_kills",
    "team_gibs", "time_played_pct", "xp", "killing_spree", "death_spree", "kill_assists", "kill_steals",
    "headshot_kills", "objectives_stolen", "objectives_returned", "dynamites_planted", "dynamites_defused",
    "times_revived", "bullets_fired", "dpm", "time_played_min", "tank_meatshield", "time_dead_ratio", "time_dead_min",
    "kd", "useful_kills", "denied_playtime", "multi2", "multi3", "multi4", "multi5", "multi6", "useless_kills",
    "full_selfkills", "repairs", "revives_given",
)  # fmt: skip
TEAM_DAMAGE_GIVEN, TEAM_DAMAGE_RECEIVED = 2, 3
TEAM_KILLS, TEAM_GIBS, PLAYED_PCT = 6, 7, 8
STOLEN, RETURNED, PLANTED, DEFUSED = 15, 16, 17, 18
BULLETS, DPM, PLAYED_MIN, MEATSHIELD, DEAD_RATIO, DEAD_MIN, KD, DENIED = 20, 21, 22, 23, 24, 25, 26, 28
HP_PER_HIT = 24.7
"""Damage of a round, divided by the hits of its guns: about what real files show."""


def settle(dice: Dice, fighter: Fighter) -> None:
    """Fill ``fighter.fields`` and the shots of his weapons from what the battle left on him."""
    minutes = fighter.seconds / 60
    self_kills = dice.about(0.4 * minutes)
    fighter.dead = min(fighter.dead + self_kills * dice.between(1.0, 5.0), 0.9 * fighter.seconds)
    fighter.alive = fighter.seconds - fighter.dead
    gun_kills = _use_weapons(dice, fighter)
    kills, deaths = len(fighter.slain), fighter.deaths
    spree, slump, multi = sprees(fighter.log)
    dead_min = fighter.dead / 60 * dice.between(1.2, 3.0)
    shots = sum([row[SHOTS] for row in fighter.weapons.values()])
    fighter.fields = [
        fighter.given, fighter.received, 0, 0, fighter.gibs, self_kills, 0, 0,
        percentage(fighter.alive, fighter.seconds),
        int(kills * 4.6 + fighter.revives * 4 + 1.5 * minutes + 6 * dice.random()),
        spree, slump, fighter.assists, fighter.steals,
        min(gun_kills, dice.about(2.2 * gun_kills * fighter.person.headshots)),
        0, 0, 0, 0, fighter.revived, shots, per_minute(fighter.given, fighter.seconds), round(minutes, 1),
        meatshield(fighter.received, deaths), percentage(dead_min, minutes), round(dead_min, 1),
        kill_ratio(kills + fighter.unslotted_kills, deaths + fighter.unslotted_deaths),
        fighter.useful, int(fighter.denied), *multi, fighter.useless,
        1 if self_kills and dice.chance(0.08) else 0,
        dice.about(0.15 * minutes) if fighter.person.role == "engineer" else 0,
        fighter.revives,
    ]  # fmt: skip


def percentage(part: float, whole: float) -> float:
    return round(100.0 * part / whole, 1) if whole else 0.0


def per_minute(amount: float, seconds: float) -> float:
    return round(amount * 60 / seconds, 1) if seconds else 0.0


def kill_ratio(kills: int, deaths: int) -> float:
    """As the server's Lua has it: half of a tenth goes up; without a death, kills + 1."""
    return (20 * kills + deaths) // (2 * deaths) / 10 if deaths else float(kills + 1)


def meatshield(received: float, deaths: int) -> float:
    """Bodies' worth of damage taken for each death: only above 1000 HP and above 3."""
    if received <= 1000 or not deaths:
        return 0.0
    ratio = received / deaths / 130
    return round(ratio, 1) if ratio > 3 else 0.0


def sprees(log: list[float]) -> tuple[int, int, list[int]]:
    """Best run of kills and worst of deaths (0 below 3), and how often 2 … 6 kills followed within 3 s of each other.

    ``log`` holds a second for each event: positive for a kill, negative for a death."""
    best = worst = run = slump = chain = 0
    last = -10.0
    multi = [0, 0, 0, 0, 0]
    for when in log:
        if when < 0:
            run = 0
            slump += 1
            if slump > worst:
                worst = slump
            continue
        slump = 0
        run += 1
        if run > best:
            best = run
        if when - last <= 3.0:
            chain += 1
        else:
            if chain > 1:
                multi[min(chain, 6) - 2] += 1
            chain = 1
        last = when
    if chain > 1:
        multi[min(chain, 6) - 2] += 1
    return (best if best > 2 else 0), (worst if worst > 2 else 0), multi


def _use_weapons(dice: Dice, fighter: Fighter) -> int:
    """Hits, shots and headshots that fit the kills and the damage; answers the kills made with guns."""
    random, weapons, person = dice.random, fighter.weapons, fighter.person
    minutes = fighter.seconds / 60
    carried = (fighter.arms[-1], PISTOL[fighter.side])
    weapons[carried[0]][SHOTS] = weapons[carried[1]][SHOTS] = 1
    _use_tools(dice, fighter, minutes)
    used = [(row, row[KILLS]) for weapon, row in weapons.items() if weapon in GUNS and (row[KILLS] or row[SHOTS])]
    gun_kills = sum([kills for _, kills in used])
    bursts = fighter.given / HP_PER_HIT * (gun_kills + 1) / (len(fighter.slain) + 1)
    each = bursts / (gun_kills + 0.25 * len(used))
    for row, kills in used:
        hits = max(kills, int(each * (kills + 0.25) * (0.8 + 0.4 * random())))
        row[HITS] = hits
        row[SHOTS] = int(hits / (person.aim * (0.88 + 0.24 * random())) + 1 + 3 * random())
        row[HEADSHOTS] = min(hits, int(hits * person.headshots * (0.6 + 0.8 * random()) + random()))
    return gun_kills


def _use_tools(dice: Dice, fighter: Fighter, minutes: float) -> None:
    """Blades, syringes, and whatever explodes or burns."""
    random, weapons = dice.random, fighter.weapons
    if thrown := dice.about(0.85 * minutes):
        weapons[GRENADE][SHOTS] = thrown
    if cuts := int(random() * 6):
        weapons[KNIFE[fighter.side]][SHOTS] = cuts
    if fighter.healer and (stings := fighter.revives + int(random() * 2)):
        weapons[SYRINGE][HITS], weapons[SYRINGE][SHOTS] = fighter.revives, stings
    for weapon, row in weapons.items():
        if (kills := row[KILLS]) and weapon not in GUNS:
            row[HITS] = kills + int(2 * random())
            row[SHOTS] += row[HITS] * 4 if weapon in MACHINE_GUNS else kills + int(kills * 2 * random())
