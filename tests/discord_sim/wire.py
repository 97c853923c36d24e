"""JSON as bytes, snowflakes and timestamps: the small change of the wire."""

import contextlib
import json
import time
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

_fast: Any = None
with contextlib.suppress(ImportError):  # without it: slower, same result
    import orjson

    _fast = orjson

DISCORD_EPOCH_MS = 1_420_070_400_000
BACKDATED = 1 << 21  # ids made for a given moment lie in the upper half of their millisecond


def dumps(value: object) -> bytes:
    if _fast is not None:
        return bytes(_fast.dumps(value))
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def loads(raw: str | bytes) -> Any:
    return json.loads(raw) if _fast is None else _fast.loads(raw)


def time_of(snowflake: int) -> datetime:
    """The moment a snowflake was made, to the millisecond, UTC."""
    return datetime.fromtimestamp(((snowflake >> 22) + DISCORD_EPOCH_MS) / 1000, UTC)


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


class Snowflakes:
    """Makes ids: rising strictly for now, unique for any other moment."""

    def __init__(self) -> None:
        self._last = 0
        self._spaced = 0
        self._made_for: dict[int, int] = {}

    def now(self) -> int:
        first = (time.time_ns() // 1_000_000 - DISCORD_EPOCH_MS) << 22
        self._last = max(first, self._last + 1)
        return self._last

    def spaced(self) -> int:
        """For guilds: in a millisecond of its own, on which their shard depends."""
        self._spaced = max(self.now() >> 22, self._spaced + 1)
        return self._spaced << 22

    def at(self, moment: datetime) -> int:
        """An id for a moment of the past (or the future); several for one moment rise in the order of asking."""
        if moment.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        millisecond = round(moment.timestamp() * 1000) - DISCORD_EPOCH_MS
        number = self._made_for.get(millisecond, 0)
        self._made_for[millisecond] = number + 1
        return (millisecond << 22) | (BACKDATED + number)
