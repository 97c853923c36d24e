"""Commands as a person types them: their answers, their errors, their exit codes."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

from muster.cli import app
from muster.rounds.simulate import simulate

Muster = Callable[..., Result]


@pytest.fixture(scope="session")
def evenings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of simulated rounds, without what goes wrong on real servers."""
    folder = tmp_path_factory.mktemp("evenings")
    simulate(folder, nights=3, players=8, seed=4, oddities=False)
    return folder


@pytest.fixture
def muster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Muster:
    """Runs a command with a database of its own, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments: object, db: str | None = "test.db") -> Result:
        words = [str(argument) for argument in arguments]
        return CliRunner().invoke(app, words if db is None else [*words, "--db", db])

    return run


@pytest.fixture
def filled(muster: Muster, evenings: Path) -> Muster:
    """The same, with the evenings imported."""
    assert muster("import", evenings).exit_code == 0
    return muster


def test_import_says_what_became_of_the_files(muster: Muster, evenings: Path) -> None:
    count = len(list(evenings.glob("*-round-[12].txt")))
    first = json.loads(muster("import", evenings, "--json").stdout)
    assert first["counts"]["imported"] == count
    again = json.loads(muster("import", evenings, "--json").stdout)
    assert again["counts"]["known"] == count


def test_import_names_what_it_can_not_take(muster: Muster, tmp_path: Path) -> None:
    broken = tmp_path / "2025-01-01-200000-supply-round-1.txt"
    broken.write_text("what\\is\\this")
    result = muster("import", broken, tmp_path / "nothing", tmp_path / "test.txt", "--json")
    report = json.loads(result.stdout)
    assert report["counts"] == {"rejected": 1, "refused": 2}
    reasons = {entry["file"]: entry["reason"] for entry in report["notable"]}
    assert reasons[broken.name].startswith("line 1, field header: a header has 8 or 9 parts")
    assert result.exit_code == 1


@pytest.mark.parametrize(
    "question",
    [
        ["session", "last"],
        ["session", "list"],
        ["session", "month"],
        ["round", "last"],
        ["match", "last"],
        ["top", "kills"],
        ["top", "accuracy", "--weapon", "MP40"],
        ["top", "dpm", "--worst", "--map", "supply"],
        ["rating"],
        ["rating", "--calibration"],
        ["db", "info"],
    ],
)
def test_questions_have_a_page_and_json(filled: Muster, question: list[str]) -> None:
    page = filled(*question)
    assert page.exit_code == 0, page.output
    assert page.stdout.strip()
    answer = filled(*question, "--json")
    assert json.loads(answer.stdout)


def test_a_player_is_found_by_name_and_by_guid(filled: Muster) -> None:
    entry = json.loads(filled("top", "kills", "--json").stdout)["entries"][0]
    by_guid = json.loads(filled("player", entry["player"]["key"], "--json").stdout)
    assert by_guid["career"]["totals"]["kills"] == entry["value"]
    by_name = json.loads(filled("player", entry["player"]["name"], "--json").stdout)
    assert by_name["career"]["player"] == entry["player"]


def test_nobody_and_several_are_answers_with_an_exit_code(filled: Muster) -> None:
    nobody = filled("player", "zzzzqqqq")
    assert nobody.exit_code == 1
    assert "zzzzqqqq" in nobody.output


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["top", "dpn"], "did you mean"),
        (["top", "kills", "--period", "yesteryear"], "is no period"),
        (["top", "kills", "--weapon", "BANANA"], "BANANA"),
        (["top", "dpm", "--weapon", "MP40"], "weapon"),
        (["round", "nothing.txt"], "nothing.txt"),
        (["match", "nothing"], "nothing"),
        (["session", "1999-01-01"], "no session began on 1999-01-01"),
        (["export", "everything"], "choose one of player_rounds"),
        (["export", "rounds", "--format", "xls"], "choose one of json"),
        (["export", "rounds", "--format", "parquet"], "--out FILE"),
        (["rebuild", "--zone", "nothing"], "SERVER=ZONE"),
        (["rebuild", "--zone", "nowhere=UTC"], "there is no server 'nowhere'"),
    ],
)
def test_a_mistake_is_answered_in_a_line(filled: Muster, words: list[str], part: str) -> None:
    result = filled(*words)
    assert result.exit_code != 0
    assert part in " ".join(result.output.split())
    assert "Traceback" not in result.output


@pytest.mark.parametrize("words", [["session"], ["top", "kills"], ["verify"], ["fingerprint"], ["export", "rounds"]])
def test_without_a_database_the_cure_is_named(muster: Muster, words: list[str]) -> None:
    result = muster(*words)
    assert result.exit_code == 1
    assert "muster import" in " ".join(result.output.split())
    assert not Path("test.db").exists()


def test_a_database_that_can_not_be_reached_is_answered_without_its_password(muster: Muster) -> None:
    result = muster("session", db="postgresql://bot:hunter2@127.0.0.1:1/nothing")
    assert result.exit_code == 1
    assert "can't use the database" in " ".join(result.output.split())
    assert "hunter2" not in result.output


def test_exports_hold_the_same_in_every_format(filled: Muster) -> None:
    rows = json.loads(filled("export", "player_rounds").stdout)
    lines = [json.loads(line) for line in filled("export", "player_rounds", "--lines").stdout.splitlines()]
    assert lines == rows
    table = list(csv.DictReader(io.StringIO(filled("export", "player_rounds", "--format", "csv").stdout)))
    assert [row["kills"] for row in table] == [str(row["kills"]) for row in rows]
    assert filled("export", "player_rounds", "--format", "parquet", "--out", "rows.parquet").exit_code == 0
    with duckdb.connect() as database:
        kept = database.execute("SELECT file, guid, kills, time_played_min FROM 'rows.parquet'").fetchall()
    assert kept == [(row["file"], row["guid"], row["kills"], row["time_played_min"]) for row in rows]


def test_an_export_that_fails_leaves_no_file(filled: Muster) -> None:
    result = filled("export", "rounds", "--out", "no/such/folder/rounds.json")
    assert result.exit_code == 1
    assert "can't write" in result.output


def test_rebuild_verify_and_fingerprint_agree(filled: Muster) -> None:
    before = filled("fingerprint").stdout
    assert filled("verify").exit_code == 0
    assert filled("rebuild").exit_code == 0
    assert filled("fingerprint").stdout == before
    assert before.strip() in filled("fingerprint", "--tables").stdout


def test_verify_names_what_was_tampered_with(filled: Muster) -> None:
    import sqlite3

    with sqlite3.connect("test.db") as database:
        database.execute("UPDATE player_rollup SET kills = kills + 1 WHERE map = '' AND month = 0")
    result = filled("verify", "--json")
    assert result.exit_code == 1
    assert [difference["table"] for difference in json.loads(result.stdout)] == ["player_rollup"]


def test_simulate_writes_what_import_takes(muster: Muster) -> None:
    assert muster("simulate", "--out", "rounds", "--nights", "1", "--players", "6", db=None).exit_code == 0
    assert Path("rounds/truth.json").exists()
    assert muster("import", "rounds").exit_code == 0
    assert muster("simulate", "--out", "rounds", "--players", "1", db=None).exit_code == 2


def test_the_demo_shows_an_evening_and_draws_it(muster: Muster) -> None:
    result = muster("demo", "--out", "made", db=None)
    assert result.exit_code == 0, result.output
    assert Path("made/last-session.png").read_bytes().startswith(b"\x89PNG")
    assert "Session of" in result.output


def test_a_session_is_drawn_on_request(filled: Muster) -> None:
    assert filled("session", "last", "--picture", "evening.png").exit_code == 0
    assert Path("evening.png").read_bytes().startswith(b"\x89PNG")
    assert filled("session", "last", "--picture", "no/such/folder.png").exit_code == 1


def test_output_into_a_closed_pipe_ends_quietly(filled: Muster) -> None:
    command = f"{sys.executable} -m muster export player_rounds --db test.db | head -c 10"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, shell=True, capture_output=True, text=True, env=environment, check=False)
    assert done.stderr == ""


@pytest.mark.parametrize(
    "command",
    ["simulate --nights 1 --players 2 --out wall/folder", "demo --out wall/folder"],
)
def test_what_cannot_be_written_is_named(muster: Muster, tmp_path: Path, command: str) -> None:
    """A file stands where a folder is wanted: not even root gets past that."""
    (tmp_path / "wall").write_text("a file")
    assert_it_stops_at_the_wall(muster(*command.split(), db=None), tmp_path)


@pytest.mark.parametrize("command", ["export rounds --out wall/file", "session --picture wall/file.png"])
def test_what_cannot_be_written_of_a_database_is_named(filled: Muster, tmp_path: Path, command: str) -> None:
    (tmp_path / "wall").write_text("a file")
    assert_it_stops_at_the_wall(filled(*command.split()), tmp_path)


def assert_it_stops_at_the_wall(result: Result, folder: Path) -> None:
    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert "can't write wall/" in result.output
    assert "Not a directory" in result.output
    assert (folder / "wall").read_text() == "a file"
