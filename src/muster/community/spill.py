"""Messages on disk while the database is away: JSON, one a line, read back in order."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import structlog

from muster.config import default_database
from muster.model.chat import Message
from muster.store.engine import Store

log = structlog.get_logger("muster.community")

_decode = msgspec.json.Decoder(Message).decode
_encode = msgspec.json.Encoder().encode


class Spill:
    """A file of messages that are not stored yet."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def beside(cls, store: Store) -> "Spill":
        """The file of a database: beside it, or in the folder for a user's data."""
        database = Path(store.url.database or "muster")
        folder = database.parent if store.dialect == "sqlite" else default_database().parent
        return cls(folder / f"{database.name}.spill.jsonl")

    def __bool__(self) -> bool:
        return self.path.exists() and self.path.stat().st_size > 0

    def add(self, messages: Iterable[Message]) -> None:
        """Writes messages behind those that are there."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as stream:
            stream.writelines(_line(message) for message in messages)

    def portions(self, size: int, skip: int = 0) -> Iterator[list[Message]]:
        """The messages after the first `skip`, in portions.

        A line that a crash cut off is passed over: its message is read back from the platform.
        """
        part: list[Message] = []
        passed = 0
        with self.path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                try:
                    part.append(_decode(line))
                except msgspec.DecodeError as error:
                    log.warning("a spilled message can't be read", file=self.path.name, line=number, error=str(error))
                    continue
                if passed < skip:
                    passed += 1
                    part.clear()
                if len(part) >= size:
                    yield part
                    part = []
        if part:
            yield part

    def clear(self) -> None:
        """Forgets what is stored by now."""
        self.path.unlink(missing_ok=True)


def _line(message: Message) -> bytes:
    """A message as a line; what is no text in it becomes a question mark."""
    try:
        return _encode(message) + b"\n"
    except UnicodeEncodeError:
        return json.dumps(msgspec.to_builtins(message), ensure_ascii=False).encode("utf-8", "replace") + b"\n"
