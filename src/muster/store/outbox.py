"""What is to be posted, and what became of it: rows come with the commit they are about, and each is sent once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import msgspec
import sqlalchemy as sa

from muster.store.engine import Reader, Record, Writer
from muster.store.files import next_id
from muster.store.schema import gaming_sessions, matches, outbox, rounds, servers

if TYPE_CHECKING:
    from sqlalchemy.dialects.sqlite import Insert

PIPELINE: Final = "pipeline"
"""The kind of posts that tell of a message: their subject names its author."""


class PostStatus(StrEnum):
    """Where a post stands. `sending` means it may have arrived: only Discord knows."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    PARKED = "parked"
    FAILED = "failed"
    SILENT = "silent"


class Call(msgspec.Struct, frozen=True):
    """Something that is to be posted. `key` names it and its channel: the same key is posted once, ever."""

    key: str
    channel_id: int
    kind: str
    subject: Mapping[str, Any]
    due_at: datetime


class Post(msgspec.Struct, frozen=True):
    """A row of the outbox that is to be sent, or whose message is to be edited."""

    id: int
    key: str
    channel_id: int
    kind: str
    subject: dict[str, Any]
    status: str
    attempts: int
    created_at: datetime
    message_id: int | None = None
    edit_due: datetime | None = None


class RoundNews(msgspec.Struct, frozen=True):
    """As much of a round as it takes to decide whether it is posted."""

    id: int
    server: str
    file: str
    round: int
    played_at: datetime
    status: str
    valid: bool
    partner: str | None
    match_id: str | None
    match_valid: bool | None
    session_id: str | None
    started_at: datetime | None
    ended_at: datetime | None
    seconds: float = 0.0


EDIT_PAUSE: Final = timedelta(minutes=1)
"""A message is edited no more often than this."""

_O = outbox.c
_OPEN = (PostStatus.PENDING.value, PostStatus.SENDING.value)
_THERE = (PostStatus.SENDING.value, PostStatus.SENT.value)
"""What may be a message already."""


async def add(
    writer: Writer,
    calls: Sequence[Call],
    now: datetime,
    *,
    move: bool = False,
    status: PostStatus = PostStatus.PENDING,
) -> None:
    """Writes posts that are to be sent. Where a key stands already nothing changes; with `move` it gets the new date,
    if nobody tried to send it yet. `status` SILENT: what another post tells, so that nothing tells it again.
    """
    if not calls:
        return
    first = await next_id(writer, outbox)
    rows = [
        {
            "id": first + number,
            "key": call.key,
            "channel_id": call.channel_id,
            "kind": call.kind,
            "subject": _encoded(call),
            "status": status.value,
            "attempts": 0,
            "created_at": now,
            "due_at": call.due_at,
        }
        for number, call in enumerate(calls)
    ]
    await writer.run(_insert(writer.dialect, move), rows)


@cache
def _insert(dialect: str, move: bool) -> sa.Executable:
    # Each database has an INSERT of its own; the other's is not loaded.
    insert: Callable[[sa.Table], Insert] = import_module(f"sqlalchemy.dialects.{dialect}").insert
    statement = insert(outbox)
    if not move:
        return statement.on_conflict_do_nothing(index_elements=["key"])
    untried = sa.and_(_O.status == PostStatus.PENDING.value, _O.attempts == 0)
    return statement.on_conflict_do_update(
        index_elements=["key"], set_={"due_at": statement.excluded.due_at}, where=untried
    )


async def rename(writer: Writer, names: Mapping[str, Call]) -> set[str]:
    """Former keys → what they are called now. The first post of a subject keeps its place, whatever came of it; another
    one that was not tried yet falls silent.

    Returns the new keys that are not to be called for: what may have arrived in the channel under its former name is
    looked for there under it.
    """
    if not names:
        return set()
    keys = {*names, *(call.key for call in names.values())}
    rows = await writer.among(sa.select(_O.id, _O.key, _O.status, _O.attempts), _O.key, keys)
    taken = {row.key for row in rows}
    on_their_way: set[str] = set()
    for row in sorted(rows):
        call = names.get(row.key)
        if call is None:
            continue
        if row.status == PostStatus.SENDING.value:
            on_their_way.add(call.key)
        elif call.key not in taken and call.key not in on_their_way:
            taken.add(call.key)
            await _set(writer, row.id, key=call.key, subject=_encoded(call))
        elif row.status == PostStatus.PENDING.value and row.attempts == 0:
            await _set(writer, row.id, status=PostStatus.SILENT.value, error=f"told by {call.key}")
    return on_their_way


async def _set(writer: Writer, post_id: int, **values: str) -> None:
    await writer.run(sa.update(outbox).where(_O.id == post_id).values(values))


def _encoded(call: Call) -> str:
    return msgspec.json.encode(call.subject).decode()


async def known(reader: Reader, keys: Iterable[str]) -> set[str]:
    """Which of these keys stand already, whatever became of their posts."""
    return {row.key for row in await reader.among(sa.select(_O.key), _O.key, keys)}


async def round_news(reader: Reader, span: tuple[datetime, datetime]) -> list[RoundNews]:
    """Rounds that ended within a span of time, in the order they were played."""
    r, s = rounds.c, gaming_sessions.c
    of_round = (r.file, r.round, r.played_at, r.status, r.valid, r.partner, r.match_id)
    query = (
        sa.select(
            r.id,
            servers.c.name,
            *of_round,
            matches.c.valid.label("match_valid"),
            s.session_id,
            s.started_at,
            s.ended_at,
            r.seconds,
        )
        .join(servers, servers.c.id == r.server_id)
        .outerjoin(matches, matches.c.match_id == r.match_id)
        .outerjoin(gaming_sessions, s.session_id == r.session_id)
        .where(r.played_at.between(*span))
        .order_by(r.played_at, r.file, servers.c.name)
    )
    return [RoundNews(*row) for row in await reader.all(query)]


async def sessions_of(reader: Reader, files: Iterable[tuple[str, str]]) -> set[str]:
    """The gaming sessions that rounds belong to, by server and file."""
    wanted = set(files)
    query = sa.select(servers.c.name, rounds.c.file, rounds.c.session_id).join(
        servers, servers.c.id == rounds.c.server_id
    )
    found = await reader.among(query, rounds.c.file, sorted({file for _, file in wanted}))
    return {row.session_id for row in found if row.session_id is not None and (row.name, row.file) in wanted}


async def channels_due(reader: Reader, now: datetime) -> list[int]:
    """Channels that something is to be posted or edited in now."""
    posts = sa.select(_O.channel_id).where(_O.status.in_(_OPEN), _O.due_at <= now)
    edits = sa.select(_O.channel_id).where(*_to_edit(now))
    return sorted({row.channel_id for row in await reader.all(posts.union(edits))})


async def head(reader: Reader, channel_id: int, now: datetime) -> Post | None:
    """What is next in a channel: what was begun, else what is due longest."""
    begun = sa.case((_O.status == PostStatus.SENDING.value, 0), else_=1)
    query = _POSTS.where(_O.channel_id == channel_id, _O.status.in_(_OPEN), _O.due_at <= now)
    row = await reader.first(query.order_by(begun, _O.due_at, _O.id).limit(1))
    return None if row is None else _post(row)


async def open_since(reader: Reader, channel_id: int, now: datetime) -> datetime | None:
    """When the oldest post of a channel that is due and not done was written."""
    query = sa.select(_O.created_at).where(_O.channel_id == channel_id, _O.status.in_(_OPEN), _O.due_at <= now)
    return await reader.scalar(query.order_by(_O.created_at).limit(1))  # type: ignore[no-any-return]


async def begin(writer: Writer, post: Post) -> bool:
    """Notes that a post is about to be sent; False where it is no longer what it was: somebody else has it."""
    statement = (
        sa.update(outbox)
        .where(_O.id == post.id, _O.status == post.status, _O.attempts == post.attempts)
        .values(status=PostStatus.SENDING.value, attempts=post.attempts + 1)
    )
    return await writer.run(statement) == 1


async def end(
    writer: Writer, post_id: int, status: PostStatus, message_id: int | None = None, error: str | None = None
) -> None:
    """Notes what became of a post."""
    done = {"status": status.value, "message_id": message_id, "error": error}
    await writer.run(sa.update(outbox).where(_O.id == post_id).values(done))


async def revise(writer: Writer, keys: Iterable[str], now: datetime, pause: timedelta = EDIT_PAUSE) -> int:
    """Says that the messages of these posts are out of date; returns how many are to be edited. What is not sent yet
    will be made from what is stored then.
    """
    query = sa.select(_O.id, _O.edit_due, _O.edited_at).where(_O.status.in_(_THERE))
    rows = await writer.among(query, _O.key, list(keys))
    for row in rows:
        due = now if row.edited_at is None else max(now, row.edited_at + pause)
        if row.edit_due is not None and due <= row.edit_due:
            due = row.edit_due + timedelta(seconds=1)  # else an edit that is on its way would pass for this one
        await writer.run(sa.update(outbox).where(_O.id == row.id).values(edit_due=due))
    return len(rows)


async def show(writer: Writer, call: Call, now: datetime, pause: timedelta = EDIT_PAUSE) -> None:
    """A post that a channel has one of, and that is brought up to date: posted the first time, edited from then on."""
    query = sa.select(_O.id, _O.key, _O.status).where(_O.kind == call.kind, _O.channel_id == call.channel_id)
    row = await writer.first(query.order_by(_O.id.desc()).limit(1))
    if row is None:
        await add(writer, [call], now)
        return
    values: dict[str, Any] = {"subject": _encoded(call)}
    if row.status in (PostStatus.FAILED.value, PostStatus.SILENT.value):
        values |= {"status": PostStatus.PENDING.value, "due_at": now, "created_at": now}
    await writer.run(sa.update(outbox).where(_O.id == row.id).values(values))
    await revise(writer, [row.key], now, pause)


async def shown(reader: Reader, kind: str, channel_id: int) -> Any:
    """What the post of `show` tells in a channel; None where there is none."""
    query = sa.select(_O.subject).where(_O.kind == kind, _O.channel_id == channel_id).order_by(_O.id.desc())
    subject = await reader.scalar(query.limit(1))
    return None if subject is None else msgspec.json.decode(subject)


async def next_edit(reader: Reader, channel_id: int, now: datetime) -> Post | None:
    """The message of a channel whose edit is due longest."""
    query = _POSTS.where(_O.channel_id == channel_id, *_to_edit(now)).order_by(_O.edit_due, _O.id).limit(1)
    row = await reader.first(query)
    return None if row is None else _post(row)


async def edited(writer: Writer, post: Post, now: datetime, error: str | None = None) -> None:
    """Notes that a message shows what there was to show, or why it can't. What came meanwhile stays to be edited."""
    done = {"edited_at": now, "edit_due": sa.case((_O.edit_due == post.edit_due, sa.null()), else_=_O.edit_due)}
    await writer.run(sa.update(outbox).where(_O.id == post.id).values(done | ({"error": error} if error else {})))


async def remake(writer: Writer, post: Post, key: str, now: datetime) -> None:
    """A message that somebody deleted is posted anew, under another key."""
    values: dict[str, Any] = {"key": key, "status": PostStatus.PENDING.value, "attempts": 0, "message_id": None}
    values |= {"edit_due": None, "due_at": now, "created_at": now}
    await writer.run(sa.update(outbox).where(_O.id == post.id).values(values))


def _to_edit(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return _O.edit_due <= now, _O.status == PostStatus.SENT.value


async def park(writer: Writer, channel_id: int, error: str) -> int:
    """Lays aside everything for a channel that takes nothing; returns how many posts those are."""
    statement = sa.update(outbox).where(_O.channel_id == channel_id, _O.status.in_(_OPEN))
    return await writer.run(statement.values(status=PostStatus.PARKED.value, error=error))


async def unpark(writer: Writer, since: datetime, channel_id: int | None = None) -> int:
    """Takes up again what was laid aside and is not older than `since`, of one channel or of all."""
    statement = sa.update(outbox).where(_O.status == PostStatus.PARKED.value, _O.created_at >= since)
    if channel_id is not None:
        statement = statement.where(_O.channel_id == channel_id)
    return await writer.run(statement.values(status=PostStatus.PENDING.value))


async def expire(writer: Writer, before: datetime) -> int:
    """Gives up what nobody tried to send and was written before a moment; returns how many posts those are."""
    statement = sa.update(outbox).where(_O.status == PostStatus.PENDING.value, _O.attempts == 0, _O.due_at < before)
    return await writer.run(statement.values(status=PostStatus.SILENT.value, error="nobody was there to send it"))


async def last_sent(reader: Reader, channel_id: int) -> int:
    """The newest post that a channel took, by its id; 0 where it never took one."""
    query = sa.select(sa.func.max(_O.id)).where(_O.channel_id == channel_id, _O.status == PostStatus.SENT.value)
    return int(await reader.scalar(query) or 0)


async def counts(reader: Reader) -> dict[str, int]:
    """How many posts stand where."""
    query = sa.select(_O.status, sa.func.count()).group_by(_O.status).order_by(_O.status)
    return {row[0]: row[1] for row in await reader.all(query)}


def _post(row: Record) -> Post:
    return Post(row.id, row.key, row.channel_id, row.kind, msgspec.json.decode(row.subject), *row[5:])


_POSTS: Final = sa.select(
    *(_O.id, _O.key, _O.channel_id, _O.kind, _O.subject, _O.status, _O.attempts, _O.created_at),
    *(_O.message_id, _O.edit_due),
)
