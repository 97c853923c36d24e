"""Counting a batch of messages: one transaction, additive, all or nothing."""

import json
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from muster.community.days import date_of
from muster.community.fold import Delta, Span, clusters, fold_moments, parts
from muster.community.overlap import Moments, Said, against_history, withdraw
from muster.community.policies import Policies, Policy
from muster.community.register import Newcomers, Place, Register
from muster.model.chat import Message
from muster.store import chat, log, tally
from muster.store.chat import NOBODY, SessionRow
from muster.store.engine import Writer
from muster.store.tally import SESSION_GAP

Taken = tuple[Place, Message]
"""A message and the place whose ledger took it."""


async def count(
    writer: Writer, register: Register, policies: Policies, batch: Sequence[Taken], marks: Mapping[Place, int]
) -> Newcomers:
    """Adds messages to everything that is counted, and keeps the texts that policies want.

    `marks`: where the marks of these channels may stand then.
    """
    standing = {place: place.row.mark for place, _ in batch} | dict(marks)
    stored = await register.put(writer, standing.items(), batch)
    places = {place.row.id: place for place in standing}
    moved = {place.row.id: mark for place, mark in standing.items() if mark > place.row.mark}
    await chat.note_recent(writer, _beyond(batch, standing), moved)
    said, changes = await against_history(writer, _attributed(batch, stored))
    await add_messages(writer, said)
    await count_moments(writer, {key: change.logged for key, change in changes.items()}, places)
    await withdraw(writer, {key: change.gone for key, change in changes.items()}, places)
    await log.add_texts(writer, _texts(policies, said))
    for place in places.values():
        if policies.is_unbound(place.community.platform, place.row.name) and register.is_only(place):
            await log.bind(writer, place.community.platform, place.row.name, place.row.key)
    return stored


def _attributed(batch: Sequence[Taken], stored: Newcomers) -> list[Said]:
    users = stored.users
    return [(users[place.community.platform, message.author.key].user_id, place, message) for place, message in batch]


def _beyond(batch: Sequence[Taken], standing: Mapping[Place, int]) -> dict[int, list[int]]:
    """Numbers of messages behind their channels' marks, by channel."""
    found: dict[int, list[int]] = {}
    for place, message in batch:
        if message.number > standing[place]:
            found.setdefault(place.row.id, []).append(message.number)
    return found


async def add_messages(writer: Writer, said: Iterable[Said]) -> None:
    """Adds messages to everything that is counted, and keeps their moments."""
    await tally.add_parts(writer, [msgspec.structs.astuple(part) for part in parts(said)])


def _texts(policies: Policies, said: Iterable[Said]) -> list[tuple[int, int, int, str, float | None, str | None]]:
    """What was written where the policies want it kept, as rows of the log."""
    rows: list[tuple[int, int, int, str, float | None, str | None]] = []
    wanted: dict[Place, Policy] = {}
    for user, place, message in said:
        policy = wanted.get(place)
        if policy is None:
            policy = wanted[place] = policy_of(policies, place)
        if not policy.enabled or not message.text:
            continue
        rate = policies.rate(policy, message.number, reply=message.reply_to is not None)
        if rate is not None:
            row = place.row.id, message.number, user, message.text, None if rate == 1 else rate, about(message)
            rows.append(row)
    return rows


def policy_of(policies: Policies, place: Place) -> Policy:
    """The policy of a place."""
    row = place.row
    return policies.of(place.community.platform, row.key, row.name, row.parent)


def kept_at(policies: Policies, place: Place, message: Message) -> float | None:
    """The sampling rate a message's text is kept at; None where it is not."""
    return policies.rate(policy_of(policies, place), message.number, reply=message.reply_to is not None)


def about(message: Message) -> str | None:
    """What is known of a message beside its text, as JSON; None where there is nothing."""
    about = {"reply_to": message.reply_to, "mentions": message.mentions, "attachments": message.attachments}
    told = {name: value for name, value in about.items() if value}
    return json.dumps(told, separators=(",", ":")) if told else None


async def count_moments(writer: Writer, said: Moments, places: Mapping[int, Place]) -> None:
    """Adds messages of which only the moment is known, sorted by user and channel, to everything that is counted."""
    parts: dict[int, dict[tuple[int, int], Sequence[int]]] = {}
    for key, moments in said.items():
        if moments:
            parts.setdefault(places[key[1]].community.id, {})[key] = moments
    for community, part in parts.items():
        rule = places[next(iter(part))[1]].rule
        await add(writer, fold_moments(part, community, rule), places)


async def add(writer: Writer, delta: Delta, places: Mapping[int, Place]) -> None:
    """Adds sums to everything that is counted. `places`: by the channels' ids."""
    delta = _of_people(delta)
    days = [
        (places[channel].community.key, places[channel].row.key, date_of(day), messages)
        for (channel, day), messages in delta.channel_days.items()
    ]
    await chat.add_days(writer, days)
    await chat.add_user_days(writer, delta.user_days)
    await chat.add_user_hours(writer, delta.user_hours)
    totals = [(*key, *msgspec.structs.astuple(total)) for key, total in delta.totals.items()]
    await chat.add_totals(writer, totals)
    await _join_sessions(writer, delta.spans, places)


def _of_people(delta: Delta) -> Delta:
    """Sums in which nobody counts for the channels alone."""
    if all(user != NOBODY for user, _ in delta.totals):
        return delta
    return Delta(
        delta.channel_days,
        {key: count for key, count in delta.user_days.items() if key[0] != NOBODY},
        {key: count for key, count in delta.user_hours.items() if key[0] != NOBODY},
        {key: total for key, total in delta.totals.items() if key[0] != NOBODY},
        {key: spans for key, spans in delta.spans.items() if key[0] != NOBODY},
    )


async def _join_sessions(
    writer: Writer, spans: Mapping[tuple[int, int], list[Span]], places: Mapping[int, Place]
) -> None:
    """Joins what was said to the sessions that are stored."""
    found: dict[tuple[int, int], list[SessionRow]] = {}
    begin = min((each[0].start for each in spans.values()), default=0) - SESSION_GAP
    end = max((each[-1].end for each in spans.values()), default=0) + SESSION_GAP
    for row in await chat.sessions_near(writer, list(spans), begin, end):
        found.setdefault((row.user_id, row.channel_id), []).append(row)
    free = await chat.next_session(writer)
    rows: list[SessionRow] = []
    gone: list[int] = []
    for key, new in spans.items():
        old = found.get(key, [])
        by_start = {row.start: row for row in old}
        for span in clusters([*(Span(row.start, row.end, row.messages) for row in old), *new]):
            inside = [row for row in old if span.start <= row.start <= span.end]
            kept = inside[0].session_id if inside else free
            free += not inside
            gone += [row.session_id for row in inside[1:]]
            session = SessionRow(kept, *key, span.start, span.end, span.messages)
            if by_start.get(span.start) != session:
                rows.append(session)
    await chat.put_sessions(
        writer, rows, {channel: (place.community.platform, place.row.key) for channel, place in places.items()}, gone
    )
