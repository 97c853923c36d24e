"""Colour codes are taken out of names, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.model.colours import clean
from tests.oracle import clean_name


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        ("^1red^7white", "redwhite"),
        ("^D/^4/^?/^zT.^0gAddle", "///T.gAddle"),
        ("^^1x", "^x"),
        ("^^^1x", "^^x"),
        ("^/a^?b^>c^*d", "abcd"),
        ("a^", "a^"),
        ("a ^ b", "a ^ b"),
        ("^1", ""),
        ("", ""),
        ("^éa^名b", "ab"),
        ("^\ufffdx", "x"),
        ("^\tx", "^\tx"),
        ("^1^3", ""),
        ("^^", "^^"),
    ],
)
def test_a_code_is_a_caret_and_the_character_after_it(raw: str, shown: str) -> None:
    assert clean(raw) == shown


@given(st.text(alphabet=st.sampled_from("^^^ a1/~é\ufffd"), max_size=12))
def test_two_readers_agree(raw: str) -> None:
    assert clean(raw) == clean_name(raw)


@given(st.text(max_size=30))
def test_only_whole_codes_go(raw: str) -> None:
    shown = clean(raw)
    assert (len(raw) - len(shown)) % 2 == 0
    assert "^" in raw or shown == raw
