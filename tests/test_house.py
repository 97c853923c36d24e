"""What must hold for every file of the repository: no addresses, no paths of one machine, a lock that locks."""

import itertools
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

# Put together here so that this file does not find itself.
HOSTS = ["pypi." + "org", "python" + "hosted.org", "npmjs" + ".org", "npmjs" + ".com", "deb.debian" + ".org"]
HOST = re.compile("|".join(map(re.escape, HOSTS)))
FOLDERS = ["work", "root", "home", "Users", "opt/pypi", "opt/wheels"]
MACHINE_PATH = re.compile(r"(?<![\w.:/\\}])/(?:" + "|".join(FOLDERS) + r")(?:/[\w.]|(?=[\"'`\s]))")
REQUIREMENT = re.compile(r"(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>[\w.!+]+)(?: ; [^\\]+)?")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def files() -> list[Path]:
    """The files git holds or would take up."""
    # CI may read the clone of another user, which git refuses without safe.directory.
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "-co", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def finds(pattern: re.Pattern[str], paths: list[Path]) -> Iterator[str]:
    for path in paths:
        for number, line in enumerate(path.read_bytes().decode(errors="replace").splitlines(), 1):
            found = pattern.search(line)
            if found:
                yield f"{path.relative_to(ROOT)}:{number}: {found[0]}"


def lock_entries() -> list[str]:
    """The entries of the lock, a line each, comments left out."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


def test_no_file_names_a_package_registry() -> None:
    assert list(finds(HOST, files())) == []


def test_no_file_names_a_folder_of_one_machine() -> None:
    assert list(finds(MACHINE_PATH, files())) == []


@pytest.mark.parametrize(
    "line", ['see "/' + 'root"', "cd /" + "home/ann/muster", "`/" + "work/main`", "a=/" + "root/x"]
)
def test_a_folder_of_one_machine_is_seen(line: str) -> None:
    assert MACHINE_PATH.search(line)


@pytest.mark.parametrize("line", ["https://example.net/home/page", "GET /rootless", "src/work/x", "{base}/home/x"])
def test_other_slashes_are_not(line: str) -> None:
    assert not MACHINE_PATH.search(line)


def test_every_entry_of_the_lock_is_a_version_with_hashes() -> None:
    for entry in lock_entries():
        requirement, *hashes = re.split(r"\s+(?=--hash=)", entry)
        assert REQUIREMENT.fullmatch(requirement), entry
        assert hashes, entry
        assert all(HASH.fullmatch(one) for one in hashes), entry


def test_the_lock_holds_everything_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [
        project["project"]["dependencies"],
        project["dependency-groups"]["dev"],
        project["build-system"]["requires"],
    ]
    names = {_canonical(re.split(r"[\[<>=!~; ]", requirement)[0]) for requirement in itertools.chain(*asked)}
    locked = {_canonical(match["name"]) for entry in lock_entries() if (match := REQUIREMENT.match(entry))}
    assert names - locked == set(), "run `make lock`"


def _canonical(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()
