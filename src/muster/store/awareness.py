"""The tables of what people write with: emoji, and a sample of words."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
import sqlalchemy as sa

from muster.store.engine import Reader, Writer
from muster.store.schema import user_emoji, user_words

MOST: Final = 1024
"""Words of a sample."""

_FULL: Final = 1 << 63

Token = tuple[int, str]
"""A word, and before it the number it was chosen by: the smallest stay."""


class Sample(msgspec.Struct, array_like=True):
    """Words with the smallest numbers: which ones depends only on what was written, never on the order it came in.

    `limit`: a word with a greater number has no place in it.
    """

    limit: int
    kept: msgspec.Raw

    def tokens(self) -> list[Token]:
        """The words."""
        by_word = msgspec.msgpack.decode(self.kept, type=dict[str, list[int]])
        return [(number, word) for word, numbers in by_word.items() for number in numbers]


def sample_of(tokens: Iterable[Token]) -> Sample:
    """The sample of words; a word that comes twice with the same number is one."""
    kept = sorted(set(tokens))[:MOST]
    by_word: dict[str, list[int]] = {}
    for number, word in sorted(kept, key=lambda token: (token[1], token[0])):
        by_word.setdefault(word, []).append(number)
    return Sample(kept[-1][0] if len(kept) == MOST else _FULL, msgspec.Raw(msgspec.msgpack.encode(by_word)))


def joined(sample: Sample | None, tokens: Sequence[Token]) -> Sample | None:
    """A sample with more words; None where it stays as it is."""
    if sample is None:
        return sample_of(tokens)
    fresh = [token for token in tokens if token[0] <= sample.limit]
    return sample_of([*sample.tokens(), *fresh]) if fresh else None


async def sample(reader: Reader, user_id: int, community: sa.ScalarSelect[int] | int) -> tuple[int, list[Token]]:
    """How many words somebody wrote in a community, and a sample of them: all, where they are no more than MOST."""
    w = user_words.c
    query = sa.select(w.words, w.sample).where(w.user_id == user_id, w.community_id == community)
    row = await reader.first(query)
    return (0, []) if row is None else (int(row.words), _decoded(row.sample).tokens())


async def add_words(writer: Writer, found: Mapping[tuple[int, int], Sequence[Token]]) -> None:
    """Adds words by user and community."""
    w = user_words.c
    stored = {
        (row.user_id, row.community_id): row
        for row in await writer.among(sa.select(user_words), w.user_id, {user for user, _ in found})
    }
    rows: list[tuple[int, int, int, bytes]] = []
    for key, tokens in found.items():
        row = stored.get(key)
        before, blob = (int(row.words), bytes(row.sample)) if row else (0, b"")
        fresh = joined(_decoded(blob) if blob else None, tokens)
        rows.append((*key, before + len(tokens), msgspec.msgpack.encode(fresh) if fresh else blob))
    await writer.upsert(user_words, rows, {name: f"new.{name}" for name in ("words", "sample")})


async def add_emoji(writer: Writer, uses: Mapping[tuple[int, int, str], tuple[str, int]]) -> None:
    """Adds emoji by user, community and emoji: the name it goes by, and how often it was written.

    Of the names of a custom emoji the first by alphabet stays: which came last would depend on the order.
    """
    least = "min" if writer.dialect == "sqlite" else "least"
    sums = {"uses": "old.uses + new.uses", "name": f"{least}(old.name, new.name)"}
    await writer.upsert(user_emoji, [(*key, name, count) for key, (name, count) in uses.items()], sums)


def _decoded(blob: bytes) -> Sample:
    return msgspec.msgpack.decode(blob, type=Sample)
