"""Which writer a text means: a mention, a key, a name, the beginning of one, or something like one."""

from typing import Final

import msgspec
import sqlalchemy as sa
from rapidfuzz import fuzz, process

from muster.stats.chat_source import community_id, was_there
from muster.stats.values.chat import Chatter, ChatterCandidate, ChatterChoice, CommunityRef
from muster.store.chat import batches
from muster.store.engine import Reader
from muster.store.privacy import changes
from muster.store.schema import user_totals, users

_LIKE_ENOUGH: Final = 70
"""Of 100, by rapidfuzz's weighted ratio: below it a name is nothing like the text."""


class _Known(msgspec.Struct, frozen=True):
    """Everybody who wrote in a community, most messages first, and their names as they are compared."""

    users: tuple[ChatterCandidate, ...]
    folded: tuple[str, ...]


async def lookup(
    reader: Reader, community: CommunityRef, text: str, *, limit: int = 10
) -> Chatter | ChatterChoice | None:
    """Who has this key or name (whatever its case), or alone has a name that begins so.

    Where several fit, or none does but some are like it, the answer is a choice; None where nobody is.
    """
    wanted = text.strip().removeprefix("<@").removeprefix("!").removesuffix(">").removeprefix("@")
    if not wanted:
        return None
    row = await reader.first(_everybody(community).where(users.c.key == wanted))
    if row is not None:
        return Chatter(row.key, row.name)
    known = await _known(reader, community)
    found = _named(known, wanted.lower()) or _starting(known, wanted.lower())
    if len(found) == 1:
        return found[0].user
    near = tuple(found[:limit]) or _near(known, wanted.lower(), limit)
    return ChatterChoice(near) if near else None


async def suggest(reader: Reader, community: CommunityRef, text: str, *, limit: int = 25) -> tuple[Chatter, ...]:
    """Whom to offer while somebody types: names that begin so, or else resemble it; who writes most first."""
    wanted = text.strip().lower()
    known = await _known(reader, community)
    found = _starting(known, wanted)[:limit] or _near(known, wanted, limit)
    return tuple(candidate.user for candidate in found)


def _everybody(community: CommunityRef) -> sa.Select[tuple[str, str, int]]:
    t = user_totals.c
    messages = sa.func.coalesce(t.messages, 0).label("messages")
    own = sa.and_(users.c.user_id == t.user_id, t.community_id == community_id(community))
    return (
        sa.select(users.c.key, users.c.global_username.label("name"), messages)
        .select_from(users.outerjoin(user_totals, own))
        .where(users.c.platform == community.platform, was_there(community))
        .order_by(messages.desc(), users.c.key)
    )


async def _known(reader: Reader, community: CommunityRef) -> _Known:
    """Everybody, kept until more is counted or somebody is erased: people type faster than a database looks."""
    # A batch of messages, an erasure, and somebody who was never seen before, perhaps in voice.
    newest = int(await reader.scalar(sa.select(sa.func.max(users.c.user_id))) or 0)
    now = (await batches(reader), await changes(reader), newest)
    place = f"chatters {community.platform} {community.key}"
    kept: tuple[tuple[int, int, int], _Known] | None = reader.kept.get(place)
    if kept is None or kept[0] != now:
        rows = await reader.all(_everybody(community))
        everybody = tuple(ChatterCandidate(Chatter(row.key, row.name), row.messages, 100) for row in rows)
        kept = now, _Known(everybody, tuple(one.user.name.lower() for one in everybody))
        reader.kept[place] = kept
    return kept[1]


def _named(known: _Known, wanted: str) -> list[ChatterCandidate]:
    return [one for one, name in zip(known.users, known.folded, strict=True) if name == wanted]


def _starting(known: _Known, wanted: str) -> list[ChatterCandidate]:
    return [one for one, name in zip(known.users, known.folded, strict=True) if name.startswith(wanted)]


def _near(known: _Known, wanted: str, limit: int) -> tuple[ChatterCandidate, ...]:
    hits = process.extract(wanted, known.folded, scorer=fuzz.WRatio, score_cutoff=_LIKE_ENOUGH, limit=4 * limit)
    near = [msgspec.structs.replace(known.users[place], score=round(score, 1)) for _, score, place in hits]
    return tuple(sorted(near, key=lambda one: (-one.score, -one.messages, one.user.key))[:limit])
