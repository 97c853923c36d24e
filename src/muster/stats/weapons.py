"""Weapons by name, and what is shown of one."""

from collections.abc import Iterable
from typing import Final

from rapidfuzz import process

from muster.model.fields import AIMED, WEAPONS
from muster.model.trouble import Trouble
from muster.stats.formulas import percent
from muster.stats.values.common import WeaponLine, WeaponTotals

_INDEX: Final = {name: i for i, name in enumerate(WEAPONS)}


class UnknownWeapon(Trouble):
    """A text that names no weapon; the message says which ones are near it."""

    def __init__(self, text: str) -> None:
        near = [found[0] for found in process.extract(text.upper(), WEAPONS, limit=3)]
        super().__init__(f"{text!r} is no weapon; did you mean {', '.join(near)}?")


def weapon_index(text: str) -> int:
    """The index of a weapon's name, whatever its case. Raises UnknownWeapon."""
    index = _INDEX.get(text.strip().upper().replace(" ", "").replace("-", "_"))
    if index is None:
        raise UnknownWeapon(text)
    return index


def weapon_line(index: int, totals: WeaponTotals) -> WeaponLine:
    """A weapon with its percentages, which only aimed weapons have."""
    aimed = index in AIMED
    return WeaponLine(
        weapon=WEAPONS[index],
        aimed=aimed,
        totals=totals,
        accuracy=percent(totals.hits, totals.shots) if aimed else None,
        headshot_rate=percent(totals.headshots, totals.hits) if aimed else None,
    )


def most_used_first(lines: Iterable[WeaponLine]) -> tuple[WeaponLine, ...]:
    """By kills, then hits, then shots."""
    return tuple(sorted(lines, key=lambda w: (-w.totals.kills, -w.totals.hits, -w.totals.shots, w.weapon)))
