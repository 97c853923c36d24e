"""Reads a round file. Every layout servers have written, no guess where the file is wrong.

A file is read whole or refused whole: `Rejected` names the line and the field, and what was expected there.
"""

import hashlib
import math
import re
from functools import lru_cache
from itertools import count
from operator import itemgetter

import msgspec

from muster.model.colours import clean
from muster.model.fields import FIELDS, LAYOUTS, WEAPONS, Carry, Field
from muster.model.rounds import BOT_GUID, Header, PlayerLine, RoundFile, RoundName, Weapon

LARGEST_FILE = 1 << 20
"""Bytes. A file of 64 players is about 20 KB; whatever passes this is not a round file."""

_LARGEST_NUMBER = 2_000_000
_LARGEST_RATIO = 1e9
_MOST_PLAYERS = 256
_LONGEST_NAME = 256
_MOST_DIGITS = 4000
_NEWEST = max(LAYOUTS)
_TAB = "\t"

_GUID = re.compile(r"[0-9A-Fa-f]{8}|OMNIBOT\d")
_INTEGERS = re.compile(r"[0-9 ]*", re.ASCII)
_VALUES = re.compile(r"[-0-9.\t ]*", re.ASCII)
_VALUE = re.compile(r"-?\d{1,12}(?:\.\d{1,12})?", re.ASCII)
_KNIFE_IN_DEBT = re.compile(r"^(\d+ \d+) -\d{1,4}(?= )", re.ASCII)
_NO_NUMBER = re.compile(r"-?(?:nan|inf)")
_CLOCK = re.compile(r"(\d{1,5}):(\d{1,2}(?:\.\d{1,6})?)|(\d{1,5}(?:\.\d{1,6})?)", re.ASCII)


def _is_bounded(field: Field) -> bool:
    """False for what is derived again from other values: whatever stands there is not looked at."""
    return field.carry is not Carry.DERIVED or field.name == "time_played_pct"


class _Layout:
    """How the values of one layout are converted and brought into the order of FIELDS."""

    def __init__(self, places: tuple[int, ...]) -> None:
        kinds = tuple(float if FIELDS[place].decimal else int for place in places)
        at = {place: n for n, place in enumerate(places)}
        self.places = places
        self.kinds = kinds
        # Plain numbers between commas are JSON, and nothing reads those faster.
        self.decode = msgspec.json.Decoder(tuple[kinds]).decode  # type: ignore[valid-type]
        # A None is put behind the values; fields that the layout lacks are taken from there.
        self.ordered = itemgetter(*(at.get(place, -1) for place in range(len(FIELDS))))
        self.counted = itemgetter(*(at[place] for place in places if _is_bounded(FIELDS[place])))
        self.decimal = itemgetter(*(n for n, kind in enumerate(kinds) if kind is float))


_decode_integers = msgspec.json.Decoder(list[int]).decode
_LAYOUTS = {count: _Layout(places) for count, places in LAYOUTS.items()}
_HEADER = ("server", "map", "config", "round", "defender", "winner", "timelimit", "nexttimelimit", "playtime")


class Rejected(ValueError):
    """A file that can't be read. `line` counts from 1; `field` names the part of the line, where there is one."""

    def __init__(self, reason: str, line: int | None = None, field: str | None = None) -> None:
        where = ", ".join(part for part in (f"line {line}" if line else "", f"field {field}" if field else "") if part)
        super().__init__(f"{where}: {reason}" if where else reason)
        self.line = line
        self.field = field


def normalise(content: bytes) -> bytes:
    """The content with LF line ends: the same round exists in both forms."""
    return content.replace(b"\r\n", b"\n")


def content_hash(normalised: bytes) -> bytes:
    """SHA-256 over normalised content: the identity of a file."""
    return hashlib.sha256(normalised).digest()


def parse(name: RoundName, normalised: bytes) -> RoundFile:
    """Reads the normalised content of the file called `name`; raises Rejected.

    A file without player lines is sound: nobody was on the server when the round ended.
    """
    if len(normalised) > LARGEST_FILE:
        raise Rejected(f"{len(normalised):,} bytes are too many for a round file (at most {LARGEST_FILE:,})", 1, "size")
    text = normalised.decode("utf-8", "replace").replace("\0", "\ufffd")
    lines = text.split("\n")
    header = _header(lines[0])
    _agree(name, header)
    players: list[PlayerLine] = []
    found_on: list[int] = []
    width = 0
    for number, line in enumerate(lines[1:], 2):
        if not line:
            continue
        player, values = _player(line, number)
        width = width or values
        if values != width:
            raise Rejected(f"{values} values where the lines above have {width}: cut off?", number, "extended")
        if len(players) == _MOST_PLAYERS:
            raise Rejected(f"more than {_MOST_PLAYERS} players are too many for a round", number, "player")
        players.append(player)
        found_on.append(number)
    return RoundFile(name, header, _unique(players, found_on), width > _NEWEST)


def _header(line: str) -> Header:
    parts = line.split("\\")
    if len(parts) < 8:
        raise Rejected(f"a header has 8 or 9 parts separated by a backslash, here are {len(parts)}", 1, "header")
    for part, text in zip(_HEADER[:3], parts[:3], strict=True):
        if len(text) > _LONGEST_NAME:
            raise Rejected(f"{len(text)} characters are too many (at most {_LONGEST_NAME})", 1, part)
    number = {part: _header_number(part, text) for part, text in zip(_HEADER[3:6], parts[3:6], strict=True)}
    if number["round"] not in (1, 2):
        raise Rejected(f"{number['round']} is neither 1 nor 2", 1, "round")
    if number["defender"] not in (1, 2):
        raise Rejected(f"{number['defender']} is neither 1 (Axis) nor 2 (Allies)", 1, "defender")
    if number["winner"] not in (0, 1, 2):
        raise Rejected(f"{number['winner']} is none of 0 (none), 1 (Axis), 2 (Allies)", 1, "winner")
    return Header(
        server=parts[0],
        map=parts[1],
        config=parts[2],
        round=number["round"],
        defender=number["defender"],
        winner=number["winner"],
        timelimit=_clock(parts[6], "timelimit"),
        next_timelimit=_clock(parts[7], "nexttimelimit"),
        playtime=_playtime(parts[8]) if len(parts) > 8 else None,
    )


def _agree(name: RoundName, header: Header) -> None:
    """A header that contradicts the file's name means that one of them is somebody else's."""
    if header.map != name.map:
        raise Rejected(f"{header.map!r}, but the file name says {name.map!r}", 1, "map")
    if header.round != name.round:
        raise Rejected(f"{header.round}, but the file name says {name.round}", 1, "round")


def _header_number(field: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise Rejected(f"{text[:40]!r} is not a small whole number", 1, field)
    return int(text)


def _clock(text: str, field: str) -> float | None:
    """Seconds of `M:SS` or of decimal minutes; None where a server calculated itself below zero."""
    match = _CLOCK.fullmatch(text.removeprefix("-"))
    if match is not None and text.startswith("-"):
        return None
    if match is None:
        raise Rejected(f"{text[:40]!r} is neither M:SS nor minutes", 1, field)
    if match[3] is not None:
        return round(float(match[3]) * 60, 3)
    return int(match[1]) * 60 + float(match[2])


def _playtime(text: str) -> float | None:
    """Seconds of the ninth header part, which newer servers write in seconds or milliseconds."""
    try:
        value = float(text) if text.strip() and "_" not in text else math.nan
    except ValueError:
        raise Rejected(f"{text[:40]!r} is not a number", 1, "playtime") from None
    if not math.isfinite(value) or value <= 0 or value > 1e9:
        return None
    return round(value / 1000 if value > 10_000 else value, 3)


def _player(line: str, number: int) -> tuple[PlayerLine, int]:
    """A player line and how many extended values it has."""
    head = line.split("\\", 4)
    if len(head) < 5:
        raise Rejected(f"a player line has 5 parts separated by a backslash, here are {len(head)}", number, "player")
    guid, name, rounds, side, rest = head
    if _GUID.fullmatch(guid) is None:
        raise Rejected(f"{guid[:40]!r} is not the first 8 hex digits of a GUID", number, "guid")
    if not (rounds.isascii() and rounds.isdigit() and len(rounds) < 7):
        raise Rejected(f"{rounds[:40]!r} is not a number of rounds", number, "rounds")
    if len(name) > _LONGEST_NAME:
        raise Rejected(f"{len(name)} characters are too many (at most {_LONGEST_NAME})", number, "name")
    if side not in ("1", "2", "3"):
        raise Rejected(f"{side[:40]!r} is none of 1 (Axis), 2 (Allies), 3 (spectator)", number, "team")
    weapons, values = _split(rest, number)
    width = values.count("\t") + 1 if values else 0
    guid = guid.upper()
    player = PlayerLine(
        key=f"{BOT_GUID}:{clean(name)}" if guid.startswith("OMNIBOT") else guid,
        guid=BOT_GUID if guid.startswith("OMNIBOT") else guid,
        name=name,
        rounds=int(rounds),
        side=int(side),
        weapons=weapons,
        fields=_fields(values, width, number),
    )
    return player, width


def _split(rest: str, number: int) -> tuple[tuple[Weapon, ...], str]:
    """Weapons, and the extended values between tabs: the oldest servers had blanks there."""
    block, tab, extended = rest.partition("\t")
    block = block.rstrip(" ")
    mask = block.partition(" ")[0]
    if not (mask.isascii() and mask.isdigit() and len(mask) < 11):
        raise Rejected(f"{mask[:40]!r} is not a bit mask of weapons", number, "mask")
    bits = int(mask)
    if bits >> len(WEAPONS):
        raise Rejected(f"{bits} has a bit beyond weapon {len(WEAPONS) - 1}", number, "mask")
    if not tab:
        numbers = block.split(" ")
        end = 1 + 5 * bits.bit_count()
        block, extended = " ".join(numbers[:end]), "\t".join(numbers[end:])
    if _VALUES.fullmatch(extended) is None:
        values = _settled(extended.split("\t"))
        extended = "\t".join(values)
    if _VALUES.fullmatch(extended) is None:
        at, wrong = next((n, text) for n, text in enumerate(values) if _VALUE.fullmatch(text) is None)
        raise Rejected(f"{wrong[:40]!r} is not a number", number, _field_name(at, len(values)))
    return _weapons(bits, block, number), extended


def _settled(values: list[str]) -> list[str]:
    """Values with 0 where a server divided by nothing in a field that is calculated anew anyway."""
    layout = _LAYOUTS.get(min(len(values), _NEWEST))
    if layout is None:
        return values
    loose = {n for n, place in enumerate(layout.places) if not _is_bounded(FIELDS[place])}
    return ["0" if n in loose and _NO_NUMBER.fullmatch(text) else text for n, text in enumerate(values)]


def _weapons(bits: int, block: str, line: int) -> tuple[Weapon, ...]:
    """The five numbers of each weapon in the mask, ascending."""
    if bits & 1 and "-" in block:
        # The engine takes a knife's shot back, which may leave less than none.
        block = _KNIFE_IN_DEBT.sub(r"\1 0", block)
    counts = _whole_numbers(block, line)
    carried = _carried(bits)
    if len(counts) != 1 + 5 * len(carried):
        raise Rejected(f"mask {bits} asks for {5 * len(carried)} numbers, here are {len(counts) - 1}", line, "weapons")
    counts[0] = 0
    if max(counts) > _LARGEST_NUMBER:
        raise Rejected(f"{_short(max(counts))} is more than a round can hold", line, "weapons")
    return tuple(zip(carried, counts[1::5], counts[2::5], counts[3::5], counts[4::5], counts[5::5], strict=True))


def _whole_numbers(block: str, line: int) -> list[int]:
    """The numbers between the blanks of a weapon block."""
    if _INTEGERS.fullmatch(block) is not None:
        try:
            return _decode_integers(f"[{block.replace(' ', ',')}]")
        except msgspec.DecodeError:  # leading zeros are no JSON
            pass
    numbers = block.split(" ")
    for text in numbers:
        if not (text.isascii() and text.isdigit()) or len(text) > _MOST_DIGITS:
            raise Rejected(f"{text[:40]!r} is not a whole number", line, "weapons")
    return list(map(int, numbers))


def _field_name(at: int, width: int) -> str:
    """The name of the extended value at a place, as far as the width tells."""
    places = LAYOUTS.get(min(width, _NEWEST))
    return FIELDS[places[at]].name if places and at < len(places) else f"extended {at}"


@lru_cache(4096)
def _carried(bits: int) -> tuple[int, ...]:
    """Indices of the weapons whose bits are set, ascending."""
    return tuple(weapon for weapon in range(len(WEAPONS)) if bits >> weapon & 1)


def _fields(values: str, width: int, line: int) -> tuple[int | float | None, ...]:
    """Extended values in the order of FIELDS, None where the layout has none."""
    if width > _NEWEST:
        values, width = "\t".join(values.split("\t")[:_NEWEST]), _NEWEST
    layout = _LAYOUTS.get(width)
    if layout is None:
        known = ", ".join(map(str, LAYOUTS))
        raise Rejected(f"{width} values fit no layout ({known} or more): cut off?", line, "extended")
    numbers = _numbers(values, layout, line)
    counted = layout.counted(numbers)
    ratios = sum(layout.decimal(numbers))
    fields = layout.ordered((*numbers, None))
    if min(counted) < 0 or max(counted) > _LARGEST_NUMBER or not -_LARGEST_RATIO < ratios < _LARGEST_RATIO:
        _check_range(fields, line)
    return fields  # type: ignore[no-any-return]


def _numbers(values: str, layout: _Layout, line: int) -> tuple[int | float, ...]:
    """The values of a line as numbers."""
    if "-" not in values:
        try:
            return layout.decode(f"[{values.replace(_TAB, ',')}]")
        except msgspec.DecodeError:
            pass
    texts = values.split("\t")
    try:
        # Adding nothing makes -0.0 a plain zero, which every database keeps alike.
        return tuple(kind(text) + 0 for kind, text in zip(layout.kinds, texts, strict=True))
    except ValueError:
        raise _wrong_value(texts, layout.places, line) from None


def _check_range(fields: tuple[int | float | None, ...], line: int) -> None:
    for field, value in zip(FIELDS, fields, strict=True):
        if value is None:
            continue
        if not _is_bounded(field):
            if field.decimal and abs(value) >= _LARGEST_RATIO:
                raise Rejected("a number this large is no ratio", line, field.name)
        elif not (-_LARGEST_NUMBER if field.signed else 0) <= value <= _LARGEST_NUMBER:
            raise Rejected(f"{_short(value)} is not between 0 and {_LARGEST_NUMBER:,}", line, field.name)


def _short(value: float) -> str:
    """A number short enough to read."""
    digits = len(str(value))
    return f"{value:,}" if digits < 20 else f"a number of {digits} digits"


def _wrong_value(values: list[str], places: tuple[int, ...], line: int) -> Rejected:
    """Finds the value that made the quick reading of a line fail."""
    for place, text in zip(places, values, strict=False):
        field = FIELDS[place]
        try:
            if _VALUE.fullmatch(text) is None:
                raise ValueError
            _ = float(text) if field.decimal else int(text)
        except ValueError:
            kind = "number" if field.decimal else "whole number"
            return Rejected(f"{text[:40]!r} is not a {kind}", line, field.name)
    return Rejected("the values are not numbers separated by tabs", line, "extended")


def _unique(players: list[PlayerLine], lines: list[int]) -> tuple[PlayerLine, ...]:
    """One line a key. Bots of one name are numbered; two lines of one GUID can't both be true."""
    taken = {player.key for player in players}
    if len(taken) == len(players):
        return tuple(players)
    first: dict[str, int] = {}
    for player, line in zip(players, lines, strict=True):
        if player.key in first and not player.is_bot:
            raise Rejected(f"{player.guid} stands on line {first[player.key]} already", line, "guid")
        first.setdefault(player.key, line)
    seen: set[str] = set()
    unique: list[PlayerLine] = []
    # Numbered by what they did, not by their place in the file, which is arbitrary.
    for player in sorted(players, key=lambda p: (p.key, p.side, p.name, p.weapons, p.rounds)):
        key = player.key
        if key in seen:
            key = next(free for n in count(2) if (free := f"{player.key}#{n}") not in taken)
            taken.add(key)
        seen.add(key)
        unique.append(_renamed(player, key))
    return tuple(unique)


def _renamed(player: PlayerLine, key: str) -> PlayerLine:
    return PlayerLine(key, player.guid, player.name, player.rounds, player.side, player.weapons, player.fields)
