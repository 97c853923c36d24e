"""What every test may ask for: a fresh database of either kind, and the corpus.

PostgreSQL is started once, by the first test that needs it. Where it cannot be started those tests are skipped, or
fail when CI=true, and the run's last lines say so. An ERROR in its log that no test asked for fails the run.
"""

import itertools
import os
import re
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.postgres import Cluster, LoggedError, PostgresUnavailable, find_binaries, postgres_cluster

ROOT = Path(__file__).resolve().parent.parent
IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}

settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if IN_CI else "here")


@dataclass
class PostgresRun:
    """What the session knows about its PostgreSQL: for the summary, and for the errors found at the end."""

    used: str = ""
    missing: str = ""
    databases: int = 0
    expected: list[str] = field(default_factory=list)
    unclaimed: list[LoggedError] = field(default_factory=list)


RUN = pytest.StashKey[PostgresRun]()
EXPECTED = pytest.StashKey[list[str]]()
NUMBERS = itertools.count(1)

CLIENT_DIED = "unexpected EOF on client connection|connection to client lost"
"""What the server logs when a process is killed in the middle of a COPY: many tests do that. No statement was wrong."""


def pytest_configure(config: pytest.Config) -> None:
    config.stash[RUN] = PostgresRun()


def pytest_report_header() -> str:
    try:
        found = [str(binaries) for binaries in find_binaries()] or ["none found"]
    except PostgresUnavailable as error:
        found = [str(error)]
    return f"postgresql: {found[0]}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "corpus" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.corpus)


def pytest_sessionfinish(session: pytest.Session) -> None:
    told: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if told is not None:  # one of several processes: what it used is told by the one that prints
        run = session.config.stash[RUN]
        told["postgresql"] = (run.used, run.missing, run.databases)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    used, missing, databases = getattr(node, "workeroutput", {}).get("postgresql", ("", "", 0))
    run = node.config.stash[RUN]
    run.used, run.missing = run.used or used, run.missing or missing
    run.databases += databases


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> Generator[None, None, None]:
    yield  # the last word is ours: after the list of failures and skips
    run = config.stash[RUN]
    if run.missing:
        terminalreporter.section("PostgreSQL NOT TESTED", red=True)
        terminalreporter.line(run.missing)
        terminalreporter.line(f"The tests that need it {'failed' if IN_CI else 'were skipped'}.")
    elif run.used:
        terminalreporter.line(f"PostgreSQL: {run.used}, {run.databases} databases made")
    else:
        terminalreporter.line("PostgreSQL: no test of this run used it")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real round files, at ../shared/corpus or where MUSTER_CORPUS says."""
    named = os.environ.get("MUSTER_CORPUS")
    folder = Path(named) if named else ROOT.parent / "shared" / "corpus"
    if named and not folder.is_dir():
        pytest.fail(f"MUSTER_CORPUS={named} is not a folder")
    if not folder.is_dir():
        pytest.skip(f"no corpus of real rounds at {folder}; MUSTER_CORPUS may name another place")
    return folder


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def db_url(request: pytest.FixtureRequest) -> str:
    """The SQLAlchemy URL of a fresh, empty database: the test runs once on SQLite, once on PostgreSQL."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that does not exist yet."""
    return f"sqlite+aiosqlite:///{tmp_path / 'muster.db'}"


@pytest.fixture
def postgresql_url(request: pytest.FixtureRequest, postgres: Cluster) -> Iterator[str]:
    """The URL of an empty database on the session's server. Fails the test whose statements left an ERROR behind."""
    run = request.config.stash[RUN]
    name = f"test_{next(NUMBERS)}"
    run.databases += 1
    yield postgres.create_database(name)
    errors = postgres.new_errors()
    postgres.drop_database(name)
    own = [error for error in errors if error.database == name]
    run.unclaimed += [error for error in errors if error.database != name]
    _fail_for(own, request.node.stash.get(EXPECTED, []))


@pytest.fixture
def expect_pg_error(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Call it with a regular expression: ERRORs of this test that match it may stand in the server's log."""
    run = request.config.stash[RUN]
    patterns = request.node.stash.setdefault(EXPECTED, [])

    def expect(pattern: str) -> None:
        patterns.append(pattern)
        run.expected.append(pattern)

    return expect


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> Iterator[Cluster]:
    """The session's PostgreSQL server, for tests that make their own databases; most want `db_url`."""
    run = pytestconfig.stash[RUN]
    try:
        with postgres_cluster() as cluster:
            run.used = str(cluster.binaries)
            yield cluster
            _fail_for(run.unclaimed + cluster.new_errors(), run.expected)
    except PostgresUnavailable as error:
        run.missing = str(error)
    if run.missing:
        (pytest.fail if IN_CI else pytest.skip)(f"PostgreSQL cannot be started: {run.missing}")


def _fail_for(errors: list[LoggedError], expected: list[str]) -> None:
    """Fail for the errors that no pattern covers."""
    patterns = (*expected, CLIENT_DIED)
    unasked = [error for error in errors if not any(re.search(pattern, error.message) for pattern in patterns)]
    if unasked:
        lines = "\n  ".join(map(str, unasked))
        pytest.fail(
            f"PostgreSQL's log holds errors that no test asked for (expect_pg_error):\n  {lines}", pytrace=False
        )
