"""An import that is killed, again and again, comes to what an undisturbed one comes to."""

import asyncio
from pathlib import Path
from random import Random

from tests.community.history_tree import tree
from tests.community.telling import stored
from tests.importer.working import finish, opened, query, start

PROGRAM = """
import asyncio, sys
from pathlib import Path
from muster.community.days import DayRule
from muster.community.history import HistoryImport
from muster.community.history.throttle import Throttle
from muster.store.engine import Store, parse_url
from muster.store.upgrade import upgrade

async def main(url, folder, size):
    rule, throttle = DayRule(), Throttle()
    throttle.size = int(size)
    async with Store(parse_url(url)) as store:
        await upgrade(store)
        print("ready", flush=True)
        await HistoryImport(store, lambda *_: rule, throttle=throttle).run(Path(folder))

if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
"""

KILLS = 8


async def test_killed_again_and_again_it_comes_to_the_same(db_url: str, sqlite_url: str, tmp_path: Path) -> None:
    tree(tmp_path, guilds=2, days=12, lines=300)
    straight = f"{sqlite_url}.straight"
    finish(start(PROGRAM, straight, str(tmp_path), "8000000"))
    dice = Random(3)
    within = 0
    for _ in range(KILLS):
        process = start(PROGRAM, db_url, str(tmp_path), str(dice.choice((700, 3000, 20_000))))
        assert process.stdout is not None
        process.stdout.readline()
        await asyncio.sleep(dice.uniform(0, 0.25))
        process.kill()
        process.communicate()
        async with opened(db_url) as store:
            counted = await query(store, "SELECT coalesce(sum(messages), 0) FROM user_totals")
            told = await query(store, "SELECT coalesce(sum(messages), 0) FROM log_migration_state")
            assert counted == told, "counts and progress are of one transaction"
            within += 0 < counted[0][0] < 7200
    assert within, "some kills hit the middle"
    finish(start(PROGRAM, db_url, str(tmp_path), "50000"))
    async with opened(db_url) as store, opened(straight) as other:
        assert await stored(store) == await stored(other)
        for table in ("log_migration_state", "user_hours", "user_days", "message_counts"):
            sums = f"SELECT count(*), sum({'message_count' if table == 'message_counts' else 'messages'}) FROM {table}"
            assert await query(store, sums) == await query(other, sums)
