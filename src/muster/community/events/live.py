"""Pipelines asked about messages as they come.

They are decided in the transaction that counts the messages, and what stays in the database is done there: a notice is
called for once, whatever happens. What is done elsewhere waits in a queue that is bounded, so that counting never waits
for it.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

import msgspec
import structlog

from muster.community.archive import Archive
from muster.community.events import stored as kept
from muster.community.events.ahead import Ahead
from muster.community.events.doing import Doing, Meant
from muster.community.events.outward import Hands
from muster.community.register import Newcomers, Place
from muster.model.chat import Deleted, Edited, Message, number_at
from muster.pipelines.match import Ready, Step, decide
from muster.pipelines.values import Archive as ArchiveAction
from muster.pipelines.values import Log, Outward, RoleFilter
from muster.store import pipelines
from muster.store.engine import Reader, Store, StoreError, Writer
from muster.store.pipelines import PipelineRow

logger = structlog.get_logger("muster.community")

RECENT = 5 * 60_000
"""Milliseconds; what was written longer ago, and is read back now, is no event any more."""

WAITING = 1_000
"""Messages that may wait for what is done outside the database; of more nothing is done there."""

BUDGET = 0.25
"""Seconds of deciding that a batch may take; what is left of it then is counted, and not asked about."""

_LOOK = 2.0
"""Seconds between two looks at the stored pipelines."""

_AT_ONCE = 4
_PORTION = 64
"""Messages decided before others get their turn."""

_REPORT = 60.0
_REMEMBERED = 50_000


class Job(msgspec.Struct, frozen=True):
    """What is to be done about a message outside the counting transaction."""

    meant: Meant
    steps: list[Step]


class Live:
    """Is told of messages by the recorder (`community.events.listening.Listener`)."""

    def __init__(
        self,
        store: Store,
        archive: Archive | None,
        hands: Hands,
        wake: Callable[[], None] = lambda: None,
        *,
        now: Callable[[], float] = time.time,
        look: float = _LOOK,
    ) -> None:
        self._store = store
        self._now = now
        self._wake = wake
        self._look = look
        self._rows: list[PipelineRow] | None = None
        self._ready: list[Ready] = []
        self.active = True  # until it is known that there is no pipeline
        self.wants_roles = True
        self._decided: dict[tuple[str, int], tuple[list[Step], list[Step]]] = {}
        self._users: dict[tuple[str, int], int] = {}
        self._queue: deque[Job] = deque()
        self._some = asyncio.Event()
        self._busy = 0
        self._closing = False
        self._ahead = Ahead()
        self._doing = Doing(store, archive, hands, self._ahead, now)
        self._dropped = 0
        self._reported = 0.0

    async def refresh(self, reader: Reader) -> None:
        """Takes the pipelines as they are stored now. What did not change goes on with its cooldowns."""
        rows = await pipelines.all_of_them(reader)
        if rows == self._rows:
            return
        self._rows = rows
        before = {ready.pipeline: ready for ready in self._ready}
        enabled = [one for one in kept.usable(rows) if one.enabled]
        self._ready = [before.get(one) or Ready(one) for one in enabled]
        self.wants_roles = any(isinstance(each, RoleFilter) for one in enabled for each in one.filters)
        self.active = bool(enabled)
        if enabled or before:
            logger.info("event pipelines", enabled=[one.name for one in enabled])

    # Told by the recorder

    async def counted(self, writer: Writer, batch: Sequence[tuple[Place, Message]], stored: Newcomers) -> None:
        """Decides about new messages, and does what is done in the database."""
        if self._rows is None:
            await self.refresh(writer)
        if not self._ready:
            return
        at_once: list[tuple[Meant, Step]] = []
        earliest = int(self._now() * 1000) - RECENT
        began = time.perf_counter()
        for number, (place, message) in enumerate(batch):
            if message.sent_at < earliest:
                continue
            if number % _PORTION == _PORTION - 1:
                waited = time.perf_counter()
                await asyncio.sleep(0)
                began += time.perf_counter() - waited
            key = (message.channel.key, message.number)
            if key not in self._decided and time.perf_counter() - began > BUDGET:
                self._drop("the pipelines take too long to decide")
                self._decided[key] = ([], [])
            steps = self._decide(key, message)
            if steps != ([], []):
                user = stored.users[message.author.platform, message.author.key].user_id
                self._users[key] = user
                at_once += [(Meant(message, place.row.id, user), step) for step in steps[0]]
        await self._doing.in_database(writer, at_once)

    def _decide(self, key: tuple[str, int], message: Message) -> tuple[list[Step], list[Step]]:
        """What is to be done at once, and later. A batch that is stored again is not decided again."""
        if len(self._decided) > _REMEMBERED:  # of messages that could not be stored at all
            self._decided.clear()
        if key not in self._decided:
            self._decided[key] = apart(decide(self._ready, message))
        return self._decided[key]

    def committed(self, batch: Sequence[tuple[Place, Message]]) -> None:
        """Lets done what is done elsewhere."""
        told = False
        for place, message in batch:
            key = (message.channel.key, message.number)
            at_once, later = self._decided.pop(key, ([], []))
            user = self._users.pop(key, 0)
            told = told or bool(at_once)
            if not later:
                continue
            if len(self._queue) >= WAITING:
                self._drop("too many messages wait for what pipelines do")
                continue
            self._queue.append(Job(Meant(message, place.row.id, user), later))
            self._some.set()
        if told:
            self._wake()

    def changed(self, change: Edited | Deleted) -> None:
        """What waits is done with what is there by then."""
        if self._queue or self._busy or self._doing.waits:
            self._ahead.note(change, number_at(int(self._now() * 1000) + 1))

    def _drop(self, why: str) -> None:
        self._dropped += 1
        if time.monotonic() - self._reported > _REPORT:
            self._report(why)

    def _report(self, why: str) -> None:
        if self._dropped:
            logger.warning("pipelines let messages go by", messages=self._dropped, reason=why)
            self._reported, self._dropped = time.monotonic(), 0

    # A part of the program

    async def run(self, stop: asyncio.Event) -> None:
        """Does what waits, and looks for changes of the pipelines, until it is stopped; then what waits is ended."""
        workers = [asyncio.create_task(self._work()) for _ in range(_AT_ONCE)]
        try:
            while not stop.is_set():
                await self._keep_up()
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), self._look)
                for worker in workers:
                    if worker.done():
                        worker.result()
            self._closing = True
            self._some.set()
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await self._doing.write_archive()
            self._report("at the end")

    async def _keep_up(self) -> None:
        try:
            async with self._store.read() as reader:
                await self.refresh(reader)
        except StoreError as error:
            logger.warning("pipelines can't be read now", error=str(error))
        if self._doing.archive_due:
            await self._doing.write_archive()
        if not (self._queue or self._busy or self._doing.waits):
            self._ahead.clear()

    async def _work(self) -> None:
        while True:
            while not self._queue:
                if self._closing:
                    return
                self._some.clear()
                await self._some.wait()
            job = self._queue.popleft()
            self._busy += 1
            try:
                await self._do(job)
            finally:
                self._busy -= 1

    async def _do(self, job: Job) -> None:
        for step in job.steps:
            message = self._ahead.now(job.meant.message)
            if message is None:
                return
            meant = msgspec.structs.replace(job.meant, message=message)
            if not await self._doing.outside(meant, step) and step.pipeline.stop_on_error:
                return
        self._wake()


def apart(steps: Sequence[Step]) -> tuple[list[Step], list[Step]]:
    """What is done in the counting transaction, and what after it.

    Behind an action that may fail, of a pipeline that stops on errors, everything waits to hear of it; but a text that
    is to be kept is kept.
    """
    at_once: list[Step] = []
    later: list[Step] = []
    held = False
    for step in steps:
        if isinstance(step.action, Outward | ArchiveAction):
            later.append(step)
            held = held or step.pipeline.stop_on_error
        elif held and not isinstance(step.action, Log):
            later.append(step)
        else:
            at_once.append(step)
    return at_once, later
