"""A round as the server writes it: header, player lines, cumulative second rounds, and the endstats companion."""

from operator import itemgetter

from .arsenal import SHOTS
from .battle import Fighter
from .dice import Dice
from .names import SERVER
from .played import Played
from .tally import (
    BULLETS,
    DEAD_MIN,
    DEAD_RATIO,
    DPM,
    KD,
    MEATSHIELD,
    PLAYED_MIN,
    PLAYED_PCT,
    kill_ratio,
    meatshield,
    percentage,
)

Weapons = dict[int, list[int]]

CUMULATIVE = range(8)
"""Beside time played: TAB fields that go on counting in the second round."""
KEPT = (*CUMULATIVE, PLAYED_PCT, BULLETS, PLAYED_MIN, KD)
"""What stays in the row of somebody who only watched the second round."""
DECIMALS = frozenset((PLAYED_PCT, DPM, PLAYED_MIN, MEATSHIELD, DEAD_RATIO, DEAD_MIN, KD))

# Layouts by number of fields: which of the 38 they have. 39 and more: what came after, unknown to us.
PLACES: dict[int, tuple[int, ...]] = {
    32: (*range(22), *range(23, 28), *range(29, 34)),
    33: (*range(28), *range(29, 34)),
    36: tuple(range(36)),
    37: tuple(range(37)),
    38: tuple(range(38)),
    40: tuple(range(38)),
}
_FORMATS = {
    layout: (" " if layout == 32 else "\t").join("%.1f" if place in DECIMALS else "%d" for place in places)
    for layout, places in PLACES.items()
}
_TAKE = {layout: itemgetter(*places) for layout, places in PLACES.items()}


def round_file(dice: Dice, played: Played, messy: bool) -> bytes:
    """The file's bytes. ``messy``: the engine takes a knife shot back now and then."""
    lines = [_header(played)]
    for fighter in played.fighters:
        lines.append(_line(dice, fighter, played.night.layout, messy))
    for fighter in played.idle:
        lines.append(_idle_line(fighter, played.night.layout))
    lines.append("")
    return ("\r\n" if played.crlf else "\n").join(lines).encode("latin-1")


def _header(played: Played) -> str:
    area = played.area
    fields = [SERVER, area.name, played.config, str(played.number), str(area.defender), str(played.winner)]
    fields += [played.limit, played.next_limit]
    if played.night.playtime == "s":
        fields.append(f"{played.seconds:.3f}")
    elif played.night.playtime == "ms":
        fields.append(f"{played.seconds * 1000:.0f}")
    return "\\".join(fields)


def _line(dice: Dice, fighter: Fighter, layout: int, messy: bool) -> str:
    weapons: Weapons = fighter.weapons
    if fighter.before is not None:
        weapons = added(fighter.before.weapons, weapons)
        if messy and 0 in weapons and 0 not in fighter.weapons and weapons[0][SHOTS] and dice.chance(0.1):
            weapons[0][SHOTS] -= 1
            fighter.quirks.append("knife_shot_taken_back")
    fields = file_fields(fighter, weapons)
    head = f"{fighter.person.guid}\\{fighter.alias.wire}\\{fighter.counter}\\{fighter.team_in_file}\\"
    return head + _numbers(weapons, fields, layout)


def _idle_line(before: Fighter, layout: int) -> str:
    """The first round's row once more: sums stay, what counts per round is 0."""
    old = file_fields(before, before.weapons)
    fields = [old[place] if place in KEPT else 0 for place in range(38)]
    head = f"{before.person.guid}\\{before.alias.wire}\\{before.counter + 1}\\3\\"
    return head + _numbers(before.weapons, fields, layout)


def _numbers(weapons: Weapons, fields: list[float], layout: int) -> str:
    mask = 0
    numbers: list[int] = []
    for weapon in sorted(weapons):
        mask |= 1 << weapon
        numbers += weapons[weapon]
    if layout < 38:
        fields[BULLETS] = int(fields[0] * (3 + fields[0] % 97 / 10))  # older servers' counter went astray
    block = str([mask, *numbers])[1:-1].replace(",", "")
    tail = _FORMATS[layout] % _TAKE[layout](fields)
    if layout == 32:
        return f"{block} {tail}"
    return f"{block} \t{tail}\t0\t{int(fields[0])}" if layout > 38 else f"{block} \t{tail}"


def added(first: Weapons, second: Weapons) -> Weapons:
    """Both rounds' weapons, number by number."""
    total = {weapon: row.copy() for weapon, row in first.items()}
    for weapon, row in second.items():
        old = total.get(weapon)
        total[weapon] = row.copy() if old is None else [a + b for a, b in zip(old, row, strict=True)]
    return total


def file_fields(fighter: Fighter, weapons: Weapons) -> list[float]:
    """The 38 fields as the file has them; ``weapons`` as the file has them too."""
    fields = fighter.fields.copy()
    fields[DPM] = 0.0
    before = fighter.before
    if before is None:
        return fields
    for place in CUMULATIVE:
        fields[place] += before.fields[place]
    seconds = fighter.seconds + before.seconds
    kills, deaths = len(fighter.slain) + len(before.slain), fighter.deaths + before.deaths
    fields[PLAYED_PCT] = percentage(fighter.alive + before.alive, seconds)
    fields[BULLETS] = sum([row[SHOTS] for row in weapons.values()])
    fields[PLAYED_MIN] = round(seconds / 60, 1)
    fields[MEATSHIELD] = meatshield(fields[1], deaths)
    fields[DEAD_RATIO] = percentage(fields[DEAD_MIN] * 60, seconds)
    fields[KD] = kill_ratio(
        kills + fighter.unslotted_kills + before.unslotted_kills,
        deaths + fighter.unslotted_deaths + before.unslotted_deaths,
    )
    return fields
