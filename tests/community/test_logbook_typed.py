"""`muster chatlog` as a person types it."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from muster.cli import app
from tests.community.test_log import wrote
from tests.community.test_recorder import offered
from tests.importer.working import opened

Muster = Callable[..., Result]


@pytest.fixture
def muster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Muster:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    return lambda *words: CliRunner().invoke(app, ["chatlog", *map(str, words), "--db", "test.db"])


def test_from_policy_to_restore(muster: Muster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no" in muster("policy").stdout
    assert muster("policy", "default", "--on", "--days", "1").exit_code == 0

    async def say() -> None:
        async with opened("sqlite:///test.db") as store:
            await offered(store, tmp_path, [wrote(1, n, f"[bold]well[/] \x1b[31mplayed {n}") for n in range(5)])

    asyncio.run(say())
    shown = muster("policy", "channel 1", "--rate", "1", "--before-drop", "archive").stdout
    assert "archive" in shown
    assert json.loads(muster("policy", "1", "--json").stdout)[0]["messages"] == 5
    found = muster("search", "PLAYED")
    assert found.stdout.count("[bold]well[/]") == 5
    assert "\x1b" not in found.stdout, "a message must not act on the terminal"
    assert len(json.loads(muster("search", "played 3", "--json").stdout)) == 1
    assert "5 messages written" in muster("export", "channel 1", "--out", tmp_path / "out.jsonl").stdout
    refused = muster("archive")
    assert refused.exit_code == 1
    assert "set `chat_archive`" in refused.stderr
    assert "there is no archive" in muster("search", "played", "--archived").stderr
    monkeypatch.setenv("MUSTER_CHAT_ARCHIVE", str(tmp_path / "archive"))
    assert "5 messages deleted, 5 of them archived" in muster("archive").stdout
    assert "nothing kept contains that" in muster("search", "played").stderr
    assert muster("search", "played", "--archived").stdout.count("well") == 5
    assert "5 messages put back" in muster("restore", "all").stdout
    wrong = muster("export", "nowhere", "--out", tmp_path / "out.jsonl")
    assert (wrong.exit_code, "no channels with kept messages" in wrong.stderr) == (1, True)
    assert "there are no steps 'burn'" in muster("policy", "1", "--before-drop", "burn").stderr
