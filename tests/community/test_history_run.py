"""Imports as a person starts them, and as the bot does by itself."""

import asyncio
import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from muster.cli import app
from muster.community.days import DayRule
from muster.community.history import background
from muster.community.history.background import Background
from muster.ops.aside import AsideDied, aside
from muster.store.engine import Store
from tests.community.history_tree import line, moment, put, tree
from tests.importer.working import opened, query

RULE = DayRule()
Muster = Callable[..., Result]


@pytest.fixture
def muster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Muster:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return lambda *words: CliRunner().invoke(app, ["history", *map(str, words), "--db", "test.db"])


def test_an_import_says_what_it_did_and_what_it_could_not(muster: Muster, tmp_path: Path) -> None:
    tree(tmp_path, guilds=1, days=2, lines=30)
    guild = next((tmp_path / "logs").iterdir()).name
    put(tmp_path, guild, "20240109", [line(guild, "channel-0", "5", moment(0)), b"no line \x1b[31m"])
    (tmp_path / "logs" / guild / "20240110" / "info.jsonl").mkdir(parents=True)
    done = muster("import", tmp_path)
    assert done.exit_code == 1, "a day is pending"
    for words in ("62  lines, in 3 days read to their end", "1  lines that can't be read", "20240110: Is a directory"):
        assert words in done.stdout
    assert f"{guild} 20240109 line 2: JSON is malformed" in done.stdout
    assert "#channel-0 in" in done.stdout
    again = json.loads(muster("import", tmp_path, "--json").stdout)
    assert (again["lines"], again["pending"][0]["day"]) == (0, "20240110")
    (found,) = json.loads(muster("status", "--json").stdout)
    assert (found["days"], found["pending"], found["bad"], found["last_date"]) == (3, 1, 1, "20240109")
    assert found["bad_lines"][0]["line"] == 2
    shown = muster("status").stdout
    assert "20240109" in shown
    assert "Is a directory" in shown


def test_nothing_to_import_is_said(muster: Muster, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = muster("import", tmp_path / "empty")
    assert (done.exit_code, done.stdout.strip()) == (0, "Nothing new to import.")
    assert "Nothing was imported yet" in muster("status").stdout
    missing = muster("import", tmp_path / "nowhere")
    assert missing.exit_code == 2


def test_ctrl_c_leaves_a_whole_state(sqlite_url: str, tmp_path: Path) -> None:
    tree(tmp_path, guilds=2, days=100, lines=1000)
    command = [sys.executable, "-m", "muster", "history", "import", str(tmp_path), "--db", sqlite_url]
    for _ in range(5):
        process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        until = time.monotonic() + 30
        while not _lines(tmp_path) and time.monotonic() < until:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=20)
        if process.returncode or _lines(tmp_path) < 200_000:
            break
        for file in tmp_path.glob("muster.db*"):  # it was done before it was stopped
            file.unlink()
    assert process.returncode == 130, told
    assert "the same command goes on from there" in told
    assert 0 < _lines(tmp_path) < 200_000
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with closing(sqlite3.connect(tmp_path / "muster.db")) as database:
        ((counted,),) = database.execute("SELECT sum(messages) FROM user_totals")
        told_of = database.execute("SELECT sum(messages), sum(lines) FROM log_migration_state").fetchall()
    assert told_of == [(counted, 200_000)]


def _lines(folder: Path) -> int:
    """Lines that are stored by now."""
    with closing(sqlite3.connect(folder / "muster.db")) as database:
        try:
            return int(database.execute("SELECT coalesce(sum(lines), 0) FROM log_migration_state").fetchone()[0])
        except sqlite3.OperationalError:
            return 0  # there is no table yet


async def until(store: Store, sql: str, wanted: object) -> None:
    async with asyncio.timeout(15):
        while await query(store, sql) != wanted:
            await asyncio.sleep(0.05)


async def test_the_bot_imports_by_itself_and_ends_when_told(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "_LOOK", 0.05)
    monkeypatch.setattr(background, "_EVERY", 2)
    tree(tmp_path, guilds=1, days=3, lines=100)
    guild = next((tmp_path / "logs").iterdir()).name
    async with opened(sqlite_url) as store:
        stop = asyncio.Event()
        task = asyncio.create_task(Background(store, lambda *_: RULE, tmp_path, aside).run(stop))
        await until(store, "SELECT count(*), sum(lines) FROM log_migration_state", [(3, 300)])
        put(tmp_path, guild, "20250101", [line(guild, "channel-0", "5", moment(0))])
        await until(store, "SELECT sum(lines) FROM log_migration_state", [(301,)])
        stop.set()
        await asyncio.wait_for(task, 5)


async def test_what_goes_wrong_in_the_background_is_tried_again(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "_LOOK", 0.01)
    monkeypatch.setattr(background, "_EVERY", 1)
    tree(tmp_path, guilds=1, days=1, lines=10)
    turns = 0

    @asynccontextmanager
    async def failing() -> AsyncIterator[Callable[..., Coroutine[Any, Any, Any]]]:
        nonlocal turns
        turns += 1

        async def run(function: Callable[..., Any], *values: Any) -> Any:
            if turns == 1:
                raise AsideDied("killed")
            return None if function.__name__ == "nice" else function(*values)

        yield run

    async with opened(sqlite_url) as store:
        stop = asyncio.Event()
        task = asyncio.create_task(Background(store, lambda *_: RULE, tmp_path, failing).run(stop))
        await until(store, "SELECT sum(lines) FROM log_migration_state", [(10,)])
        stop.set()
        await asyncio.wait_for(task, 5)
    assert turns > 1
