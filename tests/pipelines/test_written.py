"""Pipelines as TOML: there and back, and what is said of what is wrong."""

import re
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muster.pipelines import values as v
from muster.pipelines.check import DAYS, PER
from muster.pipelines.match import Ready
from muster.pipelines.values import BadPipeline, Pipeline
from muster.pipelines.written import _KINDS, dump, load, made, part_of
from tests.community.telling import channel, person, said
from tests.conftest import ROOT

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
WORDS = st.lists(TEXT.filter(lambda word: bool(word.strip())), min_size=1, max_size=3).map(tuple)
IDS = st.integers(1, (1 << 63) - 1)
NEGATE = {"negate": st.booleans()}
CLOCKS = st.permutations(["00:00", "23:59", "6:05", "18:30"])

FILTERS = st.one_of(
    st.builds(v.PlatformFilter, platforms=st.sampled_from([("discord",), ("twitch", "vrchat")]), **NEGATE),
    st.builds(v.ChannelFilter, channels=WORDS, **NEGATE),
    st.builds(v.RoleFilter, roles=st.lists(IDS.map(str), min_size=1, max_size=3).map(tuple), **NEGATE),
    st.builds(v.RegexFilter, pattern=TEXT.map(lambda t: "".join(c if c.isalnum() else "." for c in t)),
              ignore_case=st.booleans(), **NEGATE),
    st.builds(v.LengthFilter, least=st.integers(1, 50), most=st.none() | st.integers(50, 4000), **NEGATE),
    CLOCKS.flatmap(lambda c: st.builds(
        v.TimeFilter, begin=st.just(c[0]), end=st.just(c[1]), timezone=st.sampled_from(["UTC", "Asia/Tokyo"]),
        days=st.lists(st.sampled_from(DAYS), max_size=3).map(tuple), **NEGATE)),
    st.builds(v.CooldownFilter, seconds=st.floats(0.001, 86_400), per=st.sampled_from(PER), **NEGATE),
)  # fmt: skip
OUTWARD: dict[str, Any] = {"timeout": st.floats(0.1, 60), "retries": st.integers(0, 10)}
NOTICE = TEXT.map(lambda t: "{user}: " + t.replace("{", "{{").replace("}", "}}"))
ACTIONS = st.one_of(
    st.just(v.Log()),
    st.just(v.Summarise()),
    st.builds(v.Notify, channel=IDS, text=NOTICE),
    st.builds(v.Archive, **OUTWARD),
    st.builds(v.AddRole, role=IDS, **OUTWARD),
    st.builds(v.Webhook, url=st.sampled_from(["https://example.org/hook?a=%20", "http://localhost:8080/x"]), **OUTWARD),
)
PIPELINES = st.builds(
    Pipeline,
    name=st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True),
    priority=st.integers(-1000, 1000),
    enabled=st.booleans(),
    stop_on_match=st.booleans(),
    stop_on_error=st.booleans(),
    filters=st.lists(FILTERS, max_size=4).map(tuple),
    actions=st.lists(ACTIONS, min_size=1, max_size=4).map(tuple),
)


@settings(max_examples=60)
@given(st.lists(PIPELINES, max_size=3, unique_by=lambda one: one.name))
def test_written_and_read_they_are_the_same(pipelines: list[Pipeline]) -> None:
    text = dump(pipelines)
    assert load(text) == pipelines
    assert dump(load(text)) == text


BASE = """\
# what people ask

[[pipelines]]
name = "help"
priority = 10

  [[pipelines.filters]]
  kind = "channel"
  channels = ["general", 1100]

  [[pipelines.filters]]
  kind = "regex"
  pattern = "help"

[[pipelines.actions]]
kind = "notify"
channel = 1234

[[pipelines]]
name = "second"
[[pipelines.actions]]
kind = "log"
"""


def test_what_stands_there_is_understood() -> None:
    first, second = load(BASE)
    assert first.filters[0] == v.ChannelFilter(channels=("general", "1100"))
    assert first.actions == (v.Notify(channel=1234),)
    assert second == Pipeline(name="second", actions=(v.Log(),))
    assert load("") == []


WRONG = {
    "a key": ("priority = 10", "priorty = 10", "line 5: priorty", "did you mean `priority`?"),
    "a kind": ('kind = "regex"', 'kind = "regexp"', "line 12: filters[1].kind", "did you mean `regex`?"),
    "a key of a filter": ("pattern =", "patern =", "line 13: filters[1].patern", "did you mean `pattern`?"),
    "a type": ("priority = 10", 'priority = "high"', "line 5: priority", "Expected `int`, got `str`"),
    "a type in a filter": ('pattern = "help"', "pattern = 7", "line 13: filters[1].pattern", "Expected `str`"),
    "a pattern": ('= "help"\n\n[[pipe', '= "(?=help)"\n\n[[pipe', "line 13: filters[1].pattern", "no look-around"),
    "an action": ("channel = 1234", "chanel = 1234", "line 17: actions[0].chanel", "did you mean `channel`?"),
    "what is missing": ("channel = 1234\n", "", "line 15: actions[0].channel", "missing required field"),
    "two alike": ('"second"', '"help"', "line 20: name", "there are two"),
    "a name": ('"second"', '"Second one"', "line 20: name", "small letters"),
    "no action": ('[[pipelines.actions]]\nkind = "log"\n', "", "line 19: actions", "there is none"),
    "another table": ("# what", "[other]\n# what", "line 1: other", "[[pipelines]]"),
    "no TOML": ('"second"', '"second', "TOML", "line 20"),
    "a value that is not there": ("priority = 10", "enabled = 1", "line 5: enabled", "Expected `bool`"),
}


@pytest.mark.parametrize(("old", "new", "where", "reason"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named(old: str, new: str, where: str, reason: str) -> None:
    assert old in BASE
    with pytest.raises(BadPipeline) as caught:
        load(BASE.replace(old, new, 1))
    assert caught.value.where == where
    assert reason in caught.value.reason


PARTS = {
    "platforms": ({"kind": "platform", "platforms": ["discrod"]}, "did you mean `discord`?"),
    "channels": ({"kind": "channel", "channels": []}, "name at least one"),
    "roles": ({"kind": "role", "roles": ["mods"]}, "digits"),
    "least": ({"kind": "length"}, "give `least`"),
    "most": ({"kind": "length", "least": 9, "most": 3}, "less than `least`"),
    "begin": ({"kind": "time", "begin": "25:00", "end": "06:00"}, "22:30"),
    "end": ({"kind": "time", "begin": "06:00", "end": "6:00"}, "the same"),
    "timezone": ({"kind": "time", "begin": "1:00", "end": "6:00", "timezone": "Europe/Berln"}, "`Europe/Berlin`?"),
    "days": ({"kind": "time", "begin": "1:00", "end": "6:00", "days": ["monday"]}, "`mon`"),
    "seconds": ({"kind": "cooldown", "seconds": 0}, "more than 0"),
    "per": ({"kind": "cooldown", "seconds": 3, "per": "usr"}, "did you mean `user`?"),
}
DEEDS = {
    "channel": ({"kind": "notify", "channel": 0}, "id"),
    "text": ({"kind": "notify", "channel": 1, "text": "{message}"}, "there is no `message`"),
    "text ": ({"kind": "notify", "channel": 1, "text": "{user"}, "written twice"),
    "text  ": ({"kind": "notify", "channel": 1, "text": "{user.__class__}"}, "there is no"),
    "role": ({"kind": "add_role", "role": -4}, "id"),
    "url": ({"kind": "webhook", "url": "ftp://example.org"}, "https://"),
    "url ": ({"kind": "webhook", "url": "https://me:secret@example.org"}, "no user or password"),
    "url  ": ({"kind": "webhook", "url": "https://exa mple.org/"}, "blanks"),
    "timeout": ({"kind": "archive", "timeout": 0}, "between"),
    "retries": ({"kind": "archive", "retries": 11}, "between"),
}


@pytest.mark.parametrize(("where", "part", "reason"), [(key, *case) for key, case in PARTS.items()])
def test_a_filter_that_can_not_be(where: str, part: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadPipeline) as caught:
        made({"name": "one", "filters": [part], "actions": [{"kind": "log"}]})
    assert caught.value.where == f"filters[0].{where}"
    assert reason in caught.value.reason


@pytest.mark.parametrize(("where", "part", "reason"), [(key, *case) for key, case in DEEDS.items()])
def test_an_action_that_can_not_be(where: str, part: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadPipeline) as caught:
        made({"name": "one", "actions": [{"kind": "log"}, part]})
    assert caught.value.where == f"actions[1].{where.strip()}"
    assert reason in caught.value.reason


def test_a_part_as_it_is_typed() -> None:
    assert part_of("filters", 'kind = "length", least = 3') == tomllib.loads('kind = "length"\nleast = 3')
    with pytest.raises(BadPipeline, match="it looks like kind"):
        part_of("filters", "regex: help")


def test_what_the_page_shows_is_right() -> None:
    page = (ROOT / "docs" / "pipelines.md").read_text("utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert [one.name for block in blocks for one in load(block)] == ["night-watch", "worth-keeping"]
    typed = re.findall(r"--(filter|action) '(.*?)'", page)
    table = {"name": "typed", "filters": [part_of("filters", t) for kind, t in typed if kind == "filter"]}
    one = made(table | {"actions": [part_of("actions", t) for kind, t in typed if kind == "action"]})
    assert Ready(one).takes(said(channel(1), person(1), 0, text="can anybody Help?"))
    for kinds in _KINDS.values():
        assert all(f"| `{kind}` |" in page for kind in kinds)
        assert all(f"`{key}`" in page for kind in kinds.values() for key in kind.__struct_fields__ if key != "negate")
