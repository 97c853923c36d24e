"""Channels that were imported by name alone become the channels they are, once those are known."""

from collections import Counter

from muster.community.counting import count_moments
from muster.community.history.names import bound
from muster.community.history.storing import places_of
from muster.community.moments import unpack
from muster.community.overlap import changes_of, remember, withdraw
from muster.community.register import Rules
from muster.model.chat import Platform
from muster.store import chat, history
from muster.store.chat import ChannelRow, CommunityRow
from muster.store.engine import Store, Writer

_PEOPLE = 50
"""Users whose messages are moved in one transaction."""


async def bind(store: Store, rules: Rules) -> list[tuple[CommunityRow, ChannelRow]]:
    """Moves what is counted under names to the channels that have them. Returns names that no channel has."""
    async with store.read() as reader:
        named = await history.all_named(reader)
        if not named:
            return []
        communities = {row.id: row for row in await chat.all_communities(reader)}
        channels = await chat.all_channels(reader)
    left: list[tuple[CommunityRow, ChannelRow]] = []
    for row in named:
        community = communities[row.community_id]
        own = [channel for channel in channels if channel.community_id == community.id]
        target = bound(row.name, own)
        if target is None:
            left.append((community, row))
            continue
        while await _move(store, community, row, target, rules):
            pass
    return left


async def _move(store: Store, community: CommunityRow, row: ChannelRow, target: ChannelRow, rules: Rules) -> bool:
    """Moves what some users said; False where that was all."""
    async with store.write() as writer:
        return await _move_some(writer, community, row, target, rules)


async def _move_some(
    writer: Writer, community: CommunityRow, row: ChannelRow, target: ChannelRow, rules: Rules
) -> bool:
    rows = await history.moments_of_channel(writer, row.id, _PEOPLE)
    if not rows:
        await history.drop_channel(writer, row.id)
        return False
    said: dict[int, list[int]] = {}
    for each in rows:
        said.setdefault(each.user_id, []).extend(unpack(each.day, each.logged))
    places = places_of(community, (row, target), rules(Platform(community.platform), community.key))
    moved = {(user, target.id): sorted(moments) for user, moments in said.items()}
    changes = await changes_of(writer, {}, moved, {})
    await history.drop_moments(writer, said, row.id)
    await remember(writer, {}, moved)
    await count_moments(writer, {key: change.logged for key, change in changes.items()}, places)
    gone = {key: change.gone for key, change in changes.items()}
    vanished = {
        key: [*change.gone, *(Counter(moved[key]) - Counter(change.logged)).elements()]
        for key, change in changes.items()
    }
    left = {(user, row.id): moments for user, moments in said.items()}
    await withdraw(writer, gone | left, places, vanished)
    await history.put_imported(writer, [(target.id, max(moments[-1] for moments in moved.values()), 0)])
    return True
