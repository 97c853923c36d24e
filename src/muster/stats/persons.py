"""One person, in the game and in a community, side by side."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from muster.stats import chat_hours, voice
from muster.stats.chat_activity import activity
from muster.stats.chat_source import UnknownChatter, chatter
from muster.stats.metrics import METRICS
from muster.stats.players import career
from muster.stats.rivals import teammates
from muster.stats.source import UnknownPlayer, eligible, player_of
from muster.stats.values.chat import HOURS_OF_A_WEEK, CommunityRef, Days
from muster.stats.values.persons import Around, ChatHalf, GameHalf, PersonProfile
from muster.store.engine import Reader
from muster.store.notes import link_of, linked_user
from muster.store.schema import player_stats, rounds

PARTNERS: Final = 5
TOGETHER: Final = 3
"""Rounds from which on somebody is company."""
_QUARTER: Final = 900_000
"""Milliseconds. Hours of every time zone begin on a quarter of one of UTC."""
_NOTHING: Final = (0,) * HOURS_OF_A_WEEK


async def other_half(reader: Reader, player: str | None, user: str | None) -> tuple[str | None, str | None]:
    """Player and user of a person of whom one is known, by their link; None where there is none."""
    if player is not None and user is None:
        link = await linked_user(reader, player)
        return player, None if link is None else str(link.user_id)
    if user is not None and player is None and user.isdecimal():
        found = await link_of(reader, int(user))
        return None if found is None else found.player_key, user
    return player, user


async def profile(
    reader: Reader, player: str | None, community: CommunityRef | None, user: str | None, today: date, timezone: str
) -> PersonProfile:
    """A person by the key of his player and that of his account, either of which may be unknown.

    `today` and `timezone` are the community's.
    """
    linked = player is not None and user is not None
    game = None if player is None else await _game(reader, player)
    chat = None if community is None or user is None else await _chat(reader, community, user, today)
    zone = ZoneInfo(timezone)
    played, messages, in_voice = _NOTHING, _NOTHING, _NOTHING
    if game is not None:
        played = await _played(reader, game.player.key, zone)
    if chat is not None:
        user_id, _ = await chatter(reader, chat.community, chat.user.key)
        messages = await chat_hours.hours(reader, chat.community, user_id)
        in_voice = hours_of_week(await voice.spans_of(reader, chat.community, user_id), zone)
    return PersonProfile(game, chat, linked, Around(timezone, played, messages, in_voice))


async def _game(reader: Reader, key: str) -> GameHalf | None:
    try:
        own = await career(reader, key)
    except UnknownPlayer:  # linked once, and his rounds were taken away
        return None
    return GameHalf(
        player=own.player,
        rounds=own.totals.rounds,
        seconds=own.totals.seconds,
        sessions=own.sessions,
        matches=own.matches,
        kd=METRICS["kd"].of(own.totals),
        dpm=METRICS["dpm"].of(own.totals),
        rating=own.rating,
        last_seen=own.last_seen,
        partners=(await teammates(reader, key, min_rounds=TOGETHER, limit=PARTNERS)).companions,
    )


async def _chat(reader: Reader, community: CommunityRef, key: str, today: date) -> ChatHalf | None:
    try:
        found = await activity(reader, community, key, Days(today))
    except UnknownChatter:
        return None
    return ChatHalf(
        community=community,
        user=found.user,
        messages=found.all_messages,
        active_days=found.active_days,
        streak=found.streak,
        longest_streak=found.longest_streak,
        voice_seconds=found.all_voice_seconds,
        first_at=found.first_at,
        last_at=found.last_at,
    )


async def _played(reader: Reader, key: str, zone: ZoneInfo) -> tuple[int, ...]:
    """Seconds on a team by hour of the week."""
    player_id, _ = await player_of(reader, key)
    joined = player_stats.join(rounds, rounds.c.id == player_stats.c.round_id)
    query = sa.select(rounds.c.played_at, player_stats.c.seconds).select_from(joined)
    hours = [0] * HOURS_OF_A_WEEK
    for played_at, seconds in await reader.all(query.where(player_stats.c.player_id == player_id, eligible())):
        local = played_at.astimezone(zone)
        hours[local.weekday() * 24 + local.hour] += seconds or 0
    return tuple(hours)


def hours_of_week(spans: Iterable[Sequence[int]], zone: ZoneInfo) -> tuple[int, ...]:
    """Seconds by hour of the week of times from when to when (milliseconds since 1970)."""

    @lru_cache(None)
    def hour(quarter: int) -> int:
        local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=quarter * _QUARTER)).astimezone(zone)
        return local.weekday() * 24 + local.hour

    spent = [0] * HOURS_OF_A_WEEK
    for begin, end in spans:
        while begin < end:
            until = min((begin // _QUARTER + 1) * _QUARTER, end)
            spent[hour(begin // _QUARTER)] += until - begin
            begin = until
    return tuple(milliseconds // 1000 for milliseconds in spent)
