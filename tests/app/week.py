"""A week of evenings, time accelerated: seven that go differently, a restart in each, and what has to come of them.

The clock, the voice channels and Discord are made up; the importer, the book of evenings, its keeper, the outbox, its
sender's lanes and the database are the program's own. `python -m tests.app.week` plays it on both databases.
"""

import argparse
import asyncio
import contextlib
import tempfile
import time as clock_time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from muster.announce.book import Book
from muster.announce.carrier import Gone
from muster.announce.keeper import Keeper
from muster.announce.lane import Lane
from muster.announce.life import COMMAND, ROUNDS, SCHEDULE, SILENCE, VOICE, Rules
from muster.announce.news import Announcer, identity_of
from muster.bot import posts
from muster.rounds.importer import Importer, ServerChoice
from muster.store import life as rows
from muster.store.engine import Store, parse_url
from muster.store.outbox import Post
from muster.store.upgrade import upgrade
from tests.building import guid, player, put

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
CHANNEL = 11
KEEP = timedelta(hours=6)
ZONES = {"main": "UTC", "far": "America/New_York"}
ROUND = timedelta(minutes=10)


class Killed(BaseException):
    """The program is gone, in the middle of what it did."""


class Channel:
    """A channel of Discord that outlives the program: messages by id, with every version of their text."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.versions: list[list[str]] = []
        self.kill_after: str | None = None

    def was_killed(self) -> bool:
        return self.kill_after is None

    def carrier(self, store: Store) -> "Carrier":
        return Carrier(self, store)

    def texts(self, name: str) -> list[str]:
        """All versions of the one message of a name."""
        assert self.names.count(name) == 1, f"{name}: {self.names.count(name)} messages"
        return self.versions[self.names.index(name)]


@dataclass
class Carrier:
    """What a process carries posts with. It may be killed after a post arrived, before that is noted."""

    channel: Channel
    store: Store

    async def ready(self) -> None:
        pass

    async def send(self, post: Post) -> int | None:
        text = await self._text(post)
        if text is None:
            return None
        name = identity_of(post)
        self.channel.names.append(name)
        self.channel.versions.append([text])
        if self.channel.kill_after is not None and self.channel.kill_after in name:
            self.channel.kill_after = None
            raise Killed(name)
        return len(self.channel.names)

    async def edit(self, post: Post) -> None:
        text = await self._text(post)
        if post.message_id is None or text is None:
            raise Gone("nothing to edit")
        assert self.channel.names[post.message_id - 1] == identity_of(post)
        self.channel.versions[post.message_id - 1].append(text)

    async def posted(self, channel_id: int, since: datetime) -> Mapping[str, int]:
        return {name: number for number, name in enumerate(self.channel.names, 1)}

    async def _text(self, post: Post) -> str | None:
        async with self.store.read() as reader:
            answer = await posts.build(post.kind, post.subject, reader)
        return None if answer is None else "\n".join(f"{page.title}\n{page.description}" for page in answer.pages)


class World:
    """The program in a made-up time. `people`: how many are in voice in truth; None: Discord can't be reached."""

    def __init__(self, url: str, folder: Path, tick: timedelta) -> None:
        self.url = url
        self.folder = folder
        self.tick = tick
        self.now = MONDAY
        self.people: int | None = 0
        self.channel = Channel()
        self.rules = Rules()
        self.maps = 0
        self.taken = 0
        self.restarts = 0
        self._store: Store | None = None

    async def start(self) -> None:
        self._store = Store(parse_url(self.url))
        if not self.restarts:
            await upgrade(self._store)
        self.restarts += 1
        self.book = Book(CHANNEL, self.rules, "Europe/Berlin")
        self.keeper = Keeper(self.store, self.book, lambda: self.people, watches=True, clock=lambda: self.now)
        self.lane = Lane(
            self.store, self.channel.carrier(self.store), CHANNEL, admin=None, keep=KEEP, clock=lambda: self.now
        )

    async def restart(self) -> None:
        await self.store.close()
        await self.start()

    @property
    def store(self) -> Store:
        assert self._store is not None
        return self._store

    async def until(self, moment: datetime) -> None:
        """Lets time pass, with the program's regular looks."""
        while self.now < moment:
            self.now = min(self.now + self.tick, moment)
            await self.look()

    async def look(self) -> None:
        await self.keeper.check()
        await self.post()

    async def post(self) -> None:
        """Sends what is due; a program that is killed over it begins anew."""
        try:
            await self.lane.drain()
        except Killed:
            await self.restart()
            await self.lane.drain()

    async def voice(self, count: int | None, *, heard: bool = True) -> None:
        """People come or go. Unheard: the next regular look has to notice."""
        self.people = count
        if heard:
            await self.look()

    def pair(self, ended: datetime, *, server: str = "main", map_: str = "supply", players: int = 6) -> list[Path]:
        """The files of a map whose second round ended then, the first ten minutes before."""
        written = []
        self.maps += 1
        tab: dict[str, Any] = {"xp": self.maps * 10, "damage_received": 100}
        for number, at in ((1, ended - ROUND), (2, ended)):
            stamp = at.astimezone(ZoneInfo(ZONES[server])).strftime("%Y-%m-%d-%H%M%S")
            lines = [
                player(
                    guid(n),
                    name=f"p{n}",
                    rounds=number - 1,
                    side=1 + (n % 2 != (number == 2)),
                    kills=2 + number,
                    deaths=2 + number,
                    damage_given=100 * number,
                    **(tab | ({"time_played_min": 18.0} if number == 2 else {})),
                )
                for n in range(players)
            ]
            limits: dict[str, Any] = {} if number == 1 else {"limit": "10:00", "next_limit": "8:00"}
            written.append(put(self.folder / server, stamp, number, *lines, map_=map_, **limits))
        return written

    async def take_in(self, *paths: Path, server: str = "main", news: bool = True) -> None:
        """Files arrive, as from a collector. `news`: they are posted themselves."""
        announcer = Announcer(CHANNEL, KEEP, lambda: self.now, book=self.book)
        choice = ServerChoice(name=server, zones=ZONES)
        report = await Importer(self.store, choice, announcer.on_taken).run(paths)
        assert sum(report.counts.values()) == len(paths), report
        self.taken += len(paths) if news else 0
        await self.post()


@dataclass
class Expected:
    """What has to come of an evening. `rounds` and `edited`: of its summary."""

    since: datetime
    until: datetime
    source: str
    reason: str
    rounds: int
    edited: bool = False


@dataclass
class Report:
    """What came of it."""

    evenings: int = 0
    messages: int = 0
    edits: int = 0
    restarts: int = 0
    problems: list[str] = field(default_factory=list)


async def by_voice(w: World, day: datetime) -> Expected:
    """People come one after another, some late; a restart between two rounds; they leave one after another."""
    for minute, count in ((1180, 1), (1190, 4), (1199, 5), (1200, 6), (1230, 7)):
        await w.until(day + timedelta(minutes=minute))
        await w.voice(count)
    first = w.pair(_at(day, 20, 50))
    await w.until(_at(day, 20, 40))
    await w.take_in(first[0])
    await w.restart()
    await w.until(_at(day, 20, 50))
    await w.take_in(first[1])
    await w.voice(9)
    await w.until(_at(day, 21, 20))
    await w.take_in(*w.pair(_at(day, 21, 20), map_="radar", players=9))
    await w.until(_at(day, 22, 0))
    await w.voice(6)
    await w.until(_at(day, 22, 30))
    await w.voice(1)
    await w.until(_at(day, 22, 32))
    await w.voice(6)  # for a moment: the delay begins anew
    await w.until(_at(day, 22, 40))
    await w.voice(0)
    return Expected(_at(day, 20, 0), _at(day, 22, 40), VOICE, VOICE, 4)


async def by_files(w: World, day: datetime) -> Expected:
    """Nobody is in voice. After the end the files of a last map come."""
    await w.voice(0)
    first = w.pair(_at(day, 20, 20))
    await w.until(_at(day, 20, 10))
    await w.take_in(first[0])
    await w.until(_at(day, 20, 20))
    await w.take_in(first[1])
    await w.restart()
    await w.until(_at(day, 21, 0))
    await w.take_in(*w.pair(_at(day, 21, 0), map_="goldrush", players=7))
    await w.until(_at(day, 23, 0))
    late = w.pair(_at(day, 21, 30), map_="oasis")
    await w.take_in(late[1])
    await w.take_in(late[0])
    return Expected(_at(day, 20, 0), _at(day, 21, 30), ROUNDS, SILENCE, 6, edited=True)


async def events_lost(w: World, day: datetime) -> Expected:
    """No event of voice arrives: every change is found by looking. Killed after a round was posted."""
    await w.until(_at(day, 20, 0) - w.tick)
    await w.voice(6, heard=False)
    await w.until(_at(day, 20, 45))
    w.channel.kill_after = "round-2"
    await w.take_in(*w.pair(_at(day, 20, 45), players=8))
    assert w.channel.was_killed()
    await w.voice(8, heard=False)
    await w.until(_at(day, 22, 0) - w.tick)
    await w.voice(0, heard=False)
    return Expected(_at(day, 20, 0), _at(day, 22, 0), VOICE, VOICE, 2)


async def over_midnight(w: World, day: datetime) -> Expected:
    """A map whose rounds lie on two days, with a restart in between."""
    await w.until(_at(day, 23, 0))
    await w.voice(6)
    files = w.pair(_at(day, 24, 5), map_="radar")
    await w.until(_at(day, 23, 55))
    await w.take_in(files[0])
    await w.restart()
    await w.until(_at(day, 24, 5))
    await w.take_in(files[1])
    await w.voice(7)
    await w.until(_at(day, 24, 30))
    await w.voice(0)
    return Expected(_at(day, 23, 0), _at(day, 24, 30), VOICE, VOICE, 2)


async def by_schedule_and_command(w: World, day: datetime) -> Expected:
    """20:00 in Berlin, though it begins by voice too; ended by command with all still there; a file comes after it."""
    w.rules = msgspec.structs.replace(w.rules, at=time(20, 0), zone="Europe/Berlin")
    await w.restart()
    await w.until(_at(day, 19, 5))
    await w.voice(6)
    await w.until(_at(day, 20, 0))
    await w.take_in(*w.pair(_at(day, 20, 0)))
    await w.voice(8)
    last = w.pair(_at(day, 21, 50), map_="goldrush", players=8)
    await w.until(_at(day, 21, 40))
    await w.take_in(last[0])
    await w.until(_at(day, 22, 0))
    assert await w.keeper.end()
    await w.post()
    await w.until(_at(day, 22, 10))
    await w.take_in(last[1])
    await w.until(_at(day, 23, 0))
    await w.voice(0)
    w.rules = Rules()
    await w.restart()
    return Expected(_at(day, 19, 0), _at(day, 22, 0), SCHEDULE, COMMAND, 4, edited=True)


async def two_servers(w: World, day: datetime) -> Expected:
    """Two servers, one on another clock; Discord away for an hour, with a restart in it."""
    await w.until(_at(day, 20, 0))
    await w.voice(6)
    await w.until(_at(day, 20, 30))
    await w.take_in(*w.pair(_at(day, 20, 30)))
    await w.take_in(*w.pair(_at(day, 20, 28), server="far", map_="oasis"), server="far")
    await w.voice(None)
    await w.until(_at(day, 21, 0))
    await w.restart()
    await w.until(_at(day, 21, 20))
    await w.take_in(*w.pair(_at(day, 21, 18), server="far", map_="radar", players=7), server="far")
    await w.voice(7)
    await w.until(_at(day, 22, 0))
    await w.voice(1)
    return Expected(_at(day, 20, 0), _at(day, 22, 0), VOICE, VOICE, 6)


async def killed_at_the_end(w: World, day: datetime) -> Expected:
    """Begun by command, then by voice and rounds all over; killed after the summary was posted; a file days old."""
    await w.voice(0)
    await w.until(_at(day, 20, 0))
    assert await w.keeper.begin()
    await w.post()
    await w.voice(6)
    await w.until(_at(day, 20, 30))
    await w.take_in(*w.pair(_at(day, 20, 30)))
    await w.voice(9)
    last = w.pair(_at(day, 21, 40), map_="goldrush", players=9)
    w.channel.kill_after = " ended"
    await w.until(_at(day, 22, 0))
    await w.voice(0)
    await w.until(_at(day, 22, 10))
    assert w.channel.was_killed()
    w.now = _at(day, 36, 0)  # the file is no news by now
    await w.take_in(*last, news=False)
    return Expected(_at(day, 20, 0), _at(day, 22, 0), COMMAND, VOICE, 4, edited=True)


Night = Callable[[World, datetime], Awaitable[Expected]]
NIGHTS: tuple[Night, ...] = (
    by_voice,
    by_files,
    events_lost,
    over_midnight,
    by_schedule_and_command,
    two_servers,
    killed_at_the_end,
)
SHORT: tuple[Night, ...] = (by_files, over_midnight, killed_at_the_end)


def _at(day: datetime, hour: int, minute: int) -> datetime:
    return day + timedelta(hours=hour, minutes=minute)


async def play(url: str, folder: Path, nights: Sequence[Night] = NIGHTS, tick: float = 30.0) -> Report:
    """Plays evenings on consecutive days, and compares what came of them with the script."""
    world = World(url, folder, timedelta(seconds=tick))
    await world.start()
    expected = []
    for number, night in enumerate(nights):
        day = MONDAY + timedelta(days=number)
        world.now = max(world.now, _at(day, 18, 50))
        before = world.restarts
        expected.append(await night(world, day))
        await world.until(world.now + timedelta(minutes=70))
        assert world.restarts > before, f"no restart: evening {number}"
    try:
        return await _compared(world, expected)
    finally:
        await world.store.close()


async def _compared(world: World, expected: Sequence[Expected]) -> Report:
    channel = world.channel
    report = Report(messages=len(channel.names), restarts=world.restarts - 1)
    report.edits = sum(len(versions) - 1 for versions in channel.versions)
    report.problems += [f"{count} times: {name}" for name, count in Counter(channel.names).items() if count > 1]
    async with world.store.read() as reader:
        found = await rows.all_of(reader)
    report.evenings = len(found)
    if len(found) != len(expected):
        report.problems.append(f"{len(found)} evenings, not {len(expected)}: {found}")
    for row, script in zip(found, expected, strict=False):
        told = (row.since, row.until, row.source, row.reason)
        wanted = (script.since, script.until, script.source, script.reason)
        report.problems += [f"{row.name}: {told}, not {wanted}"] if told != wanted else []
        report.problems += [f"{row.name}: {problem}" for problem in _posts(channel, row.name, script)]
    others = len(found) * 2
    rounds = sum(1 for name in channel.names if name.endswith(".txt"))
    if rounds != world.taken or len(channel.names) != others + rounds + rounds // 2:
        report.problems.append(f"{len(channel.names)} messages for {world.taken} files and {len(found)} evenings")
    return report


def _posts(channel: Channel, name: str, script: Expected) -> Iterator[str]:
    """What is wrong with the two posts of an evening."""
    for post in (name, f"{name} ended"):
        if channel.names.count(post) != 1:
            yield f"{channel.names.count(post)} posts of {post}"
            return
    (*earlier, last) = channel.texts(f"{name} ended")
    if f"**{script.rounds} rounds" not in last:
        yield f"not {script.rounds} rounds: {last}"
    if bool(earlier) != script.edited or (earlier and earlier[0] == last):
        yield f"edited {len(earlier)} times"
    for part in ("Most played map", "Most kills", "Best accuracy", "Most valuable"):
        if part not in last and part != "Best accuracy":
            yield f"no {part}: {last}"


async def _main(tick: float) -> int:
    from tests.postgres import postgres_cluster

    bad = 0
    with tempfile.TemporaryDirectory() as home, contextlib.ExitStack() as stack:
        urls = {"sqlite": f"sqlite:///{home}/week.db"}
        urls["postgresql"] = stack.enter_context(postgres_cluster()).create_database("week")
        for name, url in urls.items():
            began = clock_time.monotonic()
            report = await play(url, Path(home) / name, tick=tick)
            print(
                f"{name}: {report.evenings} evenings, {report.messages} messages each once, {report.edits} edits, "
                f"{report.restarts} restarts, {clock_time.monotonic() - began:.0f} s",
                *report.problems,
                sep="\n  ",
            )
            bad += len(report.problems)
    return min(bad, 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tick", type=float, default=30.0, help="made-up seconds between two looks")
    raise SystemExit(asyncio.run(_main(parser.parse_args().tick)))
