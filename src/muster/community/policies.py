"""What is kept of what people write: a policy for each channel, read anew with every batch."""

import copy
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from muster.store import log
from muster.store.engine import Reader
from muster.store.log import PolicyRow

_MASK = (1 << 64) - 1


class Policy(msgspec.Struct, frozen=True):
    """What is kept of a channel. Off unless somebody turns it on: counting needs no text."""

    enabled: bool = False
    retention_days: int = 30
    sampling_rate: float = 1.0
    pipeline: str | None = None


class Pace(msgspec.Struct, frozen=True):
    """How messages are gathered before they are stored, where somebody has set it: at most so many and so long, and
    how many wait in memory for the database before they go to disk.
    """

    size: int | None = None
    seconds: float | None = None
    most: int | None = None


class Policies:
    """The policy of every channel: its own, its parent's, that of its name, else the default."""

    def __init__(self, rows: Iterable[PolicyRow], defaults: Mapping[str, Any]) -> None:
        days, rate = defaults.get("default_retention_days"), defaults.get("default_sampling_rate")
        steps = defaults.get("pre_drop_pipeline")
        self.default = Policy(
            enabled=defaults.get("enabled") is True,
            retention_days=days if isinstance(days, int) and days >= 0 else 30,
            sampling_rate=float(rate) if isinstance(rate, int | float) and 0 <= rate <= 1 else 1.0,
            pipeline=steps if isinstance(steps, str) else None,
        )
        self.pace = _pace(defaults)
        self.keep_replies = bool(defaults.get("keep_replies", False))
        self._on = defaults.get("enabled") is not False
        self._by_key: dict[tuple[str, str], Policy] = {}
        self._by_name: dict[tuple[str, str], Policy] = {}
        self._unbound: set[tuple[str, str]] = set()
        for row in rows:
            policy = Policy(row.is_enabled, row.retention_days, row.sampling_rate, row.pre_drop_pipeline_id)
            if row.channel_key is not None:
                self._by_key[row.platform, row.channel_key] = policy
            else:
                self._by_name[row.platform, row.channel] = policy
                self._unbound.add((row.platform, row.channel))

        self._found: dict[tuple[str, str, str, str | None], Policy] = {}

    def of(self, platform: str, key: str, name: str, parent: str | None = None) -> Policy:
        """The policy of a channel. `chat_logging.enabled` set to false turns all of them off."""
        where = (platform, key, name, parent)
        found = self._found.get(where)
        if found is None:
            found = self._looked_up(platform, key, name, parent)
            found = self._found[where] = found if self._on else msgspec.structs.replace(found, enabled=False)
        return found

    def off(self) -> "Policies":
        """The same with nothing kept of anything that is written."""
        if not self._on:
            return self
        silent = copy.copy(self)
        silent._on, silent._found = False, {}
        return silent

    def _looked_up(self, platform: str, key: str, name: str, parent: str | None) -> Policy:
        for each in (key, parent):
            policy = self._by_key.get((platform, each or "")) or self._by_name.get((platform, each or ""))
            if policy is not None:
                return policy
        return self._by_name.get((platform, name)) or self.default

    def is_unbound(self, platform: str, name: str) -> bool:
        """Whether a policy was given to that name and not to a channel yet."""
        return (platform, name) in self._unbound

    def rate(self, policy: Policy, number: int, *, reply: bool = False) -> float | None:
        """The rate a message is kept at, None where it is not. The same message is always decided alike."""
        if not policy.enabled:
            return None
        if reply and self.keep_replies:
            return 1.0
        return policy.sampling_rate if share(number) < policy.sampling_rate else None


def share(number: int) -> float:
    """A number between 0 and 1 for a message, spread evenly whatever the messages' numbers are (splitmix64)."""
    x = (number + 0x9E3779B97F4A7C15) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return (x ^ (x >> 31)) / (1 << 64)


def _pace(values: Mapping[str, Any]) -> Pace:
    """What is set in `bot_config`; what can't be is as if it were not there."""
    size, most = (_number(values.get(name), 1, 100_000) for name in ("batch_size", "max_buffer_size"))
    seconds = _number(values.get("flush_interval_seconds"), 0.01, 60)
    return Pace(None if size is None else int(size), seconds, None if most is None else max(int(most), int(size or 1)))


def _number(value: Any, least: float, most: float) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and least <= value <= most else None


async def read(reader: Reader) -> Policies:
    """The policies as they are now."""
    return Policies(await log.policies(reader), await log.defaults(reader))
