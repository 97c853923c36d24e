"""Made-up logs of another bot, as its folders hold them, and what they come to by another way of counting.

    python -m tests.community.history_tree --out DIR [--guilds 10] [--days 300] [--lines 1000] [--seed 1]

People come and go in conversations: a few write much, most little; one message in eight is empty, some are edited.
"""

import argparse
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from tests.community.telling import START

FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)
WORDS = "well yes no map game tonight server who plays lag nice round again pause coming later good shot team".split()  # noqa: SIM905


def line(guild: str, channel: str | None, user: str | None, at: datetime, text: str = "", **others: Any) -> bytes:
    """A line as the other bot writes it."""
    told: dict[str, Any] = {
        "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z",
        "level": "INFO",
        "source": "events.message",
        "server_id": guild,
        "channel_or_file": channel,
        "user_id": user,
        "action": "receive_message",
        "message": text,
        "trace_id": f"{at.timestamp():.6f}",
        "extra": {},
    }
    return json.dumps(told | others).encode()


def moment(seconds: float) -> datetime:
    """A moment after the start of `telling`."""
    return datetime.fromtimestamp(START / 1000, UTC) + timedelta(seconds=seconds)


def put(root: Path, guild: str, day: str, lines: list[bytes], end: bytes = b"\n") -> Path:
    """Writes a day's file."""
    path = root / "logs" / guild / day / "info.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\n".join(lines) + end)
    return path


def day_of(guild: str, day: datetime, lines: int, people: list[str], dice: Random) -> Iterator[bytes]:
    """A day: conversations of a few people in a channel, a message every half a minute or so."""
    written: list[tuple[datetime, bytes]] = []
    while len(written) < lines:
        channel = f"channel-{min(int(dice.expovariate(0.35)), 11)}"
        crowd = range(dice.choice((2, 3, 5)))
        present = [people[min(int(dice.expovariate(6 / len(people))), len(people) - 1)] for _ in crowd]
        at = day + timedelta(seconds=dice.random() * 80_000)
        for _ in range(min(dice.randint(5, 60), lines - len(written))):
            at += timedelta(seconds=dice.expovariate(1 / 30))
            text = "" if dice.random() < 0.125 else " ".join(dice.choices(WORDS, k=dice.randint(1, 14)))
            edit = dice.random() < 0.02
            values = {"action": "edit_message"} if edit else {}
            text = f"Original={text} New={text}!" if edit else text
            written.append((at, line(guild, channel, dice.choice(present), at, text, **values)))
    return (each for _, each in sorted(written))


def tree(out: Path, guilds: int, days: int, lines: int, seed: int = 1, people: int = 300) -> int:
    """Writes folders of days; returns the lines in them."""
    for number in range(guilds):
        dice = Random(f"{seed} {number}")
        guild = str(800_000_000_000_000_000 + number)
        members = [str(300_000_000_000_000_000 + number * 1000 + n) for n in range(people)]
        for n in range(days):
            day = FIRST_DAY + timedelta(days=n)
            put(out, guild, f"{day:%Y%m%d}", list(day_of(guild, day, lines, members, dice)))
    return guilds * days * lines


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m tests.community.history_tree", description=__doc__)
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--guilds", type=int, default=10)
    options.add_argument("--days", type=int, default=300)
    options.add_argument("--lines", type=int, default=1000, help="lines of a day")
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    print(f"{tree(chosen.out, chosen.guilds, chosen.days, chosen.lines, chosen.seed):,} lines in {chosen.out}")
