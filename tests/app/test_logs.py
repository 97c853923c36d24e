"""Logs are plain lines, and no secret stands in them."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from muster.config import ServerSettings, Settings, SettingsError
from muster.ops.logs import BLOT, secrets_of, set_up

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcDE.f-o_o-bar-secret-part"
PASSWORD = "p@ss/w0rd:x"
QUOTED = "p%40ss%2Fw0rd%3Ax"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Everything that is logged."""
    monkeypatch.setenv("RCON_MAIN", "rcon-hush-hush")
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    servers = [ServerSettings(name="main", rcon_password_env="RCON_MAIN")]  # type: ignore[call-arg]
    set_up(_settings(servers=servers), stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def _settings(**values: Any) -> Settings:
    usual: dict[str, Any] = {
        "discord_token": TOKEN,
        "pgpassword": PASSWORD,
        "database_url": "postgresql://me:db-url-pass@host/muster",
        "log_level": "info",
    }
    return Settings(**(usual | {"_env_file": None} | values))


def test_a_line(written: io.StringIO) -> None:
    structlog.get_logger("muster.announce").info("posted", post="round:main:x", message=5)
    (line,) = written.getvalue().splitlines()
    assert line.split(" ", 2)[2].split() == [
        "[info",
        "]",
        "posted",
        "[muster.announce]",
        "post=round:main:x",
        "message=5",
    ]


def test_the_level_is_the_settings(written: io.StringIO) -> None:
    structlog.get_logger("muster").debug("not told")
    logging.getLogger("somebody").debug("neither")
    assert written.getvalue() == ""
    logging.getLogger("somebody").info("told: %s", "this")
    assert "told: this" in written.getvalue()


@pytest.mark.parametrize("secret", [TOKEN, PASSWORD, QUOTED, "rcon-hush-hush", "db-url-pass"])
def test_secrets_are_blotted_out_wherever_they_stand(written: io.StringIO, secret: str) -> None:
    log = structlog.get_logger("muster")
    log.warning(f"could not log in with {secret}", where=f"x{secret}y", deep={"list": [secret]})
    logging.getLogger("discord.http").warning("Authorization %s", secret)
    try:
        raise ValueError(f"bad: {secret}")
    except ValueError:
        log.exception("that went wrong")
        logging.getLogger("library").exception("so did this")
    assert secret not in written.getvalue()
    assert written.getvalue().count(BLOT) >= 6
    assert "ValueError: bad" in written.getvalue()


@pytest.mark.parametrize("name", ["token", "bot_token", "PASSWORD", "rconpassword", "authorization", "api_key"])
def test_what_goes_by_such_a_name_is_no_business_of_the_log(written: io.StringIO, name: str) -> None:
    structlog.get_logger("muster").info("login", **{name: "whoever reads this"}, deep=[{name: "or that"}])
    assert "whoever" not in written.getvalue()
    assert "or that" not in written.getvalue()


def test_urls_and_headers_of_others(written: io.StringIO) -> None:
    structlog.get_logger("muster").info("x", url="postgresql://ann:geheim@host/x", header="Bot abcdefghijklmnopqrstuvw")
    assert "geheim" not in written.getvalue()
    assert "abcdefghijklmnopqrstuvw" not in written.getvalue()
    assert "ann:" in written.getvalue()


def test_a_lost_connection_is_one_line(written: io.StringIO) -> None:
    try:
        raise ConnectionResetError("gone")
    except ConnectionResetError:
        logging.getLogger("discord.shard").exception("Attempting a reconnect for shard ID %s in %.2fs", 0, 1.5)
    (line,) = written.getvalue().splitlines()
    assert "Attempting a reconnect for shard ID 0 in 1.50s: ConnectionResetError('gone')" in line


def test_every_secret_of_the_settings_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(secrets_of(_settings())) == {TOKEN, PASSWORD, "db-url-pass"}
    assert secrets_of(Settings(_env_file=None)) == []  # type: ignore[call-arg]


@pytest.mark.parametrize("sign", ["\x1b[2J", "\x00", "\r", "\x9b31m", "\u202e", "\u2028", "\x7f"])
def test_names_of_strangers_command_no_terminal(written: io.StringIO, sign: str) -> None:
    log = structlog.get_logger("muster")
    log.warning(f"x{sign}y", name=f"a{sign}b", deep=[f"c{sign}d"], words=f"e {sign} f")
    logging.getLogger("library").warning("user %s", f"g{sign}h")
    try:
        raise ValueError(f"i{sign}j")
    except ValueError:
        log.exception("oops")
    assert sign[0] not in written.getvalue()
    for word in ("x", "a", "c", "e ", "g", "i"):
        assert f"{word}\\" in written.getvalue()


def test_nobody_writes_lines_of_his_own(written: io.StringIO) -> None:
    forged = "ann\n2025-01-01 00:00:00 [info     ] root logged in"
    structlog.get_logger("muster").info("linked", name=forged)
    logging.getLogger("library").warning("hello %s", forged)
    assert len(written.getvalue().splitlines()) == 2


def test_a_log_file_is_begun_anew_when_it_is_full(tmp_path: Path) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        set_up(_settings(log_file=tmp_path / "logs" / "muster.log", log_file_mb=0.001, log_files=2))
        for number in range(100):
            structlog.get_logger("muster").info("a line", number=number, token="hush")
        root.handlers[0].close()
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()
    files = sorted((tmp_path / "logs").iterdir())
    assert [file.name for file in files] == ["muster.log", "muster.log.1", "muster.log.2"]
    assert all(file.stat().st_size <= 1000 for file in files)
    last = files[0].read_text().splitlines()[-1]
    assert "number=99" in last
    assert BLOT in last
    assert "hush" not in last


def test_a_log_file_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SettingsError, match=r"`log_file` .* can't be written"):
        set_up(_settings(log_file=tmp_path / "file" / "muster.log"))
