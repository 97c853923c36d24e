"""Made-up conversations, and what they amount to by another way of counting: one message at a time, in lists."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from muster.community.days import DayRule
from muster.community.recorder import Recorder
from muster.community.spill import Spill
from muster.model.chat import Channel, Community, Message, Person, Platform, number_at
from muster.store.engine import Store
from tests.importer.working import query

START = 1_750_000_000_000  # milliseconds; in June 2025
TOWN = Community(Platform.DISCORD, "9001", "Town")
VILLAGE = Community(Platform.DISCORD, "9002", "Village")


def channel(key: int, community: Community = TOWN, **values: Any) -> Channel:
    return Channel(community, str(key), f"channel {key}", **values)


def person(key: int, name: str = "") -> Person:
    return Person(Platform.DISCORD, str(key), name or f"user {key}")


def said(where: Channel, who: Person, seconds: float, twin: int = 0, **values: Any) -> Message:
    """A message `seconds` after the start; `twin` tells those of one moment apart."""
    at = START + int(seconds * 1000)
    return Message(where, number_at(at) + twin, who, at, **values)


def talk(count: int, seed: int, users: int = 20, channels: int = 6, hours: float = 72) -> list[Message]:
    """Messages in the order of their numbers: bursts, pauses, two communities, replies, mentions."""
    dice = Random(seed)
    places = [channel(100 + n, TOWN if n % 3 else VILLAGE) for n in range(channels)]
    people = [person(500 + n) for n in range(users)]
    at = 0.0
    found: list[Message] = []
    for n in range(count):
        at += dice.choice((0, 0.001, 0.4, 3, 899, 900, 901)) if dice.random() < 0.2 else hours * 3600 / count
        values = {"reply_to": 7 if dice.random() < 0.2 else None, "mentions": dice.choice((0, 0, 2))}
        found.append(said(dice.choice(places), dice.choice(people), at, n % 64, **values))
    return found


def recorder(store: Store, folder: Path, rule: Callable[[], DayRule] = DayRule, **values: Any) -> Recorder:
    """A recorder that flushes at once."""
    return Recorder(store, lambda *_: rule(), Spill(folder / "spill.jsonl"), **({"look_back": 1 << 42} | values))


def expected(messages: Iterable[Message], rule: DayRule | None = None) -> dict[str, Any]:
    """What must stand in the store."""
    rule = rule or DayRule()
    unique = {(m.channel.community.key, m.channel.key, m.number): m for m in messages}.values()
    days = Counter((m.channel.community.key, m.channel.key, str(rule.day(_moment(m)))) for m in unique)
    people: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], int] = {}
    last: dict[tuple[str, str], int] = {}
    moments: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for m in unique:
        key = (m.channel.community.key, m.author.key)
        people[key] += 1
        first[key] = min(first.get(key, m.sent_at), m.sent_at)
        last[key] = max(last.get(key, 0), m.sent_at)
        moments[m.channel.key, m.author.key].append(m.sent_at // 1000)
    return {
        "days": dict(days),
        "people": {key: (count, first[key], last[key]) for key, count in people.items()},
        "sessions": sorted(each for key, found in moments.items() for each in _sessions(key, sorted(found))),
    }


def _moment(message: Message) -> datetime:
    return datetime.fromtimestamp(message.sent_at / 1000, UTC)


def _sessions(key: tuple[str, str], moments: Sequence[int]) -> Iterable[tuple[str, str, int, int, int]]:
    begin = 0
    for n, moment in enumerate(moments):
        if n + 1 == len(moments) or moments[n + 1] - moment > 900:
            yield (*key, moments[begin], moment - moments[begin], n + 1 - begin)
            begin = n + 1


async def stored(store: Store) -> dict[str, Any]:
    """What stands in the store, in the same shape."""
    days = await query(store, "SELECT server_id, channel_id, date, message_count FROM message_counts")
    people = await query(
        store,
        "SELECT c.key, u.key, t.messages, t.first_at, t.last_at FROM user_totals t "
        "JOIN users u ON u.user_id = t.user_id JOIN communities c ON c.id = t.community_id",
    )
    seconds = "joined_at" if store.dialect == "sqlite" else "extract(epoch FROM joined_at)::bigint"
    sessions = await query(
        store,
        f"SELECT s.channel, u.key, {seconds}, session_duration_seconds, message_count FROM chat_sessions s "
        "JOIN users u ON u.user_id = s.user_id",
    )
    return {
        "days": {(server, place, str(day)): count for server, place, day, count in days},
        "people": {(place, user): tuple(rest) for place, user, *rest in people},
        "sessions": sorted(tuple(row) for row in sessions),
    }
