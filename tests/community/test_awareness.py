"""What people write with: emoji, words; and that the order of messages makes no difference to what is known of them."""

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.app import taste_of
from muster.community.awareness import NONE, Taste
from muster.community.emoji import emoji_in
from muster.community.words import ranked, words_in
from muster.config import Settings
from muster.model.chat import Message
from muster.stats import chat_words
from muster.store import awareness
from muster.store.awareness import MOST, Sample, joined, sample_of
from muster.store.engine import Store
from tests.community.retold import HERE
from tests.community.telling import channel, person, recorder, said, stored
from tests.importer.working import opened, query

BOTH = Taste(emoji=True, words=True)
WORDS = ("flag", "dynamite", "revive", "Hello", "grüße", "don't", "ok", "no", "привет")
EMOJI = ("👍", "👍🏽", "❤️", "🇩🇪", "<:pepe:123456789012345678>", "<a:frog:123456789012345678>", "1️⃣")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("👍👍🏽 ok", ["👍", "👍🏽"]),
        ("👨‍👩‍👧‍👦!🧑🏽‍🚀🤦🏻‍♂️", ["👨‍👩‍👧‍👦", "🧑🏽‍🚀", "🤦🏻‍♂️"]),
        ("🇩🇪🇫🇷 1️⃣ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🏳️‍🌈", ["🇩🇪", "🇫🇷", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏳️‍🌈"]),
        ("❤️ as a picture, ❤ and © and 12 as signs, ✌🏽", ["❤️", "✌🏽"]),
        ("<a:pepe:123456789012345678> <#123456789012345678> <@123456789012345678>", ["123456789012345678"]),
        ("nothing: <here> “quoted” – 漢字", []),
    ],
)
def test_emoji_are_whole_clusters(text: str, wanted: list[str]) -> None:
    assert [emoji for emoji, _ in emoji_in(text)] == wanted


def test_words_are_without_links_mentions_code_and_small_ones() -> None:
    text = "Hello HELLO! don't go to https://example.org/secret <@123> `rm -rf` a no 123 grüße ```code here"
    assert list(words_in(text)) == ["hello", "hello", "don't", "grüße"]


TOKENS = st.lists(st.tuples(st.integers(0, 1 << 62), st.sampled_from(WORDS)), max_size=60)


@given(TOKENS, st.randoms(use_true_random=False), st.integers(1, 7))
def test_a_sample_is_the_same_in_any_order_and_in_any_batches(
    tokens: list[tuple[int, str]], dice: Random, size: int
) -> None:
    mixed = [*tokens, *tokens[:3]]
    dice.shuffle(mixed)
    found: Sample | None = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(awareness, "MOST", 16)
        for at in range(0, len(mixed), size):
            found = joined(found, mixed[at : at + size]) or found
        wanted = sample_of(tokens)
    if tokens:
        assert found is not None
        assert msgspec.msgpack.encode(found) == msgspec.msgpack.encode(wanted)
        assert sorted(found.tokens()) == sorted(set(tokens))[:16]


def talk(count: int, seed: int) -> list[Message]:
    """What people write: words and emoji, on several days, in two channels."""
    dice = Random(seed)
    found = []
    for n in range(count):
        text = " ".join(dice.choice(WORDS + EMOJI) for _ in range(dice.randint(1, 6)))
        found.append(said(channel(101 + n % 2), person(500 + dice.randrange(3)), n * 4000.0 + n % 7, n % 64, text=text))
    return found


async def profiles(store: Store) -> dict[str, Any]:
    """Everything that is known of people, without the ids of the database."""
    name = "SELECT u.key, {} FROM {} t JOIN users u ON u.user_id = t.user_id ORDER BY 1, 2, 3"
    found: dict[str, Any] = dict(await stored(store))
    for table, columns in (
        ("user_emoji", "t.emoji, t.name, t.uses"),
        ("user_words", "t.words, t.sample"),
        ("user_hours", "t.hour, t.messages"),
        ("user_days", "t.day, t.messages"),
    ):
        found[table] = await query(store, name.format(columns, table))
    return found


async def fed(store: Store, folder: Path, messages: Sequence[Message], size: int, taste: Taste = BOTH) -> None:
    counter = recorder(store, folder, taste=taste)
    await counter.open()
    for at in range(0, len(messages), size):
        for message in messages[at : at + size]:
            counter.offer(message)
        await counter._store_pending()


async def test_any_order_gives_the_same_profiles(db_url: str, tmp_path: Path) -> None:
    messages = talk(120, seed=3)
    async with opened(db_url) as store:
        await fed(store, tmp_path, messages, 200)
        wanted = await profiles(store)
        assert sum(uses for *_, uses in wanted["user_emoji"]) == sum(
            len(list(emoji_in(m.text or ""))) for m in messages
        )
        assert {row[2] for row in wanted["user_emoji"] if row[1] == "123456789012345678"} == {"frog"}
    for seed, size in ((1, 1), (2, 17)):
        mixed = list(messages)
        Random(seed).shuffle(mixed)
        (tmp_path / str(seed)).mkdir()
        async with opened(f"sqlite+aiosqlite:///{tmp_path / str(seed) / 'again.db'}") as store:
            await fed(store, tmp_path / str(seed), mixed, size)
            assert await profiles(store) == wanted


async def test_nothing_is_looked_at_where_it_is_off(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store:
        await fed(store, tmp_path, talk(20, seed=1), 20, Taste())
        for table in ("user_emoji", "user_words"):
            assert await query(store, f"SELECT * FROM {table}") == []


def test_without_message_content_nothing_is_looked_for() -> None:
    on: dict[str, Any] = {"_env_file": None, "count_words": True}
    assert taste_of(Settings(**on)) == BOTH
    assert taste_of(Settings(**on, message_content=False)) is NONE
    assert taste_of(Settings(**(on | {"count_words": False, "count_emoji": False}))) is NONE
    assert taste_of(Settings(**(on | {"count_words": False}))) == Taste(emoji=True)


async def test_few_words_are_counted_exactly(db_url: str, tmp_path: Path) -> None:
    messages = [message for message in talk(60, seed=5) if message.author.key == "500"]
    wanted = Counter(word for message in messages for word in words_in(message.text or ""))
    async with opened(db_url) as store:
        await fed(store, tmp_path, messages, 7)
        async with store.read() as reader:
            found = await chat_words.words_of(reader, HERE, "500", limit=100)
    assert found.words == wanted.total()
    assert {one.word: (one.uses, one.margin) for one in found.top} == {word: (n, 0) for word, n in wanted.items()}
    assert [one.uses for one in found.top] == sorted(wanted.values(), reverse=True)


def test_the_error_of_many_words_is_as_stated() -> None:
    """Of forty people who each wrote 5,000 words, the margin of 95 % holds for about 95 %."""
    dice, inside, asked = Random(7), 0, 0
    shares = {"often": 0.05, "sometimes": 0.02, "seldom": 0.01}
    for who in range(40):
        words = dice.choices([*shares, "else"], [*shares.values(), 1 - sum(shares.values())], k=5_000)
        tokens = [
            token for at in range(0, 5_000, 100) for token in ranked(" ".join(words[at : at + 100]), str(who), at)
        ]
        estimates = chat_words.estimated(len(words), sample_of(tokens).tokens())
        for one in estimates:
            if one.word in shares:
                asked += 1
                inside += abs(one.uses - words.count(one.word)) <= one.margin
    assert asked == 120
    expected, spread = 0.95 * asked, math.sqrt(asked * 0.95 * 0.05)
    assert inside > expected - 4 * spread
    assert len(sample_of([(n, "word") for n in range(5 * MOST)]).tokens()) == MOST
