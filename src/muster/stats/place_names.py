"""Which map or game server a text means."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec
from rapidfuzz import process

from muster.stats.places import maps, servers
from muster.stats.values.common import Scope
from muster.store.engine import Reader

_LISTED: Final = 12


class UnknownPlace(LookupError):
    """A text that means no map (or server), or several; the message says which there are."""


async def known(reader: Reader, scope: Scope) -> Scope:
    """The scope with its map and its server named as the store has them. Raises UnknownPlace.

    A name may be written in any case, and shortened to any part that no other name has.
    """
    return msgspec.structs.replace(
        scope,
        map=await _named(reader, "map", scope.map, maps),
        server=await _named(reader, "game server", scope.server, servers),
    )


async def _named(
    reader: Reader, kind: str, text: str | None, everything: Callable[[Reader], Awaitable[list[str]]]
) -> str | None:
    if text is None or not text.strip():
        return None
    return find(kind, text.strip(), await everything(reader))


def find(kind: str, text: str, names: Sequence[str]) -> str:
    """The name a text means. Raises UnknownPlace."""
    if text in names:
        return text
    if not names:
        raise UnknownPlace(f"There is no {kind} yet, because no round is stored")
    alike = [name for name in names if name.lower() == text.lower()]
    found = alike or [name for name in names if text.lower() in name.lower()]
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownPlace(f"{text!r} is part of several names; say one of {_listed(found)}")
    near = [hit[0] for hit in process.extract(text.lower(), names, limit=3, score_cutoff=60)]
    others = [name for name in names if name not in near]
    raise UnknownPlace(f"{text!r} is no {kind} known here; there is {_listed([*near, *others])}")


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
