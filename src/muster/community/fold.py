"""What a batch of messages adds up to. The order of messages makes no difference."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from muster.community.days import QUARTER, DayRule
from muster.community.moments import DAY
from muster.community.register import Place
from muster.model.chat import Message
from muster.store.tally import SESSION_GAP


class Part(msgspec.Struct, gc=False):
    """What somebody said in a channel within a quarter of an hour, as `store.tally` takes it.

    Clocks of all zones differ by whole quarters, so a part lies in one day and one hour, and no pause in it is as long
    as one that ends a session. `moments`: milliseconds of the UTC day, 4 bytes each.
    """

    user: int
    channel: int
    community: int
    day: int
    hour: int
    utc_day: int
    messages: int
    first_at: int
    last_at: int
    replies: int
    mentions: int
    attachments: int
    moments: bytes


class Total(msgspec.Struct):
    """What somebody did in a community."""

    messages: int = 0
    replies: int = 0
    mentions: int = 0
    attachments: int = 0
    first_at: int = 1 << 62
    last_at: int = 0


class Span(msgspec.Struct):
    """A session, or a part of one: from the first message to the last, in whole seconds since 1970."""

    start: int
    end: int
    messages: int


class Delta(msgspec.Struct):
    """The sums. `channel_days` by channel and day; `user_days` by user, channel, day; the rest by user and community.

    `spans` are the sessions by user and channel, each list sorted and without overlap.
    """

    channel_days: dict[tuple[int, int], int]
    user_days: dict[tuple[int, int, int], int]
    user_hours: dict[tuple[int, int, int], int]
    totals: dict[tuple[int, int], Total]
    spans: dict[tuple[int, int], list[Span]]


def parts(said: Iterable[tuple[int, Place, Message]]) -> list[Part]:
    """Adds up messages, each with the user's id and where it was said."""
    found: dict[tuple[int, Place, int], Part] = {}
    for user, place, message in said:
        at = message.sent_at
        key = (user, place, at // QUARTER)
        part = found.get(key)
        if part is None:
            part = found[key] = _empty(user, place, at)
        part.messages += 1
        part.moments += (at % DAY).to_bytes(4, "little")
        if message.reply_to is not None:
            part.replies += 1
        part.mentions += message.mentions
        part.attachments += message.attachments
        if at < part.first_at:
            part.first_at = at
        elif at > part.last_at:
            part.last_at = at
    return list(found.values())


def _empty(user: int, place: Place, at: int) -> Part:
    day, hour = place.rule.place(at)
    return Part(user, place.row.id, place.community.id, day, hour, at // DAY, 0, at, at, 0, 0, 0, b"")


def clusters(spans: Iterable[Span]) -> list[Span]:
    """Spans with gaps of at most SESSION_GAP between them become one; the result is sorted."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        last = joined[-1] if joined else None
        if last is not None and span.start - last.end <= SESSION_GAP:
            last.end = max(last.end, span.end)
            last.messages += span.messages
        else:
            joined.append(Span(span.start, span.end, span.messages))
    return joined


def fold_moments(said: Mapping[tuple[int, int], Sequence[int]], community: int, rule: DayRule) -> Delta:
    """The same sums of messages of which only the moment is known: sorted milliseconds by user and channel."""
    channel_days: dict[tuple[int, int], int] = {}
    user_days: dict[tuple[int, int, int], int] = {}
    user_hours: dict[tuple[int, int, int], int] = {}
    totals: dict[tuple[int, int], Total] = {}
    spans: dict[tuple[int, int], list[Span]] = {}
    for (user, channel), moments in said.items():
        if not moments:
            continue
        own: dict[int, int] = {}
        found: list[Span] = []
        span = None
        for at in moments:
            second = at // 1000
            if span is not None and second - span.end <= SESSION_GAP:
                span.end = second
                span.messages += 1
            else:
                span = Span(second, second, 1)
                found.append(span)
            day, hour = rule.place(at)
            own[day] = own.get(day, 0) + 1
            of_hour = (user, community, hour)
            user_hours[of_hour] = user_hours.get(of_hour, 0) + 1
        spans[user, channel] = found
        for day, count in own.items():
            user_days[user, channel, day] = count
            channel_days[channel, day] = channel_days.get((channel, day), 0) + count
        total = totals.setdefault((user, community), Total())
        total.messages += len(moments)
        total.first_at = min(total.first_at, moments[0])
        total.last_at = max(total.last_at, moments[-1])
    return Delta(channel_days, user_days, user_hours, totals, spans)
