"""A batch into the store: counts, moments and progress in one transaction."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from muster.community import hidden
from muster.community.counting import add, add_messages, count_moments
from muster.community.days import DayRule
from muster.community.fold import Delta
from muster.community.history import names
from muster.community.history.reading import Batch, Progress
from muster.community.ledger import Ledger
from muster.community.moments import DAY
from muster.community.overlap import Said, changes_of, remember, withdraw
from muster.community.register import Place
from muster.model.chat import Channel, Message, Platform
from muster.store import history
from muster.store.chat import NOBODY, ChannelRow, CommunityRow
from muster.store.engine import Writer
from muster.store.history import StateRow

_DAYS_APART = 2
"""Days by which a community's day may lie beside the one of UTC, rounded up."""


_ALWAYS = 1 << 62


class Moved(Exception):
    """Another import has counted something of this batch meanwhile."""


async def store(writer: Writer, batch: Batch, rule: DayRule) -> int:
    """Adds a batch to what is counted; returns how many of its messages were counted before.

    Raises Moved, with nothing changed, where the batch does not begin where the stored progress ends.
    """
    states = await history.states(writer, batch.guild)
    for progress in batch.progress:
        state = states.get((batch.guild, progress.piece.day))
        if progress.piece.start != (state.byte_offset if state else 0):
            raise Moved
    known = await _count(writer, batch, rule) if batch.moments else 0
    await _note(writer, batch, states, known)
    return known


async def _count(writer: Writer, batch: Batch, rule: DayRule) -> int:
    """Counts a batch's messages; returns how many were counted before."""
    community = await history.community(writer, Platform.DISCORD, batch.guild)
    found = await names.channels(writer, community.id, batch.channels)
    own, nobodys = (await hidden.read(writer)).parted(Platform.DISCORD, batch.moments, batch.users)
    there = {batch.users[user] for user, _ in own}
    users = await history.user_ids(writer, Platform.DISCORD, {key: None for key in batch.users if key in there})
    user_of = [users.get(key, NOBODY) for key in batch.users]
    channel_of = [found[name].id for name in batch.channels]
    moments = {(user_of[user], channel_of[channel]): said for (user, channel), said in own.items()}
    for channel, said in nobodys.items():
        moments[NOBODY, channel_of[channel]] = said
    places = places_of(community, found.values(), rule)
    known_exactly = await _exact(writer, found.values())
    busy: set[int] = set()
    if known_exactly:
        first = min(said[0] for said in moments.values()) // DAY - _DAYS_APART
        last = max(said[-1] for said in moments.values()) // DAY + _DAYS_APART
        busy = await history.counted_days(writer, known_exactly, first, last)
        busy |= {channel_of[channel] for channel in nobodys} & set(known_exactly)
    known = 0
    if busy:
        doubtful = {key: said for key, said in moments.items() if key[1] in busy}
        changes = await changes_of(writer, {}, doubtful, {})
        fresh = moments | {key: change.logged for key, change in changes.items()}
        gone = {key: change.gone for key, change in changes.items()}
        for key, change in changes.items():
            known += len(doubtful[key]) - len(change.logged) + len(change.gone)
        await count_moments(writer, fresh, places)
        await remember(writer, {}, moments)
        await withdraw(writer, gone, places)
    elif nobodys:
        await count_moments(writer, moments, places)
        await remember(writer, {}, moments)
    else:
        await add(writer, _with_ids(batch.delta, user_of, channel_of, community.id), places)
        await remember(writer, {}, moments)
    until: dict[int, int] = {}
    for (_, channel), said in moments.items():
        until[channel] = max(until.get(channel, 0), said[-1])
    await history.put_imported(writer, [(channel, at, 0) for channel, at in until.items()])
    return known


async def _exact(writer: Writer, channels: Iterable[ChannelRow]) -> list[int]:
    """Those of channels in which something is known by the platform's time: live, or from an export."""
    exported = {channel for channel, (_, exact) in (await history.imported_until(writer, 0)).items() if exact}
    return [row.id for row in channels if row.mark != history.UNHEARD or row.id in exported]


async def store_export(writer: Writer, channel: Channel, messages: Sequence[Message], rule: DayRule) -> int:
    """Adds messages of an export, all of one channel; returns how many were counted before."""
    of = channel.community
    community = await history.community(writer, of.platform, of.key, of.name)
    rows = {row.key: row for row in await history.channels_of(writer, community.id)}
    row = rows.get(channel.key)
    if row is None:
        (row,) = await history.make_channels(writer, community.id, [(channel.key, channel.name, channel.parent)])
    known = await hidden.read(writer)
    messages = [known.shown(message) for message in messages]
    named = {message.author.key: message.author.name for message in messages if message.author.key}
    users = {"": NOBODY} | await history.user_ids(writer, of.platform, named)
    places = places_of(community, [row], rule)
    said: dict[tuple[int, int], list[int]] = {}
    for message in messages:
        said.setdefault((users[message.author.key], row.id), []).append(message.sent_at)
    changes = await changes_of(writer, said, {}, {row.id: _ALWAYS})
    fresh = {key: Counter(change.exact) for key, change in changes.items()}
    new: list[Said] = []
    for message in messages:
        key = users[message.author.key], row.id
        if fresh[key][message.sent_at] > 0:
            fresh[key][message.sent_at] -= 1
            new.append((key[0], places[row.id], message))
    await add_messages(writer, new)
    await count_moments(writer, {key: change.logged for key, change in changes.items()}, places)
    await withdraw(writer, {key: change.gone for key, change in changes.items()}, places)
    await history.put_imported(writer, [(row.id, messages[-1].sent_at, messages[-1].sent_at)])
    return len(messages) - len(new)


def places_of(community: CommunityRow, rows: Iterable[ChannelRow], rule: DayRule) -> dict[int, Place]:
    """Places as counting wants them, by the channels' ids."""
    return {row.id: Place(row, community, rule, Ledger(row.mark)) for row in rows}


def _with_ids(delta: Delta, users: Sequence[int], channels: Sequence[int], community: int) -> Delta:
    """Sums under the ids of the store."""
    return Delta(
        {(channels[c], day): count for (c, day), count in delta.channel_days.items()},
        {(users[u], channels[c], day): count for (u, c, day), count in delta.user_days.items()},
        {(users[u], community, hour): count for (u, _, hour), count in delta.user_hours.items()},
        {(users[u], community): total for (u, _), total in delta.totals.items()},
        {(users[u], channels[c]): spans for (u, c), spans in delta.spans.items()},
    )


async def _note(writer: Writer, batch: Batch, states: Mapping[tuple[str, str], StateRow], known: int) -> None:
    """Stores how far a batch's days have come. What was counted before is told with the batch's last day."""
    rows: dict[str, StateRow] = {}
    bad: list[tuple[str, str, int, str]] = []
    for progress in batch.progress:
        key = (batch.guild, progress.piece.day)
        old = states.get(key) or StateRow(*key)
        bad += [(*key, old.lines + number, reason) for number, reason in progress.read.bad_lines]
        rows[progress.piece.day] = _advanced(old, progress)
    if known:
        day, last = rows.popitem()
        rows[day] = msgspec.structs.replace(last, known=last.known + known)
    await history.put_states(writer, list(rows.values()))
    await history.add_bad_lines(writer, bad)


def _advanced(old: StateRow, progress: Progress) -> StateRow:
    read = progress.read
    if progress.reason is not None:
        return msgspec.structs.replace(old, status="pending", reason=progress.reason)
    return msgspec.structs.replace(
        old,
        byte_offset=progress.end,
        status="done" if progress.is_done else "partial",
        reason=None,
        lines=old.lines + read.lines,
        messages=old.messages + read.messages,
        edits=old.edits + read.edits,
        bad=old.bad + read.bad,
    )
