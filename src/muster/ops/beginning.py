"""The first settings: what a few answers come to as a commented `muster.toml` and an `.env` that is nobody else's."""

import json
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import msgspec

from muster.config import CONFIG_FILE, ServerSettings, Settings

ENV_FILE: Final = ".env"

GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "Where everything is kept. Without a setting: an SQLite file in your data folder.": ("database", "pg"),
    "What it takes to be ranked.": ("min_",),
    "Discord: where commands are answered, and what is said where. The token belongs into .env.": (
        "discord_",
        "guild_",
        "stats_channel",
        "admin_",
        "command_",
        "root_",
    ),
    "What is posted.": ("announce_",),
    "What is counted of people, and what is kept of what they write.": (
        "message_",
        "count",
        "ignored_",
        "day_",
        "history_",
        "chat_",
        "webhook_",
    ),
    "Game servers that are fetched from, or push their files; docs/collectors.md.": (
        "ssh_",
        "remote_",
        "known_",
        "push_",
    ),
    "The clock of servers that name none of their own, and everything else.": ("",),
}
"""What a group of settings is about → how their names begin. A name belongs to the first group that fits."""

_PLACE = re.compile(
    r"(?:sftp://)?(?P<user>[^@/:\s]+)@(?P<host>\[[^\]\s]+\]|[^:/@\s]+)(?::(?P<port>\d+))?[:]?(?P<path>/.+)"
)
_ID = re.compile(r"\d{15,20}")


class BadAnswer(ValueError):
    """An answer that can't be used; the message says what one looks like."""


class Answers(msgspec.Struct, frozen=True):
    """What was answered; empty for what is left as it is. `server` is a [[servers]] table."""

    token: str = ""
    guild_id: int | None = None
    stats_channel_id: int | None = None
    admin_channel_id: int | None = None
    database: str = ""
    password: str = ""
    timezone: str = "UTC"
    server: dict[str, str | int] | None = None


def an_id(text: str) -> int | None:
    """An id of Discord; None for no answer."""
    text = text.strip().strip("<#@&>")
    if not text:
        return None
    if not _ID.fullmatch(text):
        raise BadAnswer("an id has 15 to 20 digits: in Discord switch on Developer Mode, right-click, Copy ID")
    return int(text)


def a_zone(text: str) -> str:
    """A time zone by its name."""
    try:
        ZoneInfo(text.strip())
    except (KeyError, OSError, ValueError):  # unknown, a folder of the database, or no name at all
        raise BadAnswer(f"there is no time zone {text.strip()!r}; it looks like Europe/Berlin, or UTC") from None
    return text.strip()


def a_secret(text: str) -> str:
    """A token or a password: one line, as it is."""
    text = text.strip()
    if not text.isprintable():
        raise BadAnswer("a secret is one line of letters that can be seen")
    if any(sign in text for sign in ("${", "'", "\\")):
        # What reads .env files does not agree about these: this program, systemd, containers.
        raise BadAnswer("a secret with ', \\ or ${ in it can't stand in .env: give it in the environment, or change it")
    return text


def a_database(text: str) -> tuple[str, str]:
    """The URL of a database or the path of an SQLite file, without its password, and that."""
    text = text.strip()
    if "://" not in text:
        return text, ""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise BadAnswer("that URL can't be read; it looks like postgresql://muster@localhost/muster") from None
    if parts.scheme.partition("+")[0] not in ("postgresql", "postgres", "sqlite"):
        raise BadAnswer("use sqlite:///path or postgresql://user@host/name")
    password = unquote(parts.password or "")
    bare = text.replace(f":{parts.password}@", "@", 1) if password else text
    return bare, a_secret(password)


def a_server(text: str, name: str = "main", key: str = "") -> dict[str, str | int] | None:
    """The game server whose files lie in a folder, or at `user@host:/path`; None for no answer."""
    text = text.strip()
    if not text:
        return None
    if found := _PLACE.fullmatch(text):
        place: dict[str, str | int] = {"name": name, "ssh_host": found["host"].strip("[]"), "ssh_user": found["user"]}
        if found["port"]:
            place["ssh_port"] = int(found["port"])
        if key:
            place["ssh_key_path"] = key
        return {**place, "remote_stats_path": found["path"]}
    if "@" in text and not text.startswith(("/", "~", ".")):
        raise BadAnswer("a folder of this machine, or user@host:/path/to/gamestats (user@host:2222:/path for a port)")
    return {"name": name, "folder": str(Path(text).expanduser().absolute())}


def toml(answers: Answers) -> str:
    """`muster.toml`: what was answered, and everything else as a comment with its default."""
    chosen = {
        "database_url": answers.database or None,
        "timezone": answers.timezone,
        "guild_id": answers.guild_id,
        "stats_channel_id": answers.stats_channel_id,
        "admin_channel_id": answers.admin_channel_id,
    }
    lines = [
        "# Muster's settings, made by `muster init`. What stands behind a # is as it is without a setting.",
        "# docs/settings.md says all of them; `muster doctor` looks whether they are right.",
    ]
    left = [name for name in Settings.model_fields if name not in (*Settings.secrets, "servers")]
    for about, beginnings in GROUPS.items():
        mine = [name for name in left if name.startswith(beginnings)]
        left = [name for name in left if name not in mine]
        lines += ["", "", f"# {about}"]
        for name in mine:
            lines += ["", *_setting(name, chosen.get(name))]
    lines += ["", "", "# The game servers, a table each. Their files' stamps are read by `timezone`.", ""]
    lines += _server(answers)
    return "\n".join(lines) + "\n"


def _setting(name: str, value: Any) -> Iterator[str]:
    field = Settings.model_fields[name]
    yield f"# {field.description}"
    if value is not None:
        yield f"{name} = {_toml_value(value)}"
        return
    default = field.get_default(call_default_factory=True)
    yield f"# {name} = {_toml_value(default)}" if default is not None else f"# {name} ="


def _server(answers: Answers) -> Iterator[str]:
    server = answers.server
    mark = "" if server else "# "
    yield f"{mark}[[servers]]"
    values: dict[str, Any] = {"timezone": answers.timezone, **(server or {"name": "main"})}
    for name, field in ServerSettings.model_fields.items():
        if name in values:
            yield f"{mark}{name} = {_toml_value(values[name])}"
        else:
            yield f"{f'# {name} =':<22}# {field.description}"


def _toml_value(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml_value, value)) + "]"
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def env(answers: Answers) -> str:
    """`.env`: the secrets, and nothing else."""
    lines = [
        "# Secrets. Nobody but Muster's user may read this file, and it belongs into no repository.",
        "",
        "# The bot's token: Discord's Developer Portal, Bot, Reset Token.",
        f"DISCORD_TOKEN='{answers.token}'" if answers.token else "# DISCORD_TOKEN=",
        "",
        "# PostgreSQL's password, where it wants one.",
        f"PGPASSWORD='{answers.password}'" if answers.password else "# PGPASSWORD=",
    ]
    return "\n".join(lines) + "\n"


def write(path: Path, text: str, *, secret: bool = False) -> None:
    """Writes a file whole or not at all; a secret one can be read by nobody else at any moment. Raises OSError."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # only its user may read it
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if not secret:
            umask = os.umask(0)
            os.umask(umask)
            Path(name).chmod(0o666 & ~umask)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


FILES: Final = (CONFIG_FILE, ENV_FILE)
"""What is written; the last is secret."""
