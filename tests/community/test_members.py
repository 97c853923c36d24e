"""Members counted once a day: at the hour, or as soon as possible after it."""

from datetime import UTC, datetime, timedelta

from muster.community.days import EPOCH, DayRule
from muster.community.members import Snapshots
from muster.model.chat import Community
from muster.store.engine import Store
from tests.community.telling import TOWN, VILLAGE
from tests.importer.working import opened, query


class Town:
    """A place with a clock and members, of which one community may not answer."""

    def __init__(self, store: Store, rule: DayRule) -> None:
        self.now = datetime(2026, 3, 1, 6, 0, 30, tzinfo=UTC)
        self.members: dict[str, int | None] = {TOWN.key: 10, VILLAGE.key: 3}
        self.asked = 0
        self.snapshots = Snapshots(store, lambda *_: rule, lambda: [TOWN, VILLAGE], self.ask, lambda: self.now)

    async def ask(self, community: Community) -> int | None:
        self.asked += 1
        return self.members[community.key]


async def kept(store: Store) -> list[tuple[object, ...]]:
    rows = await query(store, "SELECT server_id, date, user_count, late FROM user_counts ORDER BY date, server_id")
    return [(key, str(day), count, bool(late)) for key, day, count, late in rows]


async def test_once_a_day_at_the_hour(db_url: str) -> None:
    async with opened(db_url) as store:
        town = Town(store, DayRule("UTC", 6))
        assert await town.snapshots.take() == 2
        town.members[TOWN.key] = 11
        town.now += timedelta(hours=23)
        assert await town.snapshots.take() == 0
        assert town.asked == 2
        town.now += timedelta(hours=1)
        assert await town.snapshots.take() == 2
        assert await kept(store) == [
            (TOWN.key, "2026-03-01", 10, False),
            (VILLAGE.key, "2026-03-01", 3, False),
            (TOWN.key, "2026-03-02", 11, False),
            (VILLAGE.key, "2026-03-02", 3, False),
        ]


async def test_what_was_missed_is_late_and_who_is_away_is_asked_again(db_url: str) -> None:
    async with opened(db_url) as store:
        town = Town(store, DayRule("UTC", 0))
        town.members[VILLAGE.key] = None
        assert await town.snapshots.take() == 1
        assert await town.snapshots.take() == 0
        town.members[VILLAGE.key] = 4
        assert await town.snapshots.take() == 1
        assert await kept(store) == [(TOWN.key, "2026-03-01", 10, True), (VILLAGE.key, "2026-03-01", 4, True)]
        town.members[TOWN.key] = 12
        assert await town.snapshots.take(again=True) == 2
        assert (await kept(store))[0] == (TOWN.key, "2026-03-01", 12, True)


async def test_the_day_is_that_of_the_messages(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        rule = DayRule("Pacific/Auckland", 4)
        town = Town(store, rule)
        town.now = datetime(2026, 3, 1, 14, 59, tzinfo=UTC)  # 3:59 on the 2nd in Auckland
        await town.snapshots.take()
        town.now += timedelta(minutes=2)
        await town.snapshots.take()
        assert [(day, late) for key, day, _, late in await kept(store) if key == TOWN.key] == [
            ("2026-03-01", True),
            ("2026-03-02", False),
        ]
        day, _ = rule.place(int(town.now.timestamp() * 1000))
        assert str(rule.day(town.now)) == "2026-03-02"
        assert rule.begin(rule.day(town.now)) == datetime(2026, 3, 1, 15, 0, tzinfo=UTC)
        assert day == (rule.day(town.now) - EPOCH).days
