"""Which words somebody writes most. For himself alone: nobody is shown, or ranked by, what others write."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Final

from muster.stats.chat_emoji import favourites
from muster.stats.chat_source import chatter, community_id
from muster.stats.values.chat import CommunityRef
from muster.stats.values.presence import WordCount, Words
from muster.store import awareness
from muster.store.awareness import Token
from muster.store.engine import Reader

_SURE: Final = 1.96
"""Standard deviations on each side that hold 95 %."""
_EMOJI: Final = 12


async def words_of(reader: Reader, community: CommunityRef, key: str, *, limit: int = 20) -> Words:
    """The words and emoji somebody writes most, of all time. Raises UnknownChatter."""
    user_id, user = await chatter(reader, community, key)
    written, tokens = await awareness.sample(reader, user_id, community_id(community))
    top = estimated(written, tokens)[:limit]
    return Words(community, user, written, len(tokens), top, await favourites(reader, community, user_id, limit=_EMOJI))


def estimated(written: int, tokens: Sequence[Token]) -> tuple[WordCount, ...]:
    """How often each word of a sample was written among all of them, with the margin that holds for 95 of 100.

    The sample is random, without putting back: variance p (1 - p) / n times (1 - n / N). Exact where it is everything.
    """
    n = len(tokens)
    found: list[WordCount] = []
    for word, count in Counter(word for _, word in tokens).items():
        share = count / n
        spread = math.sqrt(share * (1 - share) / n * max(1 - n / written, 0.0))
        found.append(WordCount(word, round(share * written), math.ceil(_SURE * spread * written)))
    return tuple(sorted(found, key=lambda one: (-one.uses, one.word)))
