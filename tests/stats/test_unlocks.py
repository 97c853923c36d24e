"""Steps that rounds bring: what the ladders say with them and don't say without them."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from muster.rounds.importer import Importer, find
from muster.stats.achievements import LADDERS, achievements, crossed, milestone
from muster.stats.unlocks import named, unlocks
from muster.stats.values.progress import Unlock
from muster.store.engine import Reader
from muster.store.schema import players, rounds
from tests.building import player, put, six
from tests.importer.working import opened
from tests.stats.asking import asked
from tests.stats.truth import Truth


async def reached(reader: Reader) -> dict[tuple[str, str], int]:
    """Player and ladder → level, of everybody, by the ladders' own question."""
    keys = [row.key for row in await reader.all(sa.select(players.c.key).where(sa.not_(players.c.is_bot)))]
    return {(key, one.key): one.level for key in sorted(keys) for one in (await achievements(reader, key)).milestones}


async def test_round_by_round_the_unlocks_add_up_to_the_levels(db_url: str, week: Truth) -> None:
    ladders = await climbed(db_url, week.folder, 1)
    assert {"knife_kills", "kills", "rounds"} <= ladders


async def test_over_months_they_add_up_too(sqlite_url: str, months: Truth) -> None:
    ladders = await climbed(sqlite_url, months.folder, 20)
    assert {"sessions", "hours", "rounds_won", "revives_given"} <= ladders


async def climbed(url: str, folder: Path, portion: int) -> set[str]:
    """Imports files in portions, compares each one's unlocks with the levels before and after; tells the ladders."""
    files = sorted(find([folder])[0], key=lambda path: path.name)
    steps = {ladder.key: ladder.steps for ladder in LADDERS}
    levels: dict[tuple[str, str], int] = {}
    seen: list[tuple[str, str, int]] = []
    async with opened(url) as store:
        for at in range(0, len(files), portion):
            part = files[at : at + portion]
            await Importer(store).run(part)
            async with store.read() as reader:
                ids = await reader.all(sa.select(rounds.c.id).where(rounds.c.file.in_([file.name for file in part])))
                found = await unlocks(reader, [row.id for row in ids])
                now = await reached(reader)
            told = [(one.player.key, one.key, one.step) for one in found]
            assert told == [
                (key, ladder, step)
                for (key, ladder), level in now.items()
                for step in steps[ladder][levels.get((key, ladder), 0) : level]
            ]
            seen += told
            levels = now
    assert len(seen) == len(set(seen)) == sum(levels.values())
    return {ladder for _, ladder, _ in seen}


async def test_sessions_of_somebody_whose_rounds_do_not_all_count(db_url: str, tmp_path: Path) -> None:
    """Four evenings, one of them in a round he did not play; then two more: the second is his fifth."""
    for day in range(1, 7):
        idle: dict[str, Any] = {"time_played_min": 0.0} if day == 2 else {}
        crowd = six(xp=day)
        put(tmp_path, f"2025-01-{day:02}-200000", 1, player("BBBBBBB1", name="b", **idle), *crowd[1:])
        put(tmp_path, f"2025-01-{day:02}-203000", 1, *six(xp=20 + day), map_="radar")
    async with asked(db_url, tmp_path) as reader:
        ids = {row.file[:10]: row.id for row in await reader.all(_ON_SUPPLY)}
        found = {day: await unlocks(reader, [ids[day]]) for day in ids}
    his = {
        day: [one.step for one in each if (one.player.key, one.key) == ("BBBBBBB1", "sessions")]
        for day, each in found.items()
    }
    # Without any one of the five evenings it would be four.
    assert his == {f"2025-01-{day:02}": [] if day == 2 else [5] for day in range(1, 7)}


async def test_nobody_reaches_anything_by_no_round(sqlite_url: str, week: Truth) -> None:
    async with asked(sqlite_url, week.folder) as reader:
        assert await unlocks(reader, []) == ()
        assert await named(reader, [("FFFFFFFF", "kills", 100)]) == ()
        (one,) = await named(reader, [(week.busiest[0], "kills", 100), ("FFFFFFFF", "kills", 100)])
    assert isinstance(one, Unlock)
    assert (one.player.key, one.key, one.step) == (week.busiest[0], "kills", 100)


def test_crossed_steps_are_those_between_two_levels() -> None:
    for ladder in LADDERS:
        for before in (None, 0, 1, 9, 10, 100, 1e7):
            for now in (None, 0, 5, 10, 99, 1e6, 1e9):
                levels = milestone(ladder, before).level, milestone(ladder, now).level
                assert crossed(ladder, before, now) == ladder.steps[levels[0] : levels[1]]


_ON_SUPPLY = sa.select(rounds.c.id, rounds.c.file).where(rounds.c.map == "supply")
