"""Roles as processes: a short run of `python -m tests.app.roles`, and what is refused."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from muster import app as program
from muster.cli import app
from muster.config import Settings, load
from muster.ops import alone as claims
from muster.ops.alone import alone, up_to_date
from muster.ops.parts import Misconfigured
from muster.ops.plan import plan
from muster.ops.roles import ALL, Role
from muster.store.engine import Store, parse_url
from muster.store.upgrade import head, revisions
from tests.app.roles import JOBS, Plan, run
from tests.importer.working import change, opened, query

BOT, COLLECTOR, WRITER = (frozenset({role}) for role in (Role.BOT, Role.COLLECTOR, Role.WRITER))


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "GRACE", 0.0)
    monkeypatch.setattr(claims, "AGAIN", 0.01)
    monkeypatch.setattr(claims, "CHECK", 0.01)


@pytest.fixture
async def two(postgresql_url: str) -> AsyncIterator[tuple[Store, Store]]:
    """Two processes' stores on one database."""
    async with opened(postgresql_url) as one, Store(parse_url(postgresql_url)) as other:
        yield one, other


@pytest.mark.slow
@pytest.mark.postgres
async def test_each_killed_and_nothing_lost_or_twice(
    postgresql_url: str, tmp_path: Path, expect_pg_error: Callable[[str], None]
) -> None:
    expect_pg_error("unexpected EOF on client connection")  # killed in the middle of a COPY
    plan = Plan(seconds=3, files=4, messages=40, lines=20, every=1.0, rivals=False)
    outcome = await run(tmp_path, postgresql_url, plan)
    assert outcome.faults == []
    assert all(outcome.kills[role] for role in Role)
    assert all(outcome.stints[job] for job in JOBS)
    assert outcome.posted > outcome.rounds > 0


@pytest.mark.postgres
async def test_roles_stand_side_by_side_and_each_once(two: tuple[Store, Store]) -> None:
    one, other = two
    async with alone(one, BOT), alone(other, COLLECTOR), alone(other, WRITER):
        with pytest.raises(Misconfigured, match=r"another `muster run` is the bot of the database .*--standby"):
            await alone(other, BOT).__aenter__()
        with pytest.raises(Misconfigured, match=r"another `muster run` has the database .* as collector"):
            await alone(one, ALL).__aenter__()
        with pytest.raises(Misconfigured, match="is the bot of"):
            await alone(one, frozenset({Role.BOT, Role.WRITER})).__aenter__()
    async with alone(other, ALL):
        for role in (BOT, COLLECTOR, WRITER):
            with pytest.raises(Misconfigured, match="stop that one first"):
                await alone(one, role).__aenter__()


@pytest.mark.postgres
async def test_what_is_refused_holds_nothing(two: tuple[Store, Store]) -> None:
    """Of several roles none is kept where one is another's."""
    one, other = two
    async with alone(one, WRITER):
        with pytest.raises(Misconfigured):
            await alone(other, ALL).__aenter__()
        async with alone(one, frozenset({Role.COLLECTOR, Role.BOT})):
            pass


@pytest.mark.postgres
async def test_one_that_stands_by_takes_over(two: tuple[Store, Store]) -> None:
    one, other = two
    stop, taken = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        async with alone(other, BOT, stop):
            taken.set()

    async with alone(one, BOT):
        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0.1)
        assert not taken.is_set()
    await asyncio.wait_for(waiting, 30)
    assert taken.is_set()


@pytest.mark.postgres
async def test_one_that_stands_by_can_be_stopped(two: tuple[Store, Store]) -> None:
    one, other = two
    stop = asyncio.Event()
    async with alone(one, BOT):
        waiting = asyncio.create_task(alone(other, BOT, stop).__aenter__())
        await asyncio.sleep(0.05)
        stop.set()
        await asyncio.wait_for(waiting, 30)


@pytest.mark.postgres
async def test_whoever_lost_the_claim_gets_it_back_or_ends(two: tuple[Store, Store]) -> None:
    """The connection breaks; meanwhile another process may have the role."""
    one, other = two
    stop = asyncio.Event()
    async with alone(one, BOT) as keep:
        keeping = asyncio.ensure_future(keep(stop))
        await _break(other)
        while not await query(other, _HELD):
            await asyncio.sleep(0.01)
        assert not keeping.done()
        stop.set()
        await keeping
        stop.clear()
        await _break(other)
        async with alone(other, BOT):
            with pytest.raises(Misconfigured, match="is the bot of"):
                await asyncio.wait_for(keep(stop), 30)


_HELD = (
    "SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
    f"WHERE d.datname = current_database() AND locktype = 'advisory' AND objid = {claims.RIGHTS[Role.BOT][1]}"
)


async def _break(store: Store) -> None:
    ended = f"SELECT pg_terminate_backend(pid, 10000) FROM ({_HELD.replace('SELECT 1', 'SELECT l.pid')}) held"
    assert await query(store, ended) == [(True,)]


async def test_an_sqlite_file_has_one_process(sqlite_url: str) -> None:
    settings = load(database_url=sqlite_url)
    with pytest.raises(Misconfigured, match="run `muster run` without it, or use PostgreSQL"):
        await program.run(settings, asyncio.Event(), print, BOT)


@pytest.mark.parametrize(
    ("roles", "cure"),
    [(BOT, "as bot: set DISCORD_TOKEN"), (COLLECTOR, r"as collector: set folder, ssh_host or push_token_env")],
)
@pytest.mark.postgres
async def test_a_role_with_nothing_to_do_says_what_it_needs(
    postgresql_url: str, roles: frozenset[Role], cure: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load(database_url=postgresql_url, discord_token=None)
    with pytest.raises(Misconfigured, match=cure):
        await program.run(settings, asyncio.Event(), print, roles)


def test_every_part_belongs_to_one_role(tmp_path: Path, sqlite_url: str) -> None:
    """Together the roles are what a single process runs, and nothing runs in two."""
    settings = _everything(tmp_path)
    store = Store(parse_url(sqlite_url))
    whole = [part.name for part in program.build(settings, store)]
    apart = [part.name for role in Role for part in program.build(settings, store, frozenset({role}))]
    assert sorted(apart) == sorted(whole)
    assert len(set(apart)) == len(apart)
    assert all(any(program.build(settings, store, frozenset({role}))) for role in Role)


def test_every_line_of_the_plan_belongs_to_one_role(tmp_path: Path) -> None:
    settings = _everything(tmp_path)
    whole = set(plan(settings, {}))
    apart = [line for role in Role for line in plan(settings, {}, frozenset({role})) if not line.startswith("only ")]
    assert whole <= set(apart)
    assert len(set(apart)) == len(apart)


def _everything(folder: Path) -> Settings:
    server = {"name": "main", "folder": folder, "push_token_env": "HOME"}
    return load(servers=[server], discord_token="a.b.c", stats_channel_id=1, history_folder=folder, count_joins=True)


async def test_a_role_needs_no_token_of_the_others(tmp_path: Path, sqlite_url: str) -> None:
    settings = _everything(tmp_path).model_copy(update={"discord_token": None})
    store = Store(parse_url(sqlite_url))
    assert [part.name for part in program.build(settings, store, WRITER)] == ["import of history"]
    assert next(part.name for part in program.build(settings, store, COLLECTOR)).startswith("watch over")


def test_a_role_that_does_not_exist_is_named() -> None:
    done = CliRunner().invoke(app, ["run", "--only", "web"])
    assert done.exit_code == 2
    assert "there is no role `web`; --only takes collector, bot, writer" in done.output


@pytest.mark.postgres
async def test_no_upgrade_under_a_process_that_works(two: tuple[Store, Store]) -> None:
    """The old program knows nothing of a new schema: it has to be stopped first."""
    one, other = two
    before = revisions()[-2]
    await change(one, f"UPDATE alembic_version SET version_num = '{before}'")
    async with alone(one, COLLECTOR):
        with pytest.raises(Misconfigured, match=r"needs an upgrade, and a `muster run` works with it \(collector\)"):
            await up_to_date(other)
    await change(one, f"UPDATE alembic_version SET version_num = '{head()}'")
    async with alone(one, COLLECTOR):
        await up_to_date(other)


async def test_a_newer_database_is_refused_with_the_cure(db_url: str) -> None:
    """Nothing is touched; the line ends with what helps."""
    async with opened(db_url) as store:
        await change(store, "UPDATE alembic_version SET version_num = '9999'")
        with pytest.raises(Misconfigured, match=r"at revision 9999, newer than this program's \d+: update Muster$"):
            await program.run(load(database_url=db_url, discord_token="a.b.c"), asyncio.Event(), print)
        assert await query(store, "SELECT version_num FROM alembic_version") == [("9999",)]
