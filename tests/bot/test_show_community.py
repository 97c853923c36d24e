"""Who writes on a server: what exactly the pages say."""

import re
from datetime import UTC, date, datetime, timedelta

from rich.cells import cell_len

from muster.bot.pages import Answer
from muster.bot.show import community
from muster.bot.text import WIDTH
from muster.stats.periods import Grain, Period
from muster.stats.values.chat import (
    ActiveHours,
    Activity,
    ChannelCount,
    ChannelRef,
    ChatSession,
    ChatSessions,
    Chatter,
    ChatterEntry,
    CommunityRef,
    Days,
    ServerActivity,
    ServerDay,
    TopChatters,
)
from tests.bot.made_up_players import HOSTILE, described

TOWN = CommunityRef("discord", "9", "Town")
ALICE = Chatter("1", "alice")
EVIL = Chatter("2", HOSTILE.name)
EVER = Days(date(2025, 6, 20))
JUNE = Days(date(2025, 6, 20), Period("2025-06", Grain.MONTHS, 20250601, 20250630), date(2025, 6, 1), date(2025, 6, 30))
AT = datetime(2025, 6, 1, 18, tzinfo=UTC)
LOBBY, PLANS, SECRET, FORUM = (
    ChannelRef("11", "lobby"),
    ChannelRef("12", "plans", "11"),
    ChannelRef("13", "secret"),
    ChannelRef("14", ""),
)
CHANNELS = (
    *(ChannelCount(LOBBY, 50, 70), ChannelCount(FORUM, 0, 20)),
    *(ChannelCount(PLANS, 20, 20), ChannelCount(SECRET, 10, 10)),
)
HOURS = (*(0,) * 20, 7, 3, *(0,) * 146)


def seen(channel: ChannelRef) -> bool:
    return channel is not SECRET


def everything(answer: Answer) -> str:
    text = "\n".join(f"{page.title}\n{page.description}\n{page.footer}" for page in answer.pages)
    tables = text.split("```")[1::2]
    assert max((cell_len(line) for table in tables for line in table.splitlines()), default=0) <= WIDTH
    return text


def doing(user: Chatter = ALICE, days: Days = EVER) -> Activity:
    return Activity(TOWN, user, days, 1234, 56, 2, 120, CHANNELS, 40, 36000, 2345, 10, 20, 30, AT, AT, 3, 12, HOURS)


def test_somebody() -> None:
    answer = community.activity(doing(days=JUNE), seen, "Europe/Berlin")
    (page,) = answer.pages
    assert page.title == "Activity of alice"
    assert page.description == described(
        "-# 2025-06",
        "```",
        "Messages  1,234  Rank      2/120",
        "Days active  56  Sessions     40",
        "In them  10.0 h",
        "```",
        "<#11> **70**, 20 of them in threads",
        "<#14> **20**, 20 of them in threads",
        "elsewhere 10",
        "-# all time",
        "```",
        "Streak   3 days  Longest 12 days",
        "Replies      10  Mentions     20",
        "Attached     30",
        "```",
        "First message <t:1748800800:D>, last <t:1748800800:R>.",
    )
    assert answer.picture is not None
    assert answer.picture.arguments == ("alice", "10 messages · Europe/Berlin", HOURS)


def test_a_server() -> None:
    days = (
        ServerDay(date(2025, 6, 1), 80, 5, 100),
        ServerDay(date(2025, 6, 2), 0, 0),
        ServerDay(date(2025, 6, 3), 1234, 12, 98, -2, late=True),
    )
    found = ServerActivity(TOWN, EVER, days, 1314, 14, 98, -2, CHANNELS)
    overview, listed = community.server_activity(found, seen, "nothing").pages
    assert overview.description == described(
        "-# all time",
        "```",
        "Messages  1,314  a day       438",
        "Wrote        14  Members      98",
        "Change       −2",
        "```",
        "<#11> **70**, 20 of them in threads",
        "<#14> **20**, 20 of them in threads",
        "elsewhere 10",
    )
    assert listed.description == described(
        "-# all time",
        "```",
        "day        msgs wrote membrs  ±",
        "06-03 Tue 1,234    12    98* −2",
        "06-02 Mon     0     0      –  –",
        "06-01 Sun    80     5    100  –",
        "```",
    )
    assert listed.footer == "members: counted when the day begins; * later than that"


def test_who_writes_most() -> None:
    entries = (ChatterEntry(1, ALICE, 900, 30), ChatterEntry(2, EVIL, 50, 3), ChatterEntry(2, Chatter("3", ""), 50, 1))
    (page,) = community.top_chatters(TopChatters(TOWN, JUNE, LOBBY, entries, 0, 3, 1000), "nothing").pages
    assert page.description.splitlines() == [
        "-# 2025-06 · in <#11> and its threads",
        "```",
        " # who               messages share days",
        " 1 alice                  900 90.0%   30",
        " 2 **'x'** @everyon…       50  5.0%    3",
        " 2 3                       50  5.0%    1",
        "```",
    ]
    assert " 2 3 " in page.description, "who has no name goes by his key"
    assert page.footer == "1,000 messages by 3; days: with a message"


def test_hours() -> None:
    (page,) = community.active_hours(ActiveHours(TOWN, None, "Europe/Berlin", HOURS), "nothing").pages
    assert page.title == "Active hours of Town"
    assert page.description == described(
        "-# all time · clock of Europe/Berlin",
        "```",
        "busiest hours messages share",
        "Mon 20:00            7 70.0%",
        "Mon 21:00            3 30.0%",
        "```",
        "Mon 100% · Tue 0% · Wed 0% · Thu 0% · Fri 0% · Sat 0% · Sun 0%",
    )


def test_sessions() -> None:
    several = tuple(
        ChatSession(SECRET if n == 1 else LOBBY, AT - timedelta(hours=n), 60 * n * n, n + 1) for n in range(14)
    )
    first, second = community.sessions(ChatSessions(TOWN, ALICE, EVER, several, 0, 200, 90_000, 4_000), seen).pages
    lines = first.description.splitlines()
    assert lines[:4] == [
        "-# all time · latest first · a pause of 15 minutes ends one",
        "<t:1748800800:f> · <#11> · 1 message",
        "<t:1748797200:f> · elsewhere · 1 min · 2 messages",
        "<t:1748793600:f> · <#11> · 4 min · 3 messages",
    ]
    assert len(lines) == 13
    assert first.footer == ("200 sessions, 25 h 00 min, 4,000 messages · 186 earlier ones: name a month · page 1 of 2")
    assert "2 h 49 min · 14 messages" in second.description


def test_names_act_nowhere_and_everything_fits() -> None:
    for answer in (
        community.activity(doing(EVIL), seen, "UTC"),
        community.active_hours(ActiveHours(TOWN, EVIL, "UTC", HOURS), "nothing"),
        community.sessions(ChatSessions(TOWN, EVIL, EVER, (), 0, 0, 0, 0), seen),
        community.top_chatters(TopChatters(TOWN, EVER, None, (ChatterEntry(1, EVIL, 1, 1),), 0, 1, 1), "nothing"),
    ):
        running = re.sub(r"```.*?```", "", everything(answer), flags=re.DOTALL)
        assert not re.search(r"(?<!\\)(@everyone|<@|\*\*`|\[l\]\()", running), running
    many = tuple(ServerDay(date(2020, 1, 1) + timedelta(days=n), 123_456, 9_999, 1_234_567, -999) for n in range(900))
    answer = community.server_activity(ServerActivity(TOWN, EVER, many, 1, 1, 1, 1, CHANNELS * 30), seen, "nothing")
    assert "750 earlier days: name a month" in everything(answer)
