"""The install guide on what is installed here; `make guide` also installs, from nothing."""

import os
import sys
from pathlib import Path

import pytest

from tests.deploy.guide import STARTED, STOPPED, Block, Failed, blocks, environment, follow, script


def test_the_guide_installs_first_and_runs_the_program() -> None:
    kinds = [block.kind for block in blocks()]
    assert kinds[0] == "install"
    assert kinds.count("install") == 1
    assert kinds.count("run") == 1
    words = "".join(block.text for block in blocks())
    for word in ("make install", "muster import", "muster init", "muster doctor", "muster run", "muster verify"):
        assert word in words


def test_from_the_first_import_on_it_leads_where_it_says(tmp_path: Path) -> None:
    home, place = tmp_path / "home", tmp_path / "muster"
    home.mkdir()
    place.mkdir()
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    told = follow(place, [block for block in blocks() if block.kind != "install"], environment(home, path))
    assert STARTED in told
    assert STOPPED in told
    assert (place / "muster.toml").exists()
    assert (place / ".env").stat().st_mode & 0o777 == 0o600
    assert list(home.rglob("muster.db")), "without a setting it lies in the data folder"


def test_a_step_that_fails_ends_it(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="no-such-thing"):
        follow(tmp_path, [Block("", "no-such-thing\n"), Block("", "touch after\n")], environment(tmp_path, os.defpath))
    assert not (tmp_path / "after").exists()


def test_a_program_that_ends_with_an_error_is_told(tmp_path: Path) -> None:
    fails = f"sh -c 'echo \"{STARTED}\"; sleep 0.2; exit 3'"
    assert "run.log" in script([Block("run", fails)])
    with pytest.raises(Failed, match="exit code 1"):
        follow(tmp_path, [Block("run", fails)], environment(tmp_path, os.environ["PATH"]))
