"""Words of the pictures: days, durations, weapons, maps."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEAPONS: Final = {
    "KNIFE_KBAR": "Ka-Bar",
    "GRENADELAUNCHER": "Rifle grenade",
    "MORTAR2": "Granatwerfer",
    "KAR98": "Kar98",
}
_LONGEST_PREFIX: Final = 3
_SHORTEST_MAP: Final = 4


def day_label(day: int) -> str:
    """YYYYMMDD as `Sun 12 Oct 2025`."""
    when = date(day // 10000, day // 100 % 100, day % 100)
    return f"{_DAYS[when.weekday()]} {short_day(day)} {when.year}"


def short_day(day: int) -> str:
    """YYYYMMDD as `12 Oct`."""
    return f"{day % 100} {_MONTHS[day // 100 % 100 - 1]}"


def duration(seconds: float) -> str:
    """Seconds as `2 h 27 min`, `38 min` or `45 s`."""
    if round(seconds) < 60:
        return f"{round(seconds)} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


def counted(number: int, word: str) -> str:
    """`1 round`, `18 rounds`."""
    if number == 1:
        return f"1 {word}"
    return f"{number} {word}es" if word.endswith("ch") else f"{number} {word}s"


def weapon_label(weapon: str) -> str:
    """A weapon as people call it: `MP40`, `Thompson`, `Rifle grenade`."""
    if weapon in _WEAPONS:
        return _WEAPONS[weapon]
    words = (w if any(c.isdigit() for c in w) else w.capitalize() for w in weapon.split("_"))
    return " ".join(words)


def map_labels(maps: Iterable[str]) -> Mapping[str, str]:
    """Maps without the prefix that tells the game (`etl_`, `sw_`), where they stay different without it."""
    names = list(dict.fromkeys(maps))
    shorter = {name: _without_prefix(name) for name in names}
    uses = Counter(shorter.values())
    return {name: short if uses[short] == 1 else name for name, short in shorter.items()}


def _without_prefix(name: str) -> str:
    prefix, _, rest = name.partition("_")
    return rest if len(prefix) <= _LONGEST_PREFIX and len(rest) >= _SHORTEST_MAP else name
