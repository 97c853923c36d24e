"""Whom a text means: a key, a name, the beginning of one, or something like one."""

from collections.abc import Iterable
from typing import Final

import msgspec
import sqlalchemy as sa
from rapidfuzz import fuzz, process

from muster.stats.values.common import PlayerRef
from muster.stats.values.players import Candidate, Choice, Found, Nobody
from muster.store.engine import Reader
from muster.store.schema import player_aliases, players

_LIKE_ENOUGH: Final = 70
"""Of 100, by rapidfuzz's weighted ratio: below it a name is nothing like the text."""
_NAMES_EACH: Final = 4
"""How many names of one player may be among those that are like a text."""
_SHORTEST_KEY: Final = 4
"""Characters of a key from which on its beginning is looked for."""


class _Known(msgspec.Struct, frozen=True):
    """One name of one player."""

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
    starting = await _starting(reader, wanted)
    exact = [one for one in starting if one.folded == wanted.lower()]
    found = exact or _people(starting) or await _by_key_start(reader, wanted)
    if found:
        return _decided(found, limit)
    near = await _near(reader, wanted.lower(), limit)
    return Choice(near) if near else Nobody(text)


async def suggest(reader: Reader, text: str, *, limit: int = 25) -> tuple[Candidate, ...]:
    """Players to offer while somebody types: names that begin so, or else that resemble it; most rounds first."""
    wanted = text.strip()
    if not wanted:
        return _best([_Known(*row) for row in await reader.all(_BUSIEST, {"limit": limit})], limit)
    starting = _best(_people(await _starting(reader, wanted)), limit)
    return starting or await _near(reader, wanted.lower(), limit)


async def _starting(reader: Reader, wanted: str) -> list[_Known]:
    """Names that begin with this text. Databases fold ASCII alike, and other letters each in its own way."""
    if wanted.isascii():
        return [_Known(*row) for row in await reader.all(_STARTING, {"start": _escaped(wanted.lower()) + "%"})]
    known = [_Known(*row) for row in await reader.all(_NAMES)]
    return [one for one in known if one.folded.startswith(wanted.lower())]


async def _by_key_start(reader: Reader, wanted: str) -> list[_Known]:
    if len(wanted) < _SHORTEST_KEY:
        return []
    found = await reader.all(_KEY_STARTING, {"start": _escaped(wanted.upper()) + "%"})
    return _people([_Known(*row) for row in found])


def _people(known: Iterable[_Known]) -> list[_Known]:
    return [one for one in known if not one.is_bot]


def _escaped(text: str) -> str:
    """A text in which `LIKE` finds nothing special."""
    for character in "/%_":
        text = text.replace(character, "/" + character)
    return text


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


async def _near(reader: Reader, folded: str, limit: int) -> tuple[Candidate, ...]:
    """Players with a name like this text, the likest first."""
    everybody = await reader.all(_IDS)
    names = [name.lower() for name, _ in everybody]
    hits = process.extract(folded, names, scorer=fuzz.WRatio, score_cutoff=_LIKE_ENOUGH, limit=limit * _NAMES_EACH)
    scores = {tuple(everybody[i]): round(score, 1) for _, score, i in hits}
    found = await reader.all(_OF_IDS, {"ids": list({player_id for _, player_id in scores})})
    near = [
        _Known(alias, *row).candidate(scores[alias, player_id])
        for player_id, alias, *row in found
        if (alias, player_id) in scores
    ]
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
_IDS: Final = sa.select(player_aliases.c.name, player_aliases.c.player_id)
_OF_IDS: Final = _NAMES.with_only_columns(players.c.id, *_NAMES.selected_columns).where(
    players.c.id.in_(sa.bindparam("ids", expanding=True))
)
_BUSIEST: Final = (
    _NAMES.where(sa.not_(players.c.is_bot), player_aliases.c.name == players.c.name)
    .order_by(player_aliases.c.rounds.desc(), players.c.key)
    .limit(sa.bindparam("limit"))
)
_STARTING: Final = _NAMES.where(sa.func.lower(player_aliases.c.name).like(sa.bindparam("start"), escape="/"))
_KEY_STARTING: Final = _NAMES.where(players.c.key.like(sa.bindparam("start"), escape="/"))
