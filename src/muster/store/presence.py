"""The tables of who is there: sessions in voice and their days, members who came and went."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
import sqlalchemy as sa

from muster.store import history
from muster.store.chat import ChannelRow
from muster.store.engine import Reader, Writer
from muster.store.schema import channels, communities, member_events, users, voice_days, voice_sessions

_V: Final = voice_sessions.c
_E: Final = member_events.c


class OpenRow(msgspec.Struct, frozen=True):
    """An open session in voice, with the keys and names of where and who. `seen`: when it was last known to go on."""

    platform: str
    community: str
    community_name: str
    channel: str
    channel_name: str
    user: str
    user_name: str
    joined_at: int
    seen: int


class VoiceRow(msgspec.Struct, frozen=True):
    """A row of `voice_sessions`; moments in milliseconds since 1970."""

    user_id: int
    channel_id: int
    joined_at: int
    left_at: int
    is_open: bool


async def open_sessions(reader: Reader) -> list[OpenRow]:
    """The sessions that were going on when they were last seen."""
    h, c, u = channels.c, communities.c, users.c
    query = (
        sa.select(c.platform, c.key, c.name, h.key, h.name, u.key, u.global_username, _V.joined_at, _V.left_at)
        .join_from(voice_sessions, channels, h.id == _V.channel_id)
        .join(communities, c.id == h.community_id)
        .join(users, u.user_id == _V.user_id)
        .where(_V.is_open)
    )
    return [OpenRow(*row) for row in await reader.all(query)]


async def channel_ids(writer: Writer, community_id: int, named: Mapping[str, str]) -> dict[str, int]:
    """Ids of a community's channels by key, made where there are none. `named`: their names by key."""
    own = sa.select(channels).where(channels.c.community_id == community_id)
    rows = {row.key: row for row in (ChannelRow(*each) for each in await writer.among(own, channels.c.key, named))}
    new = [(key, name, None) for key, name in named.items() if key not in rows]
    for row in await history.make_channels(writer, community_id, new):
        rows[row.key] = row
    for key, name in named.items():
        if rows[key].name != name:
            await writer.run(sa.update(channels).where(channels.c.id == rows[key].id).values(name=name))
    return {key: rows[key].id for key in named}


async def ends(reader: Reader, user_ids: Iterable[int], since: int) -> dict[tuple[int, int, int], int]:
    """The stored ends of users' sessions that began at `since` or later, by user, channel and begin."""
    query = sa.select(_V.user_id, _V.channel_id, _V.joined_at, _V.left_at).where(_V.joined_at >= since)
    rows = await reader.among(query, _V.user_id, user_ids)
    return {(user, channel, joined): left for user, channel, joined, left in rows}


async def put_sessions(writer: Writer, rows: Sequence[VoiceRow]) -> None:
    """Stores sessions as they are now."""
    full = [msgspec.structs.astuple(row) for row in rows]
    await writer.upsert(voice_sessions, full, {name: f"new.{name}" for name in ("left_at", "is_open")})


async def add_days(writer: Writer, days: Mapping[tuple[int, int, int], int]) -> None:
    """Adds milliseconds in voice by user, channel and day."""
    rows = [(*key, spent) for key, spent in days.items()]
    await writer.upsert(voice_days, rows, {"milliseconds": "old.milliseconds + new.milliseconds"})


async def last_member_event(reader: Reader, community_id: int, user_id: int) -> tuple[int, bool] | None:
    """The moment of the last time somebody came (True) or went, None where neither is known."""
    query = sa.select(_E.at, _E.joined).where(_E.community_id == community_id, _E.user_id == user_id)
    row = await reader.first(query.order_by(_E.at.desc(), _E.joined).limit(1))
    return None if row is None else (int(row.at), bool(row.joined))


async def add_member_event(writer: Writer, community_id: int, user_id: int, at: int, joined: bool, day: int) -> None:
    """Stores that somebody came or went."""
    await writer.insert(member_events, [(community_id, user_id, at, joined, day)])
