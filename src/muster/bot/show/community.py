"""Who writes, when, how much and where, as pages.

Channels are shown as mentions: each reader's Discord shows their names only to who may see them.
"""

from collections.abc import Callable, Sequence
from typing import Final

from muster.bot import text
from muster.bot.pages import GREY, Answer, Page, Picture, Table, in_pages, in_parts
from muster.bot.show.player_words import facts, signed
from muster.charts import pictures
from muster.stats.values.chat import (
    ActiveHours,
    Activity,
    ChannelCount,
    ChannelRef,
    ChatSession,
    ChatSessions,
    Days,
    EmojiCount,
    ServerActivity,
    ServerDay,
    TopChatters,
    VoiceChannel,
)

Sees = Callable[[ChannelRef], bool]
"""Whether the asker sees a channel."""

MOST_CHANNELS: Final = 10
SESSIONS_ON_A_PAGE: Final = 12
MOST_DAYS: Final = 150
"""Days that can be leafed through; a period leads to earlier ones."""
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_BUSIEST: Final = 5


def activity(found: Activity, sees: Sees, timezone: str) -> Answer:
    """What somebody does here, with the hours he writes at as a picture."""
    title = f"Activity of {text.called(found.user.name, found.user.key)}"
    rank = "–" if found.rank is None else f"{found.rank:,}/{found.ranked:,}"
    of_days = [
        ("Messages", f"{found.messages:,}"),
        ("Rank", rank),
        ("Days active", f"{found.active_days:,}"),
        ("Sessions", f"{found.sessions:,}"),
        ("In them", hours(found.seconds)),
    ]
    of_days += [("Voice", hours(found.voice_seconds))] if found.all_voice_seconds else []
    ever = [
        ("Streak", text.counted(found.streak, "day")),
        ("Longest", text.counted(found.longest_streak, "day")),
        ("Replies", f"{found.replies:,}"),
        ("Mentions", f"{found.mentions:,}"),
        ("Attached", f"{found.attachments:,}"),
    ]
    parts: list[str | Table] = [Table(tuple(facts(of_days)), above=about(found.days))]
    parts += _channels(found.channels, sees)
    parts += _voice_channels(found.voice_channels, sees)
    parts.append(Table(tuple(facts(ever)), above="-# all time"))
    parts += [" ".join(f"{emoji(one)} {one.uses:,}" for one in found.emoji)] if found.emoji else []
    parts.append(_when(found))
    picture = _week(found.user.name or found.user.key, found.hours, timezone)
    footer = "streak: days in a row with a message, up to today or yesterday"
    return Answer(in_parts(title, parts, footer=footer), picture=picture)


def _when(found: Activity) -> str:
    """First and last message, and all the time in voice."""
    voice = f" In voice {hours(found.all_voice_seconds)} in all." if found.all_voice_seconds else ""
    if found.first_at is None or found.last_at is None:
        return f"No message yet.{voice}"
    return f"First message {text.moment(found.first_at, 'D')}, last {text.moment(found.last_at, 'R')}.{voice}"


def _voice_channels(found: Sequence[VoiceChannel], sees: Sees) -> list[str]:
    """Where somebody was in voice, most first; what the asker does not see stands together."""
    shown = [one for one in found if sees(one.channel)][:MOST_CHANNELS]
    elsewhere = sum(one.seconds for one in found) - sum(one.seconds for one in shown)
    lines = [f"<#{one.channel.key}> **{hours(one.seconds)}** in voice" for one in shown]
    lines += [f"elsewhere {hours(elsewhere)} in voice"] if elsewhere else []
    return ["\n".join(lines)] if lines else []


def hours(seconds: int) -> str:
    """Seconds as hours."""
    return f"{seconds / 3600:,.1f} h"


def emoji(one: EmojiCount) -> str:
    """An emoji as Discord shows it; a custom one by its id."""
    return f"<:{one.name}:{one.emoji}>" if one.name else one.emoji


def server_activity(found: ServerActivity, sees: Sees, nothing: str) -> Answer:
    """A server day by day, with a picture."""
    title = f"Activity of {text.called(found.community.name, found.community.key)}"
    if not found.daily:
        hint = "Ask again with `period: all`." if found.days.first else nothing
        return Answer((Page(title, f"{about(found.days)}\nNothing was counted on these days. {hint}", colour=GREY),))
    average = found.messages / len(found.daily)
    sums = [
        ("Messages", f"{found.messages:,}"),
        ("a day", f"{average:,.1f}" if average < 100 else f"{average:,.0f}"),
        ("Wrote", f"{found.writers:,}"),
        ("Members", text.number(found.members)),
        ("Change", signed(found.change)),
    ]
    sums += [("Voice", hours(found.voice_seconds)), ("by people", f"{found.in_voice:,}")] if found.in_voice else []
    sums += [("Joined", f"{found.joined:,}"), ("Left", f"{found.left:,}")] if found.joined or found.left else []
    parts: list[str | Table] = [Table(tuple(facts(sums)), above=about(found.days))]
    parts += _channels(found.channels, sees)
    head, *lines = text.table(
        ("day", "msgs", "wrote", "membrs", "±"), [_day(day) for day in reversed(found.daily[-MOST_DAYS:])]
    )
    earlier = len(found.daily) - MOST_DAYS
    footer = "members: counted when the day begins"
    footer += "; * later than that" if any(day.late for day in found.daily) else ""
    footer += f" · {earlier:,} earlier days: name a month" if earlier > 0 else ""
    pages = (
        *in_parts(title, parts, footer=footer, label="Overview"),
        *in_pages(title, lines, head=[head], above=about(found.days), footer=footer, label="Days"),
        *_voice_days(found, title),
    )
    picture = Picture("server_activity.png", pictures.server_activity, (found,))
    return Answer(pages, picture=picture, views=True)


def _voice_days(found: ServerActivity, title: str) -> tuple[Page, ...]:
    """Voice, joins and leaves day by day, where there are any."""
    if not (found.in_voice or found.joined or found.left):
        return ()
    rows = [
        (_date(day), hours(day.voice_seconds), f"{day.joined:,}", f"{day.left:,}")
        for day in reversed(found.daily[-MOST_DAYS:])
    ]
    head, *lines = text.table(("day", "in voice", "joined", "left"), rows)
    footer = "joined and left: as heard; the change of members counts what was not heard, too"
    return in_pages(title, lines, head=[head], above=about(found.days), footer=footer, label="Voice, joins")


def top_chatters(found: TopChatters, nothing: str) -> Answer:
    """Who writes most: messages decide, days with a message beside them."""
    title = "Top chatters · messages"
    where = "" if found.channel is None else f"in <#{found.channel.key}> and its threads"
    above = about(found.days, where)
    if not found.entries:
        return Answer((Page(title, f"{above}\n{_nobody(found, nothing)}", colour=GREY),))
    rows = [
        (
            f"{entry.rank:>2} {text.cell(entry.user.name, entry.user.key)}",
            f"{entry.messages:,}",
            f"{entry.messages / found.messages:.1%}",
            f"{entry.active_days:,}",
        )
        for entry in found.entries
    ]
    head, *lines = text.table((" # who", "messages", "share", "days"), rows)
    footer = f"{text.counted(found.messages, 'message')} by {text.number(found.total)}; days: with a message"
    return Answer(in_pages(title, lines, head=[head], above=above, footer=footer))


def _nobody(found: TopChatters, nothing: str) -> str:
    if found.total:
        return f"Nobody is on place {found.offset + 1:,}: the last one taken is {found.total:,}."
    if found.days.first is not None or found.channel is not None:
        return "Nobody wrote anything there then: another period or channel may have somebody."
    return nothing


def active_hours(found: ActiveHours, nothing: str) -> Answer:
    """The week as a heat map, and the busiest hours in words."""
    who = found.community.name or found.community.key
    if found.user is not None:
        who = found.user.name or found.user.key
    title = f"Active hours of {text.called(who)}"
    if not found.messages:
        return Answer((Page(title, nothing, colour=GREY),))
    busiest = sorted(range(len(found.hours)), key=lambda hour: (-found.hours[hour], hour))[:_BUSIEST]
    rows = [
        (_hour(place), f"{found.hours[place]:,}", f"{found.hours[place] / found.messages:.1%}")
        for place in busiest
        if found.hours[place]
    ]
    head, *lines = text.table(("busiest hours", "messages", "share"), rows)
    by_day = [sum(found.hours[24 * day : 24 * day + 24]) for day in range(7)]
    weekdays = " · ".join(f"{_DAYS[day]} {by_day[day] / found.messages:.0%}" for day in range(7))
    parts: list[str | Table] = [f"-# all time · clock of {found.timezone}", Table(tuple(lines), (head,)), weekdays]
    footer = text.counted(found.messages, "message")
    return Answer(in_parts(title, parts, footer=footer), picture=_week(who, found.hours, found.timezone))


def sessions(found: ChatSessions, sees: Sees) -> Answer:
    """Somebody's sessions, the latest first."""
    title = f"Chat sessions of {text.called(found.user.name, found.user.key)}"
    above = about(found.days, "latest first", "a pause of 15 minutes ends one")
    if not found.sessions:
        words = f"{above}\nNo session began on these days. Ask again with `period: all`."
        return Answer((Page(title, words, colour=GREY),))
    more = found.total - found.offset - len(found.sessions)
    sums = f"{text.counted(found.total, 'session')}, {text.span(found.seconds)}, {found.messages:,} messages"
    footer = sums + (f" · {more:,} earlier ones: name a month" if more > 0 else "")
    lines = [_session(one, sees) for one in found.sessions]
    starts = range(0, len(lines), SESSIONS_ON_A_PAGE)
    pages = []
    for number, at in enumerate(starts, 1):
        count = f" · page {number} of {len(starts)}" if len(starts) > 1 else ""
        shown = "\n".join(lines[at : at + SESSIONS_ON_A_PAGE])
        pages.append(Page(title, f"{above}\n{shown}", footer=f"{footer}{count}"))
    return Answer(tuple(pages))


def _session(one: ChatSession, sees: Sees) -> str:
    where = f"<#{one.channel.key}>" if sees(one.channel) else "elsewhere"
    return " · ".join(
        part for part in (text.moment(one.began_at), where, _length(one), text.counted(one.messages, "message")) if part
    )


def _length(one: ChatSession) -> str:
    """A session's length; that of a single message is none."""
    if one.seconds == 0:
        return ""
    return f"{one.seconds} s" if one.seconds < 60 else text.span(one.seconds)


def about(days: Days, *more: str) -> str:
    """The line over an answer: which days, and what else limits it."""
    period = "all time" if days.first is None else days.period.name
    return "-# " + " · ".join(part for part in (period, *more) if part)


def _channels(counts: Sequence[ChannelCount], sees: Sees) -> list[str]:
    """Where it was written, most first; threads within their channel. What the asker does not see stands together."""
    top = [one for one in counts if one.channel.parent is None]
    seen = [one for one in top if sees(one.channel)]
    shown = seen[:MOST_CHANNELS]
    lines = [_channel(one) for one in shown]
    elsewhere = sum(one.with_threads for one in top) - sum(one.with_threads for one in shown)
    if elsewhere:
        lines.append(f"elsewhere {elsewhere:,}")
    return ["\n".join(lines)] if lines else []


def _channel(one: ChannelCount) -> str:
    threads = one.with_threads - one.messages
    return f"<#{one.channel.key}> **{one.with_threads:,}**" + (f", {threads:,} of them in threads" if threads else "")


def _day(day: ServerDay) -> tuple[str, ...]:
    members = text.number(day.members) + ("*" if day.late else "")
    change = "–" if day.change is None else signed(day.change) if day.change else "0"
    return _date(day), f"{day.messages:,}", f"{day.writers:,}", members, change


def _date(day: ServerDay) -> str:
    return f"{day.day:%m-%d} {_DAYS[day.day.weekday()]}"


def _hour(place: int) -> str:
    day, hour = divmod(place, 24)
    return f"{_DAYS[day]} {hour:02}:00"


def _week(name: str, hours: tuple[int, ...], timezone: str) -> Picture:
    return Picture("active_hours.png", pictures.week, (name, f"{sum(hours):,} messages · {timezone}", hours))
