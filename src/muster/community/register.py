"""Who and what is known: communities, channels with their ledgers, users. What is new is stored with the next batch."""

from collections.abc import Callable, Iterable

import msgspec

from muster.community import hidden
from muster.community.days import DayRule
from muster.community.hidden import Hidden, is_nobody
from muster.community.ledger import Ledger
from muster.model.chat import Channel, Community, Message, Platform, number_at
from muster.store import chat, history
from muster.store.chat import ChannelRow, CommunityRow, UserRow
from muster.store.engine import Reader, Writer

_MOST_USERS = 100_000
"""Users whose ids are kept in memory."""

Rules = Callable[[Platform, str], DayRule]
"""The day rule of a community, by platform and key."""

_MINUTE = 60_000

UserKey = tuple[str, str]
"""Platform and key."""


class Place:
    """A channel that is counted: its row, its community, the rule of its days, its account."""

    def __init__(self, row: ChannelRow, community: CommunityRow, rule: DayRule, ledger: Ledger) -> None:
        self.row = row
        self.community = community
        self.rule = rule
        self.ledger = ledger


class Newcomers(msgspec.Struct, frozen=True):
    """What a transaction stored of the register, to be taken over once it is committed."""

    places: list[tuple[Place, ChannelRow]]
    communities: list[CommunityRow]
    users: dict[UserKey, UserRow]


class Register:
    """Everything that has an id. Ids are given out here: only one process counts."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._communities: dict[UserKey, CommunityRow] = {}
        self._unstored: dict[int, CommunityRow] = {}
        self._places: dict[tuple[int, str], Place] = {}
        self._stored: dict[int, ChannelRow] = {}
        self._unheard: dict[tuple[int, str], int] = {}
        self._next = 1
        self._users: dict[UserKey, UserRow] = {}
        self._hidden = Hidden()

    async def load(self, reader: Reader) -> None:
        """Takes over what is stored."""
        self._hidden = await hidden.read(reader)
        self._communities = {(row.platform, row.key): row for row in await chat.all_communities(reader)}
        by_id = {row.id: row for row in self._communities.values()}
        recent = await chat.recent(reader)
        for row in await chat.all_channels(reader):
            if row.id < history.FIRST_ID:
                self._next = max(self._next, row.id + 1)
            if row.mark == history.UNHEARD:
                self._unheard[row.community_id, row.key] = row.id
                continue
            community = by_id[row.community_id]
            rule = self._rules(Platform(community.platform), community.key)
            ledger = Ledger(row.mark, recent.get(row.id, ()))
            self._places[row.community_id, row.key] = Place(row, community, rule, ledger)
            self._stored[row.id] = row

    def place(self, channel: Channel, not_before: int) -> Place:
        """The place of a channel. One never seen is counted from its beginning, or from `not_before` (ms) on."""
        community = self._community(channel.community)
        found = self._places.get((community.id, channel.key))
        if found is None:
            mark = max(channel.since - 1, number_at(not_before), 0)
            row_id = self._unheard.pop((community.id, channel.key), None) or self._new_id()
            row = ChannelRow(row_id, community.id, channel.key, channel.name, channel.parent, mark)
            rule = self._rules(channel.community.platform, community.key)
            found = self._places[community.id, channel.key] = Place(row, community, rule, Ledger(mark))
        elif found.row.name != channel.name or found.row.parent != channel.parent:
            found.row = msgspec.structs.replace(found.row, name=channel.name, parent=channel.parent)
        return found

    async def look(self, writer: Writer) -> Hidden:
        """Who is hidden now. What is known of users holds no longer once somebody was erased, by whatever process."""
        now = await hidden.read(writer, self._hidden)
        if now is not self._hidden:
            self._users.clear()
            self._hidden = now
        return now

    def shown(self, message: Message) -> Message:
        """A message as it may be written down, as far as is known without the database."""
        return self._hidden.shown(message)

    @property
    def places(self) -> list[Place]:
        """All channels that were ever seen."""
        return list(self._places.values())

    def is_only(self, place: Place) -> bool:
        """Whether no other channel of the platform has its name."""
        same = [p for p in self._places.values() if p.row.name == place.row.name]
        return [p for p in same if p.community.platform == place.community.platform] == [place]

    def places_of(self, community: Community) -> list[Place]:
        """All channels of a community that were ever seen."""
        row = self._communities.get((community.platform.value, community.key))
        return [] if row is None else [place for place in self._places.values() if place.community.id == row.id]

    def heard_until(self, community: Community) -> int:
        """Milliseconds since 1970; nothing before is missing in a community."""
        return self._community(community).heard_until

    def hear(self, community: Community, until: int) -> None:
        """Nothing before `until` is missing in a community. That is kept to the minute."""
        row = self._community(community)
        if until - row.heard_until > _MINUTE:
            row = msgspec.structs.replace(row, heard_until=until)
            self._communities[row.platform, row.key] = self._unstored[row.id] = row

    def _community(self, community: Community) -> CommunityRow:
        key = (community.platform.value, community.key)
        found = self._communities.get(key)
        if found is None or found.name != community.name:
            own = [row.id for row in self._communities.values() if row.id < history.FIRST_ID]
            row_id = found.id if found else max(own, default=0) + 1
            heard = found.heard_until if found else 0
            found = self._communities[key] = self._unstored[row_id] = CommunityRow(row_id, *key, community.name, heard)
        return found

    async def put(
        self, writer: Writer, marks: Iterable[tuple[Place, int]], batch: Iterable[tuple[Place, Message]]
    ) -> Newcomers:
        """Stores what is new or changed of channels and authors, and where the channels' marks shall stand."""
        marks = list(marks)
        await self._meet(writer, [place for place, _ in marks])
        communities = list(self._unstored.values())
        await chat.put_communities(writer, communities)
        places = [(place, msgspec.structs.replace(place.row, mark=mark)) for place, mark in marks]
        places = [(place, row) for place, row in places if self._stored.get(row.id) != row]
        await chat.put_channels(writer, [row for _, row in places])
        return Newcomers(places, communities, await self._put_users(writer, batch))

    def _new_id(self) -> int:
        self._next += 1
        return self._next - 1

    async def _meet(self, writer: Writer, places: Iterable[Place]) -> None:
        """Takes over the ids of what another process, an import, has made meanwhile."""
        for row in await history.made_elsewhere(writer, list(self._unstored.values())):
            old = self._communities[row.platform, row.key]
            new = msgspec.structs.replace(old, id=row.id)
            self._communities[row.platform, row.key] = self._unstored[row.id] = new
            del self._unstored[old.id]
            for place in [place for place in self._places.values() if place.community.id == old.id]:
                del self._places[old.id, place.row.key]
                self._places[row.id, place.row.key] = place
                place.community = new
                place.row = msgspec.structs.replace(place.row, community_id=row.id)
        fresh = {(place.row.community_id, place.row.key): place for place in places if place.row.id not in self._stored}
        for channel in await history.unheard(writer, [place.row for place in fresh.values()]):
            place = fresh[channel.community_id, channel.key]
            place.row = msgspec.structs.replace(place.row, id=channel.id)

    async def _put_users(self, writer: Writer, batch: Iterable[tuple[Place, Message]]) -> dict[UserKey, UserRow]:
        wanted: dict[UserKey, str] = {
            (place.community.platform, message.author.key): message.author.name for place, message in batch
        }
        nobodys = {key: UserRow(chat.NOBODY, *key, "") for key in wanted if is_nobody(key[1])}
        for key in nobodys:
            del wanted[key]
        found = {key: self._users[key] for key in wanted if key in self._users}
        unknown = [key for key in wanted if key not in found]
        for platform in {platform for platform, _ in unknown}:
            keys = [key for of, key in unknown if of == platform]
            found |= {(row.platform, row.key): row for row in await chat.users_of(writer, platform, keys)}
        new = [key for key in unknown if key not in found]
        first = await chat.next_user(writer) if new else 0
        changed = [UserRow(first + n, *key, wanted[key]) for n, key in enumerate(new)]
        changed += [
            UserRow(row.user_id, *key, wanted[key]) for key, row in found.items() if row.global_username != wanted[key]
        ]
        await chat.put_users(writer, changed)
        return nobodys | found | {(row.platform, row.key): row for row in changed}

    def committed(self, stored: Newcomers) -> None:
        """What was put is stored for good."""
        for community in stored.communities:
            if self._unstored.get(community.id) is community:
                del self._unstored[community.id]
        for place, row in stored.places:
            self._stored[row.id] = row
            place.row = msgspec.structs.replace(place.row, mark=row.mark)
            place.ledger.move(row.mark)
        if len(self._users) > _MOST_USERS:
            self._users.clear()
        self._users |= stored.users
