"""What is asked again within one look at the data: a reading transaction sees one state, so the answer is the same."""

from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from muster.store.engine import Reader, Writer

T = TypeVar("T")

_kept: "WeakKeyDictionary[Reader, dict[Hashable, Any]]" = WeakKeyDictionary()


async def once(reader: Reader, key: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
    """The answer to a question that this transaction may have asked before. A writing one asks every time."""
    if isinstance(reader, Writer):
        return await ask()
    answers = _kept.setdefault(reader, {})
    if key not in answers:
        answers[key] = await ask()
    answer: T = answers[key]
    return answer
