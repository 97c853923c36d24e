"""What players reach is told once, after the round it came with, and only where it is asked for."""

from pathlib import Path
from typing import Any

import msgspec

from muster.announce.news import announcer_of, identity_of
from muster.config import load
from muster.rounds.importer.rebuild import rebuild
from muster.store import outbox
from muster.store.engine import Store
from tests.announce.working import CHANNEL, NOW, announce, rows
from tests.building import guid, player, put, six
from tests.importer.working import opened

ONE, OTHER = guid(0), guid(1)
FIRST, SECOND = "2025-01-01-200000", "2025-01-01-201000"


def fighting(folder: Path, stamp: str, kills: int, *, other: int = 0, map_: str = "supply", **tab: Any) -> Path:
    """A first round in which two players kill; everybody else is there."""
    crowd = six(xp=int(stamp[8:10]) * 100 + kills)[2:]
    return put(
        folder,
        stamp,
        1,
        player(ONE, name="one", side=1, kills=kills, deaths=1, **tab),
        player(OTHER, name="other", side=2, kills=other, deaths=1),
        *crowd,
        map_=map_,
    )


async def told(store: Store) -> list[tuple[str, list[list[object]]]]:
    """File and unlocks of every post, in the order they are sent."""
    found = await rows(store, "kind", "subject", "status")
    subjects = [msgspec.json.decode(subject) for kind, subject, status in found if (kind, status) == POST]
    return [(subject["file"], subject["unlocks"]) for subject in subjects]


POST = ("achievements", "pending")


async def test_several_unlocks_of_an_import_are_one_post_after_the_round(db_url: str, tmp_path: Path) -> None:
    file = fighting(tmp_path, FIRST, 120, other=100, multi4=1)
    async with opened(db_url) as store:
        await announce(store, file, achievements=True)
        assert await told(store) == [(file.name, [[ONE, "kills", 100], [ONE, "multi4", 1], [OTHER, "kills", 100]])]
        kinds = [kind for kind, status in await rows(store, "kind", "status") if status == "pending"]
        assert kinds == ["session_start", "round", "achievements", "session_end"]
        keys = [key for key, kind in await rows(store, "key", "kind") if kind == "achievements"]
        assert keys == [f"achievements:{ONE}:kills:100@11", f"achievements:{ONE}:multi4:1@11", keys[2]]


async def test_off_by_default(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store:
        await announce(store, fighting(tmp_path, FIRST, 120))
        assert "achievements" not in {kind for (kind,) in await rows(store, "kind")}
    assert load().announce_achievements is False


async def test_the_setting_switches_it_on(sqlite_url: str, tmp_path: Path) -> None:
    from muster.rounds.importer import Importer

    file = fighting(tmp_path, FIRST, 120)
    for wanted in (False, True):
        url = sqlite_url.replace(".db", f"-{wanted}.db")
        settings = load(stats_channel_id=CHANNEL, announce_achievements=wanted, announce_max_age_hours=1e9)
        announcer = announcer_of(settings)
        assert announcer is not None
        async with opened(url) as store:
            await Importer(store, None, announcer.on_taken).run([file])
            assert len(await told(store)) == wanted
    assert announcer_of(load()) is None


async def test_a_step_is_told_when_it_is_reached_and_never_again(db_url: str, tmp_path: Path) -> None:
    files = [
        fighting(tmp_path, FIRST, 60),
        fighting(tmp_path, SECOND, 60, map_="radar"),
        fighting(tmp_path, "2025-01-01-201200", 60, map_="oasis"),
    ]
    async with opened(db_url) as store:
        for file in files:
            await announce(store, file, achievements=True)
        once = [(files[1].name, [[ONE, "kills", 100]])]
        assert await told(store) == once
        await announce(store, *files, achievements=True)
        await rebuild(store)
        await announce(store, *files, achievements=True)
        # The file of a round that is gone comes again: its kills were taken away, and are reached once more.
        await announce(store, *(fighting(tmp_path / "again", FIRST, 61),), achievements=True)
        assert await told(store) == once


async def test_a_round_that_comes_late_tells_nothing_twice(db_url: str, tmp_path: Path) -> None:
    """A second round alone is not counted; its first round makes both count, and brings the step with it."""
    first = put(tmp_path, FIRST, 1, *six(kills=60, deaths=60, xp=1))
    second = put(
        tmp_path,
        SECOND,
        2,
        *six(kills=120, deaths=120, rounds=1, swapped=True, time_played_min=18.0, xp=1),
        limit="10:00",
        next_limit="8:00",
    )
    async with opened(db_url) as store:
        await announce(store, second, achievements=True)
        assert await told(store) == []
        await announce(store, first, achievements=True)
        once = [(first.name, [[guid(n), "kills", 100] for n in range(6)])]
        assert await told(store) == once
        await announce(store, first, second, achievements=True)
        assert await told(store) == once


async def test_backfill_is_silent_and_counts(db_url: str, tmp_path: Path) -> None:
    old = [fighting(tmp_path, f"2024-12-{day:02}-200000", 90) for day in (1, 2, 3, 4)]
    async with opened(db_url) as store:
        await announce(store, *old, achievements=True)
        assert await told(store) == []
        # 360 kills are there: 100 was reached in silence, 500 is reached now.
        new = fighting(tmp_path, FIRST, 140)
        await announce(store, new, achievements=True)
        assert await told(store) == [
            (new.name, [[ONE, "sessions", 5], [ONE, "kills", 500], *[[guid(n), "sessions", 5] for n in range(1, 6)]])
        ]


async def test_old_and_new_rounds_in_one_import(db_url: str, tmp_path: Path) -> None:
    old = [fighting(tmp_path, f"2024-12-{day:02}-200000", 90) for day in (1, 2)]
    new = fighting(tmp_path, FIRST, 50)
    async with opened(db_url) as store:
        await announce(store, *old, new, achievements=True)
        assert await told(store) == []


async def test_who_climbs_several_steps_at_once_hears_of_the_highest(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store:
        await announce(store, fighting(tmp_path, FIRST, 3, multi4=6), achievements=True)
        assert [unlocks for _, unlocks in await told(store)] == [[[ONE, "multi4", 5]]]
        keys = [key for key, kind in await rows(store, "key", "kind") if kind == "achievements"]
        assert keys == [f"achievements:{ONE}:multi4:{step}@11" for step in (1, 5)]


async def test_who_does_not_count_reaches_nothing(sqlite_url: str, tmp_path: Path) -> None:
    absent = fighting(tmp_path, FIRST, 120, time_played_min=0.0)
    bot = put(tmp_path, SECOND, 1, player("OMNIBOT0", name="bot", kills=500), *six(xp=3)[1:], map_="radar")
    async with opened(sqlite_url) as store:
        await announce(store, absent, bot, achievements=True)
        assert [kind for (kind,) in await rows(store, "kind")].count("round") == 2
        assert await told(store) == []


async def test_the_posts_footer_is_not_the_rounds(sqlite_url: str, tmp_path: Path) -> None:
    async with opened(sqlite_url) as store:
        file = fighting(tmp_path, FIRST, 120)
        await announce(store, file, achievements=True)
        names = []
        async with store.write() as writer:
            while (post := await outbox.head(writer, CHANNEL, NOW)) is not None:
                names.append(identity_of(post))
                await outbox.end(writer, post.id, outbox.PostStatus.SENT)
        assert names == ["2025-01-01-200000@main", file.name, f"{file.name} achievements"]
