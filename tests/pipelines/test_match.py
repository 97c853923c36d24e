"""Each filter, the order of pipelines, cooldowns, and patterns that are out to stall."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from muster.model.chat import Message, Platform
from muster.pipelines.check import check
from muster.pipelines.match import Ready, decide, in_order
from muster.pipelines.values import (
    AnyFilter,
    BadPipeline,
    ChannelFilter,
    CooldownFilter,
    LengthFilter,
    Log,
    Pipeline,
    PlatformFilter,
    RegexFilter,
    RoleFilter,
    Summarise,
    TimeFilter,
)
from tests.community.telling import channel, person, said


def wrote(
    text: str | None = "gg well played", seconds: float = 0, who: int = 1, where: int = 1, **values: Any
) -> Message:
    return said(channel(where, parent=values.pop("parent", None)), person(who), seconds, text=text, **values)


def at(clock: str, zone: str = "Europe/Berlin") -> Message:
    moment = datetime.fromisoformat(clock).replace(tzinfo=ZoneInfo(zone))
    return msgspec.structs.replace(wrote(), sent_at=int(moment.timestamp() * 1000))


def takes(one: AnyFilter, message: Message) -> bool:
    """The same whether it is asked or told."""
    pipeline = Pipeline(name="one", filters=(one,), actions=(Log(),))
    check(pipeline)
    told = Ready(pipeline).told(message)
    assert told == [(one, Ready(pipeline).takes(message))]
    return told[0][1]


NIGHT = TimeFilter(begin="22:00", end="06:00", timezone="Europe/Berlin", days=("fri",))
EVENING = TimeFilter(begin="18:00", end="22:30", timezone="Europe/Berlin")

HOLDS: list[tuple[AnyFilter, Message]] = [
    (PlatformFilter(platforms=("twitch", "discord")), wrote()),
    (ChannelFilter(channels=("7", "1")), wrote()),
    (ChannelFilter(channels=("#channel 1",)), wrote()),
    (ChannelFilter(channels=("44",)), wrote(parent="44")),
    (RoleFilter(roles=("5", "6")), wrote(roles=("6", "7"))),
    (RegexFilter(pattern=r"\bwell\b"), wrote()),
    (RegexFilter(pattern="WELL", ignore_case=True), wrote()),
    (RegexFilter(pattern="ärger", ignore_case=True), wrote("viel ÄRGER")),
    (LengthFilter(least=14, most=14), wrote()),
    (LengthFilter(most=2), wrote("äö")),
    (EVENING, at("2025-06-20 18:00")),
    (EVENING, at("2025-12-20 22:29")),
    (NIGHT, at("2025-06-20 23:00")),
    (NIGHT, at("2025-06-21 05:59")),
    (CooldownFilter(seconds=5), wrote()),
]
DOES_NOT: list[tuple[AnyFilter, Message]] = [
    (PlatformFilter(platforms=("twitch",)), wrote()),
    (ChannelFilter(channels=("2", "channel")), wrote()),
    (RoleFilter(roles=("5",)), wrote(roles=())),
    (RegexFilter(pattern="WELL"), wrote()),
    (LengthFilter(least=15), wrote()),
    (LengthFilter(most=13), wrote()),
    (EVENING, at("2025-06-20 22:30")),
    (EVENING, at("2025-06-20 18:00", "America/New_York")),
    (NIGHT, at("2025-06-20 05:00")),
    (NIGHT, at("2025-06-21 23:00")),
    (NIGHT, at("2025-06-20 12:00")),
]


@pytest.mark.parametrize(("one", "message"), HOLDS)
def test_a_filter_lets_through(one: AnyFilter, message: Message) -> None:
    assert takes(one, message)
    assert not takes(msgspec.structs.replace(one, negate=True), message)


@pytest.mark.parametrize(("one", "message"), DOES_NOT)
def test_a_filter_holds_back(one: AnyFilter, message: Message) -> None:
    assert not takes(one, message)
    assert takes(msgspec.structs.replace(one, negate=True), message)


@pytest.mark.parametrize("negate", [False, True])
@pytest.mark.parametrize(
    "one", [RoleFilter(roles=("5",)), RegexFilter(pattern="."), LengthFilter(most=5), LengthFilter(least=1)]
)
def test_what_is_not_known_passes_no_filter(one: AnyFilter, negate: bool) -> None:
    assert not takes(msgspec.structs.replace(one, negate=negate), wrote(None))


def asked(*filters: AnyFilter) -> Ready:
    return Ready(Pipeline(name="one", filters=filters, actions=(Log(),)))


def test_a_cooldown_by_whom_and_where() -> None:
    for per, times in (("all", [True, False, False, True]), ("user", [True, True, False, True])):
        ready = asked(CooldownFilter(seconds=10, per=per))
        messages = [
            wrote(seconds=0, who=1),
            wrote(seconds=3, who=2),
            wrote(seconds=9.9, who=1),
            wrote(seconds=13, who=2),
        ]
        assert [ready.takes(message) for message in messages] == times, per
    ready = asked(CooldownFilter(seconds=10, per="channel"))
    assert [ready.takes(wrote(seconds=n, where=n % 2)) for n in range(4)] == [True, True, False, False]


def test_a_cooldown_begins_with_a_match_alone() -> None:
    ready = asked(CooldownFilter(seconds=10), RegexFilter(pattern="gg"), CooldownFilter(seconds=1, per="user"))
    assert [ready.takes(wrote(text, n)) for n, text in enumerate(["no", "gg", "gg", "no"])] == [
        False,
        True,
        False,
        False,
    ]
    assert ready.takes(wrote("gg", 11))
    told = ready.told(wrote("gg", 12))
    assert ready.told(wrote("gg", 12)) == told, "asking what it says changes nothing"


def test_a_cooldown_negated_finds_what_comes_in_bursts() -> None:
    ready = asked(CooldownFilter(seconds=10, per="user", negate=True))
    assert [ready.takes(wrote(seconds=n)) for n in (0, 9, 18, 40, 41)] == [False, True, True, False, True]


def test_cooldowns_do_not_remember_everybody_for_ever() -> None:
    ready = asked(CooldownFilter(seconds=1, per="user"))
    assert all(ready.takes(wrote(seconds=n / 10, who=n)) for n in range(25_000))
    assert len(ready._cooldowns[0]._last) <= 10_000
    assert not ready.takes(wrote(seconds=2500, who=24_999))


def named(name: str, pattern: str, priority: int = 100, *, stop: bool = False) -> Pipeline:
    filters = (RegexFilter(pattern=pattern),)
    return Pipeline(name=name, priority=priority, stop_on_match=stop, filters=filters, actions=(Log(), Summarise()))


def test_pipelines_are_asked_in_their_order_until_one_stops() -> None:
    made = [named("c", "gg"), named("b", "gg"), named("a", "nothing", 5, stop=True), named("first", "well", 1)]
    ordered = [Ready(one) for one in in_order(made)]
    assert [(s.pipeline.name, type(s.action)) for s in decide(ordered, wrote())] == [
        ("first", Log), ("first", Summarise), ("b", Log), ("b", Summarise), ("c", Log), ("c", Summarise)
    ]  # fmt: skip
    stopping = [Ready(one) for one in in_order([*made, named("stop", "well", 2, stop=True)])]
    assert [s.pipeline.name for s in decide(stopping, wrote())][::2] == ["first", "stop"]
    assert decide(stopping, wrote("other")) == []


def test_no_pattern_stalls() -> None:
    """With a backtracking engine each of these would take longer than the universe has been there."""
    for pattern in ("(a+)+$", "(a|aa)+$", "(a*)*b", "(.*a){20}$", "^(([a-z])+.)+[A-Z]([a-z])+$"):
        search = asked(RegexFilter(pattern=pattern, ignore_case=True))
        for _ in range(20):
            search.takes(wrote("a" * 50_000 + "!"))
    assert not asked(RegexFilter(pattern="(a+)+$")).takes(wrote("a" * 50_000 + "!"))
    assert asked(RegexFilter(pattern="(a+)+$")).takes(wrote("a" * 50_000))


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [("(?<=a)b", "no look-around"), (r"(a)\1", "no back references"), ("(", "missing"), ("a{1001}", "repetition"),
     ("a" * 3000, "too many"), ("\ud800", "no text"), ("((a{1000}){1000})", "repetition"), (r"(\pL{900}){900}", "")],
)  # fmt: skip
def test_a_pattern_that_is_not_taken_is_refused_with_the_reason(pattern: str, reason: str) -> None:
    with pytest.raises(BadPipeline, match=r"filters\[0\]\.pattern") as caught:
        check(Pipeline(name="one", filters=(RegexFilter(pattern=pattern),), actions=(Log(),)))
    assert reason in caught.value.reason


def test_what_is_no_text_does_no_harm() -> None:
    assert asked(RegexFilter(pattern="x")).takes(wrote("\ud83d x \x00"))


def test_other_platforms_have_filters_too() -> None:
    twitch = msgspec.structs.replace(wrote().channel.community, platform=Platform.TWITCH)
    message = msgspec.structs.replace(wrote(), channel=msgspec.structs.replace(wrote().channel, community=twitch))
    assert takes(PlatformFilter(platforms=("twitch",)), message)
