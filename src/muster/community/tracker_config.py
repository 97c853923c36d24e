"""The tracker's `config.json`: which channels are counted, when a day begins, how much is logged."""

import tomllib
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

Snowflake = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,20}$")]
"""An id of Discord's, as text."""


class BadConfig(ValueError):
    """A `config.json` can't be read; the message says what is wrong where."""


class Conflict(ValueError):
    """The settings already say something else; the message names what and what to do."""


class TrackerConfig(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """`tracked_channels`: server → its channels that are counted, with their threads; no other server is counted.

    `daily_cutoff_hour_utc`: hour, UTC, at which a day of messages and members begins.
    """

    tracked_channels: dict[Snowflake, tuple[Snowflake, ...]] = {}
    daily_cutoff_hour_utc: Annotated[int, msgspec.Meta(ge=0, le=23)] = msgspec.field(
        name="dailyCutoffHourUTC", default=0
    )
    logging: bool = True

    def tracks(self, server: str, channel: str, parent: str | None = None) -> bool:
        """Whether messages of a channel (or of a thread of `parent`) count."""
        listed = self.tracked_channels.get(server, ())
        return channel in listed or (parent is not None and parent in listed)


def read_config(text: str | bytes) -> TrackerConfig:
    """A `config.json`. Raises BadConfig."""
    try:
        return msgspec.json.decode(text, type=TrackerConfig)
    except msgspec.DecodeError as error:
        raise BadConfig(str(error)) from None


def settings_of(config: TrackerConfig) -> dict[str, Any]:
    """The same as settings of Muster. Channels have ids of their own on all servers: one list names them all."""
    channels = [int(channel) for listed in config.tracked_channels.values() for channel in listed]
    counted = {"counted_channels": channels} if channels else {"count_messages": False}
    level = "INFO" if config.logging else "WARNING"
    return counted | {"timezone": "UTC", "day_cutoff_hour": config.daily_cutoff_hour_utc, "log_level": level}


def as_toml(config: TrackerConfig, without: Mapping[str, Any] | None = None) -> str:
    """The lines for `muster.toml`; those of settings in `without` are left out."""
    lines: list[str] = []
    for name, value in settings_of(config).items():
        if name in (without or {}):
            continue
        match name:
            case "counted_channels":
                lines += ["counted_channels = [  # with their threads", *_channels(config), "]"]
            case "count_messages":
                lines.append("count_messages = false  # trackedChannels names no channel")
            case "timezone":
                lines.append('timezone = "UTC"  # dailyCutoffHourUTC is UTC; servers with another clock name their own')
            case _:
                lines.append(f"{name} = {msgspec.json.encode(value).decode()}")
    return "".join(f"{line}\n" for line in lines)


def _channels(config: TrackerConfig) -> list[str]:
    return [
        f"    {', '.join(channels)},  # server {server}" if channels else f"    # server {server}: none"
        for server, channels in config.tracked_channels.items()
    ]


def merged(config: TrackerConfig, text: str) -> str:
    """`muster.toml` with these settings before what it says already. Raises Conflict where it says otherwise."""
    try:
        there = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Conflict(f"muster.toml can't be read: {error}") from None
    wanted = settings_of(config)
    other = [name for name, value in wanted.items() if name in there and there[name] != value]
    if other:
        said = "; ".join(f"{name} is {there[name]!r} there, {wanted[name]!r} here" for name in other)
        raise Conflict(f"muster.toml says otherwise: {said}. Change it there first, or leave these lines out")
    lines = as_toml(config, there)
    return f"{lines}\n{text}" if lines and text else lines + text
