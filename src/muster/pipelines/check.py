"""Whether a pipeline can be: what its types alone do not say."""

import re
import string
from collections.abc import Callable, Iterable
from datetime import time
from difflib import get_close_matches
from functools import partial
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from muster.model.chat import Platform
from muster.pipelines.regex import searcher
from muster.pipelines.values import (
    AddRole,
    AnyAction,
    AnyFilter,
    BadPipeline,
    ChannelFilter,
    CooldownFilter,
    LengthFilter,
    Notify,
    Outward,
    Pipeline,
    PlatformFilter,
    RegexFilter,
    RoleFilter,
    TimeFilter,
    Webhook,
)

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PER: Final = ("user", "channel", "all")
PLACES: Final = ("user", "channel", "link")
"""What the text of a notice may name in braces."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_MOST: Final = 50
_TEXT: Final = 1_500
_ID: Final = (1 << 63) - 1
_LONGEST_COOLDOWN: Final = 30 * 86_400


def check(pipeline: Pipeline) -> None:
    """Raises BadPipeline for the first thing that is wrong."""
    if not _NAME.fullmatch(pipeline.name):
        raise BadPipeline("name", "small letters, digits, - and _, at most 64; it begins with a letter or digit")
    if abs(pipeline.priority) > 1_000_000:
        raise BadPipeline("priority", "between -1000000 and 1000000")
    for what, parts in (("filters", pipeline.filters), ("actions", pipeline.actions)):
        if len(parts) > _MOST:
            raise BadPipeline(what, f"at most {_MOST}")
    if not pipeline.actions:
        raise BadPipeline("actions", "there is none, so the pipeline would do nothing")
    for number, each in enumerate(pipeline.filters):
        _inside(f"filters[{number}]", partial(check_filter, each))
    for number, action in enumerate(pipeline.actions):
        _inside(f"actions[{number}]", partial(check_action, action))


def _inside(where: str, checking: Callable[[], None]) -> None:
    try:
        checking()
    except BadPipeline as error:
        raise BadPipeline(f"{where}.{error.where}", error.reason) from None


def check_filter(one: AnyFilter) -> None:
    """Raises BadPipeline for a filter that can't be."""
    match one:
        case PlatformFilter():
            _some("platforms", one.platforms)
            for name in one.platforms:
                one_of("platforms", name, [platform.value for platform in Platform])
        case ChannelFilter():
            _some("channels", one.channels)
        case RoleFilter():
            _some("roles", one.roles)
            if not all(role.isascii() and role.isdigit() for role in one.roles):
                raise BadPipeline("roles", "roles are given by their ids, digits alone")
        case RegexFilter():
            searcher(one.pattern, ignore_case=one.ignore_case)
        case LengthFilter():
            if one.least < 0 or (one.most is not None and one.most < one.least):
                raise BadPipeline("most", f"it is less than `least`, {one.least}")
            if one.least == 0 and one.most is None:
                raise BadPipeline("least", "give `least`, `most`, or both")
        case TimeFilter():
            _check_time(one)
        case CooldownFilter():
            if not 0 < one.seconds <= _LONGEST_COOLDOWN:
                raise BadPipeline("seconds", f"more than 0, at most {_LONGEST_COOLDOWN:,}")
            one_of("per", one.per, PER)


def check_action(one: AnyAction) -> None:
    """Raises BadPipeline for an action that can't be."""
    if isinstance(one, Outward):
        if not 0.1 <= one.timeout <= 60:
            raise BadPipeline("timeout", "between 0.1 and 60 seconds")
        if not 0 <= one.retries <= 10:
            raise BadPipeline("retries", "between 0 and 10")
    match one:
        case Notify():
            _check_id("channel", one.channel)
            _check_text(one.text)
        case AddRole():
            _check_id("role", one.role)
        case Webhook():
            _check_url(one.url)


def clock(text: str) -> time:
    """A time of the day as it is written, HH:MM. Raises ValueError."""
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text, re.ASCII)
    if found is None:
        raise ValueError(text)
    return time(int(found[1]), int(found[2]))


def one_of(where: str, word: str, right: Iterable[str]) -> None:
    """Raises BadPipeline, with the nearest right word, for one that is none of these."""
    known = list(right)
    if word not in known:
        near = get_close_matches(word, known, 1, 0.5)
        hint = f"did you mean `{near[0]}`?" if near else f"there are: {', '.join(known)}"
        raise BadPipeline(where, f"there is no `{word}`; {hint}")


def _some(where: str, words: tuple[str, ...]) -> None:
    if not words or not all(word.strip() for word in words):
        raise BadPipeline(where, "name at least one, and none that is empty")


def _check_time(one: TimeFilter) -> None:
    for where, text in (("begin", one.begin), ("end", one.end)):
        try:
            clock(text)
        except ValueError:
            raise BadPipeline(where, f"{text!r} is no time of the day; it looks like 22:30") from None
    if clock(one.begin) == clock(one.end):
        raise BadPipeline("end", "it is the same as `begin`; leave the filter out for the whole day")
    try:
        ZoneInfo(one.timezone)
    except (KeyError, OSError, ValueError):  # not found, or not even a name
        near = get_close_matches(one.timezone, available_timezones(), 1, 0.6)
        hint = f"; did you mean `{near[0]}`?" if near else ", such as Europe/Berlin"
        raise BadPipeline("timezone", f"there is no time zone `{one.timezone}`{hint}") from None
    for day in one.days:
        one_of("days", day, DAYS)


def _check_id(where: str, value: int) -> None:
    if not 0 < value <= _ID:
        raise BadPipeline(where, "an id of the platform, digits alone")


def _check_text(text: str) -> None:
    if not text.strip() or len(text) > _TEXT:
        raise BadPipeline("text", f"between 1 and {_TEXT:,} characters")
    try:
        names = [(name, form, conversion) for _, name, form, conversion in string.Formatter().parse(text)]
    except ValueError as error:
        raise BadPipeline("text", f"{error}; a brace itself is written twice") from None
    for name, form, conversion in names:
        if name is None:
            continue
        one_of("text", name, PLACES)
        if form or conversion:
            raise BadPipeline("text", f"`{{{name}}}` takes no format")


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise BadPipeline("url", str(error)) from None
    if parts.scheme not in ("https", "http") or not host:
        raise BadPipeline("url", "an address that begins with https://")
    if parts.username or parts.password:
        raise BadPipeline("url", "no user or password; put a secret into the path")
    if len(url) > 2_000 or not url.isascii() or any(c.isspace() for c in url):
        raise BadPipeline("url", "at most 2,000 characters of ASCII, and no blanks")
