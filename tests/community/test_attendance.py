"""Who is in voice: sessions from news, from roll calls, over gaps; seconds by day."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from muster.community.attendance import LONGEST_GAP, Attendance, Stay, split
from muster.community.days import DayRule, date_of
from muster.model.chat import Channel
from muster.model.presence import InVoice, RollCall
from tests.community.telling import START, TOWN, VILLAGE, channel, person

RED, BLUE = channel(1), channel(2)
ANNA, BERT = person(10, "anna"), person(11, "bert")

Told = list[tuple[str, str, int, int, bool]]


def told(attendance: Attendance) -> Told:
    """What changed: who, where, from when to when in seconds, whether it goes on."""
    found = [
        (s.person.name, s.channel.key, (s.since - START) // 1000, (s.seen - START) // 1000, s.is_open)
        for s in attendance.changed()
    ]
    return sorted(found, key=lambda each: (each[2], each[0]))


def at(seconds: float) -> int:
    return START + int(seconds * 1000)


def news(who: object, where: Channel | None, seconds: float) -> InVoice:
    return InVoice(TOWN, who, where, at(seconds))  # type: ignore[arg-type]


def roll(seconds: float, *present: tuple[object, Channel]) -> RollCall:
    return RollCall(TOWN, present, at(seconds))  # type: ignore[arg-type]


def test_join_mute_move_and_leave() -> None:
    town = Attendance()
    town.call(roll(0))
    town.hear(news(ANNA, RED, 10))
    town.hear(news(ANNA, RED, 11))
    town.hear(news(ANNA, BLUE, 20))
    town.hear(news(ANNA, None, 50))
    town.hear(news(ANNA, None, 51))
    assert told(town) == [("anna", "1", 10, 20, False), ("anna", "2", 20, 50, False)]
    assert told(town) == []
    assert len(town) == 0


def test_beats_only_reach_who_is_watched() -> None:
    town = Attendance()
    town.call(roll(0, (ANNA, RED)))
    town.hear(InVoice(VILLAGE, BERT, channel(9, VILLAGE), at(0)))
    town.beat(at(15))
    assert told(town) == [("anna", "1", 0, 15, True), ("bert", "9", 0, 0, True)]
    town.beat(at(LONGEST_GAP / 1000 + 1))
    assert [each[::4] for each in told(town)] == [("anna", True), ("bert", False)]


def test_after_a_short_gap_who_is_still_there_was_there_all_the_time() -> None:
    town = Attendance()
    town.call(roll(0, (ANNA, RED), (BERT, RED)))
    town.lose(TOWN, at(60))
    town.beat(at(100))
    town.call(roll(120, (ANNA, RED), (BERT, BLUE)))
    assert told(town) == [("anna", "1", 0, 120, True), ("bert", "1", 0, 60, False), ("bert", "2", 120, 120, True)]


def test_after_a_long_gap_everybody_begins_anew() -> None:
    town = Attendance()
    town.call(roll(0, (ANNA, RED)))
    town.lose(None, at(60))
    town.call(roll(61 + LONGEST_GAP / 1000, (ANNA, RED)))
    assert told(town) == [("anna", "1", 0, 60, False), ("anna", "1", 361, 361, True)]


def test_news_that_are_delivered_after_a_gap_are_of_the_gap() -> None:
    town = Attendance()
    town.call(roll(0, (ANNA, RED), (BERT, RED)))
    town.lose(TOWN, at(60))
    town.hear(news(BERT, None, 90))
    town.hear(news(ANNA, BLUE, 90))
    town.call(roll(90, (ANNA, BLUE)))
    assert told(town) == [("anna", "1", 0, 60, False), ("bert", "1", 0, 60, False), ("anna", "2", 90, 90, True)]


def test_what_a_crash_left_open_goes_on_or_ends_when_it_was_last_seen() -> None:
    left = [Stay(TOWN, ANNA, RED, at(0), at(45)), Stay(TOWN, BERT, RED, at(10), at(45))]
    town = Attendance(left)
    town.beat(at(60))
    town.call(roll(70, (ANNA, RED)))
    assert told(town) == [("anna", "1", 0, 70, True), ("bert", "1", 10, 45, False)]


def test_of_two_that_are_open_the_later_one_counts() -> None:
    town = Attendance([Stay(TOWN, ANNA, RED, at(0), at(45)), Stay(TOWN, ANNA, BLUE, at(45), at(50))])
    assert told(town) == [("anna", "1", 0, 45, False)]
    assert len(town) == 1


def test_a_community_that_is_gone() -> None:
    town = Attendance()
    town.call(roll(0, (ANNA, RED)))
    town.leave(TOWN, at(30))
    assert told(town) == [("anna", "1", 0, 30, False)]


RULES = st.builds(
    DayRule,
    st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "America/Havana", "Asia/Kathmandu"]),
    st.integers(0, 23),
)


@given(
    RULES,
    st.integers(1_704_067_200, 1_798_675_200),
    st.timedeltas(timedelta(0), timedelta(days=4)),
)
def test_days_hold_every_millisecond_once(rule: DayRule, begin: int, length: timedelta) -> None:
    first = begin * 1000 + 1
    last = first + int(length.total_seconds() * 1000)
    days = split(first, last, rule)
    assert sum(days.values()) == last - first
    for day, spent in days.items():
        begins = rule.begin(date_of(day)).timestamp() * 1000
        ends = rule.begin(date_of(day + 1)).timestamp() * 1000
        assert spent == min(last, ends) - max(first, begins)


STEPS = st.lists(
    st.tuples(st.sampled_from([ANNA, BERT]), st.sampled_from([RED, BLUE, None]), st.integers(0, 400)), max_size=40
)


@given(STEPS, st.lists(st.integers(0, 40), max_size=8))
def test_seconds_are_exact_whenever_it_is_asked_what_changed(
    steps: list[tuple[object, Channel | None, int]], asked: list[int]
) -> None:
    """However news, beats and questions fall between each other, each second in voice is told once."""
    town = Attendance()
    town.call(roll(0))
    now, wanted, where = 0, dict.fromkeys((ANNA.name, BERT.name), 0), dict[str, Channel | None]()
    found: dict[tuple[str, str, int], int] = {}
    for number, (who, there, pause) in enumerate(steps):
        for name, place in where.items():
            wanted[name] += pause if place else 0
        now += pause
        town.hear(news(who, there, now))
        where[who.name] = there  # type: ignore[attr-defined]
        if number in asked:
            town.beat(at(now))
            found |= {(name, key, since): seen for name, key, since, seen, _ in told(town)}
    town.lose(None, at(now))
    found |= {(name, key, since): seen for name, key, since, seen, _ in told(town)}
    total = dict.fromkeys(wanted, 0)
    for (name, _, since), seen in found.items():
        total[name] += seen - since
    assert total == wanted
