"""Settings: from the environment, `.env` and `muster.toml`, in this order of weight, each under one name.

Names of older systems' environment variables are accepted beside Muster's own.
"""

import difflib
import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, ClassVar
from urllib.parse import quote, urlencode
from zoneinfo import available_timezones

from dotenv import dotenv_values
from platformdirs import user_data_path
from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

CONFIG_FILE = "muster.toml"

ONLY_SERVER = "main"
"""What the game server of SSH_HOST is called where no [[servers]] table names it."""


class SettingsError(Exception):
    """A setting is unknown or wrong; the message names it, where it stands, and the nearest right name."""


class ServerSettings(BaseModel):
    """A game server: its name, the time zone of its clock, and the host names its files carry."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(description="what the server is called in answers")
    timezone: str | None = Field(None, description="IANA time zone of the server's clock, such as Europe/Berlin")
    hostnames: list[str] = Field(
        default_factory=list, description="host names in its files' headers, without colour codes"
    )
    folder: Path | None = Field(None, description="folder the server writes round files to, watched by `muster run`")
    ssh_host: str | None = Field(None, description="host that `muster run` fetches round files from by SFTP")
    ssh_port: int = Field(22, description="port of its SSH server; without it 22", ge=1, le=65535)
    ssh_user: str | None = Field(None, description="who logs in there")
    ssh_key_path: Path | None = Field(
        None, description="private key to log in with; without it those in `~/.ssh` and those of an SSH agent"
    )
    remote_stats_path: str | None = Field(None, description="folder of round files on that host")
    push_token_env: str | None = Field(
        None, description="name of the environment variable that holds the token this server pushes files with"
    )
    address: str | None = Field(
        None, description="host:port of the game server, for `server_status` and the message of `status_channel_id`"
    )
    rcon_password_env: str | None = Field(
        None, description="name of the environment variable that holds the RCON password; without it RCON is off"
    )

    @model_validator(mode="after")
    def _complete(self) -> "ServerSettings":
        if self.ssh_host:
            _ask_for({name: getattr(self, name) for name in ("ssh_user", "remote_stats_path")}, "ssh_host")
        return self


def _ask_for(values: dict[str, Any], by: str) -> None:
    missing = [name for name, value in values.items() if not value]
    if missing:
        raise ValueError(f"{by} needs {' and '.join(missing)} beside it")


def _own(name: str, *others: str) -> AliasChoices:
    return AliasChoices(f"MUSTER_{name.upper()}", name, *others)


class Settings(BaseSettings):
    """Every setting of Muster. In `muster.toml` they stand under the names given here."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", populate_by_name=True, toml_file=CONFIG_FILE)

    database_url: Annotated[
        str | None, Field(description="`sqlite:///path`, `postgresql://user@host/name`, or the path of an SQLite file")
    ] = Field(None, validation_alias=_own("database_url", "DATABASE_URL"))
    database_path: Annotated[str | None, Field(description="path of the SQLite file, where no URL is given")] = Field(
        None, validation_alias=_own("database_path", "DATABASE_PATH")
    )
    pghost: Annotated[
        str | None, Field(description="host or socket folder of PostgreSQL; with it the five PG… settings make the URL")
    ] = Field(None, validation_alias=_own("pghost", "PGHOST"))
    pgport: Annotated[int, Field(description="port of PostgreSQL")] = Field(
        5432, validation_alias=_own("pgport", "PGPORT")
    )
    pguser: Annotated[str, Field(description="user of PostgreSQL")] = Field(
        "muster", validation_alias=_own("pguser", "PGUSER")
    )
    pgdatabase: Annotated[str, Field(description="database of PostgreSQL")] = Field(
        "muster", validation_alias=_own("pgdatabase", "PGDATABASE")
    )
    pgpassword: Annotated[
        SecretStr | None, Field(description="password of PostgreSQL; only in the environment or .env")
    ] = Field(None, validation_alias=_own("pgpassword", "PGPASSWORD"))
    timezone: Annotated[str, Field(description="time zone of game servers that name none of their own")] = Field(
        "UTC", validation_alias=_own("timezone")
    )
    servers: Annotated[list[ServerSettings], Field(description="the game servers, each as a [[servers]] table")] = (
        Field(default_factory=list, validation_alias=_own("servers"))
    )
    ssh_enabled: Annotated[
        bool, Field(description="fetch from SSH_HOST; for one game server, several are [[servers]] tables")
    ] = Field(False, validation_alias=_own("ssh_enabled", "SSH_ENABLED"))
    ssh_host: Annotated[str | None, Field(description="the same as `ssh_host` of the only [[servers]] table")] = Field(
        None, validation_alias=_own("ssh_host", "SSH_HOST")
    )
    ssh_port: Annotated[int, Field(description="its port", ge=1, le=65535)] = Field(
        22, validation_alias=_own("ssh_port", "SSH_PORT")
    )
    ssh_user: Annotated[str | None, Field(description="who logs in there")] = Field(
        None, validation_alias=_own("ssh_user", "SSH_USER")
    )
    ssh_key_path: Annotated[Path | None, Field(description="private key to log in with")] = Field(
        None, validation_alias=_own("ssh_key_path", "SSH_KEY_PATH")
    )
    remote_stats_path: Annotated[str | None, Field(description="folder of round files on that host")] = Field(
        None, validation_alias=_own("remote_stats_path", "REMOTE_STATS_PATH")
    )
    known_hosts: Annotated[
        Path | None, Field(description="file of trusted host keys; without it `known_hosts` in Muster's data folder")
    ] = Field(None, validation_alias=_own("known_hosts"))
    push_host: Annotated[str, Field(description="address that pushed files are taken at")] = Field(
        "127.0.0.1", validation_alias=_own("push_host")
    )
    push_port: Annotated[int, Field(description="port that pushed files are taken at", ge=0, le=65535)] = Field(
        8710, validation_alias=_own("push_port")
    )
    min_rounds: Annotated[int, Field(description="rounds a player needs to be ranked by a sum", ge=0)] = Field(
        10, validation_alias=_own("min_rounds")
    )
    min_rounds_ratio: Annotated[int, Field(description="rounds a player needs to be ranked by a ratio", ge=0)] = Field(
        20, validation_alias=_own("min_rounds_ratio")
    )
    min_shots: Annotated[int, Field(description="shots a player needs to be ranked by accuracy", ge=0)] = Field(
        500, validation_alias=_own("min_shots")
    )

    discord_token: Annotated[
        SecretStr | None, Field(description="the bot's token; only in the environment or .env")
    ] = Field(None, validation_alias=_own("discord_token", "DISCORD_BOT_TOKEN", "DISCORD_TOKEN"))
    discord_api_base: Annotated[
        str | None, Field(description="address of a server that speaks Discord's API; for tests and compatible servers")
    ] = Field(None, validation_alias=_own("discord_api_base", "DISCORD_API_BASE"))
    guild_id: Annotated[
        int | None, Field(description="the Discord server whose slash commands are registered at once")
    ] = Field(None, validation_alias=_own("guild_id", "GUILD_ID"))
    stats_channel_id: Annotated[
        int | None, Field(description="channel that rounds, maps and sessions are posted to")
    ] = Field(None, validation_alias=_own("stats_channel_id", "STATS_CHANNEL_ID"))
    admin_channel_id: Annotated[int | None, Field(description="channel that is told what needs an admin")] = Field(
        None, validation_alias=_own("admin_channel_id", "ADMIN_CHANNEL_ID")
    )
    command_prefix: Annotated[str, Field(description="what a typed command begins with", min_length=1)] = Field(
        "!", validation_alias=_own("command_prefix")
    )
    command_channels: Annotated[
        list[int], Field(description="channels that commands are answered in; none: everywhere")
    ] = Field(default_factory=list, validation_alias=_own("command_channels"))
    admin_roles: Annotated[
        list[int], Field(description="roles whose members may use the commands of admins, beside Manage Server")
    ] = Field(default_factory=list, validation_alias=_own("admin_roles"))
    root_users: Annotated[list[int], Field(description="users who may do everything, by id")] = Field(
        default_factory=list, validation_alias=_own("root_users")
    )
    message_content: Annotated[
        bool, Field(description="read what is typed; without it commands are slash commands, or name the bot")
    ] = Field(True, validation_alias=_own("message_content"))
    count_messages: Annotated[
        bool, Field(description="count who writes how much and when; what is written is not kept for it")
    ] = Field(True, validation_alias=_own("count_messages"))
    counted_channels: Annotated[
        list[int], Field(description="channels whose messages are counted, with their threads; none: all")
    ] = Field(default_factory=list, validation_alias=_own("counted_channels"))
    ignored_channels: Annotated[
        list[int], Field(description="channels whose messages are not counted, nor those of their threads")
    ] = Field(default_factory=list, validation_alias=_own("ignored_channels"))
    count_voice: Annotated[
        bool, Field(description="count how long who is in which voice channel; nothing that is spoken is heard")
    ] = Field(True, validation_alias=_own("count_voice"))
    count_joins: Annotated[
        bool,
        Field(description="keep who joins and leaves the server; needs the Server Members Intent of the bot's page"),
    ] = Field(False, validation_alias=_own("count_joins"))
    count_emoji: Annotated[bool, Field(description="count which emoji people write; only with `message_content`")] = (
        Field(True, validation_alias=_own("count_emoji"))
    )
    count_words: Annotated[
        bool,
        Field(description="let people see the words they write most, each his own; only with `message_content`"),
    ] = Field(False, validation_alias=_own("count_words"))
    day_cutoff_hour: Annotated[
        int,
        Field(description="hour of the day, in `timezone`, at which a day of messages and members begins", ge=0, le=23),
    ] = Field(0, validation_alias=_own("day_cutoff_hour"))
    history_folder: Annotated[
        Path | None, Field(description="folder of another bot's logs, counted by `muster run` in the background")
    ] = Field(None, validation_alias=_own("history_folder"))
    chat_archive: Annotated[
        Path | None, Field(description="folder that kept messages are archived to before they go")
    ] = Field(None, validation_alias=_own("chat_archive"))
    webhook_private: Annotated[
        bool, Field(description="pipelines may send events to addresses of the own network, and without encryption")
    ] = Field(False, validation_alias=_own("webhook_private"))
    announce_max_age_hours: Annotated[
        float, Field(description="older rounds are stored, not posted: a backfill does not flood the channel", ge=0)
    ] = Field(6.0, validation_alias=_own("announce_max_age_hours"))
    announce_achievements: Annotated[
        bool, Field(description="post what players reach with a round, such as their 500th kill: each once")
    ] = Field(False, validation_alias=_own("announce_achievements"))
    automation_enabled: Annotated[
        bool, Field(description="evenings begin and end by voice, schedule, command and rounds: see docs/evenings.md")
    ] = Field(False, validation_alias=_own("automation_enabled", "AUTOMATION_ENABLED"))
    gaming_voice_channels: Annotated[
        list[int], NoDecode, Field(description="voice channels whose people begin and end an evening")
    ] = Field(default_factory=list, validation_alias=_own("gaming_voice_channels", "GAMING_VOICE_CHANNELS"))
    session_start_threshold: Annotated[
        int, Field(description="people in those channels that begin an evening", ge=1)
    ] = Field(6, validation_alias=_own("session_start_threshold", "SESSION_START_THRESHOLD"))
    session_end_threshold: Annotated[int, Field(description="people below which it ends", ge=1)] = Field(
        2, validation_alias=_own("session_end_threshold", "SESSION_END_THRESHOLD")
    )
    session_end_delay: Annotated[int, Field(description="seconds they have to be so few", ge=0)] = Field(
        180, validation_alias=_own("session_end_delay", "SESSION_END_DELAY")
    )
    session_start_at: Annotated[
        str | None,
        Field(description="time of day an evening begins at, such as 20:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$"),
    ] = Field(None, validation_alias=_own("session_start_at"))
    session_timezone: Annotated[
        str | None, Field(description="time zone of `session_start_at`; without it `timezone`")
    ] = Field(None, validation_alias=_own("session_timezone"))
    status_channel_id: Annotated[
        int | None, Field(description="channel with a message that shows the game servers as they are")
    ] = Field(None, validation_alias=_own("status_channel_id"))
    status_seconds: Annotated[
        int, Field(description="seconds between two looks at the game servers for that message", ge=15)
    ] = Field(60, validation_alias=_own("status_seconds"))
    chart_workers: Annotated[int, Field(description="processes that draw pictures", ge=1)] = Field(
        1, validation_alias=_own("chart_workers")
    )
    log_level: Annotated[str, Field(description="DEBUG, INFO, WARNING or ERROR")] = Field(
        "INFO", validation_alias=_own("log_level", "LOG_LEVEL"), pattern=r"(?i)^(DEBUG|INFO|WARNING|ERROR)$"
    )

    log_file: Annotated[
        Path | None, Field(description="file that is logged to, instead of standard error; begun anew when it is full")
    ] = Field(None, validation_alias=_own("log_file"))
    log_file_mb: Annotated[float, Field(description="size in MB at which the log file is begun anew", gt=0)] = Field(
        10.0, validation_alias=_own("log_file_mb")
    )
    log_files: Annotated[int, Field(description="full log files that are kept beside it", ge=1)] = Field(
        5, validation_alias=_own("log_files")
    )

    backup_nightly: Annotated[bool, Field(description="make a backup every night, restored and compared")] = Field(
        True, validation_alias=_own("backup_nightly")
    )
    backup_folder: Annotated[
        Path | None,
        Field(description="folder of backups; without it `backups` beside the SQLite file, or in the data folder"),
    ] = Field(None, validation_alias=_own("backup_folder"))
    backup_days: Annotated[int, Field(description="days that backups are kept", ge=1)] = Field(
        14, validation_alias=_own("backup_days")
    )
    backup_least: Annotated[int, Field(description="backups that are kept however old they are", ge=1)] = Field(
        3, validation_alias=_own("backup_least")
    )
    maintenance_hour: Annotated[
        int, Field(description="hour of the day, in `timezone`, of the nightly maintenance", ge=0, le=23)
    ] = Field(4, validation_alias=_own("maintenance_hour"))
    disk_warn_gb: Annotated[
        float,
        Field(description="GB left on a disk (or 5 % of it, if that is less) from which on admins are warned", ge=0),
    ] = Field(5.0, validation_alias=_own("disk_warn_gb"))
    disk_text_gb: Annotated[
        float,
        Field(description="GB left (or 1 %, if that is less) from which on messages are counted and not kept", ge=0),
    ] = Field(1.0, validation_alias=_own("disk_text_gb"))
    health_host: Annotated[str, Field(description="address that `/healthz` and `/metrics` are served at")] = Field(
        "127.0.0.1", validation_alias=_own("health_host")
    )
    health_port: Annotated[
        int | None, Field(description="port of `/healthz` and `/metrics`; without it they are off", ge=0, le=65535)
    ] = Field(None, validation_alias=_own("health_port"))
    alert_minutes: Annotated[
        float, Field(description="minutes that something must be wrong before admins are told", ge=0)
    ] = Field(5.0, validation_alias=_own("alert_minutes"))

    secrets: ClassVar[tuple[str, ...]] = ("pgpassword", "discord_token")

    @model_validator(mode="after")
    def _one_by_ssh(self) -> "Settings":
        """SSH_HOST and its companions become those of the only game server."""
        if not self.ssh_enabled:
            return self
        names = ("ssh_host", "ssh_user", "remote_stats_path")
        _ask_for({name.upper(): getattr(self, name) for name in names}, "SSH_ENABLED")
        if len(self.servers) > 1:
            raise ValueError("SSH_ENABLED is for one game server: set ssh_host in the [[servers]] table it belongs to")
        given = self.servers[0] if self.servers else ServerSettings(name=ONLY_SERVER)  # type: ignore[call-arg]
        if given.ssh_host is None:
            values = {name: getattr(self, name) for name in (*names, "ssh_port", "ssh_key_path")}
            self.servers = [given.model_copy(update=values)]
        return self

    @field_validator("gaming_voice_channels", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        """In the environment ids may stand with commas between them, or as JSON."""
        return [part for part in re.split(r"[\s,\[\]]+", value) if part] if isinstance(value, str) else value

    @field_validator("session_timezone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        if value is not None and value not in available_timezones():
            raise ValueError("there is no such time zone; write one such as Europe/Berlin")
        return value

    @model_validator(mode="after")
    def _evenings(self) -> "Settings":
        if self.session_end_threshold > self.session_start_threshold:
            raise ValueError("session_end_threshold is greater than session_start_threshold: evenings would flap")
        return self

    @property
    def backups(self) -> Path:
        """The folder of backups."""
        if self.backup_folder is not None:
            return self.backup_folder.expanduser()
        if "://" in self.url and not self.url.startswith("sqlite"):
            return default_database().parent / "backups"
        return Path(self.url.partition(":///")[2] or self.url).expanduser().parent / "backups"

    @property
    def trusted_hosts(self) -> Path:
        """The file of trusted host keys."""
        return (self.known_hosts or user_data_path("muster", appauthor=False) / "known_hosts").expanduser()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments before the environment, before `.env`, before `muster.toml`."""
        return init_settings, env_settings, dotenv_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def url(self) -> str:
        """The database to use, in the form of a URL."""
        password = f":{quote(self.pgpassword.get_secret_value(), safe='')}" if self.pgpassword else ""
        if self.database_url:
            return _WITHOUT_PASSWORD.sub(lambda found: f"{found[0]}{password}", self.database_url)
        if self.pghost:
            user = quote(self.pguser, safe="") + password
            name = quote(self.pgdatabase, safe="")
            if self.pghost.startswith("/"):
                return f"postgresql://{user}@/{name}?{urlencode({'host': self.pghost, 'port': self.pgport})}"
            return f"postgresql://{user}@{self.pghost}:{self.pgport}/{name}"
        path = Path(self.database_path).expanduser() if self.database_path else default_database()
        return f"sqlite:///{path}"


_WITHOUT_PASSWORD = re.compile(r"^postgres[a-z+]*://[^:/@]+(?=@)")


def from_environment(variable: str | None) -> str | None:
    """What an environment variable holds, or `.env` under its name; None where neither has it."""
    return (os.environ.get(variable) or dotenv_values(".env").get(variable) or None) if variable else None


def default_database() -> Path:
    """The SQLite file in the platform's folder for a user's data."""
    return user_data_path("muster", appauthor=False) / "muster.db"


def load(**values: Any) -> Settings:
    """The settings in force here; raises SettingsError. `values` weigh more than anything else."""
    path = Path(CONFIG_FILE)
    text = path.read_text("utf-8") if path.is_file() else ""
    try:
        names = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{CONFIG_FILE}: {error}") from None
    _check_names([(name, f"{CONFIG_FILE}, line {_line_of(text, name)}") for name in names], "")
    _check_names([(name.lower(), "the environment") for name in os.environ if name.startswith("MUSTER_")], "muster_")
    _check_secrets(names)
    try:
        return Settings(**values)
    except ValidationError as error:
        raise SettingsError(_explain(error, text)) from None


def _check_names(found: list[tuple[str, str]], prefix: str) -> None:
    right = [prefix + name for name in Settings.model_fields] + [f"{prefix}{name}" for name in _OUTSIDE]
    for name, where in found:
        if name not in right:
            near = difflib.get_close_matches(name, right, 1, 0.5)
            hint = f"; did you mean `{near[0].upper() if prefix else near[0]}`?" if near else ""
            raise SettingsError(f"{where}: there is no setting `{name.upper() if prefix else name}`{hint}")


_OUTSIDE = ("test_pg", "test_sshd", "corpus")
"""What the test suite reads from the environment under Muster's prefix."""


def _check_secrets(names: dict[str, Any]) -> None:
    for name in Settings.secrets:
        if name in names:
            raise SettingsError(f"{CONFIG_FILE}: `{name}` is a secret; keep it in the environment or in .env")


def _explain(error: ValidationError, text: str) -> str:
    """One line a mistake: where, what was found wrong. Values are left out: they may be secret."""
    lines = []
    for mistake in error.errors(include_input=False, include_url=False):
        path = [str(part).lower().removeprefix("muster_") for part in mistake["loc"]]
        name = ".".join(path)
        last = next((part for part in reversed(path) if not part.isdigit()), "")
        line = _line_of(text, last)
        where = f"{CONFIG_FILE}, line {line}" if line else "the environment or .env"
        near = difflib.get_close_matches(last, list(ServerSettings.model_fields), 1, 0.5)
        hint = f"; did you mean `{near[0]}`?" if mistake["type"] == "extra_forbidden" and near else ""
        what = f"`{name}`: " if name else ""
        lines.append(f"{where}: {what}{mistake['msg'].removeprefix('Value error, ')}{hint}")
    return "\n".join(lines)


def _line_of(text: str, name: str) -> int:
    """The line a key or table stands on, from 1; 0 where it doesn't."""
    for number, line in enumerate(text.splitlines(), 1):
        key = line.strip().lstrip("[").split("=")[0].strip().strip("[]\"' ")
        if key == name:
            return number
    return 0
