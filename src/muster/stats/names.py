"""Whom a text means: a key, a name, the beginning of one, or something like one."""

from bisect import bisect_left
from collections.abc import Iterable
from itertools import takewhile
from typing import Final

import msgspec
import sqlalchemy as sa
from rapidfuzz import fuzz, process

from muster.stats.memory import remembered
from muster.stats.values.common import PlayerRef
from muster.stats.values.players import Candidate, Choice, Found, Nobody
from muster.store import notes
from muster.store.engine import Reader
from muster.store.schema import player_aliases, player_stats, players, rounds

_LIKE_ENOUGH: Final = 70
"""Of 100, by rapidfuzz's weighted ratio: below it a name is nothing like the text."""
_NAMES_EACH: Final = 4
"""How many names of one player may be among those that are like a text."""
_KEPT: Final = "names"
_SHORTEST_KEY: Final = 4
"""Characters of a key from which on its beginning is looked for."""


class _Known(msgspec.Struct, frozen=True, gc=False):
    """One name of one player. Thousands of them are kept: the garbage collector has nothing to look for in them."""

    alias: str
    rounds: int
    key: str
    name: str
    is_bot: bool

    @property
    def folded(self) -> str:
        """The name as it is compared."""
        return self.alias.lower()

    def candidate(self, score: float) -> Candidate:
        """The player under this name."""
        return Candidate(PlayerRef(self.key, self.name, self.is_bot), self.alias, self.rounds, score)


class _Names(msgspec.Struct, frozen=True):
    """Every name of every player, in the order of what they are compared by, which stands beside them.

    `last_round` is the greatest id of a round they are from, `recounts` says how often names had been counted anew.
    """

    known: tuple[_Known, ...]
    folded: tuple[str, ...]
    last_round: int
    recounts: int

    def starting(self, wanted: str) -> list[_Known]:
        """Names that begin with this text."""
        first = bisect_left(self.folded, wanted)
        count = sum(1 for _ in takewhile(lambda name: name.startswith(wanted), self.folded[first:]))
        return list(self.known[first : first + count])

    def renewed(self, played: Iterable[_Known]) -> tuple[list[_Known], list[str]]:
        """The names in order, and what they are compared by, with all names of some players in place of their old."""
        new = sorted(played, key=_order)
        keys = {one.key for one in new}
        known = [one for one in self.known if one.key not in keys]
        folded = [name for one, name in zip(self.known, self.folded, strict=True) if one.key not in keys]
        for one in new:
            at = bisect_left(folded, one.folded)
            while at < len(folded) and folded[at] == one.folded and known[at].key < one.key:
                at += 1
            known.insert(at, one)
            folded.insert(at, one.folded)
        return known, folded


async def lookup(reader: Reader, text: str, *, limit: int = 10) -> Found | Choice | Nobody:
    """The player of an exact key, an exact name (whatever its case), or the beginning that only his names have.

    Where several fit, or none does but some are like it, the answer is a choice. Bots are found by their exact
    key or name only.
    """
    wanted = text.strip()
    if not wanted:
        return Nobody(text)
    row = await reader.first(_BY_KEY, {"keys": [wanted, wanted.upper()]})
    if row is not None:
        return Found(PlayerRef(*row))
    everybody = await _names(reader)
    starting = everybody.starting(wanted.lower())
    exact = [one for one in starting if one.folded == wanted.lower()]
    found = exact or _people(starting) or _by_key_start(everybody, wanted)
    if found:
        return _decided(found, limit)
    near = _near(everybody, wanted.lower(), limit)
    return Choice(near) if near else Nobody(text)


async def suggest(reader: Reader, text: str, *, limit: int = 25) -> tuple[Candidate, ...]:
    """Players to offer while somebody types: names that begin so, or else that resemble it; most rounds first."""
    wanted = text.strip()
    everybody = await _names(reader)
    if not wanted:
        return _best((one for one in _people(everybody.known) if one.alias == one.name), limit)
    starting = _best(_people(everybody.starting(wanted.lower())), limit)
    return starting or _near(everybody, wanted.lower(), limit)


async def _names(reader: Reader) -> _Names:
    """All names, kept as long as the data stays what it was: people type faster than a database looks through them."""

    async def read() -> _Names:
        recounts = await notes.recounts(reader)
        last_round = int(await reader.scalar(_LAST_ROUND) or 0)
        before: _Names | None = reader.kept.get(_KEPT)
        if before is None or before.recounts != recounts:
            known = sorted((_Known(*row) for row in await reader.all(_NAMES)), key=_order)
            folded = [one.folded for one in known]
        else:
            # Whoever played since is read anew with all his names; the others have the names they had.
            rows = await reader.all(_NAMES_SINCE, {"last": before.last_round})
            known, folded = before.renewed([_Known(*row) for row in rows])
        names = _Names(tuple(known), tuple(folded), last_round, recounts)
        reader.kept[_KEPT] = names
        return names

    return await remembered(reader, "names", read)


def _order(one: _Known) -> tuple[str, str]:
    return one.folded, one.key


def _by_key_start(everybody: _Names, wanted: str) -> list[_Known]:
    if len(wanted) < _SHORTEST_KEY:
        return []
    return [one for one in _people(everybody.known) if one.key.startswith(wanted.upper())]


def _people(known: Iterable[_Known]) -> list[_Known]:
    return [one for one in known if not one.is_bot]


def _decided(found: list[_Known], limit: int) -> Found | Choice:
    best = _best(found, limit)
    return Found(best[0].player) if len(best) == 1 else Choice(best)


def _best(found: Iterable[_Known], limit: int) -> tuple[Candidate, ...]:
    """One candidate a player, under the fitting name he used most; most rounds first."""
    by_player: dict[str, _Known] = {}
    for one in found:
        before = by_player.get(one.key)
        if before is None or (one.rounds, one.alias) > (before.rounds, before.alias):
            by_player[one.key] = one
    ordered = sorted(by_player.values(), key=lambda one: (-one.rounds, one.key))
    return tuple(one.candidate(100) for one in ordered[:limit])


def _near(everybody: _Names, folded: str, limit: int) -> tuple[Candidate, ...]:
    """Players with a name like this text, the likest first."""
    most = limit * _NAMES_EACH
    hits = process.extract(folded, everybody.folded, scorer=fuzz.WRatio, score_cutoff=_LIKE_ENOUGH, limit=most)
    near = [everybody.known[place].candidate(round(score, 1)) for _, score, place in hits]
    best: dict[str, Candidate] = {}
    for candidate in sorted(near, key=lambda c: (-c.score, -c.rounds, c.player.key, c.alias)):
        if not candidate.player.is_bot:
            best.setdefault(candidate.player.key, candidate)
    return tuple(best.values())[:limit]


_BY_KEY: Final = (
    sa.select(players.c.key, players.c.name, players.c.is_bot)
    .where(players.c.key.in_(sa.bindparam("keys", expanding=True)))
    .limit(1)
)
_NAMES: Final = sa.select(
    player_aliases.c.name.label("alias"), player_aliases.c.rounds, players.c.key, players.c.name, players.c.is_bot
).join_from(player_aliases, players, players.c.id == player_aliases.c.player_id)
_LAST_ROUND: Final = sa.select(sa.func.max(rounds.c.id))
_PLAYED_SINCE: Final = sa.select(player_stats.c.player_id).where(player_stats.c.round_id > sa.bindparam("last"))
_NAMES_SINCE: Final = _NAMES.where(players.c.id.in_(_PLAYED_SINCE))
