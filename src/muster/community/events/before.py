"""What is done with messages before they are deleted."""

import json
from collections.abc import Sequence

import msgspec

from muster.community.archive import ArchiveError, ChatLogError
from muster.community.events import stored, sums
from muster.community.events.sums import Counted
from muster.model.chat import Channel, Community, Message, Person, Platform, moment_of
from muster.pipelines.match import Ready
from muster.pipelines.values import Archive, BadPipeline, Pipeline, RoleFilter, Summarise
from muster.store import chat
from muster.store.engine import Reader, Writer
from muster.store.log import LogChannel, TextRow


class Steps(msgspec.Struct, frozen=True):
    """What a policy wants done first. `pipeline`: whose filters choose the messages; None: all of them."""

    name: str = ""
    archive: bool = False
    persons: bool = False
    hours: bool = False
    pipeline: Pipeline | None = None

    @property
    def folder(self) -> str:
        """The folder of the archive that a pipeline's files stand in."""
        return f"drop-{self.name}" if self.pipeline else ""

    @property
    def sums(self) -> bool:
        """Whether anything is summed up."""
        return self.persons or self.hours


_SHIPPED = {
    "summarise": Steps("summarise", persons=True, hours=True),
    "user_aggregates": Steps("user_aggregates", persons=True),
    "archive": Steps("archive", archive=True),
    "analyze_and_archive": Steps("analyze_and_archive", archive=True, persons=True, hours=True),
}
assert tuple(_SHIPPED) == stored.SHIPPED


async def steps(reader: Reader, name: str | None) -> Steps:
    """The steps of a name: shipped ones, or a stored pipeline, be it enabled or not. Raises ChatLogError."""
    if not name:
        return Steps()
    if name in _SHIPPED:
        return _SHIPPED[name]
    try:
        found = {one.name: one for one in await stored.every(reader)}
    except BadPipeline as error:
        raise ChatLogError(f"the stored pipelines can't be read: {error}") from None
    if name not in found:
        there = ", ".join((*stored.SHIPPED, *found, "none"))
        raise ChatLogError(f"there are no steps {name!r}; there are: {there}")
    pipeline = found[name]
    kinds = {type(action) for action in pipeline.actions}
    if not kinds & {Archive, Summarise}:
        raise ChatLogError(f"the pipeline {name!r} neither archives nor summarises: nothing would be done")
    if any(isinstance(each, RoleFilter) for each in pipeline.filters):
        raise ChatLogError(f"the pipeline {name!r} asks for roles, and those of back then are not known")
    summarises = Summarise in kinds
    return Steps(name, Archive in kinds, summarises, summarises, pipeline)


def chosen(ready: Ready | None, rows: Sequence[TextRow], channel: LogChannel) -> list[TextRow]:
    """Those of some messages, in order, that a pipeline means; all where there is none."""
    return list(rows) if ready is None else [row for row in rows if ready.takes(message_of(row, channel.parent))]


def message_of(row: TextRow, parent: str | None = None) -> Message:
    """A kept message as it was when it came, but for its author's roles."""
    platform = Platform(row.platform)
    told = json.loads(row.metadata) if row.metadata else {}
    return Message(
        channel=Channel(Community(platform, row.community, ""), row.channel, row.channel_name, parent),
        number=row.number,
        author=Person(platform, row.user, row.user_name),
        sent_at=moment_of(row.number),
        text=row.text,
        reply_to=told.get("reply_to"),
        mentions=told.get("mentions", 0),
        attachments=told.get("attachments", 0),
    )


async def sum_up(writer: Writer, wanted: Steps, rows: Sequence[TextRow], channel: LogChannel) -> None:
    """Adds messages to the sums, in the transaction that deletes them. Raises ArchiveError."""
    if not rows:
        return
    users = {row.key: row.user_id for row in await chat.users_of(writer, channel.platform, [r.user for r in rows])}
    if not {row.user for row in rows} <= users.keys():
        raise ArchiveError("messages of somebody who is not known can't be summed up")
    counted = [Counted(channel.id, users[row.user], moment_of(row.number), len(row.text)) for row in rows]
    await sums.add(writer, wanted.name, sums.DROP, counted, hours=wanted.hours)
