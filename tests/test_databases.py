"""The tests' own databases: fresh ones of both kinds, and a PostgreSQL that cannot fail or be missing unnoticed."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from tests.conftest import ROOT
from tests.postgres import Cluster, find_binaries, postgres_cluster, read_errors


@pytest.mark.parametrize("visit", ["first", "second"])
async def test_every_test_gets_an_empty_database(db_url: str, visit: str) -> None:
    engine = create_async_engine(db_url)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE visits (visit TEXT)"))
        await connection.execute(text("INSERT INTO visits VALUES (:visit)"), {"visit": visit})
        assert (await connection.execute(text("SELECT visit FROM visits"))).scalars().all() == [visit]
    await engine.dispose()


async def test_a_database_goes_although_someone_is_connected(postgres: Cluster) -> None:
    engine = create_async_engine(postgres.create_database("held"))
    async with engine.connect():
        postgres.drop_database("held")
    await engine.dispose()
    assert postgres.sql("SELECT count(*) FROM pg_database WHERE datname = 'held'") == "0"


def test_a_database_can_be_copied_from_a_template(postgres: Cluster) -> None:
    postgres.create_database("original")
    postgres.sql("CREATE TABLE kept (n int)", "original")
    postgres.create_database("copied", template="original")
    assert postgres.sql("SELECT count(*) FROM kept", "copied") == "0"


async def test_an_expected_error_may_stand_in_the_log(
    postgresql_url: str, expect_pg_error: Callable[[str], None]
) -> None:
    expect_pg_error("division by zero")
    engine = create_async_engine(postgresql_url)
    async with engine.connect() as connection:
        with pytest.raises(DBAPIError, match="division by zero"):
            await connection.execute(text("SELECT 1 / 0"))
    await engine.dispose()


def test_log_lines_become_errors_with_their_statement() -> None:
    log = """\
    2026-01-01 00:00:00.000 UTC [7] db=a ERROR:  division by zero
    2026-01-01 00:00:00.000 UTC [8] db=b LOG:  nothing to see
    2026-01-01 00:00:00.000 UTC [7] db=a STATEMENT:  SELECT 1 / 0
    2026-01-01 00:00:01.000 UTC [8] db=b FATAL:  terminating connection due to administrator command
    2026-01-01 00:00:02.000 UTC [8] db=b ERROR:  no ERROR: inside
    2026-01-01 00:00:03.000 UTC [7] db=a ERROR:  syntax error
    2026-01-01 00:00:03.000 UTC [7] db=a STATEMENT:  SELEC"""
    found = [(error.database, error.message, error.statement) for error in read_errors(log.splitlines())]
    assert found == [
        ("a", "ERROR: division by zero", "SELECT 1 / 0"),
        ("b", "ERROR: no ERROR: inside", ""),
        ("a", "ERROR: syntax error", "SELEC"),
    ]


@pytest.mark.parametrize("origin", ["system", "wheel"])
def test_a_cluster_starts_from_either_origin_and_leaves_nothing(origin: str) -> None:
    if not find_binaries(origin):
        pytest.skip(f"no {origin} PostgreSQL on this machine")
    with postgres_cluster(origin) as cluster:
        assert cluster.binaries.origin == origin
        assert cluster.sql("SHOW fsync") == "off"
        assert cluster.sql("SHOW timezone") == "<+05>-05"
    assert not cluster.home.exists()


@pytest.mark.postgres
def test_a_killed_run_leaves_no_server_behind(postgres: Cluster) -> None:
    program = subprocess.Popen([sys.executable, "-m", "tests.postgres"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert program.stdout is not None
    url = program.stdout.readline()
    home = Path(url.partition("host=")[2].partition("&")[0])
    assert (home / "data" / "postmaster.pid").exists()
    program.send_signal(signal.SIGKILL)
    program.communicate()
    until = time.monotonic() + 10
    while home.exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not home.exists()


CAUSES_AN_ERROR = """
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import create_async_engine

    async def test_hides_its_error(postgresql_url):
        engine = create_async_engine(postgresql_url)
        async with engine.connect() as connection:
            try:
                await connection.execute(text("SELECT 1 / 0"))
            except Exception:
                pass
        await engine.dispose()
"""
OUTSIDE_ITS_DATABASE = """
    import contextlib

    def test_hides_its_error(postgres):
        with contextlib.suppress(RuntimeError):
            postgres.sql("SELECT 1 / 0")
"""
NEEDS_A_DATABASE = """
    def test_needs_one(db_url):
        pass
"""


@pytest.mark.postgres
@pytest.mark.parametrize("body", [CAUSES_AN_ERROR, OUTSIDE_ITS_DATABASE])
def test_an_error_that_nobody_asked_for_fails_the_run(postgres: Cluster, tmp_path: Path, body: str) -> None:
    code, output = _run_suite(tmp_path, body)
    assert code == 1
    assert "errors that no test asked for" in output
    assert "division by zero" in output


def test_without_postgresql_the_run_says_so_in_its_last_lines(tmp_path: Path) -> None:
    code, output = _run_suite(tmp_path, NEEDS_A_DATABASE, MUSTER_TEST_PG="none", CI="")
    assert code == 0
    *_, title, reason, consequence, closing = output.splitlines()
    assert "PostgreSQL NOT TESTED" in title
    assert "no PostgreSQL found" in reason
    assert "skipped" in consequence
    assert "1 passed, 1 skipped" in closing


def test_without_postgresql_ci_fails(tmp_path: Path) -> None:
    code, output = _run_suite(tmp_path, NEEDS_A_DATABASE, MUSTER_TEST_PG="none", CI="true")
    assert code == 1
    assert "PostgreSQL NOT TESTED" in output
    assert "1 passed, 1 error" in output.splitlines()[-1]


def _run_suite(folder: Path, body: str, **environment: str) -> tuple[int, str]:
    """Run a suite of one file under this conftest, in a process of its own."""
    suite = folder / "test_suite.py"
    suite.write_text(textwrap.dedent(body))
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-c", "pyproject.toml", "--color=no"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", suite],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout
