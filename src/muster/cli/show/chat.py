"""Who writes, when and how much."""

from collections.abc import Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text

from muster.cli.show import style, text
from muster.cli.show.grid import Column, Grid, Row, Section
from muster.cli.show.pieces import Bar, Facts, heading, page, remark
from muster.stats.formulas import NO_DATA
from muster.stats.values.chat import (
    ActiveHours,
    Activity,
    ChannelCount,
    ChannelRef,
    ChatSession,
    ChatSessions,
    Chatter,
    ChatterChoice,
    ChatterEntry,
    CommunityRef,
    Days,
    ServerActivity,
    ServerDay,
    TopChatters,
    VoiceChannel,
)
from muster.stats.values.presence import TopVoice

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SHADES: Final = " ░▒▓█"
_MOST_CHANNELS: Final = 12


def top(value: TopChatters) -> RenderableType:
    """The ranking by messages."""
    where = f"#{_channel(value.channel)} and its threads" if value.channel else ""
    title = _title("Top chatters", value.community, value.days, where)
    if not value.entries:
        return page(title, Text("Nobody wrote anything here then." if not value.total else "There are fewer people."))
    most = value.entries[0].messages
    columns = [
        Column("#"),
        Column("Who", left=True, least=16, most=28),
        Column("Messages", style=style.DECIDES),
        Column("Share, %"),
        Column("", 1, left=True, least=6, most=24),
        Column("Active days"),
    ]
    rows = [_entry(entry, value.messages, most) for entry in value.entries]
    last = value.offset + len(rows)
    part = f"places {value.offset + 1:,} to {last:,} of {value.total:,}" if len(rows) < value.total else ""
    below = remark(f"{text.counted(value.messages, 'message')} by {value.total:,}", part)
    return page(title, Grid(columns, [Section(rows)]), below)


def activity(value: Activity) -> RenderableType:
    """One person."""
    of_days = Facts(
        [
            text.counted(value.messages, "message"),
            "" if value.rank is None else f"rank {value.rank:,} of {value.ranked:,}",
            text.counted(value.active_days, "active day"),
            text.counted(value.sessions, "session"),
            f"{text.span(value.seconds)} in them",
            f"{text.span(value.voice_seconds)} in voice" if value.all_voice_seconds else "",
        ]
    )
    ever = Facts(
        [
            text.counted(value.all_messages, "message"),
            text.counted(value.replies, "reply", "replies"),
            text.counted(value.mentions, "mention"),
            text.counted(value.attachments, "attachment"),
            f"{text.counted(value.streak, 'day')} in a row now, {value.longest_streak:,} at most",
            *_ends(value),
        ]
    )
    title = _title(f"Activity of {_name(value.user)}", value.community, value.days)
    return page(
        Group(title, of_days),
        _channels(value.channels),
        _voice(value.voice_channels),
        Group(heading("All time"), ever),
        week(value.hours),
    )


def _ends(value: Activity) -> list[str]:
    voice = [f"{text.span(value.all_voice_seconds)} in voice"] if value.all_voice_seconds else []
    emoji = [" ".join(f"{text.plain(one.name) or one.emoji} {one.uses:,}" for one in value.emoji)]
    if value.first_at is None or value.last_at is None:
        return [*voice, *emoji]
    return [f"first {text.minute(value.first_at)}, last {text.minute(value.last_at)} UTC", *voice, *emoji]


def _voice(found: Sequence[VoiceChannel]) -> RenderableType | None:
    if not found:
        return None
    columns = [Column("Voice channel", left=True, least=12, most=32), Column("In voice")]
    rows: list[Row] = [[f"#{_channel(one.channel)}", text.span(one.seconds)] for one in found[:_MOST_CHANNELS]]
    return Grid(columns, [Section(rows)])


def hours(value: ActiveHours) -> RenderableType:
    """The week as a heat map."""
    who = "" if value.user is None else _name(value.user)
    title = text.joined(Text("Active hours", style.TITLE), who, text.plain(value.community.name), "all time")
    if not value.messages:
        return page(title, Text("Nothing is counted here yet."))
    return page(title, week(value.hours), remark(text.counted(value.messages, "message"), f"clock: {value.timezone}"))


def days(value: ServerActivity) -> RenderableType:
    """A community day by day, and its channels."""
    title = _title("Activity", value.community, value.days)
    if not value.daily:
        return page(title, Text("Nothing was counted on these days."))
    most = max(day.messages for day in value.daily)
    columns = [
        Column("Day", left=True, style=style.HEAD),
        Column("Messages", style=style.DECIDES),
        Column("", 1, left=True, least=6, most=24),
        Column("People"),
        Column("Members"),
        Column("±", 2),
    ]
    columns += [Column("In voice")] if value.in_voice else []
    columns += [Column("Joined"), Column("Left")] if value.joined or value.left else []
    rows = [[*_day(day, most), *_more(day, value)] for day in value.daily]
    below = remark(
        f"{text.counted(value.messages, 'message')} by {value.writers:,}",
        "" if value.members is None else f"{text.counted(value.members, 'member')}, {text.change(value.change)}",
        "* members counted later than at the begin of the day" if any(day.late for day in value.daily) else "",
    )
    return page(title, Grid(columns, [Section(rows)]), below, _channels(value.channels))


def voice(value: TopVoice) -> RenderableType:
    """The ranking by time in voice."""
    title = _title("Top voice", value.community, value.days)
    if not value.entries:
        return page(title, Text("Nobody was in voice then." if not value.total else "There are fewer people."))
    columns = [
        Column("#"),
        Column("Who", left=True, least=16, most=28),
        Column("In voice", style=style.DECIDES),
        Column("", 1, left=True, least=6, most=24),
        Column("Days"),
    ]
    most = max(value.entries[0].seconds, 1)
    rows: list[Row] = [
        [
            text.number(entry.rank),
            Text(_name(entry.user), style.BEST if entry.rank == 1 else ""),
            text.span(entry.seconds),
            Bar(entry.seconds / most),
            text.number(entry.days),
        ]
        for entry in value.entries
    ]
    return page(title, Grid(columns, [Section(rows)]), remark(f"{text.span(value.seconds)} by {value.total:,}"))


def sessions(value: ChatSessions) -> RenderableType:
    """A row for each session, the latest first."""
    title = _title(f"Chat sessions of {_name(value.user)}", value.community, value.days)
    if not value.sessions:
        return page(title, Text("No session began on these days."))
    columns = [
        Column("Began, UTC", left=True, style=style.HEAD),
        Column("Channel", left=True, least=10, most=28),
        Column("Length"),
        Column("Messages"),
    ]
    last = value.offset + len(value.sessions)
    part = f"{value.offset + 1:,} to {last:,}" if len(value.sessions) < value.total else ""
    sums = (text.counted(value.total, "session"), text.span(value.seconds), text.counted(value.messages, "message"))
    below = remark(part, *sums, "a pause of 15 minutes ends one")
    return page(title, Grid(columns, [Section([_session(one) for one in value.sessions])]), below)


def choice(value: ChatterChoice) -> RenderableType:
    """Did you mean …"""
    columns = [Column("Who", left=True, least=16, most=28), Column("id", left=True), Column("Messages")]
    rows: list[Row] = [
        [Text(_name(c.user), style.HEAD), text.plain(c.user.key), text.number(c.messages)] for c in value.candidates
    ]
    below = remark("ask again with more of the name, or with the id")
    return page(Text("Did you mean …", style.TITLE), Grid(columns, [Section(rows)]), below)


def _title(what: str, community: CommunityRef, asked: Days, *more: str) -> Text:
    period = "all time" if asked.first is None else text.plain(asked.period.name)
    return text.joined(Text(what, style.TITLE), text.plain(community.name), period, *more)


def _name(user: Chatter) -> str:
    return text.plain(user.name).strip() or text.plain(user.key)


def _channel(channel: ChannelRef) -> str:
    return text.plain(channel.name).strip() or text.plain(channel.key)


def _entry(entry: ChatterEntry, messages: int, most: int) -> Row:
    return [
        text.number(entry.rank),
        Text(_name(entry.user), style.BEST if entry.rank == 1 else ""),
        text.number(entry.messages),
        f"{100 * entry.messages / messages:.1f}",
        Bar(entry.messages / most),
        text.number(entry.active_days),
    ]


def _day(day: ServerDay, most: int) -> Row:
    return [
        f"{day.day:%a %Y-%m-%d}",
        text.number(day.messages),
        Bar(day.messages / most if most else 0),
        text.number(day.writers),
        NO_DATA if day.members is None else f"{day.members:,}{'*' if day.late else ''}",
        text.change(day.change),
    ]


def _more(day: ServerDay, value: ServerActivity) -> Row:
    """The columns that are there only where anything is in them."""
    voice = [text.span(day.voice_seconds) if day.voice_seconds else ""] if value.in_voice else []
    moves = [text.number(day.joined), text.number(day.left)] if value.joined or value.left else []
    return [*voice, *moves]


def _session(one: ChatSession) -> Row:
    length = text.span(one.seconds) if one.seconds else NO_DATA
    return [text.minute(one.began_at), f"#{_channel(one.channel)}", length, text.number(one.messages)]


def _channels(counts: Sequence[ChannelCount]) -> RenderableType | None:
    top_level = [one for one in counts if one.channel.parent is None]
    if not top_level:
        return None
    columns = [Column("Channel", left=True, least=12, most=32), Column("Messages"), Column("in threads")]
    rows: list[Row] = [
        [
            f"#{_channel(one.channel)}",
            text.number(one.with_threads),
            text.number(one.with_threads - one.messages) if one.with_threads > one.messages else "",
        ]
        for one in top_level[:_MOST_CHANNELS]
    ]
    rest = len(top_level) - len(rows)
    grid = Grid(columns, [Section(rows)], heading("Channels"))
    return Group(grid, remark(f"and {rest:,} more")) if rest > 0 else grid


def week(hours_: Sequence[int]) -> RenderableType:
    """A line for each day, two cells for each hour; darker is more."""
    most = max(hours_) or 1
    lines = [Text("     " + "".join(f"{hour:<6}" for hour in range(0, 24, 3)), style.HEAD)]
    for number, name in enumerate(_DAYS):
        shades = "".join(2 * _shade(hours_[24 * number + hour], most) for hour in range(24))
        lines.append(Text.assemble((f" {name} ", style.HEAD), (shades, style.BAR)))
    for line in lines:
        line.no_wrap, line.overflow = True, "ellipsis"
    return Group(*lines)


def _shade(messages: int, most: int) -> str:
    # One message can be told from none.
    return _SHADES[-(-messages * (len(_SHADES) - 1) // most)]
