"""The words of a text, each with the number that decides whether it is kept. Pure.

docs/decisions/0008-awareness.md says why a sample, and what its error is.
"""

import re
from collections.abc import Iterator
from hashlib import blake2b
from typing import Final

_NO_WORDS: Final = re.compile(r"https?://\S+|<[^<>\s]{1,80}>|```.*?(?:```|$)|`[^`]*`", re.DOTALL)
"""Links, mentions, custom emoji, code."""
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SHORTEST, _LONGEST = 3, 24
_MASK: Final = (1 << 64) - 1


def words_in(text: str) -> Iterator[str]:
    """The words of a text of 3 to 24 letters, in small ones."""
    if "<" in text or "`" in text or "://" in text:
        text = _NO_WORDS.sub(" ", text)
    for found in _WORD.finditer(text):
        word = found[0].lower()
        if _SHORTEST <= len(word) <= _LONGEST:
            yield word


def ranked(text: str, channel: str, number: int) -> list[tuple[int, str]]:
    """The words of a message with a number each, as good as random and the same whenever the message comes again."""
    seed = int.from_bytes(blake2b(f"{channel}/{number}".encode(), digest_size=8).digest(), "little")
    return [(_mixed(seed + place * 0x9E3779B97F4A7C15), word) for place, word in enumerate(words_in(text), 1)]


def _mixed(value: int) -> int:
    """SplitMix64: neighbours come out far apart. 63 bits."""
    value &= _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return (value ^ (value >> 31)) >> 1
