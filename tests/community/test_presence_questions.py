"""Questions about voice, joins and leaves, and about one person, against the same worked out from the events."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from muster.community import logbook
from muster.community.attendance import Stay
from muster.community.voice import store_members, store_stays
from muster.model.chat import Person, Platform
from muster.model.presence import MemberLeft
from muster.rounds.importer import Importer, find
from muster.rounds.simulate import simulate
from muster.stats import chat_activity, chat_names, chat_server, persons, voice
from muster.stats.leaderboard import leaderboard
from muster.stats.values import Gates
from muster.stats.values.chat import Chatter
from muster.store import notes
from tests.community.presence import comings, evenings, kept
from tests.community.retold import HERE, RULE, asked, told
from tests.community.telling import START, TOWN, VILLAGE, channel, person, recorder, said
from tests.importer.working import opened, query

ROOMS = [channel(301), channel(302), channel(303, VILLAGE)]
PEOPLE = [person(n, f"user {n}") for n in range(501, 505)]


def by_person(stays: list[Stay], days: tuple[date, date] | None = None) -> dict[str, list[int]]:
    """Milliseconds and days in the town's voice channels, by person: a second at a time would be the same."""
    spent: dict[str, Counter[date]] = defaultdict(Counter)
    for stay in stays:
        at = stay.since
        while at < stay.seen and stay.community == TOWN:
            until = min((at // 60_000 + 1) * 60_000, stay.seen)
            spent[stay.person.key][RULE.day(datetime.fromtimestamp(at / 1000, UTC))] += until - at
            at = until
    wanted = {
        key: {day: ms for day, ms in own.items() if days is None or days[0] <= day <= days[1]}
        for key, own in spent.items()
    }
    return {key: [sum(own.values()), len(own)] for key, own in wanted.items() if own}


async def test_voice_by_person_channel_and_day(db_url: str) -> None:
    stays = evenings(3, ROOMS, PEOPLE)
    async with opened(db_url) as store:
        await kept(store, stays, comings(TOWN, PEOPLE), RULE)
        async with store.write() as writer:  # again: nothing changes
            await store_stays(writer, stays, lambda *_: RULE)
            await store_members(writer, comings(TOWN, PEOPLE)[-1:], lambda *_: RULE)
        for words in ("all", "2025-06-17"):
            days = asked(words)
            limits = None if days.first is None or days.last is None else (days.first, days.last)
            wanted = by_person(stays, limits)
            async with store.read() as reader:
                found = await voice.top_voice(reader, HERE, days, limit=2, offset=1)
                first = await voice.top_voice(reader, HERE, days, limit=1)
                server = await chat_server.server_activity(reader, HERE, days)
                own = await chat_activity.activity(reader, HERE, "502", days)
            order = sorted(wanted, key=lambda key: (-wanted[key][0], key))
            shown = [(one.user.key, one.seconds, one.days) for one in (*first.entries, *found.entries)]
            assert shown == [(key, wanted[key][0] // 1000, wanted[key][1]) for key in order[:3]]
            assert (found.total, server.in_voice) == (len(wanted), len(wanted))
            total = sum(ms for ms, _ in wanted.values())
            assert found.seconds == total // 1000
            assert abs(server.voice_seconds - total // 1000) < len(server.daily)
            assert abs(own.voice_seconds - wanted["502"][0] // 1000) < 3
            assert own.all_voice_seconds == by_person(stays)["502"][0] // 1000
            assert own.first_at is None


async def test_joins_and_leaves_by_day(db_url: str) -> None:
    async with opened(db_url) as store:
        await kept(store, [], comings(TOWN, PEOPLE), RULE)
        async with store.write() as writer:  # who is gone can't go
            await store_members(writer, [MemberLeft(TOWN, PEOPLE[0], START + 3 * 86_400_000)], lambda *_: RULE)
        async with store.read() as reader:
            found = await chat_server.server_activity(reader, HERE, asked("all"))
        first = RULE.day(datetime.fromtimestamp(START / 1000, UTC))
        moves = {(day.day - first).days: (day.joined, day.left) for day in found.daily if day.joined or day.left}
        assert moves == {0: (1, 0), 1: (1, 0), 2: (1, 1), 3: (1, 0)}
        assert (found.joined, found.left) == (4, 1)


async def test_who_only_speaks_is_found_by_name(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        await kept(store, evenings(3, ROOMS[:1], PEOPLE), [], RULE)
        async with store.read() as reader:
            assert await chat_names.lookup(reader, HERE, "user 502") == Chatter("502", "user 502")
            assert await chat_names.lookup(reader, HERE, "502") == Chatter("502", "user 502")
            elsewhere = msgspec.structs.replace(HERE, key=VILLAGE.key)
            assert await chat_names.lookup(reader, elsewhere, "502") is None


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "Europe/Berlin"])
def test_hours_of_the_week_hold_every_second(zone: str) -> None:
    begin = int(datetime(2025, 3, 30, 0, 20, tzinfo=UTC).timestamp() * 1000)  # clocks go forward in Berlin
    spans = [(begin, begin + 5 * 3_600_000), (begin + 90_000_000, begin + 90_060_000)]
    found = persons.hours_of_week(spans, ZoneInfo(zone))
    wanted: Counter[int] = Counter()
    for first, last in spans:
        for minute in range(first, last, 60_000):
            local = datetime.fromtimestamp(minute / 1000, ZoneInfo(zone))
            wanted[local.weekday() * 24 + local.hour] += 60
    assert {hour: spent for hour, spent in enumerate(found) if spent} == dict(wanted)


async def test_both_halves_of_a_person(db_url: str, tmp_path: Path) -> None:
    simulate(tmp_path / "rounds", nights=3, players=6, seed=4, rounds_per_night=6, oddities=False)
    async with opened(db_url) as store:
        await Importer(store).run(find([tmp_path / "rounds"])[0])
        messages = [said(channel(101), PEOPLE[0], n * 86_400.0) for n in range(3)]
        await told(store, tmp_path, messages)
        stays = evenings(3, ROOMS[:2], PEOPLE)
        await kept(store, stays, [], RULE)
        async with store.read() as reader:
            best = (await leaderboard(reader, "rounds", gates=Gates(0, 0, 0), limit=1)).entries[0].player
            half = await persons.profile(reader, best.key, HERE, None, date(2025, 6, 20), "UTC")
            other = await persons.profile(reader, None, HERE, "501", date(2025, 6, 20), "UTC")
        async with store.write() as writer:
            await notes.link(writer, 501, best.key, 501)
        async with store.read() as reader:
            assert await persons.other_half(reader, best.key, None) == (best.key, "501")
            assert await persons.other_half(reader, None, "501") == (best.key, "501")
            found = await persons.profile(reader, best.key, HERE, "501", date(2025, 6, 20), "UTC")
    assert half.game is not None
    assert (half.chat, half.linked, half.game.player) == (None, False, best)
    assert (other.game, other.linked) == (None, False)
    assert found.linked
    assert (found.game, found.chat) == (half.game, other.chat)
    assert found.chat is not None
    assert found.game is not None
    assert found.chat.messages == sum(found.around.messages) == 3
    spent = by_person(stays)["501"][0] // 1000
    assert found.chat.voice_seconds == spent
    assert spent - 168 <= sum(found.around.in_voice) <= spent
    assert sum(found.around.played) == found.game.seconds > 0
    assert found.game.rounds > 0
    assert found.game.partners[0].rounds <= found.game.rounds
    assert found.around.together == tuple(
        played // 60 + written + spoken // 60
        for played, written, spoken in zip(
            half.around.played, other.around.messages, other.around.in_voice, strict=True
        )
    )


async def test_the_log_under_another_bot_s_names(db_url: str, tmp_path: Path) -> None:
    """`user_stats` with the five columns of the statistics cog; its own kind of query runs."""
    async with opened(db_url) as store:
        await logbook.set_policy(store, "discord", "default", on=True)
        counter = recorder(store, tmp_path)
        await counter.open()
        counter.offer(said(channel(101), Person(Platform.DISCORD, "501", "anna"), 1.25, text="hello"))
        await counter._store_pending()
        sql = "SELECT user_id, guild_id, channel_name, message_content, timestamp FROM user_stats WHERE user_id = '501'"
        rows = await query(store, sql)
        at = datetime.fromtimestamp(START / 1000, UTC) + timedelta(seconds=1.25)
        written = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        assert rows == [("501", TOWN.key, "channel 101", "hello", written)]
        assert datetime.fromisoformat(rows[0][4]) == at
