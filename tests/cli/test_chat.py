"""Who writes, asked on the terminal: pages, JSON, what to say where it is not clear who or what is meant."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from muster.cli import app
from muster.model.chat import Message
from muster.store.engine import Store, parse_url
from muster.store.upgrade import upgrade
from tests.community.retold import NOTHING_IN_IT, Retold, asked, conversation, members, told
from tests.community.telling import VILLAGE, channel, person, said

Muster = Callable[..., Result]

MESSAGES = conversation(300, seed=11)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What was written in two communities, somebody with a name out to break the terminal among them."""
    folder: Path = tmp_path_factory.mktemp("chat")

    async def fill() -> None:
        async with Store(parse_url(str(folder / "test.db"))) as store:
            await upgrade(store)
            await told(store, folder, MESSAGES)
            await told(store, folder, [hostile()])
            await members(store, ("2025-06-15", 50), ("2025-06-16", 53))

    asyncio.run(fill())
    return folder / "test.db"


def hostile() -> Message:
    return said(channel(201, VILLAGE), person(900, "\x1b[31m[bold]red\u202e"), 5)


@pytest.fixture
def muster(database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Muster:
    monkeypatch.chdir(tmp_path)
    for name, value in {"COLUMNS": "100", "MUSTER_TIMEZONE": "Europe/Berlin", "MUSTER_DAY_CUTOFF_HOUR": "5"}.items():
        monkeypatch.setenv(name, value)

    def run(*words: str, town: bool = True) -> Result:
        where = ["--community", "Town"] if town else []
        return CliRunner().invoke(app, ["chat", *words, *where, "--db", str(database)])

    return run


def answered(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_top(muster: Muster) -> None:
    wanted = Retold(MESSAGES).top()
    page = muster("top", "--limit", "3")
    assert page.exit_code == 0, page.output
    assert f"places 1 to 3 of {len(wanted)}" in page.stdout
    assert f"{wanted[0][2]}" in page.stdout
    found = answered(muster("top", "--limit", "100", "--json"))
    assert [(e["rank"], e["user"]["key"], e["messages"], e["active_days"]) for e in found["entries"]] == wanted
    inside = answered(muster("top", "--channel", "channel 101", "--limit", "100", "--json", "--period", "2025-06-17"))
    of_it = Retold(MESSAGES, asked("2025-06-17")).top("101")
    assert [(e["rank"], e["user"]["key"], e["messages"], e["active_days"]) for e in inside["entries"]] == of_it
    assert "Nobody wrote anything here then." in muster("top", "--period", "2031").stdout


def test_activity(muster: Muster) -> None:
    wanted = Retold(MESSAGES).activity("500")
    found = answered(muster("activity", "user", "0", "--json"))
    assert {name: found[name] for name in ("messages", "active_days", "rank", "sessions", "seconds")} == {
        name: wanted[name] for name in ("messages", "active_days", "rank", "sessions", "seconds")
    }
    page = muster("activity", "user 0")
    assert f"{wanted['messages']} messages · rank {wanted['rank']} of {wanted['ranked']}" in page.stdout
    assert f"{wanted['longest_streak']} at most" in page.stdout
    assert f"#{NOTHING_IN_IT}" in page.stdout, "a forum of which no name is known"


def test_hours(muster: Muster) -> None:
    assert tuple(answered(muster("hours", "--json"))["hours"]) == Retold(MESSAGES).hours()
    assert tuple(answered(muster("hours", "user 1", "--json"))["hours"]) == Retold(MESSAGES).hours("501")
    page = muster("hours").stdout
    assert "clock: Europe/Berlin" in page
    assert [line.split()[0] for line in page.splitlines() if "░" in line] == [
        "Mon",
        "Tue",
        "Wed",
        "Thu",
        "Fri",
        "Sat",
        "Sun",
    ]
    assert page.count("██") >= 1


def test_days(muster: Muster) -> None:
    found = answered(muster("days", "--period", "2025-06", "--json"))
    assert sum(day["messages"] for day in found["daily"]) == len(Retold(MESSAGES).all)
    assert (found["members"], found["change"]) == (53, 3)
    page = muster("days", "--period", "all").stdout
    assert "Mon 2025-06-16" in page
    assert "53 members, +3" in page
    assert "Nothing was counted on these days." in muster("days", "--period", "2031").stdout


def test_sessions(muster: Muster) -> None:
    wanted = Retold(MESSAGES).sessions("501")
    found = answered(muster("sessions", "user 1", "--limit", "1000", "--json"))
    rows = [(one["channel"]["key"], one["seconds"], one["messages"]) for one in found["sessions"]]
    assert rows == [(place, seconds, messages) for _, place, seconds, messages in wanted]
    page = muster("sessions", "user 1", "--limit", "5", "--offset", "2").stdout
    assert f"3 to 7 · {len(wanted)} sessions" in page


def test_who_is_not_clear_is_asked_back(muster: Muster) -> None:
    several = muster("activity", "user")
    assert several.exit_code == 1
    assert "Did you mean" in several.stdout
    assert "500" in several.stdout
    nobody = muster("sessions", "zzqqxx")
    assert (nobody.exit_code, nobody.stdout) == (1, "")
    assert "nobody who writes in Town goes by anything like 'zzqqxx'" in nobody.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (
            ["top", "--channel", "nowhere", "--community", "Town"],
            1,
            "nothing was counted in a channel called 'nowhere'",
        ),
        (["top", "--period", "yesteryear"], 2, "is no period"),
        (["top", "--community", "city"], 1, "there is no 'city', but Town (9001), Village (9002)"),
        (["top"], 1, "say which community: Town (9001), Village (9002)"),
    ],
)
def test_mistakes_name_the_cure(muster: Muster, words: list[str], code: int, said: str) -> None:
    result = muster(*words, town=False)
    assert result.exit_code == code
    assert said in result.stderr.replace("\n", " ")


def test_a_hostile_name_acts_nowhere(muster: Muster) -> None:
    for words in (["top"], ["activity", "900"], ["sessions", "900"], ["hours", "900"]):
        page = muster(*words, "--community", "9002", town=False)
        assert page.exit_code == 0, page.output
        assert "\x1b[31m" not in page.stdout
        assert "\u202e" not in page.stdout
        assert "[bold]" in page.stdout


def test_nothing_counted_yet(tmp_path: Path, muster: Muster) -> None:
    fresh = str(tmp_path / "fresh.db")
    assert CliRunner().invoke(app, ["db", "upgrade", "--db", fresh]).exit_code == 0
    result = CliRunner().invoke(app, ["chat", "top", "--db", fresh])
    assert result.exit_code == 1
    assert "nothing is counted yet" in result.stderr
