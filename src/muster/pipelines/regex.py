"""Patterns that take time in proportion to the text, whatever they are and whoever wrote it: RE2."""

from collections.abc import Callable

import re2

from muster.pipelines.values import BadPipeline

LONGEST = 2_000
"""Characters of a pattern."""

_MEMORY = 8 << 20
"""Bytes that a pattern may take when it is compiled; one that wants more is refused."""


def searcher(pattern: str, *, ignore_case: bool) -> Callable[[bytes], bool]:
    """Whether a text, in UTF-8, holds the pattern. Raises BadPipeline, with the reason, for one that RE2 can't take."""
    if len(pattern) > LONGEST:
        raise BadPipeline("pattern", f"{len(pattern):,} characters are too many; {LONGEST:,} are allowed")
    options = re2.Options()
    options.case_sensitive = not ignore_case
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        # Bytes: the library would count characters of the whole text for each match otherwise.
        compiled = re2.compile(pattern.encode(), options)
    except UnicodeEncodeError:
        raise BadPipeline("pattern", "it holds what is no text") from None
    except re2.error as error:
        reason = error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else str(error)
        raise BadPipeline("pattern", f"{reason}{_hint(reason)}") from None
    search = compiled.search
    return lambda text: search(text) is not None


def _hint(reason: str) -> str:
    if "perl operator" in reason or "escape sequence" in reason:
        return "; RE2 has no look-around and no back references, so that no text can stall it"
    return ""
