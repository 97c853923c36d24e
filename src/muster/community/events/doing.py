"""The actions themselves."""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec
import structlog

from muster.community.archive import Archive, ArchiveError
from muster.community.counting import about
from muster.community.events import sums
from muster.community.events.ahead import Ahead
from muster.community.events.outward import ActionFailed, Hands, attempt, link, name_of, told
from muster.community.events.sums import Counted
from muster.model.chat import Message
from muster.pipelines.match import Step
from muster.pipelines.values import AddRole, Log, Notify, Pipeline, Summarise, Webhook
from muster.pipelines.values import Archive as ArchiveAction
from muster.store import log, outbox
from muster.store.engine import Store, StoreError, Writer
from muster.store.log import TextRow
from muster.store.outbox import Call

logger = structlog.get_logger("muster.community")

POST = outbox.PIPELINE
"""The kind of posts that pipelines call for."""

_FULL = 500
_OLD = 30.0
"""Messages, or seconds, after which what is to be archived is written."""

_MOST = 5_000
"""Messages that wait to be archived; of more the oldest are given up."""

_QUIET = 60.0
"""Seconds in which a failure is told once."""


class Meant(msgspec.Struct, frozen=True):
    """A message, and its channel and author as rows of the store."""

    message: Message
    channel: int
    user: int


class Doing:
    """Does what pipelines want."""

    def __init__(
        self, store: Store, archive: Archive | None, hands: Hands, ahead: Ahead, now: Callable[[], float]
    ) -> None:
        self._store = store
        self._archive = archive
        self._hands = hands
        self._ahead = ahead
        self._now = now
        self._to_archive: list[tuple[Pipeline, Message]] = []
        self._since = 0.0
        self._told: dict[tuple[str, str], float] = {}

    @property
    def waits(self) -> bool:
        """Whether messages wait to be archived."""
        return bool(self._to_archive)

    @property
    def archive_due(self) -> bool:
        """Whether they have waited for long enough."""
        return self.waits and (len(self._to_archive) >= _FULL or time.monotonic() - self._since >= _OLD)

    async def in_database(self, writer: Writer, steps: Sequence[tuple[Meant, Step]]) -> None:
        """Everything that is done in a transaction."""
        texts: dict[tuple[int, int], tuple[int, int, int, str, float | None, str | None]] = {}
        calls: list[Call] = []
        counted: dict[str, list[Counted]] = {}
        for meant, step in steps:
            message, action = meant.message, step.action
            if isinstance(action, Log) and message.text:
                row = (meant.channel, message.number, meant.user, _text(message), None, about(message))
                texts[meant.channel, message.number] = row
            elif isinstance(action, Summarise):
                one = Counted(meant.channel, meant.user, message.sent_at, len(message.text or ""))
                counted.setdefault(step.pipeline.name, []).append(one)
            elif isinstance(action, Notify):
                calls.append(self._call(meant, step.pipeline, action))
        await log.keep_texts(writer, list(texts.values()))
        for pipeline, those in counted.items():
            await sums.add(writer, pipeline, sums.LIVE, those)
        await outbox.add(writer, calls, self._moment())

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(int(self._now()), UTC)

    def _call(self, meant: Meant, pipeline: Pipeline, action: Notify) -> Call:
        """A notice to be posted. What was written is not in it: the post links to it."""
        message = meant.message
        number = pipeline.actions.index(action)
        subject = {
            "pipeline": pipeline.name,
            "text": action.text,
            "platform": message.channel.community.platform.value,
            "user": {"key": message.author.key, "name": message.author.name},
            "channel": {"key": message.channel.key, "name": message.channel.name},
            "link": link(message),
        }
        key = f"{POST}:{name_of(pipeline, message)}:{number}@{action.channel}"
        return Call(key, action.channel, POST, subject, self._moment())

    async def outside(self, meant: Meant, step: Step) -> bool:
        """One action outside the counting transaction; False where it could not be done."""
        try:
            await self._one(meant, step)
        except (ActionFailed, StoreError) as error:
            self._complain(step, str(error))
            return False
        return True

    async def _one(self, meant: Meant, step: Step) -> None:
        message, pipeline, action = meant.message, step.pipeline, step.action
        match action:
            case AddRole():
                await attempt(action, lambda: self._hands.add_role(message, action.role))
            case Webhook():
                body = msgspec.json.encode(told(pipeline, message))
                await attempt(action, lambda: self._hands.send(action.url, body, name_of(pipeline, message)))
            case ArchiveAction():
                self._keep(pipeline, message)
            case _:
                async with self._store.write() as writer:
                    await self.in_database(writer, [(meant, step)])

    def _keep(self, pipeline: Pipeline, message: Message) -> None:
        if self._archive is None:
            raise ActionFailed("no place to archive to: set `chat_archive` to a folder", again=False)
        if not self._to_archive:
            self._since = time.monotonic()
        self._to_archive.append((pipeline, message))

    async def write_archive(self) -> None:
        """Writes what is to be archived, a file for each pipeline and channel; what fails waits for the next time."""
        waiting, self._to_archive = self._to_archive, []
        parts: dict[tuple[str, str], list[tuple[Pipeline, Message]]] = {}
        for pipeline, message in waiting:
            parts.setdefault((pipeline.name, message.channel.key), []).append((pipeline, message))
        for (name, _), part in parts.items():
            rows = {m.number: _row(m) for m in (self._ahead.now(message) for _, message in part) if m and m.text}
            if not rows or self._archive is None:
                continue
            try:
                await asyncio.to_thread(self._archive.write, [rows[number] for number in sorted(rows)], f"live-{name}")
            except ArchiveError as error:
                logger.warning("what a pipeline archives waits", pipeline=name, messages=len(rows), error=str(error))
                self._to_archive += part
                self._since = time.monotonic()
        if len(self._to_archive) > _MOST:
            logger.warning("messages were not archived", messages=len(self._to_archive) - _MOST)
            del self._to_archive[:-_MOST]

    def _complain(self, step: Step, reason: str) -> None:
        """Says what failed, the same thing once a minute."""
        what = (step.pipeline.name, type(step.action).__name__)
        if time.monotonic() - self._told.get(what, -_QUIET) >= _QUIET:
            self._told[what] = time.monotonic()
            kind = type(step.action).__struct_config__.tag
            logger.warning("a pipeline's action failed", pipeline=step.pipeline.name, action=kind, error=reason)


def _row(message: Message) -> TextRow:
    """A message as the archive has it."""
    channel, author = message.channel, message.author
    where = (channel.community.platform.value, channel.community.key, channel.key, channel.name)
    return TextRow(*where, message.number, author.key, author.name, _text(message), 1.0, about(message))


def _text(message: Message) -> str:
    """What was written, as databases and files take it: half a character becomes a question mark."""
    return (message.text or "").encode("utf-8", "replace").decode().replace("\0", "")
