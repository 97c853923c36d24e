"""Logs: one plain line each on standard error or in a file, with what happened as a sentence and the values beside it.

Secrets never get there: values of settings that hold some are blotted out wherever they stand, and so is whatever
goes by the name of a token or a password. Nor does what a terminal would obey: names come from strangers.
"""

import io
import logging
import re
import sys
from collections.abc import Iterable, Mapping, MutableMapping
from logging.handlers import RotatingFileHandler
from typing import Any, Final, TextIO
from urllib.parse import quote, unquote

import structlog

from muster.config import Settings, SettingsError, from_environment

BLOT: Final = "[secret]"

_NAMED = re.compile(r"token|password|passwd|secret|authorization|api_?key|private_?key", re.IGNORECASE)
_IN_URL = re.compile(r"(?<=://)([^\s:/@]+):([^\s/@]+)@")
_PASSWORD = re.compile(r"://[^:/@]*:([^/]*)@")
_IN_HEADER = re.compile(r"\b(Bot|Bearer) [\w.-]{20,}")
_SHORTEST: Final = 4
"""Characters of a secret from which on it is looked for in texts: a shorter one would blot out half the log."""

_NOISY: Final = {"discord": logging.WARNING, "watchfiles": logging.WARNING, "alembic": logging.WARNING}
"""Libraries that say more than anybody wants to know, and from which level on they are heard."""


_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Signs that move, colour or hide what stands around them; not the end of a line, nor a tab."""


def visible(text: str) -> str:
    """A text with such signs written out: `\\x1b`."""
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def _tame(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Makes what is said one visible line, and values visible: nobody writes lines of his own into the log."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = visible(value).replace("\n", "\\n") if name == "event" else visible(value)
    return event


def _traceback(stream: TextIO, exc_info: Any) -> None:
    """An error with where it happened; its text may be a stranger's too."""
    told = io.StringIO()
    structlog.dev.plain_traceback(told, exc_info)
    stream.write(visible(told.getvalue()))


class Blotter:
    """Blots out secrets: a processor for events before they are rendered, and another for the text they became."""

    def __init__(self, secrets: Iterable[str]) -> None:
        wanted = {form for secret in secrets if len(secret) >= _SHORTEST for form in (secret, quote(secret, safe=""))}
        self._secrets = sorted(wanted, key=len, reverse=True)

    def names(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Blots out values by what they are called."""
        return {name: _unnamed(name, value) for name, value in event.items()}

    def text(self, _logger: Any, _method: str, rendered: Any) -> str:
        """Blots out secrets wherever they stand in a line, tracebacks included."""
        line = str(rendered)
        for secret in self._secrets:
            line = line.replace(secret, BLOT)
        return _IN_HEADER.sub(rf"\1 {BLOT}", _IN_URL.sub(rf"\1:{BLOT}@", line))


def secrets_of(settings: Settings) -> list[str]:
    """What settings hold that nobody may read."""
    values = [getattr(settings, name) for name in settings.secrets]
    found = [value.get_secret_value() for value in values if value is not None]
    for server in settings.servers:
        found += [from_environment(variable) or "" for variable in (server.rcon_password_env, server.push_token_env)]
    if settings.database_url and (password := _PASSWORD.search(settings.database_url)):
        found.append(unquote(password[1]))
    return [secret for secret in found if secret]


def _gist(record: logging.LogRecord) -> bool:
    """A lost connection is no error of ours: the line is enough, without its traceback."""
    if record.name.startswith("discord") and "reconnect" in str(record.msg) and record.exc_info:
        record.msg = f"{record.getMessage()}: {record.exc_info[1]!r}"
        record.args, record.exc_info = (), None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
    return True


def set_up(settings: Settings, stream: TextIO | None = None) -> None:
    """From here on everything is logged alike, that of libraries too, from the level of the settings on."""
    level = logging.getLevelName(settings.log_level.upper())
    handler, colours = _handler(settings, stream)
    blotter = Blotter(secrets_of(settings))
    before: list[structlog.typing.Processor] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    console = structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=_traceback, sort_keys=False)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                blotter.names,
                _tame,
                console,
                blotter.text,
            ],
        )
    )
    handler.addFilter(_gist)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, least in _NOISY.items():
        logging.getLogger(name).setLevel(max(level, least) if level > logging.DEBUG else logging.NOTSET)


def _handler(settings: Settings, stream: TextIO | None) -> tuple[logging.Handler, bool]:
    """Where lines go, and whether in colours. A file is begun anew when it is full. Raises SettingsError."""
    if settings.log_file is None or stream is not None:
        stream = stream or sys.stderr
        return logging.StreamHandler(stream), stream.isatty()
    path = settings.log_file.expanduser()
    size = int(settings.log_file_mb * 1_000_000)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = settings.log_files
        return RotatingFileHandler(path, maxBytes=size, backupCount=kept, encoding="utf-8"), False
    except OSError as error:
        raise SettingsError(f"`log_file` {path} can't be written: {error.strerror}") from error


def _unnamed(name: str, value: Any) -> Any:
    """A value without what its name says is secret, however deep."""
    if _NAMED.search(name) and value is not None:
        return BLOT
    if name == "exc_info":
        return value
    if isinstance(value, Mapping):
        return {key: _unnamed(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_unnamed("", inner) for inner in value]
    return value
