"""What a pipeline is made of. The fields are the keys of its TOML."""

import msgspec

from muster.model.trouble import Trouble


class Filter(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", omit_defaults=True
):
    """A condition on a message. `negate`: it must not hold."""

    negate: bool = False


class PlatformFilter(Filter, frozen=True, kw_only=True, tag="platform"):
    """The message is of one of these platforms."""

    platforms: tuple[str, ...]


class ChannelFilter(Filter, frozen=True, kw_only=True, tag="channel"):
    """It stands in one of these channels, by id or name, or in a thread of one that is named by its id."""

    channels: tuple[str, ...]


class RoleFilter(Filter, frozen=True, kw_only=True, tag="role"):
    """Its author has one of these roles, by id."""

    roles: tuple[str, ...]


class RegexFilter(Filter, frozen=True, kw_only=True, tag="regex"):
    """Its text holds what the pattern says (RE2: no look-around, no back references)."""

    pattern: str
    ignore_case: bool = False


class LengthFilter(Filter, frozen=True, kw_only=True, tag="length"):
    """Its text has at least and at most so many characters."""

    least: int = 0
    most: int | None = None


class TimeFilter(Filter, frozen=True, kw_only=True, tag="time"):
    """It was sent between two times of the day in a time zone, perhaps on certain days of the week.

    A span over midnight belongs to the day it begins on.
    """

    begin: str
    end: str
    timezone: str = "UTC"
    days: tuple[str, ...] = ()


class CooldownFilter(Filter, frozen=True, kw_only=True, tag="cooldown"):
    """So many seconds have gone by since this pipeline's last match: by the same `user`, in the `channel`, of `all`.

    Negated: another message that the other filters let through came less than that before.
    """

    seconds: float
    per: str = "all"


class Action(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", omit_defaults=True
):
    """Something that is done about a message."""


class Log(Action, frozen=True, kw_only=True, tag="log"):
    """Its text is kept in the chat log, whatever the channel's sampling."""


class Summarise(Action, frozen=True, kw_only=True, tag="summarise"):
    """It is added to the sums of the pipeline: by channel, month, person and hour. Its text is not kept."""


class Notify(Action, frozen=True, kw_only=True, tag="notify"):
    """A channel is told, once. `text` may hold {user}, {channel} and {link}."""

    channel: int
    text: str = "{user} in {channel}: {link}"


class Outward(Action, frozen=True, kw_only=True):
    """What is done outside the database may take long and fail. `timeout`: seconds of one attempt."""

    timeout: float = 10.0
    retries: int = 2


class Archive(Outward, frozen=True, kw_only=True, tag="archive"):
    """It is written to the archive."""


class AddRole(Outward, frozen=True, kw_only=True, tag="add_role"):
    """Its author gets a role."""

    role: int


class Webhook(Outward, frozen=True, kw_only=True, tag="webhook"):
    """It is sent to an address, as JSON."""

    url: str


AnyFilter = PlatformFilter | ChannelFilter | RoleFilter | RegexFilter | LengthFilter | TimeFilter | CooldownFilter
AnyAction = Log | Summarise | Notify | Archive | AddRole | Webhook


class Pipeline(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """All filters must let a message through; then the actions are done, in their order.

    Pipelines are asked in the order of `priority` (low first), then of their names. `enabled`: it is asked about
    messages as they come. `stop_on_match`: pipelines after it are not asked. `stop_on_error`: where an action fails,
    the message's further actions are not done, of this pipeline and of those after it.
    """

    name: str
    priority: int = 100
    enabled: bool = True
    stop_on_match: bool = False
    stop_on_error: bool = False
    filters: tuple[AnyFilter, ...] = ()
    actions: tuple[AnyAction, ...] = ()


class BadPipeline(Trouble):
    """A pipeline that can't be. `where`: the path of the key that is wrong, such as `filters[0].pattern`, behind the
    line it stands on where that is known: `line 5: priority`.
    """

    def __init__(self, where: str, reason: str) -> None:
        line, _, key = where.rpartition(": ")
        super().__init__(f"{line}{': ' if line else ''}`{key}`: {reason}")
        self.where = where
        self.reason = reason
