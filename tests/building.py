"""Round files written by hand: a test names what it cares about, the rest is an ordinary round.

put(folder, "2025-01-01-200000", 1, player("AAAAAAA1", kills=3), player("AAAAAAA2", side=2, deaths=3))
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from muster.model.rounds import RoundFile
from muster.rounds.filename import read_name
from muster.rounds.parse import normalise, parse
from tests.oracle import FLOATS, TAB_FIELDS, layout

Block = tuple[int, int, int, int, int]
"""Hits, shots, kills, deaths, headshots of a weapon."""

MP40 = 4
STAMP = "2025-01-01-200000"


def ratio(kills: int, deaths: int) -> float:
    """Kills to deaths as servers write them: half a tenth goes up, and kills + 1 without a death."""
    return (20 * kills + deaths) // (2 * deaths) / 10 if deaths else float(kills + 1)


def player(
    guid: str = "AAAAAAA1",
    *,
    name: str = "n",
    rounds: int = 0,
    side: int = 1,
    weapons: Mapping[int, Block] | None = None,
    kills: int = 2,
    deaths: int = 1,
    fields: int = 38,
    extra: tuple[str, ...] = (),
    **tab: Any,
) -> str:
    """A player line. `kills` and `deaths` are an MP40's unless `weapons` are given; `tab` are extended fields."""
    weapons = {MP40: (10, 40, kills, deaths, 1)} if weapons is None else weapons
    all_kills, all_deaths = (sum(block[at] for block in weapons.values()) for at in (2, 3))
    usual = {"time_played_min": 10.0, "time_played_pct": 90.0, "kd": ratio(all_kills, all_deaths)} | tab
    assert set(usual) <= set(TAB_FIELDS)
    values = [str(usual.get(field, "0.0" if field in FLOATS else "0")) for field in layout(fields)] + list(extra)
    mask = sum(1 << weapon for weapon in weapons)
    block = " ".join(str(n) for n in (mask, *(n for weapon in sorted(weapons) for n in weapons[weapon])))
    tail = " " + " ".join(values) if fields == 32 else " \t" + "\t".join(values)
    return f"{guid}\\{name}\\{rounds}\\{side}\\{block}{tail}"


def guid(number: int) -> str:
    """The GUID of an invented player."""
    return f"AAAAAA{number:02X}"


def six(*, rounds: int = 0, swapped: bool = False, first: int = 0, **tab: Any) -> list[str]:
    """Three against three; even numbers start as Axis."""
    return [
        player(guid(first + n), name=f"p{first + n}", rounds=rounds, side=1 + (n % 2 != swapped), **tab)
        for n in range(6)
    ]


def content(
    number: int,
    *players: str,
    map_: str = "supply",
    server: str = "^1host",
    config: str = "legacy3",
    defender: int = 1,
    winner: int = 2,
    limit: str = "12:00",
    next_limit: str = "10:00",
    playtime: str | None = None,
) -> bytes:
    """A whole file: by default the attackers completed in 10:00."""
    header = [server, map_, config, str(number), str(defender), str(winner), limit, next_limit]
    header += [playtime] if playtime is not None else []
    return ("\n".join(["\\".join(header), *players]) + "\n").encode()


def named(stamp: str = STAMP, number: int = 1, map_: str = "supply") -> str:
    """A round file's name."""
    return f"{stamp}-{map_}-round-{number}.txt"


def put(
    folder: Path,
    stamp: str,
    number: int,
    *players: str,
    map_: str = "supply",
    crlf: bool = False,
    **header: Any,
) -> Path:
    """Writes a round file and tells where."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / named(stamp, number, map_)
    data = content(number, *players, map_=map_, **header)
    path.write_bytes(data.replace(b"\n", b"\r\n") if crlf else data)
    return path


def put_pair(folder: Path, day: str = "2025-01-01", hour: int = 20, **header: Any) -> tuple[Path, Path]:
    """A map of two rounds ten minutes apart: 3 kills and 100 HP each in round 1, 2 more and 50 in round 2.

    Every day and hour has its own XP: no two pairs have the same content.
    """
    xp = int(day[-2:]) * 24 + hour
    damage: dict[str, Any] = {"damage_given": 100, "damage_received": 100, "xp": xp}
    both: dict[str, Any] = {"damage_given": 150, "damage_received": 150, "xp": xp}
    first = six(kills=3, deaths=3, **damage)
    second = six(kills=5, deaths=5, rounds=1, swapped=True, time_played_min=18.0, **both)
    return (
        put(folder, f"{day}-{hour:02d}0000", 1, *first, **header),
        put(folder, f"{day}-{hour:02d}1000", 2, *second, limit="10:00", next_limit="8:00", **header),
    )


def parsed(*players: str, number: int = 1, stamp: str = STAMP, map_: str = "supply", **header: Any) -> RoundFile:
    """A file as the program reads it."""
    return read(content(number, *players, map_=map_, **header), named(stamp, number, map_))


def read(data: bytes, name: str = named()) -> RoundFile:
    """Content under a name, as the program reads it."""
    return parse(read_name(name), normalise(data))
