"""Messages on disk while the database is away: JSON, one a line, read back in order."""

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import structlog

from muster.config import default_database
from muster.model.chat import Message
from muster.store import privacy
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

    @property
    def size(self) -> int:
        """Bytes of what is not stored yet."""
        return self.path.stat().st_size if self.path.exists() else 0

    def __bool__(self) -> bool:
        return self.size > 0

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

    def of(self, platform: str, user: str) -> list[Message]:
        """What somebody wrote."""
        parts = self.portions(1_000) if self else ()
        return [each for part in parts for each in part if (each.author.platform, each.author.key) == (platform, user)]

    def erase(self, platform: str, user: str) -> int:
        """Makes what somebody wrote nobody's; returns how many messages that were.

        Lines stay where they are and as long as they are: the process that counts may be reading or adding to them.
        """
        erased = 0
        with suppress(FileNotFoundError), self.path.open("r+b") as stream:
            at = 0
            for line in iter(stream.readline, b""):
                shorter, is_his = _without(line, platform, user)
                if shorter != line:
                    erased += is_his
                    stream.seek(at)
                    stream.write(shorter[:-1].ljust(len(line) - 1) + b"\n")
                at += len(line)
                stream.seek(at)
        return erased

    def clear(self) -> None:
        """Forgets what is stored by now."""
        self.path.unlink(missing_ok=True)


def _without(line: bytes, platform: str, user: str) -> tuple[bytes, bool]:
    """A line without somebody, and whether he wrote it. It is no longer than before."""
    try:
        message = _decode(line)
    except msgspec.DecodeError:
        return (line, False) if user.encode() not in line else (b"\n", False)
    if (message.author.platform, message.author.key) == (platform, user):
        nobody = msgspec.structs.replace(message.author, key="", name="")
        text = None if message.text is None else ""
        return _line(msgspec.structs.replace(message, author=nobody, text=text)), True
    text = message.text and privacy.without(message.text, user)
    return (line, False) if text == message.text else (_line(msgspec.structs.replace(message, text=text)), False)


def _line(message: Message) -> bytes:
    """A message as a line; what is no text in it becomes a question mark."""
    try:
        return _encode(message) + b"\n"
    except UnicodeEncodeError:
        return json.dumps(msgspec.to_builtins(message), ensure_ascii=False).encode("utf-8", "replace") + b"\n"
