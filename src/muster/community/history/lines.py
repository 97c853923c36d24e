"""Lines of another bot's log: JSON objects with ten keys, one a line. Pure, and quick: there are millions.

Five of the keys matter here. The text of a message is not looked at.
"""

from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec

MOST_BAD: Final = 100
"""Bad lines of a piece that are listed; all are counted."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_OLDEST, _NEWEST = 0, 4_102_444_800_000
"""Milliseconds: 1970 and 2100. What is outside was no clock."""


class _Line(msgspec.Struct, gc=False):
    timestamp: Annotated[datetime, msgspec.Meta(tz=True)]
    server_id: str | int | None
    channel_or_file: str | None
    user_id: str | int | None
    action: str


_decode: Final = msgspec.json.Decoder(_Line).decode


class Bad(Exception):
    """A line that can't be taken; the message says why."""


class Talk:
    """What lines say: moments by user and channel, which are numbers in the lists of keys and names."""

    def __init__(self, guild: str) -> None:
        self.guild = guild
        self.users: list[str] = []
        self.channels: list[str] = []
        self.moments: dict[tuple[int, int], list[int]] = {}
        self._users: dict[str | int, int] = {}
        self._channels: dict[str, int] = {}

    def user(self, key: str | int) -> int:
        """The number of a user; −1 for what is no user's id. Raises Bad for what can't be one's key."""
        text = str(key)
        if not (text.isascii() and text.isdigit()) or len(text) > 20:
            found = -1
        elif text in self._users:
            found = self._users[text]
        else:
            found = len(self.users)
            self.users.append(text)
        self._users[key] = found
        return found

    def channel(self, name: str | None) -> int:
        """The number of a channel. Raises Bad for what can't be a name."""
        if not name:
            raise Bad("a message without a channel")
        if "\0" in name:
            raise Bad("the channel's name holds a NUL")
        found = self._channels[name] = len(self.channels)
        self.channels.append(name)
        return found

    def read(self, lines: list[bytes]) -> "Read":
        """Takes lines in; what they hold beside messages is in the result."""
        server, users, channels, moments = self.guild, self._users, self._channels, self.moments
        read = Read()
        for number, raw in enumerate(lines, 1):
            try:
                line = _decode(raw)
                if line.action != "receive_message" or line.user_id is None:
                    read.edits += line.action == "edit_message"
                    continue
                if line.server_id != server and str(line.server_id) != server:
                    raise Bad("a message of another server")
                since = line.timestamp - _EPOCH
                at = since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000
                if not _OLDEST <= at < _NEWEST:
                    raise Bad("a time before 1970 or after 2100")
                user = users.get(line.user_id)
                if user is None:
                    user = self.user(line.user_id)
                if user < 0:
                    continue
                channel = channels.get(line.channel_or_file)  # type: ignore[arg-type]
                if channel is None:
                    channel = self.channel(line.channel_or_file)
                key = (user, channel)
                if key in moments:
                    moments[key].append(at)
                else:
                    moments[key] = [at]
                read.messages += 1
            except (msgspec.DecodeError, UnicodeError, RecursionError, Bad) as error:
                if not raw.strip():
                    continue
                read.bad += 1
                if len(read.bad_lines) < MOST_BAD:
                    read.bad_lines.append((number, _reason(error)))
        read.lines = len(lines)
        return read


class Read(msgspec.Struct):
    """What was read: lines, and how many of them were what. `bad_lines`: numbers from 1, and reasons."""

    lines: int = 0
    messages: int = 0
    edits: int = 0
    bad: int = 0
    bad_lines: list[tuple[int, str]] = []


def is_whole(raw: bytes) -> bool:
    """Whether a line says all it has to say: for the last one, which may not be written to its end yet."""
    try:
        _decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False
    return True


def _reason(error: Exception) -> str:
    """In words that hold nothing of the line."""
    if isinstance(error, UnicodeError):
        return "not UTF-8"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return str(error)
