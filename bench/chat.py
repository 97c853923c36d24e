"""Chat, from what Discord sends to what is committed, against a bare loop of the driver.

`python -m bench.chat [--messages 200000]`; `--quick` with a tenth of them.
"""

import argparse
import asyncio
import gc
import os
import sqlite3
import tempfile
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import asyncpg
import orjson
import sqlalchemy as sa
from discord.ext import commands

from bench.report import Figure, show
from muster.bot.source import Source, tracking
from muster.community.archive import Archive
from muster.community.awareness import Taste
from muster.community.days import DayRule
from muster.community.logbook import DEFAULT, set_policy
from muster.community.recorder import Recorder
from muster.community.spill import Spill
from muster.model.chat import Channel, Community, Platform, number_at
from muster.ops.pace import keep_pace
from muster.store import admin, log
from muster.store.engine import Store, parse_url
from muster.store.schema import message_counts
from muster.store.upgrade import upgrade
from tests.postgres import postgres_cluster

GUILD = Community(Platform.DISCORD, "9001", "Town")
CHANNELS = [Channel(GUILD, str(7000 + n), f"channel {n}") for n in range(150)]
WORDS = [
    f"{a}{b}{c}"
    for a in ("ka", "lo", "mi", "ne", "tu", "so")
    for b in ("r", "l", "n", "st")
    for c in ("", "i", "am", "ends")
]
SLICE = 100
"""Payloads handed over before the loop is let go on, as a socket's buffer does."""


class Talk:
    """Payloads as Discord's gateway sends them: everybody is at home in a few channels."""

    def __init__(self, users: int, a_second: float, seed: int = 1) -> None:
        self._dice = Random(seed)
        self._homes = [self._dice.sample(range(len(CHANNELS)), 5) for _ in range(users)]
        self._step = 1000 / a_second
        self._at = time.time() * 1000 - 86_400_000
        self._texts = [self._text() for _ in range(5000)]

    def payloads(self, count: int) -> list[bytes]:
        """The next ones, as JSON."""
        return [self._payload(n) for n in range(count)]

    def _text(self) -> str:
        """A hundred characters of words, common ones more often."""
        words = (WORDS[int(len(WORDS) * self._dice.random() ** 2)] for _ in range(40))
        return " ".join(words)[:100]

    def _payload(self, n: int) -> bytes:
        self._at += self._step
        user = self._dice.randrange(len(self._homes))
        channel = 7000 + self._homes[user][int(5 * self._dice.random() ** 2)]
        number = number_at(int(self._at)) + n % 1000
        return orjson.dumps(
            {
                "t": "MESSAGE_CREATE",
                "s": n,
                "op": 0,
                "d": {
                    "id": str(number),
                    "channel_id": str(channel),
                    "guild_id": GUILD.key,
                    "type": 0,
                    "content": self._dice.choice(self._texts) if n % 7 else self._text(),
                    "author": {
                        "id": str(500_000_000_000_000_000 + user),
                        "username": f"user{user}",
                        "global_name": f"User {user}",
                        "avatar": "0123456789abcdef0123456789abcdef",
                        "discriminator": "0",
                        "public_flags": 0,
                    },
                    "member": {
                        "roles": ["123456789012345678", "123456789012345679"],
                        "nick": None,
                        "joined_at": "2023-01-01T00:00:00.000000+00:00",
                        "deaf": False,
                        "mute": False,
                        "flags": 0,
                    },
                    "mentions": [],
                    "mention_roles": [],
                    "mention_everyone": False,
                    "attachments": [],
                    "embeds": [],
                    "components": [],
                    "pinned": False,
                    "tts": False,
                    "flags": 0,
                    "nonce": str(number),
                    "timestamp": "2026-01-01T00:00:00.000000+00:00",
                    "edited_timestamp": None,
                },
            }
        )


class Heard:
    """A recorder that hears payloads, in this process."""

    def __init__(self, url: str, folder: Path) -> None:
        self.store = Store(parse_url(url))
        rule = DayRule()
        self.recorder = Recorder(self.store, lambda *_: rule, Spill(folder / "spill.jsonl"), taste=Taste(emoji=True))
        bot = cast(commands.AutoShardedBot, SimpleNamespace())
        self.source = Source(bot, self.recorder, tracking((), ()))
        self.source._channels = {int(channel.key): channel for channel in CHANNELS}

    async def __aenter__(self) -> "Heard":
        await upgrade(self.store)
        await self.recorder.open()
        for channel in CHANNELS:
            self.recorder.close_gap(channel)
        self._stop = asyncio.Event()
        self._task = asyncio.create_task(self.recorder.run(self._stop))
        gc.collect()
        gc.freeze()  # as the program does when it is up
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        await self._task
        await self.store.close()

    def hear(self, payloads: Sequence[bytes]) -> None:
        """What the client does with a payload, but for the socket: decoded, and on to our ears."""
        for payload in payloads:
            self.source.hear(orjson.loads(payload)["d"])

    async def down_to(self, most: int) -> None:
        """Waits until no more messages than these are in memory."""
        while len(self.recorder.waiting) > most:  # noqa: ASYNC110 -- it waits for the database
            await asyncio.sleep(0.002)

    async def committed(self) -> int:
        """Messages that are counted in the database."""
        async with self.store.read() as reader:
            return int(await reader.scalar(sa.select(sa.func.coalesce(sa.func.sum(message_counts.c.message_count), 0))))


class Watch:
    """How long messages take until a reader sees them, looked at twice a second."""

    def __init__(self, heard: Heard, before: int) -> None:
        self._heard = heard
        self._before = before
        self._told: deque[tuple[int, float]] = deque()
        self._task = asyncio.create_task(self._look())
        self.slowest = 0.0

    def tell(self, count: int) -> None:
        """So many messages were heard by now."""
        self._told.append((count, time.perf_counter()))

    async def end(self) -> None:
        """Waits until everything was seen."""
        await self._task

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(0.5)
            seen = await self._heard.committed() - self._before
            while self._told and self._told[0][0] <= seen:
                self.slowest = max(self.slowest, time.perf_counter() - self._told.popleft()[1])
            if seen and not self._told:
                return


async def flood(url: str, folder: Path, payloads: Sequence[bytes]) -> tuple[float, float, float]:
    """Messages a second, processor microseconds a message, and the seconds until each was seen, at full speed."""
    async with Heard(url, folder) as heard:
        watch = Watch(heard, 0)
        started, worked = time.perf_counter(), time.process_time()
        for at in range(0, len(payloads), SLICE):
            heard.hear(payloads[at : at + SLICE])
            watch.tell(at + SLICE if at + SLICE < len(payloads) else len(payloads))
            await asyncio.sleep(0)
            await heard.down_to(16_000)
        await heard.down_to(0)
        seconds, worked = time.perf_counter() - started, time.process_time() - worked
        await watch.end()
        assert await heard.committed() == len(payloads)
    return len(payloads) / seconds, worked / len(payloads) * 1e6, watch.slowest


async def steady(
    url: str, folder: Path, known: Sequence[bytes], payloads: Sequence[bytes], a_second: float
) -> tuple[float, float]:
    """Percent of a core, and the longest that a message took to be seen by a reader, at a steady rate.

    `known`: what was said before, so that people are known as they are on a usual day.
    """
    async with Heard(url, folder) as heard:
        for at in range(0, len(known), SLICE):
            heard.hear(known[at : at + SLICE])
            await asyncio.sleep(0)
            await heard.down_to(4_000)
        await heard.down_to(0)
        watch = Watch(heard, await heard.committed())
        busy, started, given = time.process_time(), time.perf_counter(), 0
        while given < len(payloads):
            due = min(len(payloads), int((time.perf_counter() - started) * a_second))
            heard.hear(payloads[given:due])
            given = due
            watch.tell(given)
            await asyncio.sleep(0.05)
        await watch.end()
        busy, seconds = time.process_time() - busy, time.perf_counter() - started
    return busy / seconds * 100, watch.slowest


def bare_sqlite(payloads: Sequence[bytes], folder: Path) -> float:
    """Messages a second of a loop that decodes and inserts what identifies a message, 500 in a transaction."""
    database = sqlite3.connect(folder / "bare.db", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=NORMAL")
    database.execute("CREATE TABLE m (channel INTEGER, number INTEGER, user INTEGER, PRIMARY KEY (channel, number))")
    started = time.perf_counter()
    for at in range(0, len(payloads), 500):
        database.execute("BEGIN IMMEDIATE")
        database.executemany("INSERT INTO m VALUES (?, ?, ?)", _rows(payloads[at : at + 500]))
        database.execute("COMMIT")
    seconds = time.perf_counter() - started
    database.close()
    return len(payloads) / seconds


async def bare_postgresql(payloads: Sequence[bytes], url: str) -> float:
    """The same with COPY."""
    options = parse_url(url)
    database = await asyncpg.connect(
        user=options.username,
        host=str(options.query["host"]),
        port=int(str(options.query["port"])),
        database=options.database,
    )
    await database.execute("CREATE TABLE m (channel BIGINT, number BIGINT, usr BIGINT, PRIMARY KEY (channel, number))")
    started = time.perf_counter()
    for at in range(0, len(payloads), 500):
        await database.copy_records_to_table("m", records=_rows(payloads[at : at + 500]))
    seconds = time.perf_counter() - started
    await database.close()
    return len(payloads) / seconds


def _rows(payloads: Sequence[bytes]) -> list[tuple[int, int, int]]:
    return [
        (int(d["channel_id"]), int(d["id"]), int(d["author"]["id"]))
        for d in (orjson.loads(payload)["d"] for payload in payloads)
    ]


async def kept(url: str, folder: Path, payloads: Sequence[bytes]) -> tuple[float, float, float]:
    """With every text kept: messages a second, bytes a message in the database, bytes a message in the archive."""
    async with Heard(url, folder) as heard:
        await set_policy(heard.store, "discord", DEFAULT, on=True)
    rate, _, _ = await flood(url, folder, payloads)
    async with Store(parse_url(url)) as store, store.read() as reader:
        tables = dict((await admin.size(store, reader)).tables or ())
        channels = await log.log_channels(reader)
        archive = Archive(folder / "archive")
        for channel in channels:
            archive.write(await log.texts(reader, channel.id, 0, 1 << 62, 1 << 30))
    archived = sum(file.stat().st_size for file in (folder / "archive").rglob("*.parquet"))
    return rate, tables["chat_log"] / len(payloads), archived / len(payloads)


def main(messages: int) -> None:
    """Measures and prints."""
    keep_pace()
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as name, postgres_cluster() as cluster:
        folder = Path(name)
        load = os.getloadavg()[0]
        quick = Talk(2000, 20_000).payloads(messages)
        urls: list[tuple[str, Callable[[str], str], float]] = [
            ("sqlite", lambda what: str(folder / f"{what}.db"), 20_000),
            ("postgresql", cluster.create_database, 25_000),
        ]
        table: list[Figure] = []
        for kind, database, budget in urls:
            bare = bare_sqlite(quick, folder) if kind == "sqlite" else run(bare_postgresql(quick, database("bare")))
            rate, cpu, slowest = run(flood(database("flood"), folder, quick))
            table.append(Figure(f"a bare loop that decodes and inserts, {kind}", bare, "msg/s"))
            table.append(Figure(f"heard to committed, {kind}", rate, "msg/s", budget, True, bare))
            table.append(Figure("  processor time of this process", cpu, "µs"))
            table.append(Figure("  seen by a reader after at most", slowest, "s", 2))
            talk = Talk(50_000, 833)
            known, chatters = talk.payloads(messages), talk.payloads(min(messages // 10, 16_660))
            core, slowest = run(steady(database("steady"), folder, known, chatters, 833))
            table.append(Figure(f"50,000 chatters, 833 messages/s, {kind}", core, "% of a core", 15))
            table.append(Figure("  seen by a reader after at most", slowest, "s", 2))
            part = quick[: messages // 2]
            rate, hot, cold = run(kept(database("kept"), folder / kind, part))
            table.append(Figure(f"with every text kept, {kind}", rate, "msg/s", None, True, bare))
            table.append(Figure("  a text of 100 characters in the database", hot, "bytes", 200))
            table.append(Figure("  in the archive", cold, "bytes", 45))
        show(f"Chat, {messages:,} messages of 2,000 people in 150 channels (load before: {load:.1f})", table)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Runs it in a loop of its own."""
    return asyncio.run(work)


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m bench.chat", description=__doc__)
    options.add_argument("--messages", type=int, default=200_000)
    options.add_argument("--quick", action="store_true")
    chosen = options.parse_args()
    main(chosen.messages // (10 if chosen.quick else 1))
