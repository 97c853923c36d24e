"""A fresh database is the schema in code; others are brought to it or refused."""

import asyncio
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from muster.model.fields import WEAPONS
from muster.store.engine import Store, StoreError, parse_url
from muster.store.schema import metadata
from muster.store.upgrade import _migrate, check, head, is_compared, revisions, upgrade
from tests.importer.working import change, finish, opened, query, start

COMPREHENSIVE = """
    id session_id round_num player_name map_name timestamp
    kills deaths self_kills team_kills team_damage damage_given damage_received damage_team accuracy
    headshots gibs weapon_hits weapon_shots weapon_kills weapon_deaths weapon_headshots
    knife_kills poison_kills poison_deaths
    obj_captured obj_destroyed obj_returned obj_taken dynamites_planted dynamites_defused
    revives_given revives_received ammo_given health_given kill_assists useless_kills
    efficiency skill_rating kdr kpr dpr damage_efficiency
    time_played time_axis time_allies
    team round_winner won_round most_useful_kills team_detection_confidence
    xp_total map_id
""".split()  # noqa: SIM905
"""The columns of the system rundown, in its order."""

VIEWS = {"eligible_stats", "match_ups", "session_teams", "team_history", "player_comprehensive_stats"}


async def inspected(store: Store, look: Callable[[sa.Inspector], object]) -> object:
    async with store.engine.connect() as connection:
        return await connection.run_sync(lambda plain: look(sa.inspect(plain)))


async def test_a_fresh_database_is_the_schema_in_code(db_url: str) -> None:
    def compare(connection: sa.Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True, "include_name": is_compared}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, metadata))

    async with opened(db_url) as store, store.engine.connect() as connection:
        assert await connection.run_sync(compare) == []


async def test_a_fresh_database_is_at_the_newest_revision(db_url: str) -> None:
    async with Store(parse_url(db_url)) as store:
        assert await upgrade(store) == (None, head())
        assert await upgrade(store) == (head(), head())
        await check(store)
    assert revisions()[-1] == head()


async def test_views_are_there_and_empty(db_url: str) -> None:
    async with opened(db_url) as store:
        assert set(await inspected(store, lambda look: look.get_view_names())) >= VIEWS  # type: ignore[call-overload]
        for view in VIEWS:
            assert await query(store, f"SELECT * FROM {view}") == []


async def test_the_comprehensive_view_has_the_columns_of_the_rundown(db_url: str) -> None:
    async with opened(db_url) as store:
        columns = await inspected(store, lambda look: look.get_columns("player_comprehensive_stats"))
    assert len(COMPREHENSIVE) == 53
    assert [column["name"] for column in columns] == COMPREHENSIVE  # type: ignore[attr-defined]


async def test_weapons_have_their_names(db_url: str) -> None:
    async with opened(db_url) as store:
        assert await query(store, "SELECT id, name FROM weapons ORDER BY id") == [*enumerate(WEAPONS)]


async def test_a_newer_database_is_refused_and_left_alone(db_url: str) -> None:
    async with opened(db_url) as store:
        await change(store, "UPDATE alembic_version SET version_num = '9999'")
        for attempt in (upgrade, check):
            with pytest.raises(StoreError, match=f"at revision 9999, newer than this program's {head()}"):
                await attempt(store)
        assert await query(store, "SELECT version_num FROM alembic_version") == [("9999",)]


@pytest.mark.parametrize("table", ["rounds", "players"])
async def test_somebody_elses_database_is_refused_and_left_alone(
    db_url: str, table: str, expect_pg_error: Callable[[str], None]
) -> None:
    expect_pg_error(f'relation "{table}" already exists')
    async with Store(parse_url(db_url)) as store:
        await change(store, f"CREATE TABLE {table} (theirs INTEGER)")
        with pytest.raises(StoreError, match=table):
            await upgrade(store)
        assert await inspected(store, lambda look: look.get_table_names()) == [table]


async def test_an_empty_database_is_not_ready(db_url: str) -> None:
    async with Store(parse_url(db_url)) as store:
        with pytest.raises(StoreError, match="muster"):
            await check(store)


UPGRADE = """
import asyncio, sys
from muster.store.engine import Store, parse_url
from muster.store.upgrade import upgrade

async def main(url):
    async with Store(parse_url(url)) as store:
        print("ready", flush=True)
        sys.stdin.readline()
        await upgrade(store)

asyncio.run(main(sys.argv[1]))
"""


@pytest.mark.parametrize("attempt", range(2))
async def test_four_processes_upgrade_at_once(db_url: str, attempt: int) -> None:
    processes = [start(UPGRADE, db_url) for _ in range(4)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("now\n")
        process.stdin.flush()
    finish(*processes)
    async with Store(parse_url(db_url)) as store:
        await check(store)


@pytest.mark.postgres
async def test_who_waited_for_an_upgrade_sees_it(postgresql_url: str) -> None:
    """The second looks before the first is done, and again with the lock in its hand."""
    async with Store(parse_url(postgresql_url)) as first, Store(parse_url(postgresql_url)) as second:
        async with first.write() as writer:
            waiting = asyncio.create_task(upgrade(second))
            await asyncio.sleep(0.5)
            await writer.run_sync(_migrate)
        assert await waiting == (head(), head())


async def test_upgrades_of_several_stores_at_once(db_url: str) -> None:
    stores = [Store(parse_url(db_url)) for _ in range(4)]
    found = await asyncio.gather(*(upgrade(store) for store in stores))
    assert {after for _, after in found} == {head()}
    for store in stores:
        await store.close()
