"""Counting a batch of messages: one transaction, additive, all or nothing."""

import json
from collections.abc import Mapping, Sequence

import msgspec

from muster.community.days import date_of
from muster.community.fold import SESSION_GAP, Delta, Said, Span, clusters, fold, fold_moments
from muster.community.overlap import Moments, against_history, remember, withdraw
from muster.community.policies import Policies
from muster.community.register import Newcomers, Place, Register
from muster.model.chat import Message
from muster.store import chat, log
from muster.store.chat import SessionRow
from muster.store.engine import Writer

Taken = tuple[Place, Message]
"""A message and the place whose ledger took it."""


async def count(
    writer: Writer, register: Register, policies: Policies, batch: Sequence[Taken], marks: Mapping[Place, int]
) -> Newcomers:
    """Adds messages to everything that is counted, and keeps the texts that policies want.

    `marks`: where the marks of these channels may stand then.
    """
    standing = {place: place.row.mark for place, _ in batch} | dict(marks)
    stored = await register.put(writer, standing.items(), [message.author for _, message in batch])
    said, changes = await against_history(writer, _said(batch, stored))
    places = {place.row.id: place for place, _ in batch}
    beyond = [(place.row.id, m.number) for place, m in batch if m.number > standing[place]]
    moved = {place.row.id: mark for place, mark in standing.items() if mark > place.row.mark}
    await chat.note_recent(writer, beyond, moved)
    await add(writer, fold(said), places)
    await remember(writer, _moments(said), {})
    await count_moments(writer, {key: change.logged for key, change in changes.items()}, places)
    await withdraw(writer, {key: change.gone for key, change in changes.items()}, places)
    await log.add_texts(writer, _texts(policies, batch, stored))
    for place in places.values():
        if policies.is_unbound(place.community.platform, place.row.name) and register.is_only(place):
            await log.bind(writer, place.community.platform, place.row.name, place.row.key)
    return stored


def _texts(
    policies: Policies, batch: Sequence[Taken], stored: Newcomers
) -> list[tuple[int, int, int, str, float | None, str | None]]:
    """What was written where the policies want it kept, as rows of the log."""
    rows: list[tuple[int, int, int, str, float | None, str | None]] = []
    for place, message in batch:
        rate = kept_at(policies, place, message)
        if rate is not None and message.text:
            user = stored.users[message.author.platform, message.author.key].user_id
            row = place.row.id, message.number, user, message.text, None if rate == 1 else rate, about(message)
            rows.append(row)
    return rows


def kept_at(policies: Policies, place: Place, message: Message) -> float | None:
    """The sampling rate a message's text is kept at; None where it is not."""
    row = place.row
    policy = policies.of(place.community.platform, row.key, row.name, row.parent)
    return policies.rate(policy, message.number, reply=message.reply_to is not None)


def about(message: Message) -> str | None:
    """What is known of a message beside its text, as JSON; None where there is nothing."""
    about = {"reply_to": message.reply_to, "mentions": message.mentions, "attachments": message.attachments}
    told = {name: value for name, value in about.items() if value}
    return json.dumps(told, separators=(",", ":")) if told else None


def _said(batch: Sequence[Taken], stored: Newcomers) -> list[Said]:
    found: list[Said] = []
    for place, message in batch:
        author = message.author
        day, hour = place.rule.place(message.sent_at)
        user = stored.users[author.platform, author.key].user_id
        found.append(Said(message, user, place.row.id, place.community.id, day, hour))
    return found


def _moments(said: Sequence[Said]) -> dict[tuple[int, int], list[int]]:
    found: dict[tuple[int, int], list[int]] = {}
    for each in said:
        found.setdefault((each.user, each.channel), []).append(each.message.sent_at)
    return found


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
