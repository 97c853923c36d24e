"""From messages as they come to counts in the store: in batches, each in one transaction, none lost, none twice."""

import asyncio
import itertools
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

import msgspec
import structlog

from muster.community import policies
from muster.community.awareness import NONE, Taste, note
from muster.community.changes import Changes
from muster.community.counting import Taken, count, kept_at
from muster.community.events.listening import Listener
from muster.community.ledger import LATE
from muster.community.policies import Policies
from muster.community.register import Newcomers, Place, Register, Rules
from muster.community.spill import Spill
from muster.model.chat import Channel, Community, Deleted, Edited, Message, number_at
from muster.store import chat
from muster.store.engine import RowRefused, Store, StoreError

logger = structlog.get_logger("muster.community")

FLUSH_SIZE = 500
FLUSH_SECONDS = 1.0
LOOK_BACK = 7 * 86_400_000
"""Milliseconds of history that are read when a channel is seen for the first time."""

_MOST = 20_000
"""Messages held in memory; more go to disk until the database has taken them."""

_PORTION = 8_000
"""Messages stored in one transaction at most; adding them up keeps the event loop for a few milliseconds."""

_MOST_CHANNELS = 20_000
"""Channel objects whose places are known at once."""

_PAUSES = (0.2, 0.5, 1.0, 2.0)
"""Seconds between attempts to reach the database; the last one again and again."""


class Recorder:
    """Counts messages. `offer` never waits; `run` stores what was offered."""

    def __init__(
        self,
        store: Store,
        rules: Rules,
        spill: Spill,
        *,
        size: int = FLUSH_SIZE,
        seconds: float = FLUSH_SECONDS,
        look_back: int = LOOK_BACK,
        taste: Taste = NONE,
        listener: Listener | None = None,
    ) -> None:
        self._store = store
        self._register = Register(rules)
        self._spill = spill
        self._taste = taste
        self._own_pace = (size, seconds)
        self._size = size
        self._seconds = seconds
        self._most: int | None = None
        self._listener = listener
        self._look_back = look_back
        self._not_before = int(time.time() * 1000) - look_back
        self._pending: list[Taken] = []
        self._in_work: Sequence[Taken] = ()
        self._ready = asyncio.Event()
        self._some = asyncio.Event()
        self._enough = asyncio.Event()
        self._read = 0
        self._batches = 0
        self._policies: Policies | None = None
        self._changes = Changes()
        self._doubt: Doubt | None = None
        self._whole: dict[str, Community] = {}
        self._places: dict[int, tuple[Channel, Place]] = {}
        self.counted = 0
        """Messages that this one stored."""
        self.keeps_texts: Callable[[], bool] = lambda: True
        """Whether there is room for what people write; else it is counted and not kept."""

    async def open(self) -> None:
        """Takes over what is stored, and stores what was on disk when the program stopped."""
        async with self._store.read() as reader:
            await self._register.load(reader)
            self._batches = await chat.batches(reader)
            self._keep_pace(await policies.read(reader))
        if self._spill:
            for part in self._spill.portions(_PORTION):
                taken = [(self._place(message.channel), message) for message in part]
                await self._write([(place, message) for place, message in taken if place.ledger.take(message.number)])
            self._spill.clear()
        self._ready.set()

    async def ready(self) -> None:
        """Waits until messages may be offered."""
        await self._ready.wait()

    def offer(self, message: Message) -> bool:
        """Takes a message in; False where it is counted already."""
        place = self._place(message.channel)
        if not place.ledger.take(message.number):
            return False
        if self._changes.is_gone(message.channel, message.number):
            message = msgspec.structs.replace(message, text=None)
        pending = self._pending
        pending.append((place, message))
        self._some.set()
        waiting = len(pending)
        if waiting >= self._size:
            self._enough.set()
        if waiting >= (self._most or _MOST):
            self._spill_pending()
        return True

    @property
    def waiting(self) -> list[Taken]:
        """What is taken in and not stored, but for what is on disk."""
        return [*self._in_work, *self._pending]

    @property
    def backlog(self) -> tuple[int, int]:
        """Messages that wait in memory, and bytes of those on disk."""
        return len(self._in_work) + len(self._pending), self._spill.size

    @property
    def wants_roles(self) -> bool:
        """Whether somebody asks for the roles of a message's author."""
        return self._listener is not None and self._listener.wants_roles

    def _keep_pace(self, known: Policies) -> None:
        """Takes the pace that is set with the policies."""
        size, seconds = self._own_pace
        self._size, self._seconds = known.pace.size or size, known.pace.seconds or seconds
        self._most = known.pace.most

    def change(self, change: Edited | Deleted) -> None:
        """What is kept of messages becomes another, or goes. Counts stay: they were written."""
        self._changes.note(change)
        if self._listener is not None and self._listener.active:
            self._listener.changed(change)
        self._some.set()

    def mark(self, channel: Channel) -> int:
        """The number after which a channel's history is to be read."""
        return self._place(channel).ledger.mark

    def open_gap(self, community: Community) -> list[Place]:
        """From now on messages of a community may be missing. Returns the places that were whole."""
        self._whole.pop(community.key, None)
        whole = [place for place in self._register.places_of(community) if place.ledger.whole]
        for place in whole:
            place.ledger.whole = False
        return whole

    def open_gaps(self) -> None:
        """From now on messages may be missing everywhere."""
        self._whole.clear()
        for place in self._register.places:
            place.ledger.whole = False

    def resume(self, places: Iterable[Place]) -> None:
        """What was missing of these places, which `open_gap` returned, has been delivered."""
        for place in places:
            place.ledger.whole = True

    def heard_until(self, community: Community) -> int:
        """Milliseconds since 1970 before which nothing is missing in a community."""
        return max(self._register.heard_until(community), self._not_before)

    def close_community(self, community: Community) -> None:
        """Everything that was said in a community has been offered, and all that comes will be."""
        self._whole[community.key] = community

    def is_whole(self, channel: Channel) -> bool:
        """Whether nothing is missing of a channel."""
        return self._place(channel).ledger.whole

    def close_gap(self, channel: Channel) -> None:
        """Everything after a channel's mark has been offered."""
        self._place(channel).ledger.whole = True

    def leave_gap(self, channel: Channel) -> None:
        """What is missing of a channel can't be read. It may be later; after the time that is looked back, never."""
        place = self._place(channel)
        if place.ledger.mark < number_at(int(time.time() * 1000) - self._look_back):
            place.ledger.whole = True

    async def run(self, stop: asyncio.Event) -> None:
        """Stores what is offered, a batch when there are enough or the oldest has waited long enough."""
        if not self._ready.is_set():
            await self.open()
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                await _either(stopping, self._some)
                await _either(stopping, self._enough, self._seconds)
                await self._flush(stop)
        finally:
            stopping.cancel()
        await self._flush(stop)
        if self._pending:
            self._spill_pending()

    def _place(self, channel: Channel) -> Place:
        """Where a channel is counted. Nearly all messages of a channel come with the same object."""
        known = self._places.get(id(channel))
        if known is not None:
            return known[1]
        place = self._register.place(channel, self._not_before)
        if len(self._places) >= _MOST_CHANNELS:
            self._places.clear()
        self._places[id(channel)] = channel, place  # held, so that no other channel gets its id
        return place

    def _spill_pending(self) -> None:
        """Writes what waits to disk, but for a batch that may be stored already."""
        doubted = self._doubt.ids if self._doubt else frozenset()
        waiting = [taken for taken in self._pending if id(taken) not in doubted]
        self._spill.add(self._without_text(*taken) for taken in waiting)
        self._pending = [taken for taken in self._pending if id(taken) in doubted]
        logger.warning("messages wait on disk for the database", messages=len(waiting))

    def _without_text(self, place: Place, message: Message) -> Message:
        """A message as it may be written to disk: with its text and author only where these are to be kept."""
        message = self._register.shown(message)
        if message.text is None or (self._policies and kept_at(self._policies, place, message) is not None):
            return message
        return msgspec.structs.replace(message, text=None)

    async def _flush(self, stop: asyncio.Event) -> None:
        """Stores everything that is pending, trying again while the database is away."""
        for attempt in itertools.count():
            try:
                await self._settle_doubt()
                await self._store_pending()
                await self._changes.store(self._store, lambda channel: self._place(channel).row.id)
            except StoreError as error:
                logger.warning("the database is away: messages wait", messages=len(self._pending), error=str(error))
                if stop.is_set():
                    return
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), _PAUSES[min(attempt, len(_PAUSES) - 1)])
            else:
                return

    async def _store_pending(self) -> None:
        batch, self._pending = self._pending, []
        self._some.clear()
        self._enough.clear()
        # What is taken by now is in this batch or stored, unless something waits on disk.
        marks = {} if self._spill else {place: place.ledger.due for place, _ in batch}
        for community in () if self._spill else self._whole.values():
            self._register.hear(community, int(time.time() * 1000) - LATE)
        await self._write(batch, marks)
        await self._store_spilled()

    async def _store_spilled(self) -> None:
        """Stores what is on disk. More may come there meanwhile: it is read until there is none."""
        more = bool(self._spill)
        while more:
            more = False
            for part in self._spill.portions(_PORTION, self._read):
                more = True
                self._read += len(part)
                await self._write([(self._place(message.channel), message) for message in part])
        self._spill.clear()
        self._read = 0

    async def _write(self, batch: Sequence[Taken], marks: Mapping[Place, int] | None = None) -> None:
        """Stores a batch; of one that the database refuses, what it does not refuse.

        Raises StoreError where the database is away: then what is not stored is pending again.
        """
        self._in_work = batch
        left = [batch[at : at + _PORTION] for at in range(0, len(batch), _PORTION)][::-1]
        last = left[0] if left else []
        try:
            while left:
                part = left[-1]
                try:
                    # The marks cover the whole batch: they move when all before the last part is stored.
                    await self._commit(part, marks or {} if part is last else {})
                except RowRefused as error:
                    if len(part) > 1:
                        half = len(part) // 2
                        left[-1:] = [part[half:], part[:half]]
                        continue
                    await self._set_aside(part[0], str(error))
                left.pop()
                self._in_work = [*itertools.chain.from_iterable(left)]
        except StoreError:
            self._pending = [*itertools.chain.from_iterable(reversed(left)), *self._pending]
            raise
        finally:
            self._in_work = ()

    async def _commit(self, part: Sequence[Taken], marks: Mapping[Place, int]) -> None:
        """Stores messages in one transaction. It is numbered, so that one whose end was not heard is known."""
        async with self._store.write() as writer:
            known = await policies.read(writer)
            self._keep_pace(known)
            if not self.keeps_texts():
                known = known.off()
            self._policies = known
            hidden = await self._register.look(writer)
            shown = [(place, hidden.shown(message)) for place, message in part] if hidden else part
            stored = await count(writer, self._register, known, shown, marks)
            if self._taste is not NONE:
                await note(writer, self._taste, shown, stored)
            if self._listener is not None and self._listener.active:
                heard = [taken for taken in shown if taken[1].author.key] if hidden else shown
                await self._listener.counted(writer, heard, stored)
            await chat.number_batch(writer, self._batches + 1)
            self._doubt = Doubt(part, stored)
        self._doubt = None
        self._committed(part, stored)

    def _committed(self, part: Sequence[Taken], stored: Newcomers) -> None:
        self._batches += 1
        self.counted += len(part)
        self._register.committed(stored)
        if self._listener is not None and self._listener.active:
            self._listener.committed(part)

    async def _settle_doubt(self) -> None:
        """Finds out whether a batch was committed although the database went away at its end."""
        if self._doubt is None:
            return
        async with self._store.read() as reader:
            committed = await chat.batches(reader) > self._batches
        doubt, self._doubt = self._doubt, None
        if committed:
            self._committed(doubt.part, doubt.stored)
            self._pending = [taken for taken in self._pending if id(taken) not in doubt.ids]

    async def _set_aside(self, taken: Taken, reason: str) -> None:
        place, message = taken
        logger.warning("a message can't be stored and is set aside", number=message.number, reason=reason)
        # json writes down what is no text, too.
        row = json.dumps(msgspec.to_builtins(self._without_text(place, message))).encode()
        async with self._store.write() as writer:
            await chat.set_aside(writer, "message", [(row, reason)])


class Doubt:
    """A batch whose commit was not answered, and what it stored if it did."""

    def __init__(self, part: Sequence[Taken], stored: Newcomers) -> None:
        self.part = part  # held, so that no other message gets their ids
        self.stored = stored
        self.ids = frozenset(id(taken) for taken in part)


async def _either(stopping: "asyncio.Task[bool]", event: asyncio.Event, seconds: float | None = None) -> None:
    """Waits for an event, the stop, or the time."""
    waiting = asyncio.create_task(event.wait())
    await asyncio.wait((stopping, waiting), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
