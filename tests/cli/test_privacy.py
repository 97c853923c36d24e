"""What is stored of a person, asked and erased on the terminal."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from muster.cli import app
from muster.community.archive import Archive
from muster.model.chat import Channel, Community, Person, Platform
from muster.store import log
from muster.store.log import PolicyRow, TextRow
from tests.community.telling import person, said
from tests.community.test_recorder import offered
from tests.importer.working import opened

Muster = Callable[..., Result]

ID = "123456789012345678"
HOSTILE = "\x1b[31m[bold]red\u202e"


@pytest.fixture
def muster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Muster:
    """A database in which three people wrote, two of them under one name, one with a name out to break terminals."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("MUSTER_CHAT_ARCHIVE", str(tmp_path / "archive"))
    here = Channel(Community(Platform.DISCORD, "9001", "Town"), "1", "general")
    people = [Person(Platform.DISCORD, ID, "anna"), person(5, "twin"), person(6, "Twin"), person(7, HOSTILE)]

    async def fill() -> None:
        async with opened(str(tmp_path / "test.db")) as store:
            async with store.write() as writer:
                await log.put_policy(writer, PolicyRow("discord", "1", "1", True, 3650, 1.0, None))
            await offered(store, tmp_path, [said(here, who, n, text=f"text {n}") for n, who in enumerate(people * 2)])

    asyncio.run(fill())
    old = TextRow("discord", "9001", "1", "general", 5, ID, "anna", "archived once", 1.0, None)
    Archive(tmp_path / "archive").write([old])

    def run(*words: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(app, ["privacy", *words, "--db", str(tmp_path / "test.db")], input=typed)

    return run


def answered(result: Result) -> dict[str, object]:
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_show(muster: Muster) -> None:
    page = muster("show", "anna")
    assert page.exit_code == 0, page.output
    for words in (f"discord {ID}: anna", "#general", "2  kept texts", "1  texts in the archive", "counted"):
        assert words in page.stdout
    found = answered(muster("show", ID, "--json"))
    assert (found["texts"], found["archived"], found["opted_out"]) == (2, 1, False)
    assert "nothing is stored" in muster("show", "42").stdout
    hostile = muster("show", "7").stdout
    assert "\x1b" not in hostile
    assert "\u202e" not in hostile


def test_export(muster: Muster, tmp_path: Path) -> None:
    result = muster("export", ID, "--out", "mine.json")
    assert result.exit_code == 0, result.output
    written = json.loads((tmp_path / "mine.json").read_text("utf-8"))
    assert sorted(text["text"] for text in written["texts"]) == ["archived once", "text 0", "text 4"]
    assert [text["text"] for text in answered(muster("export", "5"))["texts"]] == ["text 1", "text 5"]  # type: ignore[attr-defined]
    assert [one["action"] for one in answered(muster("show", ID, "--json"))["requests"]] == ["export"]  # type: ignore[attr-defined]
    refused = muster("export", ID, "--out", str(tmp_path / "nowhere" / "mine.json"))
    assert refused.exit_code == 1
    assert "can't write" in refused.output


def test_erase(muster: Muster) -> None:
    asked = muster("erase", "anna")
    assert asked.exit_code == 2
    assert "--yes" in asked.output
    assert answered(muster("show", ID, "--json"))["texts"] == 2
    done = answered(muster("erase", "anna", "--yes", "--json"))
    assert (done["archived"], done["is_clean"]) == (1, True)
    assert "nothing to erase" in muster("erase", ID, "--yes").stdout
    assert "is nobody's" in muster("show", ID).stdout
    assert "nobody who was counted on discord is called 'anna'" in muster("show", "anna").output


def test_out_and_in(muster: Muster) -> None:
    page = muster("opt-out", "anna", "--yes")
    assert page.exit_code == 0, page.output
    assert "Counted no longer." in page.stdout
    assert "chat_log: 2" in page.stdout
    assert "opted out" in muster("show", ID).stdout
    assert answered(muster("opt-in", ID, "--json")) == {"changed": True}
    assert "has not opted out" in muster("opt-in", ID).stdout


def test_a_person_is_asked_for_where_it_can_not_be_undone(muster: Muster, monkeypatch: pytest.MonkeyPatch) -> None:
    from muster.cli import privacy

    monkeypatch.setattr(privacy, "_can_be_asked", lambda: True)
    left = muster("erase", "anna", typed="n\n")
    assert left.exit_code == 1
    assert "left as it was" in left.output
    assert answered(muster("show", ID, "--json"))["texts"] == 2
    assert muster("erase", "anna", typed="y\n").exit_code == 0
    assert answered(muster("show", ID, "--json"))["texts"] == 0


def test_who_is_meant(muster: Muster) -> None:
    several = muster("show", "TWIN")
    assert several.exit_code == 1
    assert "2 people are called 'TWIN': give an id (5, 6)" in several.output
    assert muster("show", "5").exit_code == 0
    assert muster("show", "5", "--platform", "myspace").exit_code == 2
    assert "nobody who was counted on twitch" in muster("erase", "anna", "--platform", "twitch", "--yes").output
