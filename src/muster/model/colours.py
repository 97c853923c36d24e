"""Colour codes in server and player names."""

import re

_CODE = re.compile(r"\^[^\^ \x00-\x1f\x7f]")


def clean(name: str) -> str:
    """A name without its colour codes: `^` and the printable character after it, `^` and space excepted.

    In `^^1x` the first `^` stands for itself, so `^x` is left.
    """
    return _CODE.sub("", name) if "^" in name else name
