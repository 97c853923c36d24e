"""`muster pipeline` as a person types it."""

import asyncio
import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from muster.cli import app
from tests.community.test_log import policy, wrote
from tests.community.test_recorder import offered
from tests.importer.working import opened

Muster = Callable[..., Result]

HELP = ('kind = "regex", pattern = "help", ignore_case = true', 'kind = "cooldown", seconds = 60, per = "channel"')
TELL = 'kind = "notify", channel = 123'


@pytest.fixture
def muster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Muster:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "150")

    def typed(*words: str | Path, text: str | None = None) -> Result:
        command = "pipeline" if words[0] != "chatlog" else "chatlog"
        return CliRunner().invoke(app, [command, *map(str, words[command == "chatlog" :]), "--db", "test.db"], text)

    assert typed("chatlog", "policy").exit_code == 0, "it makes the database"
    return typed


def made(muster: Muster, name: str = "help") -> None:
    result = muster("add", name, "--filter", HELP[0], "--filter", HELP[1], "--action", TELL, "--priority", "7")
    assert (result.exit_code, result.stdout) == (0, f"pipeline {name} is stored\n"), result.stderr


def test_made_changed_removed(muster: Muster) -> None:
    assert "there is none yet" in muster("list").stderr
    made(muster)
    assert "`muster pipeline edit help` changes it" in muster("add", "help", "--action", TELL).stderr
    row = muster("list").stdout
    for word in (
        "help",
        "7",
        "yes",
        "regex pattern=help ignore_case=True",
        "cooldown seconds=60",
        "notify channel=123",
    ):
        assert word in row, word
    assert muster("edit", "help", "--priority", "3", "--stop-on-match", "--action", 'kind = "log"').exit_code == 0
    (one,) = json.loads(muster("list", "--json").stdout)
    assert (one["priority"], one["stop_on_match"], one["actions"]) == (3, True, [{"kind": "log"}])
    assert len(one["filters"]) == 2
    assert muster("disable", "help").exit_code == 0
    assert "enabled = false" in muster("show", "help").stdout
    assert muster("enable", "help").exit_code == 0
    assert json.loads(muster("show", "help", "--json").stdout).get("enabled", True) is True
    assert muster("remove", "help").exit_code == 0
    for words in (("show", "help"), ("enable", "help"), ("edit", "help", "--priority", "1"), ("remove", "help")):
        result = muster(*words)
        assert (result.exit_code, "there is no pipeline 'help'" in result.stderr) == (1, True), words


def test_what_is_wrong_is_one_line(muster: Muster) -> None:
    for words, reason in (
        (("--action", 'kind = "notfy", channel = 1'), "`actions[0].kind`: there is no `notfy`; did you mean `notify`?"),
        (("--action", "notify"), "it looks like kind ="),
        (("--action", TELL, "--filter", 'kind = "regex", pattern = "(?=x)"'), "no look-around"),
        ((), "there is none, so the pipeline would do nothing"),
    ):
        result = muster("add", "one", *words)
        assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1), words
        assert reason in result.stderr.replace("\n", " ")
    assert "always there" in muster("add", "archive", "--action", TELL).stderr
    assert "there is none yet" in muster("list").stderr


def test_there_and_back(muster: Muster, tmp_path: Path) -> None:
    made(muster)
    made(muster, "another")
    text = muster("export").stdout
    assert muster("export", "--out", "all.toml").exit_code == 0
    assert Path("all.toml").read_text() == text
    assert muster("export", "help").stdout in text
    muster("remove", "help")
    muster("disable", "another")
    assert muster("import", "all.toml").stdout == "2 stored: another, help\n"
    assert muster("export").stdout == text
    assert muster("import", "-", text=text.replace("priority = 7", "priority = 8", 1)).exit_code == 0
    assert "priority = 8" in muster("show", "another").stdout + muster("show", "help").stdout
    bad = tmp_path / "bad.toml"
    bad.write_text(text.replace("priority = 7", "prority = 7", 1))
    result = muster("import", bad)
    assert (result.exit_code, f"{bad}: line 3: `prority`: there is no `prority`; did you mean `priority`?" in
            result.stderr.replace("\n", "")) == (1, True)  # fmt: skip
    assert "can't be read" in muster("import", "nowhere.toml").stderr
    bad.write_bytes(b"\xff\xfe")
    assert "no text in UTF-8" in muster("import", bad).stderr
    assert "can't write" in muster("export", "--out", "no/such/folder").stderr


def test_edited_as_text(muster: Muster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(muster)
    editor = tmp_path / "editor"
    monkeypatch.setenv("VISUAL", str(editor))

    def edits(command: str) -> Result:
        editor.write_text(f"#!/bin/sh\n{command}\n")
        editor.chmod(editor.stat().st_mode | stat.S_IEXEC)
        return muster("edit", "help")

    assert "nothing was changed" in edits("true").stderr
    assert edits('sed -i s/help\\"$/hilfe\\"/2 "$1"; sed -i "s/priority = 7/priority = 70/" "$1"').exit_code == 0
    assert "priority = 70" in muster("show", "help").stdout
    assert "no other" in edits('sed -i \'s/name = "help"/name = "else"/\' "$1"').stderr
    assert "did you mean" in edits('sed -i "s/priority/priorty/" "$1"').stderr


def test_tried_out(muster: Muster, tmp_path: Path) -> None:
    made(muster)
    muster("edit", "help", "--filter", HELP[0], "--filter", 'kind = "role", roles = [5], negate = true',
           "--filter", 'kind = "time", begin = "20:00", end = "02:00", timezone = "Europe/Berlin"')  # fmt: skip
    night = ("--at", "2025-06-20T23:00+02:00")
    answer = muster("test", "help", "--text", "Help!", *night)
    assert [line.split()[0] for line in answer.stdout.splitlines()[1:]] == ["yes", "yes", "yes", "meant"]
    answer = muster("test", "help", "--text", "hello", "--role", "5", "--at", "2025-06-20T12:00")
    assert [line.split()[0] for line in answer.stdout.splitlines()[1:]] == ["no", "no", "no", "not"]
    for words, code in (((), 2), (("--text", "x", "--at", "soon"), 2), (("--text", "x", "--platform", "irc"), 2)):
        assert muster("test", "help", *words).exit_code == code, words

    async def say() -> None:
        async with opened("sqlite:///test.db") as store:
            await policy(store, "1")
            await offered(
                store, tmp_path, [wrote(1, 60 * n, f"{'HELP' if n % 2 else 'ok'} \x1b[31m{n}") for n in range(9)]
            )

    asyncio.run(say())
    muster("edit", "help", "--filter", HELP[0])
    found = muster("test", "help", "--stored")
    assert found.stdout.count("HELP") == 4
    assert "\x1b" not in found.stdout
    assert "4 of the latest 9 kept messages are meant" in found.stderr
    assert "2 of the latest 4 kept" in muster("test", "help", "--stored", "--limit", "4").stderr


def test_what_was_summed_up(muster: Muster, tmp_path: Path) -> None:
    assert "nothing was summed up yet" in muster("chatlog", "summary").stderr
    assert "nobody has yet" in muster("chatlog", "access").stderr
    assert muster("chatlog", "policy", "default", "--on", "--days", "1", "--before-drop", "summarise").exit_code == 0

    async def say() -> None:
        async with opened("sqlite:///test.db") as store:
            await offered(store, tmp_path, [wrote(1, n, "hello", who=n % 2) for n in range(6)])

    asyncio.run(say())
    assert "6 messages deleted" in muster("chatlog", "archive").stdout
    shown = " ".join(muster("chatlog", "summary").stdout.split())  # a narrow terminal breaks lines
    assert "summarise" in shown
    (row,) = json.loads(muster("chatlog", "summary", "--json").stdout)
    assert (row["pipeline"], row["stage"], row["month"]) == ("summarise", "drop", 202506)
    assert (row["messages"], row["users"], row["characters"], row["hours"][15]) == (6, 2, 30, 6)
