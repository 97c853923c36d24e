"""Invented names, plain and dressed in every way a real server has seen."""

import re
from dataclasses import dataclass

from .dice import Dice

SERVER = "^1#^7dry^1dock^7.^1mud^7larks"

_COLOUR = re.compile(r"\^[^\^ \x00-\x1f\x7f]")
_HEADS = (
    "bor", "cal", "dre", "fen", "gro", "hob", "jal", "kes", "lum", "mor", "nib", "orl", "pim", "qua", "rul",
    "sko", "tav", "urb", "vex", "wob", "yar", "zug", "bli", "cro", "dul", "fis", "gna", "hux", "ibo", "jum",
)  # fmt: skip
_TAILS = (
    "ax", "bin", "cus", "dle", "eek", "fo", "gus", "hop", "ik", "jo", "kin", "lo", "mug", "nox", "ot", "pel",
    "rix", "sel", "tik", "um", "vo", "wick", "xo", "yas", "zel", "ard", "isk", "oon", "ump", "ett",
)  # fmt: skip
_PLAIN = ("{}", "^3{}", "^7{}", "^w{}^8:)", "^1.^7{}", "^o{}^z.", "^d|ox|^7{}", "^4[mud]^7 {}", "^0.^aoO^0.^7{}")
_ODD = (
    "^^1{}", "^/^?{}", "^>^*{}^<", "{}^", "{} ^ {}", "^1^3", "@everyone", "@here {}", "*_{}_*", "`{}`", "||{}||",
    "[{}](https://example.org)", "~~{}~~", "# {}", "> {}", "<@123456789012345678>", "<b>{}</b>", "=1+1 {}",
    "{}'); --", "Żółw {}", "名無し{}", "\U0001f42d{}", "{}\u202e", "__init__", "%s {}", "{}  {}",
)  # fmt: skip
_ODD_BYTES = (b"^7{}\xe9\xe8", b"^\xe9{}", b"\xff\xfe{}\xb0", b"^3{}^\xfc!")


@dataclass(frozen=True, slots=True)
class Alias:
    """One name: ``wire`` its bytes one to one (latin-1), ``raw`` the same read as UTF-8, ``clean`` without colours."""

    wire: str
    raw: str
    clean: str


def alias(name: bytes) -> Alias:
    raw = name.decode("utf-8", "replace")
    return Alias(name.decode("latin-1"), raw, without_colours(raw))


def without_colours(name: str) -> str:
    """``^`` and the printable character after it go, unless that is ``^`` or a space: ``^^1x`` is ``^x``."""
    return _COLOUR.sub("", name)


def nickname(dice: Dice, number: int) -> str:
    """A word that means nobody. Distinct numbers below 900 give distinct words; later ones carry a figure."""
    lap, place = divmod(number * 7 + 11, len(_HEADS) * len(_TAILS))
    word = _HEADS[place % len(_HEADS)] + _TAILS[place // len(_HEADS)] + (str(lap + 1) if lap else "")
    return word.capitalize() if dice.chance(0.3) else word


def dressed(dice: Dice, nick: str) -> Alias:
    """The name as players wear it: colours, a tag, a two-tone word."""
    if len(nick) > 3 and dice.chance(0.25):
        cut = dice.whole(1, len(nick) - 1)
        return alias(f"^{dice.whole(0, 9)}{nick[:cut]}^{dice.pick('abcdhoqvyz')}{nick[cut:]}".encode())
    return alias(dice.pick(_PLAIN).format(nick).encode())


def odd(number: int, nick: str) -> Alias:
    """The ``number``-th of the names that break things: markdown, mentions, stray carets, bytes of other alphabets."""
    number %= len(_ODD) + len(_ODD_BYTES)
    if number < len(_ODD):
        return alias(_ODD[number].replace("{}", nick).encode())
    return alias(_ODD_BYTES[number - len(_ODD)].replace(b"{}", nick.encode()))
