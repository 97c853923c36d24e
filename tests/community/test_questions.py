"""Questions about the chat answer what a recount of the messages finds, in whatever order those came."""

from datetime import date
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muster.community.days import DayRule
from muster.model.chat import Message
from muster.stats import (
    chat_activity,
    chat_hours,
    chat_names,
    chat_server,
    chat_sessions,
    chat_source,
    chat_top,
    periods,
)
from muster.stats.values.chat import ChannelRef, Chatter, ChatterChoice, CommunityRef, ServerDay
from muster.store.engine import Reader
from tests.community.retold import HERE, NOTHING_IN_IT, NOW, RULE, Retold, asked, conversation, members, moment, told
from tests.community.telling import TOWN, channel, person, said
from tests.importer.working import opened

PERIODS = ("all", "2025-06-16", "2025-06", "week", "2031-01")


async def test_somebody_s_activity_is_what_a_recount_finds(db_url: str, tmp_path: Path) -> None:
    messages = conversation(700, seed=1)
    async with opened(db_url) as store:
        await told(store, tmp_path, messages)
        async with store.read() as reader:
            for words in PERIODS:
                retold = Retold(messages, asked(words))
                for key in sorted({m.author.key for m in retold.all}):
                    found = await chat_activity.activity(reader, HERE, key, asked(words))
                    wanted = retold.activity(key)
                    assert {name: getattr(found, name) for name in wanted} == wanted
                    own = [m for m in retold.some if m.author.key == key]
                    counts = [(c.channel.key, c.messages, c.with_threads) for c in found.channels]
                    assert counts == retold.channels(own)


async def test_the_top_is_what_a_recount_finds(db_url: str, tmp_path: Path) -> None:
    messages = conversation(700, seed=2)
    async with opened(db_url) as store:
        await told(store, tmp_path, messages)
        async with store.read() as reader:
            known = await chat_source.channels_of(reader, HERE)
            for words in PERIODS:
                for place in (None, "101", "103", NOTHING_IN_IT):
                    wanted = Retold(messages, asked(words)).top(place)
                    where = None if place is None else known[place]
                    found = await chat_top.top_chatters(reader, HERE, asked(words), where, limit=100)
                    assert [(e.rank, e.user.key, e.messages, e.active_days) for e in found.entries] == wanted
                    assert (found.total, found.messages) == (len(wanted), sum(n for _, _, n, _ in wanted))
                    part = await chat_top.top_chatters(reader, HERE, asked(words), where, limit=3, offset=2)
                    assert part.entries == found.entries[2:5]


async def test_hours_and_sessions_are_what_a_recount_finds(db_url: str, tmp_path: Path) -> None:
    messages = conversation(700, seed=3, days=2)
    async with opened(db_url) as store:
        await told(store, tmp_path, messages)
        async with store.read() as reader:
            everybody = await chat_hours.active_hours(reader, HERE, RULE.timezone)
            assert everybody.hours == Retold(messages).hours()
            assert everybody.messages == len(Retold(messages).all)
            for key in ("500", "501"):
                one = await chat_hours.active_hours(reader, HERE, RULE.timezone, key)
                assert one.hours == Retold(messages).hours(key)
                for words in PERIODS:
                    wanted = Retold(messages, asked(words)).sessions(key)
                    found = await chat_sessions.sessions_of(reader, HERE, key, asked(words), limit=1000)
                    rows = [(s.began_at, s.channel.key, s.seconds, s.messages) for s in found.sessions]
                    assert rows == wanted
                    assert found.total == len(wanted)
                    page = await chat_sessions.sessions_of(reader, HERE, key, asked(words), limit=2, offset=1)
                    assert page.sessions == found.sessions[1:3]


async def test_a_server_day_by_day(db_url: str, tmp_path: Path) -> None:
    messages = conversation(500, seed=4)
    async with opened(db_url) as store:
        await told(store, tmp_path, messages)
        await members(store, ("2025-06-13", 100), ("2025-06-15", 103), ("2025-06-16", 101))
        await members(store, ("2025-06-19", 90), late=True)
        async with store.read() as reader:
            for words in PERIODS:
                retold = Retold(messages, asked(words))
                found = await chat_server.server_activity(reader, HERE, asked(words))
                assert (found.messages, found.writers) == (len(retold.some), len(retold.top()))
                counts = [(c.channel.key, c.messages, c.with_threads) for c in found.channels]
                assert counts == retold.channels(retold.some)
                for day in found.daily:
                    of_it = [m for m in retold.some if RULE.day(moment(m)) == day.day]
                    assert (day.messages, day.writers) == (len(of_it), len({m.author.key for m in of_it}))
                assert sum(day.messages for day in found.daily) == found.messages
            whole = await chat_server.server_activity(reader, HERE, asked())
            assert [day.day for day in whole.daily][:3] == [date(2025, 6, 13), date(2025, 6, 14), date(2025, 6, 15)]
            known = {day.day.day: (day.members, day.change, day.late) for day in whole.daily if day.members}
            assert known == {13: (100, None, False), 15: (103, 3, False), 16: (101, -2, False), 19: (90, -11, True)}
            assert (whole.members, whole.change) == (90, -10)
            one = await chat_server.server_activity(reader, HERE, asked("2025-06-16"))
            assert (one.members, one.change) == (101, -2)
            never = await chat_server.server_activity(reader, HERE, asked("2031-01"))
            assert (never.daily, never.members, never.change, never.channels) == ((), None, None, ())


async def everything(reader: Reader) -> list[Any]:
    """All answers there are about a community."""
    days = asked()
    top = await chat_top.top_chatters(reader, HERE, days, limit=1000)
    found: list[Any] = [top, await chat_server.server_activity(reader, HERE, days)]
    found.append(await chat_hours.active_hours(reader, HERE, RULE.timezone))
    for entry in top.entries:
        found.append(await chat_activity.activity(reader, HERE, entry.user.key, days))
        found.append(await chat_sessions.sessions_of(reader, HERE, entry.user.key, days, limit=1000))
    found.append(await chat_names.lookup(reader, HERE, "user"))
    found.append(await chat_names.suggest(reader, HERE, ""))
    return found


async def answers(url: str, folder: Path, messages: list[Message], size: int) -> list[Any]:
    async with opened(url) as store:
        await told(store, folder, messages, size)
        async with store.read() as reader:
            return await everything(reader)


@settings(max_examples=12)
@given(seed=st.integers(0, 1 << 30), order=st.randoms(use_true_random=False), size=st.sampled_from((7, 40, 500)))
async def test_any_order_of_the_same_events_gives_the_same_answers(seed: int, order: Random, size: int) -> None:
    messages = conversation(60, seed, users=5, days=3)
    mixed = [*messages, *messages[::4]]
    order.shuffle(mixed)
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        wanted = await answers(f"sqlite+aiosqlite:///{one}/muster.db", Path(one), messages, 500)
        assert await answers(f"sqlite+aiosqlite:///{other}/muster.db", Path(other), mixed, size) == wanted


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_both_databases_answer_the_same_in_any_order(
    sqlite_url: str, postgresql_url: str, tmp_path: Path, seed: int
) -> None:
    messages = conversation(300, seed)
    wanted = await answers(sqlite_url, tmp_path, messages, 50)
    Random(seed).shuffle(messages)
    assert await answers(postgresql_url, tmp_path, messages, 70) == wanted


def test_streaks() -> None:
    assert chat_activity.streaks([], 10) == (0, 0)
    assert chat_activity.streaks([1, 2, 3, 7, 8], 8) == (2, 3)
    assert chat_activity.streaks([1, 2, 3, 7, 8], 9) == (2, 3)
    assert chat_activity.streaks([1, 2, 3, 7, 8], 10) == (0, 3)


async def test_people_are_found_by_mention_key_name_and_beginning(db_url: str, tmp_path: Path) -> None:
    names = {1: "Anna", 2: "anton", 3: "Berta", 4: "Élodie", 5: "berta"}
    messages = [said(channel(101), person(key, name), key) for key, name in names.items()]
    messages += [said(channel(101), person(3, "Berta"), 60 + n) for n in range(3)]
    async with opened(db_url) as store:
        await told(store, tmp_path, messages)
        async with store.read() as reader:
            for text in ("<@1>", "<@!1>", "1", "anna", "ANNA", "@Anna", "ann"):
                assert await chat_names.lookup(reader, HERE, text) == Chatter("1", "Anna"), text
            assert await chat_names.lookup(reader, HERE, "ÉLO") == Chatter("4", "Élodie")
            several = await chat_names.lookup(reader, HERE, "an")
            assert isinstance(several, ChatterChoice)
            assert [c.user.key for c in several.candidates] == ["1", "2"]
            twins = await chat_names.lookup(reader, HERE, "berta")
            assert isinstance(twins, ChatterChoice)
            assert [c.user.key for c in twins.candidates] == ["3", "5"], "who writes more is offered first"
            like = await chat_names.lookup(reader, HERE, "antn")
            assert isinstance(like, ChatterChoice)
            assert like.candidates[0].user.key == "2"
            assert like.candidates[0].score < 100
            for text in ("", "zzqqxx", "<@99>"):
                assert await chat_names.lookup(reader, HERE, text) is None
            assert await chat_names.lookup(reader, CommunityRef("discord", "9002"), "Anna") is None
            assert [one.key for one in await chat_names.suggest(reader, HERE, "")] == ["3", "1", "2", "4", "5"]
            assert [one.key for one in await chat_names.suggest(reader, HERE, "ber")] == ["3", "5"]
            with pytest.raises(chat_source.UnknownChatter, match="nobody of the key '99'"):
                await chat_activity.activity(reader, HERE, "99", asked())
        await told(store, tmp_path, [said(channel(101), person(6, "Zoe"), 99)])
        async with store.read() as reader:
            assert await chat_names.lookup(reader, HERE, "zo") == Chatter("6", "Zoe"), "who is new is known at once"


async def test_communities_and_channels_are_found(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store:
        async with store.read() as reader:
            with pytest.raises(chat_source.UnknownCommunity, match="nothing is counted yet"):
                await chat_source.find_community(reader, None)
            assert await chat_source.community_of(reader, "discord", TOWN.key) is None
        await told(store, tmp_path, conversation(100, seed=5))
        async with store.read() as reader:
            assert await chat_source.find_community(reader, "town") == HERE
            assert await chat_source.find_community(reader, TOWN.key) == HERE
            with pytest.raises(chat_source.UnknownCommunity, match=r"say which community: Town \(9001\), Village"):
                await chat_source.find_community(reader, None)
            with pytest.raises(chat_source.UnknownCommunity, match="there is no 'city', but Town"):
                await chat_source.find_community(reader, "city")
            for text in ("101", "<#101>", "channel 101", "#Channel 101"):
                assert (await chat_source.find_channel(reader, HERE, text)).key == "101"
            assert await chat_source.find_channel(reader, HERE, NOTHING_IN_IT) == ChannelRef(NOTHING_IN_IT, "")
            with pytest.raises(chat_source.UnknownChannel, match="several channels go by 'chan': channel 101, "):
                await chat_source.find_channel(reader, HERE, "chan")
            with pytest.raises(chat_source.UnknownChannel, match="nothing was counted in a channel called 'x'"):
                await chat_source.find_channel(reader, HERE, "x")


def test_the_day_of_the_question_is_the_community_s_own() -> None:
    days = asked("today")
    assert days.today == date(2025, 6, 20)
    assert (days.begins, days.ends) == (RULE.begin(date(2025, 6, 20)), RULE.begin(date(2025, 6, 21)))
    assert RULE.day(NOW) == days.first == days.last
    assert ServerDay(date(2025, 6, 20), 1, 1).members is None


@pytest.mark.parametrize("words", ["0001", "0001-01-01", "9999", "9999-12-31"])
async def test_days_at_the_ends_of_the_calendar(db_url: str, tmp_path: Path, words: str) -> None:
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        rule = DayRule(zone, 23)
        days = chat_source.days(periods.parse(words, NOW), rule.day(NOW), rule.begin)
        async with opened(db_url) as store:
            await told(store, tmp_path, [said(channel(101), person(1), 5)])
            async with store.read() as reader:
                assert (await chat_activity.activity(reader, HERE, "1", days)).messages == 0
                assert (await chat_sessions.sessions_of(reader, HERE, "1", days)).total == 0
                assert (await chat_server.server_activity(reader, HERE, days)).daily == ()
                assert (await chat_top.top_chatters(reader, HERE, days)).entries == ()
