"""Whether a pipeline means a message. What is not known of a message passes no filter, negated or not."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from muster.model.chat import Message
from muster.pipelines.check import DAYS, clock
from muster.pipelines.regex import searcher
from muster.pipelines.values import (
    AnyAction,
    AnyFilter,
    ChannelFilter,
    CooldownFilter,
    LengthFilter,
    Pipeline,
    PlatformFilter,
    RegexFilter,
    RoleFilter,
    TimeFilter,
)

Check = Callable[[Message], bool | None]
"""Whether a condition holds; None where that is not known."""

_REMEMBERED: Final = 10_000
"""Users or channels whose last match is remembered."""


class Step(msgspec.Struct, frozen=True):
    """An action that is to be done about a message, and the pipeline that wants it."""

    pipeline: Pipeline
    action: AnyAction


class Ready:
    """A pipeline made ready to be asked again and again. It remembers its matches for as long as cooldowns last."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self._checks = [(each.negate, check_of(each)) for each in pipeline.filters if not _is_cooldown(each)]
        self._cooldowns = [Cooldown(each) for each in pipeline.filters if isinstance(each, CooldownFilter)]

    def takes(self, message: Message) -> bool:
        """Whether all filters let a message through. It counts as a match for cooldowns then."""
        for negate, check in self._checks:
            holds = check(message)
            if holds is None or holds is negate:
                return False
        if not self._cooldowns:
            return True
        passed = all(cooldown.passes(message) for cooldown in self._cooldowns)
        for cooldown in self._cooldowns:
            if passed or cooldown.negate:
                cooldown.note(message)
        return passed

    def told(self, message: Message) -> list[tuple[AnyFilter, bool]]:
        """Each filter, and whether it lets a message through. Nothing is remembered of it."""
        checks, cooldowns = iter(self._checks), iter(self._cooldowns)
        found: list[tuple[AnyFilter, bool]] = []
        for each in self.pipeline.filters:
            if _is_cooldown(each):
                found.append((each, next(cooldowns).passes(message)))
            else:
                negate, check = next(checks)
                holds = check(message)
                found.append((each, holds is not None and holds is not negate))
        return found


class Cooldown:
    """When a pipeline matched last, by user, by channel, or at all. Time is that of the messages."""

    def __init__(self, of: CooldownFilter) -> None:
        self.negate = of.negate
        self._span = of.seconds * 1000
        self._per = of.per
        self._last: dict[tuple[str, str], int] = {}

    def passes(self, message: Message) -> bool:
        """Whether enough time has gone by; negated, whether not."""
        last = self._last.get(self._key(message))
        return (last is not None and message.sent_at - last < self._span) is self.negate

    def note(self, message: Message) -> None:
        """Begins the time anew."""
        key = self._key(message)
        self._last[key] = max(self._last.get(key, 0), message.sent_at)
        if len(self._last) > _REMEMBERED:
            late = max(self._last.values()) - self._span
            left = {key: at for key, at in self._last.items() if at > late}
            newest = sorted(left, key=left.__getitem__)[-_REMEMBERED // 2 :]
            self._last = {key: left[key] for key in newest}

    def _key(self, message: Message) -> tuple[str, str]:
        if self._per == "user":
            return message.author.platform, message.author.key
        if self._per == "channel":
            return message.channel.community.platform, message.channel.key
        return "", ""


def decide(pipelines: Iterable[Ready], message: Message) -> list[Step]:
    """What is to be done about a message: the actions of all pipelines that take it, in their order."""
    steps: list[Step] = []
    for ready in pipelines:
        if ready.takes(message):
            steps += [Step(ready.pipeline, action) for action in ready.pipeline.actions]
            if ready.pipeline.stop_on_match:
                break
    return steps


def in_order(pipelines: Iterable[Pipeline]) -> list[Pipeline]:
    """Pipelines in the order they are asked in."""
    return sorted(pipelines, key=lambda one: (one.priority, one.name))


def _is_cooldown(each: AnyFilter) -> bool:
    return isinstance(each, CooldownFilter)


def check_of(one: AnyFilter) -> Check:
    """A filter as a function; a cooldown has none."""
    match one:
        case PlatformFilter():
            platforms = frozenset(one.platforms)
            return lambda m: m.channel.community.platform.value in platforms
        case ChannelFilter():
            return _in_channels(one)
        case RoleFilter():
            roles = frozenset(one.roles)
            return lambda m: None if m.roles is None else not roles.isdisjoint(m.roles)
        case RegexFilter():
            search = searcher(one.pattern, ignore_case=one.ignore_case)
            # What is no text, half of a surrogate pair, is searched as a question mark.
            return lambda m: None if m.text is None else search(m.text.encode("utf-8", "replace"))
        case LengthFilter():
            least, most = one.least, one.most if one.most is not None else 1 << 62
            return lambda m: None if m.text is None else least <= len(m.text) <= most
        case TimeFilter():
            return _within(one)
        case _:
            raise TypeError(f"{one!r} is no condition on a message alone")


def _in_channels(one: ChannelFilter) -> Check:
    words = frozenset(word.strip().removeprefix("#") for word in one.channels)

    def inside(message: Message) -> bool:
        channel = message.channel
        return channel.key in words or channel.name in words or channel.parent in words

    return inside


def _within(one: TimeFilter) -> Check:
    begin, end, zone = clock(one.begin), clock(one.end), ZoneInfo(one.timezone)
    days = frozenset(DAYS.index(day) for day in one.days) or frozenset(range(7))
    over_midnight = begin > end

    def within(message: Message) -> bool:
        moment = (datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=message.sent_at)).astimezone(zone)
        now = moment.time()
        if not over_midnight:
            return begin <= now < end and moment.weekday() in days
        if now < end:
            return (moment.weekday() - 1) % 7 in days
        return now >= begin and moment.weekday() in days

    return within
