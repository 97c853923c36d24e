"""When evenings begin and end: each rule by an example, and for any course of events what must always hold."""

from datetime import UTC, datetime, time, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.announce.life import (
    COMMAND,
    LENGTH,
    ROUNDS,
    SCHEDULE,
    SILENCE,
    VOICE,
    Asked,
    Began,
    Decision,
    Ended,
    Event,
    Played,
    Rules,
    Span,
    State,
    Tick,
    Voice,
    owner,
    step,
)

T = datetime(2026, 1, 10, 19, 0, tzinfo=UTC)
RULES = Rules()


def at(minutes: float) -> datetime:
    return T + timedelta(minutes=minutes)


def course(
    *events: tuple[float, Event], rules: Rules = RULES, state: State | None = None
) -> list[tuple[float, Decision]]:
    """What is decided after how many minutes."""
    state = state or State()
    found: list[tuple[float, Decision]] = []
    for minutes, event in events:
        state, decided = step(state, event, at(minutes), rules)
        found += [(minutes, decision) for decision in decided]
    return found


def played(ended: float, lasted: float = 10) -> Played:
    return Played(at(ended - lasted), at(ended))


def test_voice_begins_and_ends_it() -> None:
    events: list[tuple[float, Event]] = [
        (0, Voice(5)),
        (1, Voice(6)),
        (2, Voice(8)),
        (60, Voice(2)),
        (61, Voice(1)),
        (63.9, Tick()),
        (64, Tick()),
    ]
    assert course(*events) == [(1, Began(at(1), VOICE)), (64, Ended(at(61), VOICE))]


def test_who_comes_back_within_the_delay_goes_on() -> None:
    events: list[tuple[float, Event]] = [
        (0, Voice(6)),
        (10, Voice(1)),
        (12, Voice(2)),
        (20, Tick()),
        (30, Voice(0)),
        (33, Voice(0)),
    ]
    assert course(*events) == [(0, Began(at(0), VOICE)), (33, Ended(at(30), VOICE))]


def test_between_the_thresholds_nothing_happens() -> None:
    swinging = [(n, Voice(2 + n % 5)) for n in range(1, 40)]
    assert course((0, Voice(6)), *swinging) == [(0, Began(at(0), VOICE))]


def test_the_same_evening_from_every_source_is_one() -> None:
    rules = msgspec.structs.replace(RULES, at=time(19, 30))
    events: list[tuple[float, Event]] = [
        (0, Voice(7)),
        (20, played(20)),
        (30, Tick()),
        (31, Asked(True)),
        (40, played(40)),
        (41, Asked(False)),
    ]
    told = course(*events, (41.5, Asked(False)), (42, Voice(7)), rules=rules)
    assert told == [(0, Began(at(0), VOICE)), (41, Ended(at(41), COMMAND))]


def test_rounds_alone() -> None:
    events: list[tuple[float, Event]] = [(12, played(12)), (30, played(30)), (89.5, Tick()), (90, Tick())]
    assert course(*events) == [(12, Began(at(2), ROUNDS)), (90, Ended(at(30), SILENCE))]


def test_files_that_come_late_keep_it_open_for_a_while() -> None:
    events: list[tuple[float, Event]] = [(12, played(12)), (75, played(14)), (80, Tick()), (85, Tick())]
    assert course(*events)[1:] == [(85, Ended(at(14), SILENCE))]


def test_play_without_voice_is_not_ended_by_its_emptiness() -> None:
    events: list[tuple[float, Event]] = [
        (0, Voice(0)),
        (12, played(12)),
        (20, Voice(3)),
        (25, Voice(0)),
        (40, Voice(0)),
    ]
    assert course(*events) == [(12, Began(at(2), ROUNDS))]


def test_a_full_channel_keeps_it_open_over_a_pause() -> None:
    events: list[tuple[float, Event]] = [
        (0, Voice(6)),
        (10, played(10)),
        (80, Voice(7)),
        (90, played(90)),
        (149, Voice(5)),
        (150, Voice(5)),
    ]
    assert course(*events, (208, Tick()), (209, Tick())) == [(0, Began(at(0), VOICE)), (209, Ended(at(90), SILENCE))]


def test_after_an_end_over_their_heads_people_have_to_leave_first() -> None:
    events: list[tuple[float, Event]] = [(0, Voice(6)), (5, Asked(False)), (6, Voice(7)), (7, Voice(5)), (8, Voice(6))]
    assert course(*events) == [(0, Began(at(0), VOICE)), (5, Ended(at(5), COMMAND)), (8, Began(at(8), VOICE))]


def test_voice_that_can_not_be_seen_ends_nothing_but_silence_does() -> None:
    events: list[tuple[float, Event]] = [
        (0, Voice(6)),
        (5, Voice(1)),
        (6, Voice(None)),
        (20, Voice(None)),
        (65, Voice(None)),
    ]
    assert course(*events) == [(0, Began(at(0), VOICE)), (65, Ended(at(65), SILENCE))]
    assert course(*events[:4], (21, Voice(1)))[1:] == [(21, Ended(at(5), VOICE))]


def test_the_schedule_is_kept_once_a_day_in_its_zone() -> None:
    rules = msgspec.structs.replace(RULES, at=time(20, 0), zone="Europe/Berlin")  # 19:00 UTC in winter
    day = 24 * 60.0
    events: list[tuple[float, Event]] = [
        (-1, Tick()),
        (0.5, Tick()),
        (1, Asked(False)),
        (2, Tick()),
        (day, Tick()),
        (2 * day + 16, Tick()),
    ]
    assert course(*events, rules=rules) == [
        (0.5, Began(at(0), SCHEDULE)),
        (1, Ended(at(1), COMMAND)),
        (day, Began(at(day), SCHEDULE)),
        (2 * day + 16, Ended(at(2 * day + 16), LENGTH)),
    ]


@pytest.mark.parametrize(
    ("ended", "name"), [(-61, None), (-60, "a"), (10, "a"), (65, "a"), (95, "b"), (130, "b"), (200, "c"), (999, "c")]
)
def test_whose_a_round_is(ended: float, name: str | None) -> None:
    spans = (Span("a", at(0), at(60)), Span("b", at(100), at(120)), Span("c", at(190), None))
    found = owner(at(ended), spans, RULES.silence)
    assert (None if found is None else found.name) == name


EVENTS = st.one_of(
    st.builds(Voice, st.one_of(st.none(), st.integers(0, 9))),
    st.just(Tick()),
    st.builds(Asked, st.booleans()),
    st.integers(0, 90).map(lambda minutes: minutes),
)
TIMED = st.lists(st.tuples(st.integers(0, 5400), EVENTS), max_size=60)


@given(TIMED, st.booleans())
def test_what_always_holds(timed: list[tuple[int, Event | int]], planned: bool) -> None:
    """Beginnings and ends take turns; what is told twice decides nothing; a state that was stored goes on the same."""
    rules = msgspec.structs.replace(RULES, at=time(20, 0)) if planned else RULES
    state, now, on = State(), T, False
    for seconds, what in timed:
        now += timedelta(seconds=seconds)
        event = (
            Played(now - timedelta(minutes=what + 10), now - timedelta(minutes=what)) if isinstance(what, int) else what
        )
        before = msgspec.convert(msgspec.to_builtins(state), State)
        again = step(before, event, now, rules)
        state, decided = step(state, event, now, rules)
        assert (state, decided) == again
        for decision in decided:
            assert isinstance(decision, Ended if on else Began)
            on = not on
            if isinstance(decision, Began):
                assert decision.since <= now
        assert on == (state.evening is not None)
        if not isinstance(event, Asked):
            assert step(state, event, now, rules) == (state, ())


@given(st.lists(st.integers(0, 9), min_size=1, max_size=40), st.lists(st.booleans(), min_size=40, max_size=40))
def test_lost_events_are_made_good_by_the_next_look(counts: list[int], heard: list[bool]) -> None:
    """However many changes go unheard: a look at who is there now comes to what is true now."""
    state, now = State(), T
    for count, is_heard in zip(counts, heard, strict=False):
        now += timedelta(minutes=1)
        if is_heard:
            state, _ = step(state, Voice(count), now, RULES)
    state, _ = step(state, Voice(9), now, RULES)
    if state.armed:
        assert state.evening is not None
    for _ in range(2):
        now += RULES.delay
        state, _ = step(state, Voice(0), now, RULES)
    assert state.evening is None
