"""People in voice, members who come and go: made up, and put into a store."""

from collections.abc import Sequence
from random import Random

from muster.community.attendance import Stay
from muster.community.days import DayRule
from muster.community.voice import Membership, store_members, store_stays
from muster.model.chat import Channel, Community, Person
from muster.model.presence import MemberJoined, MemberLeft
from muster.store.engine import Store
from tests.community.telling import START


def evenings(seed: int, where: Sequence[Channel], people: Sequence[Person], count: int = 40) -> list[Stay]:
    """Sessions in voice over nine days, some long enough for a midnight, none of one person at the same time."""
    dice = Random(seed)
    free = dict.fromkeys((person.key for person in people), START)
    found: list[Stay] = []
    for _ in range(count):
        who, place = dice.choice(people), dice.choice(where)
        begin = free[who.key] + dice.randrange(1, 40_000_000)
        end = begin + dice.randrange(0, 20_000_000)
        free[who.key] = end
        stay = Stay(place.community, who, place, begin, end)
        stay.is_open = False
        found.append(stay)
    return found


def comings(community: Community, people: Sequence[Person]) -> list[Membership]:
    """Everybody joins, a day after the other; the first leaves two days later."""
    day = 86_400_000
    found: list[Membership] = [MemberJoined(community, who, START + n * day) for n, who in enumerate(people)]
    return [*found, MemberLeft(community, people[0], START + 2 * day)]


async def kept(store: Store, stays: Sequence[Stay], members: Sequence[Membership], rule: DayRule) -> None:
    """Puts them into the store."""
    async with store.write() as writer:
        await store_stays(writer, stays, lambda *_: rule)
        await store_members(writer, members, lambda *_: rule)
