"""`muster init`: what it asks, what it writes, and that the program starts with it."""

import os
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from muster.cli import app
from muster.config import ServerSettings, Settings, load
from muster.ops import beginning
from muster.ops.beginning import Answers, BadAnswer

Init = Callable[..., Result]
GUILD, STATS, ADMIN = "123456789012345678", "223456789012345678", "323456789012345678"


@pytest.fixture
def init(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Init:
    """The command in a folder of its own; `said` are the lines somebody types."""
    for name in os.environ:
        if name.startswith(("SSH_", "PG", "DATABASE_", "DISCORD_", "MUSTER_", "GUILD", "STATS", "ADMIN")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return lambda *words, said=(): CliRunner().invoke(app, ["init", *words], "".join(f"{line}\n" for line in said))


def test_questions_and_what_comes_of_them(init: Init, tmp_path: Path) -> None:
    (tmp_path / "gamestats").mkdir()
    said = ["a.b.c", "12", GUILD, f"<#{STATS}>", "", "", "gamestats", "Europe/Nowhere", "Europe/Berlin"]
    done = init(said=said)
    assert done.exit_code == 0, done.output
    assert "a.b.c" not in done.output
    assert "an id has 15 to 20 digits" in done.output
    assert "there is no time zone 'Europe/Nowhere'" in done.output
    settings = load()
    assert settings.discord_token is not None
    assert settings.discord_token.get_secret_value() == "a.b.c"
    assert (settings.guild_id, settings.stats_channel_id, settings.admin_channel_id) == (int(GUILD), int(STATS), None)
    assert settings.timezone == "Europe/Berlin"
    (server,) = settings.servers
    assert (server.name, server.folder, server.timezone) == ("main", tmp_path / "gamestats", "Europe/Berlin")
    assert "a.b.c" not in (tmp_path / "muster.toml").read_text()
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    assert done.output.splitlines()[-2:] == ["next: muster doctor", "next: muster run"]


def test_without_a_token_discord_is_not_asked_about(init: Init) -> None:
    done = init(said=["", "", "", ""])
    assert done.exit_code == 0, done.output
    assert "channel" not in done.output
    assert load().discord_token is None


@pytest.mark.parametrize(
    ("database", "url"),
    [
        ("", None),
        ("data/muster.db", "sqlite:///data/muster.db"),
        ("sqlite:////srv/m.db", "sqlite:////srv/m.db"),
        ("postgresql://m@h/d", "postgresql://m:hush@h/d"),
        ("postgresql://m:p%23w@h:5433/d", "postgresql://m:p%23w@h:5433/d"),
    ],
)
@pytest.mark.parametrize(
    "place", ["", "stats", "me@game.example.net:/srv/et", "sftp://me@game.example.net:2222/srv/et", "me@[::1]:22:/srv"]
)
def test_every_choice_is_loaded(
    init: Init, monkeypatch: pytest.MonkeyPatch, database: str, url: str | None, place: str
) -> None:
    words = [f"--database={database}", f"--rounds={place}", "--server=practice", f"--guild={GUILD}"]
    words += [f"--stats-channel={STATS}", f"--admin-channel={ADMIN}", "--zone=America/New_York"]
    key = ["--key=~/.ssh/id"] if "@" in place else []
    for secret in ("DISCORD_TOKEN", "PGPASSWORD"):
        monkeypatch.setenv(secret, "hush")
    if "p%23w" in database:
        monkeypatch.delenv("PGPASSWORD")
    done = init("--no-input", *words, *key)
    assert done.exit_code == 0, done.output
    monkeypatch.delenv("DISCORD_TOKEN")
    monkeypatch.delenv("PGPASSWORD", raising=False)
    settings = load()
    assert settings.url.removeprefix("sqlite:///") == (url or settings.url).removeprefix("sqlite:///")
    assert (settings.guild_id, settings.stats_channel_id, settings.admin_channel_id) == (
        int(GUILD),
        int(STATS),
        int(ADMIN),
    )
    if not place:
        assert settings.servers == []
        return
    (server,) = settings.servers
    assert (server.name, server.timezone) == ("practice", "America/New_York")
    if "@" in place:
        assert (server.ssh_user, server.ssh_port) == ("me", 2222 if "2222" in place else 22)
        assert server.ssh_host == ("::1" if "[" in place else "game.example.net")
        assert str(server.ssh_key_path) == "~/.ssh/id"
        assert "next: muster collector trust practice" in done.output
    else:
        assert server.folder == Path.cwd() / "stats"
        assert "is not there yet" in done.output


@pytest.mark.parametrize(
    ("word", "cure"),
    [
        ("--guild=general", "15 to 20 digits"),
        ("--zone=Mars", "it looks like Europe/Berlin"),
        ("--database=mysql://x@y/z", "postgresql://user@host/name"),
        ("--database=postgresql://x@h:port/z", "can't be read"),
        ("--rounds=me@host", "user@host:/path"),
    ],
)
def test_a_wrong_option_names_its_cure_and_writes_nothing(init: Init, tmp_path: Path, word: str, cure: str) -> None:
    done = init("--no-input", word)
    assert (done.exit_code, cure in done.output) == (2, True), done.output
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over_unasked(init: Init, tmp_path: Path) -> None:
    for name in beginning.FILES:
        (tmp_path / name).write_text("# mine\n")
    done = init("--no-input")
    assert done.exit_code == 1
    assert "muster.toml and .env stand in" in done.output
    assert "--force" in done.output
    done = init(said=["n", "n"])
    assert (done.exit_code, "nothing was written" in done.output) == (1, True)
    assert {(tmp_path / name).read_text() for name in beginning.FILES} == {"# mine\n"}
    done = init(said=["y", "n", "", "", "", ""])
    assert done.exit_code == 0, done.output
    assert "[[servers]]" in (tmp_path / "muster.toml").read_text()
    assert (tmp_path / ".env").read_text() == "# mine\n"
    assert init("--no-input", "--force").exit_code == 0
    assert "PGPASSWORD" in (tmp_path / ".env").read_text()
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == [".env", "muster.toml"]


def test_every_setting_stands_there_once_in_a_group() -> None:
    text = beginning.toml(Answers())
    names = re.findall(r"^# (\w+) =", text, re.MULTILINE) + re.findall(r"^(\w+) =", text, re.MULTILINE)
    wanted = [*Settings.model_fields, *ServerSettings.model_fields]
    assert sorted(names) == sorted(name for name in wanted if name not in (*Settings.secrets, "servers"))
    for about in beginning.GROUPS:
        assert text.count(f"# {about}\n\n#") == 1, "a group without a setting"
    for name in Settings.secrets:
        assert name not in text


def test_what_stands_behind_a_mark_is_what_holds_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = beginning.toml(Answers())
    Path("muster.toml").write_text(text)
    before = load()
    Path("muster.toml").write_text(
        re.sub(r"^# (\w+ = .+)$", r"\1", text.partition("# The game servers")[0], flags=re.M)
    )
    assert load() == before
    assert len(tomllib.loads(Path("muster.toml").read_text())) > 20


@given(name=st.text(min_size=1).filter(str.isprintable), folder=st.text(max_size=40))
def test_names_are_written_so_that_they_are_read_back(name: str, folder: str) -> None:
    if "\0" in folder or any("\ud800" <= sign <= "\udfff" for sign in name + folder):
        return
    answers = Answers(server={"name": name, "folder": folder})
    (server,) = tomllib.loads(beginning.toml(answers))["servers"]
    assert (server["name"], server["folder"]) == (name, folder)


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_a_secret_is_read_back_or_refused(secret: str) -> None:
    from io import StringIO

    from dotenv import dotenv_values

    try:
        taken = beginning.a_secret(secret)
    except BadAnswer:
        return
    read = dotenv_values(stream=StringIO(beginning.env(Answers(token=taken, password=taken))))
    assert read.get("DISCORD_TOKEN", "") == read.get("PGPASSWORD", "") == taken
