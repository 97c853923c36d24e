"""What people write with, of a batch of messages: which emoji, which words. Texts are looked at and let go."""

from collections.abc import Sequence
from typing import Final

import msgspec

from muster.community.counting import Taken
from muster.community.emoji import emoji_in
from muster.community.register import Newcomers
from muster.community.words import ranked
from muster.store import awareness
from muster.store.awareness import Token
from muster.store.engine import Writer


class Taste(msgspec.Struct, frozen=True):
    """What is looked for in texts."""

    emoji: bool = False
    words: bool = False


NONE: Final = Taste()


class Found(msgspec.Struct):
    """What a batch adds, by user and community. Sums, and words with numbers: the order of messages is no matter."""

    emoji: dict[tuple[int, int, str], tuple[str, int]]
    words: dict[tuple[int, int], list[Token]]


async def note(writer: Writer, taste: Taste, batch: Sequence[Taken], stored: Newcomers) -> None:
    """Adds what a batch is written with, in the transaction that counts it: each message once, as its count."""
    found = look(taste, batch, stored)
    if found.emoji:
        await awareness.add_emoji(writer, found.emoji)
    if found.words:
        await awareness.add_words(writer, found.words)


def look(taste: Taste, batch: Sequence[Taken], stored: Newcomers) -> Found:
    """What a batch is written with."""
    found = Found({}, {})
    for place, message in batch:
        text = message.text
        if not text:
            continue
        user, community = stored.users[place.community.platform, message.author.key].user_id, place.community.id
        for emoji, name in emoji_in(text) if taste.emoji else ():
            before, uses = found.emoji.get((user, community, emoji), (name, 0))
            found.emoji[user, community, emoji] = min(before, name), uses + 1
        if taste.words and (words := ranked(text, message.channel.key, message.number)):
            found.words.setdefault((user, community), []).extend(words)
    return found
