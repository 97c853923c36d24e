"""Where a message comes both live and from another program's log: it counts once, whichever came first."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence

from muster.community.days import date_of
from muster.community.fold import Span, clusters
from muster.community.moments import DAY, TOLERANCE, Change, by_day, change, pack, unmatched, unpack
from muster.community.register import Place
from muster.model.chat import Message
from muster.store import chat, history
from muster.store.chat import NOBODY, SessionRow
from muster.store.engine import Reader, Writer
from muster.store.history import MomentRow

Said = tuple[int, Place, Message]
"""A message: the user's id, where it was said, and what."""

Moments = Mapping[tuple[int, int], Sequence[int]]
"""Milliseconds since 1970 by user and channel."""

_NEVER = 1 << 62


async def against_history(writer: Writer, said: Sequence[Said]) -> tuple[Sequence[Said], dict[tuple[int, int], Change]]:
    """What of live messages is not counted by an import yet, and what changes in what is."""
    known = await history.imported_until(writer, min((m.sent_at for _, _, m in said), default=0) - TOLERANCE)
    concerned: dict[tuple[int, int], list[int]] = {}
    for user, place, message in said if known else ():
        channel = place.row.id
        if channel in known and message.sent_at - TOLERANCE <= known[channel][0]:
            concerned.setdefault((user, channel), []).append(message.sent_at)
    if not concerned:
        return said, {}
    again = {channel: exact for channel, (_, exact) in known.items()}
    changes = await changes_of(writer, concerned, {}, again)
    fresh = {key: Counter(found.exact) for key, found in changes.items()}
    kept: list[Said] = []
    for each in said:
        user, place, message = each
        at, of_key = message.sent_at, fresh.get((user, place.row.id))
        if of_key is not None and at - TOLERANCE <= known[place.row.id][0]:
            if of_key[at] == 0:
                continue
            of_key[at] -= 1
        kept.append(each)
    return kept, changes


async def changes_of(
    reader: Reader, exact: Moments, logged: Moments, again: Mapping[int, int]
) -> dict[tuple[int, int], Change]:
    """What comes of further moments, by user and channel.

    `again`: until when, by channel, exact moments may be of messages that are counted.
    """
    keys = {*exact, *logged}
    ends = [end for each in (*exact.values(), *logged.values()) if each for end in (min(each), max(each))]
    if not ends:
        return {}
    rows = await _stored(reader, keys, min(ends) // DAY - 1, max(ends) // DAY + 1)
    found: dict[tuple[int, int], Change] = {}
    for key in keys:
        old_exact, old_logged = _unpacked(rows.get(key, ()))
        found[key] = change(old_exact, old_logged, exact.get(key, ()), logged.get(key, ()), again.get(key[1], 0))
    return found


async def remember(writer: Writer, exact: Moments, logged: Moments) -> None:
    """Keeps moments."""
    rows: dict[tuple[int, int, int], tuple[bytes, bytes]] = {}
    for (user, channel), moments in exact.items():
        for day, found in by_day(moments).items():
            rows[user, channel, day] = pack(day, found), b""
    for (user, channel), moments in logged.items():
        for day, found in by_day(moments).items():
            rows[user, channel, day] = rows.get((user, channel, day), (b"", b""))[0], pack(day, found)
    await history.add_moments(writer, [(*key, *packed) for key, packed in rows.items()])


async def withdraw(writer: Writer, gone: Moments, places: Mapping[int, Place], vanished: Moments | None = None) -> None:
    """Takes messages out of everything that is counted. Their moments are out of what is kept by now.

    `vanished`: those of them that do not count elsewhere in the same community now; without it, all.
    """
    gone = {key: moments for key, moments in gone.items() if moments}
    if not gone:
        return
    await _withdraw_days(writer, gone, places)
    gone = {key: moments for key, moments in gone.items() if key[0] != NOBODY}
    if not gone:
        return
    user_days: Counter[tuple[int, int, int]] = Counter()
    hours: Counter[tuple[int, int, int]] = Counter()
    totals: Counter[tuple[int, int]] = Counter()
    for (user, channel), moments in gone.items():
        place = places[channel]
        for at in moments:
            day, hour = place.rule.place(at)
            user_days[user, channel, day] -= 1
            hours[user, place.community.id, hour] -= 1
        totals[user, place.community.id] -= len(moments)
    await chat.add_user_days(writer, user_days)
    await chat.add_user_hours(writer, hours)
    await chat.add_totals(writer, [(*key, count, 0, 0, 0, _NEVER, 0) for key, count in totals.items()])
    await history.drop_nothing(writer, (), gone, totals)
    await _part_sessions(writer, gone, places)
    lost = gone if vanished is None else {key: moments for key, moments in vanished.items() if key[0] != NOBODY}
    await _find_ends(writer, lost, places)


async def _withdraw_days(writer: Writer, gone: Moments, places: Mapping[int, Place]) -> None:
    """Takes messages out of the days of channels."""
    channel_days: Counter[tuple[int, int]] = Counter()
    for (_, channel), moments in gone.items():
        for at in moments:
            channel_days[channel, places[channel].rule.place(at)[0]] -= 1
    names = {channel: (place.community.key, place.row.key) for channel, place in places.items()}
    days = [(*names[channel], date_of(day), count) for (channel, day), count in channel_days.items()]
    await chat.add_days(writer, days)
    await history.drop_nothing(writer, {names[channel] for _, channel in gone}, (), ())


async def _part_sessions(writer: Writer, gone: Moments, places: Mapping[int, Place]) -> None:
    """Sessions that held a message that is gone become what is left of them."""
    seconds = {key: sorted(at // 1000 for at in moments) for key, moments in gone.items()}
    begin, end = min(each[0] for each in seconds.values()), max(each[-1] for each in seconds.values())
    held = [
        row
        for row in await chat.sessions_near(writer, list(gone), begin, end)
        if _between(seconds[row.user_id, row.channel_id], row.start, row.end)
    ]
    if not held:
        return
    first, last = min(row.start for row in held), max(row.end for row in held)
    rows = await _stored(writer, set(gone), first * 1000 // DAY - 1, last * 1000 // DAY + 1)
    left = {key: sorted(at // 1000 for at in _counted(found)) for key, found in rows.items()}
    changed: list[SessionRow] = []
    dropped: list[int] = []
    free = await chat.next_session(writer)
    for row in held:
        key = row.user_id, row.channel_id
        parts = clusters(Span(at, at, 1) for at in _between(left.get(key, ()), row.start, row.end))
        if not parts:
            dropped.append(row.session_id)
        for n, part in enumerate(parts):
            session = row.session_id if n == 0 else free
            free += n > 0
            changed.append(SessionRow(session, *key, part.start, part.end, part.messages))
    names = {channel: (place.community.platform, place.row.key) for channel, place in places.items()}
    await chat.put_sessions(writer, changed, names, dropped)


def _between(found: Sequence[int], first: int, last: int) -> Sequence[int]:
    """Those of sorted numbers from `first` to `last`."""
    return found[bisect_left(found, first) : bisect_right(found, last)]


async def _find_ends(writer: Writer, gone: Moments, places: Mapping[int, Place]) -> None:
    """First and last moment anew, of those who lost one of them."""
    lost: dict[tuple[int, int], list[int]] = {}
    for (user, channel), moments in gone.items():
        lost.setdefault((user, places[channel].community.id), []).extend(moments)
    ends = await history.ends(writer, lost)
    rows: list[tuple[int, int, int, int]] = []
    for (user, community), moments in lost.items():
        first, last = ends.get((user, community), (0, 0))
        if min(moments, default=last) > first and max(moments, default=first) < last:
            continue
        by_channel: dict[int, list[MomentRow]] = {}
        for row in await history.moments_at_ends(writer, user, community):
            by_channel.setdefault(row.channel_id, []).append(row)
        counted = [at for found in by_channel.values() for at in _counted(found)]
        if counted:
            rows.append((user, community, min(counted), max(counted)))
    await history.set_ends(writer, rows)


async def _stored(
    reader: Reader, keys: set[tuple[int, int]], first: int, last: int
) -> dict[tuple[int, int], list[MomentRow]]:
    """What is kept of users in channels between two UTC days."""
    found: dict[tuple[int, int], list[MomentRow]] = {}
    people, channels = {user for user, _ in keys}, sorted({channel for _, channel in keys})
    for row in await history.moments(reader, people, channels, first, last):
        found.setdefault((row.user_id, row.channel_id), []).append(row)
    return found


def _unpacked(rows: Sequence[MomentRow]) -> tuple[list[int], list[int]]:
    exact = sorted(at for row in rows for at in unpack(row.day, row.exact))
    return exact, sorted(at for row in rows for at in unpack(row.day, row.logged))


def _counted(rows: Sequence[MomentRow]) -> list[int]:
    """The moments that count."""
    exact, logged = _unpacked(rows)
    return [*exact, *unmatched(exact, logged)]
