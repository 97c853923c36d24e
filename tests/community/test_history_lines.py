"""Lines of another bot's log, their moments, and what of them is counted live: properties."""

import json
from datetime import datetime, timedelta
from itertools import combinations, permutations
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from muster.community.counting import add_messages, count_moments
from muster.community.days import DayRule
from muster.community.history.lines import Bad, Talk, is_whole
from muster.community.history.names import bound
from muster.community.history.reading import Job, Piece, read
from muster.community.history.storing import places_of
from muster.community.history.tree import days
from muster.community.moments import DAY, TOLERANCE, by_day, change, pack, unmatched, unpack
from muster.store import chat, history
from muster.store.chat import ChannelRow
from tests.community.history_tree import line, moment, tree
from tests.community.telling import START, talk
from tests.importer.working import opened

GUILD = "9001"
moments = st.lists(st.integers(0, 20_000), max_size=6).map(sorted)


def pairs(exact: list[int], logged: list[int]) -> int:
    """The most partners there can be, by trying everything."""
    most = min(len(exact), len(logged))
    for size in range(most, 0, -1):
        for some in combinations(exact, size):
            if any(
                all(abs(a - b) <= TOLERANCE for a, b in zip(some, others, strict=True))
                for others in permutations(logged, size)
            ):
                return size
    return 0


@given(st.lists(st.integers(0, 9_000), max_size=4).map(sorted), st.lists(st.integers(0, 9_000), max_size=4).map(sorted))
def test_as_many_as_possible_find_a_partner(exact: list[int], logged: list[int]) -> None:
    left = unmatched(exact, logged)
    assert len(logged) - len(left) == pairs(exact, logged)
    assert left == sorted(left)


@given(moments, moments, moments, moments)
def test_what_counts_does_not_depend_on_the_order(a: list[int], b: list[int], c: list[int], d: list[int]) -> None:
    at_once = sorted([*a, *b, *unmatched(sorted([*a, *b]), sorted([*c, *d]))])
    counted: list[int] = []
    exact: list[int] = []
    logged: list[int] = []
    for more_exact, more_logged in ((a, []), ([], c), (b, []), ([], d)):
        step = change(exact, logged, more_exact, more_logged, again=-1)
        counted += [*step.exact, *step.logged]
        for gone in step.gone:
            counted.remove(gone)
        exact += step.exact
        logged += more_logged
    assert sorted(counted) == at_once


@given(st.lists(st.integers(0, 4_102_444_799_999)))
def test_moments_are_kept_to_the_millisecond(found: list[int]) -> None:
    assert sorted(at for day, part in by_day(found).items() for at in unpack(day, pack(day, part))) == sorted(found)
    assert all(day * DAY <= at < (day + 1) * DAY for day, part in by_day(found).items() for at in part)


@pytest.mark.parametrize("rule", [DayRule(), DayRule("America/St_Johns", 5)])
async def test_moments_add_up_as_messages_do(db_url: str, rule: DayRule) -> None:
    """Two ways to the same counts: messages, added up by the database; and moments, added up here."""
    messages = [message for message in talk(700, seed=2) if message.channel.community.key == GUILD]
    at: dict[tuple[int, int], list[int]] = {}
    for message in sorted(messages, key=lambda m: m.sent_at):
        at.setdefault((int(message.author.key), int(message.channel.key)), []).append(message.sent_at)
    found = []
    async with opened(db_url) as store, store.write() as writer:
        community = await history.community(writer, "discord", GUILD)
        known = {message.channel.key: message.channel for message in messages}
        rows = [ChannelRow(int(key), community.id, key, each.name, None, 0) for key, each in known.items()]
        await chat.put_channels(writer, rows)
        places = places_of(community, rows, rule)
        for way in ("messages", "moments"):
            if way == "messages":
                mixed = Random(1).sample(messages, len(messages))
                said = [(int(m.author.key), places[int(m.channel.key)], m) for m in mixed]
                for first in range(0, len(said), 100):
                    await add_messages(writer, said[first : first + 100])
            else:
                await count_moments(writer, at, places)
            found.append([[tuple(row) for row in await writer.all(sa.text(question))] for question in COUNTED])
            for table in ("message_counts", "user_days", "user_hours", "user_totals", "chat_sessions"):
                await writer.run(sa.text(f"DELETE FROM {table}"))
    assert found[0] == found[1]
    assert all(found[0])


COUNTED = (
    "SELECT server_id, channel_id, date, message_count FROM message_counts ORDER BY 1, 2, 3",
    "SELECT user_id, channel_id, day, messages FROM user_days ORDER BY 1, 2, 3",
    "SELECT user_id, community_id, hour, messages FROM user_hours ORDER BY 1, 2, 3",
    "SELECT user_id, community_id, messages, first_at, last_at FROM user_totals ORDER BY 1, 2",
    "SELECT user_id, channel_id, joined_at, left_at, session_duration_seconds, message_count FROM chat_sessions "
    "ORDER BY 1, 2, 3",
)


instants = st.datetimes(datetime(1970, 1, 2), datetime(2099, 12, 31))  # noqa: DTZ001


@given(instants, st.integers(-14 * 60, 14 * 60), st.text(min_size=1), st.text())
def test_a_line_is_read_as_it_was_written(at: datetime, offset: int, channel: str, text: str) -> None:
    sign, hours, minutes = ("-" if offset < 0 else "+"), *divmod(abs(offset), 60)
    written = f"{at.isoformat(timespec='microseconds')}{sign}{hours:02}:{minutes:02}"
    try:
        raw = line(GUILD, channel, "42", moment(0), text, timestamp=written)
        raw.decode()
    except UnicodeEncodeError:
        return
    talk_ = Talk(GUILD)
    done = talk_.read([raw])
    readable = "\0" not in channel and not any(0xD800 <= ord(letter) < 0xE000 for letter in channel)
    assert (done.messages, done.bad) == ((1, 0) if readable else (0, 1))
    if readable:
        since = at - datetime(1970, 1, 1) - timedelta(minutes=offset)  # noqa: DTZ001
        assert talk_.moments == {(0, 0): [since // timedelta(milliseconds=1)]}
        assert (talk_.users, talk_.channels) == (["42"], [channel])


GOOD = line(GUILD, "a", "1", moment(0))
RAW = st.binary().map(lambda raw: raw.replace(b"\n", b""))


@given(st.lists(st.one_of(RAW, st.just(GOOD))))
def test_no_bytes_are_fatal(lines: list[bytes]) -> None:
    done = Talk(GUILD).read(lines)
    assert done.lines == len(lines)
    assert done.messages + done.bad <= len(lines)
    assert done.messages >= lines.count(GOOD)


def test_what_a_line_can_do_wrong() -> None:
    good = json.loads(line(GUILD, "a", "1", moment(0)))
    cases: list[tuple[dict[str, object], int, int]] = [
        ({"user_id": 1}, 1, 0),
        ({"server_id": int(GUILD)}, 1, 0),
        ({"user_id": "١٢"}, 0, 0),
        ({"user_id": "9" * 21}, 0, 0),
        ({"user_id": True}, 0, 1),
        ({"user_id": -1}, 0, 0),
        ({"timestamp": "2024-01-01T00:00:00"}, 0, 1),
        ({"timestamp": "2300-01-01T00:00:00Z"}, 0, 1),
        ({"timestamp": 5}, 0, 1),
        ({"channel_or_file": ""}, 0, 1),
        ({"channel_or_file": ["a"]}, 0, 1),
        ({"server_id": None}, 0, 1),
        ({"action": None}, 0, 1),
        ({"extra": "x" * 100_000}, 1, 0),
    ]
    for values, messages, bad in cases:
        done = Talk(GUILD).read([json.dumps(good | values).encode()])
        assert (done.messages, done.bad) == (messages, bad), values
    for name in good:
        done = Talk(GUILD).read([json.dumps({key: value for key, value in good.items() if key != name}).encode()])
        assert done.messages + done.bad == 1
    deep = line(GUILD, "a", "1", moment(0)).replace(b"{}", b"[" * 50_000)
    assert Talk(GUILD).read([deep]).bad_lines == [(1, "nested too deeply")]
    assert not is_whole(deep)
    with pytest.raises(Bad):
        Talk(GUILD).channel(None)


@given(st.lists(st.integers(1, 700), max_size=8), st.integers(0, 2**32))
def test_read_in_any_pieces_it_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], seed: int
) -> None:
    dice = Random(seed)
    lines = [
        dice.choice(
            (b"", b"broken", line(GUILD, dice.choice("ab"), dice.choice("12"), moment(n), "é" * dice.randint(0, 90)))
        )
        for n in range(12)
    ]
    data = b"\n".join(lines) + dice.choice((b"", b"\n"))
    path = tmp_path_factory.mktemp("day") / "info.jsonl"
    path.write_bytes(data)
    whole = read(Job(GUILD, [Piece("20250101", str(path), 0, len(data), len(data))], "UTC", 0))
    at, done, found = 0, 0, []
    messages = bad = 0
    for size in [*sizes, *[len(data)] * 20]:
        if at >= len(data) or done:
            break
        batch = read(Job(GUILD, [Piece("20250101", str(path), at, min(at + size, len(data)), len(data))], "UTC", 0))
        (progress,) = batch.progress
        at, done = progress.end, progress.is_done
        messages, bad = messages + progress.read.messages, bad + progress.read.bad
        found += [
            (batch.users[user], batch.channels[channel], moment_)
            for (user, channel), part in batch.moments.items()
            for moment_ in part
        ]
    (once,) = whole.progress
    assert (messages, bad, at) == (once.read.messages, once.read.bad, once.end)
    assert sorted(found) == sorted(
        (whole.users[user], whole.channels[channel], moment_)
        for (user, channel), part in whole.moments.items()
        for moment_ in part
    )


def test_names_mean_the_oldest_channel_and_threads_only_alone() -> None:
    def row(key: str, name: str = "a", parent: str | None = None) -> ChannelRow:
        return ChannelRow(1, 1, key, name, parent, 0)

    assert bound("a", []) is None
    assert bound("a", [row("#a"), row("5", "b")]) is None
    assert bound("a", [row("100"), row("20"), row("3", parent="20")]) == row("20")
    assert bound("a", [row("3", parent="20")]) == row("3", parent="20")
    assert bound("a", [row("3", parent="20"), row("4", parent="20")]) is None


def test_made_up_trees_are_the_same_for_the_same_seed(tmp_path: Path) -> None:
    assert tree(tmp_path / "a", 2, 3, 50) == tree(tmp_path / "b", 2, 3, 50) == 300
    one, other = ([Path(day.path).read_bytes() for day in days(tmp_path / name)] for name in "ab")
    assert one == other
    assert len(one) == 6
    assert START
