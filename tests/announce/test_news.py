"""What rounds call for is written with them: once, in order, and only of what is fresh and whole."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from muster.announce.news import Announcer
from muster.rounds.importer import Importer, ServerChoice
from muster.rounds.importer.rebuild import rebuild
from muster.store.engine import Store, Writer
from muster.store.outbox import PostStatus
from muster.store.schema import outbox as table
from tests.announce.working import CHANNEL, HOURS, NOW, announce, called, rows
from tests.building import player, put, put_pair, six
from tests.importer.working import opened

FIRST = "round:main:2025-01-01-200000-supply-round-1.txt"
SECOND = "round:main:2025-01-01-201000-supply-round-2.txt"
MATCH = "match:2025-01-01-200000-supply@main"
START = "session_start:2025-01-01-200000@main"
WHOLE = [START, FIRST, SECOND, MATCH]


async def test_a_pair_of_rounds(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store:
        await announce(store, *put_pair(tmp_path))
        assert await called(store) == WHOLE
        told = await rows(store, "channel_id", "status", "attempts", "created_at", "message_id")
        assert set(told) == {(CHANNEL, "pending", 0, NOW, None)}
        subjects = [subject for (subject,) in await rows(store, "subject")]
        assert subjects[1] == '{"server":"main","file":"2025-01-01-200000-supply-round-1.txt"}'
        assert subjects[3] == '{"match_id":"2025-01-01-200000-supply@main"}'


async def test_round_by_round(db_url: str, tmp_path: Path) -> None:
    first, second = put_pair(tmp_path)
    async with opened(db_url) as store:
        await announce(store, first)
        assert await called(store) == [START, FIRST]
        await announce(store, second)
        assert await called(store) == WHOLE


async def test_a_first_half_that_comes_late_makes_the_second_whole(db_url: str, tmp_path: Path) -> None:
    first, second = put_pair(tmp_path)
    async with opened(db_url) as store:
        await announce(store, second)
        assert await called(store) == []
        await announce(store, first)
        assert await called(store) == WHOLE


async def test_nothing_is_called_for_twice(db_url: str, tmp_path: Path) -> None:
    files = put_pair(tmp_path)
    async with opened(db_url) as store, opened(db_url) as other:
        await announce(store, *files)
        await announce(store, *files)
        await announce(other, *files)
        await announce(other, *put_pair(tmp_path / "again", server="^1elsewhere"))
        await rebuild(store)
        await announce(store, *files)
        assert await called(store) == WHOLE


async def test_two_importers_at_once(db_url: str, tmp_path: Path) -> None:
    files = [file for hour in (17, 18, 19, 20) for file in put_pair(tmp_path, hour=hour)]
    async with opened(db_url) as store, opened(db_url) as other:
        await asyncio.gather(
            *(announce(each, *part) for part in (files, files[::-1], files[3:]) for each in (store, other))
        )
        told = await called(store)
        assert len(told) == len(set(told)) == 3 * 4 + 1


@pytest.mark.parametrize("sent", [False, True])
async def test_a_first_round_that_comes_late_renames_the_evening(db_url: str, tmp_path: Path, sent: bool) -> None:
    """The evening that was announced at eight began at seven: it began once, and it ends once."""
    async with opened(db_url) as store:
        await announce(store, *put_pair(tmp_path, hour=20))
        if sent:
            await _stand(store, PostStatus.SENT)
        await announce(store, *put_pair(tmp_path, hour=19))
        told = await rows(store, "key", "subject", "status")
        of_evening = [row for row in told if row[0].startswith("session_")]
        name = "2025-01-01-190000@main"
        state = "sent" if sent else "pending"
        assert of_evening == [
            (f"session_start:{name}@11", f'{{"session_id":"{name}"}}', state),
            (f"session_end:{name}@11", f'{{"session_id":"{name}"}}', state),
        ]


async def test_what_may_have_arrived_under_its_former_name_is_left_alone(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store:
        await announce(store, *put_pair(tmp_path, hour=20))
        await _stand(store, PostStatus.SENDING)
        before = [row for row in await rows(store, "key", "subject", "status") if row[0].startswith("session_")]
        await announce(store, *put_pair(tmp_path, hour=19))
        after = [row for row in await rows(store, "key", "subject", "status") if row[0].startswith("session_")]
        assert after == before


async def test_two_evenings_that_turn_out_to_be_one(db_url: str, tmp_path: Path) -> None:
    async with opened(db_url) as store:
        await announce(store, *put_pair(tmp_path, hour=17))
        await announce(store, *put_pair(tmp_path, hour=19))
        assert await called(store) == [key for hour in (17, 19) for key in _at(hour)]
        await announce(store, *put_pair(tmp_path, hour=18))
        told = await rows(store, "key", "status")
        assert [status for key, status in told if key.startswith("session_")] == [
            "pending",
            "pending",
            "silent",
            "silent",
        ]
        assert len(told) == 3 * 3 + 4


def _at(hour: int) -> list[str]:
    return [key.replace("-200000", f"-{hour}0000").replace("-201000", f"-{hour}1000") for key in WHOLE]


async def _stand(store: Store, status: PostStatus) -> None:
    async with store.write() as writer:
        await writer.run(sa.update(table).values(status=status.value, attempts=1))


@pytest.mark.parametrize(("age", "posts"), [(6, 4), (0.3, 4), (0.2, 2), (0.01, 0), (0, 0)])
async def test_what_is_old_is_stored_and_not_posted(sqlite_url: str, tmp_path: Path, age: float, posts: int) -> None:
    """Round 1 ended at 20:00, round 2 at 20:10, now it is 20:15."""
    async with opened(sqlite_url) as store:
        report = await announce(store, *put_pair(tmp_path), max_age=timedelta(hours=age))
        assert report.counts == {"imported": 2}
        assert len(await called(store)) == posts


async def test_years_of_backfill_are_not_even_looked_at(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store:
        await announce(store, *put_pair(tmp_path), at=NOW + timedelta(days=400))
        assert await rows(store, "key") == []


async def test_the_servers_clock_counts(db_url: str, tmp_path: Path) -> None:
    """In New York it is 15:15 at 20:15 UTC."""
    choice = ServerChoice(name="main", zones={"main": "America/New_York"})
    async with opened(db_url) as store:
        announcer = Announcer(CHANNEL, HOURS, lambda: NOW)
        await Importer(store, choice, announcer.on_taken).run(put_pair(tmp_path, hour=15))
        assert [key.split("@")[0] for key in await called(store)][1:3] == [
            "round:main:2025-01-01-150000-supply-round-1.txt",
            "round:main:2025-01-01-151000-supply-round-2.txt",
        ]


async def test_rounds_that_are_not_whole(db_url: str, tmp_path: Path) -> None:
    short = [player(f"AAAAAA{n:02X}", side=1 + n % 2, time_played_min=0.4) for n in range(6)]
    files = [
        put(tmp_path, "2025-01-01-190000", 1, *six(xp=1)),  # abandoned: the map begins again
        put(tmp_path, "2025-01-01-190300", 1, *six(xp=2), winner=0),  # cancelled
        put(tmp_path, "2025-01-01-191500", 2, *six(rounds=1, xp=3), map_="radar"),  # an orphan
        put(tmp_path, "2025-01-01-192000", 1, map_="oasis"),  # nobody played
        put(tmp_path, "2025-01-01-193000", 1, *short, map_="frostbite", next_limit="0:25"),
        put(tmp_path, "2025-01-01-200000", 1, *six(xp=4), map_="goldrush"),
    ]
    async with opened(db_url) as store:
        await announce(store, *files)
        assert await called(store) == [
            "session_start:2025-01-01-190000@main",
            "round:main:2025-01-01-200000-goldrush-round-1.txt",
        ]


async def test_an_evenings_end_is_due_an_hour_after_its_last_round(db_url: str, tmp_path: Path) -> None:
    first, second = put_pair(tmp_path)
    async with opened(db_url) as store:
        await announce(store, first)
        end = ("session_end:2025-01-01-200000@main@11", datetime(2025, 1, 1, 21, 0, tzinfo=UTC), "pending")
        assert (await rows(store, "key", "due_at", "status"))[-1] == end
        await announce(store, second)
        moved = [row for row in await rows(store, "key", "due_at", "status") if row[0] == end[0]]
        assert moved == [(end[0], datetime(2025, 1, 1, 21, 10, tzinfo=UTC), "pending")]


async def test_an_evening_that_comes_late_does_not_end_before_its_rounds(db_url: str, tmp_path: Path) -> None:
    at = NOW + timedelta(hours=3)
    async with opened(db_url) as store:
        await announce(store, *put_pair(tmp_path), at=at)
        assert (await rows(store, "due_at"))[-1] == (at + timedelta(minutes=10),)


async def test_what_is_called_for_is_committed_with_the_round_or_not_at_all(db_url: str, tmp_path: Path) -> None:
    class Cut(Exception):
        pass

    async def cut(writer: Writer, taken: Sequence[tuple[str, str]]) -> None:
        await Announcer(CHANNEL, HOURS, lambda: NOW).on_taken(writer, taken)
        raise Cut

    async with opened(db_url) as store:
        with pytest.raises(Cut):
            await Importer(store, ServerChoice(name="main"), cut).run(put_pair(tmp_path))
        assert await rows(store, "key") == []
        assert await _files(store) == 0
        await announce(store, *put_pair(tmp_path))
        assert await called(store) == WHOLE


async def _files(store: Store) -> int:
    async with store.read() as reader:
        return int(await reader.scalar(sa.text("SELECT count(*) FROM processed_files")))
