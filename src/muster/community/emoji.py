"""Which emoji stand in a text: whole grapheme clusters, and custom ones. Pure.

What counts as one is what is shown as one picture: flags, keycaps, people with a skin colour, families joined by
joiners. Signs that are pictures only with the variation selector (as ❤, ©, arrows) count only with it. A library for
this would bring tables of a megabyte; pictures stand in few ranges.
"""

import re
from collections.abc import Iterator
from typing import Final

_SHOWN: Final = (
    "\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa\u26ab\u26bd\u26be"
    "\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c\u274e\u2753-\u2755\u2757"
    "\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55\U0001f004\U0001f0cf\U0001f18e\U0001f191-\U0001f19a\U0001f201\U0001f21a"
    "\U0001f22f\U0001f232-\U0001f236\U0001f238-\U0001f23a\U0001f250\U0001f251\U0001f300-\U0001f3fa\U0001f400-\U0001f64f"
    "\U0001f680-\U0001f6ff\U0001f7e0-\U0001f7eb\U0001f7f0\U0001f90c-\U0001f9ff\U0001fa70-\U0001faff"
)
"""Shown as a picture by themselves."""
_SELECTED: Final = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030"
    "\u303d\u3297\u3299"
)
"""Shown as a picture with the variation selector only."""
_TONE: Final = "[\U0001f3fb-\U0001f3ff]"
_PART: Final = f"(?:[{_SHOWN}](?:\ufe0f|{_TONE})?|[{_SELECTED}](?:\ufe0f{_TONE}?|{_TONE}))"
_LETTER: Final = "[\U0001f1e6-\U0001f1ff]"
_TAGS: Final = "[\U000e0020-\U000e007e]{1,8}\U000e007f"
_PICTURE: Final = (
    rf"{_LETTER}{{2}}|[0-9#*]\ufe0f?\u20e3|{_PART}(?:{_TAGS})?(?:\u200d{_PART}|\u200d[\u2640\u2642\u2695]){{0,6}}"
)
_FOUND: Final = re.compile(rf"<a?:(?P<name>\w{{2,32}}):(?P<id>\d{{15,20}})>|{_PICTURE}", re.ASCII)
_FIRST: Final = "\u203c"
"""Nothing before it makes a cluster alone, and few letters come after it."""
_HINT: Final = re.compile(f"[{_SHOWN}\ufe0f\u20e3\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff]")
"""What every cluster has at least one of. Most texts have none, and looking for it is quick."""


def emoji_in(text: str) -> Iterator[tuple[str, str]]:
    """The emoji of a text, one after the other: the cluster and no name, or the id of a custom one and its name."""
    plain = text.isascii() or max(text) < _FIRST or not _HINT.search(text)
    if plain and "<:" not in text and "<a:" not in text:
        return
    for found in _FOUND.finditer(text):
        if found["id"]:
            yield found["id"], found["name"]
        else:
            yield found[0], ""
