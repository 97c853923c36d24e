"""Who is in which voice channel since when: what news make of it. Pure; moments are milliseconds since 1970.

The one rule for everything that was not watched (a broken connection, a restart, a crash): who is in the same channel
before and after a gap of at most LONGEST_GAP was there all the time; anybody else was there until he was last seen.
"""

from collections.abc import Iterable

from muster.community.days import DayRule, date_of
from muster.model.chat import Channel, Community, Person
from muster.model.presence import InVoice, RollCall

LONGEST_GAP = 300_000
"""Milliseconds unwatched after which somebody who is still there begins another session."""

Key = tuple[str, str]
"""Platform and key of a community."""


class Stay:
    """Somebody in a voice channel: from `since` on, `seen` last; over at that moment where it is not open."""

    def __init__(self, community: Community, person: Person, channel: Channel, since: int, seen: int) -> None:
        self.community = community
        self.person = person
        self.channel = channel
        self.since = since
        self.seen = seen
        self.is_open = True


class Attendance:
    """Everybody in voice. What changes is told by `changed`, each time once."""

    def __init__(self, stays: Iterable[Stay] = ()) -> None:
        self._stays: dict[Key, dict[str, Stay]] = {}
        self._watched: set[Key] = set()
        self._changed: dict[int, Stay] = {}
        for stay in stays:
            here = self._stays.setdefault(_key(stay.community), {})
            earlier = here.get(stay.person.key)
            if earlier is not None:  # there can be one only
                self._end(min(earlier, stay, key=lambda each: each.seen))
                stay = max(earlier, stay, key=lambda each: each.seen)
            here[stay.person.key] = stay

    def hear(self, news: InVoice) -> None:
        """Takes in that somebody is elsewhere. News about mute and the like change nothing."""
        here = self._stays.setdefault(_key(news.community), {})
        stay = here.get(news.person.key)
        if stay is not None and news.channel is not None and stay.channel.key == news.channel.key:
            return
        if stay is not None:
            if _key(news.community) in self._watched:
                stay.seen = max(stay.seen, news.at)
            self._end(here.pop(news.person.key))
        if news.channel is not None:
            self._begin(news.community, news.person, news.channel, news.at)

    def call(self, roll: RollCall) -> None:
        """Takes in who is there; from now on the community is watched."""
        key = _key(roll.community)
        present = {person.key: (person, channel) for person, channel in roll.present}
        here = self._stays.setdefault(key, {})
        for stay in list(here.values()):
            known = key in self._watched or roll.at - stay.seen <= LONGEST_GAP
            _, channel = present.get(stay.person.key, (None, None))
            if known and channel is not None and channel.key == stay.channel.key:
                self._see(stay, roll.at)
                continue
            if key in self._watched:
                stay.seen = max(stay.seen, roll.at)
            self._end(here.pop(stay.person.key))
        for person, channel in present.values():
            if person.key not in here:
                self._begin(roll.community, person, channel, roll.at)
        self._watched.add(key)

    def lose(self, community: Community | None, at: int) -> None:
        """From now on a community, or (None) every one, is not watched."""
        lost = [_key(community)] if community is not None else list(self._watched)
        for key in lost:
            if key in self._watched:
                self._watched.discard(key)
                for stay in self._stays.get(key, {}).values():
                    self._see(stay, at)

    def leave(self, community: Community, at: int) -> None:
        """A community is gone for good: everybody's stay is over."""
        self.call(RollCall(community, (), at))
        self._watched.discard(_key(community))

    def beat(self, at: int) -> None:
        """Everybody who is watched is still there. Who was not watched for long is not."""
        for key, here in self._stays.items():
            for stay in list(here.values()):
                if key in self._watched:
                    self._see(stay, at)
                elif at - stay.seen > LONGEST_GAP:
                    self._end(here.pop(stay.person.key))

    @property
    def is_watching(self) -> bool:
        """Whether any community is watched."""
        return bool(self._watched)

    def changed(self) -> list[Stay]:
        """What is other than when this was asked before."""
        found, self._changed = list(self._changed.values()), {}
        return found

    def again(self, stays: Iterable[Stay]) -> None:
        """These changes were not taken: they are told again."""
        self._changed |= {id(stay): stay for stay in stays}

    def __len__(self) -> int:
        return sum(len(here) for here in self._stays.values())

    def _begin(self, community: Community, person: Person, channel: Channel, at: int) -> None:
        stay = Stay(community, person, channel, at, at)
        self._stays[_key(community)][person.key] = self._changed[id(stay)] = stay

    def _see(self, stay: Stay, at: int) -> None:
        stay.seen = max(stay.seen, at)
        self._changed[id(stay)] = stay

    def _end(self, stay: Stay) -> None:
        stay.is_open = False
        self._changed[id(stay)] = stay


def split(begin: int, end: int, rule: DayRule) -> dict[int, int]:
    """The milliseconds between two moments by the day (since 1970) they belong to."""
    days: dict[int, int] = {}
    while begin < end:
        day, _ = rule.place(begin)
        cut = int(rule.begin(date_of(day + 1)).timestamp() * 1000)
        until = min(cut, end) if cut > begin else end
        days[day] = days.get(day, 0) + until - begin
        begin = until
    return days


def _key(community: Community) -> Key:
    return community.platform.value, community.key
