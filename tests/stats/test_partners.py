"""Partners and opponents held against what is usual."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.stats.formulas import LIKELY, SURE, interval
from muster.stats.partners import best_teammates, hardest_rivals, judged
from muster.stats.rivals import opponents, teammates
from muster.stats.values import Company, PlayerRef
from muster.stats.values.progress import Verdict
from tests.stats.asking import asked
from tests.stats.truth import Truth

ORDER = tuple(Verdict)


def company(won: int, lost: int) -> Company:
    rate = 100 * won / (won + lost) if won + lost else None
    return Company(PlayerRef("A", "a"), won + lost, won, lost, rate, None, 300.0, 1.0)


@pytest.mark.parametrize(
    ("won", "lost", "usual", "verdict"),
    [
        (20, 4, 50.0, Verdict.SURELY_BETTER),
        (32, 22, 50.0, Verdict.LIKELY_BETTER),
        (11, 10, 50.0, Verdict.OPEN),
        (22, 32, 50.0, Verdict.LIKELY_WORSE),
        (4, 20, 50.0, Verdict.SURELY_WORSE),
        (10, 0, 100.0, Verdict.OPEN),
        (0, 1183, 0.0, Verdict.OPEN),
        (3, 0, 50.0, Verdict.LIKELY_BETTER),
        (0, 0, 50.0, Verdict.OPEN),
        (20, 4, None, Verdict.OPEN),
    ],
)
def test_a_verdict_asks_for_more_than_chance(won: int, lost: int, usual: float | None, verdict: Verdict) -> None:
    found = judged(company(won, lost), usual)
    assert found.verdict is verdict
    if usual is None or not won + lost:
        assert found.win_delta is None
    else:
        assert found.win_delta == pytest.approx(100 * won / (won + lost) - usual)


@given(n=st.integers(1, 2000), data=st.data())
def test_the_interval_is_the_roots_of_wilson(n: int, data: st.DataObject) -> None:
    """Its ends are the shares that are exactly z deviations away from what was seen."""
    won = data.draw(st.integers(0, n))
    for z in (LIKELY, SURE):
        low, high = interval(won, n, z)
        assert -1e-9 <= low <= 100 * won / n <= high + 1e-9 <= 100 + 2e-9
        for end in (low / 100, high / 100):
            assert abs(won / n - end) == pytest.approx(z * math.sqrt(max(end * (1 - end), 0) / n), abs=1e-6)


async def test_the_same_people_as_the_plain_question_best_or_hardest_first(db_url: str, months: Truth) -> None:
    key = months.busiest[0]
    async with asked(db_url, months.folder) as reader:
        partners, plain = (
            await best_teammates(reader, key, least=5),
            await teammates(reader, key, min_rounds=5, limit=50),
        )
        rivals, against = (
            await hardest_rivals(reader, key, least=5),
            await opponents(reader, key, min_rounds=5, limit=50),
        )
    assert sorted(one.company.player.key for one in partners.people) == sorted(c.player.key for c in plain.companions)
    assert sorted(one.company.player.key for one in rivals.people) == sorted(c.player.key for c in against.companions)
    assert (partners.usual_win_rate, partners.usual_dpm) == (plain.own_win_rate, plain.own_dpm)
    assert partners.rounds == len(months.of(key))
    for people, sign in ((partners.people, 1), (rivals.people, -1)):
        assert len(people) > 2
        places = [(sign * ORDER.index(one.verdict), -sign * (one.win_delta or 0)) for one in people]
        assert places == sorted(places)
